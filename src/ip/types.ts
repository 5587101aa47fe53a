/**
 * The face of the IP layer towards the protocols above it.
 */
import type { InterfaceAddress, NetworkInterface } from '../link/interface.ts'
import type { Address, Family } from '../wire/address.ts'
import type { Packet } from '../wire/packet.ts'
import type { SysctlEntry } from '../wire/sysctl.ts'

/**
 * A way to a destination, kept by a connection: source address, first hop, MTU. It stays usable when routes change
 * (`IpLayer.send` looks it up again by itself when `generation` is old); `mtu` is then current.
 */
export interface Path {
  readonly local: Address
  readonly remote: Address
  readonly iface: NetworkInterface
  /** Path MTU, bytes: the route's, the interface's, or what ICMP told. */
  readonly mtu: number
  /** Largest TCP payload that may leave as one packet; 0: MSS-sized only. */
  readonly largeSegment: number
  /** The destination is this host. */
  readonly isLocal: boolean
  /** Destination is a broadcast address of the interface, or the limited one. */
  readonly isBroadcast: boolean
}

export interface PathOptions {
  /** Source address the caller is bound to; null or absent: the route chooses. */
  readonly local?: Address | null
  /** SO_BINDTODEVICE, IP_MULTICAST_IF, or the scope of a link-local address. */
  readonly iface?: NetworkInterface | null
  /** IP_FREEBIND or IP_TRANSPARENT: `local` need not be ours. */
  readonly freebind?: boolean
  /** IP_MULTICAST_LOOP: members on this host hear what is sent to a group by this path; true unless given. */
  readonly multicastLoop?: boolean
}

/** An ICMP error about a packet of ours, with what it quotes. Valid during the call. */
export interface IcmpError {
  readonly family: Family
  /** ICMP (or ICMPv6) type and code. */
  readonly type: number
  readonly code: number
  /** Second word: next-hop MTU, pointer, gateway. */
  readonly rest: number
  /** Who sent the error. */
  readonly from: Address
  /** Of the quoted packet: it was ours, so `local` is its source. */
  readonly local: Address
  readonly remote: Address
  readonly protocol: number
  /** First eight bytes of the quoted transport header: ports, and TCP's sequence number. */
  readonly localPort: number
  readonly remotePort: number
  readonly seq: number
  /** The errno that Linux reports for it (EHOSTUNREACH, ECONNREFUSED, EMSGSIZE, EPROTO ...), positive. */
  readonly errno: number
  /** Linux's icmp_err_convert[].fatal: a hard error. */
  readonly hard: boolean
  /** Next-hop MTU of fragmentation-needed / packet too big, or 0. */
  readonly mtu: number
  /** The quoted payload bytes: `buf[start, end)` of the quoted packet's transport part. */
  readonly buf: Uint8Array
  readonly start: number
  readonly end: number
}

/** A transport protocol, as IP sees it. */
export interface TransportHandler {
  /** A packet for this host, transport fields decoded (`Form.FULL`). Takes ownership. */
  receive(packet: Packet): void
  /** An answer of `false` says that the quoted packet is none of this protocol's: what the error told is not believed. */
  icmpError(error: IcmpError): unknown
}

/** Where hooks hang, in Netfilter's order. */
export type HookPoint = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting'

/**
 * A function on a hook. Returns the packet to go on with (the same one as a rule), or null when it took the packet
 * (dropped, rejected, queued). `out` is the interface it is about to leave by, if known; `packet.iface` the one it came in by.
 */
export type Hook = (packet: Packet, point: HookPoint, out: NetworkInterface | null) => Packet | null

export interface Route {
  readonly destination: Address
  readonly prefixLength: number
  readonly gateway: Address | null
  readonly iface: NetworkInterface
  /** Preferred source, or null. */
  readonly source: Address | null
  readonly metric: number
  readonly scope: 'host' | 'link' | 'global'
  readonly protocol: 'kernel' | 'static' | 'boot' | 'redirect'
  /** RTN_UNICAST, RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT. */
  readonly type: 'unicast' | 'blackhole' | 'unreachable' | 'prohibit'
}

export type NeighbourState = 'INCOMPLETE' | 'REACHABLE' | 'STALE' | 'DELAY' | 'PROBE' | 'FAILED' | 'PERMANENT' | 'NOARP'

/** The IP layer of one host. Implemented by `Ip` in this folder. */
export interface IpLayer {
  /** net.ipv4.ip_default_ttl. */
  readonly defaultTtl: number
  readonly interfaces: readonly NetworkInterface[]
  readonly sysctls: readonly SysctlEntry[]

  /** Take an interface into the layer (sets its `upper`). */
  addInterface(iface: NetworkInterface): void
  addresses(iface: NetworkInterface): readonly InterfaceAddress[]
  /**
   * Adds the connected route and local table entry as Linux does. `broadcast`: one to have beside the prefix's own, which `ip addr`
   * then shows. Zero or errno (EEXIST).
   */
  addAddress(iface: NetworkInterface, address: Address, prefixLength: number, broadcast?: Address | null): number
  removeAddress(iface: NetworkInterface, address: Address): number
  /** Is it an address of this host (including 127/8, ::1)? */
  isLocal(address: Address): boolean
  /** Directed or limited broadcast of one of the interfaces. */
  isBroadcast(address: Address): boolean

  /** A way to `remote`, or a negative errno: ENETUNREACH, EHOSTUNREACH, EINVAL, EACCES (prohibit). */
  path(remote: Address, options?: PathOptions): Path | number

  /**
   * Send a packet whose `src`, `dst`, `protocol`, `ttl`, `tos`, `fragment` (DF or 0) and transport fields are filled.
   * Takes ownership whatever the result. Routes, runs the hooks, fragments where allowed, resolves the neighbour.
   * Zero, or a negative errno: EMSGSIZE (too large with DF), ENETUNREACH, EPERM (output hook dropped it), ENOBUFS.
   */
  send(packet: Packet, path: Path): number

  /** Register a transport. */
  register(protocol: number, handler: TransportHandler): void
  /**
   * Every delivered packet of an IP protocol, for raw sockets: called before the transport, keeps nothing. An answer of `true`
   * says that somebody took it, so that an unknown protocol is not reported as unreachable. Returns an unsubscribe.
   */
  tap(listener: (packet: Packet) => unknown): () => void

  /** Answer `packet` with an ICMP error, unless forbidden (RFC 1122 3.2.2) or rate-limited. The packet stays the caller's. */
  sendIcmpError(packet: Packet, type: number, code: number, rest: number): void

  /** Group membership on an interface; counted. Zero or errno. */
  joinGroup(group: Address, iface: NetworkInterface): number
  leaveGroup(group: Address, iface: NetworkInterface): number

  addHook(point: HookPoint, priority: number, hook: Hook): () => void
  /** For a hook that needs whole datagrams: takes a fragment and gives back the datagram that it completes, or null; others as they are. */
  defragment(packet: Packet): Packet | null

  /** Positive advice: the connection makes progress, so its first hop is reachable (RFC 1122 3.3.1.4). */
  confirm(path: Path): void
  /** Negative advice at R1 (RFC 9293 3.8.3). */
  doubt(path: Path): void
}
