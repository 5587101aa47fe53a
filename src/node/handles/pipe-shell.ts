/** The virtual side of a native Pipe handle: Unix sockets of the host (uv_pipe_t's behaviour, call by call). */
import { existsSync } from 'node:fs'
import type { Process } from '../../host/index.ts'
import { AF_UNIX, SOCK_STREAM } from '../../socket/constants.ts'
import { EACCES, ECONNREFUSED, EINVAL, ENOENT } from '../../wire/errno.ts'
import type { Program } from '../current.ts'
import { uv } from '../errno.ts'
import { mirrorDirectory, virtualPath } from '../files/paths.ts'
import type { NativeHandle } from '../internals.ts'
import { closeConnection } from './closing.ts'
import { Connection, type ConnectRequest } from './connection.ts'
import { Listener, type ListenerFace } from './listener.ts'
import { nativeClose, nativeHasRef } from './native.ts'
import { Hold, registryOf } from './registry.ts'
import { type StreamHandle, streamHandles } from './stream-handle.ts'
import { takePlace } from './swap.ts'

/** UV_READABLE, UV_WRITABLE. */
const READABLE = 1
const WRITABLE = 2
/** sizeof sun_path. */
const PATH_MAX = 108

export class PipeShell {
  readonly #program: Program
  readonly #process: Process
  readonly #native: NativeHandle
  fd = -1
  #path: string | null = null
  #connection: Connection | null = null
  #stream: StreamHandle | null = null
  #listener: Listener | null = null
  readonly #hold: Hold
  #isClosed = false

  constructor(program: Program, native: NativeHandle) {
    this.#program = program
    this.#process = program.process
    this.#native = native
    this.#hold = new Hold(registryOf(this.#process))
    if (!nativeHasRef(native)) this.#hold.unref()
  }

  #socket(): number {
    if (this.fd >= 0) return 0
    const fd = this.#process.socket(AF_UNIX, SOCK_STREAM)
    if (fd < 0) return fd
    this.fd = fd
    return 0
  }

  bind(name: string): number {
    if (this.#path !== null || name.length === 0) return uv(-EINVAL)
    if (Buffer.byteLength(name) > PATH_MAX) return uv(-EINVAL)
    const made = this.#socket()
    if (made < 0) return uv(made)
    const path = virtualPath(name)
    mirrorDirectory(this.#process, path)
    const result = this.#process.bind(this.fd, { family: AF_UNIX, path })
    // uv_pipe_bind: as Windows has it.
    if (result < 0) return uv(result === -ENOENT ? -EACCES : result)
    this.#path = path
    return 0
  }

  listen(backlog: number): number {
    if (this.fd < 0) return uv(-EINVAL)
    const result = this.#process.listen(this.fd, backlog)
    if (result < 0) return uv(result)
    const face = this.#native as unknown as ListenerFace
    this.#listener ??= new Listener(this.#program, this.fd, face, this.#hold, (fd) => this.#accepted(fd))
    return 0
  }

  #accepted(fd: number): object {
    const connection = new Connection(this.#program, 'PIPEWRAP')
    const handle = new (streamHandles().Pipe)(connection)
    connection.open(fd)
    return handle
  }

  /** The handle that native streams and lib/net.js get instead of this one. */
  toStream(): StreamHandle {
    if (this.#stream !== null) return this.#stream
    this.#connection = new Connection(this.#program, 'PIPEWRAP')
    this.#stream = new (streamHandles().Pipe)(this.#connection)
    this.#stream.shell = this.#native
    if (!this.#hold.isReferenced) this.#stream.unref()
    return this.#stream
  }

  connect(request: ConnectRequest, name: string): number {
    if (name.length === 0 || Buffer.byteLength(name) > PATH_MAX) return uv(-EINVAL)
    const made = this.#socket()
    if (made < 0) return uv(made)
    const stream = this.toStream()
    const connection = this.#connection as Connection
    if (connection.fd < 0) connection.open(this.fd)
    const path = virtualPath(name)
    // A file of the real system is there for programs, and no socket of the host.
    const isFile = !path.startsWith('\0') && typeof this.#process.stat(path) === 'number' && existsSync(path)
    // uv_pipe_connect tells every failure later.
    connection.connect(request, { family: AF_UNIX, path }, isFile ? -ECONNREFUSED : 0, true)
    takePlace(this.#native, stream)
    return 0
  }

  /** uv_pipe_chmod: others may read and write. */
  fchmod(mode: number): number {
    if (this.#path === null) return uv(-EINVAL)
    const bits = ((mode & READABLE) !== 0 ? 0o444 : 0) | ((mode & WRITABLE) !== 0 ? 0o222 : 0)
    const stat = this.#process.stat(this.#path)
    return uv(typeof stat === 'number' ? stat : this.#process.chmod(this.#path, (stat.mode & 0o777) | bits))
  }

  ref(): void {
    this.#hold.ref()
    this.#connection?.hold.ref()
  }

  unref(): void {
    this.#hold.unref()
    this.#connection?.hold.unref()
  }

  hasRef(): boolean {
    return this.#connection?.hold.isReferenced ?? this.#hold.isReferenced
  }

  close(callback?: () => void): void {
    if (this.#isClosed) return
    this.#isClosed = true
    // uv__pipe_close: the name goes before the descriptor.
    if (this.#path !== null && !this.#path.startsWith('\0')) this.#process.unlink(this.#path)
    if (this.#connection !== null) {
      closeConnection(this.#connection, this.#native, callback)
      return
    }
    if (this.#listener !== null) this.#listener.close()
    else if (this.fd >= 0) this.#process.close(this.fd)
    nativeClose(this.#native, callback)
  }
}
