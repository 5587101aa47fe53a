/**
 * Where a program wrote to a `net.Socket`, noted as it calls: the stream may keep the bytes until it is connected, or until an
 * earlier write is through. In place only while a network with `trace` is open.
 */
import net from 'node:net'
import type { CallSite } from '../../socket/index.ts'
import { currentProgram } from '../current.ts'
import type { SocketFields } from '../internals.ts'
import { connectionOf } from './stream-handle.ts'

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

const note = (socket: SocketFields): void => {
  const site = currentProgram()?.process.sockets.trace?.here() ?? null
  if (site === null) return
  const handle = socket._handle as { _parent?: unknown } | null | undefined
  // TLS has its stream below.
  const connection = connectionOf(handle) ?? connectionOf(handle?._parent)
  if (connection === undefined) early.set(socket, site)
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
