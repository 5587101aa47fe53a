/** When a process has nothing left to wait for: no call under way, no timer, no handle. Then it ends by itself, as Node does. */
import type { Registry } from '../handles/registry.ts'

/** A timer or immediate of Node. */
export interface TimerLike {
  hasRef(): boolean
  readonly _destroyed?: boolean
}

const later = setImmediate

export class Liveness {
  readonly #registry: Registry
  readonly #onIdle: () => void
  readonly #timers = new Set<TimerLike>()
  #pending = 0
  #isChecking = false
  #isListening = false
  #isOver = false

  /** @param onIdle - called when nothing is left; again after each time that something has been */
  constructor(registry: Registry, onIdle: () => void) {
    this.#registry = registry
    this.#onIdle = onIdle
  }

  /** Something is under way, which also keeps the real process alive, until the returned function is called. */
  hold(): () => void {
    let isHeld = !this.#isOver
    if (isHeld) {
      this.#pending++
      this.#registry.change(1)
    }
    return () => {
      if (!isHeld || this.#isOver) return
      isHeld = false
      this.#pending--
      this.#registry.change(-1)
      this.touch()
    }
  }

  addTimer(timer: TimerLike): void {
    this.#timers.add(timer)
  }

  deleteTimer(timer: TimerLike): void {
    if (this.#timers.delete(timer)) this.touch()
  }

  get timers(): Iterable<TimerLike> {
    return this.#timers
  }

  /** Something may have been the last: look once the running code, its ticks and its microtasks are through. */
  touch(): void {
    if (this.#isChecking || this.#isOver || this.#pending > 0) return
    this.#isChecking = true
    later(this.#check)
  }

  /** After `beforeExit`: `isStillIdle` is called if that has started nothing. */
  recheck(isStillIdle: () => void): void {
    if (this.#pending > 0 || this.#hasTimer() || this.#registry.isHeld) this.touch()
    else isStillIdle()
  }

  /** Never ask again; nothing is held any more. */
  over(): void {
    if (this.#isOver) return
    this.#isOver = true
    if (this.#pending > 0) this.#registry.change(-this.#pending)
    this.#pending = 0
    this.#timers.clear()
  }

  readonly #check = (): void => {
    this.#isChecking = false
    if (this.#isOver || this.#pending > 0 || this.#hasTimer()) return
    if (!this.#registry.isHeld) this.#onIdle()
    else if (!this.#isListening) {
      this.#isListening = true
      this.#registry.onIdle(() => {
        this.#isListening = false
        this.touch()
      })
    }
  }

  #hasTimer(): boolean {
    for (const timer of this.#timers) {
      if (timer._destroyed === true) this.#timers.delete(timer)
      else if (timer.hasRef()) return true
    }
    return false
  }
}
