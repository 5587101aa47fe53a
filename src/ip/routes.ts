import type { NetworkInterface } from '../link/interface.ts'
import type { Address, Family } from '../wire/address.ts'
import { EEXIST, EINVAL, ENETDOWN, ENETUNREACH, ENODEV, ENOENT, ESRCH } from '../wire/errno.ts'
import { addressBits, networkOf } from '../wire/parse.ts'
import { PrefixTable } from './prefix-table.ts'
import type { Route } from './types.ts'

/** A route to add: what is left out follows from the rest as in `ip route add`. */
export interface RouteSpec {
  readonly destination: Address
  readonly prefixLength: number
  readonly gateway?: Address | null
  /** Absent: the interface that reaches the gateway. */
  readonly iface?: NetworkInterface | null
  readonly source?: Address | null
  readonly metric?: number
  readonly protocol?: Route['protocol']
  readonly type?: Route['type']
  readonly scope?: Route['scope']
  /** Largest packet, bytes (RTAX_MTU); 0: the interface's. */
  readonly mtu?: number
  /** The gateway is taken to be on the link (RTNH_F_ONLINK). */
  readonly onlink?: boolean
}

/** Which of several routes to delete: what is absent matches anything. */
export type RouteMatch = Pick<RouteSpec, 'destination' | 'prefixLength'> & Partial<RouteSpec>

/** How `ip route` writes: add, append, replace, change, prepend. */
export type RouteMode = 'add' | 'append' | 'prepend' | 'replace' | 'change'

export interface RouteEntry extends Route {
  readonly mtu: number
  readonly onlink: boolean
}

/** What a route table asks of its host. */
export interface RouteOracle {
  isLocal(address: Address): boolean
  readonly loopback: NetworkInterface | null
  changed(): void
}

/**
 * The main routing table of one family: longest prefix first, then the lowest metric, then the order of adding. Several
 * routes of one prefix and metric are alternatives: `append` adds one, and a dead gateway makes way for the next
 * (fib_select_default; RFC 1122 3.3.1.5).
 */
export class Routes {
  readonly family: Family
  readonly #table = new PrefixTable<RouteEntry>()
  readonly #oracle: RouteOracle

  constructor(family: Family, oracle: RouteOracle) {
    this.family = family
    this.#oracle = oracle
  }

  /**
   * Zero, or EINVAL (host bits set, source not ours, gateway is this host), ENODEV (neither interface nor gateway),
   * ENETUNREACH (gateway not on a link), ENETDOWN (interface is down), EEXIST; ENOENT for a change of nothing.
   */
  add(spec: RouteSpec, mode: RouteMode = 'add'): number {
    const entry = this.#complete(spec)
    if (typeof entry === 'number') return entry
    const same = this.#table.at(entry.destination, entry.prefixLength).filter((one) => one.metric === entry.metric)
    const twin = same.find((one) => isTwin(one, entry))
    const first = same[0]
    if (mode === 'change' && first === undefined) return -ENOENT
    if (mode === 'add' && first !== undefined) return -EEXIST
    if ((mode === 'append' || mode === 'prepend') && twin !== undefined) return -EEXIST
    if ((mode === 'replace' || mode === 'change') && first !== undefined) this.#table.remove(first)
    const before =
      mode === 'append' || mode === 'add'
        ? (other: RouteEntry): boolean => other.metric > entry.metric
        : (other: RouteEntry): boolean => other.metric >= entry.metric
    this.#table.add(entry, before)
    this.#oracle.changed()
    return 0
  }

