/** Routers: what is for somebody else goes on (RFC 1812 5, Linux's ip_forward.c). Off unless switched on. */
import type { NetworkInterface } from '../link/interface.ts'
import { MS } from '../time/scheduler.ts'
import { EACCES, EHOSTUNREACH } from '../wire/errno.ts'
import { Icmp6Type, IcmpType, IcmpUnreachable } from '../wire/icmp.ts'
import { Form, Fragment, type Packet, Protocol } from '../wire/packet.ts'
import { isInPrefix } from '../wire/parse.ts'
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import { sendIcmpError, sendUnreachable } from './icmp-errors.ts'
import type { Ip } from './ip.ts'
import { recordRoute } from './options.ts'
import { excess } from './output.ts'
import type { RoutePath } from './path.ts'
import { segments } from './segments.ts'

/** Milliseconds since midnight, Universal Time (RFC 791 3.1, RFC 792 p16). */
export const timeOfDay = (ip: Ip): number => (ip.epoch + Math.floor(ip.clock.now / MS)) % 86_400_000

/** Takes ownership. */
export const forward = (ip: Ip, packet: Packet, iface: NetworkInterface): void => {
  const four = packet.dst.family === 4
  const { telemetry } = ip
  // RFC 1812 5.3.1, RFC 4443 3.3: it would have no hop left.
  if (packet.ttl <= 1) {
    telemetry.count(four ? Mib.IpInHdrErrors : Mib.Ip6InHdrErrors)
    sendIcmpError(ip, packet, four ? IcmpType.TIME_EXCEEDED : Icmp6Type.TIME_EXCEEDED, 0, 0)
    telemetry.drop(packet, Reason.IpTtlExceeded)
    return
  }
  const path = ip.way(packet.dst)
  if (typeof path === 'number') {
    refuse(ip, packet, path)
    return
  }
  if (path.isBroadcast || path.isMulticast || (path.isLocal && !four)) {
    telemetry.drop(packet, Reason.IpNotForwardable)
    return
  }
  // RFC 1122 3.2.1.3 (g): loopback addresses stay inside, whatever the routes say.
  if (path.isLocal) {
    telemetry.drop(packet, Reason.IpMartianDestination)
    return
  }
  // ip_dst_mtu_maybe_forward: what ICMP told may be a forgery; a router trusts its links.
  let mtu = ip.config.forwardUsePmtu === 0 || !four ? path.iface.mtu : path.knownMtu
  // Put together for a hook: judged by the pieces that came, and cut again into such (ip6_forward, frag_max_size).
  const again = !four && (packet.fragment & Fragment.AGAIN) !== 0 && packet.ipId <= mtu
  if (again) mtu = packet.ipId
  else if (tooLarge(ip, packet, mtu, iface)) return
  if (!four) packet.fragment &= ~Fragment.AGAIN
  packet.ttl--
  const { hooks } = ip
  if (hooks.forward !== null) {
    const passed = hooks.run(hooks.forward, packet, 'forward', path.iface)
    if (passed === null) return
    packet = passed
  }
  if (four && path.iface === iface) redirect(ip, packet, path, iface)
  if (four && packet.ipOptions !== null)
    packet.ipOptions = recordRoute(
      packet.ipOptions,
      ip.owned.select4(path.iface, null, true) ?? path.local,
      timeOfDay(ip),
    )
  telemetry.count(four ? Mib.IpForwDatagrams : Mib.Ip6OutForwDatagrams)
  const dontFragment = (!four && !again) || (packet.fragment & Fragment.DF) !== 0
  if (isLarge(packet, path)) segments(packet, iface.mtu, (one) => ip.output.finish(one, path, dontFragment, mtu))
  else ip.output.finish(packet, path, dontFragment, mtu)
}

/** ip_error: what the route says, told to the source. */
const refuse = (ip: Ip, packet: Packet, errno: number): void => {
  const { telemetry } = ip
  if (errno === -EHOSTUNREACH) sendUnreachable(ip, packet, 'host')
  else if (errno === -EACCES) sendUnreachable(ip, packet, 'prohibited')
  else if (ip.isBlackhole(packet.dst)) {
    telemetry.drop(packet, Reason.IpProhibited)
    return
  } else {
    telemetry.count(packet.dst.family === 4 ? Mib.IpExtInNoRoutes : Mib.Ip6OutNoRoutes)
    sendUnreachable(ip, packet, 'net')
    telemetry.drop(packet, Reason.IpNoRoute)
    return
  }
  telemetry.drop(packet, Reason.IpProhibited)
}

/** A segment that an offloading link brought in one piece stands for segments of that link's MTU. */
const isLarge = (packet: Packet, path: RoutePath): boolean =>
  packet.form === Form.FULL &&
  packet.protocol === Protocol.TCP &&
  excess(packet, path.iface.mtu, path.iface.largeSegment) > 0

/** RFC 1191 4, RFC 8200 5: what may not be fragmented and does not fit is reported with the MTU that would. */
const tooLarge = (ip: Ip, packet: Packet, mtu: number, iface: NetworkInterface): boolean => {
  const four = packet.dst.family === 4
  if (four && (packet.fragment & Fragment.DF) === 0) return false
  const over = excess(packet, mtu, 0)
  if (over === 0) return false
  // A large segment fits if each of its segments does.
  const large = packet.form === Form.FULL && packet.protocol === Protocol.TCP && excess(packet, iface.mtu, 0) > 0
  if (large && iface.mtu <= mtu) return false
  if (four) sendIcmpError(ip, packet, IcmpType.UNREACHABLE, IcmpUnreachable.FRAGMENTATION_NEEDED, mtu)
  else sendIcmpError(ip, packet, Icmp6Type.PACKET_TOO_BIG, 0, mtu)
  if (four) ip.telemetry.count(Mib.IpFragFails)
  ip.telemetry.drop(packet, Reason.IpFragmentationNeeded)
  return true
}

/** RFC 792 p12, RFC 1812 5.2.7.2: the source could have gone to the next hop itself. The datagram goes on nonetheless. */
const redirect = (ip: Ip, packet: Packet, path: RoutePath, iface: NetworkInterface): void => {
  if (ip.confs.of(iface).sendRedirects === 0 || path.iface !== iface) return
  const { src } = packet
  const hop = path.gateway ?? packet.dst
  const near = ip.owned
    .list(iface)
    .some(
      (one) =>
        one.address.family === 4 &&
        isInPrefix(src, one.address, one.prefixLength) &&
        isInPrefix(hop, one.address, one.prefixLength),
    )
  if (!near || (packet.ipOptions !== null && packet.ipOptions.length > 0)) return
  if (!ip.icmpLimit.allowRedirect(src)) return
  sendIcmpError(ip, packet, IcmpType.REDIRECT, 1, hop.w3)
}
