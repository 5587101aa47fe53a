/**
 * The one clock of a network and everything that waits for it.
 *
 * Time is integer nanoseconds in a double, counted from the network's start. What is due now sits in FIFOs (packets and
 * other work of the simulator; callbacks of users); what is due later sits in one heap of (time, seq). Nothing here knows
 * whether time is virtual or real: a driver runs what is ready, then moves time.
 */
import { DeadlineHeap } from './heap.ts'

/** Nanoseconds. */
export const US = 1000
export const MS = 1_000_000
export const SECOND = 1_000_000_000

/** What can be read of time. */
export interface Clock {
  /** Nanoseconds since the network's start. */
  readonly now: number
}

/** Work that is due now. Intrusive: it is in at most one queue. */
export interface Job {
  next: Job | null
  run(): void
}

/** Work that is due later. Armed at most once; arming again moves it. `heapId` belongs to the heap. */
export interface Deadline {
  heapId: number
  /** Called with the clock at the armed time, in real time too. May arm again. */
  expire(): void
}

/** A deadline around a function, for what is not on a hot path. */
export class Timer implements Deadline {
  heapId = -1
  readonly #action: () => void

  constructor(action: () => void) {
    this.#action = action
  }

  expire(): void {
    this.#action()
  }
}

class Fifo {
  head: Job | null = null
  tail: Job | null = null

  push(job: Job): void {
    job.next = null
    if (this.tail === null) this.head = job
    else this.tail.next = job
    this.tail = job
  }

  /** Everything of `other` comes first; it is empty then. */
  prepend(other: Fifo): void {
    if (other.tail === null) return
    other.tail.next = this.head
    this.head = other.head
    this.tail ??= other.tail
    other.head = null
    other.tail = null
  }

  shift(): Job | null {
    const job = this.head
    if (job === null) return null
    this.head = job.next
    if (this.head === null) this.tail = null
    job.next = null
    return job
  }
}

export class Scheduler implements Clock {
  /** A double from the start (see the constructor), so that no compiled code is thrown away when time grows large. */
  #now = Number.NaN
  /**
   * Set by a real-time driver while it sleeps: reads the time, once, for whoever comes first from outside. Then the clock
   * stands still again until the driver has run, so that one instant stays one instant.
   */
  outside: (() => number) | null = null
  readonly #jobs = new Fifo()
  readonly #callbacks = new Fifo()
  readonly #pending = new Fifo()
  readonly #heap = new DeadlineHeap()
  /** Called when work is posted or a deadline armed while the driver sleeps. Set by the driver. */
  wake: (() => void) | null = null
  /** Work done since the start: jobs, callbacks and deadlines (a bound against livelock reads it). */
  steps = 0
  /** The callback that ran last. */
  ran: Job | null = null
  /** While above zero a driver runs no callback and time stands still: code that one of them needs is being fetched. */
  suspended = 0
  /** Called when that is over. Set by the driver. */
  resumed: (() => void) | null = null

  constructor() {
    this.#now = 0
  }

  /** Nanoseconds since the network's start. It never passes a deadline that has not expired, not even in real time. */
  get now(): number {
    if (this.outside !== null) this.#awake(this.outside)
    return this.#now
  }

  /** Queue work of the simulator for now. Packets come this way: `packet.target = sink; scheduler.post(packet)`. */
  post(job: Job): void {
    this.#jobs.push(job)
    if (this.wake !== null) this.wake()
  }

  /** Queue a callback of a user: it runs alone, with all packets handled and microtasks drained before the next one. */
  postCallback(job: Job): void {
    this.#callbacks.push(job)
    if (this.wake !== null) this.wake()
  }

  /** Arm (or move) a deadline. A time in the past counts as now. Equal times expire in the order of arming. */
  arm(deadline: Deadline, time: number): void {
    this.#heap.set(deadline, Math.max(time, this.now))
    if (this.wake !== null) this.wake()
  }

  /** Stand still until the returned function is called: what comes next, and when, is then as if no wait had been. */
  suspend(): () => void {
    this.suspended++
    let over = false
    return () => {
      if (over) return
      over = true
      if (--this.suspended === 0) this.resumed?.()
    }
  }

  /** Forget a deadline; harmless when it is not armed. */
  disarm(deadline: Deadline): void {
    this.#heap.delete(deadline)
  }

  /** When the next deadline expires, or Infinity. */
  get nextDeadline(): number {
    return this.#heap.minTime
  }

  /** Something is due now. */
  get busy(): boolean {
    return (
      this.#jobs.head !== null ||
      this.#callbacks.head !== null ||
      this.#pending.head !== null ||
      this.#heap.minTime <= this.now
    )
  }

  /** Run jobs and due deadlines until none is left or `budget` is used up. Returns the budget left. */
  runJobs(budget: number): number {
    const jobs = this.#jobs
    const heap = this.#heap
    while (budget > 0) {
      const job = jobs.shift()
      if (job !== null) {
        budget--
        this.steps++
        job.run()
      } else {
        if (heap.minTime > this.now) break
        const due = heap.pop()
        if (due === null) break
        budget--
        this.steps++
        due.expire()
      }
    }
    return budget
  }

  /** Run one user callback, if there is one. The caller then drains microtasks. */
  runCallback(): boolean {
    const job = this.#callbacks.shift()
    if (job === null) return false
    this.steps++
    this.ran = job
    job.run()
    return true
  }

  /** Queue a callback that comes before all others once those that are queued now have run (libuv's pending phase). */
  postPending(job: Job): void {
    this.#pending.push(job)
    if (this.wake !== null) this.wake()
  }

  /** Those that are queued now are one generation: pending ones to the front. Returns the last of it. */
  startGeneration(): Job | null {
    if (this.#pending.head !== null) this.#callbacks.prepend(this.#pending)
    return this.#callbacks.tail
  }

  /** Move the clock; never backwards, never past the next deadline. */
  advance(time: number): void {
    const next = this.#heap.minTime
    const to = Math.min(time, next)
    if (to > this.#now) this.#now = to
  }

  #awake(read: () => number): void {
    this.outside = null
    this.advance(read())
  }
}
