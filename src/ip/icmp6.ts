/** ICMPv6 messages that arrive (RFC 4443). Neighbour discovery comes later: its messages end here. */

import { Icmp6Type } from '../wire/icmp.ts'
import { IPV6_HEADER } from '../wire/ipv6.ts'
import { type Packet, Protocol } from '../wire/packet.ts'
import { fromBytes } from '../wire/parse.ts'
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import { errnoOfIcmp } from './icmp-errors.ts'
import type { Ip } from './ip.ts'
import { inbound } from './output.ts'
import type { RoutePath } from './path.ts'
import { tellTransport } from './quoted.ts'

/** Takes ownership. */
export const receiveIcmp6 = (ip: Ip, packet: Packet): void => {
  const { telemetry, config } = ip
  telemetry.count(Mib.Icmp6InMsgs)
  const type = packet.icmpType
  if (type === Icmp6Type.ECHO) {
    telemetry.count(Mib.Icmp6InEchos)
    const ignored = config.icmp6EchoIgnoreAll !== 0 || (packet.dst.isMulticast && config.icmp6EchoIgnoreMulticast !== 0)
    if (ignored) telemetry.drop(packet, Reason.IcmpBroadcastEcho)
    else reply(ip, packet)
  } else if (type === Icmp6Type.ECHO_REPLY) {
    telemetry.count(Mib.Icmp6InEchoReplies)
    packet.free()
  } else if (type < 128) {
    if (type === Icmp6Type.UNREACHABLE) telemetry.count(Mib.Icmp6InDestUnreachs)
    receiveError(ip, packet)
  }
  // RFC 4443 2.4 (b): silently.
  else telemetry.drop(packet, Reason.IcmpUnknownType)
}

/** RFC 4443 4.2: the request's data, from the address it was sent to or, for a group, one of the interface. */
const reply = (ip: Ip, packet: Packet): void => {
  const { telemetry } = ip
  const iface = inbound(packet)
  const path = ip.path(packet.src, {
    local: packet.dst.isMulticast ? null : packet.dst,
    iface: packet.src.isLinkLocal ? iface : null,
  })
  if (typeof path === 'number') {
    telemetry.drop(packet, Reason.IpNoRoute)
    return
  }
  telemetry.note(Reason.IcmpEcho, packet)
  const answer = ip.memory.packet()
  answer.src = path.local
  answer.dst = packet.src
  answer.protocol = Protocol.ICMPV6
  answer.ttl = ip.config.ipv6HopLimit
  answer.tos = packet.tos
  answer.icmpType = Icmp6Type.ECHO_REPLY
  answer.icmpRest = packet.icmpRest
  if (packet.chunk === null) answer.setBytes(packet.buf, packet.start, packet.end)
  else answer.setPayload(packet.chunk, packet.start, packet.end)
  telemetry.count(Mib.Icmp6OutMsgs)
  telemetry.count(Mib.Icmp6OutEchoReplies)
  packet.free()
  ip.output.local(answer, path as RoutePath)
}

/** Index of the upper-layer header in a quoted packet and its protocol, past extension headers; -1 if it is not there. */
const findUpper = (packet: Packet): { at: number; protocol: number } => {
  const { buf, end } = packet
  let at = packet.start + IPV6_HEADER
  let protocol = buf[packet.start + 6] as number
  for (;;) {
    const skip = protocol === Protocol.HOPOPT || protocol === Protocol.IPV6_ROUTE || protocol === Protocol.IPV6_DSTOPTS
    if (!skip && protocol !== Protocol.IPV6_FRAG) return { at, protocol }
    if (at + 8 > end) return { at: -1, protocol }
    const next = buf[at] as number
    // A later fragment has no header to go by.
    if (protocol === Protocol.IPV6_FRAG && (((buf[at + 2] as number) << 8) | (buf[at + 3] as number)) >>> 3 !== 0)
      return { at: -1, protocol }
    at += protocol === Protocol.IPV6_FRAG ? 8 : ((buf[at + 1] as number) + 1) << 3
    protocol = next
  }
}

const receiveError = (ip: Ip, packet: Packet): void => {
  const { telemetry } = ip
  const { icmpType: type, icmpCode: code, buf, start, end } = packet
  const meaning = errnoOfIcmp(6, type, code)
  const upper = end - start >= IPV6_HEADER ? findUpper(packet) : null
  if (meaning === null || upper === null || upper.at < 0) {
    telemetry.count(Mib.Icmp6InErrors)
    telemetry.drop(packet, Reason.IcmpHeaderError)
    return
  }
  const local = fromBytes(buf, 6, start + 8)
  if (!ip.isLocal(local)) {
    telemetry.count(Mib.Icmp6InErrors)
    telemetry.drop(packet, Reason.IcmpNoMatch)
    return
  }
  tellTransport(ip, packet, {
    local,
    remote: fromBytes(buf, 6, start + 24),
    protocol: upper.protocol,
    at: upper.at,
    errno: meaning[0],
    hard: meaning[1],
    mtu: type === Icmp6Type.PACKET_TOO_BIG ? packet.icmpRest >>> 0 : 0,
  })
  packet.free()
}
