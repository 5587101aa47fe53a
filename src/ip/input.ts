/** What arrives: judged, then delivered, forwarded or dropped with a reason (RFC 1122 3.2.1, Linux's ip_input.c and route.c). */
import type { NetworkInterface } from '../link/interface.ts'
import type { Address } from '../wire/address.ts'
import { networkLength } from '../wire/ethernet.ts'
import { IcmpType } from '../wire/icmp.ts'
import { EtherType, Form, Fragment, LinkCast, type Packet, Protocol } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import { decodeTransport } from '../wire/transport.ts'
import { receiveArp } from './arp.ts'
import { forward } from './forward.ts'
import { receiveIcmp } from './icmp.ts'
import { sendIcmpError, sendUnreachable } from './icmp-errors.ts'
import { receiveIcmp6 } from './icmp6.ts'
import type { Ip } from './ip.ts'
import { judgeExtensions } from './ipv6-options.ts'
import { optionProblem, sourceRouteAt } from './options.ts'

const SPLIT = Fragment.MF | Fragment.OFFSET

/** Where a packet goes: here, on, or nowhere (a reason). */
const HERE = -1
const ON = -2

/** Pairs of hosts whose packets were judged lately. */
const JUDGED = 64

export class Input {
  readonly #ip: Ip
  /** Packets of these sources to these destinations were for us, as of `#generation`: the next ones are too. */
  readonly #sources: (Address | null)[] = new Array<Address | null>(JUDGED).fill(null)
  readonly #destinations: (Address | null)[] = new Array<Address | null>(JUDGED).fill(null)
  readonly #interfaces: (NetworkInterface | null)[] = new Array<NetworkInterface | null>(JUDGED).fill(null)
  #generation = -1
  readonly #handlers: Parameters<Ip['register']>[1][] = []
  #taps: readonly ((packet: Packet) => unknown)[] | null = null

  constructor(ip: Ip) {
    this.#ip = ip
  }

  register(protocol: number, handler: Parameters<Ip['register']>[1]): void {
    this.#handlers[protocol] = handler
  }

  handler(protocol: number): Parameters<Ip['register']>[1] | undefined {
    return this.#handlers[protocol]
  }

