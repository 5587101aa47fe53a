/** What leaves: hooks, fragments, loop-back of group and broadcast datagrams, first hop (Linux's ip_output.c). */
import { groupMac } from '../link/group.ts'
import type { NetworkInterface } from '../link/interface.ts'
import { MAC_BROADCAST } from '../wire/address.ts'
import { EMSGSIZE, ENOBUFS, EPERM } from '../wire/errno.ts'
import { networkLength } from '../wire/ethernet.ts'
import { EtherType, Form, Fragment, LinkCast, type Packet, Protocol } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import { fragment } from './fragments.ts'
import type { Ip } from './ip.ts'
import type { RoutePath } from './path.ts'

/** More than the headers of a packet without IP options take: what is this much below the MTU fits unmeasured. */
const HEADERS = 108

/** Octets that do not fit `mtu`, or 0: a TCP segment that the link carries whole always fits. */
export const excess = (packet: Packet, mtu: number, largeSegment: number): number => {
  if (packet.form === Form.FULL) {
    const payload = packet.end - packet.start
    if (packet.ipOptions === null && payload + HEADERS <= mtu) return 0
    if (largeSegment > 0 && packet.protocol === Protocol.TCP && payload <= largeSegment) return 0
  }
  const over = networkLength(packet) - mtu
  return over > 0 ? over : 0
}

export class Output {
  readonly #ip: Ip

  constructor(ip: Ip) {
    this.#ip = ip
  }

  /** A packet of this host (ip_local_out). Takes ownership. */
  local(packet: Packet, path: RoutePath): number {
    const ip = this.#ip
    const four = packet.dst.family === 4
    packet.etherType = four ? EtherType.IPV4 : EtherType.IPV6
    // RFC 1122 3.2.1.7: never zero.
    if (packet.ttl === 0) packet.ttl = four ? ip.config.defaultTtl : ip.config.ipv6HopLimit
    if (path.mtuLocked) packet.fragment &= ~Fragment.DF
    ip.telemetry.count(four ? Mib.IpOutRequests : Mib.Ip6OutRequests)
    const dontFragment = (packet.fragment & Fragment.DF) !== 0
    if (dontFragment && excess(packet, path.knownMtu, path.largeSegment) > 0) {
      ip.telemetry.count(Mib.IpFragFails)
      packet.free()
      return -EMSGSIZE
    }
    if (!four) packet.fragment &= ~Fragment.DF
    // RFC 6864 4.1: an atomic datagram's identification means nothing.
    else if (!dontFragment && packet.ipId === 0)
      packet.ipId = ip.identification.next(packet.src, packet.dst, packet.protocol, ip.clock.now)
    const { hooks } = ip
    if (hooks.output !== null) {
      const passed = hooks.run(hooks.output, packet, 'output', path.iface)
      if (passed === null) return -EPERM
      packet = passed
    }
    return this.finish(packet, path, dontFragment, path.knownMtu)
  }

  /** After the output or the forward hook (ip_output), for pieces of at most `mtu` octets. Takes ownership. */
  finish(packet: Packet, path: RoutePath, dontFragment: boolean, mtu: number): number {
    const ip = this.#ip
    const { hooks } = ip
    if (hooks.postrouting !== null) {
      const passed = hooks.run(hooks.postrouting, packet, 'postrouting', path.iface)
      if (passed === null) return -EPERM
      packet = passed
    }
    if (path.isBroadcast || path.isMulticast) {
      this.#loop(packet, path)
      // A group with TTL 0 stays on this host (ip_mc_output).
      if (packet.ttl === 0) {
        packet.free()
        return 0
      }
    }
    if (dontFragment || excess(packet, mtu, path.largeSegment) === 0) return this.#link(packet, path)
    return this.#fragment(packet, path, mtu)
  }

  #fragment(packet: Packet, path: RoutePath, mtu: number): number {
    const ip = this.#ip
    const four = packet.dst.family === 4
    const id = four ? packet.ipId : ip.identification.next6()
    let failure = 0
    const result = fragment(packet, mtu, id, (piece) => {
      if (four) ip.telemetry.count(Mib.IpFragCreates)
      const sent = this.#link(piece, path)
      if (sent < 0) failure = sent
    })
    if (result < 0) {
      ip.telemetry.count(Mib.IpFragFails)
      ip.telemetry.drop(packet, Reason.IpFragmentationNeeded)
      return result
    }
    if (four) ip.telemetry.count(Mib.IpFragOKs)
    return failure
  }

  /** To the first hop: the last step, and for a connection under way the only one beside the checks before it. */
  #link(packet: Packet, path: RoutePath): number {
    const ip = this.#ip
    const { iface } = path
    if (packet.dst.family === 4) ip.telemetry.count(Mib.IpOutTransmits)
    if (iface.kind === 'loopback') {
      packet.srcMac = iface.mac
      packet.dstMac = iface.mac
      iface.send(packet)
      return 0
    }
    if (path.isBroadcast || path.isMulticast) {
      packet.srcMac = iface.mac
      packet.dstMac = path.isBroadcast ? MAC_BROADCAST : groupMac(packet.dst)
      iface.send(packet)
      return 0
    }
    let neighbour = path.neighbour
    if (neighbour === null || neighbour.dead) {
      const table = packet.dst.family === 4 ? ip.neighbours4 : ip.neighbours6
      neighbour = table.get(path.gateway ?? packet.dst, iface)
      path.neighbour = neighbour
      if (neighbour === null) {
        ip.telemetry.drop(packet, Reason.NeighbourTableFull)
        return -ENOBUFS
      }
    }
    if (ip.clock.now < neighbour.validUntil) {
      packet.srcMac = iface.mac
      packet.dstMac = neighbour.mac
      iface.send(packet)
      return 0
    }
    return neighbour.table.output(neighbour, packet)
  }

  /** ip_mc_output: this host hears its own broadcasts, and what it sends to groups it is in on that interface. */
  #loop(packet: Packet, path: RoutePath): void {
    const ip = this.#ip
    const four = packet.dst.family === 4
    const { iface } = path
    if (four) ip.telemetry.count(path.isBroadcast ? Mib.IpExtOutBcastPkts : Mib.IpExtOutMcastPkts)
    if (iface.kind === 'loopback') return
    if (path.isMulticast && !path.isBroadcast && !(path.multicastLoop && ip.groups.has(packet.dst, iface))) return
    const copy = packet.clone()
    copy.linkCast = path.isBroadcast ? LinkCast.BROADCAST : LinkCast.MULTICAST
    copy.iface = iface
    copy.dstMac = path.isBroadcast ? MAC_BROADCAST : groupMac(packet.dst)
    copy.srcMac = iface.mac
    copy.target = ip.looped
    ip.clock.post(copy)
  }
}

/** The interface a packet came in by. */
export const inbound = (packet: Packet): NetworkInterface | null => packet.iface as NetworkInterface | null