  /** The route of an interface's own prefix, which is there whether the interface is up or not. */
  connect(spec: RouteSpec, iface: NetworkInterface): void {
    const entry: RouteEntry = {
      destination: spec.destination,
      prefixLength: spec.prefixLength,
      gateway: null,
      iface,
      source: spec.source ?? null,
      metric: spec.metric ?? 0,
      scope: 'link',
      protocol: 'kernel',
      type: 'unicast',
      mtu: 0,
      onlink: false,
    }
    if (this.#table.at(entry.destination, entry.prefixLength).some((one) => isTwin(one, entry))) return
    this.#table.add(entry, (other) => other.metric > entry.metric)
    this.#oracle.changed()
  }

  #complete(spec: RouteSpec): RouteEntry | number {
    const { destination, prefixLength } = spec
    const gateway = spec.gateway ?? null
    const type = spec.type ?? 'unicast'
    if (destination.family !== this.family || prefixLength < 0 || prefixLength > addressBits(this.family))
      return -EINVAL
    if (!networkOf(destination, prefixLength).equals(destination)) return -EINVAL
    if (spec.source != null && !this.#oracle.isLocal(spec.source)) return -EINVAL
    let iface = spec.iface ?? null
    if (type !== 'unicast') iface = this.#oracle.loopback
    else if (gateway !== null) {
      const hop = this.#gateway(gateway, iface, spec.onlink === true)
      if (typeof hop === 'number') return hop
      iface = hop
    }
    if (iface === null) return -ENODEV
    if (!iface.up) return -ENETDOWN
    return {
      destination,
      prefixLength,
      gateway: type === 'unicast' ? gateway : null,
      iface,
      source: spec.source ?? null,
      metric: spec.metric ?? (this.family === 4 ? 0 : 1024),
      scope: spec.scope ?? (gateway === null && type === 'unicast' ? 'link' : 'global'),
      protocol: spec.protocol ?? 'boot',
      type,
      mtu: spec.mtu ?? 0,
      onlink: spec.onlink === true,
    }
  }

  /** fib_check_nh: a gateway must be reached directly, and be somebody else. */
  #gateway(gateway: Address, iface: NetworkInterface | null, onlink: boolean): NetworkInterface | number {
    if (gateway.family !== this.family || this.#oracle.isLocal(gateway) || gateway.isMulticast) return -EINVAL
    // A link-local gateway says nothing of its link.
    if (onlink || (gateway.family === 6 && gateway.isLinkLocal)) return iface ?? -ENODEV
    for (const route of this.#table.matching(gateway))
      if (route.type === 'unicast' && route.gateway === null && (iface === null || route.iface === iface))
        return route.iface
    return -ENETUNREACH
  }

  /** ESRCH when nothing matches. */
  delete(match: RouteMatch): number {
    const found = this.#table
      .at(match.destination, match.prefixLength)
      .find(
        (one) =>
          (match.metric === undefined || match.metric === 0 || one.metric === match.metric) &&
          (match.gateway == null || one.gateway?.equals(match.gateway) === true) &&
          (match.iface == null || one.iface === match.iface) &&
          (match.source == null || one.source?.equals(match.source) === true) &&
          (match.protocol === undefined || one.protocol === match.protocol) &&
          (match.scope === undefined || one.scope === match.scope) &&
          (match.type === undefined || one.type === match.type),
      )
    if (found === undefined) return -ESRCH
    this.#table.remove(found)
    this.#oracle.changed()
    return 0
  }

  /** Take away every route for which `gone` says so. */
  purge(gone: (route: RouteEntry) => boolean): void {
    for (const route of [...this.#table.entries()]) if (gone(route)) this.#table.remove(route)
    this.#oracle.changed()
  }

  /** As `ip route` lists them: shorter prefixes first, the default before all. */
  list(): readonly RouteEntry[] {
    const word = (a: Address, i: number): number => (i === 0 ? a.w0 : i === 1 ? a.w1 : i === 2 ? a.w2 : a.w3) >>> 0
    const compare = (a: RouteEntry, b: RouteEntry): number => {
      for (let i = 0; i < 4; i++) {
        const d = word(a.destination, i) - word(b.destination, i)
        if (d !== 0) return d
      }
      // fib_trie walks a leaf's aliases from the longest prefix on; the default route's leaf comes first anyway.
      return b.prefixLength - a.prefixLength
    }
    return [...this.#table.entries()].sort(compare)
  }

  /**
   * The route to a destination: the longest prefix whose interface is up (and is `iface`, if one is demanded).
   *
   * @param isDead - whether a gateway is known to have failed: then an alternative of the same prefix and metric goes first
   */
  find(
    destination: Address,
    iface: NetworkInterface | null,
    isDead: (route: RouteEntry) => boolean,
  ): RouteEntry | null {
    // Nearly always the first one does, and no list is walked.
    const best = this.#table.match(destination)
    if (best === null) return null
    if (best.type === 'unicast' && best.iface.up && (iface === null || best.iface === iface) && !isDead(best))
      return best
    let first: RouteEntry | null = null
    for (const route of this.#table.matching(destination)) {
      if (first !== null && (route.prefixLength !== first.prefixLength || route.metric !== first.metric)) break
      if (route.type === 'unicast' && (!route.iface.up || (iface !== null && route.iface !== iface))) continue
      if (route.type !== 'unicast' || route.gateway === null || !isDead(route)) return route
      first ??= route
    }
    return first
  }
}

const isTwin = (a: RouteEntry, b: RouteEntry): boolean =>
  a.iface === b.iface &&
  a.type === b.type &&
  (a.gateway === null ? b.gateway === null : b.gateway !== null && a.gateway.equals(b.gateway))
