import type { Job, Scheduler } from '../time/scheduler.ts'
import type { DescriptorTable, OpenFile, Watcher } from './file.ts'

/** What `Berkeley.watch` returns. */
export interface Watch {
  /** No callback comes after this, not even one that was queued. */
  cancel(): void
}

/**
 * Edge-triggered readiness of one descriptor: at most one entry in the queue of callbacks, with the bits of all events that
 * came meanwhile. It ends by itself when the descriptor no longer refers to its file.
 */
export class DescriptorWatch implements Watch, Watcher, Job {
  next: Job | null = null
  readonly interest: number
  readonly #clock: Scheduler
  readonly #descriptors: DescriptorTable
  readonly #fd: number
  readonly #file: OpenFile
  readonly #callback: (bits: number) => void
  #bits = 0
  #isQueued = false
  #isOver = false

  constructor(
    clock: Scheduler,
    descriptors: DescriptorTable,
    fd: number,
    file: OpenFile,
    interest: number,
    callback: (bits: number) => void,
  ) {
    this.interest = interest
    this.#clock = clock
    this.#descriptors = descriptors
    this.#fd = fd
    this.#file = file
    this.#callback = callback
    file.watch(this)
  }

  notify(bits: number): void {
    this.#bits |= bits
    if (this.#isQueued) return
    this.#isQueued = true
    this.#clock.postCallback(this)
  }

  run(): void {
    this.#isQueued = false
    const bits = this.#bits
    this.#bits = 0
    if (this.#isOver) return
    if (this.#descriptors.get(this.#fd) !== this.#file) this.cancel()
    else this.#callback(bits)
  }

  cancel(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#file.unwatch(this)
  }
}
