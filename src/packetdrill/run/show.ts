/** Packets in the words of the language, for the difference that a failure shows. */
import { TcpFlag } from '../../wire/packet.ts'
import type { TcpOptionSpec } from '../syntax/ast.ts'
import type { Flow } from './flow.ts'
import type { Seen, SeenTcp } from './seen.ts'

const LETTERS: readonly (readonly [number, string])[] = [
  [TcpFlag.FIN, 'F'],
  [TcpFlag.SYN, 'S'],
  [TcpFlag.RST, 'R'],
  [TcpFlag.PSH, 'P'],
  [TcpFlag.ACK, '.'],
  [TcpFlag.URG, 'U'],
  [TcpFlag.ECE, 'E'],
  [TcpFlag.CWR, 'W'],
]

export const showFlags = (flags: number): string =>
  LETTERS.map(([bit, letter]) => ((flags & bit) === 0 ? '' : letter)).join('') || '-'

const showOption = (option: TcpOptionSpec): string => {
  switch (option.kind) {
    case 'mss':
    case 'wscale':
      return `${option.kind} ${option.value}`
    case 'TS':
      return `TS val ${option.value} ecr ${option.echo}`
    case 'sack':
      return `sack ${option.blocks.map(([left, right]) => `${left}:${right}`).join(' ')}`
    case 'raw':
      return `kind ${option.number} ${option.bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
    default:
      return option.kind
  }
}

export const showOptions = (options: readonly TcpOptionSpec[]): string =>
  options.length === 0 ? '' : `<${options.map(showOption).join(',')}>`

export const showTime = (nanoseconds: number): string => (nanoseconds / 1e9).toFixed(6)

const showTcp = (seen: SeenTcp, flow: Flow | null): string => {
  const seq = flow === null ? seen.seq : flow.toScript(seen.seq)
  const parts = [`${showFlags(seen.flags)} ${seq}:${(seq + seen.length) >>> 0}(${seen.length})`]
  if ((seen.flags & TcpFlag.ACK) !== 0) parts.push(`ack ${seen.ack}`)
  parts.push(`win ${seen.window}`)
  if ((seen.flags & TcpFlag.URG) !== 0) parts.push(`urg ${seen.urgent}`)
  if (seen.options.length > 0) parts.push(showOptions(seen.options))
  return parts.join(' ')
}

/** Numbers relative to the flow that it belongs to, if it belongs to one. */
export const showSeen = (seen: Seen, flow: Flow | null): string => {
  switch (seen.kind) {
    case 'tcp':
      return flow === null ? `${seen.localPort} > ${seen.remotePort} ${showTcp(seen, null)}` : showTcp(seen, flow)
    case 'udp':
      return `udp (${seen.length})`
    case 'icmp':
      return `icmp type ${seen.type} code ${seen.code} rest ${seen.rest}`
    case 'other':
      return seen.what
  }
}
