import type { DatagramCore, DatagramInfo, SendChoices, UdpEndpoint, UdpOwner } from '../udp/index.ts'
import { type Address, ANY4 } from '../wire/address.ts'
import { Msg } from '../wire/call.ts'
import { EAFNOSUPPORT, EAGAIN, EINVAL, ENOTCONN, ENOTTY } from '../wire/errno.ts'
import type { Caller } from './caller.ts'
import { AF_INET, AF_INET6, AF_UNSPEC, FIONREAD, SIOCOUTQ } from './constants.ts'
import { receiveControl, receiveError, sendChoices } from './control.ts'
import { checkBind, checkDestination, showEnd } from './inet-address.ts'
import { InetFile, type InetKind } from './inet-file.ts'
import { gather, type InMessage, type OutMessage, scatter, totalLength } from './message.ts'
import type { SocketDescription, SocketProtocol } from './row.ts'
import { SOCKADDR_IN, SOCKADDR_IN6_SHORT, type SockAddr } from './sockaddr.ts'
import type { Sockets } from './sockets.ts'

/** SOCK_MIN_RCVBUF and SOCK_MIN_SNDBUF. */
const LEAST_RECEIVE = 2304
const LEAST_SEND = 4608

/** A datagram endpoint as this floor uses it: UDP's calls on the common core. */
export type DatagramEndpoint = DatagramCore & UdpEndpoint

