/** ARP for IPv4 over Ethernet (RFC 826, RFC 1122 2.3.2), as Linux's net/ipv4/arp.c. */
import type { NetworkInterface } from '../link/interface.ts'
import { MS } from '../time/scheduler.ts'
import { type Address, ANY4, MAC_BROADCAST, MAC_NONE, type MacAddress } from '../wire/address.ts'
import { ArpOperation } from '../wire/arp.ts'
import { EtherType, Form, LinkCast, type Packet } from '../wire/packet.ts'
import { isInPrefix } from '../wire/parse.ts'
import { Reason } from '../wire/reason.ts'
import type { Ip } from './ip.ts'
import type { Neighbour } from './neighbours.ts'

const sendArp = (
  ip: Ip,
  iface: NetworkInterface,
  operation: number,
  source: Address,
  target: Address,
  targetMac: MacAddress,
  to: MacAddress,
): void => {
  const packet = ip.memory.packet()
  packet.form = Form.FULL
  packet.etherType = EtherType.ARP
  packet.icmpType = operation
  packet.src = source
  packet.dst = target
  packet.arpSource = iface.mac
  packet.arpTarget = targetMac
  packet.srcMac = iface.mac
  packet.dstMac = to
  iface.send(packet)
}

/** arp_solicit: from an address of ours, the waiting packet's if it may be told (arp_announce). */
export const solicit = (ip: Ip, neighbour: Neighbour, unicast: boolean, about: Packet | null): void => {
  const { iface, address } = neighbour
  let source: Address | null = null
  const own = about !== null && about.src.family === 4 && ip.isLocal(about.src) && !about.src.isLoopback
  const { arpAnnounce } = ip.confs.of(iface)
  if (own && arpAnnounce === 0) source = about.src
  else if (own && arpAnnounce === 1 && shares(ip, iface, address, about.src)) source = about.src
  source ??= ip.owned.select4(iface, address, true)
  if (source === null) return
  const to = unicast ? neighbour.mac : MAC_BROADCAST
  sendArp(ip, iface, ArpOperation.REQUEST, source, address, unicast ? neighbour.mac : MAC_NONE, to)
}

/** Whether `target` lies in the subnet of an interface that has `source`. */
const shares = (ip: Ip, iface: NetworkInterface, target: Address, source: Address): boolean =>
  ip.owned.list(iface).some((one) => one.address.equals(source) && isInPrefix(target, one.address, one.prefixLength))

/** An unsolicited request for one's own address: tells everybody (RFC 5227 2.3; arp_notify). */
export const announce = (ip: Ip, iface: NetworkInterface, address: Address): void => {
  sendArp(ip, iface, ArpOperation.REQUEST, address, address, MAC_NONE, MAC_BROADCAST)
}

/** arp_ignore: whether a question for an address of ours stays unanswered. */
const ignores = (ip: Ip, iface: NetworkInterface, sender: Address, target: Address): boolean => {
  const mode = ip.confs.of(iface).arpIgnore
  if (mode === 0) return false
  if (mode === 8) return true
  const on = ip.owned.list(iface).find((one) => one.address.equals(target))
  if (mode === 1) return on === undefined
  if (mode === 2) return on === undefined || !isInPrefix(sender, on.address, on.prefixLength)
  // 3: not for addresses that stay on the host.
  return mode === 3 && on?.scope === 'host'
}

/** arp_process. Takes ownership. */
export const receiveArp = (ip: Ip, packet: Packet, iface: NetworkInterface): void => {
  const operation = packet.icmpType
  const sender = packet.src
  const target = packet.dst
  const request = operation === ArpOperation.REQUEST
  if (!request && operation !== ArpOperation.REPLY) {
    ip.telemetry.drop(packet, Reason.ArpMalformed)
    return
  }
  const isOwn = ip.isLocal(target)
  const gratuitous = sender.equals(target)
  if (
    iface.kind === 'loopback' ||
    target.isMulticast ||
    (target.isLoopback && ip.confs.of(iface).routeLocalnet === 0) ||
    (gratuitous && ip.confs.of(iface).dropGratuitousArp !== 0)
  ) {
    ip.telemetry.drop(packet, Reason.ArpNotForUs)
    return
  }
  // RFC 5227 2.5: a probe has no sender; it is answered, and nothing is learned from it.
  if (sender.isUnspecified) {
    if (request && isOwn && !ignores(ip, iface, sender, target))
      sendArp(ip, iface, ArpOperation.REPLY, target, ANY4, packet.arpSource, packet.arpSource)
    finish(ip, packet, isOwn)
    return
  }
  const table = ip.neighbours4
  const isForeign = !ip.isLocal(sender)
  if (request && isOwn) {
    if (!ignores(ip, iface, sender, target)) {
      // RFC 826: only who asks for us becomes a new entry.
      const one = isForeign ? table.get(sender, iface) : null
      if (one !== null) table.update(one, packet.arpSource, 'STALE', true)
      sendArp(ip, iface, ArpOperation.REPLY, target, sender, packet.arpSource, packet.arpSource)
    }
    finish(ip, packet, true)
    return
  }
  let one = table.find(sender, iface)
  if (one === null && ip.confs.of(iface).arpAccept !== 0 && gratuitous && isForeign) one = table.get(sender, iface)
  if (one !== null) {
    // A second answer within locktime does not replace the first: the first is nearest (arp_process).
    const settled = ip.clock.now > one.updated + ip.config.neigh4.locktime * 10 * MS
    const direct = operation === ArpOperation.REPLY && packet.linkCast === LinkCast.HOST
    table.update(one, packet.arpSource, direct ? 'REACHABLE' : 'STALE', settled || gratuitous)
  }
  finish(ip, packet, one !== null || isOwn)
}

const finish = (ip: Ip, packet: Packet, concerned: boolean): void => {
  if (concerned) packet.free()
  else ip.telemetry.drop(packet, Reason.ArpNotForUs)
}
