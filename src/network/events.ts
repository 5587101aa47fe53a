import type { HostEvent, Telemetry } from '../wire/telemetry.ts'

/** Joins the events of all hosts and links into one stream, and costs nothing while nobody listens. */
export class EventHub {
  readonly #sources: Telemetry[] = []
  readonly #listeners = new Set<(event: HostEvent) => void>()
  readonly #tell = (event: HostEvent): void => {
    for (const listener of this.#listeners) listener(event)
  }

  /** Take a host's (or the links') telemetry in. */
  add(telemetry: Telemetry): void {
    this.#sources.push(telemetry)
    if (this.#listeners.size > 0) telemetry.observer = this.#tell
  }

  /** Returns what ends it. */
  listen(listener: (event: HostEvent) => void): () => void {
    this.#listeners.add(listener)
    this.#arm()
    return () => {
      this.#listeners.delete(listener)
      this.#arm()
    }
  }

  #arm(): void {
    for (const source of this.#sources) source.observer = this.#listeners.size > 0 ? this.#tell : null
  }
}
