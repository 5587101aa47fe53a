import type { Scheduler } from '../time/scheduler.ts'
import { type Driver, type DriverOptions, Loop, Turn } from './driver.ts'

const NS_PER_MS = 1_000_000

/**
 * Real time: the clock follows the runtime's, and one host timer waits for the next deadline.
 *
 * The network's clock stands still while it works and never passes a deadline that has not expired: late work is done at
 * the times it was due, one after the other. So a run in real time is a virtual run with pauses, and its log of outside
 * input replays it.
 */
export class RealDriver implements Driver {
  readonly #loop: Loop
  readonly #clock: Scheduler
  /** The runtime's milliseconds at the network's time zero. */
  #origin = 0
  #started = false
  #closed = false
  #hopping = false
  #cancelTimer: (() => void) | null = null
  #holds = 0
  readonly #tick = (): void => this.#run()
  readonly #read = (): number => {
    // Somebody from outside looks at the clock: run again when the present macrotask is over, to fall asleep anew.
    this.#hop()
    return this.#time()
  }
  readonly #wake = (): void => {
    // Nothing ran since it slept, so moving time now is the same as before the work was posted.
    if (this.#clock.outside !== null) void this.#clock.now
    this.#hop()
  }

  constructor(clock: Scheduler, options: DriverOptions) {
    this.#loop = new Loop(clock, options)
    this.#clock = clock
    clock.resumed = () => this.#hop()
  }

  start(): void {
    if (this.#started || this.#closed) return
    this.#started = true
    this.#origin = this.#loop.platform.now() - this.#clock.now / NS_PER_MS
    this.#hop()
  }

  close(): void {
    this.#closed = true
    this.#clock.wake = null
    this.#clock.outside = null
    this.#clock.resumed = null
    this.#stopTimer()
    if (this.#holds > 0) this.#loop.platform.keepAlive(false)
  }

  hold(): () => void {
    if (this.#holds++ === 0 && !this.#closed) this.#loop.platform.keepAlive(true)
    let held = true
    return () => {
      if (!held) return
      held = false
      if (--this.#holds === 0 && !this.#closed) this.#loop.platform.keepAlive(false)
    }
  }

  /** Nanoseconds of real time since the network's start. */
  #time(): number {
    return Math.floor((this.#loop.platform.now() - this.#origin) * NS_PER_MS)
  }

  #hop(): void {
    if (this.#hopping || this.#closed || !this.#started) return
    this.#hopping = true
    this.#clock.wake = null
    this.#clock.outside = null
    this.#stopTimer()
    this.#loop.platform.macrotask(this.#tick)
  }

  #run(): void {
    this.#hopping = false
    if (this.#closed) return
    this.#clock.wake = null
    this.#clock.outside = null
    this.#stopTimer()
    try {
      if (this.#catchUp()) this.#hop()
      // Suspended: the network's clock stands still, and late work is done at its times once that is over.
      else if (this.#clock.suspended === 0) this.#sleep()
    } catch (error) {
      this.close()
      this.#loop.report(error)
    }
  }

  /** Do what is due and what became due meanwhile, each at its time. True when a macrotask was not enough. */
  #catchUp(): boolean {
    const clock = this.#clock
    const time = this.#time()
    for (;;) {
      const turn = this.#loop.turn()
      if (turn === Turn.MORE) return true
      if (turn === Turn.SUSPENDED) return false
      if (clock.nextDeadline > time) return false
      clock.advance(clock.nextDeadline)
    }
  }

  #sleep(): void {
    const clock = this.#clock
    const wait = clock.nextDeadline - this.#time()
    // A host timer may be a millisecond late or early: what is nearer is waited for by hops.
    if (wait < NS_PER_MS) {
      this.#hop()
      return
    }
    clock.wake = this.#wake
    clock.outside = this.#read
    if (wait < Infinity) {
      const milliseconds = Math.min(Math.floor(wait / NS_PER_MS), 2_000_000_000)
      this.#cancelTimer = this.#loop.platform.setTimer(milliseconds, this.#tick)
    }
  }

  #stopTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
  }
}
