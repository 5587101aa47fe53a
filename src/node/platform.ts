import { AsyncLocalStorage } from 'node:async_hooks'
// By import: the global ones are the running program's own while one runs.
import { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from 'node:timers'
import type { Platform } from '../network/platform.ts'
import { withoutOrigin } from './call-context.ts'
import { isClosing } from './handles/native.ts'
import { nodeInternals } from './loader/internals.ts'
import { drainTicks } from './ticks.ts'

/** Hours apart: it only keeps the process alive. */
const NEVER_MS = 2_000_000_000

/** The network's turns belong to no program, whoever woke it. */
const outside = AsyncLocalStorage.snapshot()

let immediates: Readonly<Record<number, number>> | null = null

/** Programs have immediates that wait. A Node that does not show them is taken to have some: each generation in a turn of its own. */
const immediatesWait = (): boolean => {
  try {
    immediates ??= nodeInternals().immediates
  } catch {
    immediates = { 0: 1 }
  }
  return (immediates[0] ?? 1) > 0
}

/**
 * Node as the runtime of a network: macrotasks by `setImmediate`, and ticks and microtasks drained between two callbacks,
 * so that their order is the one that sockets of the kernel give (measured equal on Node 20 and 24).
 */
export const nodePlatform = (): Platform => {
  let alive: NodeJS.Timeout | null = null
  return {
    macrotask(fn) {
      withoutOrigin(outside(setImmediate, fn))
    },
    drainMicrotasks: drainTicks,
    mustYield: () => isClosing() || immediatesWait(),
    now: () => performance.now(),
    setTimer(milliseconds, fn) {
      const timer = withoutOrigin(outside(() => setTimeout(fn, milliseconds)))
      timer.unref()
      return () => clearTimeout(timer)
    },
    keepAlive(on) {
      if (alive !== null) clearInterval(alive)
      alive = on ? outside(() => setInterval(() => undefined, NEVER_MS)) : null
    },
  }
}
