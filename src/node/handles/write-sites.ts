/**
 * Where a program wrote to a `net.Socket`, noted as it calls: the stream may keep the bytes until it is connected, or until an
 * earlier write is through. In place only while a network with `trace` is open.
 */
import net from 'node:net'
import type { CallSite } from '../../socket/index.ts'
import { currentProgram } from '../current.ts'
import { internals, type NativeHandle, type SocketFields } from '../internals.ts'
import type { Connection } from './connection.ts'
import { decidePipe } from './pipe.ts'
import { connectionOf } from './stream-handle.ts'
import { decideTcp } from './tcp.ts'

/** Sockets that were written to before they had a connection. */
const early = new WeakMap<object, CallSite>()
let isWatching = false

/** The line that wrote to a socket while it still connected: told once. */
export const earlySite = (socket: object): CallSite | null => {
  if (!isWatching) return null
  const site = early.get(socket) ?? null
  early.delete(socket)
  return site
}

/** The connection of a socket. TLS has its stream below: the parent, or what that stands for. */
const streamOf = (handle: { _parent?: unknown } | null | undefined): Connection | undefined => {
  const found = connectionOf(handle) ?? connectionOf(handle?._parent)
  if (found !== undefined || typeof handle?._parent !== 'object' || handle._parent === null) return found
  const parent = handle._parent as NativeHandle
  const { TCP, Pipe } = internals()
  const kind: unknown = parent.constructor
  const shell = kind === TCP ? decideTcp(parent) : kind === Pipe ? decidePipe(parent) : null
  return connectionOf(shell?.toStream())
}

/** What was written early to a socket goes down by Node's own way: TLS. */
export const passEarly = (socket: SocketFields): void => {
  const site = earlySite(socket)
  if (site !== null) streamOf(socket._handle as object | null)?.noteWrite(site)
}

const note = (socket: SocketFields): void => {
  const site = currentProgram()?.process.sockets.trace?.here() ?? null
  if (site === null) return
  const connection = streamOf(socket._handle as object | null)
  if (connection === undefined || connection.fd < 0) early.set(socket, site)
  else connection.noteWrite(site)
}

type Call = (this: SocketFields, ...args: unknown[]) => unknown

/** Note writes until the result is called. */
export const watchWrites = (): (() => void) => {
  const prototype = net.Socket.prototype as unknown as Record<'write' | 'end', Call>
  const { write, end } = prototype
  const ownWrite = Object.getOwnPropertyDescriptor(prototype, 'write')
  isWatching = true
  prototype.write = function (...args) {
    note(this)
    return write.apply(this, args)
  }
  prototype.end = function (...args) {
    // Without data it is no write.
    if (args.length > 0 && args[0] !== null && typeof args[0] !== 'function') note(this)
    return end.apply(this, args)
  }
  return () => {
    isWatching = false
    if (ownWrite === undefined) delete (prototype as Partial<typeof prototype>).write
    else Object.defineProperty(prototype, 'write', ownWrite)
    prototype.end = end
  }
}
