/** The face of UDP (and of the ping and raw sockets beside it) towards the socket layer. */
import type { NetworkInterface } from '../link/interface.ts'
import type { Address } from '../wire/address.ts'
import type { SysctlEntry } from '../wire/sysctl.ts'

export interface UdpOwner {
  /** `Poll` bits of new events; must only note and queue. */
  udpReady(bits: number): void
}

/** What came with a received datagram. Filled by `recv`; reused by the caller. */
export interface DatagramInfo {
  address: Address
  port: number
  /** Destination it was sent to and the interface index it came in by (IP_PKTINFO), TTL, TOS, arrival time ns. */
  local: Address
  ifindex: number
  ttl: number
  tos: number
  time: number
  /** True length; larger than what was copied when truncated. */
  length: number
}

/** A queued ICMP error (IP_RECVERR, MSG_ERRQUEUE). */
export interface QueuedError {
  readonly errno: number
  readonly origin: 'local' | 'icmp' | 'icmp6'
  readonly type: number
  readonly code: number
  readonly info: number
  /** Who sent the error, or null. */
  readonly offender: Address | null
  /** Destination of the datagram that caused it. */
  readonly address: Address
  readonly port: number
  readonly data: Uint8Array
}

/** Per-datagram choices (IP_PKTINFO, IP_TTL, IP_TOS control data). */
export interface SendChoices {
  readonly source?: Address | null
  readonly iface?: NetworkInterface | null
  readonly ttl?: number
  readonly tos?: number
}

/** Settings of a datagram socket; the socket layer writes them. */
export interface DatagramSettings {
  reuseAddress: boolean
  reusePort: boolean
  v6only: boolean
  broadcast: boolean
  tos: number
  /** -1: the sysctl's default. */
  ttl: number
  multicastTtl: number
  multicastLoop: boolean
  multicastInterface: NetworkInterface | null
  /** IP_MULTICAST_ALL: datagrams of every group the host is in, or only of those joined here. */
  multicastAll: boolean
  mark: number
  boundDevice: NetworkInterface | null
  uid: number
  freebind: boolean
  recvErr: boolean
  /** IP_MTU_DISCOVER: 0 DONT, 1 WANT, 2 DO, 3 PROBE. */
  mtuDiscover: number
  noChecksum: boolean
  /** Bytes of truesize; a datagram that finds more than this charged is dropped. */
  receiveBuffer: number
  sendBuffer: number
}

export interface UdpEndpoint extends DatagramSettings {
  owner: UdpOwner | null
  readonly family: 4 | 6
  readonly localAddress: Address | null
  readonly localPort: number
  readonly remoteAddress: Address | null
  readonly remotePort: number
  /** connect(2) was called: a default destination, and nobody else is heard. */
  readonly isConnected: boolean
  /** UDP_CORK. Clearing it sends what was collected. */
  corked: boolean
  /** SHUT_RD: nothing more will be waited for. */
  readonly isReadShut: boolean

  /** EINVAL (bound already), EADDRINUSE, EADDRNOTAVAIL. `address` null: wildcard of the family. */
  bind(address: Address | null, port: number): number
  /** EAGAIN (no port left), EACCES, ENETUNREACH ... No packet is sent. */
  connect(address: Address, port: number): number
  disconnect(): number
  /** Bytes sent, or EDESTADDRREQ, EMSGSIZE, EACCES, EINVAL, ENETUNREACH, a pending error ... `address` null: the connected peer. */
  send(
    buf: Uint8Array,
    start: number,
    end: number,
    address: Address | null,
    port: number,
    flags: number,
    choices: SendChoices | null,
  ): number
  /** Bytes copied of the next datagram (or EAGAIN, a pending error); fills `info`. Flags: PEEK. */
  recv(buf: Uint8Array, start: number, end: number, flags: number, info: DatagramInfo): number
  takeErrorQueue(): QueuedError | null
  shutdown(how: number): number
  close(): void
  poll(): number
  takeError(): number
  readonly pendingError: number
  /** FIONREAD: size of the next datagram. */
  readonly inq: number
  /** Bytes charged for what waits to be read. */
  readonly recvQueue: number
  readonly sendQueue: number
  /** Datagrams dropped for want of room. */
  readonly drops: number
  joinGroup(group: Address, iface: NetworkInterface | null): number
  leaveGroup(group: Address, iface: NetworkInterface | null): number
  /** IP_MTU: path MTU of a connected socket or ENOTCONN. */
  pathMtu(): number
}

export interface UdpLayer {
  readonly sysctls: readonly SysctlEntry[]
  create(family: 4 | 6, uid: number): UdpEndpoint
  forEach(visit: (endpoint: UdpEndpoint) => void): void
}
