/** Octets as text, Python's way of showing them, and lists of header fields. */

/** Each octet one character: HTTP's syntax is one of octets (RFC 9112 2.2). */
export const octets = (bytes: Uint8Array, start = 0, end: number = bytes.length): string => {
  let text = ''
  for (let i = start; i < end; i += 8192) text += String.fromCharCode(...bytes.subarray(i, Math.min(end, i + 8192)))
  return text
}

const hex = (code: number): string => code.toString(16).padStart(2, '0')

/** repr() of a str whose characters are octets: `'a\x00'`. */
export const pythonRepr = (text: string): string => {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  let out = ''
  for (const c of text) {
    const code = c.charCodeAt(0)
    if (c === '\\' || c === quote) out += `\\${c}`
    else if (c === '\t') out += '\\t'
    else if (c === '\n') out += '\\n'
    else if (c === '\r') out += '\\r'
    else if (code < 0x20 || (code >= 0x7f && code <= 0xa0) || code === 0xad) out += `\\x${hex(code)}`
    else out += c
  }
  return quote + out + quote
}

/** Control characters of a log line as `\x0d`, so that nobody writes to the terminal through the log. */
export const logText = (text: string): string => {
  let out = ''
  for (const c of text) {
    const code = c.charCodeAt(0)
    out += c === '\\' ? '\\\\' : code < 0x20 || (code >= 0x7f && code < 0xa0) ? `\\x${hex(code)}` : c
  }
  return out
}

/** str.split() on octets: Python's white space. */
export const pythonWords = (line: string): string[] =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are Python's white space
  line.split(/[\t-\r\x1c-\x20\x85\xa0]+/).filter((word) => word !== '')

/** Elements of a comma-separated list; quoted strings stay whole, empty elements are skipped (RFC 9110 5.6.1.2). */
export const listOf = (value: string): string[] => {
  const items: string[] = []
  for (const match of value.matchAll(/(?:[^,"]|"(?:[^"\\]|\\.)*"|")+/g)) {
    const item = match[0].replace(/^[ \t]+|[ \t]+$/g, '')
    if (item !== '') items.push(item)
  }
  return items
}

const lenient = new TextDecoder('utf-8', { ignoreBOM: true })

/** Percent-decoding to UTF-8 text; null for `%` without two digits. */
export const percentDecode = (text: string): string | null => {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return null
  const raw = text.replace(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  return lenient.decode(Uint8Array.from(raw, (c) => c.charCodeAt(0)))
}
