/**
 * The few things a driver needs of the runtime it lives in. The default uses what every runtime has; Node's own, with
 * `setImmediate` and a synchronous drain of ticks and microtasks, is given by the node entry.
 */
export interface Platform {
  /** Run `fn` in a macrotask of its own, soon, after the macrotasks that already wait. */
  macrotask(fn: () => void): void
  /** Run everything that microtasks (and ticks) still have to do, now. False when this runtime cannot: a hop does it then. */
  drainMicrotasks(): boolean
  /**
   * Something of the runtime waits for its turn (an immediate, a handle that closes), so that more than what was ready at once must
   * not be done in this macrotask. Absent: nobody can tell.
   */
  mustYield?(): boolean
  /** A clock that only goes forward: milliseconds with a fraction. */
  now(): number
  /** Call `fn` once in so many milliseconds, not early by more than one. Does not keep a process alive. Returns the cancel. */
  setTimer(milliseconds: number, fn: () => void): () => void
  /** Whether the process must stay alive though nothing is due; called on changes only. */
  keepAlive(on: boolean): void
}

/** What would keep a process alive has these in Node, and nothing of the kind elsewhere. */
interface Referable {
  ref?(): void
  unref?(): void
}

/** A message port as every runtime has it; Node's types know the setter under another class. */
interface Port extends Referable {
  onmessage: (() => void) | null
}

/** An interval that does nothing but keep a Node process alive, hours apart. */
const NEVER_MS = 2_000_000_000

/** A platform from `MessageChannel`, `performance.now` and `setTimeout`: browsers, workers, Deno, Bun, and Node too. */
export const portablePlatform = (): Platform => {
  const channel = new MessageChannel()
  const port = channel.port1 as unknown as Port
  const queue: (() => void)[] = []
  let alive: ReturnType<typeof setInterval> | null = null
  port.onmessage = () => {
    const fn = queue.shift()
    if (queue.length === 0) port.unref?.()
    fn?.()
  }
  port.unref?.()
  return {
    macrotask(fn) {
      if (queue.push(fn) === 1) port.ref?.()
      channel.port2.postMessage(null)
    },
    drainMicrotasks: () => false,
    now: () => performance.now(),
    setTimer(milliseconds, fn) {
      const timer: ReturnType<typeof setTimeout> & Referable = setTimeout(fn, milliseconds)
      timer.unref?.()
      return () => clearTimeout(timer)
    },
    keepAlive(on) {
      if (alive !== null) clearInterval(alive)
      alive = on ? setInterval(() => undefined, NEVER_MS) : null
    },
  }
}
