/**
 * TLS on virtual hosts: Node's own (native) TLS stands on the virtual stream. A TLS client has its TLSWrap before it connects, so
 * the wrap is where the program is asked for.
 */

import { decidePipe } from './handles/pipe.ts'
import { connectionOf } from './handles/stream-handle.ts'
import { decideTcp } from './handles/tcp.ts'
import { internals, type Methods, type NativeHandle } from './internals.ts'

/** Handle, secure context, is it the server, and what newer Nodes add. */
type Wrap = (handle: unknown, ...rest: unknown[]) => Methods

export const installTls = (): void => {
  const binding = internals().tls as unknown as { wrap: Wrap }
  const { TCP, Pipe } = internals()
  const streamOf = (handle: unknown): unknown => {
    if (connectionOf(handle) !== undefined) return handle
    const { constructor: kind } = handle as object
    const shell =
      kind === TCP ? decideTcp(handle as NativeHandle) : kind === Pipe ? decidePipe(handle as NativeHandle) : null
    return shell?.toStream() ?? handle
  }
  const { wrap } = binding
  binding.wrap = (handle, ...rest) => {
    const stream = streamOf(handle)
    const wrapped = wrap(stream, ...rest)
    const connection = connectionOf(stream)
    if (connection !== undefined) {
      connection.wrapper = wrapped
      connection.toNative()
    }
    return wrapped
  }
}
