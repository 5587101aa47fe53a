import { SECOND } from '../time/scheduler.ts'
import type { Address } from '../wire/address.ts'
import type { IpConfig } from './sysctls.ts'

/** Sizes of links that routers of old may mean when they tell none (RFC 1191 7). */
const PLATEAUS = [32_000, 17_914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68] as const

/** RFC 791: every link carries 68 octets. */
const LEAST4 = 68
/** RFC 8200 5. */
const LEAST6 = 1280
/** Destinations kept (2048 buckets of 5, as Linux's next-hop exceptions); the oldest makes way. */
const LIMIT = 10_240

/** The next plateau below the size of a datagram that did not pass. */
export const plateauBelow = (size: number): number => PLATEAUS.find((plateau) => plateau < size) ?? LEAST4

/** What ICMP told about one destination (Linux's fib_nh_exception). */
export interface Exception {
  readonly remote: Address
  /** Path MTU, bytes; 0: nothing known. */
  mtu: number
  /** The path's MTU is below what we agree to discover (route.min_pmtu): DF is not set on the way there. */
  locked: boolean
  /** A better first hop, from a Redirect. */
  gateway: Address | null
  /** Network time, ns, when the MTU and when the gateway are forgotten. */
  mtuExpires: number
  gatewayExpires: number
}

/** Destinations that differ from their route, each for a while. */
export class Exceptions {
  readonly #map = new Map<number, Exception[]>()
  readonly #config: IpConfig
  readonly #clock: { readonly now: number }
  #size = 0

  constructor(config: IpConfig, clock: { readonly now: number }) {
    this.#config = config
    this.#clock = clock
  }

  get size(): number {
    return this.#size
  }

  /** What is known of a destination and not forgotten yet, or null. */
  find(remote: Address): Exception | null {
    if (this.#size === 0) return null
    const one = this.#map.get(remote.hash)?.find((other) => other.remote.equals(remote))
    if (one === undefined) return null
    const now = this.#clock.now
    if (one.mtu !== 0 && now >= one.mtuExpires) {
      one.mtu = 0
      one.locked = false
    }
    if (one.gateway !== null && now >= one.gatewayExpires) one.gateway = null
    if (one.mtu === 0 && one.gateway === null) {
      this.remove(one)
      return null
    }
    return one
  }

  #make(remote: Address): Exception {
    const found = this.find(remote)
    if (found !== null) return found
    if (this.#size >= LIMIT) this.#dropOldest()
    const one: Exception = { remote, mtu: 0, locked: false, gateway: null, mtuExpires: 0, gatewayExpires: 0 }
    const list = this.#map.get(remote.hash)
    if (list === undefined) this.#map.set(remote.hash, [one])
    else list.push(one)
    this.#size++
    return one
  }

  #dropOldest(): void {
    for (const list of this.#map.values()) {
      this.remove(list[0] as Exception)
      return
    }
  }

  remove(one: Exception): void {
    const list = this.#map.get(one.remote.hash)
    const at = list === undefined ? -1 : list.indexOf(one)
    if (list === undefined || at < 0) return
    list.splice(at, 1)
    if (list.length === 0) this.#map.delete(one.remote.hash)
    this.#size--
  }

  /**
   * A router told that `mtu` is the most that passes (__ip_rt_update_pmtu). False when that is nothing new: larger than
   * what is known, or below what any link carries (RFC 1191 3: never below 68; RFC 8201 4: never below 1280).
   */
  reduce(remote: Address, mtu: number, known: number): boolean {
    if (mtu >= known) return false
    if (remote.family === 4 ? mtu < LEAST4 : mtu < LEAST6) return false
    const one = this.#make(remote)
    const least = remote.family === 4 ? this.#config.routeMinPmtu : LEAST6
    one.locked = remote.family === 4 && mtu < least
    one.mtu = one.locked ? Math.min(known, least) : mtu
    const seconds = remote.family === 4 ? this.#config.routeMtuExpires : this.#config.ipv6MtuExpires
    one.mtuExpires = this.#clock.now + seconds * SECOND
    return true
  }

  redirect(remote: Address, gateway: Address): void {
    const one = this.#make(remote)
    one.gateway = gateway
    one.gatewayExpires = this.#clock.now + this.#config.routeGcTimeout * SECOND
  }

  /** Forget everything (`ip route flush cache`). */
  clear(): void {
    this.#map.clear()
    this.#size = 0
  }

  *entries(): Generator<Exception> {
    for (const list of this.#map.values()) yield* list
  }
}
