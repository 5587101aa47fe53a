/**
 * A network interface of a host (Linux's net_device): name, index, link address, MTU, counters, and the device it is plugged into.
 *
 * The IP layer sits above (`upper`), a `Device` below. On receipt the interface decides by link address whether a frame is
 * ours (`linkCast`); it parses nothing else: a frame in `Form.FRAME` is decoded here, once.
 */
import type { Address, MacAddress } from '../wire/address.ts'
import type { FrameSink, Packet } from '../wire/packet.ts'
import type { Device } from './device.ts'
import type { FrameTap } from './tap.ts'

export interface InterfaceStats {
  rxPackets: number
  rxBytes: number
  rxErrors: number
  rxDropped: number
  rxMulticast: number
  txPackets: number
  txBytes: number
  txErrors: number
  txDropped: number
}

/** The face of an interface towards the IP layer. Implemented in this folder. */
export interface NetworkInterface extends FrameSink {
  readonly name: string
  /** From 1 (lo), in the order of creation. */
  readonly index: number
  readonly kind: 'loopback' | 'ethernet'
  readonly mac: MacAddress
  mtu: number
  /** Administratively up (IFF_UP). Down: everything is dropped with `LinkDown`. */
  up: boolean
  promiscuous: boolean
  readonly stats: InterfaceStats
  /** As `Device.largeSegment` of what is plugged in. */
  readonly largeSegment: number
  /**
   * The layer that gets what arrives (IP): `FULL` packets, and `NETWORK` ones when the packet is a fragment, of an unknown
   * protocol, or its transport part fails its checks. The last is for the host it is meant for to find out, by
   * `decodeTransport`; a router forwards it as it is.
   */
  upper: ((packet: Packet) => void) | null
  /** Something is plugged in and the interface is up (IFF_RUNNING, LOWER_UP). */
  readonly running: boolean
  /** Plug into a device, or unplug with null. */
  attach(device: Device | null): void
  /** Send a packet whose link fields are filled; takes ownership. Counts, queues, drops with a reason. */
  send(packet: Packet): void
  /** Let somebody watch every frame that arrives or leaves. */
  addTap(tap: FrameTap): void
  removeTap(tap: FrameTap): void
  /** Group addresses accepted (counted joins). */
  joinLinkGroup(mac: MacAddress): void
  leaveLinkGroup(mac: MacAddress): void
}

/** An address of an interface; kept by the IP layer. */
export interface InterfaceAddress {
  readonly address: Address
  readonly prefixLength: number
  /** Directed broadcast of IPv4, or null. */
  readonly broadcast: Address | null
  readonly scope: 'host' | 'link' | 'global'
}
