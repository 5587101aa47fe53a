import { Msg, Poll } from '../../wire/call.ts'
import {
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EINVAL,
  EISCONN,
  EMSGSIZE,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
} from '../../wire/errno.ts'
import type { Caller } from '../caller.ts'
import { SOCK_STREAM, SOMAXCONN } from '../constants.ts'
import type { SockAddr } from '../sockaddr.ts'
import { RECORD_HEAD, STREAM_HEAD, UnixMessage } from './queue.ts'
import { UnixState } from './state.ts'
import { RECEIVE_SHUT, SEND_SHUT, UnixSocket } from './unix-socket.ts'

/** Bytes of one message in a stream's queue at most (unix_stream_sendmsg): a head and UNIX_SKB_FRAGS_SZ. */
const STREAM_PIECE = STREAM_HEAD + 32_768

/**
 * A stream or seqpacket socket (unix(7)). A connection is there as soon as it waits in the listener's queue: the client
 * may write before anybody accepts. A seqpacket one keeps the bounds of what was written.
 */
export class ConnectedSocket extends UnixSocket {
  #listening = false
  #backlog = 0
  /** Children that nobody accepted yet. */
  #pending: ConnectedSocket[] = []
  /** Sockets whose connect found the queue full. */
  #waiting: ConnectedSocket[] = []

