/**
 * What of Node is below its public face and above libuv: the native constructors that lib/net.js, dgram, dns and tls already
 * hold. Their names and shapes are the whole surface that this folder depends on; `internals()` checks each and fails with
 * the name of what is missing.
 *
 * This file is the one place that knows Node's private fields.
 */
import net from 'node:net'
import tls from 'node:tls'
import util from 'node:util'

/** Any native handle (HandleWrap). */
export interface NativeHandle {
  close(callback?: () => void): void
  ref(): void
  unref(): void
  hasRef(): boolean
  [key: symbol]: unknown
}

/** Methods of a native prototype, by name: they are replaced by functions of the same shape. */
export type Methods = Record<string | symbol, unknown>

export interface NativeConstructor<T = NativeHandle> {
  new (type?: number): T
  readonly prototype: Methods
}

/** A request object (ConnectWrap, WriteWrap, GetAddrInfoReqWrap ...). */
export interface NativeRequest {
  oncomplete?: (...args: never[]) => unknown
}

/** The native stream whose other end is JavaScript. */
export interface NativeJsStream {
  readBuffer(chunk: Uint8Array): void
  emitEOF(): void
  finishWrite(request: NativeRequest, status: number): void
  finishShutdown(request: NativeRequest, status: number): void
  useUserBuffer(buffer: Uint8Array): void
  onread: unknown
  getAsyncId(): number
  [key: symbol]: unknown
}

/** The fields of `net.Socket` that its handle works with. */
export interface SocketFields {
  _handle: object | null
  readonly destroyed: boolean
  connecting: boolean
  _pendingData: unknown
  _pendingEncoding: string
  _unrefTimer(): void
  push(chunk: Uint8Array): boolean
  destroy(error?: Error): void
  [key: symbol]: unknown
}

/** A chunk of `_writev`. */
export interface WritevChunk {
  readonly chunk: string | Uint8Array
  readonly encoding: BufferEncoding
}

export interface CaresBinding {
  getaddrinfo(...args: never[]): number
  getnameinfo(...args: never[]): number
  readonly ChannelWrap: NativeConstructor
}

export interface TlsBinding {
  wrap(...args: unknown[]): Methods
}

export interface Internals {
  readonly TCP: NativeConstructor
  readonly Pipe: NativeConstructor
  readonly UDP: NativeConstructor
  readonly JSStream: new () => NativeJsStream
  readonly cares: CaresBinding
  readonly tls: TlsBinding
  /** From a handle to the object of lib/net.js that owns it. */
  readonly owner: symbol
  /** `onread` option: the buffer that reads go to. */
  readonly kBuffer: symbol
  readonly kLastWriteQueueSize: symbol
  /** lib/net.js's own reader: a handle with another one belongs to somebody else. */
  readonly onStreamRead: unknown
}

/** What this Node lacks; the network of a virtual host cannot be put under it. */
export class UnsupportedNodeError extends Error {
  override readonly name = 'UnsupportedNodeError'
  constructor(what: string, cause?: unknown) {
    super(
      `soquete cannot run Node programs on Node ${process.version}: ${what}`,
      cause === undefined ? undefined : { cause },
    )
  }
}

type Binding = Readonly<Record<string, unknown>>

/** `process.binding`, quietly: under --pending-deprecation it would warn about what is no mistake of the program. */
export const binding = (name: string): Binding => {
  const target = process as unknown as { binding(name: string): Binding; noDeprecation?: boolean }
  const before = target.noDeprecation
  // Under --no-deprecation it is true already, and read-only.
  if (before !== true) target.noDeprecation = true
  try {
    return target.binding(name)
  } catch (error) {
    throw new UnsupportedNodeError(`its internal module ${name} is out of reach (is --permission on?)`, error)
  } finally {
    if (before === undefined) delete target.noDeprecation
    else if (before !== true) target.noDeprecation = before
  }
}

const take = <T>(from: string, name: string): T => {
  const found = binding(from)[name]
  if (typeof found !== 'function') throw new UnsupportedNodeError(`${from} has no ${name}`)
  return found as T
}

const symbolOf = (object: object, description: string): symbol => {
  const found = Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description)
  if (found === undefined) throw new UnsupportedNodeError(`there is no symbol ${description}`)
  return found
}

const expectMethods = (native: NativeConstructor, name: string, methods: readonly string[]): void => {
  for (const method of methods)
    if (typeof native.prototype[method] !== 'function')
      throw new UnsupportedNodeError(`${name}.prototype has no ${method}`)
}

const harvest = (): Internals => {
  const TCP = take<NativeConstructor>('tcp_wrap', 'TCP')
  const Pipe = take<NativeConstructor>('pipe_wrap', 'Pipe')
  const UDP = take<NativeConstructor>('udp_wrap', 'UDP')
  const JSStream = take<Internals['JSStream']>('js_stream', 'JSStream')
  const cares = binding('cares_wrap') as unknown as CaresBinding
  if (typeof cares.getaddrinfo !== 'function') throw new UnsupportedNodeError('cares_wrap has no getaddrinfo')
  const tlsWrap = binding('tls_wrap') as unknown as TlsBinding
  if (typeof tlsWrap.wrap !== 'function') throw new UnsupportedNodeError('tls_wrap has no wrap')
  expectMethods(TCP, 'TCP', ['open', 'bind', 'bind6', 'listen', 'connect', 'connect6', 'getsockname', 'getpeername'])
  expectMethods(TCP, 'TCP', ['setNoDelay', 'setKeepAlive', 'reset', 'close', 'ref', 'unref', 'hasRef'])
  expectMethods(Pipe, 'Pipe', ['open', 'bind', 'listen', 'connect', 'fchmod', 'close'])
  expectMethods(UDP, 'UDP', ['bind', 'bind6', 'connect', 'connect6', 'send', 'send6', 'recvStart', 'recvStop', 'close'])
  const streamMethods = ['readBuffer', 'emitEOF', 'finishWrite', 'finishShutdown', 'readStart', 'useUserBuffer']
  expectMethods(JSStream as unknown as NativeConstructor, 'JSStream', streamMethods)
  const probe = new TCP(0)
  const socket = new net.Socket({ handle: probe, manualStart: true } as unknown as net.SocketConstructorOpts)
  const onStreamRead = (probe as unknown as { onread: unknown }).onread
  const found: Internals = {
    TCP,
    Pipe,
    UDP,
    JSStream,
    cares,
    tls: tlsWrap,
    owner: symbolOf(probe, 'owner_symbol'),
    kBuffer: symbolOf(socket, 'kBuffer'),
    kLastWriteQueueSize: symbolOf(socket, 'lastWriteQueueSize'),
    onStreamRead,
  }
  socket.destroy()
  if (typeof (tls.TLSSocket.prototype as unknown as Methods)['_wrapHandle'] !== 'function')
    throw new UnsupportedNodeError('TLSSocket has no _wrapHandle')
  return found
}

let known: Internals | null = null

/**
 * Node's native constructors.
 *
 * @throws UnsupportedNodeError
 */
export const internals = (): Internals => (known ??= harvest())

const { _errnoException } = util as unknown as {
  _errnoException(errno: number, syscall: string): NodeJS.ErrnoException
}

/** Node's own error for a negative uv number: `read ECONNRESET` with code, errno and syscall. */
export const errnoException = (errno: number, syscall: string): NodeJS.ErrnoException => _errnoException(errno, syscall)
