/** ICMP messages that arrive (RFC 792, RFC 1122 3.2.2, Linux's icmp_rcv). */
import { Address } from '../wire/address.ts'
import { get16, get32, put32 } from '../wire/bytes.ts'
import { IcmpType, IcmpUnreachable } from '../wire/icmp.ts'
import { IPV4_HEADER } from '../wire/ipv4.ts'
import { Fragment, type Packet, Protocol } from '../wire/packet.ts'
import { isInPrefix } from '../wire/parse.ts'
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import { timeOfDay } from './forward.ts'
import { errnoOfIcmp } from './icmp-errors.ts'
import type { Ip } from './ip.ts'
import { echoOptions, recordRoute } from './options.ts'
import { inbound } from './output.ts'
import type { RoutePath } from './path.ts'
import { plateauBelow } from './pmtu.ts'
import { tellTransport } from './quoted.ts'

/** Takes ownership. */
export const receiveIcmp = (ip: Ip, packet: Packet): void => {
  const { telemetry, config } = ip
  telemetry.count(Mib.IcmpInMsgs)
  const group = packet.dst.isMulticast || ip.isBroadcast(packet.dst)
  switch (packet.icmpType) {
    case IcmpType.ECHO:
      telemetry.count(Mib.IcmpInEchos)
      if (group && config.icmpEchoIgnoreBroadcasts !== 0) telemetry.drop(packet, Reason.IcmpBroadcastEcho)
      else if (config.icmpEchoIgnoreAll !== 0) telemetry.drop(packet, Reason.IcmpBroadcastEcho)
      else reply(ip, packet, group, IcmpType.ECHO_REPLY)
      return
    case IcmpType.ECHO_REPLY:
      // Whoever asked has seen it by a tap.
      telemetry.count(Mib.IcmpInEchoReps)
      packet.free()
      return
    case IcmpType.TIMESTAMP:
      telemetry.count(Mib.IcmpInTimestamps)
      if (group && config.icmpEchoIgnoreBroadcasts !== 0) telemetry.drop(packet, Reason.IcmpBroadcastEcho)
      else if (packet.end - packet.start < 12) telemetry.drop(packet, Reason.IcmpHeaderError)
      else reply(ip, packet, group, IcmpType.TIMESTAMP_REPLY)
      return
    case IcmpType.TIMESTAMP_REPLY:
      telemetry.count(Mib.IcmpInTimestampReps)
      packet.free()
      return
    case IcmpType.UNREACHABLE:
      telemetry.count(Mib.IcmpInDestUnreachs)
      receiveError(ip, packet)
      return
    case IcmpType.TIME_EXCEEDED:
      telemetry.count(Mib.IcmpInTimeExcds)
      receiveError(ip, packet)
      return
    case IcmpType.PARAMETER_PROBLEM:
      telemetry.count(Mib.IcmpInParmProbs)
      receiveError(ip, packet)
      return
    case IcmpType.SOURCE_QUENCH:
      // RFC 6633: ignored, whatever the transport.
      telemetry.count(Mib.IcmpInSrcQuenchs)
      telemetry.drop(packet, Reason.IcmpSourceQuench)
      return
    case IcmpType.REDIRECT:
      telemetry.count(Mib.IcmpInRedirects)
      receiveRedirect(ip, packet)
      return
    default:
      // RFC 1122 3.2.2, 3.2.2.7, 3.2.2.9: unknown ones silently; Information and Address Mask are not for us to answer.
      telemetry.drop(packet, Reason.IcmpUnknownType)
  }
}

/** RFC 1122 3.2.2.6: from the address that was asked, with all the data and the options as they must come back. */
const reply = (ip: Ip, packet: Packet, group: boolean, type: number): void => {
  const { telemetry } = ip
  const echo = packet.ipOptions === null ? null : echoOptions(packet.ipOptions, packet.src)
  const first = echo === null || echo.first === null ? packet.src : Address.v4(echo.first)
  const path = ip.path(first, { local: group ? null : packet.dst, iface: group ? inbound(packet) : null })
  if (typeof path === 'number') {
    telemetry.drop(packet, Reason.IpNoRoute)
    return
  }
  const answer = ip.memory.packet()
  answer.src = path.local
  answer.dst = first
  answer.protocol = Protocol.ICMP
  answer.ttl = ip.config.defaultTtl
  answer.tos = packet.tos
  answer.mark = packet.mark
  if (echo !== null && echo.options !== null) answer.ipOptions = recordRoute(echo.options, path.local, timeOfDay(ip))
  answer.icmpType = type
  answer.icmpRest = packet.icmpRest
  if (type === IcmpType.ECHO_REPLY) {
    telemetry.note(Reason.IcmpEcho, packet)
    telemetry.count(Mib.IcmpOutEchoReps)
    if (packet.chunk === null) answer.setBytes(packet.buf, packet.start, packet.end)
    else answer.setPayload(packet.chunk, packet.start, packet.end)
  } else {
    telemetry.count(Mib.IcmpOutTimestampReps)
    const chunk = ip.memory.chunk(12)
    const time = timeOfDay(ip)
    put32(chunk.bytes, 0, get32(packet.buf, packet.start))
    put32(chunk.bytes, 4, time)
    put32(chunk.bytes, 8, time)
    answer.setPayload(chunk, 0, 12)
    chunk.release()
  }
  telemetry.count(Mib.IcmpOutMsgs)
  packet.free()
  ip.output.local(answer, path as RoutePath)
}

