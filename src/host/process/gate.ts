/**
 * The gate of a process: every call of its promise face goes through here, which makes stopping and killing real.
 *
 * A call is tried at once; one that would block waits for readiness, a deadline or a signal and is tried again. While the
 * process is stopped no call is tried and none completes; once it is dead none ever does. Completion happens in a user
 * callback of the clock, so that what the program does next comes after the packets of that moment, as in a kernel.
 */
import type { OpenFile, Watcher } from '../../socket/file.ts'
import type { Deadline, Job, Scheduler } from '../../time/scheduler.ts'

/** What an attempt answers when it would block. */
export const AGAIN: unique symbol = Symbol('would block')
export type Again = typeof AGAIN

/** A call that may have to wait. */
export interface Attempt<T> {
  /** Try it: the result, or `AGAIN`. */
  run(): T | Again
  /** What it waits for: descriptions and `Poll` bits. Asked when it has to wait. */
  watched(): readonly (readonly [OpenFile, number])[]
  /** When it gives up, nanoseconds since the network's start; Infinity: never. */
  readonly deadline: number
  /** Result at the deadline. */
  timedOut(): T
  /** Result when a handled signal interrupts it. */
  interrupted(): T
  /** SA_RESTART lets it go on waiting (signal(7): not poll, select, sleep, nor sockets with a timeout). */
  readonly restarts: boolean
}

/** Immediate answers a process may take without letting anybody else run: an endless loop stays killable. */
const BURST = 256

class FileWatcher implements Watcher {
  readonly file: OpenFile
  readonly interest: number
  readonly #waiting: { post(): void }

  constructor(file: OpenFile, interest: number, waiting: { post(): void }) {
    this.file = file
    this.interest = interest
    this.#waiting = waiting
    file.watch(this)
  }

  notify(): void {
    this.#waiting.post()
  }
}

class Waiting<T> implements Job, Deadline {
  next: Job | null = null
  heapId = -1
  isInterrupted = false
  readonly restarts: boolean
  readonly #gate: Gate
  readonly #attempt: Attempt<T>
  readonly #resolve: (value: T) => void
  #watchers: FileWatcher[]
  #posted = false
  #done = false

  constructor(gate: Gate, attempt: Attempt<T>, resolve: (value: T) => void) {
    this.#gate = gate
    this.#attempt = attempt
    this.#resolve = resolve
    this.restarts = attempt.restarts
    this.#watchers = attempt.watched().map(([file, bits]) => new FileWatcher(file, bits, this))
    if (attempt.deadline !== Number.POSITIVE_INFINITY) gate.clock.arm(this, attempt.deadline)
  }

  post(): void {
    if (this.#posted || this.#done) return
    this.#posted = true
    this.#gate.clock.postCallback(this)
  }

  expire(): void {
    this.post()
  }

  waitsFor(file: OpenFile): boolean {
    return this.#watchers.some((watcher) => watcher.file === file)
  }

  run(): void {
    this.#posted = false
    // Stopped: `Gate.resume` posts it again.
    if (this.#done || !this.#gate.isOpen) return
    const attempt = this.#attempt
    const result = attempt.run()
    if (result !== AGAIN) this.#finish(result)
    else if (!this.#gate.isOpen) return
    else if (this.isInterrupted) this.#finish(attempt.interrupted())
    else if (this.#gate.clock.now >= attempt.deadline) this.#finish(attempt.timedOut())
  }

  #finish(value: T): void {
    this.forget()
    this.#gate.finished(this)
    this.#resolve(value)
  }

  /** Let go of everything; the promise then never settles. */
  forget(): void {
    this.#done = true
    for (const watcher of this.#watchers) watcher.file.unwatch(watcher)
    this.#watchers = []
    this.#gate.clock.disarm(this)
  }
}

export class Gate {
  readonly clock: Scheduler
  readonly #waiting = new Set<Waiting<never>>()
  #stopped = false
  #dead = false
  #burst = 0
  #steps = -1

  constructor(clock: Scheduler) {
    this.clock = clock
  }

  /** The process runs: neither stopped nor dead. */
  get isOpen(): boolean {
    return !this.#stopped && !this.#dead
  }

  get isDead(): boolean {
    return this.#dead
  }

  /** Calls that wait. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** The result of `attempt`: at once when it can be had, else once it can. */
  pass<T>(attempt: Attempt<T>): Promise<T> {
    const now = this.isOpen && this.#mayAnswerNow()
    if (now) {
      const result = attempt.run()
      if (result !== AGAIN) return this.#dead ? never() : Promise.resolve(result)
    }
    if (this.#dead) return never()
    return new Promise<T>((resolve) => {
      const waiting = new Waiting(this, attempt, resolve)
      this.#waiting.add(waiting as unknown as Waiting<never>)
      // Not tried yet: that is for the next callback (or, of a stopped process, for `resume`).
      if (!now) waiting.post()
    })
  }

  #mayAnswerNow(): boolean {
    const { steps } = this.clock
    if (steps !== this.#steps) {
      this.#steps = steps
      this.#burst = 0
    }
    return ++this.#burst <= BURST
  }

  finished(waiting: object): void {
    this.#waiting.delete(waiting as Waiting<never>)
  }

  /** A handled signal came: calls that wait end, unless `restart` lets them go on. */
  interrupt(restart: boolean): void {
    for (const waiting of this.#waiting) {
      if (restart && waiting.restarts) continue
      waiting.isInterrupted = true
      waiting.post()
    }
  }

  /** A descriptor was closed under a call that waits: it is tried again and finds EBADF. */
  closed(file: OpenFile): void {
    for (const waiting of this.#waiting) if (waiting.waitsFor(file)) waiting.post()
  }

  stop(): void {
    this.#stopped = true
  }

  resume(): void {
    if (!this.#stopped) return
    this.#stopped = false
    for (const waiting of this.#waiting) waiting.post()
  }

  kill(): void {
    this.#dead = true
    for (const waiting of this.#waiting) waiting.forget()
    this.#waiting.clear()
  }
}

/** The promise of a dead process: it never settles, and what awaits it can be collected. */
const never = <T>(): Promise<T> => new Promise<T>(() => undefined)
