import { internals, type NativeHandle, type SocketFields } from '../internals.ts'
import { connectionOf, type StreamHandle } from './stream-handle.ts'

/**
 * The socket that owns a native handle gets the virtual stream instead, by hand: lib/net.js's own way (kReinitializeHandle)
 * would forget an early `end()`. A TLS socket keeps its TLSWrap, which stands on the stream already.
 */
export const takePlace = (native: NativeHandle, stream: StreamHandle): void => {
  const { owner, kBuffer } = internals()
  const socket = native[owner] as SocketFields | null | undefined
  if (socket === undefined || socket === null) return
  stream[owner] = socket
  if (socket._handle !== (native as object)) return
  const old = native as unknown as { onread: unknown; reading?: boolean }
  socket._handle = stream
  // What a program has hung on the handle (a wrapped method, say) goes with it.
  Object.assign(stream, native)
  // TLS that began before the connection did: its parent is the socket's handle.
  const wrapper = connectionOf(stream)?.wrapper as { _parent?: object } | null | undefined
  if (wrapper?._parent === native) wrapper._parent = stream
  stream.onread = old.onread
  stream.reading = old.reading ?? false
  const buffer = socket[kBuffer]
  if (buffer instanceof Uint8Array) stream.useUserBuffer(buffer)
}
