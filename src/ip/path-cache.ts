import type { Address } from '../wire/address.ts'
import type { RoutePath } from './path.ts'
import type { PathOptions } from './types.ts'

/** A power of two. */
const SLOTS = 4096

/**
 * Paths found before, for whoever asks the same again: ten thousand connections to one peer share one path, and a packet that
 * goes through needs no route look-up. Each slot remembers the last one, so a flood of destinations costs no more memory. A path
 * keeps itself current (`RoutePath.isStale`), so nothing is ever taken out.
 */
export class PathCache {
  #slots: (RoutePath | null)[] | null = null

  find(remote: Address, options: PathOptions): RoutePath | null {
    const path = this.#slots === null ? null : (this.#slots[slotOf(remote, options)] ?? null)
    if (path === null || !path.remote.equals(remote)) return null
    const { local, iface, freebind, multicastLoop } = options
    const wanted = path.wantedLocal
    const same =
      path.wantedIface === (iface ?? null) &&
      path.freebind === (freebind === true) &&
      path.multicastLoop === (multicastLoop !== false) &&
      (local == null || local.isUnspecified ? wanted === null : wanted?.equals(local))
    return same === true ? path : null
  }

  keep(remote: Address, options: PathOptions, path: RoutePath): void {
    this.#slots ??= new Array<RoutePath | null>(SLOTS).fill(null)
    this.#slots[slotOf(remote, options)] = path
  }
}

const slotOf = (remote: Address, options: PathOptions): number => {
  const local = options.local == null || options.local.isUnspecified ? 0 : options.local.hash
  return (remote.hash ^ (local >>> 7)) & (SLOTS - 1)
}
