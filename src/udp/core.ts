import type { IcmpError, IpLayer, Path } from '../ip/types.ts'
import type { NetworkInterface } from '../link/interface.ts'
import type { Scheduler } from '../time/scheduler.ts'
import type { Address } from '../wire/address.ts'
import { Msg, Poll } from '../wire/call.ts'
import {
  EADDRINUSE,
  EADDRNOTAVAIL,
  EAGAIN,
  EINVAL,
  EMSGSIZE,
  ENETUNREACH,
  ENOBUFS,
  ENODEV,
  ENOTCONN,
} from '../wire/errno.ts'
import type { Memory } from '../wire/memory.ts'
import { Fragment, type Packet } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import type { Telemetry } from '../wire/telemetry.ts'
import { PacketQueue, truesize } from './packet-queue.ts'
import type { DatagramInfo, DatagramSettings, QueuedError, SendChoices, UdpOwner } from './types.ts'

/** net.ipv4.igmp_max_memberships. */
const MAX_MEMBERSHIPS = 20
/** SHUT_RD and SHUT_WR as bits. */
const RECEIVE = 1
const SEND = 2

/** What the sockets of one host's UDP, ping and raw share. */
export interface DatagramHost {
  readonly ip: IpLayer
  readonly clock: Scheduler
  readonly memory: Memory
  readonly telemetry: Telemetry
}

/**
 * What every datagram socket is: settings, a charged receive queue, a pending error, an error queue (IP_RECVERR),
 * shutdown bits, group memberships and a remembered way to the last destination.
 */
export abstract class DatagramCore implements DatagramSettings {
  owner: UdpOwner | null = null
  readonly family: 4 | 6
  protected readonly host: DatagramHost
  /** In the form that packets carry: an IPv4 address is never mapped. null: wildcard. */
  localAddress: Address | null = null
  localPort = 0
  remoteAddress: Address | null = null
  remotePort = 0
  isConnected = false

  reuseAddress = false
  reusePort = false
  v6only = false
  broadcast = false
  tos = 0
  ttl = -1
  multicastTtl = 1
  multicastLoop = true
  multicastInterface: NetworkInterface | null = null
  multicastAll = true
  mark = 0
  boundDevice: NetworkInterface | null = null
  uid: number
  freebind = false
  recvErr = false
  mtuDiscover = 1
  noChecksum = false
  receiveBuffer: number
  sendBuffer: number
  drops = 0

  protected readonly queue = new PacketQueue()
  protected shut = 0
  #error = 0
  #errors: QueuedError[] = []
  #errorCharge = 0
  #groups: { readonly group: Address; readonly iface: NetworkInterface }[] = []
  #path: Path | null = null
  #pathSource: Address | null = null
  #pathInterface: NetworkInterface | null = null
  #pathLoop = true

  constructor(host: DatagramHost, family: 4 | 6, uid: number, receiveBuffer: number, sendBuffer: number) {
    this.host = host
    this.family = family
    this.uid = uid
    this.receiveBuffer = receiveBuffer
    this.sendBuffer = sendBuffer
  }

  get deviceIndex(): number {
    return this.boundDevice?.index ?? 0
  }

  get isReadShut(): boolean {
    return (this.shut & RECEIVE) !== 0
  }

  protected get isWriteShut(): boolean {
    return (this.shut & SEND) !== 0
  }

  // --- receiving

  /** __udp_enqueue_schedule_skb: the newest is dropped when more than the buffer is charged already. Takes ownership. */
  enqueue(packet: Packet): boolean {
    if (this.queue.charge > this.receiveBuffer) {
      this.drops++
      this.host.telemetry.drop(packet, Reason.UdpBufferFull, this)
      return false
    }
    this.queue.push(packet, this.host.clock.now)
    this.owner?.udpReady(Poll.IN)
    return true
  }

  recv(buf: Uint8Array, start: number, end: number, flags: number, info: DatagramInfo): number {
    const error = this.takeError()
    if (error !== 0) return -error
    const queue = this.queue
    if (!queue.describe(info)) return -EAGAIN
    const count = queue.copy(buf, start, end)
    if ((flags & Msg.PEEK) === 0) (queue.shift() as Packet).free()
    return count
  }

  get inq(): number {
    const head = this.queue.head
    return head === null ? 0 : head.end - head.start
  }

