import { Msg, Poll } from '../../wire/call.ts'
import { EAGAIN, ECONNREFUSED, EINVAL, EMSGSIZE, ENOTCONN, EOPNOTSUPP, EPERM, EPIPE } from '../../wire/errno.ts'
import type { Caller } from '../caller.ts'
import { AF_UNSPEC, SOCK_DGRAM } from '../constants.ts'
import type { SockAddr } from '../sockaddr.ts'
import { RECORD_HEAD, UnixMessage } from './queue.ts'
import { UnixState } from './state.ts'
import { RECEIVE_SHUT, SEND_SHUT, type UnixDomain, UnixSocket } from './unix-socket.ts'

/** A datagram socket (unix(7)): reliable and in order; a full receiver holds its senders up. */
export class DatagramSocket extends UnixSocket {
  /** Senders that found this queue full. */
  #waiting: DatagramSocket[] = []

  constructor(domain: UnixDomain) {
    super(domain, SOCK_DGRAM)
  }

  get state(): UnixState {
    return this.peer === null ? UnixState.CLOSED : UnixState.CONNECTED
  }

  protected override get mirrorsShutdown(): boolean {
    return false
  }

  override connect(caller: Caller, address: SockAddr): number {
    if (address.family === AF_UNSPEC) {
      this.peer = null
      return 0
    }
    if (address.path === null) return -EINVAL
    const found = this.#find(caller, address.path)
    if (typeof found === 'number') return found
    this.peer = found
    return 0
  }

  #find(caller: Caller, path: string): DatagramSocket | number {
    const found = this.domain.names.find(caller, path, this.type)
    if (typeof found === 'number') return found
    const other = found as DatagramSocket
    // unix_may_send: a connected socket hears its peer alone.
    return other.peer === null || other.peer === this ? other : -EPERM
  }

  override sendTo(
    caller: Caller | null,
    buf: Uint8Array,
    start: number,
    end: number,
    _flags: number,
    address: SockAddr | null,
  ): number {
    const failed = this.takeError()
    if (failed !== 0) return -failed
    if ((this.shut & SEND_SHUT) !== 0) return -EPIPE
    if (end - start > this.options.sendBuffer - 32) return -EMSGSIZE
    const to = this.#destination(caller, address)
    if (typeof to === 'number') return to
    if ((to.shut & RECEIVE_SHUT) !== 0) return -EPIPE
    // The limit counts messages; two sockets connected to each other are bound by SO_SNDBUF alone.
    if (to.peer !== this && to.isFull) {
      if (!to.#waiting.includes(this)) to.#waiting.push(this)
      return -EAGAIN
    }
    if (!this.hasRoom) return -EAGAIN
    const message = new UnixMessage(this.domain.ctx.memory, buf, start, end, RECORD_HEAD, this, this.name)
    this.charge(message.charge)
    to.queue.push(message)
    to.arrived()
    return end - start
  }

  #destination(caller: Caller | null, address: SockAddr | null): DatagramSocket | number {
    if (address !== null && caller !== null) {
      if (address.path === null) return -EINVAL
      return this.#find(caller, address.path)
    }
    const peer = this.peer as DatagramSocket | null
    if (peer === null) return -ENOTCONN
    if (!peer.released) return peer.peer === null || peer.peer === this ? peer : -EPERM
    this.peer = null
    return -ECONNREFUSED
  }

  /** unix_recvq_full: one more than net.unix.max_dgram_qlen fits. */
  get isFull(): boolean {
    return this.queue.length > this.domain.maxQueue
  }

  override recv(buf: Uint8Array, start: number, end: number, flags: number): number {
    if ((flags & Msg.OOB) !== 0) return -EOPNOTSUPP
    const failed = this.takeError()
    if (failed !== 0) return -failed
    const message = this.queue.head
    if (message === null) {
      // Only who would wait sees the end (measured: EAGAIN for a non-blocking reader).
      const waits = !this.nonblocking && (flags & Msg.DONTWAIT) === 0
      return (this.shut & RECEIVE_SHUT) !== 0 && waits ? 0 : -EAGAIN
    }
    const { length } = message
    const count = message.copy(buf, start, end)
    if ((flags & Msg.PEEK) === 0) {
      this.queue.consume(count, true)
      this.#wakeWaiting()
    }
    return (flags & Msg.TRUNC) !== 0 ? length : count
  }

  override poll(): number {
    const bits = super.poll()
    const peer = this.peer as DatagramSocket | null
    if (peer === null || peer.peer === this || peer.released || !peer.isFull) return bits
    if (!peer.#waiting.includes(this)) peer.#waiting.push(this)
    return bits & ~Poll.OUT
  }

  protected override end(): void {
    this.queue.clear()
    this.#wakeWaiting()
    const { peer } = this
    // A pair: the one that stays learns of it at once (unix_dgram_disconnected is silent; its next send is refused).
    if (peer !== null && peer.peer === this && !peer.released) peer.announce()
  }

  #wakeWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const socket of waiting) socket.wake(Poll.OUT)
  }
}
