import { get16 } from '../bytes.ts'
import { finish, pseudoHeader, sum } from '../checksum.ts'
import { ICMP_HEADER, Icmp6Type, Icmp6Unreachable } from '../icmp.ts'
import { IPV6_HEADER } from '../ipv6.ts'
import { Protocol } from '../packet.ts'
import { hexDump } from './dump.ts'
import { type Around, type DescribeOptions, hex, hostText, portText, read6, u32 } from './options.ts'

const TYPES: Readonly<Record<number, string>> = {
  [Icmp6Type.UNREACHABLE]: 'destination unreachable',
  [Icmp6Type.PACKET_TOO_BIG]: 'packet too big',
  [Icmp6Type.TIME_EXCEEDED]: 'time exceeded',
  [Icmp6Type.PARAMETER_PROBLEM]: 'parameter problem',
  [Icmp6Type.ECHO]: 'echo request',
  [Icmp6Type.ECHO_REPLY]: 'echo reply',
  [Icmp6Type.LISTENER_QUERY]: 'multicast listener query',
  [Icmp6Type.LISTENER_REPORT]: 'multicast listener report',
  [Icmp6Type.LISTENER_DONE]: 'multicast listener done',
  [Icmp6Type.ROUTER_SOLICITATION]: 'router solicitation',
  [Icmp6Type.ROUTER_ADVERTISEMENT]: 'router advertisement',
  [Icmp6Type.NEIGHBOUR_SOLICITATION]: 'neighbor solicitation',
  [Icmp6Type.NEIGHBOUR_ADVERTISEMENT]: 'neighbor advertisement',
  [Icmp6Type.REDIRECT]: 'redirect',
  [Icmp6Type.LISTENER_REPORT_V2]: 'multicast listener report v2',
}

const UNREACHABLE: readonly string[] = [
  'unreachable route',
  ' unreachable prohibited',
  'beyond scope',
  'unreachable address',
  'unreachable port',
]

const unreachableText = (b: Uint8Array, at: number, end: number, o: DescribeOptions): string => {
  const code = b[at + 1] as number
  const told = UNREACHABLE[code] ?? `unknown unreach code (${code})`
  const quoted = at + ICMP_HEADER
  if (quoted + IPV6_HEADER > end) return `${told} [|icmp6]`
  const dst = hostText(o, read6(b, quoted + 24))
  if (code === Icmp6Unreachable.BEYOND_SCOPE)
    return `${told} ${dst}, source address ${hostText(o, read6(b, quoted + 8))}`
  if (code !== Icmp6Unreachable.PORT) return `${told} ${dst}`
  const protocol = b[quoted + 6] as number
  if (quoted + IPV6_HEADER + 4 > end) return `${told} [|icmp6]`
  const port = get16(b, quoted + IPV6_HEADER + 2)
  if (protocol === Protocol.TCP) return `${told}, ${dst} tcp port ${portText(o, port, protocol)}`
  if (protocol === Protocol.UDP) return `${told}, ${dst} udp port ${portText(o, port, protocol)}`
  return `${told}, ${dst} protocol ${protocol} port ${port} unreachable`
}

const timeText = (b: Uint8Array, at: number, end: number, o: DescribeOptions): string => {
  const code = b[at + 1] as number
  const quoted = at + ICMP_HEADER
  if (quoted + IPV6_HEADER > end) return ' [|icmp6]'
  if (code > 1) return `, unknown code (${code})`
  const dst = hostText(o, read6(b, quoted + 24))
  return code === 0 ? ` in-transit for ${dst}` : ' in-transit (reassembly)'
}

const PROBLEM: readonly string[] = ['erroneous', 'next header', 'option']

const FLAGS = ['router', 'solicited', 'override']

const flagsText = (flags: number): string => FLAGS.filter((_, i) => (flags & (0x80 >> i)) !== 0).join(', ') || 'none'

/** What follows the type, with its comma; empty for types that tell no more. */
const detail = (b: Uint8Array, at: number, end: number, o: DescribeOptions): string => {
  const type = b[at] as number
  switch (type) {
    case Icmp6Type.UNREACHABLE:
      return `, ${unreachableText(b, at, end, o)}`
    case Icmp6Type.PACKET_TOO_BIG:
      return `, mtu ${u32(b, at + 4)}`
    case Icmp6Type.TIME_EXCEEDED:
      return timeText(b, at, end, o)
    case Icmp6Type.PARAMETER_PROBLEM: {
      const code = b[at + 1] as number
      const told = PROBLEM[code]
      return told === undefined ? `, code-#${code}` : `, ${told} - octet ${u32(b, at + 4)}`
    }
    case Icmp6Type.ECHO:
    case Icmp6Type.ECHO_REPLY:
      return `, id ${get16(b, at + 4)}, seq ${get16(b, at + 6)}`
    case Icmp6Type.NEIGHBOUR_SOLICITATION:
    case Icmp6Type.NEIGHBOUR_ADVERTISEMENT: {
      if (at + 24 > end) return ' [|icmp6]'
      const target = hostText(o, read6(b, at + 8))
      if (type === Icmp6Type.NEIGHBOUR_SOLICITATION) return `, who has ${target}`
      return `, tgt is ${target}${(o.verbose ?? 0) > 0 ? `, Flags [${flagsText(b[at + 4] as number)}]` : ''}`
    }
    default:
      return ''
  }
}

const checksumText = (b: Uint8Array, at: number, end: number, around: Around): string => {
  const found = get16(b, at + 2)
  const s = sum(b, at, end, pseudoHeader(around.src, around.dst, Protocol.ICMPV6, end - at))
  if (s === 0xffff) return '[icmp6 sum ok] '
  return `[bad icmp6 cksum 0x${hex(found, 4)} -> 0x${hex(finish(s + (~found & 0xffff)), 4)}!] `
}

/** `ICMP6, echo request, id 1, seq 1, length 64` of the message in `b[at, end)`, the addresses left to the caller. */
export const icmp6Text = (
  b: Uint8Array,
  at: number,
  end: number,
  around: Around,
  o: DescribeOptions,
  cut = 0,
): string => {
  if (end - at < ICMP_HEADER) return ' [|icmp6]'
  const type = b[at] as number
  const told = `ICMP6, ${TYPES[type] ?? `unknown icmp6 type (${type})`}`
  const length = `, length ${end - at + cut}`
  const verbose = o.verbose ?? 0
  const sums = verbose > 0 && cut === 0 && !around.fragmented ? checksumText(b, at, end, around) : ''
  if (TYPES[type] === undefined) return `${sums}${told}${length}${verbose > 1 ? '' : `\n${hexDump(b, at, end, false)}`}`
  const more = detail(b, at, end, o)
  // A message that is cut short ends there.
  if (verbose === 0) return told + more + (more.endsWith('[|icmp6]') ? '' : length)
  const isNeighbour = type >= Icmp6Type.ROUTER_SOLICITATION && type <= Icmp6Type.REDIRECT
  return `${sums}${told}${isNeighbour ? length : ''}${more}`
}
