import type { HostContext } from '../../time/context.ts'
import { Msg, Poll } from '../../wire/call.ts'
import { EINVAL, ENOTCONN, ENOTTY, EOPNOTSUPP } from '../../wire/errno.ts'
import type { Caller } from '../caller.ts'
import { AF_UNIX, FIONREAD, SHUT_RDWR, SIOCOUTQ, SOCK_DGRAM, SOCK_STREAM } from '../constants.ts'
import { gather, type InMessage, type OutMessage, scatter, totalLength } from '../message.ts'
import { NO_END, type RowEnd, type SocketDescription } from '../row.ts'
import { SockAddr } from '../sockaddr.ts'
import { type OptionError, type OptionValue, SocketFile } from '../socket-file.ts'
import type { UnixNames } from './names.ts'
import { getUnixOption, setUnixOption, UnixOptions } from './options.ts'
import { MessageQueue, type MessageSender } from './queue.ts'
import { UnixState } from './state.ts'

/** What the Unix sockets of one host share. */
export interface UnixDomain {
  readonly ctx: HostContext
  readonly names: UnixNames
  /** Inode number for the next socket. */
  nextInode(): number
  /** net.unix.max_dgram_qlen. */
  readonly maxQueue: number
  /** A socket was made, or its last descriptor is gone: the table of sockets follows. */
  opened(socket: UnixSocket): void
  closed(socket: UnixSocket): void
}

/** SHUT_RD and SHUT_WR as bits (the kernel's RCV_SHUTDOWN and SEND_SHUTDOWN). */
export const RECEIVE_SHUT = 1
export const SEND_SHUT = 2

/** What all three types have in common: a name, a queue of what was received, a charge for what was sent, shutdown bits. */
export abstract class UnixSocket extends SocketFile implements MessageSender {
  readonly family = AF_UNIX
  readonly type: number
  readonly protocol = 0
  readonly domain: UnixDomain
  readonly options = new UnixOptions()
  readonly queue = new MessageQueue()
  /** Path, abstract name with its NUL, or null. */
  name: string | null = null
  peer: UnixSocket | null = null
  shut = 0
  /** Positive errno for SO_ERROR or the next call. */
  error = 0
  /** The last descriptor is gone. */
  released = false
  /** In a listener's queue: nobody's socket yet, which the tables show without an inode. */
  isEmbryo = false
  /** Charge of what was sent and not yet read. */
  #sent = 0

  constructor(domain: UnixDomain, type: number) {
    super(domain.nextInode())
    this.domain = domain
    this.type = type
    domain.opened(this)
  }

  abstract get state(): UnixState

  override bind(caller: Caller, address: SockAddr): number {
    if (address.path === null) return -EINVAL
    if (this.name !== null) return address.path === '' ? 0 : -EINVAL
    const name = this.domain.names.bind(caller, this, address.path)
    if (typeof name === 'number') return name
    this.name = name
    return 0
  }

  override getsockname(): SockAddr {
    return SockAddr.unix(this.name ?? '')
  }

  override getpeername(): SockAddr | number {
    if (this.peer === null) return -ENOTCONN
    return SockAddr.unix(this.peer.name ?? '')
  }

  /** unix_shutdown: never fails but for a wrong `how`; the peer of a connection sees the other side of it. */
  override shutdown(how: number): number {
    if (how < 0 || how > SHUT_RDWR) return -EINVAL
    const bits = how + 1
    this.shut |= bits
    const { peer } = this
    if (peer !== null && this.mirrorsShutdown) {
      peer.shut |= ((bits & RECEIVE_SHUT) !== 0 ? SEND_SHUT : 0) | ((bits & SEND_SHUT) !== 0 ? RECEIVE_SHUT : 0)
      peer.announce()
    }
    this.announce()
    return 0
  }

  protected get mirrorsShutdown(): boolean {
    return true
  }

  /** Tell watchers of a change of state: bits that hold now. */
  announce(): void {
    this.wake(this.poll() | Poll.IN)
  }

  /** Something was queued here. */
  arrived(): void {
    this.wake(Poll.IN)
  }

  /** sock_alloc_send: there is room while the charge is below SO_SNDBUF. */
  get hasRoom(): boolean {
    return this.#sent < this.options.sendBuffer
  }

