/** The first line of an HTTP message, as tcpdump tells it for segments from or to its HTTP ports. */

/** Ports whose segments tcpdump takes for HTTP. */
export const isHttpPort = (port: number): boolean => port === 80 || port === 8080 || port === 3128

const METHODS = new Set([
  'GET',
  'PUT',
  'COPY',
  'HEAD',
  'LOCK',
  'MOVE',
  'POLL',
  'POST',
  'BCOPY',
  'BMOVE',
  'MKCOL',
  'TRACE',
  'LABEL',
  'MERGE',
  'DELETE',
  'SEARCH',
  'UNLOCK',
  'REPORT',
  'UPDATE',
  'NOTIFY',
  'BDELETE',
  'CONNECT',
  'OPTIONS',
  'CHECKIN',
  'PROPFIND',
  'CHECKOUT',
  'CCM_POST',
  'SUBSCRIBE',
  'PROPPATCH',
  'BPROPFIND',
  'BPROPPATCH',
  'UNCHECKOUT',
  'MKACTIVITY',
  'MKWORKSPACE',
  'UNSUBSCRIBE',
  'RPC_CONNECT',
  'VERSION-CONTROL',
  'BASELINE-CONTROL',
])

/** Lines of text until one holds something else; one whose end is not in this segment is marked as cut. */
const lines = (b: Uint8Array, at: number, end: number): string[] => {
  const found: string[] = []
  let line = ''
  for (; at < end; at++) {
    const c = b[at] as number
    const isEnd = c === 0x0a || (c === 0x0d && b[at + 1] === 0x0a && at + 1 < end)
    if (isEnd) {
      found.push(line)
      line = ''
      if (c === 0x0d) at++
    } else if (c !== 0x09 && (c < 0x20 || c > 0x7e)) return found
    else line += String.fromCharCode(c)
  }
  if (line !== '') found.push(`${line} [|http]`)
  return found
}

/** `HTTP: GET / HTTP/1.1`; `HTTP` alone for what is neither a request nor a response, such as the inside of a body. */
export const httpText = (b: Uint8Array, at: number, end: number, verbose: number): string => {
  const all = lines(b, at, end)
  const length = verbose > 0 ? `, length: ${end - at}` : ''
  const start = String.fromCharCode(...b.subarray(at, Math.min(end, at + 64)))
  const [first = '', second = ''] = start.split(/[ \t\r\n]+/)
  if (!METHODS.has(first.toUpperCase()) && !/^\d{3}$/.test(second)) return 'HTTP'
  if (verbose > 0) return `HTTP${length}${all.map((line) => `\n\t${line}`).join('')}`
  return all.length === 0 ? 'HTTP' : `HTTP: ${all[0]}`
}
