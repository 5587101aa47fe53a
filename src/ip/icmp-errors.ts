/** ICMP errors that this host sends, and what those it receives mean (RFC 792, RFC 1122 3.2.2, RFC 4443 2.4, Linux's icmp.c). */
import type { Address } from '../wire/address.ts'
import {
  EACCES,
  ECONNREFUSED,
  EHOSTDOWN,
  EHOSTUNREACH,
  EMSGSIZE,
  ENETUNREACH,
  ENONET,
  ENOPROTOOPT,
  EOPNOTSUPP,
  EPROTO,
} from '../wire/errno.ts'
import { encodeQuote, networkLength } from '../wire/ethernet.ts'
import { ICMP_HEADER, Icmp6Type, Icmp6Unreachable, IcmpType, IcmpUnreachable } from '../wire/icmp.ts'
import { IPV4_HEADER } from '../wire/ipv4.ts'
import { IPV6_HEADER } from '../wire/ipv6.ts'
import { Form, Fragment, LinkCast, type Packet, Protocol } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import { Mib, type MibName } from '../wire/telemetry.ts'
import type { Ip } from './ip.ts'
import { inbound } from './output.ts'
import type { RoutePath } from './path.ts'

/** An error is at most as long as every host accepts (icmp_send; RFC 1812 4.3.2.3). */
const LONGEST4 = 576
/** RFC 4443 2.4 (c). */
const LONGEST6 = 1280
/** IPTOS_PREC_INTERNETCONTROL: errors go before data (RFC 1812 4.3.2.5). */
const INTERNET_CONTROL = 0xc0

/** Errno and hardness of Destination Unreachable by code (icmp_err_convert). */
const unreachable: readonly (readonly [errno: number, hard: boolean])[] = [
  [ENETUNREACH, false],
  [EHOSTUNREACH, false],
  [ENOPROTOOPT, true],
  [ECONNREFUSED, true],
  [EMSGSIZE, false],
  [EOPNOTSUPP, false],
  [ENETUNREACH, true],
  [EHOSTDOWN, true],
  [ENONET, true],
  [ENETUNREACH, true],
  [EHOSTUNREACH, true],
  [ENETUNREACH, false],
  [EHOSTUNREACH, false],
  [EHOSTUNREACH, true],
  [EHOSTUNREACH, true],
  [EHOSTUNREACH, true],
]

/** The same of ICMPv6 (tab_unreach of net/ipv6/icmp.c). */
const unreachable6: readonly (readonly [errno: number, hard: boolean])[] = [
  [ENETUNREACH, false],
  [EACCES, true],
  [EHOSTUNREACH, false],
  [EHOSTUNREACH, false],
  [ECONNREFUSED, true],
  [EACCES, true],
  [EACCES, true],
]

/** What an error means to a socket: errno, and whether it is hard; null for a type that is no error of a datagram. */
export const errnoOfIcmp = (family: 4 | 6, type: number, code: number): readonly [number, boolean] | null => {
  if (family === 4) {
    if (type === IcmpType.UNREACHABLE) return unreachable[code] ?? null
    if (type === IcmpType.TIME_EXCEEDED) return [EHOSTUNREACH, false]
    return type === IcmpType.PARAMETER_PROBLEM ? [EPROTO, true] : null
  }
  if (type === Icmp6Type.UNREACHABLE) return unreachable6[code] ?? [EPROTO, true]
  if (type === Icmp6Type.PACKET_TOO_BIG) return [EMSGSIZE, false]
  if (type === Icmp6Type.TIME_EXCEEDED) return [EHOSTUNREACH, false]
  // RFC 4443 2.4 (a): an unknown error is told as well.
  return type < 128 ? [EPROTO, true] : null
}

/** Types that are errors: none is answered with another (RFC 1122 3.2.2 (e)). */
const isError4 = (type: number): boolean =>
  type === IcmpType.UNREACHABLE ||
  type === IcmpType.SOURCE_QUENCH ||
  type === IcmpType.REDIRECT ||
  type === IcmpType.TIME_EXCEEDED ||
  type === IcmpType.PARAMETER_PROBLEM

/** Type of the ICMP message in a packet, also where only bytes tell (a fragment, a broken checksum); -1 if there is none. */
const icmpTypeOf = (packet: Packet): number => {
  const isIcmp = packet.protocol === (packet.src.family === 4 ? Protocol.ICMP : Protocol.ICMPV6)
  if (!isIcmp) return -1
  if (packet.form === Form.FULL) return packet.icmpType
  return packet.end > packet.start ? (packet.buf[packet.start] as number) : -1
}

/** RFC 1122 3.2.2: what must not be answered with an error. */
const forbidden4 = (ip: Ip, packet: Packet): boolean => {
  const { src, dst } = packet
  if (packet.linkCast !== LinkCast.HOST && packet.linkCast !== LinkCast.OUTGOING) return true
  if (dst.isMulticast || ip.isBroadcast(dst)) return true
  if ((packet.fragment & Fragment.OFFSET) !== 0) return true
  if (src.isUnspecified || src.isMulticast || src.isReserved || ip.isBroadcast(src)) return true
  // A loopback source is a single host only to itself.
  if (src.isLoopback && inbound(packet)?.kind === 'ethernet') return true
  const type = icmpTypeOf(packet)
  return type >= 0 && (isError4(type) || type > 18)
}

