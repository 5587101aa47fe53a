/** The virtual side of a native UDP handle (uv_udp_t's behaviour, call by call). */
import { AsyncResource } from 'node:async_hooks'
import type { Process } from '../../host/index.ts'
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  FIONREAD,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  MSG_NOSIGNAL,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_DGRAM,
  SOL_SOCKET,
} from '../../socket/constants.ts'
import type { Watcher } from '../../socket/file.ts'
import type { AddressOut, SocketAddress, SocketFile } from '../../socket/index.ts'
import type { Job } from '../../time/scheduler.ts'
import { Poll } from '../../wire/call.ts'
import { EAFNOSUPPORT, EAGAIN, EBADF, EINVAL, EISCONN, ENOTCONN } from '../../wire/errno.ts'
import type { Program } from '../current.ts'
import { uv, uvNumber } from '../errno.ts'
import type { NativeHandle, NativeRequest } from '../internals.ts'
import { uncaughtIn } from '../uncaught.ts'
import { nativeClose, nativeHasRef } from './native.ts'
import { Hold, type Mutable, type Registry, registryOf } from './registry.ts'
import { inetAddress } from './tcp-shell.ts'

/** UV_UDP_IPV6ONLY, UV_UDP_REUSEADDR, UV_UDP_REUSEPORT. */
const IPV6_ONLY = 1
const REUSE_ADDRESS = 4
const REUSE_PORT = 8
/** What libuv reads at once: a datagram. */
const DATAGRAM = 65_536

/** What lib/dgram.js hangs on its handle. */
interface UdpFace {
  onmessage?: (length: number, handle: object, buffer?: Uint8Array, from?: object) => void
}

export interface SendRequest extends NativeRequest {
  oncomplete?: (status: number, sent: number) => void
}

interface PendingSend {
  readonly vectors: readonly Uint8Array[]
  readonly address: SocketAddress | null
  readonly length: number
  readonly request: SendRequest
}

export class UdpShell implements Watcher, Job, Mutable {
  next: Job | null = null
  interest = 0
  readonly process: Process
  fd = -1
  family = 0
  readonly #program: Program
  readonly #native: NativeHandle
  readonly #registry: Registry
  readonly #hold: Hold
  readonly #scope = new AsyncResource('UDPWRAP')
  readonly #sends: PendingSend[] = []
  #file: SocketFile | null = null
  #isConnected = false
  #isReceiving = false
  #isQueued = false
  #isClosed = false

  constructor(program: Program, native: NativeHandle) {
    this.#program = program
    this.process = program.process
    this.#native = native
    this.#registry = registryOf(this.process)
    this.#hold = new Hold(this.#registry)
    if (!nativeHasRef(native)) this.#hold.unref()
    this.#registry.add(this)
  }

