/** One socket as ss shows it. */
import type { RowEnd, SocketRow } from '../../socket/row.ts'
import type { TcpInfo } from '../../tcp/types.ts'
import type { Address } from '../../wire/address.ts'
import type { Cells } from './columns.ts'
import { memoryText, type SocketMemory, tcpText, timerText } from './info.ts'
import type { SsOptions, Table } from './options.ts'
import { stateName } from './states.ts'
import type { SsSource } from './types.ts'

const AF_INET = 2
const AF_INET6 = 10
const LISTEN = 10
const TIME_WAIT = 6
const UNCONNECTED = 7

/** The table that a row is in; null: one that ss does not read. */
export const tableOf = (row: SocketRow): Table | null => {
  // One that waits to be accepted is no socket of anybody.
  if (row.protocol === 'unix' && row.inode === 0) return null
  if (row.protocol === 'unix') return row.type === 1 ? 'u_str' : row.type === 2 ? 'u_dgr' : 'u_seq'
  if (row.protocol === 'packet') return row.type === 3 ? 'p_raw' : 'p_dgr'
  return row.protocol === 'icmp' ? null : row.protocol
}

export const cellsOf = (row: SocketRow, table: Table, number: number, o: SsOptions, source: SsSource): Cells => {
  const [localAddress, localPort, peerAddress, peerPort] = endsOf(row, o, source)
  return [
    table,
    stateName(row.state),
    // printf("%-6d"): six wide even without a header.
    String(row.recvQ).padEnd(6),
    String(row.sendQ).padEnd(6),
    localAddress,
    localPort,
    peerAddress,
    peerPort,
    processOf(row, table, number, o, source),
  ]
}

const endsOf = (row: SocketRow, o: SsOptions, source: SsSource): [string, string, string, string] => {
  if (row.protocol === 'unix') return [`${pathOf(row.local)} `, String(row.inode), '* ', String(row.peerInode)]
  if (row.protocol === 'packet') return [`${etherType(row.local.port)}:`, row.device ?? '*', '*', '']
  const port = (end: RowEnd): string => portOf(end.port, row, o, source)
  const device = row.device === null ? '' : `%${row.device}`
  return [
    `${addressOf(row.local.address, row, o, source)}${device}:`,
    port(row.local),
    `${addressOf(row.remote.address, row, o, source)}:`,
    port(row.remote),
  ]
}

const pathOf = ({ path }: RowEnd): string =>
  path === null || path === '' ? '*' : path.startsWith('\0') ? `@${path.slice(1)}` : path

const ETHER_TYPES: Readonly<Record<number, string>> = { 3: '*', 2048: 'ip', 2054: 'arp', 34525: 'ipv6' }
const etherType = (protocol: number): string => ETHER_TYPES[protocol] ?? `[${protocol}]`

/** IPv6's wildcard is `*` when the socket takes IPv4 as well. */
const addressOf = (address: Address | null, row: SocketRow, o: SsOptions, source: SsSource): string => {
  if (address === null || address.isUnspecified) return row.family === AF_INET ? '0.0.0.0' : row.v6only ? '[::]' : '*'
  const name = o.resolve ? source.hostName(address.unmapped().toString()) : null
  if (name !== null) return name
  // An IPv6 socket that speaks IPv4 has mapped addresses.
  const shown = row.family === AF_INET6 ? address.mapped().toString() : address.toString()
  return row.family === AF_INET6 ? `[${shown}]` : shown
}

const portOf = (port: number, row: SocketRow, o: SsOptions, source: SsSource): string => {
  if (port === 0) return '*'
  if (o.numeric) return String(port)
  if (row.protocol === 'raw') return source.protocolName(port) ?? String(port)
  const [low, high] = source.ephemeral
  if (port >= low && port <= high) return String(port)
  return source.serviceName(port, row.protocol === 'tcp' ? 'tcp' : 'udp') ?? String(port)
}