/** RFC 4443 2.4 (e): with the two exceptions for path MTU discovery and unknown options. */
const forbidden6 = (packet: Packet, type: number, code: number): boolean => {
  const { src, dst } = packet
  const exception = type === Icmp6Type.PACKET_TOO_BIG || (type === Icmp6Type.PARAMETER_PROBLEM && code === 2)
  const group = dst.isMulticast || packet.linkCast === LinkCast.BROADCAST || packet.linkCast === LinkCast.MULTICAST
  if (group && !exception) return true
  if (src.isUnspecified || src.isMulticast) return true
  if (src.isLoopback && inbound(packet)?.kind === 'ethernet') return true
  if (
    (packet.fragment & Fragment.OFFSET) !== 0 &&
    type !== Icmp6Type.PACKET_TOO_BIG &&
    type !== Icmp6Type.PARAMETER_PROBLEM
  )
    return true
  const quoted = icmpTypeOf(packet)
  return quoted >= 0 && (quoted < 128 || quoted === Icmp6Type.REDIRECT)
}

const count4: Readonly<Record<number, MibName>> = {
  [IcmpType.UNREACHABLE]: 'IcmpOutDestUnreachs',
  [IcmpType.REDIRECT]: 'IcmpOutRedirects',
  [IcmpType.TIME_EXCEEDED]: 'IcmpOutTimeExcds',
  [IcmpType.PARAMETER_PROBLEM]: 'IcmpOutParmProbs',
}

/** Answer a packet with an error, unless forbidden or too many went already. The packet stays the caller's. */
export const sendIcmpError = (ip: Ip, packet: Packet, type: number, code: number, rest: number): void => {
  const four = packet.src.family === 4
  if (packet.form === Form.FRAME) return
  if (four ? forbidden4(ip, packet) : forbidden6(packet, type, code)) return
  const { config } = ip
  const local = sourceOf(ip, packet)
  const path = ip.path(packet.src, {
    local,
    iface: packet.src.isLinkLocal && packet.src.family === 6 ? inbound(packet) : null,
  })
  if (typeof path === 'number') return
  // icmpv4_xrlim_allow: nothing is limited on the loopback, nor what path MTU discovery lives by.
  const needed = four && type === IcmpType.UNREACHABLE && code === IcmpUnreachable.FRAGMENTATION_NEEDED
  const exempt = path.iface.kind === 'loopback' || needed || (!four && type === Icmp6Type.PACKET_TOO_BIG)
  const mask = four ? config.icmpRatemask : -1
  const cost = four ? config.icmpRatelimit : config.icmp6Ratelimit
  if (!exempt && !ip.icmpLimit.allow(packet.src, type, mask, cost)) {
    ip.telemetry.note(Reason.IcmpRateLimited, packet)
    return
  }
  const error = ip.memory.packet()
  const longest = four ? Math.min(LONGEST4, path.mtu) - IPV4_HEADER : LONGEST6 - IPV6_HEADER
  const room = longest - ICMP_HEADER
  const length = Math.min(room, networkLength(packet))
  const chunk = ip.memory.chunk(length)
  encodeQuote(packet, chunk.bytes, 0, length)
  error.setPayload(chunk, 0, length)
  chunk.release()
  error.src = path.local
  error.dst = packet.src
  error.protocol = four ? Protocol.ICMP : Protocol.ICMPV6
  error.ttl = four ? config.defaultTtl : config.ipv6HopLimit
  error.tos = four ? (packet.tos & 0x1e) | INTERNET_CONTROL : 0
  error.icmpType = type
  error.icmpCode = code
  error.icmpRest = rest
  if (four) {
    ip.telemetry.count(Mib.IcmpOutMsgs)
    const name = count4[type]
    if (name !== undefined) ip.telemetry.count(Mib[name])
  } else {
    ip.telemetry.count(Mib.Icmp6OutMsgs)
    if (type === Icmp6Type.UNREACHABLE) ip.telemetry.count(Mib.Icmp6OutDestUnreachs)
  }
  ip.output.local(error, path as RoutePath)
}

/** icmp_send: from the address that was spoken to, if it is ours; else the route chooses, or the interface it came in by. */
const sourceOf = (ip: Ip, packet: Packet): Address | null => {
  if (ip.isLocal(packet.dst)) return packet.dst
  const iface = inbound(packet)
  if (packet.src.family === 4 && ip.config.icmpErrorsUseInboundIfaddr !== 0 && iface !== null)
    return ip.owned.select4(iface, packet.src, true)
  return null
}

/** Destination Unreachable in either family: the same cause under the number that the family gives it. */
export const sendUnreachable = (ip: Ip, packet: Packet, cause: 'net' | 'host' | 'prohibited' | 'protocol'): void => {
  if (packet.src.family === 4) {
    const code = {
      net: IcmpUnreachable.NET,
      host: IcmpUnreachable.HOST,
      prohibited: IcmpUnreachable.ADMIN_PROHIBITED,
      protocol: IcmpUnreachable.PROTOCOL,
    }[cause]
    sendIcmpError(ip, packet, IcmpType.UNREACHABLE, code, 0)
    return
  }
  // RFC 4443 3.4: an unknown protocol is a problem of the header, at the octet that names it.
  if (cause === 'protocol') {
    sendIcmpError(ip, packet, Icmp6Type.PARAMETER_PROBLEM, 1, nextHeaderAt(packet))
    return
  }
  const code = {
    net: Icmp6Unreachable.NO_ROUTE,
    host: Icmp6Unreachable.ADDRESS,
    prohibited: Icmp6Unreachable.ADMIN_PROHIBITED,
  }[cause]
  sendIcmpError(ip, packet, Icmp6Type.UNREACHABLE, code, 0)
}

/** Where the packet names its protocol: in the IPv6 header, or in the last extension header. */
const nextHeaderAt = (packet: Packet): number => {
  const headers = packet.ipOptions
  if (headers === null) return 6
  let at = 0
  for (let next = 0; next < headers.length; next += ((headers[next + 1] as number) + 1) << 3) at = next
  return IPV6_HEADER + at
}
