/**
 * A stream socket of a virtual host under a handle of lib/net.js: what libuv's uv_stream_t is on the kernel.
 *
 * It answers two kinds of caller. lib/net.js itself reads and writes in JavaScript (four to ten times as fast). A native reader
 * (TLS, http2) calls the hooks of JSStream, and then everything passes through it. Who called last says which.
 *
 * One callback of the program at a time: each turn (`run`) does one thing and asks for another turn if more is to do.
 */
import { AsyncResource } from 'node:async_hooks'
import type { Process } from '../../host/index.ts'
import { FIONREAD, MSG_NOSIGNAL, SHUT_WR, SO_ERROR, SOL_SOCKET } from '../../socket/constants.ts'
import type { Watcher } from '../../socket/file.ts'
import { type CallSite, OptionError, type SocketAddress, type SocketFile } from '../../socket/index.ts'
import type { Job } from '../../time/scheduler.ts'
import { Poll } from '../../wire/call.ts'
import { EAGAIN, ECONNREFUSED, EINPROGRESS } from '../../wire/errno.ts'
import type { Program } from '../current.ts'
import { uv, uvNumber } from '../errno.ts'
import { errnoException, internals, type NativeJsStream, type NativeRequest, type SocketFields } from '../internals.ts'
import { uncaughtIn } from '../uncaught.ts'
import { Established } from './established.ts'
import { isHttp2 } from './http2-owner.ts'
import { Hold, type Mutable, type Registry, registryOf } from './registry.ts'

/** What libuv reads at once. */
const READ_SIZE = 65_536
const READABLE = Poll.IN | Poll.HUP | Poll.ERR | Poll.RDHUP
const WRITABLE = Poll.OUT | Poll.HUP | Poll.ERR

/** What a turn has to do. */
const Step = { NOTHING: 0, REPORT: 1, CONNECT: 2, READ: 3, WRITE: 4, SHUTDOWN: 5 } as const
type Step = (typeof Step)[keyof typeof Step]

/** A write that the socket did not take at once. */
interface PendingWrite {
  readonly buffers: readonly Uint8Array[]
  /** The buffer and the position that come next. */
  buffer: number
  at: number
  /** Called once, with zero or a negative uv number. */
  readonly done: (status: number) => void
}

export interface ConnectRequest extends NativeRequest {
  oncomplete?: (status: number, handle: object, request: object, readable: boolean, writable: boolean) => void
}

export interface ShutdownRequest extends NativeRequest {
  oncomplete?: (status: number) => void
}

/** The stream handle on top, as far as the connection uses it. */
export interface Face extends NativeJsStream {
  reading: boolean
}

const scratch = new Uint8Array(1)

export class Connection implements Watcher, Job, Mutable {
  next: Job | null = null
  /** What the kernel shall wake it for; changes with what it waits for. */
  interest = 0
  readonly program: Program
  readonly process: Process
  readonly hold: Hold
  bytesRead = 0
  bytesWritten = 0
  /** Bytes of writes that the socket has not taken. */
  writeQueueSize = 0
  /** The handle that lib/net.js has. */
  face!: Face
  /** TLS around it: its owner is the one that hears of errors. */
  wrapper: { readonly [key: symbol]: unknown } | null = null
  /** http2 may be about to take it over: look before the next read. */
  isSuspect = false
  fd = -1
  readonly #registry: Registry
  readonly #scope: AsyncResource
  #file: SocketFile | null = null
  #isReading = false
  /** lib/net.js reads it with its own `onread`, into buffers of ours. */
  #isPlain = false
  /** A native stream has it, for good: what is read goes through JSStream. */
  #isNative = false
  #isQueued = false
  #isClosed = false
  #hasRead = false
  /** An error of `connect` that libuv reports later. */
  #delayed = 0
  #connect: ConnectRequest | null = null
  #shutdown: ((status: number) => void) | null = null
  readonly #reports: (() => void)[] = []
  readonly #writes: PendingWrite[] = []

