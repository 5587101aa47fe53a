import type { Deadline, Scheduler } from '../time/scheduler.ts'
import type { FrameSink, Packet } from '../wire/packet.ts'

/**
 * Frames on their way that may overtake each other: a heap by (time, order of coming), with one deadline for the first.
 * Only links that were asked to reorder have one.
 */
export class OvertakingLine implements Deadline {
  heapId = -1
  readonly #clock: Scheduler
  readonly #out: FrameSink
  readonly #times: number[] = []
  readonly #orders: number[] = []
  readonly #frames: Packet[] = []
  #order = 0

  constructor(clock: Scheduler, out: FrameSink) {
    this.#clock = clock
    this.#out = out
  }

  get size(): number {
    return this.#frames.length
  }

  /** Add a frame that arrives at `time` (ns), whatever was added before. */
  push(frame: Packet, time: number): void {
    const order = this.#order++
    let place = this.#frames.length
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (!this.#before(time, order, parent)) break
      this.#put(place, this.#times[parent] as number, this.#orders[parent] as number, this.#frames[parent] as Packet)
      place = parent
    }
    this.#put(place, time, order, frame)
    if (place === 0) this.#clock.arm(this, time)
  }

  expire(): void {
    const { now } = this.#clock
    while (this.#frames.length > 0 && (this.#times[0] as number) <= now) {
      const frame = this.#frames[0] as Packet
      this.#removeFirst()
      this.#out.receive(frame)
    }
    if (this.#frames.length > 0) this.#clock.arm(this, this.#times[0] as number)
  }

  #removeFirst(): void {
    const time = this.#times.pop() as number
    const order = this.#orders.pop() as number
    const frame = this.#frames.pop() as Packet
    const size = this.#frames.length
    if (size === 0) return
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      if (child >= size) break
      if (child + 1 < size && this.#before(this.#times[child + 1] as number, this.#orders[child + 1] as number, child))
        child++
      if (this.#before(time, order, child)) break
      this.#put(place, this.#times[child] as number, this.#orders[child] as number, this.#frames[child] as Packet)
      place = child
    }
    this.#put(place, time, order, frame)
  }

  #before(time: number, order: number, place: number): boolean {
    const other = this.#times[place] as number
    return time < other || (time === other && order < (this.#orders[place] as number))
  }

  #put(place: number, time: number, order: number, frame: Packet): void {
    this.#times[place] = time
    this.#orders[place] = order
    this.#frames[place] = frame
  }
}