/** An error about a datagram of ours (icmp_unreach): to the protocol that the quotation names. */
const receiveError = (ip: Ip, packet: Packet): void => {
  const { telemetry } = ip
  const { icmpType: type, icmpCode: code, buf, start, end } = packet
  const length = end - start
  const header = length > 0 ? ((buf[start] as number) & 15) << 2 : 0
  const meaning = errnoOfIcmp(4, type, code)
  if (
    length < IPV4_HEADER ||
    (buf[start] as number) >>> 4 !== 4 ||
    header < IPV4_HEADER ||
    length < header + 8 ||
    meaning === null
  ) {
    telemetry.count(Mib.IcmpInErrors)
    telemetry.drop(packet, Reason.IcmpHeaderError)
    return
  }
  const local = Address.v4(get32(buf, start + 12))
  const remote = Address.v4(get32(buf, start + 16))
  // An error about a broadcast is bogus (icmp_ignore_bogus_error_responses), one about somebody else's datagram no news.
  const foreign = !ip.isLocal(local)
  if (foreign || (ip.config.icmpIgnoreBogusErrorResponses !== 0 && ip.isBroadcast(remote))) {
    telemetry.count(Mib.IcmpInErrors)
    telemetry.drop(packet, Reason.IcmpNoMatch)
    return
  }
  if ((get16(buf, start + 6) & Fragment.OFFSET) !== 0) {
    // Of a later fragment: there are no ports to go by.
    telemetry.drop(packet, Reason.IcmpNoMatch)
    return
  }
  const protocol = buf[start + 9] as number
  let mtu = 0
  if (type === IcmpType.UNREACHABLE && code === IcmpUnreachable.FRAGMENTATION_NEEDED) {
    mtu = toldMtu(ip, packet, protocol)
    if (mtu === 0) {
      packet.free()
      return
    }
  }
  tellTransport(ip, packet, {
    local,
    remote,
    protocol,
    at: start + header,
    errno: meaning[0],
    hard: meaning[1],
    mtu,
  })
  packet.free()
}

/** The path MTU that a message tells; 0: it is not to be believed (ip_no_pmtu_disc). */
const toldMtu = (ip: Ip, packet: Packet, protocol: number): number => {
  const { config } = ip
  if (config.noPmtuDisc === 1) return config.routeMinPmtu
  // 2: never; 3: only where the protocol can tell a forgery, as TCP can by its sequence numbers.
  if (config.noPmtuDisc === 2 || (config.noPmtuDisc === 3 && protocol !== Protocol.TCP)) return 0
  // RFC 1191 5: a router of old tells no MTU; the next plateau below what did not pass is the guess.
  return packet.icmpRest & 0xffff || plateauBelow(get16(packet.buf, packet.start + 2))
}

/** RFC 1122 3.2.2.2: a better first hop, network codes as host codes; believed from the present first hop alone. */
const receiveRedirect = (ip: Ip, packet: Packet): void => {
  const { telemetry } = ip
  const remote = redirectedFrom(ip, packet)
  if (remote === null) {
    telemetry.drop(packet, Reason.IcmpRedirectRefused)
    return
  }
  telemetry.note(Reason.IcmpRedirect, packet)
  ip.exceptions.redirect(remote, Address.v4(packet.icmpRest))
  ip.changed()
  packet.free()
}

/** The destination that a Redirect is about, or null if it is not to be believed (ip_rt_redirect, __ip_do_redirect). */
const redirectedFrom = (ip: Ip, packet: Packet): Address | null => {
  const { buf, start, end, icmpCode } = packet
  const iface = inbound(packet)
  if (end - start < IPV4_HEADER || icmpCode > 3 || iface === null || iface.kind === 'loopback') return null
  const config = ip.confs.of(iface)
  // A router does not listen to them.
  if (config.acceptRedirects === 0 || config.forwarding !== 0) return null
  const gateway = Address.v4(packet.icmpRest)
  const remote = Address.v4(get32(buf, start + 16))
  if (!ip.isLocal(Address.v4(get32(buf, start + 12)))) return null
  const near = ip.owned
    .list(iface)
    .some((one) => one.address.family === 4 && isInPrefix(gateway, one.address, one.prefixLength))
  if (!near || gateway.isMulticast || ip.isBroadcast(gateway) || ip.isLocal(gateway)) return null
  const path = ip.way(remote)
  const isFirstHop = typeof path !== 'number' && path.iface === iface && path.gateway?.equals(packet.src)
  if (!isFirstHop) return null
  // secure_redirects without shared_media: to one of the default gateways only.
  const known = (): boolean =>
    ip.routes(4).some((one) => one.prefixLength === 0 && one.gateway?.equals(gateway) === true)
  return config.sharedMedia === 0 && config.secureRedirects !== 0 && !known() ? null : remote
}