const processOf = (row: SocketRow, table: Table, number: number, o: SsOptions, source: SsSource): string => {
  const users = o.processes ? usersOf(row, source) : ''
  const timers = o.timers && row.protocol === 'tcp' ? timerText(row.timer) : ''
  const details = o.extended && row.protocol !== 'unix' ? extendedOf(row, table, number) : ''
  if (row.protocol === 'unix' || row.protocol === 'packet') {
    const memory = o.memory && row.protocol === 'unix' ? memoryText(memoryOf(row)) : ''
    const extended = o.extended && row.protocol === 'unix' ? unixExtended(row, source) : ''
    return `${users}${details}${memory}${extended}${whereOf(row, o, source)}`
  }
  const more = `${o.memory && !isBucket(row) ? memoryText(memoryOf(row)) : ''}${o.info ? infoOf(row, o) : ''}`
  const start = more === '' || o.oneLine ? '' : '\n\t'
  return `${users}${timers}${details}${start}${more}${whereOf(row, o, source)}`
}

/** A line of its own, as -i has one. */
const whereOf = (row: SocketRow, o: SsOptions, source: SsSource): string => {
  const where = o.where ? source.where(row) : ''
  return where === '' ? '' : `${o.oneLine ? ' ' : '\n\t '}${where}`
}

/** The last found first, as ss builds its list. */
const usersOf = (row: SocketRow, source: SsSource): string => {
  const seen = row.owners.filter((owner) => source.viewer === 0 || owner.uid === source.viewer)
  if (seen.length === 0) return ''
  const list = seen.map(({ command, pid, fd }) => `("${command}",pid=${pid},fd=${fd})`)
  return ` users:(${list.reverse().join(',')})`
}

/** A connection without a socket: TIME-WAIT, and FIN-WAIT-2 of nobody, which Linux keeps in the same small form. */
const isBucket = (row: SocketRow): boolean =>
  row.protocol === 'tcp' && (row.state === TIME_WAIT || (row.state === 5 && row.inode === 0))

const extendedOf = (row: SocketRow, table: Table, number: number): string => {
  const uid = row.uid === 0 ? '' : ` uid:${row.uid}`
  // Linux numbers sockets as they are asked for.
  const base = `${uid} ino:${row.inode} sk:${(number + 1).toString(16)}`
  if (table === 'p_raw' || table === 'p_dgr') return `${base}\n\tver:0 cpy_thresh:0 flags( running )`
  if (isBucket(row)) return base
  const listens = row.state === LISTEN || row.state === UNCONNECTED
  const only = row.family === AF_INET6 && listens ? ` v6only:${row.v6only ? 1 : 0}` : ''
  return `${base} cgroup:/${only} ${shutdownOf(row)}`
}

/** `<->`: open both ways; `-->` nothing more comes; `<--` nothing more goes. */
const shutdownOf = (row: SocketRow): string => {
  const { state } = row
  if (row.protocol !== 'tcp') return '<->'
  const sent = state === 4 || state === 5 || state === 9 || state === 11
  const received = state === 8 || state === 9 || state === 11
  return `${received ? '-' : '<'}-${sent ? '-' : '>'}`
}

const unixExtended = (row: SocketRow, source: SsSource): string => {
  const path = row.local.path
  const inode = path?.startsWith('/') === true ? source.inodeOf(path) : null
  const at = inode === null ? '' : ` ino:${inode.inode} dev:0/${inode.dev}`
  return ` <->${at}${row.state === LISTEN ? ' peers:' : ''}`
}

interface Buffers {
  readonly receiveBuffer: number
  readonly sendBuffer: number
}

const hasBuffers = (subject: object): subject is Buffers => 'receiveBuffer' in subject && 'sendBuffer' in subject

const memoryOf = (row: SocketRow): SocketMemory => {
  const options = 'options' in row.subject ? row.subject.options : null
  const holder = typeof options === 'object' && options !== null ? options : row.subject
  const buffers: Buffers = hasBuffers(holder) ? holder : { receiveBuffer: 0, sendBuffer: 0 }
  const listens = row.state === LISTEN
  return {
    receiveBuffer: buffers.receiveBuffer,
    sendBuffer: buffers.sendBuffer,
    received: listens ? 0 : row.recvQ,
    sent: listens ? 0 : row.sendQ,
    drops: row.drops,
  }
}

const hasInfo = (subject: object): subject is { info(): TcpInfo } =>
  'info' in subject && typeof subject.info === 'function'

const infoOf = (row: SocketRow, o: SsOptions): string =>
  row.protocol === 'tcp' && !isBucket(row) && hasInfo(row.subject) ? tcpText(row.subject.info(), o.numeric) : ''