  constructor(program: Program, type: string) {
    this.program = program
    this.process = program.process
    this.#registry = registryOf(this.process)
    this.hold = new Hold(this.#registry)
    this.#scope = new AsyncResource(type)
    this.#registry.add(this)
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Stand on a socket of the process. */
  open(fd: number): void {
    this.fd = fd
    this.#file = this.process.descriptors.get(fd) as SocketFile
    this.#file.watch(this)
  }

  /** Called inside the kernel: only notes. */
  notify(_bits: number): void {
    if (this.#connect === null) this.#again()
    else this.process.host.clock.postCallback(new Established(this))
  }

  /** The handshake is over, on the other side too. */
  established(): void {
    this.#again()
  }

  #again(): void {
    if (this.#isQueued || this.#isClosed) return
    this.#isQueued = true
    this.process.host.clock.postCallback(this)
  }

  run(): void {
    this.#isQueued = false
    if (!this.#isLive) return
    const step = this.#next()
    if (step === Step.NOTHING) return
    try {
      this.#scope.runInAsyncScope(this.#act, this, step)
    } catch (error) {
      uncaughtIn(this.#scope, error)
    }
    if (this.#next() !== Step.NOTHING) this.#again()
    this.#settle()
  }

  get #isLive(): boolean {
    return !this.#isClosed && this.program.alive && this.process.isAlive
  }

  #next(): Step {
    if (!this.#isLive) return Step.NOTHING
    if (this.#reports.length > 0) return Step.REPORT
    if (this.#file === null) return this.#delayed !== 0 ? Step.CONNECT : Step.NOTHING
    const waits = this.#isReading || this.#writes.length > 0 || this.#connect !== null
    const bits = waits ? this.#file.poll() : 0
    if (this.#connect !== null) return this.#delayed !== 0 || (bits & WRITABLE) !== 0 ? Step.CONNECT : Step.NOTHING
    // uv_shutdown feeds its watcher: it comes before what polling finds.
    if (this.#shutdown !== null && this.#writes.length === 0) return Step.SHUTDOWN
    const canWrite = this.#writes.length > 0 && (bits & WRITABLE) !== 0
    // libuv reads first, then writes; and so that neither starves the other, in turns.
    if (this.#isReading && (bits & READABLE) !== 0 && !(canWrite && this.#hasRead)) return Step.READ
    return canWrite ? Step.WRITE : Step.NOTHING
  }

  #act(step: Step): void {
    this.#hasRead = step === Step.READ
    switch (step) {
      case Step.REPORT:
        ;(this.#reports.shift() as () => void)()
        break
      case Step.CONNECT:
        this.#finishConnect()
        break
      case Step.READ:
        this.#read()
        break
      case Step.WRITE:
        this.#flush()
        break
      default:
        this.#finishShutdown()
    }
  }

  /** What it waits for now, and whether that keeps the program alive. */
  #settle(): void {
    const connecting = this.#connect !== null
    const writing = this.#writes.length > 0
    const reading = this.#isReading && !connecting
    this.interest = (connecting || writing ? Poll.OUT : 0) | (reading ? Poll.IN | Poll.RDHUP : 0)
    this.hold.active =
      !this.#isClosed && (reading || connecting || writing || this.#shutdown !== null || this.#reports.length > 0)
  }

  /** Tell something later, in a turn of its own. */
  #report(tell: () => void): void {
    this.#reports.push(tell)
    this.#again()
    this.#settle()
  }

  // Connecting

  /** uv_tcp_connect, uv_pipe_connect: zero (the request hears the rest) or a negative Linux errno. */
  connect(request: ConnectRequest, address: SocketAddress, delayed: number, isPatient: boolean): number {
    if (delayed === 0) {
      const result = this.process.connect(this.fd, address)
      if (result < 0 && result !== -EINPROGRESS) {
        if (!isPatient && result !== -ECONNREFUSED) return result
        delayed = result
      }
    }
    this.#delayed = delayed
    this.#connect = request
    this.#settle()
    // Unix sockets are connected at once; TCP says when.
    if (delayed !== 0 || ((this.#file as SocketFile).poll() & WRITABLE) !== 0) this.#again()
    return 0
  }

  #finishConnect(): void {
    const request = this.#connect as ConnectRequest
    let status = this.#delayed
    if (status === 0) {
      const error = this.process.getsockopt(this.fd, SOL_SOCKET, SO_ERROR)
      status = error instanceof OptionError ? error.errno : -(error as number)
    }
    this.#connect = null
    this.#delayed = 0
    this.#settle()
    request.oncomplete?.(uv(status), (this.wrapper ?? this.face) as object, request, true, true)
  }

  // Reading

  /** lib/net.js wants to read. */
  readStart(): number {
    const { owner, kBuffer, onStreamRead } = internals()
    const { face } = this
    const socket = face[owner] as SocketFields | undefined
    this.#isPlain = face.onread === onStreamRead && socket !== undefined && !socket[kBuffer]
    return this.#startReading()
  }

  /** A native stream (TLS, http2) wants to read. */
  readStartNative(): number {
    this.#isNative = true
    return this.#startReading()
  }

  #startReading(): number {
    if (this.#isClosed) return 0
    this.#isReading = true
    this.#settle()
    if (this.#file !== null && (this.#file.poll() & READABLE) !== 0) this.#again()
    return 0
  }

  readStop(): number {
    this.#isReading = false
    this.#settle()
    return 0
  }

  /** A native stream took it over. */
  toNative(): void {
    this.#isNative = true
  }

  #read(): void {
    const { process, fd } = this
    const size = (this.#file as SocketFile).ioctl(FIONREAD)
    if (size <= 0) {
      const n = process.recv(fd, scratch)
      if (n > 0) this.#deliver(scratch.slice(0, n))
      else if (n === 0) this.#endOfInput()
      else if (n !== -EAGAIN) this.#readError(uv(n))
      return
    }
    const buffer = Buffer.allocUnsafeSlow(Math.min(size, this.#readSize))
    const n = process.recv(fd, buffer)
    if (n > 0) this.#deliver(n === buffer.length ? buffer : buffer.subarray(0, n))
    else if (n === 0) this.#endOfInput()
    else if (n !== -EAGAIN) this.#readError(uv(n))
  }

  /** A socket with the option `onread` has a buffer of its own, and may stop after each. */
  get #readSize(): number {
    if (this.#isPlain || this.#isNative) return READ_SIZE
    const { owner, kBuffer } = internals()
    const own = (this.face[owner] as SocketFields | undefined)?.[kBuffer]
    return own instanceof Uint8Array ? own.length : READ_SIZE
  }

  #deliver(chunk: Uint8Array): void {
    this.bytesRead += chunk.length
    const { face } = this
    if (this.isSuspect) this.#look()
    if (this.#isNative || !this.#isPlain) {
      face.readBuffer(chunk)
      return
    }
    // What onStreamRead does.
    const socket = face[internals().owner] as SocketFields
    socket._unrefTimer()
    if (socket.destroyed) return
    if (socket.push(chunk)) return
    face.reading = false
    if (!socket.destroyed) this.readStop()
  }

  /** Is it an http2 session's now? Its constructor asked whether the handle is a native stream. */
  #look(): void {
    this.isSuspect = false
    const socket = this.face[internals().owner] as object | undefined
    if (socket === undefined) return
    if (isHttp2(socket)) this.toNative()
  }

  #endOfInput(): void {
    // uv__stream_eof: it stops by itself.
    this.#isReading = false
    this.#settle()
    this.face.emitEOF()
  }

  /** JSStream has no way to say this: whoever waits for a write hears it, then the owner. */
  #readError(status: number): void {
    this.#isReading = false
    for (const write of this.#writes.splice(0)) write.done(status)
    this.writeQueueSize = 0
    this.#settle()
    const { owner } = internals()
    const socket = (this.wrapper?.[owner] ?? this.face[owner]) as SocketFields | undefined
    if (socket !== undefined && !socket.destroyed) socket.destroy(errnoException(status, 'read'))
  }

  // Writing

  /**
   * Write in order, after what still waits.
   *
   * @param done - only called when the result is 1: with zero or a negative uv number
   * @param site - where the program wrote, when that was earlier
   * @returns 0 when the socket took everything, 1 when `done` will be called, or a negative uv number
   */
  write(buffers: readonly Uint8Array[], done: (status: number) => void, site?: CallSite | null): number {
    const { trace } = this.process.sockets
    if (trace !== null) this.noteWrite(site ?? trace.here())
    let buffer = 0
    let at = 0
    if (this.#writes.length === 0) {
      for (; buffer < buffers.length; buffer++) {
        const chunk = buffers[buffer] as Uint8Array
        const n = chunk.length === 0 ? 0 : this.#send(chunk, 0)
        if (n < 0 && n !== -EAGAIN) return uv(n)
        at = n < 0 ? 0 : n
        this.bytesWritten += at
        if (at < chunk.length) break
        at = 0
      }
      if (buffer === buffers.length) return 0
    }
    let left = -at
    for (let i = buffer; i < buffers.length; i++) left += (buffers[i] as Uint8Array).length
    this.bytesWritten += left
    this.writeQueueSize += left
    this.#writes.push({ buffers, buffer, at, done })
    this.#settle()
    this.#again()
    return 1
  }

  /** For `trace`: the program writes, be it that the bytes go later. */
  noteWrite(site: CallSite | null): void {
    if (this.#file !== null) this.process.sockets.trace?.written(this.#file, site)
  }

  #send(chunk: Uint8Array, at: number): number {
    return this.process.send(this.fd, chunk, at, chunk.length, MSG_NOSIGNAL)
  }

  /** The socket has room again: send on, and report the first write that is done. */
  #flush(): void {
    const write = this.#writes[0] as PendingWrite
    while (write.buffer < write.buffers.length) {
      const chunk = write.buffers[write.buffer] as Uint8Array
      if (write.at < chunk.length) {
        const n = this.#send(chunk, write.at)
        if (n === -EAGAIN) return
        if (n < 0) {
          this.#failWrites(uv(n))
          return
        }
        write.at += n
        this.writeQueueSize -= n
        if (write.at < chunk.length) return
      }
      write.buffer++
      write.at = 0
    }
    this.#writes.shift()
    this.#settle()
    write.done(0)
  }

  /** uv__write: an error ends all that wait. */
  #failWrites(status: number): void {
    const failed = this.#writes.splice(0)
    this.writeQueueSize = 0
    this.#settle()
    for (const write of failed) write.done(status)
  }

  /** JSStream's write: it must not be finished from inside. */
  writeNative(request: NativeRequest, buffers: readonly Uint8Array[]): number {
    const { face } = this
    if (this.isSuspect) this.#look()
    this.toNative()
    const finish = (status: number): void => face.finishWrite(request, status)
    const result = this.#isClosed ? uvNumber('ECANCELED') : this.write(buffers, finish)
    if (result <= 0) this.#report(() => finish(result))
    return 0
  }

  // The end

  /** Send FIN once all is written; `done` hears how it went. */
  shutdown(done: (status: number) => void): number {
    this.#shutdown = done
    this.#settle()
    // uv_shutdown feeds its watcher: in the next turn it comes before what polling finds.
    if (this.#writes.length === 0 && !this.#isQueued && !this.#isClosed) {
      this.#isQueued = true
      this.process.host.clock.postPending(this)
    }
    return 0
  }

  #finishShutdown(): void {
    const done = this.#shutdown as (status: number) => void
    this.#shutdown = null
    const result = this.process.shutdown(this.fd, SHUT_WR)
    this.#settle()
    done(uv(result))
  }

  /** uv_close: the descriptor goes at once. Returns what is to be called in the closing phase, with what is still to be told. */
  close(): (callback?: () => void) => void {
    if (this.#isClosed) return () => undefined
    this.#isClosed = true
    if (this.#file !== null) {
      this.#file.unwatch(this)
      this.process.close(this.fd)
    }
    const canceled = uvNumber('ECANCELED')
    const request = this.#connect
    const writes = this.#writes.splice(0)
    const shutdown = this.#shutdown
    const reports = this.#reports.splice(0)
    // A closing handle keeps the loop until its callback has run, referenced or not (uv__loop_alive).
    this.hold.ref()
    this.hold.active = true
    const tellRest = (callback?: () => void): void => {
      for (const tell of reports) tell()
      request?.oncomplete?.(canceled, (this.wrapper ?? this.face) as object, request, false, false)
      for (const write of writes) write.done(canceled)
      shutdown?.(canceled)
      callback?.()
    }
    return (callback) => {
      if (this.program.alive && this.process.isAlive) this.#scope.runInAsyncScope(tellRest, undefined, callback)
      this.#registry.delete(this)
      this.hold.active = false
    }
  }

  mute(): void {
    this.#isClosed = true
    this.#writes.length = 0
    this.#reports.length = 0
    this.#connect = null
    this.#shutdown = null
    this.hold.active = false
  }
}
