import { ENOPROTOOPT, ENOTTY, EOPNOTSUPP } from '../wire/errno.ts'
import type { Caller } from './caller.ts'
import { OpenFile } from './file.ts'
import type { InMessage, OutMessage } from './message.ts'
import type { SocketDescription } from './row.ts'
import type { SockAddr } from './sockaddr.ts'

/** What an option's value may be at this border: integers as C's int, structures as objects, names as text. */
export type OptionValue = number | string | Uint8Array | object

/** A failed getsockopt: the negative errno, told apart from an integer value. */
export class OptionError {
  readonly errno: number

  constructor(errno: number) {
    this.errno = errno
  }
}

/**
 * A socket as an open file description: every Berkeley call as a method. A kind of socket overrides what it can do; the
 * rest answers EOPNOTSUPP, as Linux's sock_no_* do. All results are counts, zero or negative errno, and nothing blocks:
 * where Linux would sleep the answer is -EAGAIN (-EINPROGRESS for connect) and readiness comes through `watch`.
 */
export abstract class SocketFile extends OpenFile {
  /** AF_*. */
  abstract readonly family: number
  /** SOCK_*. */
  abstract readonly type: number
  /** IPPROTO_*; 0 for Unix. */
  abstract readonly protocol: number
  /** Number of its inode: DEVICE of lsof, `socket:[n]`. */
  readonly inode: number
  /** SO_RCVTIMEO and SO_SNDTIMEO in nanoseconds, 0: for ever. Kept here, obeyed by the blocking face. */
  receiveTimeout = 0
  sendTimeout = 0

  constructor(inode: number) {
    super()
    this.inode = inode
  }

  /** SOCK_STREAM and SOCK_SEQPACKET raise SIGPIPE with EPIPE in Linux's stream kinds only. */
  get raisesPipe(): boolean {
    return this.type === 1
  }

  bind(_caller: Caller, _address: SockAddr): number {
    return -EOPNOTSUPP
  }

  listen(_caller: Caller, _backlog: number): number {
    return -EOPNOTSUPP
  }

  /** The new socket, without a descriptor yet. */
  accept(_caller: Caller): SocketFile | number {
    return -EOPNOTSUPP
  }

  connect(_caller: Caller, _address: SockAddr): number {
    return -EOPNOTSUPP
  }

  /** send(2) without an address: the hot path. Raises no signal. */
  abstract send(buf: Uint8Array, start: number, end: number, flags: number): number
  /** recv(2) without an address: the hot path. */
  abstract recv(buf: Uint8Array, start: number, end: number, flags: number): number

  sendmsg(_caller: Caller, _message: OutMessage): number {
    return -EOPNOTSUPP
  }

  recvmsg(_caller: Caller, _message: InMessage): number {
    return -EOPNOTSUPP
  }

  shutdown(_how: number): number {
    return -EOPNOTSUPP
  }

  getsockname(): SockAddr | number {
    return -EOPNOTSUPP
  }

  getpeername(): SockAddr | number {
    return -EOPNOTSUPP
  }

  setsockopt(_caller: Caller, _level: number, _name: number, _value: OptionValue): number {
    return -ENOPROTOOPT
  }

  getsockopt(_level: number, _name: number): OptionValue | OptionError {
    return new OptionError(-ENOPROTOOPT)
  }

  /** FIONREAD, SIOCATMARK, SIOCOUTQ, SIOCOUTQNSD: the value, or negative errno. (FIONBIO is every file's.) */
  ioctl(_request: number): number {
    return -ENOTTY
  }

  /** The row of the table of sockets, or null when ss and lsof do not show it (TCP neither listening nor connected). */
  abstract describe(): SocketDescription | null

  override read(buf: Uint8Array, start: number, end: number): number {
    return this.recv(buf, start, end, 0)
  }

  override write(buf: Uint8Array, start: number, end: number): number {
    return this.send(buf, start, end, 0)
  }
}
