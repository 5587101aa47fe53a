import type { SocketRow } from '../../socket/row.ts'
import type { LsofOptions } from './options.ts'
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

/** NAME: `*:http-alt (LISTEN)`, `localhost:57830->localhost:http-alt (ESTABLISHED)`, a path. */
export const nameOf = (file: LsofFile, o: LsofOptions, source: LsofSource): string => {
  const row = file.socket
  if (row === null) return file.name
  if (row.protocol === 'unix') return unixName(row)
  if (row.protocol === 'packet') return 'type=SOCK_RAW'
  if (row.protocol === 'raw' || row.protocol === 'icmp') return `${end(row, 'local', o, source)}->*:* st=07`
  const remote = row.remote.address === null ? '' : `->${end(row, 'remote', o, source)}`
  const state = row.protocol === 'tcp' ? tcpInfo(row, o) : ''
  return `${end(row, 'local', o, source)}${remote}${state}`
}

const tcpInfo = (row: SocketRow, o: LsofOptions): string => {
  const parts: string[] = []
  if (o.tcpQueues) parts.push(`QR=${row.recvQ}`, `QS=${row.sendQ}`)
  if (o.tcpState) parts.push(o.tcpQueues ? `ST=${tcpStateName(row.state)}` : tcpStateName(row.state))
  return parts.length === 0 ? '' : ` (${parts.join(' ')})`
}

const end = (row: SocketRow, side: 'local' | 'remote', o: LsofOptions, source: LsofSource): string => {
  const { address, port } = row[side]
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

const unixName = (row: SocketRow): string => {
  const path = row.local.path
  const name = path === null ? '' : path.startsWith('\0') ? `@${path.slice(1)} ` : `${path} `
  const state =
    row.state === 10 ? ' (LISTEN)' : row.state === 1 ? ' (CONNECTED)' : row.type === 2 ? '' : ' (UNCONNECTED)'
  return `${name}type=${UNIX_TYPES[row.type] ?? row.type}${state}`
}