  tap(listener: (packet: Packet) => unknown): () => void {
    this.#taps = [...(this.#taps ?? []), listener]
    return () => {
      const left = (this.#taps ?? []).filter((other) => other !== listener)
      this.#taps = left.length === 0 ? null : left
    }
  }

  /** From an interface. Takes ownership. */
  receive(packet: Packet, iface: NetworkInterface): void {
    const type = packet.etherType
    if (packet.linkCast === LinkCast.OTHER_HOST) this.#ip.telemetry.drop(packet, Reason.NotForUs, iface)
    else if (type === EtherType.IPV4) this.#receive4(packet, iface)
    else if (type === EtherType.IPV6) this.#receive6(packet, iface)
    else if (type === EtherType.ARP) receiveArp(this.#ip, packet, iface)
    else this.#ip.telemetry.drop(packet, Reason.UnknownEtherType, iface)
  }

  #receive4(packet: Packet, iface: NetworkInterface): void {
    const ip = this.#ip
    const { telemetry, hooks } = ip
    telemetry.count(Mib.IpInReceives)
    telemetry.count(Mib.IpExtInOctets, networkLength(packet))
    if (hooks.prerouting !== null) {
      const passed = hooks.run(hooks.prerouting, packet, 'prerouting', null)
      if (passed === null) return
      packet = passed
    }
    if (packet.ipOptions !== null && !this.#options(packet, iface)) return
    const verdict = this.#isJudged(packet, iface) ? HERE : this.#judge4(packet, iface)
    if (verdict === HERE) this.deliver(packet)
    else if (verdict === ON) forward(ip, packet, iface)
    else telemetry.drop(packet, verdict, iface)
  }

  #isJudged(packet: Packet, iface: NetworkInterface): boolean {
    if (this.#generation !== this.#ip.generation || packet.linkCast !== LinkCast.HOST) return false
    const slot = (packet.src.hash ^ packet.dst.hash) & (JUDGED - 1)
    const src = this.#sources[slot] as Address | null
    const dst = this.#destinations[slot] as Address | null
    return (
      src !== null &&
      dst !== null &&
      this.#interfaces[slot] === iface &&
      src.equals(packet.src) &&
      dst.equals(packet.dst)
    )
  }

  #judge4(packet: Packet, iface: NetworkInterface): number {
    const verdict = this.#route4(packet, iface)
    if (verdict !== HERE || packet.linkCast !== LinkCast.HOST || !this.#ip.isLocal(packet.dst)) return verdict
    if (this.#generation !== this.#ip.generation) {
      this.#sources.fill(null)
      this.#generation = this.#ip.generation
    }
    const slot = (packet.src.hash ^ packet.dst.hash) & (JUDGED - 1)
    this.#sources[slot] = packet.src
    this.#destinations[slot] = packet.dst
    this.#interfaces[slot] = iface
    return verdict
  }

  /** ip_rcv_options: malformed ones are reported, source routes obeyed only where that is switched on. */
  #options(packet: Packet, iface: NetworkInterface): boolean {
    const ip = this.#ip
    const options = packet.ipOptions as Uint8Array
    const problem = optionProblem(options)
    if (problem > 0) {
      ip.telemetry.count(Mib.IpInHdrErrors)
      // RFC 792 p8: the pointer is the first octet of the second word.
      sendIcmpError(ip, packet, IcmpType.PARAMETER_PROBLEM, 0, problem << 24)
      ip.telemetry.drop(packet, Reason.IpOptionError)
      return false
    }
    if (sourceRouteAt(options) >= 0 && ip.confs.of(iface).acceptSourceRoute === 0) {
      // RFC 1122 3.3.5: the switch is off. Linux stays silent.
      ip.telemetry.count(Mib.IpInHdrErrors)
      ip.telemetry.drop(packet, Reason.IpSourceRoute)
      return false
    }
    return true
  }

  /** ip_route_input_slow. */
  #route4(packet: Packet, iface: NetworkInterface): number {
    const ip = this.#ip
    const { src, dst } = packet
    const loop = iface.kind === 'loopback'
    // An address of ours that came over our own loopback needs no more judging.
    if (loop && ip.isLocal(dst) && ip.isLocal(src)) return HERE
    if (src.isMulticast || src.isLimitedBroadcast || src.isReserved) return this.#martian(Reason.IpMartianSource)
    if (dst.isMulticast) return this.#multicast(packet, iface)
    if (dst.isLimitedBroadcast || (src.isUnspecified && dst.isUnspecified)) return this.#broadcast(packet, iface)
    // RFC 1122 3.2.1.3 (a), (g): 0/8 and 127/8 do not appear on a link.
    if (src.w3 >>> 24 === 0) return this.#martian(Reason.IpMartianSource)
    if (dst.w3 >>> 24 === 0) return this.#martian(Reason.IpMartianDestination)
    if (!loop && ip.confs.of(iface).routeLocalnet === 0) {
      if (dst.isLoopback) return this.#martian(Reason.IpMartianDestination)
      if (src.isLoopback) return this.#martian(Reason.IpMartianSource)
    }
    const entry = ip.owned.find(dst)
    if (entry !== null && entry.kind === 'broadcast') return this.#broadcast(packet, iface)
    const refused = this.#source(packet, iface)
    if (refused >= 0) return refused
    if (entry === null) return this.#elsewhere(packet, iface)
    // RFC 1122 3.3.6: a datagram to one host in a frame to all of them.
    if (packet.linkCast !== LinkCast.HOST && ip.confs.of(iface).dropUnicastInL2Multicast !== 0)
      return Reason.IpLinkBroadcast
    return HERE
  }

