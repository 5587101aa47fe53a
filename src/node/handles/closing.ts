/**
 * libuv calls close callbacks in a phase of their own, after the immediates of a turn. Programs can see the order, so virtual
 * handles close together with a real one that was never opened.
 */

import { internals, type NativeHandle } from '../internals.ts'
import { drainTicks } from '../ticks.ts'
import type { Connection } from './connection.ts'
import { nativeClose } from './native.ts'

let queue: (() => void)[] = []

const runAll = (): void => {
  const closing = queue
  queue = []
  // The last handle to be closed is told first (uv__make_close_pending).
  for (let i = closing.length - 1; i >= 0; i--) {
    ;(closing[i] as () => void)()
    if (i > 0) drainTicks()
  }
}

/** Call back in the closing phase of this turn of the loop. */
export const afterClosing = (callback: () => void): void => {
  queue.push(callback)
  if (queue.length > 1) return
  const { TCP } = internals()
  nativeClose(new TCP(0) as NativeHandle, runAll)
}

/** uv_close of a stream: its requests are canceled, then `callback`. With the real handle `shell`, if it has one. */
export const closeConnection = (connection: Connection, shell: NativeHandle | null, callback?: () => void): void => {
  if (connection.isClosed) return
  const rest = connection.close()
  const done = (): void => rest(callback)
  if (shell === null) afterClosing(done)
  else nativeClose(shell, done)
}
