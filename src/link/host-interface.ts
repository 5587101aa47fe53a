import { MAC_NONE, type MacAddress } from '../wire/address.ts'
import { get16, get32 } from '../wire/bytes.ts'
import { decodeNetwork, ETHERNET_HEADER, frameLength } from '../wire/ethernet.ts'
import { EtherType, Form, LinkCast, type Packet } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import { Mib, type Telemetry } from '../wire/telemetry.ts'
import { decodeTransport } from '../wire/transport.ts'
import type { Device } from './device.ts'
import { macKey } from './group.ts'
import type { InterfaceStats, NetworkInterface } from './interface.ts'
import { isLargeSegment } from './size.ts'
import type { FrameTap } from './tap.ts'

export interface InterfaceOptions {
  readonly name: string
  /** From 1 (lo), in the order of creation. */
  readonly index: number
  readonly kind?: 'loopback' | 'ethernet'
  /** 00:00:00:00:00:00 unless given, as a loopback has it. */
  readonly mac?: MacAddress
  /** Bytes; unless given, 65536 for a loopback and 1500 for Ethernet. */
  readonly mtu?: number
}

/** `NetworkInterface` as a host has it. A frame is judged by its link address first, as a NIC does, and decoded then. */
export class Interface implements NetworkInterface {
  readonly name: string
  readonly index: number
  readonly kind: 'loopback' | 'ethernet'
  readonly mac: MacAddress
  mtu: number
  up = true
  promiscuous = false
  readonly stats: InterfaceStats = {
    rxPackets: 0,
    rxBytes: Number.NaN,
    rxErrors: 0,
    rxDropped: 0,
    rxMulticast: 0,
    txPackets: 0,
    txBytes: Number.NaN,
    txErrors: 0,
    txDropped: 0,
  }
  upper: ((packet: Packet) => void) | null = null
  readonly #telemetry: Telemetry
  readonly #taps: FrameTap[] = []
  #device: Device | null = null
  /** Joins by link address; several IP groups share one (RFC 1112 6.4). */
  readonly #groups = new Map<number, number>()

  constructor(context: { readonly telemetry: Telemetry }, options: InterfaceOptions) {
    const kind = options.kind ?? 'ethernet'
    this.name = options.name
    this.index = options.index
    this.kind = kind
    this.mac = options.mac ?? MAC_NONE
    this.mtu = options.mtu ?? (kind === 'loopback' ? 65_536 : 1500)
    this.#telemetry = context.telemetry
    // NaN before: doubles from the start, so that no compiled code is thrown away when they pass 2^31.
    this.stats.rxBytes = 0
    this.stats.txBytes = 0
  }

  get largeSegment(): number {
    return this.#device === null ? 0 : this.#device.largeSegment
  }

  get running(): boolean {
    return this.up && this.#device !== null
  }

  /** What it is plugged into. */
  get device(): Device | null {
    return this.#device
  }

