/**
 * What drives a network: runs what is due, one user callback at a time with its microtasks drained before the next, and
 * moves time when nothing is left.
 *
 * One macrotask does a bounded amount of this, then the event loop turns, so that a busy network starves nobody. Two
 * callbacks that become ready at one instant see the order that a kernel would give them: the first one's ticks and
 * microtasks run before the second (measured equal to Node on kernel sockets).
 */
import type { Job, Scheduler } from '../time/scheduler.ts'
import type { Platform } from './platform.ts'

/** User callbacks in one macrotask. */
const CALLBACKS = 256
/** Jobs and deadlines in one macrotask: some milliseconds of work. */
const JOBS = 16_384

export interface DriverOptions {
  readonly platform: Platform
  /**
   * Gets what a user's callback (or a failed invariant of the simulator) throws; the network goes on. Unless given, the error is
   * thrown again from a macrotask of its own, where the runtime reports it as uncaught.
   */
  readonly onError?: (error: unknown) => void
  /** Steps at one instant after which the network is taken to run in circles; ten million unless given. */
  readonly livelock?: number
}

export interface Driver {
  /** Begin to run; before it, work only gathers. */
  start(): void
  /** Stop for good: nothing runs any more, and promises of `run` calls are rejected. */
  close(): void
  /** Note an open activity (a running program): in real time the process stays alive until the returned function is called. */
  hold(): () => void
}

/** How a turn ended. */
export const Turn = {
  /** Nothing is due, and no user code ran. */
  IDLE: 0,
  /** Nothing is due; user code ran and may have left macrotasks of its own. */
  RAN: 1,
  /** More is due: let the event loop turn, then go on. */
  MORE: 2,
  /** Code that the next callback may need is being fetched: go on once the clock says `resumed`, and let no time pass until then. */
  SUSPENDED: 3,
} as const
export type Turn = (typeof Turn)[keyof typeof Turn]

/** A network that does more and more work without time passing. */
export class LivelockError extends Error {
  override readonly name = 'LivelockError'
}

/** One turn of the loop that both drivers share. */
export class Loop {
  readonly clock: Scheduler
  readonly platform: Platform
  readonly #onError: (error: unknown) => void
  readonly #livelock: number
  #instant = 0
  #instantSteps = 0

  constructor(clock: Scheduler, options: DriverOptions) {
    const { platform } = options
    this.clock = clock
    this.platform = platform
    this.#livelock = options.livelock ?? 10_000_000
    this.#onError =
      options.onError ??
      ((error) =>
        platform.macrotask(() => {
          throw error
        }))
  }

  /**
   * Run what is due now, at most `limit` steps and one macrotask's worth.
   *
   * @throws LivelockError
   */
  turn(limit = Infinity): Turn {
    const clock = this.clock
    this.#checkLivelock()
    const stop = clock.steps + Math.min(limit, JOBS)
    let ran = false
    let last: Job | null = null
    for (let callbacks = 0; callbacks < CALLBACKS; callbacks++) {
      this.#runJobs(stop)
      if (clock.steps >= stop) return Turn.MORE
      if (clock.suspended > 0) return Turn.SUSPENDED
      last ??= clock.startGeneration()
      if (!this.#runCallback()) return ran ? Turn.RAN : Turn.IDLE
      ran = true
      if (!this.#drain()) return Turn.MORE
      // What these callbacks led to comes in a later turn of the event loop, if anybody can tell the difference.
      if (clock.ran !== last) continue
      if (this.platform.mustYield?.() === true) return Turn.MORE
      last = null
    }
    return Turn.MORE
  }

  report(error: unknown): void {
    this.#onError(error)
  }

  #runJobs(stop: number): void {
    for (;;) {
      try {
        this.clock.runJobs(stop - this.clock.steps)
        return
      } catch (error) {
        this.#onError(error)
      }
    }
  }

  #runCallback(): boolean {
    try {
      return this.clock.runCallback()
    } catch (error) {
      this.#onError(error)
      return true
    }
  }

  #drain(): boolean {
    try {
      return this.platform.drainMicrotasks()
    } catch (error) {
      this.#onError(error)
      return false
    }
  }

  #checkLivelock(): void {
    const { now, steps } = this.clock
    if (now !== this.#instant) {
      this.#instant = now
      this.#instantSteps = steps
    } else if (steps - this.#instantSteps > this.#livelock) {
      throw new LivelockError(
        `livelock: ${steps - this.#instantSteps} steps at ${now} ns without time passing; a routing or switching loop, or programs that wake each other without end`,
      )
    }
  }
}
