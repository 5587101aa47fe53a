/**
 * Berkeley's calls as promises: blocking unless O_NONBLOCK or MSG_DONTWAIT say otherwise, with SO_RCVTIMEO, SO_SNDTIMEO,
 * MSG_WAITALL and signals as on Linux. A failed call throws `SystemError`.
 */
import {
  AF_UNIX,
  FIONREAD,
  SHUT_WR,
  SIOCOUTQ,
  SO_LINGER,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  UIO_MAXIOV,
} from '../../socket/constants.ts'
import { O_NONBLOCK } from '../../socket/file.ts'
import type { ControlMessage, InMessage, OutMessage } from '../../socket/message.ts'
import { fromSockAddr, type SocketAddress, toSockAddr } from '../../socket/sockaddr.ts'
import { SocketFile } from '../../socket/socket-file.ts'
import { Msg, Poll } from '../../wire/call.ts'
import {
  EAGAIN,
  EALREADY,
  EBADF,
  EINPROGRESS,
  EINTR,
  EISCONN,
  EMFILE,
  EMSGSIZE,
  ENFILE,
  ENOTSOCK,
  EPIPE,
} from '../../wire/errno.ts'
import { SystemError, type SystemErrorSubject } from '../system-error.ts'
import { check } from './blocking.ts'
import { IoCalls } from './io.ts'

/** An address as calls give it back. */
export type PlainAddress = ReturnType<typeof fromSockAddr>

export interface Accepted {
  readonly fd: number
  /** The peer; null when it has none any more (reset in the queue). */
  readonly address: PlainAddress | null
}

export interface Received {
  /** Bytes copied; with MSG_TRUNC given, the datagram's full length. */
  readonly count: number
  /** Sender; null for connected streams. */
  readonly address: PlainAddress | null
  /** MSG_TRUNC, MSG_CTRUNC, MSG_EOR, MSG_OOB, MSG_ERRQUEUE. */
  readonly flags: number
  readonly control: readonly ControlMessage[]
}

export interface SendmsgArgs {
  readonly vectors: readonly Uint8Array[]
  readonly address?: SocketAddress
  readonly control?: readonly ControlMessage[]
  readonly flags?: number
}

export interface RecvmsgArgs {
  readonly vectors: readonly Uint8Array[]
  readonly flags?: number
  /** msg_controllen; default 1024. */
  readonly controlRoom?: number
}

const SECOND = 1e9
/** How often a lingering close looks whether the peer has everything; TCP says nothing of it to a watcher. */
const LINGER_LOOK = 10_000_000

