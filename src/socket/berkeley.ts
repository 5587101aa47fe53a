import { Msg } from '../wire/call.ts'
import { EAFNOSUPPORT, EBADF, EINVAL, EMFILE, EMSGSIZE, ENFILE, ENOTSOCK, ENOTTY, EPIPE } from '../wire/errno.ts'
import type { Caller } from './caller.ts'
import {
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_SETFD,
  F_SETFL,
  FD_CLOEXEC,
  FIONBIO,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  UIO_MAXIOV,
} from './constants.ts'
import { O_APPEND, O_NONBLOCK, O_RDWR, type OpenFile } from './file.ts'
import type { ControlMessage, InMessage } from './message.ts'
import { toBytes } from './options/index.ts'
import { type PollEntry, pollNow, type Selected, selectNow } from './readiness.ts'
import { copyOut, fromSockAddr, type SockAddr, type SocketAddress, toSockAddr } from './sockaddr.ts'
import { OptionError, type OptionValue, SocketFile } from './socket-file.ts'
import type { Sockets } from './sockets.ts'
import { DescriptorWatch, type Watch } from './watch.ts'

/** SOCK_TYPE_MASK. */
const TYPE_MASK = 0xf
/** NPROTO, the number of address families: one beyond is wrong before the type is. */
const FAMILIES = 46
/** SOCK_MAX. */
const TYPES = 11

/** Where a call puts a socket address: as an object, and as bytes as far as `room` reaches. */
export interface AddressOut {
  /** struct sockaddr * and its size; absent: only the object is wanted. */
  readonly room?: Uint8Array
  /** Full length of the address, whatever there was room for; 0: none. */
  length: number
  address: ReturnType<typeof fromSockAddr> | null
}

/** struct msghdr of sendmsg(2). */
export interface SendMessage {
  readonly vectors: readonly Uint8Array[]
  readonly address?: SocketAddress | null
  readonly control?: readonly ControlMessage[]
  readonly flags?: number
  /** sendmmsg: bytes sent of this message. */
  length?: number
}

/** struct msghdr of recvmsg(2); the call fills `name`, `control`, `flags` and, for recvmmsg, `length`. */
export interface ReceiveMessage {
  readonly vectors: readonly Uint8Array[]
  /** msg_controllen, bytes; absent: no control data wanted. */
  readonly controlRoom?: number
  name?: AddressOut
  control?: readonly ControlMessage[]
  flags?: number
  length?: number
}

const NO_CONTROL: readonly ControlMessage[] = []

/**
 * Berkeley's calls for one process, on integer descriptors, in the shape that never waits: a result is a count, a descriptor or
 * zero, or a negative errno; where Linux would sleep, -EAGAIN (connect: -EINPROGRESS), whatever O_NONBLOCK says. `watch`
 * tells when to call again. The promise face stands on this one.
 */
export class Berkeley {
  readonly sockets: Sockets
  readonly caller: Caller

  constructor(sockets: Sockets, caller: Caller) {
    this.sockets = sockets
    this.caller = caller
  }

  // --- making and closing

