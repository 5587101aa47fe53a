/**
 * TLS on virtual hosts: Node's own (native) TLS stands on the virtual stream. A TLS client has its TLSWrap before it connects, so
 * the wrap is where the program is asked for.
 */

import { connectionOf } from './handles/stream-handle.ts'
import { decideTcp } from './handles/tcp.ts'
import { internals, type Methods, type NativeHandle } from './internals.ts'

/** Handle, secure context, is it the server, and what newer Nodes add. */
type Wrap = (handle: unknown, ...rest: unknown[]) => Methods

export const installTls = (): void => {
  const binding = internals().tls as unknown as { wrap: Wrap }
  const { TCP } = internals()
  const { wrap } = binding
  binding.wrap = (handle, ...rest) => {
    const isShell = connectionOf(handle) === undefined && (handle as object).constructor === TCP
    const stream = isShell ? (decideTcp(handle as NativeHandle)?.toStream() ?? handle) : handle
    const wrapped = wrap(stream, ...rest)
    const connection = connectionOf(stream)
    if (connection !== undefined) {
      connection.wrapper = wrapped
      connection.toNative()
    }
    return wrapped
  }
}
