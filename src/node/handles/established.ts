import type { Job } from '../../time/scheduler.ts'

/**
 * On loopback libuv sees its connection ready after the listener's: it begins to watch when the kernel is through with the
 * handshake. So a client waits until the last packet has been handled.
 */
export class Established implements Job {
  next: Job | null = null
  readonly #connection: { established(): void }

  constructor(connection: { established(): void }) {
    this.#connection = connection
  }

  run(): void {
    this.#connection.established()
  }
}
