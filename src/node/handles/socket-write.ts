/**
 * The short way of `net.Socket` writes: from JavaScript straight into the virtual socket, without a request object and a native
 * call. Sockets of the kernel, and those that still connect, take the original way.
 */
import net from 'node:net'
import { errnoException, internals, type SocketFields, type WritevChunk } from '../internals.ts'
import { connectionOf } from './stream-handle.ts'
import { earlySite, passEarly } from './write-sites.ts'

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

export const installSocketWrite = (): void => {
  const prototype = net.Socket.prototype as unknown as { _writeGeneric: WriteGeneric }
  const original = prototype._writeGeneric
  const { kLastWriteQueueSize } = internals()
  prototype._writeGeneric = function _writeGeneric(this: SocketFields, isMany, data, encoding, callback) {
    const connection = this.connecting ? undefined : connectionOf(this._handle)
    if (connection === undefined) {
      if (!this.connecting) passEarly(this)
      return original.call(this, isMany, data, encoding, callback)
    }
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
      earlySite(this),
    )
    if (result < 0) callback(errnoException(result, 'write'))
    else if (result === 0) callback()
    else this[kLastWriteQueueSize] = connection.writeQueueSize
    return undefined
  }
}
