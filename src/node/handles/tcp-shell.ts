/**
 * The virtual side of a native TCP handle: `new TCP()` of lib/net.js stays a shell that is never opened, and its methods lead
 * here (uv_tcp_t's behaviour, call by call).
 */

import type { Process } from '../../host/index.ts'
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../socket/constants.ts'
import type { InetSocketAddress } from '../../socket/index.ts'
import { EADDRINUSE, EAFNOSUPPORT, EBADF, EINVAL } from '../../wire/errno.ts'
import { parseAddress } from '../../wire/parse.ts'
import type { Program } from '../current.ts'
import { uv } from '../errno.ts'
import type { NativeHandle } from '../internals.ts'
import { closeConnection } from './closing.ts'
import { Connection, type ConnectRequest } from './connection.ts'
import { Listener, type ListenerFace } from './listener.ts'
import { nativeClose, nativeHasRef } from './native.ts'
import { Hold, registryOf } from './registry.ts'
import { type StreamHandle, streamHandles } from './stream-handle.ts'
import { takePlace } from './swap.ts'
import * as options from './tcp-options.ts'

/** UV_TCP_IPV6ONLY, UV_TCP_REUSEPORT. */
const IPV6_ONLY = 1
const REUSE_PORT = 2

/** uv_ip4_addr, uv_ip6_addr (with its zone): null for what is none. */
export const inetAddress = (
  process: Process,
  family: number,
  text: string,
  given: number | undefined,
): InetSocketAddress | null => {
  // As the binding converts it: what is absent is zero.
  const port = Number(given) | 0
  const [bare, zone] = String(text).split('%', 2) as [string, string | undefined]
  const address = parseAddress(bare)
  if (address === null || (address.family === 4) !== (family === AF_INET)) return null
  if (zone === undefined || family === AF_INET) return { family, address, port }
  const { interfaces } = process.host.stack.ip
  const link = interfaces.find(({ name, index }) => name === zone || String(index) === zone)
  return { family, address, port, scopeId: link?.index ?? 0 }
}

export class TcpShell {
  readonly program: Program
  readonly process: Process
  readonly native: NativeHandle
  fd = -1
  /** The virtual stream, once there is one. */
  stream: StreamHandle | null = null
  connection: Connection | null = null
  #listener: Listener | null = null
  readonly #hold: Hold
  /** EADDRINUSE of bind, which libuv reports from the next call (uv__tcp_bind). */
  #delayed = 0
  #isClosed = false

  constructor(program: Program, native: NativeHandle) {
    this.program = program
    this.process = program.process
    this.native = native
    this.#hold = new Hold(registryOf(this.process))
    if (!nativeHasRef(native)) this.#hold.unref()
  }

  #socket(family: number): number {
    if (this.fd >= 0) return 0
    const fd = this.process.socket(family, SOCK_STREAM)
    if (fd < 0) return fd
    this.fd = fd
    this.connection?.open(fd)
    return 0
  }

  bind(family: number, text: string, port: number, flags = 0): number {
    const { process } = this
    const address = inetAddress(process, family, text, port)
    if (address === null) return uv(-EINVAL)
    if ((flags & IPV6_ONLY) !== 0 && family !== AF_INET6) return uv(-EINVAL)
    const made = this.#socket(family)
    if (made < 0) return uv(made)
    process.setsockopt(this.fd, SOL_SOCKET, SO_REUSEADDR, 1)
    if ((flags & REUSE_PORT) !== 0) process.setsockopt(this.fd, SOL_SOCKET, SO_REUSEPORT, 1)
    if (family === AF_INET6) process.setsockopt(this.fd, IPPROTO_IPV6, IPV6_V6ONLY, (flags & IPV6_ONLY) !== 0 ? 1 : 0)
    const result = process.bind(this.fd, address)
    if (result < 0 && result !== -EADDRINUSE) return uv(result === -EAFNOSUPPORT ? -EINVAL : result)
    this.#delayed = result
    return 0
  }

  listen(backlog: number): number {
    if (this.#delayed < 0) return uv(this.#delayed)
    const made = this.#socket(AF_INET)
    if (made < 0) return uv(made)
    const result = this.process.listen(this.fd, backlog)
    if (result < 0) return uv(result)
    const face = this.native as unknown as ListenerFace
    this.#listener ??= new Listener(this.program, this.fd, face, this.#hold, (fd) => this.#accepted(fd))
    return 0
  }

  #accepted(fd: number): object {
    const connection = new Connection(this.program, 'TCPWRAP')
    const handle = new (streamHandles().TCP)(connection)
    connection.open(fd)
    return handle
  }

  /** The handle that native streams and lib/net.js get instead of this one. */
  toStream(): StreamHandle {
    if (this.stream !== null) return this.stream
    this.connection = new Connection(this.program, 'TCPWRAP')
    this.stream = new (streamHandles().TCP)(this.connection)
    this.stream.shell = this.native
    if (this.fd >= 0) this.connection.open(this.fd)
    if (!this.#hold.isReferenced) this.stream.unref()
    return this.stream
  }

  connect(family: number, request: ConnectRequest, text: string, port: number): number {
    const address = inetAddress(this.process, family, text, port)
    if (address === null) return uv(-EINVAL)
    const made = this.#socket(family)
    if (made < 0) return uv(made)
    const stream = this.toStream()
    const result = (this.connection as Connection).connect(request, address, this.#delayed, false)
    if (result < 0) return uv(result)
    takePlace(this.native, stream)
    return 0
  }

  getsockname(out: options.NameOut): number {
    if (this.#delayed < 0) return uv(this.#delayed)
    return this.fd < 0 ? uv(-EBADF) : options.getsockname(this, out)
  }

  ref(): void {
    this.#hold.ref()
    this.connection?.hold.ref()
  }

  unref(): void {
    this.#hold.unref()
    this.connection?.hold.unref()
  }

  hasRef(): boolean {
    return this.connection?.hold.isReferenced ?? this.#hold.isReferenced
  }

  close(callback?: () => void): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.connection !== null) {
      closeConnection(this.connection, this.native, callback)
      return
    }
    if (this.#listener !== null) this.#listener.close()
    else if (this.fd >= 0) this.process.close(this.fd)
    nativeClose(this.native, callback)
  }

  reset(callback?: () => void): number {
    if (this.connection !== null) return options.reset(this.connection, this.native, callback)
    this.close(callback)
    return 0
  }
}