  #socket(family: number): number {
    if (this.fd >= 0) return 0
    const fd = this.process.socket(family, SOCK_DGRAM)
    if (fd < 0) return fd
    this.fd = fd
    this.family = family
    this.#file = this.process.descriptors.get(fd) as SocketFile
    this.#file.watch(this)
    return 0
  }

  /** uv__udp_maybe_deferred_bind. */
  #bound(family: number): number {
    if (this.fd >= 0) return 0
    return this.bind(family, family === AF_INET6 ? '::' : '0.0.0.0', 0, 0)
  }

  bind(family: number, text: string, port: number, flags = 0): number {
    const address = inetAddress(this.process, family, text, port)
    if (address === null) return uv(-EINVAL)
    if ((flags & IPV6_ONLY) !== 0 && family !== AF_INET6) return uv(-EINVAL)
    const made = this.#socket(family)
    if (made < 0) return uv(made)
    if ((flags & REUSE_ADDRESS) !== 0) this.process.setsockopt(this.fd, SOL_SOCKET, SO_REUSEADDR, 1)
    if ((flags & REUSE_PORT) !== 0) this.process.setsockopt(this.fd, SOL_SOCKET, SO_REUSEPORT, 1)
    if ((flags & IPV6_ONLY) !== 0) this.process.setsockopt(this.fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)
    const result = this.process.bind(this.fd, address)
    return uv(result === -EAFNOSUPPORT ? -EINVAL : result)
  }

  connect(family: number, text: string, port: number): number {
    if (this.#isConnected) return uv(-EISCONN)
    const address = inetAddress(this.process, family, text, port)
    if (address === null) return uv(-EINVAL)
    const made = this.#bound(family)
    if (made < 0) return made
    const result = this.process.connect(this.fd, address)
    this.#isConnected = result === 0
    return uv(result)
  }

  disconnect(): number {
    if (!this.#isConnected) return uv(-ENOTCONN)
    const result = this.process.connect(this.fd, { family: AF_UNSPEC })
    this.#isConnected = false
    return uv(result)
  }

  /** Zero: `request` hears later; n > 0: n - 1 bytes are sent; negative: it failed. */
  send(request: SendRequest, list: readonly Uint8Array[], address: SocketAddress | null): number {
    let length = 0
    for (const chunk of list) length += chunk.length
    const { trace } = this.process.sockets
    if (trace !== null && this.#file !== null) trace.written(this.#file, trace.here())
    if (this.#sends.length === 0) {
      const sent = this.#sendNow(list, address)
      if (sent >= 0) return length + 1
      if (sent !== -EAGAIN) return uv(sent)
    }
    this.#sends.push({ vectors: [...list], address, length, request })
    this.#settle()
    return 0
  }

  sendTo(family: number, request: SendRequest, list: readonly Uint8Array[], port: number, text: string): number {
    const address = inetAddress(this.process, family, text, port)
    if (address === null) return uv(-EINVAL)
    const made = this.#bound(family)
    return made < 0 ? made : this.send(request, list, address)
  }

  #sendNow(vectors: readonly Uint8Array[], address: SocketAddress | null): number {
    return this.process.sendmsg(this.fd, { vectors, address, flags: MSG_NOSIGNAL })
  }

  get queueSize(): number {
    return this.#sends.reduce((sum, { length }) => sum + length, 0)
  }

  get queueCount(): number {
    return this.#sends.length
  }

  recvStart(): number {
    const made = this.#bound(AF_INET)
    if (made < 0) return made
    this.#isReceiving = true
    this.#settle()
    this.#again()
    return 0
  }

  recvStop(): number {
    this.#isReceiving = false
    this.#settle()
    return 0
  }

  #settle(): void {
    const sending = this.#sends.length > 0
    this.interest = (this.#isReceiving ? Poll.IN : 0) | (sending ? Poll.OUT : 0)
    this.#hold.active = !this.#isClosed && (this.#isReceiving || sending)
  }

  notify(): void {
    this.#again()
  }

  #again(): void {
    if (this.#isQueued || this.#isClosed) return
    this.#isQueued = true
    this.process.host.clock.postCallback(this)
  }

  get #ready(): number {
    if (this.#isClosed || this.#file === null || !this.#program.alive || !this.process.isAlive) return 0
    const bits = this.#file.poll()
    if (this.#isReceiving && (bits & (Poll.IN | Poll.ERR)) !== 0) return Poll.IN
    return this.#sends.length > 0 && (bits & (Poll.OUT | Poll.ERR)) !== 0 ? Poll.OUT : 0
  }

  run(): void {
    this.#isQueued = false
    const ready = this.#ready
    if (ready === 0) return
    try {
      this.#scope.runInAsyncScope(ready === Poll.IN ? this.#receive : this.#flush, this)
    } catch (error) {
      uncaughtIn(this.#scope, error)
    }
    if (this.#ready !== 0) this.#again()
  }

  #receive(): void {
    const { process, fd } = this
    const size = (this.#file as SocketFile).ioctl(FIONREAD)
    const buffer = Buffer.allocUnsafeSlow(Math.min(Math.max(size, 0), DATAGRAM))
    const name: AddressOut = { length: 0, address: null }
    const n = process.recvfrom(fd, buffer, 0, name)
    if (n === -EAGAIN) return
    const face = this.#native as unknown as UdpFace
    if (n < 0) {
      face.onmessage?.(uv(n), this.#native)
      return
    }
    face.onmessage?.(n, this.#native, n === buffer.length ? buffer : buffer.subarray(0, n), this.#from(name))
  }

  #from({ address }: AddressOut): object {
    if (address === null || !('address' in address)) return {}
    const scope = address.scopeId ?? 0
    const link = scope === 0 ? undefined : this.process.host.stack.ip.interfaces.find(({ index }) => index === scope)
    return {
      address: link === undefined ? String(address.address) : `${String(address.address)}%${link.name}`,
      family: address.family === AF_INET6 ? 'IPv6' : 'IPv4',
      port: address.port,
    }
  }

  #flush(): void {
    const send = this.#sends[0] as PendingSend
    const sent = this.#sendNow(send.vectors, send.address)
    if (sent === -EAGAIN) return
    this.#sends.shift()
    this.#settle()
    send.request.oncomplete?.(sent < 0 ? uv(sent) : 0, send.length)
  }

  ref(): void {
    this.#hold.ref()
  }

  unref(): void {
    this.#hold.unref()
  }

  hasRef(): boolean {
    return this.#hold.isReferenced
  }

  close(callback?: () => void): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#file?.unwatch(this)
    if (this.fd >= 0) this.process.close(this.fd)
    this.#registry.delete(this)
    const canceled = this.#sends.splice(0)
    this.#settle()
    nativeClose(this.#native, () =>
      this.#scope.runInAsyncScope(() => {
        for (const { request } of canceled) request.oncomplete?.(uvNumber('ECANCELED'), 0)
        callback?.()
      }),
    )
  }

  mute(): void {
    this.#isClosed = true
    this.#sends.length = 0
    this.#hold.active = false
  }

  /** For options: there is a socket, or -EBADF. */
  get opened(): number {
    return this.fd < 0 ? -EBADF : 0
  }

  /** For memberships: there is a socket of the family that `text` is of. */
  openFor(text: string): number {
    return this.#bound(text.includes(':') ? AF_INET6 : AF_INET)
  }
}
