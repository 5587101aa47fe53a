import type { Platform } from '../network/platform.ts'

/** Node's own queue runner: ticks, then microtasks, until both are empty. Private, there in 20 to 26, and what `MakeCallback` calls. */
interface WithTickCallback {
  readonly _tickCallback?: () => void
}

/** Hours apart: it only keeps the process alive. */
const NEVER_MS = 2_000_000_000

/**
 * Node as the runtime of a network: macrotasks by `setImmediate`, and ticks and microtasks drained between two callbacks,
 * so that their order is the one that sockets of the kernel give (measured equal on Node 20 and 24).
 */
export const nodePlatform = (): Platform => {
  const tick = (process as unknown as WithTickCallback)._tickCallback
  let alive: NodeJS.Timeout | null = null
  return {
    macrotask(fn) {
      setImmediate(fn)
    },
    drainMicrotasks() {
      if (tick === undefined) return false
      tick.call(process)
      return true
    },
    now: () => performance.now(),
    setTimer(milliseconds, fn) {
      const timer = setTimeout(fn, milliseconds)
      timer.unref()
      return () => clearTimeout(timer)
    },
    keepAlive(on) {
      if (alive !== null) clearInterval(alive)
      alive = on ? setInterval(() => undefined, NEVER_MS) : null
    },
  }
}