  #martian(reason: number): number {
    this.#ip.telemetry.count(Mib.IpInAddrErrors)
    return reason
  }

  #elsewhere(packet: Packet, iface: NetworkInterface): number {
    const ip = this.#ip
    if (ip.confs.of(iface).forwarding !== 0) return packet.linkCast === LinkCast.HOST ? ON : Reason.IpLinkBroadcast
    // RFC 1122 3.2.1.3: silently.
    ip.telemetry.count(Mib.IpInAddrErrors)
    return Reason.IpNotForUs
  }

  #broadcast(packet: Packet, iface: NetworkInterface): number {
    this.#ip.telemetry.count(Mib.IpExtInBcastPkts)
    const { src } = packet
    if (!src.isUnspecified) {
      const refused = this.#source(packet, iface)
      if (refused >= 0) return refused
    }
    return HERE
  }

  #multicast(packet: Packet, iface: NetworkInterface): number {
    const ip = this.#ip
    ip.telemetry.count(Mib.IpExtInMcastPkts)
    const { src, dst } = packet
    if (src.isLoopback && iface.kind !== 'loopback') return this.#martian(Reason.IpMartianSource)
    // ip_mc_validate_source: only who has no address yet may send without one, and only on the link.
    if (src.isUnspecified && (dst.w3 >>> 8 !== 0xe00000 || packet.protocol !== Protocol.IGMP))
      return this.#martian(Reason.IpMartianSource)
    return ip.groups.has(dst, iface) || iface.kind === 'loopback' ? HERE : Reason.IpNotForUs
  }

  /** fib_validate_source: a source of ours from outside, and whether the way back is this one (rp_filter). */
  #source(packet: Packet, iface: NetworkInterface): number {
    const ip = this.#ip
    const { src } = packet
    const { acceptLocal, rpFilter } = ip.confs.of(iface)
    const own = ip.owned.find(src)
    if (own !== null) {
      if (own.kind === 'broadcast' || (acceptLocal === 0 && iface.kind !== 'loopback'))
        return this.#martian(Reason.IpMartianSource)
      return -1
    }
    if (rpFilter === 0 || iface.kind === 'loopback') return -1
    const back = ip.routes4.find(src, null, ip.isDeadGateway)
    const ok = back !== null && back.type === 'unicast' && (rpFilter === 2 || back.iface === iface)
    return ok ? -1 : Reason.IpReversePath
  }

  #receive6(packet: Packet, iface: NetworkInterface): void {
    const ip = this.#ip
    const { telemetry, hooks } = ip
    telemetry.count(Mib.Ip6InReceives)
    if (hooks.prerouting !== null) {
      const passed = hooks.run(hooks.prerouting, packet, 'prerouting', null)
      if (passed === null) return
      packet = passed
    }
    const verdict = this.#route6(packet, iface)
    // RFC 8200 4: options are the destination's, but those of Hop-by-Hop are every node's.
    if (verdict < 0 && packet.ipOptions !== null && !judgeExtensions(ip, packet, verdict === HERE)) return
    if (verdict === HERE) this.deliver(packet)
    else if (verdict === ON) forward(ip, packet, iface)
    else telemetry.drop(packet, verdict, iface)
  }

  #route6(packet: Packet, iface: NetworkInterface): number {
    const ip = this.#ip
    const { src, dst } = packet
    const loop = iface.kind === 'loopback'
    if (loop && ip.isLocal(dst) && ip.isLocal(src)) return HERE
    // RFC 4291 2.7, 2.5.3, 2.5.2.
    if (src.isMulticast || (src.isLoopback && !loop)) return this.#martian6(Reason.IpMartianSource)
    if (dst.isUnspecified || (dst.isLoopback && !loop)) return this.#martian6(Reason.IpMartianDestination)
    // RFC 4291 2.5.5: IPv4-mapped addresses are for programs, not for the wire.
    if (src.isMapped || dst.isMapped) return this.#martian6(Reason.IpMartianSource)
    if (dst.isMulticast) return ip.groups.has(dst, iface) || loop ? HERE : Reason.IpNotForUs
    if (ip.isLocal(dst)) return HERE
    if (ip.config.ipv6Forward === 0 || packet.linkCast !== LinkCast.HOST) return this.#martian6(Reason.IpNotForUs)
    // RFC 4291 2.5.6, 2.5.2.
    return src.isLinkLocal || dst.isLinkLocal || src.isUnspecified ? Reason.IpNotForwardable : ON
  }

  #martian6(reason: number): number {
    this.#ip.telemetry.count(Mib.Ip6InAddrErrors)
    return reason
  }

  /** ip_local_deliver: whole datagrams, past the input hook, to raw sockets and to the protocol. Takes ownership. */
  deliver(packet: Packet): void {
    const ip = this.#ip
    if ((packet.fragment & SPLIT) !== 0) {
      const iface = packet.iface
      const whole = ip.reassembly.take(packet)
      if (whole === null) return
      whole.iface = iface
      packet = whole
    }
    const { hooks } = ip
    if (hooks.input !== null) {
      const passed = hooks.run(hooks.input, packet, 'input', null)
      if (passed === null) return
      packet = passed
    }
    this.#transport(packet)
  }

  #transport(packet: Packet): void {
    const ip = this.#ip
    const { telemetry } = ip
    const four = packet.src.family === 4
    if (packet.form === Form.NETWORK) {
      // A transport part that fails its checks, left for its destination to find out.
      const reason = decodeTransport(packet)
      if (reason >= 0) {
        this.#broken(packet, reason)
        return
      }
    }
    let taken = false
    if (this.#taps !== null) for (const tap of this.#taps) if (tap(packet) === true) taken = true
    telemetry.count(four ? Mib.IpInDelivers : Mib.Ip6InDelivers)
    const { protocol } = packet
    if (protocol === (four ? Protocol.ICMP : Protocol.ICMPV6) && packet.form === Form.FULL) {
      if (four) receiveIcmp(ip, packet)
      else receiveIcmp6(ip, packet)
      return
    }
    const handler = this.#handlers[protocol]
    if (handler !== undefined && packet.form === Form.FULL) {
      handler.receive(packet)
      return
    }
    if (taken || (!four && protocol === Protocol.IPV6_NONXT)) {
      packet.free()
      return
    }
    telemetry.count(four ? Mib.IpInUnknownProtos : Mib.Ip6InUnknownProtos)
    sendUnreachable(ip, packet, 'protocol')
    telemetry.drop(packet, Reason.IpUnknownProtocol)
  }

  /** Counted where the protocol itself would have counted it. */
  #broken(packet: Packet, reason: number): void {
    const { telemetry } = this.#ip
    const four = packet.src.family === 4
    const { protocol } = packet
    if (protocol === Protocol.TCP) {
      telemetry.count(Mib.TcpInErrs)
      if (reason === Reason.TcpChecksum) telemetry.count(Mib.TcpInCsumErrors)
    } else if (protocol === Protocol.UDP) {
      telemetry.count(four ? Mib.UdpInErrors : Mib.Udp6InErrors)
      if (reason === Reason.UdpChecksum) telemetry.count(four ? Mib.UdpInCsumErrors : Mib.Udp6InCsumErrors)
    } else if (protocol === Protocol.ICMP) {
      telemetry.count(Mib.IcmpInMsgs)
      telemetry.count(Mib.IcmpInErrors)
      if (reason === Reason.IcmpChecksum) telemetry.count(Mib.IcmpInCsumErrors)
    } else if (protocol === Protocol.ICMPV6) {
      telemetry.count(Mib.Icmp6InMsgs)
      telemetry.count(Mib.Icmp6InErrors)
      if (reason === Reason.IcmpChecksum) telemetry.count(Mib.Icmp6InCsumErrors)
    }
    telemetry.drop(packet, reason)
  }
}