  /** @param type - SOCK_* with SOCK_NONBLOCK and SOCK_CLOEXEC or'ed in */
  socket(family: number, type: number, protocol = 0): number {
    const flags = type & ~TYPE_MASK
    if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) !== 0) return -EINVAL
    const kind = type & TYPE_MASK
    if (family < 0 || family >= FAMILIES) return -EAFNOSUPPORT
    if (kind >= TYPES) return -EINVAL
    const file = this.sockets.create(this.caller, family, kind, protocol)
    if (typeof file === 'number') return file
    const fd = this.#install(file, flags)
    if (fd < 0) file.release()
    return fd
  }

  /** Two connected sockets, or a negative errno. Inet sockets have none: EOPNOTSUPP. */
  socketpair(family: number, type: number, protocol = 0): readonly [number, number] | number {
    const flags = type & ~TYPE_MASK
    if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) !== 0) return -EINVAL
    const pair = this.sockets.pair(this.caller, family, type & TYPE_MASK, protocol)
    if (typeof pair === 'number') return pair
    const first = this.#install(pair[0], flags)
    if (first < 0) {
      pair[0].release()
      pair[1].release()
      return first
    }
    const second = this.#install(pair[1], flags)
    if (second >= 0) return [first, second]
    this.caller.descriptors.close(first)
    pair[1].release()
    return second
  }

  #install(file: SocketFile, flags: number): number {
    if (!this.caller.descriptors.hasRoom) return -EMFILE
    if (this.caller.filesExhausted) return -ENFILE
    if ((flags & SOCK_NONBLOCK) !== 0) file.statusFlags |= O_NONBLOCK
    if (this.sockets.trace !== null) this.sockets.trace.opened(file)
    return this.caller.descriptors.install(file, (flags & SOCK_CLOEXEC) !== 0)
  }

  close(fd: number): number {
    return this.caller.descriptors.close(fd)
  }

  dup(fd: number): number {
    const file = this.caller.descriptors.get(fd)
    return file === null ? -EBADF : this.caller.descriptors.install(file)
  }

  dup2(fd: number, to: number): number {
    const file = this.caller.descriptors.get(fd)
    return file === null ? -EBADF : this.caller.descriptors.replace(to, file)
  }

  // --- names and connections

  bind(fd: number, address: SocketAddress): number {
    const file = this.#socket(fd)
    if (typeof file === 'number') return file
    const to = toSockAddr(address)
    return typeof to === 'number' ? to : file.bind(this.caller, to)
  }

  listen(fd: number, backlog: number): number {
    const file = this.#socket(fd)
    return typeof file === 'number' ? file : file.listen(this.caller, backlog)
  }

  accept(fd: number, out?: AddressOut): number {
    return this.accept4(fd, 0, out)
  }

  /** @param flags - SOCK_NONBLOCK, SOCK_CLOEXEC of the new descriptor (nothing is inherited, as in Linux) */
  accept4(fd: number, flags: number, out?: AddressOut): number {
    if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) !== 0) return -EINVAL
    const file = this.#socket(fd)
    if (typeof file === 'number') return file
    // A descriptor is found first: when there is none the connection stays in the queue.
    if (!this.caller.descriptors.hasRoom) return -EMFILE
    if (this.caller.filesExhausted) return -ENFILE
    const child = file.accept(this.caller)
    if (typeof child === 'number') return child
    if (out !== undefined) {
      const peer = child.getpeername()
      put(out, typeof peer === 'number' ? null : peer)
    }
    return this.#install(child, flags)
  }

  connect(fd: number, address: SocketAddress): number {
    const file = this.#socket(fd)
    if (typeof file === 'number') return file
    const to = toSockAddr(address)
    return typeof to === 'number' ? to : file.connect(this.caller, to)
  }

  /** @param how - SHUT_RD 0, SHUT_WR 1, SHUT_RDWR 2 */
  shutdown(fd: number, how: number): number {
    const file = this.#socket(fd)
    return typeof file === 'number' ? file : file.shutdown(how)
  }

  getsockname(fd: number, out: AddressOut): number {
    const file = this.#socket(fd)
    return typeof file === 'number' ? file : name(out, file.getsockname())
  }

  getpeername(fd: number, out: AddressOut): number {
    const file = this.#socket(fd)
    return typeof file === 'number' ? file : name(out, file.getpeername())
  }

  // --- data

  send(fd: number, buf: Uint8Array, start = 0, end: number = buf.length, flags = 0): number {
    const file = this.caller.descriptors.get(fd)
    if (!(file instanceof SocketFile)) return file === null ? -EBADF : -ENOTSOCK
    if (this.sockets.trace !== null) this.sockets.trace.written(file)
    const n = file.send(buf, start, end, flags)
    if (n === -EPIPE) this.#pipe(file, flags)
    return n
  }

  recv(fd: number, buf: Uint8Array, start = 0, end: number = buf.length, flags = 0): number {
    const file = this.caller.descriptors.get(fd)
    if (!(file instanceof SocketFile)) return file === null ? -EBADF : -ENOTSOCK
    return file.recv(buf, start, end, flags)
  }

  /** write(2) and read(2): any file, not sockets alone. */
  write(fd: number, buf: Uint8Array, start = 0, end: number = buf.length): number {
    const file = this.caller.descriptors.get(fd)
    if (file === null) return -EBADF
    if (this.sockets.trace !== null) this.sockets.trace.written(file)
    const n = file.write(buf, start, end)
    if (n === -EPIPE) this.#pipe(file, 0)
    return n
  }

  read(fd: number, buf: Uint8Array, start = 0, end: number = buf.length): number {
    const file = this.caller.descriptors.get(fd)
    return file === null ? -EBADF : file.read(buf, start, end)
  }

  sendto(fd: number, buf: Uint8Array, flags: number, address: SocketAddress | null): number {
    return this.sendmsg(fd, { vectors: [buf], address, flags })
  }

  recvfrom(fd: number, buf: Uint8Array, flags: number, out?: AddressOut): number {
    const message: ReceiveMessage = { vectors: [buf], flags }
    if (out !== undefined) message.name = out
    return this.recvmsg(fd, message, flags)
  }

  sendmsg(fd: number, message: SendMessage): number {
    const file = this.#socket(fd)
    if (typeof file === 'number') return file
    if (message.vectors.length > UIO_MAXIOV) return -EMSGSIZE
    let address: SockAddr | null = null
    if (message.address !== undefined && message.address !== null) {
      const to = toSockAddr(message.address)
      if (typeof to === 'number') return to
      address = to
    }
    const flags = message.flags ?? 0
    if (this.sockets.trace !== null) this.sockets.trace.written(file)
    const n = file.sendmsg(this.caller, {
      vectors: message.vectors,
      address,
      control: message.control ?? NO_CONTROL,
      flags,
    })
    if (n === -EPIPE) this.#pipe(file, flags)
    return n
  }

  /** @param flags - MSG_* of the call; those of the message are its results */
  recvmsg(fd: number, message: ReceiveMessage, flags = 0): number {
    const file = this.#socket(fd)
    if (typeof file === 'number') return file
    if (message.vectors.length > UIO_MAXIOV) return -EMSGSIZE
    const inside: InMessage = {
      vectors: message.vectors,
      flags,
      controlRoom: message.controlRoom ?? 0,
      wantAddress: message.name !== undefined,
      address: null,
      control: [],
      outFlags: 0,
    }
    const n = file.recvmsg(this.caller, inside)
    if (n < 0) return n
    if (message.name !== undefined) put(message.name, inside.address)
    message.control = inside.control
    message.flags = inside.outFlags
    return n
  }

  /** Messages sent; stops at the first that fails, whose errno shows only when it is the very first. */
  sendmmsg(fd: number, messages: readonly SendMessage[], flags = 0): number {
    let sent = 0
    for (const message of messages) {
      const n = this.sendmsg(fd, { ...message, flags: (message.flags ?? 0) | flags })
      if (n < 0) return sent > 0 ? sent : n
      message.length = n
      sent++
    }
    return sent
  }

  /** Messages received. MSG_WAITFORONE: after the first, only what is there already (as every call here). */
  recvmmsg(fd: number, messages: readonly ReceiveMessage[], flags = 0): number {
    let received = 0
    for (const message of messages) {
      const n = this.recvmsg(fd, message, flags & ~Msg.WAITFORONE)
      if (n < 0) return received > 0 ? received : n
      message.length = n
      received++
    }
    return received
  }

  /** sk_stream_error: SIGPIPE goes with EPIPE on streams unless MSG_NOSIGNAL. A pipe always raises it. */
  #pipe(file: OpenFile, flags: number): void {
    const raises = file instanceof SocketFile ? file.raisesPipe : true
    if (raises && (flags & Msg.NOSIGNAL) === 0) this.caller.raisePipe()
  }

  // --- options and control

  setsockopt(fd: number, level: number, option: number, value: OptionValue): number {
    const file = this.#socket(fd)
    return typeof file === 'number' ? file : file.setsockopt(this.caller, level, option, value)
  }

  /** The value, or `OptionError` with a negative errno: an integer option may itself be negative. */
  getsockopt(fd: number, level: number, option: number): OptionValue | OptionError {
    const file = this.#socket(fd)
    return typeof file === 'number' ? new OptionError(file) : file.getsockopt(level, option)
  }

  /** getsockopt(2) as C has it: fills `room` as far as it reaches; bytes written, or negative errno. */
  getsockoptBytes(fd: number, level: number, option: number, room: Uint8Array): number {
    const value = this.getsockopt(fd, level, option)
    if (value instanceof OptionError) return value.errno
    const bytes = toBytes(value)
    if (typeof bytes === 'number') return bytes
    const n = Math.min(room.length, bytes.length)
    room.set(bytes.subarray(0, n))
    return n
  }

  /** F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL. */
  fcntl(fd: number, command: number, argument = 0): number {
    const { descriptors } = this.caller
    const file = descriptors.get(fd)
    if (file === null) return -EBADF
    switch (command) {
      case F_DUPFD:
      case F_DUPFD_CLOEXEC:
        if (argument < 0 || argument >= descriptors.limit) return -EINVAL
        return descriptors.install(file, command === F_DUPFD_CLOEXEC, argument)
      case F_GETFD:
        return descriptors.isCloexec(fd) ? FD_CLOEXEC : 0
      case F_SETFD:
        descriptors.setCloexec(fd, (argument & FD_CLOEXEC) !== 0)
        return 0
      case F_GETFL:
        return file.statusFlags
      case F_SETFL:
        file.statusFlags = (file.statusFlags & ~SETTABLE) | (argument & SETTABLE)
        return 0
      default:
        return -EINVAL
    }
  }

  /** FIONBIO (argument: on), FIONREAD, SIOCATMARK, SIOCOUTQ, SIOCOUTQNSD: zero or the value, or a negative errno. */
  ioctl(fd: number, request: number, argument = 0): number {
    const file = this.caller.descriptors.get(fd)
    if (file === null) return -EBADF
    if (request === FIONBIO) {
      file.statusFlags = argument === 0 ? file.statusFlags & ~O_NONBLOCK : file.statusFlags | O_NONBLOCK
      return 0
    }
    return file instanceof SocketFile ? file.ioctl(request) : -ENOTTY
  }

  // --- readiness

  /** poll(2) at this instant: fills `revents`, returns how many entries have any. */
  poll(entries: readonly PollEntry[]): number {
    return pollNow(this.caller.descriptors, entries)
  }

  /** select(2) at this instant. */
  select(
    nfds: number,
    read: readonly number[],
    write: readonly number[] = [],
    except: readonly number[] = [],
  ): Selected | number {
    return selectNow(this.caller.descriptors, nfds, read, write, except)
  }

  /**
   * Edge-triggered readiness: `callback` gets the `Poll` bits of new events among `interest` (ERR and HUP always), alone in its
   * turn, never from inside a call. What holds already is reported first. Closing the descriptor ends it.
   *
   * @returns the watch, or -EBADF
   */
  watch(fd: number, interest: number, callback: (bits: number) => void): Watch | number {
    const file = this.caller.descriptors.get(fd)
    if (file === null) return -EBADF
    const watch = new DescriptorWatch(this.sockets.ctx.clock, this.caller.descriptors, fd, file, interest, callback)
    const now = file.poll() & (interest | ALWAYS)
    if (now !== 0) watch.notify(now)
    return watch
  }

  #socket(fd: number): SocketFile | number {
    const file = this.caller.descriptors.get(fd)
    if (file instanceof SocketFile) return file
    return file === null ? -EBADF : -ENOTSOCK
  }
}

/** What F_SETFL may change. The access mode stays. */
const SETTABLE = (O_NONBLOCK | O_APPEND) & ~O_RDWR
/** POLLERR and POLLHUP. */
const ALWAYS = 0x018

const put = (out: AddressOut, inside: SockAddr | null): void => {
  out.address = inside === null ? null : fromSockAddr(inside)
  if (inside === null) out.length = 0
  else out.length = copyOut(inside, out.room ?? NOTHING)
}

const NOTHING = new Uint8Array(0)

const name = (out: AddressOut, inside: SockAddr | number): number => {
  if (typeof inside === 'number') return inside
  put(out, inside)
  return 0
}