  /** unix_writable: poll says so only when three quarters are free. */
  get writable(): boolean {
    return this.state !== UnixState.LISTEN && this.#sent * 4 <= this.options.sendBuffer
  }

  charge(bytes: number): void {
    this.#sent += bytes
  }

  uncharge(bytes: number): void {
    this.#sent -= bytes
    if (this.writable) this.wake(Poll.OUT)
  }

  /** ss's Send-Q: what the receivers have not read, as charged. */
  get sent(): number {
    return this.#sent
  }

  /** ss's Recv-Q: bytes unread, of datagrams those of the next one. */
  get received(): number {
    return this.type === SOCK_DGRAM ? (this.queue.head?.length ?? 0) : this.queue.bytes
  }

  takeError(): number {
    const { error } = this
    this.error = 0
    return error
  }

  poll(): number {
    let bits = this.error !== 0 ? Poll.ERR : 0
    if (this.shut === 3) bits |= Poll.HUP
    if ((this.shut & RECEIVE_SHUT) !== 0) bits |= Poll.RDHUP | Poll.IN
    if (this.queue.length > 0) bits |= Poll.IN
    if (this.writable) bits |= Poll.OUT
    return bits
  }

  override sendmsg(caller: Caller, message: OutMessage): number {
    if (message.control.length > 0) return -EINVAL
    if ((message.flags & Msg.OOB) !== 0) return -EOPNOTSUPP
    const bytes = gather(message.vectors)
    return this.sendTo(caller, bytes, 0, bytes.length, message.flags, message.address)
  }

  override recvmsg(_caller: Caller, message: InMessage): number {
    const bytes =
      message.vectors.length === 1 ? (message.vectors[0] as Uint8Array) : new Uint8Array(totalLength(message.vectors))
    const from = message.wantAddress && this.type !== SOCK_STREAM ? (this.queue.head?.from ?? null) : null
    const { queue } = this
    const size = queue.head?.length ?? 0
    const count = this.recv(bytes, 0, bytes.length, message.flags)
    if (count < 0) return count
    if (message.vectors.length > 1) scatter(bytes, Math.min(count, bytes.length), message.vectors)
    message.address = from === null ? null : SockAddr.unix(from)
    if (this.type !== SOCK_STREAM && size > bytes.length) message.outFlags |= Msg.TRUNC
    return count
  }

  /** send(2) and sendto(2); OOB is refused before. */
  abstract sendTo(
    caller: Caller | null,
    buf: Uint8Array,
    start: number,
    end: number,
    flags: number,
    address: SockAddr | null,
  ): number

  override send(buf: Uint8Array, start: number, end: number, flags: number): number {
    if ((flags & Msg.OOB) !== 0) return -EOPNOTSUPP
    return this.sendTo(null, buf, start, end, flags, null)
  }

  override setsockopt(_caller: Caller, level: number, name: number, value: OptionValue): number {
    return setUnixOption(this, level, name, value)
  }

  override getsockopt(level: number, name: number): OptionValue | OptionError {
    return getUnixOption(this, level, name)
  }

  /** unix_ioctl: SIOCINQ counts a stream's or seqpacket's bytes, and a datagram socket's next message. */
  override ioctl(request: number): number {
    if (request === SIOCOUTQ) return this.#sent
    if (request !== FIONREAD) return -ENOTTY
    if (this.state === UnixState.LISTEN) return -EINVAL
    return this.received
  }

  override describe(): SocketDescription {
    return {
      protocol: 'unix',
      family: AF_UNIX,
      type: this.type,
      state: this.state,
      local: this.#end(this),
      remote: this.peer === null ? NO_END : this.#end(this.peer),
      recvQ: this.received,
      sendQ: this.sent,
      inode: this.isEmbryo ? 0 : this.inode,
      uid: 0,
      timer: null,
      drops: 0,
      v6only: false,
      device: null,
      peerInode: this.peer === null || this.peer.isEmbryo ? 0 : this.peer.inode,
      subject: this,
    }
  }

  #end(socket: UnixSocket): RowEnd {
    return { address: null, port: 0, path: socket.name }
  }

  override release(): void {
    this.released = true
    this.domain.names.release(this)
    this.domain.closed(this)
    this.end()
  }

  /** Undo the connection, throw away what is queued. */
  protected abstract end(): void
}
