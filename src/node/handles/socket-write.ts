/**
 * The short way of `net.Socket` writes: from JavaScript straight into the virtual socket, without a request object and a native
 * call. Sockets of the kernel, and those that still connect, take the original way.
 */
import net from 'node:net'
import type { CallSite } from '../../socket/index.ts'
import { currentProgram } from '../current.ts'
import { errnoException, internals, type SocketFields, type WritevChunk } from '../internals.ts'
import { connectionOf } from './stream-handle.ts'

type WriteGeneric = (
  this: SocketFields,
  isMany: boolean,
  data: unknown,
  encoding: string,
  callback: (error?: Error | null) => void,
) => unknown

const bytesOf = (chunk: string | Uint8Array, encoding: string): Uint8Array =>
  typeof chunk === 'string' ? Buffer.from(chunk, encoding as BufferEncoding) : chunk

/** `_writev` gives entries; when all are buffers, the buffers alone (lib/internal/stream_base_commons.js). */
const vectorOf = (data: unknown): Uint8Array[] => {
  const chunks = data as (WritevChunk | Uint8Array)[] & { allBuffers?: boolean }
  return chunks.map((entry) => (entry instanceof Uint8Array ? entry : bytesOf(entry.chunk, entry.encoding)))
}

/** Where a socket that still connects was written to: Node writes when it is connected. */
const early = new WeakMap<SocketFields, CallSite>()
let hasEarly = false

const noteEarly = (socket: SocketFields): void => {
  const site = currentProgram()?.process.sockets.trace?.here() ?? null
  if (site === null) return
  hasEarly = true
  early.set(socket, site)
}

const takeEarly = (socket: SocketFields): CallSite | null => {
  if (!hasEarly) return null
  const site = early.get(socket) ?? null
  early.delete(socket)
  return site
}

export const installSocketWrite = (): void => {
  const prototype = net.Socket.prototype as unknown as { _writeGeneric: WriteGeneric }
  const original = prototype._writeGeneric
  const { kLastWriteQueueSize } = internals()
  prototype._writeGeneric = function _writeGeneric(this: SocketFields, isMany, data, encoding, callback) {
    const connection = this.connecting ? undefined : connectionOf(this._handle)
    if (this.connecting) noteEarly(this)
    if (connection === undefined) return original.call(this, isMany, data, encoding, callback)
    this._pendingData = null
    this._pendingEncoding = ''
    this._unrefTimer()
    const buffers = isMany ? vectorOf(data) : [bytesOf(data as string | Uint8Array, encoding)]
    const result = connection.write(
      buffers,
      (status) => {
        // What onWriteComplete does.
        if (status < 0) {
          callback(errnoException(status, 'write'))
          return
        }
        if (!this.destroyed) {
          this._unrefTimer()
          this[kLastWriteQueueSize] = 0
        }
        callback(null)
      },
      takeEarly(this),
    )
    if (result < 0) callback(errnoException(result, 'write'))
    else if (result === 0) callback()
    else this[kLastWriteQueueSize] = connection.writeQueueSize
    return undefined
  }
}
