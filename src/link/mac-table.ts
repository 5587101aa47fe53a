import { macKey } from './group.ts'

/** Seconds that a station is remembered after its last frame (IEEE 802.1D's default ageing time). */
const AGEING = 300_000_000_000

interface Station {
  port: number
  seen: number
}

/**
 * Where stations are: link address to port, learnt from what they send. Bounded: when full, the station that was learnt
 * first makes room, so a flood of forged addresses costs flooding, never memory.
 */
export class MacTable {
  readonly #stations = new Map<number, Station>()
  readonly #limit: number

  constructor(limit = 8192) {
    this.#limit = limit
  }

  get size(): number {
    return this.#stations.size
  }

  /** Remember that this address sends from this port. */
  learn(high: number, low: number, port: number, now: number): void {
    const key = macKey(high, low)
    const station = this.#stations.get(key)
    if (station !== undefined) {
      station.port = port
      station.seen = now
      return
    }
    if (this.#stations.size >= this.#limit) this.#makeRoom()
    this.#stations.set(key, { port, seen: now })
  }

  /** The port of a station, or -1 when it is unknown or has been silent for too long. */
  find(high: number, low: number, now: number): number {
    const station = this.#stations.get(macKey(high, low))
    return station === undefined || now - station.seen > AGEING ? -1 : station.port
  }

  /** Forget the stations of a port: its cable was unplugged. */
  forgetPort(port: number): void {
    for (const [key, station] of this.#stations) if (station.port === port) this.#stations.delete(key)
  }

  #makeRoom(): void {
    for (const key of this.#stations.keys()) {
      this.#stations.delete(key)
      return
    }
  }
}
