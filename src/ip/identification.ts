import type { Random } from '../time/random.ts'
import type { Address } from '../wire/address.ts'

/** Counters, as Linux's ip_idents: enough that hosts rarely share one. */
const COUNTERS = 2048

/**
 * Identifications of datagrams that may be fragmented (Linux's __ip_select_ident): a counter chosen by a keyed hash of
 * source, destination and protocol, so that none repeats within 65,536 datagrams between two hosts (RFC 6864 4.3) and a
 * third one cannot count along. Atomic datagrams (DF) have none: zero (RFC 6864 4.1).
 */
export class Identification {
  readonly #key: number
  readonly #random: Random
  readonly #counters = new Uint32Array(COUNTERS)
  readonly #times = new Float64Array(COUNTERS)

  constructor(random: Random) {
    this.#random = random
    this.#key = random.int32()
  }

  /** @param now - network time, ns */
  next(src: Address, dst: Address, protocol: number, now: number): number {
    let h = Math.imul(this.#key ^ src.hash, 0x9e3779b1)
    h = Math.imul((h ^ (h >>> 15)) + dst.hash, 0x85ebca77)
    h = Math.imul((h ^ (h >>> 13)) + protocol, 0xc2b2ae3d)
    h ^= h >>> 16
    const slot = h & (COUNTERS - 1)
    // ip_idents_reserve: idle time moves it on at random, one a millisecond at most.
    const idle = Math.floor((now - (this.#times[slot] as number)) / 4_000_000)
    const step = idle > 0 ? 1 + this.#random.below(idle < 0x7fff ? idle : 0x7fff) : 1
    this.#times[slot] = now
    const id = ((this.#counters[slot] as number) + step) >>> 0
    this.#counters[slot] = id
    return (id + h) & 0xffff
  }

  /** 32 unpredictable bits for an IPv6 Fragment header (RFC 8504 5.1). */
  next6(): number {
    return this.#random.int32()
  }
}