/** socket(AF_INET or AF_INET6, SOCK_DGRAM or SOCK_RAW): UDP, ping and raw sockets as open files. */
export class InetDatagram extends InetFile implements UdpOwner {
  readonly kind: InetKind
  readonly type: number
  readonly protocol: number
  readonly endpoint: DatagramEndpoint
  readonly #info: DatagramInfo = {
    address: ANY4,
    port: 0,
    local: ANY4,
    ifindex: 0,
    ttl: 0,
    tos: 0,
    time: 0,
    length: 0,
  }

  constructor(sockets: Sockets, kind: InetKind, type: number, protocol: number, endpoint: DatagramEndpoint) {
    super(sockets)
    this.kind = kind
    this.type = type
    this.protocol = protocol
    this.endpoint = endpoint
    endpoint.owner = this
  }

  udpReady(bits: number): void {
    this.wake(bits)
  }

  send(buf: Uint8Array, start: number, end: number, flags: number): number {
    return this.endpoint.send(buf, start, end, null, 0, flags, null)
  }

  recv(buf: Uint8Array, start: number, end: number, flags: number): number {
    if ((flags & Msg.ERRQUEUE) !== 0) return this.#recvError(buf, start, end)
    const n = this.endpoint.recv(buf, start, end, flags, this.#info)
    if (n < 0) return this.#endOfWait(n, flags)
    return (flags & Msg.TRUNC) !== 0 ? this.#info.length : n
  }

  /** A blocking read of a socket shut for reading does not wait: 0 (__skb_wait_for_more_packets). */
  #endOfWait(result: number, flags: number): number {
    const wouldWait = result === -EAGAIN && !this.nonblocking && (flags & Msg.DONTWAIT) === 0
    return wouldWait && this.endpoint.isReadShut ? 0 : result
  }

  #recvError(buf: Uint8Array, start: number, end: number): number {
    const error = this.endpoint.takeErrorQueue()
    if (error === null) return -EAGAIN
    const n = Math.min(error.data.length, end - start)
    buf.set(error.data.subarray(0, n), start)
    return n
  }

  poll(): number {
    return this.endpoint.poll()
  }

  release(): void {
    this.endpoint.owner = null
    this.endpoint.close()
  }

  override bind(caller: Caller, given: SockAddr): number {
    const { sockets, endpoint } = this
    const ports = this.kind === 'udp' ? sockets.portSettings : NO_PRIVILEGE
    const target = checkBind(sockets.ip, ports, caller, endpoint, given, false)
    return typeof target === 'number' ? target : endpoint.bind(target, given.port)
  }

  override connect(_caller: Caller, given: SockAddr): number {
    const { endpoint } = this
    if (given.family === AF_UNSPEC) return endpoint.disconnect()
    // An IPv6 datagram socket takes a struct sockaddr_in too (__ip6_datagram_connect).
    const remote =
      endpoint.family === 6 && given.family === AF_INET
        ? this.#fourOnSix(given)
        : checkDestination(endpoint, given, EAFNOSUPPORT)
    return typeof remote === 'number' ? remote : endpoint.connect(remote, given.port)
  }

  #fourOnSix(given: SockAddr): Address | number {
    if (this.endpoint.v6only) return -EAFNOSUPPORT
    return given.length < SOCKADDR_IN ? -EINVAL : given.address
  }

  override sendmsg(_caller: Caller, message: OutMessage): number {
    const { endpoint } = this
    let address: Address | null = null
    const given = message.address
    if (given !== null) {
      const found = this.#destination(given)
      if (typeof found === 'number') return found
      address = found
    }
    let choices: SendChoices | null = null
    if (message.control.length > 0) {
      const made = sendChoices(this.sockets, endpoint.family, message.control)
      if (typeof made === 'number') return made
      choices = made
    }
    const bytes = gather(message.vectors)
    return endpoint.send(bytes, 0, bytes.length, address, given?.port ?? 0, message.flags, choices)
  }

  /** udp_sendmsg and udpv6_sendmsg: which structure may name a destination. null: AF_UNSPEC, as if none was given. */
  #destination(given: SockAddr): Address | null | number {
    if (this.endpoint.family === 4) {
      if (given.length < SOCKADDR_IN) return -EINVAL
      return given.family === AF_INET || given.family === AF_UNSPEC ? given.address : -EAFNOSUPPORT
    }
    if (given.family === AF_INET6) return given.length < SOCKADDR_IN6_SHORT ? -EINVAL : given.address.unmapped()
    if (given.family === AF_INET) return given.length < SOCKADDR_IN ? -EINVAL : given.address
    return given.family === AF_UNSPEC ? null : -EINVAL
  }

  override recvmsg(_caller: Caller, message: InMessage): number {
    const { endpoint, sockets } = this
    const { vectors, flags } = message
    const room = vectors.length === 1 ? (vectors[0] as Uint8Array) : new Uint8Array(totalLength(vectors))
    if ((flags & Msg.ERRQUEUE) !== 0) {
      const error = endpoint.takeErrorQueue()
      if (error === null) return -EAGAIN
      const n = receiveError(endpoint.family, error, room, message)
      if (room !== vectors[0]) scatter(room, n, vectors)
      return n
    }
    const info = this.#info
    const n = endpoint.recv(room, 0, room.length, flags, info)
    if (n < 0) return this.#endOfWait(n, flags)
    if (room !== vectors[0]) scatter(room, n, vectors)
    if (message.wantAddress) message.address = showEnd(endpoint.family, info.address, info.port, scopeOf(info))
    if (info.length > n) message.outFlags |= Msg.TRUNC
    receiveControl(this, sockets, info, message)
    return (flags & Msg.TRUNC) !== 0 ? info.length : n
  }

  override shutdown(how: number): number {
    return this.endpoint.shutdown(how)
  }

  override getsockname(): SockAddr {
    const { family, localAddress, localPort } = this.endpoint
    return showEnd(family, localAddress, localPort)
  }

  override getpeername(): SockAddr | number {
    const { family, isConnected, remoteAddress, remotePort } = this.endpoint
    if (!isConnected || remoteAddress === null || remotePort === 0) return -ENOTCONN
    return showEnd(family, remoteAddress, remotePort)
  }

  override ioctl(request: number): number {
    if (request === FIONREAD) return this.endpoint.inq
    return request === SIOCOUTQ ? this.endpoint.sendQueue : -ENOTTY
  }

  /** Linux doubles what is asked for, within net.core.rmem_max and a floor. */
  setReceiveBuffer(bytes: number): number {
    this.endpoint.receiveBuffer = Math.max(LEAST_RECEIVE, 2 * bound(bytes, this.sockets.rmemMax))
    return 0
  }

  setSendBuffer(bytes: number): number {
    this.endpoint.sendBuffer = Math.max(LEAST_SEND, 2 * bound(bytes, this.sockets.wmemMax))
    return 0
  }

  pathMtu(): number {
    return this.endpoint.pathMtu()
  }

  describe(): SocketDescription | null {
    const e = this.endpoint
    if (this.kind === 'udp' && e.localPort === 0) return null
    return {
      protocol: rowProtocol[this.kind],
      family: this.family,
      type: this.type,
      state: e.isConnected ? 1 : 7,
      local: { address: e.localAddress, port: e.localPort, path: null },
      remote: { address: e.remoteAddress, port: e.remotePort, path: null },
      recvQ: e.recvQueue,
      sendQ: e.sendQueue,
      inode: this.inode,
      uid: e.uid,
      timer: null,
      drops: e.drops,
      v6only: e.v6only,
      device: e.boundDevice?.name ?? null,
      peerInode: 0,
      subject: e,
    }
  }
}

const rowProtocol: Readonly<Record<InetKind, SocketProtocol>> = { tcp: 'tcp', udp: 'udp', ping: 'icmp', raw: 'raw' }

/** An echo identifier and a protocol number are not ports. */
const NO_PRIVILEGE = { needsPrivilege: (): boolean => false }

/** min_t(u32, value, max): a negative number is a very large one. */
const bound = (bytes: number, max: number): number => Math.min(bytes >>> 0, max)

const scopeOf = (info: DatagramInfo): number =>
  info.address.family === 6 && info.address.isLinkLocal ? info.ifindex : 0