export class SocketPromises extends IoCalls {
  #socket(fd: number): SocketFile | number {
    const file = this.process.descriptors.get(fd)
    if (file === null) return -EBADF
    return file instanceof SocketFile ? file : -ENOTSOCK
  }

  /** accept4(2): waits for a connection. Flags: SOCK_NONBLOCK, SOCK_CLOEXEC. */
  async accept(fd: number, flags = 0): Promise<Accepted> {
    const { process } = this
    const { descriptors } = process
    const socket = this.#socket(fd)
    if (typeof socket === 'number') return check('accept', await this.answer(socket)) as never
    let child: SocketFile | null = null
    const { trace } = process.sockets
    // Here: when the connection comes nobody's line runs.
    const site = trace === null ? null : trace.here()
    const result = await this.block(
      fd,
      Poll.IN,
      { nonblocking: socket.nonblocking, timeout: socket.receiveTimeout },
      () => {
        if (!descriptors.hasRoom) return -EMFILE
        if (process.filesExhausted) return -ENFILE
        const accepted = socket.accept(process)
        if (typeof accepted === 'number') return accepted
        child = accepted
        if ((flags & SOCK_NONBLOCK) !== 0) accepted.statusFlags |= O_NONBLOCK
        if (trace !== null) trace.opened(accepted, site)
        return descriptors.install(accepted, (flags & SOCK_CLOEXEC) !== 0)
      },
    )
    check('accept', result)
    const peer = (child as unknown as SocketFile).getpeername()
    return { fd: result, address: typeof peer === 'number' ? null : fromSockAddr(peer) }
  }

  /**
   * connect(2): settles when connected or refused. Non-blocking: EINPROGRESS at once. After SO_SNDTIMEO EINPROGRESS, after a
   * signal EINTR; the attempt goes on in either case.
   */
  async connect(fd: number, address: SocketAddress): Promise<void> {
    const result = await this.connectResult(fd, address)
    if (result < 0) throw new SystemError('connect', result, subjectOf(address))
  }

  /** As `connect`, with a negative errno in place of an exception. */
  connectResult(fd: number, address: SocketAddress): Promise<number> {
    const { process } = this
    const socket = this.#socket(fd)
    if (typeof socket === 'number') return this.answer(socket)
    const target = toSockAddr(address)
    if (typeof target === 'number') return this.answer(target)
    const nonblocking = socket.nonblocking
    let started = false
    return this.block(
      fd,
      Poll.OUT | Poll.IN,
      { nonblocking, timeout: socket.sendTimeout, onTimeout: () => (started ? -EINPROGRESS : -EAGAIN) },
      () => {
        const first = !started
        const result = socket.connect(process, target)
        if (result === -EINPROGRESS || result === -EALREADY) {
          started = true
          // Somebody else's attempt under way is waited for as well, and then answers for this one.
          return nonblocking ? result : -EAGAIN
        }
        return result === -EISCONN && !first ? 0 : result
      },
    )
  }

  /** send(2). A blocking stream send settles when all is buffered: the count is short only after a signal or timeout. */
  async send(fd: number, data: Uint8Array | string, flags = 0): Promise<number> {
    return check('send', await this.sendResult(fd, data, flags))
  }

  /** As `send`, with a negative errno in place of an exception. */
  sendResult(fd: number, data: Uint8Array | string, flags = 0): Promise<number> {
    const socket = this.#socket(fd)
    if (typeof socket === 'number') return this.answer(socket)
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
    if (this.process.sockets.trace !== null) this.process.sockets.trace.written(socket)
    let done = 0
    return this.#sending(
      fd,
      socket,
      flags,
      () => done,
      () => {
        const n = socket.send(bytes, done, bytes.length, flags)
        if (n > 0) done += n
        return socket.type === SOCK_STREAM && n > 0 && done < bytes.length ? null : n < 0 ? n : done
      },
    )
  }

  /** sendto(2). */
  async sendto(fd: number, data: Uint8Array | string, flags: number, address: SocketAddress): Promise<number> {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
    const result = await this.#message(fd, { vectors: [bytes], flags, address })
    return check('sendto', result, subjectOf(address))
  }

  /** sendmsg(2). */
  async sendmsg(fd: number, message: SendmsgArgs): Promise<number> {
    return check('sendmsg', await this.#message(fd, message))
  }

  #message(fd: number, { vectors, address, control = [], flags = 0 }: SendmsgArgs): Promise<number> {
    const socket = this.#socket(fd)
    if (typeof socket === 'number') return this.answer(socket)
    if (vectors.length > UIO_MAXIOV) return this.answer(-EMSGSIZE)
    const target = address === undefined ? null : toSockAddr(address)
    if (typeof target === 'number') return this.answer(target)
    if (this.process.sockets.trace !== null) this.process.sockets.trace.written(socket)
    let done = 0
    let rest = vectors
    return this.#sending(
      fd,
      socket,
      flags,
      () => done,
      () => {
        const message: OutMessage = { vectors: rest, address: target, control: done === 0 ? control : [], flags }
        const n = socket.sendmsg(this.process, message)
        if (n < 0) return n
        done += n
        rest = without(rest, n)
        return socket.type === SOCK_STREAM && n > 0 && rest.length > 0 ? null : done
      },
    )
  }

  /** The wait of a send. `attempt` gives null after a part that leaves more to send. */
  #sending(
    fd: number,
    socket: SocketFile,
    flags: number,
    sent: () => number,
    attempt: () => number | null,
  ): Promise<number> {
    const nonblocking = socket.nonblocking || (flags & Msg.DONTWAIT) !== 0
    const soFar = (error: number): number => (sent() > 0 ? sent() : error)
    return this.block(
      fd,
      Poll.OUT,
      {
        nonblocking,
        timeout: socket.sendTimeout,
        onTimeout: () => soFar(-EAGAIN),
        onInterrupt: () => soFar(-EINTR),
      },
      () => {
        for (;;) {
          // An error after a part was sent is the next call's: this one gives the count and leaves it pending.
          if (sent() > 0 && (socket.poll() & Poll.ERR) !== 0) return sent()
          const n = attempt()
          if (n === null) {
            if (nonblocking) return sent()
            continue
          }
          if (n === -EPIPE && sent() === 0 && socket.raisesPipe && (flags & Msg.NOSIGNAL) === 0)
            this.process.raisePipe()
          if (n === -EAGAIN && !nonblocking) return n
          return n < 0 ? soFar(n) : n
        }
      },
    )
  }

  /** recv(2): waits for something; with MSG_WAITALL for all of `buf`, the end, an error or a signal. */
  async recv(fd: number, buf: Uint8Array, flags = 0): Promise<number> {
    return check('recv', await this.recvResult(fd, buf, flags))
  }

  /** As `recv`, with a negative errno in place of an exception. */
  recvResult(fd: number, buf: Uint8Array, flags = 0): Promise<number> {
    const socket = this.#socket(fd)
    if (typeof socket === 'number') return this.answer(socket)
    const all = (flags & Msg.WAITALL) !== 0 && socket.type === SOCK_STREAM && (flags & Msg.PEEK) === 0
    let done = 0
    return this.#receiving(
      fd,
      socket,
      flags,
      () => done,
      () => {
        for (;;) {
          if (done > 0 && (socket.poll() & Poll.ERR) !== 0) return done
          const n = socket.recv(buf, done, buf.length, flags)
          if (n <= 0) return n === 0 || (n !== -EAGAIN && done > 0) ? done : n
          done += n
          if (!all || done >= buf.length) return done
        }
      },
    )
  }

  #receiving(fd: number, socket: SocketFile, flags: number, got: () => number, attempt: () => number): Promise<number> {
    const nonblocking = socket.nonblocking || (flags & (Msg.DONTWAIT | Msg.ERRQUEUE)) !== 0
    const soFar = (error: number): number => (got() > 0 ? got() : error)
    const interest = Poll.IN | Poll.RDHUP | ((flags & Msg.OOB) !== 0 ? Poll.PRI : 0)
    return this.block(
      fd,
      interest,
      {
        nonblocking,
        timeout: socket.receiveTimeout,
        onTimeout: () => soFar(-EAGAIN),
        onInterrupt: () => soFar(-EINTR),
      },
      () => {
        const n = attempt()
        return n === -EAGAIN && nonblocking ? soFar(n) : n
      },
    )
  }

  /** recvfrom(2). */
  async recvfrom(fd: number, buf: Uint8Array, flags = 0): Promise<Received> {
    return await this.#receive('recvfrom', fd, { vectors: [buf], flags, controlRoom: 0 })
  }

  /** recvmsg(2). */
  async recvmsg(fd: number, message: RecvmsgArgs): Promise<Received> {
    return await this.#receive('recvmsg', fd, message)
  }

  async #receive(
    syscall: string,
    fd: number,
    { vectors, flags = 0, controlRoom = 1024 }: RecvmsgArgs,
  ): Promise<Received> {
    const socket = this.#socket(fd)
    if (typeof socket === 'number') return check(syscall, await this.answer(socket)) as never
    const message: InMessage = {
      vectors,
      flags,
      controlRoom,
      wantAddress: true,
      address: null,
      control: [],
      outFlags: 0,
    }
    const count = await this.#receiving(
      fd,
      socket,
      flags,
      () => 0,
      () => {
        message.control = []
        message.outFlags = 0
        return socket.recvmsg(this.process, message)
      },
    )
    check(syscall, count)
    const { address, control, outFlags } = message
    return { count, address: address === null ? null : fromSockAddr(address), flags: outFlags, control }
  }

  /**
   * close(2). With SO_LINGER and a time, the last descriptor of a blocking TCP socket waits until the peer has everything, or the
   * time is over (socket(7)); the connection then ends in the background.
   */
  async close(fd: number): Promise<void> {
    const { process } = this
    const file = process.descriptors.get(fd)
    if (file instanceof SocketFile && file.refs === 1 && !file.nonblocking) {
      const seconds = lingerOf(file)
      // Unread data make the close a reset, for which nobody waits.
      if (seconds > 0 && file.ioctl(FIONREAD) === 0) await this.#linger(fd, file, seconds)
    }
    check('close', await this.answer(null).then(() => process.close(fd)))
  }

  async #linger(fd: number, file: SocketFile, seconds: number): Promise<void> {
    if (file.shutdown(SHUT_WR) < 0) return
    const { clock } = this.process.host
    const end = clock.now + seconds * SECOND
    const delivered = (): number => (file.ioctl(SIOCOUTQ) > 0 && (file.poll() & Poll.ERR) === 0 ? -EAGAIN : 0)
    while (clock.now < end && delivered() < 0) {
      const left = Math.min(LINGER_LOOK, end - clock.now)
      const result = await this.block(fd, Poll.HUP, { nonblocking: false, timeout: left }, delivered)
      if (result === -EINTR || result === -EBADF) return
    }
  }
}

/** Seconds that a close waits: TCP's SO_LINGER; 0 for none. */
const lingerOf = (file: SocketFile): number => {
  if (file.type !== SOCK_STREAM || file.family === AF_UNIX) return 0
  const value = file.getsockopt(SOL_SOCKET, SO_LINGER)
  return typeof value === 'object' && 'onoff' in value && 'linger' in value && value.onoff !== 0
    ? Number(value.linger)
    : 0
}

/** What is left of the vectors after `count` bytes. */
const without = (vectors: readonly Uint8Array[], count: number): readonly Uint8Array[] => {
  const rest: Uint8Array[] = []
  for (const vector of vectors) {
    if (count >= vector.length) count -= vector.length
    else {
      rest.push(count > 0 ? vector.subarray(count) : vector)
      count = 0
    }
  }
  return rest
}

/** The part of an address that an error's message names. */
const subjectOf = (given: SocketAddress): SystemErrorSubject => {
  const inside = toSockAddr(given)
  if (typeof inside === 'number') return {}
  if (inside.family === AF_UNIX) return { path: inside.path ?? '' }
  return { address: inside.address.toString(), port: inside.port }
}
