import type { InputReplay } from '../time/log.ts'
import type { Scheduler } from '../time/scheduler.ts'
import { type Driver, type DriverOptions, Loop, Turn } from './driver.ts'

export interface VirtualDriverOptions extends DriverOptions {
  /** Input of an earlier run to play back at its recorded places. */
  readonly replay?: InputReplay
  /** Begin paused: time passes in `run`, `runFor` and `runUntilIdle` only. */
  readonly paused?: boolean
}

/** Somebody who waits for a time. */
interface Waiter {
  /** Nanoseconds; Infinity: until nothing is left to happen. */
  readonly until: number
  readonly resolve: (now: number) => void
  readonly reject: (error: unknown) => void
}

/** Instants in one macrotask, when no user code runs in between. */
const JUMPS = 1024

/**
 * Virtual time: when nothing is due and user code has come to rest, the clock jumps to the next deadline.
 *
 * User code has come to rest when a whole macrotask has passed since its last callback. Instants at which only packets and
 * timers of the stack move need no such pause.
 */
export class VirtualDriver implements Driver {
  readonly #loop: Loop
  readonly #clock: Scheduler
  readonly #replay: InputReplay | null
  #paused: boolean
  #started = false
  #closed = false
  /** A macrotask with `#tick` is on its way. */
  #hopping = false
  readonly #waiters: Waiter[] = []
  readonly #tick = (): void => this.#run()
  readonly #wake = (): void => this.#hop()

  constructor(clock: Scheduler, options: VirtualDriverOptions) {
    this.#loop = new Loop(clock, options)
    this.#clock = clock
    this.#replay = options.replay ?? null
    this.#paused = options.paused ?? false
    clock.resumed = () => this.#hop()
  }

  start(): void {
    this.#started = true
    this.#hop()
  }

  get paused(): boolean {
    return this.#paused
  }

  /** Stop after the present instant's macrotask; packets and time stand still until `resume` or a `run` call. */
  pause(): void {
    this.#paused = true
    this.#clock.wake = null
  }

  /** Let time pass by itself again. */
  resume(): void {
    this.#paused = false
    this.#hop()
  }

  /**
   * Run until the clock shows `time`, with all that is due then done. Resolves to the time; before time goes on, whoever
   * awaits the promise runs.
   *
   * @param time - nanoseconds since the network's start; a time that has passed means now
   */
  run(time: number): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(new Error('the network is closed'))
        return
      }
      this.#waiters.push({ until: time, resolve, reject })
      this.#hop()
    })
  }

  /** As `run`, for so many nanoseconds from now. */
  runFor(nanoseconds: number): Promise<number> {
    return this.run(this.#clock.now + nanoseconds)
  }

  /**
   * Run until nothing is queued and no deadline is armed. A network with a timer that always comes back (a keep-alive, a
   * program that sleeps in a loop) never gets there: use `run` then.
   */
  runUntilIdle(): Promise<number> {
    return this.run(Infinity)
  }

  close(): void {
    this.#closed = true
    this.#clock.wake = null
    this.#clock.resumed = null
    this.#fail(new Error('the network is closed'))
  }

  /** Virtual time needs nobody kept alive: it ends when nothing is left to happen. */
  hold(): () => void {
    return () => undefined
  }

  #hop(): void {
    if (this.#hopping || this.#closed || !this.#started) return
    if (this.#paused && this.#waiters.length === 0) return
    this.#clock.wake = null
    this.#hopping = true
    this.#loop.platform.macrotask(this.#tick)
  }

  #run(): void {
    this.#hopping = false
    if (this.#closed) return
    try {
      if (this.#advance()) this.#hop()
      else if (!this.#paused) this.#clock.wake = this.#wake
    } catch (error) {
      this.#paused = true
      this.#loop.report(error)
      this.#fail(error)
    }
  }

  /** Run instants until user code ran, a waiter is served or the macrotask is full; false when there is nothing to wait for. */
  #advance(): boolean {
    const clock = this.#clock
    for (let jumps = 0; jumps < JUMPS; jumps++) {
      if (this.#paused && this.#waiters.length === 0) return false
      const turn = this.#loop.turn(this.#inputSteps())
      if (turn === Turn.SUSPENDED) return false
      if (this.#deliverInput()) return true
      if (turn !== Turn.IDLE) return true
      if (this.#replay !== null) this.#checkReplay(this.#replay)
      if (this.#serve()) return true
      const next = Math.min(clock.nextDeadline, this.#target(), this.#inputTime())
      if (next === Infinity) return false
      clock.advance(next)
    }
    return true
  }

  /** The earliest time somebody waits for. */
  #target(): number {
    let target = Infinity
    for (const waiter of this.#waiters) target = Math.min(target, waiter.until)
    return target
  }

  /** Resolve those whose time has come. Called when nothing is due. */
  #serve(): boolean {
    const clock = this.#clock
    const idle = clock.nextDeadline === Infinity && this.#inputTime() === Infinity
    let served = false
    for (let i = 0; i < this.#waiters.length; ) {
      const waiter = this.#waiters[i] as Waiter
      if (waiter.until <= clock.now || (idle && waiter.until === Infinity)) {
        this.#waiters.splice(i, 1)
        waiter.resolve(clock.now)
        served = true
      } else i++
    }
    return served
  }

  #inputTime(): number {
    return this.#replay === null ? Infinity : this.#replay.time
  }

  /** Steps until the next recorded input of this instant. */
  #inputSteps(): number {
    const replay = this.#replay
    if (replay === null || replay.time > this.#clock.now) return Infinity
    return replay.steps - this.#clock.steps
  }

  #deliverInput(): boolean {
    const replay = this.#replay
    if (replay === null || replay.time > this.#clock.now || replay.steps !== this.#clock.steps) return false
    replay.deliver()
    return true
  }

  /** All work of an instant is done, and still the recorded input's place did not come: another network or program runs. */
  #checkReplay(replay: InputReplay): void {
    const { now, steps } = this.#clock
    if (replay.time <= now)
      throw new Error(
        `replay: input recorded at ${replay.time} ns after ${replay.steps} steps has no place here: ${steps} steps were done at ${now} ns`,
      )
  }

  #fail(error: unknown): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error)
  }
}
