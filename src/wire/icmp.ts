/** ICMP (RFC 792) and ICMPv6 (RFC 4443): type, code, and the second word that most messages give a meaning of their own. */
import { get32, put16, put32 } from './bytes.ts'
import { finish, pseudoHeader, sum, sumPayload } from './checksum.ts'
import { Form, type Packet, Protocol } from './packet.ts'
import { Reason } from './reason.ts'

export const ICMP_HEADER = 8

export const IcmpType = {
  ECHO_REPLY: 0,
  UNREACHABLE: 3,
  SOURCE_QUENCH: 4,
  REDIRECT: 5,
  ECHO: 8,
  ROUTER_ADVERTISEMENT: 9,
  ROUTER_SOLICITATION: 10,
  TIME_EXCEEDED: 11,
  PARAMETER_PROBLEM: 12,
  TIMESTAMP: 13,
  TIMESTAMP_REPLY: 14,
  ADDRESS_MASK: 17,
  ADDRESS_MASK_REPLY: 18,
} as const

/** Codes of Destination Unreachable (RFC 792 p4, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1). */
export const IcmpUnreachable = {
  NET: 0,
  HOST: 1,
  PROTOCOL: 2,
  PORT: 3,
  FRAGMENTATION_NEEDED: 4,
  SOURCE_ROUTE_FAILED: 5,
  NET_UNKNOWN: 6,
  HOST_UNKNOWN: 7,
  HOST_ISOLATED: 8,
  NET_PROHIBITED: 9,
  HOST_PROHIBITED: 10,
  NET_TOS: 11,
  HOST_TOS: 12,
  ADMIN_PROHIBITED: 13,
  PRECEDENCE_VIOLATION: 14,
  PRECEDENCE_CUTOFF: 15,
} as const

export const Icmp6Type = {
  UNREACHABLE: 1,
  PACKET_TOO_BIG: 2,
  TIME_EXCEEDED: 3,
  PARAMETER_PROBLEM: 4,
  ECHO: 128,
  ECHO_REPLY: 129,
  LISTENER_QUERY: 130,
  LISTENER_REPORT: 131,
  LISTENER_DONE: 132,
  ROUTER_SOLICITATION: 133,
  ROUTER_ADVERTISEMENT: 134,
  NEIGHBOUR_SOLICITATION: 135,
  NEIGHBOUR_ADVERTISEMENT: 136,
  REDIRECT: 137,
  LISTENER_REPORT_V2: 143,
} as const

/** Codes of ICMPv6 Destination Unreachable (RFC 4443 3.1). */
export const Icmp6Unreachable = {
  NO_ROUTE: 0,
  ADMIN_PROHIBITED: 1,
  BEYOND_SCOPE: 2,
  ADDRESS: 3,
  PORT: 4,
  POLICY: 5,
  REJECT_ROUTE: 6,
} as const

/** ICMPv6 sums a pseudo-header (RFC 4443 2.3), ICMP does not. */
const pseudo = (p: Packet, length: number): number =>
  p.protocol === Protocol.ICMPV6 ? pseudoHeader(p.src, p.dst, Protocol.ICMPV6, length) : 0

/** The header, its checksum taken over the whole message (RFC 792 p2). */
export const encodeIcmp = (p: Packet, b: Uint8Array, at: number): number => {
  b[at] = p.icmpType
  b[at + 1] = p.icmpCode
  put16(b, at + 2, 0)
  put32(b, at + 4, p.icmpRest)
  const length = ICMP_HEADER + p.end - p.start
  const s = sum(b, at, at + ICMP_HEADER, pseudo(p, length))
  put16(b, at + 2, finish(sumPayload(p, p.start, p.end, s)))
  return at + ICMP_HEADER
}

/** From `buf[start, end)`. */
export const decodeIcmp = (p: Packet, verify: boolean): Reason | -1 => {
  const b = p.buf
  const at = p.start
  const length = p.end - at
  if (length < ICMP_HEADER) return Reason.IcmpHeaderError
  if (verify && sumPayload(p, at, p.end, pseudo(p, length)) !== 0xffff) return Reason.IcmpChecksum
  p.icmpType = b[at] as number
  p.icmpCode = b[at + 1] as number
  p.icmpRest = get32(b, at + 4)
  p.form = Form.FULL
  p.start = at + ICMP_HEADER
  return -1
}