  get state(): UnixState {
    if (this.#listening) return UnixState.LISTEN
    return this.peer === null ? UnixState.CLOSED : UnixState.CONNECTED
  }

  get isListening(): boolean {
    return this.#listening
  }

  override listen(_caller: Caller, backlog: number): number {
    if (this.name === null || this.peer !== null) return -EINVAL
    this.#listening = true
    this.#backlog = backlog < 0 || backlog > SOMAXCONN ? SOMAXCONN : backlog
    this.#wakeWaiting()
    return 0
  }

  override accept(_caller: Caller): UnixSocket | number {
    if (!this.#listening) return -EINVAL
    const child = this.#pending.shift()
    // Who would wait learns of the shutdown; who would not has already turned away (skb_recv_datagram).
    if (child === undefined) return (this.shut & RECEIVE_SHUT) !== 0 && !this.nonblocking ? -EINVAL : -EAGAIN
    this.#wakeWaiting()
    child.isEmbryo = false
    return child
  }

  override connect(caller: Caller, address: SockAddr): number {
    if (address.path === null) return -EINVAL
    if (this.#listening) return -EINVAL
    if (this.peer !== null) return -EISCONN
    const found = this.domain.names.find(caller, address.path, this.type)
    if (typeof found === 'number') return found
    const listener = found as ConnectedSocket
    if (!listener.#listening || (listener.shut & RECEIVE_SHUT) !== 0) return -ECONNREFUSED
    if (listener.#pending.length > listener.#backlog) {
      if (!listener.#waiting.includes(this)) listener.#waiting.push(this)
      return -EAGAIN
    }
    const child = new ConnectedSocket(this.domain, this.type)
    child.name = listener.name
    child.isEmbryo = true
    this.join(child)
    listener.#pending.push(child)
    listener.arrived()
    return 0
  }

  /** Make two sockets each other's peer. */
  join(other: ConnectedSocket): void {
    this.peer = other
    other.peer = this
  }

  override sendTo(
    _caller: Caller | null,
    buf: Uint8Array,
    start: number,
    end: number,
    _flags: number,
    address: SockAddr | null,
  ): number {
    if (address !== null && this.type === SOCK_STREAM) return this.peer === null ? -EOPNOTSUPP : -EISCONN
    // unix_seqpacket_sendmsg looks at the error first; a stream leaves it to the reader.
    const failed = this.type === SOCK_STREAM ? 0 : this.takeError()
    if (failed !== 0) return -failed
    const { peer } = this
    if ((this.shut & SEND_SHUT) !== 0) return -EPIPE
    if (peer === null) return -ENOTCONN
    if (peer.released || (peer.shut & RECEIVE_SHUT) !== 0) return -EPIPE
    return this.type === SOCK_STREAM ? this.#sendBytes(peer, buf, start, end) : this.#sendRecord(peer, buf, start, end)
  }

  #sendBytes(peer: UnixSocket, buf: Uint8Array, start: number, end: number): number {
    const piece = Math.min(STREAM_PIECE, (this.options.sendBuffer >> 1) - 64)
    let at = start
    while (at < end && this.hasRoom) {
      const to = Math.min(end, at + piece)
      this.#deliver(peer, buf, at, to)
      at = to
    }
    return at === start && end > start ? -EAGAIN : at - start
  }

  #sendRecord(peer: UnixSocket, buf: Uint8Array, start: number, end: number): number {
    if (end - start > this.options.sendBuffer - 32) return -EMSGSIZE
    if (!this.hasRoom) return -EAGAIN
    this.#deliver(peer, buf, start, end)
    return end - start
  }

  #deliver(peer: UnixSocket, buf: Uint8Array, start: number, end: number): void {
    const head = this.type === SOCK_STREAM ? STREAM_HEAD : RECORD_HEAD
    const message = new UnixMessage(this.domain.ctx.memory, buf, start, end, head, this, this.name)
    this.charge(message.charge)
    peer.queue.push(message)
    peer.arrived()
  }

  override recv(buf: Uint8Array, start: number, end: number, flags: number): number {
    if ((flags & Msg.OOB) !== 0) return -EOPNOTSUPP
    if (this.#listening || (this.peer === null && this.queue.length === 0))
      return this.type === SOCK_STREAM ? -EINVAL : -ENOTCONN
    if (this.queue.length === 0 || this.type !== SOCK_STREAM) {
      // A stream's data come before its error; skb_recv_datagram sees the error first.
      const failed = this.takeError()
      if (failed !== 0) return -failed
    }
    if (this.queue.length === 0) {
      return (this.shut & RECEIVE_SHUT) !== 0 ? 0 : -EAGAIN
    }
    return this.type === SOCK_STREAM
      ? this.#recvBytes(buf, start, end, (flags & Msg.PEEK) !== 0)
      : this.#recvRecord(buf, start, end, flags)
  }

  #recvBytes(buf: Uint8Array, start: number, end: number, peek: boolean): number {
    const { queue } = this
    let at = start
    if (peek) {
      for (let m = queue.head; m !== null && at < end; m = m.next) at += m.copy(buf, at, end)
      return at - start
    }
    for (let m = queue.head; m !== null && at < end; m = queue.head) {
      const count = m.copy(buf, at, end)
      queue.consume(count, false)
      at += count
    }
    return at - start
  }

  #recvRecord(buf: Uint8Array, start: number, end: number, flags: number): number {
    const message = this.queue.head as UnixMessage
    const { length } = message
    const count = message.copy(buf, start, end)
    if ((flags & Msg.PEEK) === 0) this.queue.consume(count, true)
    return (flags & Msg.TRUNC) !== 0 ? length : count
  }

  override poll(): number {
    if (this.#listening)
      return (this.#pending.length > 0 ? Poll.IN : 0) | ((this.shut & RECEIVE_SHUT) !== 0 ? Poll.IN | Poll.RDHUP : 0)
    return super.poll() | (this.state === UnixState.CLOSED ? Poll.HUP : 0)
  }

  /** ss shows a listener's queue and backlog. */
  override describe(): ReturnType<UnixSocket['describe']> {
    const row = super.describe()
    return this.#listening ? { ...row, recvQ: this.#pending.length, sendQ: this.#backlog } : row
  }

  protected override end(): void {
    if (this.#listening) {
      for (const child of this.#pending) child.#orphan()
      this.#pending = []
      this.#wakeWaiting()
      return
    }
    const { peer } = this
    const unread = this.queue.length > 0
    this.queue.clear()
    if (peer === null || peer.released) return
    // unix_release_sock: the peer reads what it has, then learns that its own words were not read.
    peer.shut = RECEIVE_SHUT | SEND_SHUT
    if (unread) peer.error = ECONNRESET
    peer.announce()
  }

  /** Nobody will accept it: its client learns so by ECONNRESET, whatever was written. */
  #orphan(): void {
    const { peer } = this
    this.release()
    if (peer !== null) peer.error = ECONNRESET
  }

  #wakeWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const socket of waiting) socket.wake(Poll.OUT)
  }
}
