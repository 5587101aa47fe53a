import type { Deadline } from './scheduler.ts'

/**
 * A 4-ary heap of (time, seq) in typed arrays, with the place of each deadline kept so that moving one needs no tombstone.
 * Equal times leave in the order in which they were set.
 */
export class DeadlineHeap {
  #times = new Float64Array(64)
  #seqs = new Float64Array(64)
  /** Slot of the deadline at each heap place. */
  #slots = new Int32Array(64)
  /** By slot: place in the heap, or -1. */
  #places = new Int32Array(64)
  readonly #deadlines: (Deadline | null)[] = []
  readonly #freeSlots: number[] = []
  #size = 0
  #seq = 0

  get size(): number {
    return this.#size
  }

  /** Time of the earliest deadline, or Infinity. */
  get minTime(): number {
    return this.#size === 0 ? Infinity : (this.#times[0] as number)
  }

  set(deadline: Deadline, time: number): void {
    let slot = deadline.heapId
    const seq = this.#seq++
    if (slot < 0) {
      slot = this.#freeSlots.pop() ?? this.#deadlines.length
      this.#deadlines[slot] = deadline
      deadline.heapId = slot
      if (this.#size === this.#times.length || slot >= this.#places.length) this.#grow(slot)
      this.#up(this.#size++, time, seq, slot)
      return
    }
    const place = this.#places[slot] as number
    const earlier = time < (this.#times[place] as number)
    if (earlier) this.#up(place, time, seq, slot)
    else this.#down(place, time, seq, slot)
  }

  delete(deadline: Deadline): void {
    const slot = deadline.heapId
    if (slot < 0) return
    deadline.heapId = -1
    const place = this.#places[slot] as number
    this.#deadlines[slot] = null
    this.#freeSlots.push(slot)
    this.#removeAt(place)
  }

  pop(): Deadline | null {
    if (this.#size === 0) return null
    const slot = this.#slots[0] as number
    const deadline = this.#deadlines[slot] as Deadline
    this.#deadlines[slot] = null
    this.#freeSlots.push(slot)
    deadline.heapId = -1
    this.#removeAt(0)
    return deadline
  }

  #removeAt(place: number): void {
    const last = --this.#size
    if (place === last) return
    const time = this.#times[last] as number
    const seq = this.#seqs[last] as number
    const slot = this.#slots[last] as number
    if (place > 0 && this.#before(time, seq, (place - 1) >> 2)) this.#up(place, time, seq, slot)
    else this.#down(place, time, seq, slot)
  }

  #before(time: number, seq: number, place: number): boolean {
    const other = this.#times[place] as number
    return time < other || (time === other && seq < (this.#seqs[place] as number))
  }

  #put(place: number, time: number, seq: number, slot: number): void {
    this.#times[place] = time
    this.#seqs[place] = seq
    this.#slots[place] = slot
    this.#places[slot] = place
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#times[from] as number, this.#seqs[from] as number, this.#slots[from] as number)
  }

  #up(place: number, time: number, seq: number, slot: number): void {
    while (place > 0) {
      const parent = (place - 1) >> 2
      if (!this.#before(time, seq, parent)) break
      this.#move(parent, place)
      place = parent
    }
    this.#put(place, time, seq, slot)
  }

  #down(place: number, time: number, seq: number, slot: number): void {
    const size = this.#size
    for (;;) {
      const first = place * 4 + 1
      if (first >= size) break
      let least = first
      const end = Math.min(first + 4, size)
      for (let child = first + 1; child < end; child++)
        if (this.#before(this.#times[child] as number, this.#seqs[child] as number, least)) least = child
      if (this.#before(time, seq, least)) break
      this.#move(least, place)
      place = least
    }
    this.#put(place, time, seq, slot)
  }

  #grow(slot: number): void {
    const length = Math.max(this.#times.length * 2, slot + 1)
    const times = new Float64Array(length)
    times.set(this.#times)
    this.#times = times
    const seqs = new Float64Array(length)
    seqs.set(this.#seqs)
    this.#seqs = seqs
    const slots = new Int32Array(length)
    slots.set(this.#slots)
    this.#slots = slots
    const places = new Int32Array(length)
    places.set(this.#places)
    this.#places = places
  }
}
