import type { Platform } from '../../src/network/platform.ts'

/**
 * A runtime in the hands of a test: macrotasks, microtasks, timers and the clock move only when told. With `drains` it
 * can run microtasks synchronously, as Node can.
 */
export class ManualPlatform implements Platform {
  time = 1000
  alive = false
  readonly timers: { at: number; fn: () => void }[] = []
  readonly #drains: boolean
  readonly #macrotasks: (() => void)[] = []
  readonly #microtasks: (() => void)[] = []

  constructor(drains = true) {
    this.#drains = drains
  }

  macrotask(fn: () => void): void {
    this.#macrotasks.push(fn)
  }

  drainMicrotasks(): boolean {
    if (this.#drains) this.#runMicrotasks()
    return this.#drains
  }

  now(): number {
    return this.time
  }

  setTimer(milliseconds: number, fn: () => void): () => void {
    const timer = { at: this.time + milliseconds, fn }
    this.timers.push(timer)
    return () => {
      const at = this.timers.indexOf(timer)
      if (at >= 0) this.timers.splice(at, 1)
    }
  }

  keepAlive(on: boolean): void {
    this.alive = on
  }

  /** What a program would do with `queueMicrotask`. */
  microtask(fn: () => void): void {
    this.#microtasks.push(fn)
  }

  get waiting(): number {
    return this.#macrotasks.length
  }

  /** One turn of the event loop; false when there was nothing to do. */
  turn(): boolean {
    const fn = this.#macrotasks.shift()
    if (fn === undefined) return false
    fn()
    this.#runMicrotasks()
    return true
  }

  /** Turns until nothing waits, at most `limit`. */
  settle(limit = 10_000): void {
    for (let i = 0; this.turn(); i++) if (i > limit) throw new Error('the event loop does not come to rest')
  }

  /** Let the clock go on by so many milliseconds; timers that are due fire, one macrotask each. */
  pass(milliseconds: number): void {
    this.time += milliseconds
    for (const timer of [...this.timers]) {
      if (timer.at > this.time) continue
      this.timers.splice(this.timers.indexOf(timer), 1)
      timer.fn()
      this.#runMicrotasks()
    }
  }

  #runMicrotasks(): void {
    for (let fn = this.#microtasks.shift(); fn !== undefined; fn = this.#microtasks.shift()) fn()
  }
}
