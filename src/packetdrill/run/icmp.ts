/** ICMP lines: names of types and codes, and messages about the stack's own packets. */
import { ETHERNET_HEADER, encodeNetwork } from '../../wire/ethernet.ts'
import { Icmp6Type, Icmp6Unreachable, IcmpType, IcmpUnreachable } from '../../wire/icmp.ts'
import { Form, type Packet, Protocol, TcpFlag } from '../../wire/packet.ts'
import { refused } from '../failure.ts'
import type { IcmpSpec, SequenceSpec, UdpSpec } from '../syntax/ast.ts'
import type { Flow } from './flow.ts'
import type { World } from './world.ts'

export interface IcmpNumbers {
  readonly type: number
  readonly code: number
  /** The second word: the MTU of the next hop, or 0. */
  readonly rest: number
}

const FOUR: Readonly<Record<string, readonly [number, Readonly<Record<string, number>>]>> = {
  unreachable: [
    IcmpType.UNREACHABLE,
    {
      net_unreachable: IcmpUnreachable.NET,
      host_unreachable: IcmpUnreachable.HOST,
      protocol_unreachable: IcmpUnreachable.PROTOCOL,
      port_unreachable: IcmpUnreachable.PORT,
      frag_needed: IcmpUnreachable.FRAGMENTATION_NEEDED,
      source_route_failed: IcmpUnreachable.SOURCE_ROUTE_FAILED,
      net_unknown: IcmpUnreachable.NET_UNKNOWN,
      host_unknown: IcmpUnreachable.HOST_UNKNOWN,
      source_host_isolated: IcmpUnreachable.HOST_ISOLATED,
      net_prohibited: IcmpUnreachable.NET_PROHIBITED,
      host_prohibited: IcmpUnreachable.HOST_PROHIBITED,
      net_unreachable_for_tos: IcmpUnreachable.NET_TOS,
      host_unreachable_for_tos: IcmpUnreachable.HOST_TOS,
      packet_filtered: IcmpUnreachable.ADMIN_PROHIBITED,
    },
  ],
  source_quench: [IcmpType.SOURCE_QUENCH, {}],
  redirect: [IcmpType.REDIRECT, { net: 0, host: 1 }],
  time_exceeded: [IcmpType.TIME_EXCEEDED, { exceeded_in_transit: 0, fragment_reassembly: 1 }],
  parameter_problem: [IcmpType.PARAMETER_PROBLEM, {}],
}

/** IPv4's names mean what they correspond to, so that a script serves both families (RFC 7915 4.2). */
const SIX: typeof FOUR = {
  unreachable: [
    Icmp6Type.UNREACHABLE,
    {
      no_route: Icmp6Unreachable.NO_ROUTE,
      admin_prohibited: Icmp6Unreachable.ADMIN_PROHIBITED,
      addr_unreachable: Icmp6Unreachable.ADDRESS,
      port_unreachable: Icmp6Unreachable.PORT,
      net_unreachable: Icmp6Unreachable.NO_ROUTE,
      host_unreachable: Icmp6Unreachable.ADDRESS,
      source_route_failed: Icmp6Unreachable.NO_ROUTE,
      host_prohibited: Icmp6Unreachable.ADMIN_PROHIBITED,
      net_prohibited: Icmp6Unreachable.ADMIN_PROHIBITED,
      packet_filtered: Icmp6Unreachable.ADMIN_PROHIBITED,
    },
  ],
  packet_too_big: [Icmp6Type.PACKET_TOO_BIG, {}],
  time_exceeded: [Icmp6Type.TIME_EXCEEDED, { exceeded_in_transit: 0, fragment_reassembly: 1 }],
  parameter_problem: [Icmp6Type.PARAMETER_PROBLEM, {}],
}

/** The headers of IPv6 are longer by so many octets: the same MSS. */
const IPV6_MORE = 20

/** Numbers of a line's names in the family of the variant. */
export const icmpNumbers = (spec: IcmpSpec, family: 4 | 6, line: number): IcmpNumbers => {
  if (family === 6 && spec.type === 'unreachable' && spec.code === 'frag_needed')
    return { type: Icmp6Type.PACKET_TOO_BIG, code: 0, rest: (spec.mtu ?? 0) + (spec.mtu === null ? 0 : IPV6_MORE) }
  if (family === 6 && spec.code === 'protocol_unreachable')
    return { type: Icmp6Type.PARAMETER_PROBLEM, code: 1, rest: 0 }
  const type = (family === 4 ? FOUR : SIX)[spec.type]
  if (type === undefined) throw refused(line, `ICMP of IPv${family} has no type "${spec.type}" here`)
  const code = spec.code === null ? 0 : type[1][spec.code]
  if (code === undefined) throw refused(line, `ICMP ${spec.type} of IPv${family} has no code "${spec.code}" here`)
  return { type: type[0], code, rest: spec.mtu ?? 0 }
}

const FULL_QUOTE = 8

/**
 * An error from the gateway about a packet of the stack's: the one that the line describes, or the last that it sent.
 *
 * @param last - frame of the last packet sent
 */
export const buildIcmp = (
  world: World,
  flow: Flow | null,
  spec: IcmpSpec,
  last: Uint8Array | null,
  line: number,
): Packet => {
  const { local, gateway } = world.setup
  const numbers = icmpNumbers(spec, local.family, line)
  const packet = world.packet()
  packet.form = Form.FULL
  packet.src = gateway
  packet.dst = local
  packet.protocol = local.family === 4 ? Protocol.ICMP : Protocol.ICMPV6
  packet.ttl = 64
  packet.icmpType = numbers.type
  packet.icmpCode = numbers.code
  packet.icmpRest = numbers.rest
  packet.setBytes(quoteOf(world, flow, spec.quoted, last, line))
  return packet
}

/** Its IP header and eight octets more (RFC 792). */
const quoteOf = (
  world: World,
  flow: Flow | null,
  quoted: IcmpSpec['quoted'],
  last: Uint8Array | null,
  line: number,
): Uint8Array => {
  const header = world.setup.local.family === 4 ? 20 : 40
  if (quoted === null) {
    if (last === null) throw refused(line, 'the stack has sent nothing that this message could quote')
    return last.slice(ETHERNET_HEADER, ETHERNET_HEADER + header + FULL_QUOTE)
  }
  if (flow === null) throw refused(line, 'there is no connection that this message could be about')
  const original = 'start' in quoted ? segment(world, flow, quoted) : datagram(world, flow, quoted)
  const bytes = new Uint8Array(header + 40 + original.end - original.start)
  encodeNetwork(original, bytes, 0)
  original.free()
  return bytes.slice(0, header + FULL_QUOTE)
}

const outbound = (world: World, flow: Flow, protocol: number, length: number): Packet => {
  const packet = world.packet()
  packet.form = Form.FULL
  packet.src = world.setup.local
  packet.dst = world.setup.remote
  packet.protocol = protocol
  packet.ttl = 64
  packet.srcPort = flow.localPort
  packet.dstPort = flow.remotePort
  packet.setBytes(new Uint8Array(length))
  return packet
}

const segment = (world: World, flow: Flow, range: SequenceSpec): Packet => {
  const packet = outbound(world, flow, Protocol.TCP, range.length)
  packet.seq = flow.toLive(range.start) | 0
  packet.flags = TcpFlag.ACK
  return packet
}

const datagram = (world: World, flow: Flow, spec: UdpSpec): Packet => outbound(world, flow, Protocol.UDP, spec.length)