  attach(device: Device | null): void {
    if (this.#device !== null) this.#device.sink = null
    this.#device = device
    if (device !== null) device.sink = this
  }

  send(packet: Packet): void {
    const device = this.#device
    packet.iface = this
    if (!this.up) {
      this.#refuse(packet, Reason.LinkDown)
      return
    }
    if (device === null) {
      this.#refuse(packet, Reason.NoCarrier)
      return
    }
    const length = frameLength(packet)
    if (length - ETHERNET_HEADER > this.mtu && !isLargeSegment(packet, device.largeSegment)) {
      this.#refuse(packet, Reason.OversizedFrame)
      return
    }
    this.stats.txPackets++
    this.stats.txBytes += length
    if (this.#taps.length === 0) device.send(packet)
    else this.#tapped(packet, LinkCast.OUTGOING, device)
  }

  receive(packet: Packet): void {
    packet.iface = this
    if (!this.up || this.#device === null) {
      this.stats.rxDropped++
      this.#telemetry.drop(packet, this.up ? Reason.NoCarrier : Reason.LinkDown, this)
      return
    }
    const raw = packet.form === Form.FRAME
    if (raw && packet.end - packet.start < ETHERNET_HEADER) {
      this.stats.rxErrors++
      this.#telemetry.drop(packet, Reason.FrameTooShort, this)
      return
    }
    const cast = raw
      ? this.#classify(get16(packet.buf, packet.start), get32(packet.buf, packet.start + 2))
      : this.#castOf(packet.dstMac)
    if (this.#taps.length === 0) this.#take(packet, cast, raw)
    else this.#tapped(packet, cast, null)
  }

  /** Show the frame to those who watch, then do what is to be done with it: send it, or take it. */
  #tapped(packet: Packet, cast: number, device: Device | null): void {
    // A copy: a tap may be removed meanwhile, and the others must see the end of what they saw begin.
    const taps = [...this.#taps]
    for (const tap of taps) tap.enter(packet, cast)
    if (device === null) this.#take(packet, cast, packet.form === Form.FRAME)
    else device.send(packet)
    for (const tap of taps) tap.leave()
  }

  #take(packet: Packet, cast: number, raw: boolean): void {
    if (cast === LinkCast.OTHER_HOST && !this.promiscuous) {
      this.#telemetry.drop(packet, Reason.NotForUs, this)
      return
    }
    this.stats.rxPackets++
    this.stats.rxBytes += frameLength(packet)
    if (cast === LinkCast.MULTICAST) this.stats.rxMulticast++
    if (raw) {
      const reason = decodeNetwork(packet)
      if (reason >= 0) {
        this.#refuseFrame(packet, reason)
        return
      }
      // What fails here stays NETWORK (see `upper`): end to end is between hosts, no router judges it (RFC 1812 5.2.1).
      decodeTransport(packet)
    }
    packet.linkCast = cast
    const upper = this.upper
    if (upper === null) {
      this.stats.rxDropped++
      this.#telemetry.drop(packet, Reason.LinkDown, this)
      return
    }
    upper(packet)
  }

  addTap(tap: FrameTap): void {
    this.#taps.push(tap)
  }

  removeTap(tap: FrameTap): void {
    const at = this.#taps.indexOf(tap)
    if (at >= 0) this.#taps.splice(at, 1)
  }

  joinLinkGroup(mac: MacAddress): void {
    const key = macKey(mac.high, mac.low)
    this.#groups.set(key, (this.#groups.get(key) ?? 0) + 1)
  }

  leaveLinkGroup(mac: MacAddress): void {
    const key = macKey(mac.high, mac.low)
    const joins = this.#groups.get(key) ?? 0
    if (joins > 1) this.#groups.set(key, joins - 1)
    else this.#groups.delete(key)
  }

  /** Group addresses with their number of joins (`ip maddr`), in the order of the first join. */
  get linkGroups(): ReadonlyMap<number, number> {
    return this.#groups
  }

  /** Linux counts a broken IP header as received and refused by IP (ip_rcv, ipv6_rcv); other frames the device refuses. */
  #refuseFrame(packet: Packet, reason: Reason): void {
    const type = get16(packet.buf, packet.start + 12)
    if (type === EtherType.IPV4) {
      this.#telemetry.count(Mib.IpInReceives)
      if (reason === Reason.IpTruncated) this.#telemetry.count(Mib.IpExtInTruncatedPkts)
      else this.#telemetry.count(Mib.IpInHdrErrors)
      if (reason === Reason.IpChecksum) this.#telemetry.count(Mib.IpExtInCsumErrors)
    } else if (type === EtherType.IPV6) {
      this.#telemetry.count(Mib.Ip6InReceives)
      this.#telemetry.count(Mib.Ip6InHdrErrors)
    } else this.stats.rxDropped++
    this.#telemetry.drop(packet, reason, this)
  }

  #refuse(packet: Packet, reason: Reason): void {
    this.stats.txDropped++
    this.#telemetry.drop(packet, reason, this)
  }

  #castOf(mac: MacAddress): number {
    return mac === this.mac ? LinkCast.HOST : this.#classify(mac.high, mac.low)
  }

  /** A group nobody joined counts as another host's: the filter of the NIC. A loopback has no filter. */
  #classify(high: number, low: number): number {
    if (low === this.mac.low && high === this.mac.high) return LinkCast.HOST
    if ((high & 0x0100) === 0) return this.kind === 'loopback' ? LinkCast.HOST : LinkCast.OTHER_HOST
    if (low === -1 && high === 0xffff) return LinkCast.BROADCAST
    if (this.kind === 'loopback' || this.promiscuous || this.#groups.has(macKey(high, low))) return LinkCast.MULTICAST
    return LinkCast.OTHER_HOST
  }
}
