import type { Job } from '../../time/scheduler.ts'

/** A function as a job of the clock. */
export class CallbackJob implements Job {
  next: Job | null = null
  readonly #run: () => void

  constructor(run: () => void) {
    this.#run = run
  }

  run(): void {
    this.#run()
  }
}
