/**
 * The handle that lib/net.js, tls and http2 see: a subclass of Node's native JSStream, so that native streams can stand on it,
 * with the methods of TCP or Pipe. It only passes calls on to its `Connection`.
 */
import { internals, type NativeHandle, type NativeJsStream, type NativeRequest } from '../internals.ts'
import { closeConnection } from './closing.ts'
import type { Connection, Face, ShutdownRequest } from './connection.ts'
import * as options from './tcp-options.ts'

const kConnection: unique symbol = Symbol('connection')

/** Made by `streamHandles()`: instances are native JSStreams. */
export interface StreamHandle extends Face {
  readonly [kConnection]: Connection
  /** The real handle that it took the place of, closed with it. */
  shell: NativeHandle | null
  close(callback?: () => void): void
  unref(): void
}

type StreamHandleConstructor = new (connection: Connection) => StreamHandle

/** The connection under a handle; undefined for handles of the kernel. */
export const connectionOf = (handle: unknown): Connection | undefined =>
  (handle as { [kConnection]?: Connection } | null | undefined)?.[kConnection]

const makeBase = () => {
  const JSStream = internals().JSStream as new () => NativeJsStream
  return class VirtualStream extends JSStream {
    readonly [kConnection]: Connection
    reading = false
    shell: NativeHandle | null = null
    /** http gives its parser to native streams unless this is set; in JavaScript it is faster, and Node 20 and 22 lose the context of `upgrade` otherwise. */
    _consumed = true

    constructor(connection: Connection) {
      super()
      this[kConnection] = connection
      connection.face = this
    }

    // Called by lib/net.js

    readStart(): number {
      return this[kConnection].readStart()
    }

    readStop(): number {
      return this[kConnection].readStop()
    }

    shutdown(request: ShutdownRequest): number {
      return this[kConnection].shutdown((status) => request.oncomplete?.(status))
    }

    close(callback?: () => void): void {
      closeConnection(this[kConnection], this.shell, callback)
    }

    ref(): void {
      this[kConnection].hold.ref()
    }

    unref(): void {
      this[kConnection].hold.unref()
    }

    hasRef(): boolean {
      return this[kConnection].hold.isReferenced
    }

    get writeQueueSize(): number {
      return this[kConnection].writeQueueSize
    }

    get bytesRead(): number {
      return this[kConnection].bytesRead
    }

    get bytesWritten(): number {
      return this[kConnection].bytesWritten
    }

    get fd(): number {
      return this[kConnection].isClosed ? -1 : this[kConnection].fd
    }

    setBlocking(): number {
      return 0
    }

    /** Asked by http and, right before it takes the stream over, http2. */
    get isStreamBase(): boolean {
      this[kConnection].isSuspect = true
      return true
    }

    // Called by JSStream for native readers and writers

    onreadstart(): number {
      return this[kConnection].readStartNative()
    }

    onreadstop(): number {
      return this[kConnection].readStop()
    }

    onwrite(request: NativeRequest, buffers: readonly Uint8Array[]): number {
      return this[kConnection].writeNative(request, buffers)
    }

    onshutdown(request: NativeRequest): number {
      const connection = this[kConnection]
      return connection.shutdown((status) => this.finishShutdown(request, status))
    }

    isClosing(): boolean {
      return this[kConnection].isClosed
    }
  }
}

const makeTcp = (Base: ReturnType<typeof makeBase>) =>
  class extends Base {
    getsockname(out: options.NameOut): number {
      return options.getsockname(this[kConnection], out)
    }

    getpeername(out: options.NameOut): number {
      return options.getpeername(this[kConnection], out)
    }

    setNoDelay(on: boolean): number {
      return options.setNoDelay(this[kConnection], on)
    }

    setKeepAlive(on: boolean, delay = 0, interval?: number, count?: number): number {
      return options.setKeepAlive(this[kConnection], on, delay, interval, count)
    }

    setTypeOfService(value: number): number {
      return options.setTypeOfService(this[kConnection], value)
    }

    getTypeOfService(): number {
      return options.getTypeOfService(this[kConnection])
    }

    reset(callback?: () => void): number {
      return options.reset(this[kConnection], this.shell, callback)
    }
  }

const named = (made: object, name: string): StreamHandleConstructor => {
  Object.defineProperty(made, 'name', { value: name })
  return made as StreamHandleConstructor
}

export interface StreamHandles {
  readonly TCP: StreamHandleConstructor
  readonly Pipe: StreamHandleConstructor
}

let handles: StreamHandles | null = null

export const streamHandles = (): StreamHandles => {
  if (handles === null) {
    const Base = makeBase()
    handles = { TCP: named(makeTcp(Base), 'TCP'), Pipe: named(class extends Base {}, 'Pipe') }
  }
  return handles
}
