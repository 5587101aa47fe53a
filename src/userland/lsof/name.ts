import type { RowEnd, SocketRow } from '../../socket/row.ts'
import type { LsofOptions } from './request.ts'
import type { LsofFile, LsofSource } from './types.ts'

const STATES: Readonly<Record<number, string>> = {
  1: 'ESTABLISHED',
  2: 'SYN_SENT',
  3: 'SYN_RECV',
  4: 'FIN_WAIT1',
  5: 'FIN_WAIT2',
  6: 'TIME_WAIT',
  7: 'CLOSE',
  8: 'CLOSE_WAIT',
  9: 'LAST_ACK',
  10: 'LISTEN',
  11: 'CLOSING',
}

/** lsof's name of a TCP state. */
export const tcpStateName = (state: number): string => STATES[state] ?? 'UNKNOWN'

const UNIX_TYPES: Readonly<Record<number, string>> = { 1: 'STREAM', 2: 'DGRAM', 5: 'SEQPACKET' }
const PACKET_TYPES: Readonly<Record<number, string>> = { 2: 'SOCK_DGRAM', 3: 'SOCK_RAW' }

/** Without what lsof appends in parentheses: `*:http-alt`, `localhost:57830->localhost:http-alt`, a path. */
export const bareName = (file: LsofFile, o: LsofOptions, source: LsofSource): string => {
  const row = file.socket
  if (row === null) return file.name
  if (row.protocol === 'unix') return unixName(row)
  if (row.protocol === 'packet') return `type=${PACKET_TYPES[row.type] ?? row.type}`
  if (row.protocol === 'raw') return rawName(row)
  const remote = row.remote.address === null ? '' : `->${end(row, row.remote, o, source)}`
  return `${end(row, row.local, o, source)}${remote}`
}

/** NAME. UDP has no state, and a blank where TCP has its own. */
export const nameOf = (file: LsofFile, o: LsofOptions, source: LsofSource): string =>
  bareName(file, o, source) + suffix(file.socket, o)

const suffix = (row: SocketRow | null, o: LsofOptions): string => {
  if (row === null || o.tcp === null) return ''
  if (row.protocol === 'unix') return ` (${unixState(row)})`
  if (row.protocol !== 'tcp' && row.protocol !== 'udp') return ''
  const parts: string[] = []
  if (o.tcp.state && row.protocol === 'tcp') parts.push(tcpStateName(row.state))
  if (o.tcp.queues) parts.push(`QR=${row.recvQ}`, `QS=${sendQueueOf(row)}`)
  return parts.length === 0 ? ' ' : ` (${parts.join(' ')})`
}

/** /proc/net/tcp has no send queue for a listener; ss shows the backlog there. */
export const sendQueueOf = (row: SocketRow): number => (row.protocol === 'tcp' && row.state === 10 ? 0 : row.sendQ)

const end = (row: SocketRow, { address, port }: RowEnd, o: LsofOptions, source: LsofSource): string => {
  const protocol = row.protocol === 'tcp' ? 'tcp' : 'udp'
  const service =
    port === 0 ? '*' : o.numericPorts ? String(port) : (source.serviceName(port, protocol) ?? String(port))
  return `${host(address === null ? null : address.unmapped().toString(), o, source)}:${service}`
}

const host = (address: string | null, o: LsofOptions, source: LsofSource): string => {
  if (address === null || address === '0.0.0.0' || address === '::') return '*'
  const name = o.numericHosts ? null : source.hostName(address)
  return name ?? (address.includes(':') ? `[${address}]` : address)
}

const hex = (n: number, width: number): string => (n >>> 0).toString(16).toUpperCase().padStart(width, '0')

/** The kernel prints addresses as words of its own byte order, and lsof copies them. */
const swapped = (word: number): string =>
  hex(((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24), 8)

/** As /proc/net/raw has it: `00000000:0001->00000000:0000 st=07`. */
const rawName = (row: SocketRow): string => {
  const side = ({ address, port }: RowEnd): string => {
    const a = row.family === 2 ? address : address?.mapped()
    const words = row.family === 2 ? [a?.w3] : [a?.w0, a?.w1, a?.w2, a?.w3]
    return `${words.map((word) => swapped(word ?? 0)).join('')}:${hex(port, 4)}`
  }
  return `${side(row.local)}->${side(row.remote)} st=${hex(row.state, 2)}`
}

const unixName = (row: SocketRow): string => {
  const path = unixPath(row)
  return `${path === null ? '' : `${path} `}type=${UNIX_TYPES[row.type] ?? row.type}`
}

/** The path it is bound to; an abstract one with `@`. */
export const unixPath = (row: SocketRow): string | null => {
  const { path } = row.local
  if (path === null || path === '') return null
  return path.startsWith('\0') ? `@${path.slice(1)}` : path
}

export const unixState = (row: SocketRow): string =>
  row.state === 10 ? 'LISTEN' : row.state === 1 ? 'CONNECTED' : 'UNCONNECTED'
