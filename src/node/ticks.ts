import process from 'node:process'
import { currentProgram } from './current.ts'
import { nodeInternals } from './loader/internals.ts'

/** Node's own queue runner: ticks, then microtasks, until both are empty. Private, there in 20 to 26, and what `MakeCallback` calls. */
interface WithTickCallback {
  readonly _tickCallback?: () => void
}

const tick = (process as unknown as WithTickCallback)._tickCallback

/**
 * Run every tick and microtask that waits. False: this Node hides them.
 *
 * What a program's tick throws is uncaught there and then, as it is when Node runs the queue. Whoever throws, the callback that
 * was running is still on Node's stack of them, which must not be found there by the macrotask that we are in.
 */
export const drainTicks = (): boolean => {
  if (tick === undefined) return false
  for (;;) {
    try {
      tick.call(process)
      return true
    } catch (error) {
      const { uncaught, clearAsyncIdStack } = nodeInternals()
      const isProgram = currentProgram() !== undefined
      if (isProgram) uncaught(error, false)
      clearAsyncIdStack()
      if (!isProgram) throw error
    }
  }
}