  get recvQueue(): number {
    return this.queue.charge
  }

  /** A sent packet belongs to the network at once; nothing is charged until it arrives. */
  get sendQueue(): number {
    return 0
  }

  // --- errors

  get pendingError(): number {
    return this.#error
  }

  takeError(): number {
    const error = this.#error
    this.#error = 0
    return error
  }

  /** sk_error_report. */
  protected fail(errno: number): void {
    this.#error = errno
    this.owner?.udpReady(Poll.ERR | Poll.IN | Poll.OUT)
  }

  /** sock_queue_err_skb: bounded by the receive buffer. */
  protected queueError(error: QueuedError): void {
    const size = truesize(error.data.length)
    if (this.#errorCharge + size >= this.receiveBuffer) return
    this.#errors.push(error)
    this.#errorCharge += size
  }

  /** The next error is then the pending one, as sock_dequeue_err_skb does. */
  takeErrorQueue(): QueuedError | null {
    const error = this.#errors.shift()
    if (error === undefined) return null
    this.#errorCharge -= truesize(error.data.length)
    const next = this.#errors[0]
    this.#error = next !== undefined && next.origin !== 'local' ? next.errno : 0
    return error
  }

  /** Bytes of the quoted datagram that are not told: UDP's header. */
  protected get quotedHeader(): number {
    return 8
  }

  /**
   * An ICMP error about a datagram of this socket (__udp4_lib_err): told to a connected socket if it is hard, to any socket
   * under IP_RECVERR, where it is queued as well.
   */
  icmpError(error: IcmpError): void {
    if (this.recvErr) {
      this.queueError({
        errno: error.errno,
        origin: error.family === 4 ? 'icmp' : 'icmp6',
        type: error.type,
        code: error.code,
        info: error.mtu,
        offender: error.from,
        address: error.remote,
        port: error.remotePort,
        data: error.buf.slice(Math.min(error.end, error.start + this.quotedHeader), error.end),
      })
    } else if (!this.isConnected || !(error.hard || (error.mtu > 0 && this.mtuDiscover !== 0))) return
    // A datagram may be fragmented: a smaller path MTU is no error for one that allows it.
    if (error.mtu > 0 && this.mtuDiscover === 0) return
    this.fail(error.errno)
  }

  // --- readiness

  /** datagram_poll. */
  poll(): number {
    let bits = Poll.OUT as number
    if (this.#error !== 0 || this.#errors.length > 0) bits |= Poll.ERR
    if (this.shut !== 0) {
      if ((this.shut & RECEIVE) !== 0) bits |= Poll.IN | Poll.RDHUP
      if (this.shut === (RECEIVE | SEND)) bits |= Poll.HUP
    }
    if (this.queue.length > 0) bits |= Poll.IN
    return bits
  }

  /** ENOTCONN without a peer, and yet it takes effect (inet_shutdown). */
  shutdown(how: number): number {
    if (how < 0 || how > 2) return -EINVAL
    this.shut |= how + 1
    this.owner?.udpReady(Poll.IN | Poll.OUT | Poll.HUP | Poll.RDHUP)
    return this.isConnected ? 0 : -ENOTCONN
  }

  close(): void {
    this.queue.clear()
    for (const { group, iface } of this.#groups) this.host.ip.leaveGroup(group, iface)
    this.#groups = []
    this.#errors = []
    this.owner = null
  }

  // --- groups

  joinGroup(group: Address, iface: NetworkInterface | null): number {
    if (!group.isMulticast) return -EINVAL
    const on = iface ?? this.#groupInterface(group)
    if (on === null) return -ENODEV
    if (this.isMember(group, on)) return -EADDRINUSE
    if (this.#groups.length >= MAX_MEMBERSHIPS) return -ENOBUFS
    const result = this.host.ip.joinGroup(group, on)
    if (result === 0) this.#groups.push({ group, iface: on })
    return result
  }

  leaveGroup(group: Address, iface: NetworkInterface | null): number {
    const at = this.#groups.findIndex((one) => one.group.equals(group) && (iface === null || one.iface === iface))
    const one = this.#groups[at]
    if (one === undefined) return -EADDRNOTAVAIL
    this.#groups.splice(at, 1)
    return this.host.ip.leaveGroup(one.group, one.iface)
  }

  protected isMember(group: Address, iface: object | null): boolean {
    return this.#groups.some((one) => one.iface === iface && one.group.equals(group))
  }

  /** ip_mc_sf_allow: is this datagram to a group for us? */
  hearsGroup(group: Address, iface: object | null): boolean {
    return this.multicastAll || this.isMember(group, iface)
  }

  /** ip_mc_find_dev: where the route to the group leads. */
  #groupInterface(group: Address): NetworkInterface | null {
    const path = this.host.ip.path(group)
    if (typeof path !== 'number') return path.iface
    return this.host.ip.interfaces.find((one) => one.kind !== 'loopback' && one.up) ?? null
  }

  // --- sending

  pathMtu(): number {
    if (!this.isConnected || this.remoteAddress === null) return -ENOTCONN
    const path = this.pathTo(this.remoteAddress, null)
    return typeof path === 'number' ? path : path.mtu
  }

  /** The way to `remote`; the last one is remembered. Negative errno: no way, or addresses of two families. */
  protected pathTo(remote: Address, choices: SendChoices | null): Path | number {
    const source = choices?.source ?? this.sourceAddress
    if (source !== null && source.family !== remote.family) return -ENETUNREACH
    let iface = choices?.iface ?? this.boundDevice
    if (iface === null && remote.isMulticast) iface = this.multicastInterface
    const last = this.#path
    if (
      last !== null &&
      iface === this.#pathInterface &&
      this.#pathLoop === this.multicastLoop &&
      (last.remote === remote || last.remote.equals(remote)) &&
      (source === null ? this.#pathSource === null : this.#pathSource?.equals(source) === true)
    )
      return last
    const { freebind, multicastLoop } = this
    const path = this.host.ip.path(remote, { local: source, iface, freebind, multicastLoop })
    if (typeof path === 'number') return path
    this.#path = path
    this.#pathLoop = multicastLoop
    this.#pathSource = source
    this.#pathInterface = iface
    return path
  }

  /** What it is bound to, if packets can come from there: a group or broadcast address is for receiving only. */
  protected get sourceAddress(): Address | null {
    const local = this.localAddress
    return local === null || local.isMulticast || local.isUnspecified || this.host.ip.isBroadcast(local) ? null : local
  }

  protected forgetPath(): void {
    this.#path = null
  }

  /** Fill the IP fields of a packet that leaves by `path` with `total` bytes of IP payload. */
  protected fillHeader(packet: Packet, path: Path, total: number, choices: SendChoices | null): void {
    const remote = path.remote
    packet.src = choices?.source ?? this.sourceAddress ?? path.local
    packet.dst = remote
    packet.ttl = choices?.ttl ?? this.#hopLimit(remote)
    packet.tos = choices?.tos ?? this.tos
    packet.mark = this.mark
    packet.fragment = this.setsDontFragment(path, total) ? Fragment.DF : 0
  }

  #hopLimit(remote: Address): number {
    if (remote.isMulticast) return this.multicastTtl < 0 ? 1 : this.multicastTtl
    return this.ttl < 0 ? this.host.ip.defaultTtl : this.ttl
  }

  /** __ip_make_skb: DO and PROBE always, WANT when the datagram goes in one piece. */
  protected setsDontFragment(path: Path, total: number): boolean {
    if (this.mtuDiscover >= 2) return true
    return this.mtuDiscover === 1 && total + headerLength(path.remote) <= path.mtu
  }

  /** Largest IP payload that this socket may send on `path`. */
  protected largest(path: Path): number {
    const header = headerLength(path.remote)
    if (this.mtuDiscover === 2) return path.mtu - header
    if (this.mtuDiscover === 3) return path.iface.mtu - header
    return path.remote.family === 4 ? 65_535 - header : 65_535
  }

  /** EMSGSIZE is queued too under IP_RECVERR (ip_local_error). */
  protected tooLarge(path: Path, port: number): void {
    if (!this.recvErr) return
    this.queueError({
      errno: EMSGSIZE,
      origin: 'local',
      type: 0,
      code: 0,
      info: path.mtu,
      offender: null,
      address: path.remote,
      port,
      data: new Uint8Array(0),
    })
  }
}

const headerLength = (remote: Address): number => (remote.family === 4 ? 20 : 40)
