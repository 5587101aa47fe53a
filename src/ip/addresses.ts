import type { InterfaceAddress, NetworkInterface } from '../link/interface.ts'
import type { Address } from '../wire/address.ts'
import { EADDRNOTAVAIL, EEXIST, EINVAL } from '../wire/errno.ts'
import { addressBits, broadcastOf, isInPrefix, networkOf } from '../wire/parse.ts'
import { PrefixTable } from './prefix-table.ts'

/** What the local table says of a destination (`ip route show table local`). */
export interface LocalRoute {
  readonly destination: Address
  readonly prefixLength: number
  readonly kind: 'local' | 'broadcast'
  readonly iface: NetworkInterface
  /** The address that made the entry: preferred source of what is sent there. */
  readonly source: Address
}

/** An address with what Linux keeps of it. */
export interface OwnAddress extends InterfaceAddress {
  /** Another address of the same prefix was there first (IFA_F_SECONDARY): it made the connected route. */
  secondary: boolean
}

const scopeOf = (address: Address, iface: NetworkInterface): InterfaceAddress['scope'] => {
  if (address.isLoopback || (iface.kind === 'loopback' && address.family === 4)) return 'host'
  return address.isLinkLocal && address.family === 6 ? 'link' : 'global'
}

/**
 * The addresses of a host's interfaces, and the local table that they make. Connected routes are the caller's, told by
 * the callbacks: they live in the main table.
 */
export class Addresses {
  readonly #byInterface = new Map<NetworkInterface, OwnAddress[]>()
  readonly #local4 = new PrefixTable<LocalRoute>()
  readonly #local6 = new PrefixTable<LocalRoute>()
  /** Last address found local: most packets ask for the same one. */
  #lastLocal: Address | null = null
  /** A primary address of `iface` makes or loses its connected route. */
  readonly #connect: (iface: NetworkInterface, own: OwnAddress, add: boolean) => void
  readonly #promote: (iface: NetworkInterface) => boolean

  constructor(
    connect: (iface: NetworkInterface, own: OwnAddress, add: boolean) => void,
    promote: (iface: NetworkInterface) => boolean,
  ) {
    this.#connect = connect
    this.#promote = promote
  }

  list(iface: NetworkInterface): readonly OwnAddress[] {
    return this.#byInterface.get(iface) ?? []
  }

  /** Every interface with its addresses. */
  all(): IterableIterator<[NetworkInterface, OwnAddress[]]> {
    return this.#byInterface.entries()
  }

  #table(address: Address): PrefixTable<LocalRoute> {
    return address.family === 4 ? this.#local4 : this.#local6
  }

  /** EINVAL for what cannot be an address of a host (RFC 1122 3.2.1.3, RFC 4291 2.5.2, 2.7), EEXIST. */
  add(iface: NetworkInterface, address: Address, prefixLength: number, broadcast: Address | null = null): number {
    const bits = addressBits(address.family)
    if (prefixLength < 0 || prefixLength > bits || !Number.isInteger(prefixLength)) return -EINVAL
    if (address.isMulticast || address.isLimitedBroadcast || address.isUnspecified) return -EINVAL
    const list = this.#byInterface.get(iface) ?? []
    // IPv6 knows an address by itself, IPv4 by address and mask (__inet_insert_ifa, ipv6_add_addr).
    const same = (one: OwnAddress): boolean =>
      one.address.equals(address) && (address.family === 6 || one.prefixLength === prefixLength)
    if (list.some(same)) return -EEXIST
    const secondary =
      address.family === 4 &&
      list.some(
        (one) => one.prefixLength === prefixLength && !one.secondary && isInPrefix(one.address, address, prefixLength),
      )
    const own: OwnAddress = {
      address,
      prefixLength,
      broadcast,
      scope: scopeOf(address, iface),
      secondary,
    }
    list.push(own)
    this.#byInterface.set(iface, list)
    this.#enter(iface, own)
    if (!secondary) this.#connect(iface, own, true)
    return 0
  }

  #enter(iface: NetworkInterface, own: OwnAddress): void {
    this.#lastLocal = null
    const { address, prefixLength } = own
    const table = this.#table(address)
    const add = (destination: Address, length: number, kind: LocalRoute['kind']): void => {
      if (table.at(destination, length).some((one) => one.iface === iface && one.kind === kind)) return
      table.add({ destination, prefixLength: length, kind, iface, source: address })
    }
    add(address, addressBits(address.family), 'local')
    if (address.family === 6) return
    // fib_add_ifaddr: a loopback's prefix is local as a whole: 127.0.0.0/8.
    if (iface.kind === 'loopback' && prefixLength < 32) add(networkOf(address, prefixLength), prefixLength, 'local')
    // The prefix's own is one whether the address was given one or not; the limited one always is.
    const { broadcast } = own
    if (broadcast !== null && !broadcast.isLimitedBroadcast) add(broadcast, 32, 'broadcast')
    const derived = broadcastOf(address, prefixLength)
    if (derived !== null) add(derived, 32, 'broadcast')
  }

  /** EADDRNOTAVAIL when the interface does not have it. */
  remove(iface: NetworkInterface, address: Address): number {
    const list = this.#byInterface.get(iface) ?? []
    const own = list.find((one) => one.address.equals(address))
    if (own === undefined) return -EADDRNOTAVAIL
    const same = (one: OwnAddress): boolean =>
      one.prefixLength === own.prefixLength && isInPrefix(one.address, own.address, own.prefixLength)
    let left = list.filter((one) => one !== own)
    if (!own.secondary) this.#connect(iface, own, false)
    if (!own.secondary && own.address.family === 4) {
      // __inet_del_ifa: the secondaries go with their primary, unless the next one is to be promoted.
      if (this.#promote(iface)) {
        const heir = left.find((one) => one.secondary && same(one))
        if (heir !== undefined) {
          heir.secondary = false
          this.#connect(iface, heir, true)
        }
      } else left = left.filter((one) => !(one.secondary && same(one)))
    }
    this.#byInterface.set(iface, left)
    this.#rebuild()
    return 0
  }

  /** Local entries shared by several addresses stay as long as one of them does: make the table anew. */
  #rebuild(): void {
    this.#lastLocal = null
    for (const table of [this.#local4, this.#local6]) for (const one of [...table.entries()]) table.remove(one)
    for (const [iface, list] of this.#byInterface) for (const own of list) this.#enter(iface, own)
  }

  /** The local table's entry for an address, or null. */
  find(address: Address): LocalRoute | null {
    return this.#table(address).match(address)
  }

  isLocal(address: Address): boolean {
    if (address === this.#lastLocal) return true
    const found = this.find(address)
    if (found === null || found.kind !== 'local') return false
    this.#lastLocal = address
    return true
  }

  isBroadcast(address: Address): boolean {
    if (address.family === 6) return false
    if (address.isLimitedBroadcast) return true
    const found = this.#local4.match(address)
    return found !== null && found.kind === 'broadcast'
  }

  /** Entries of the local table. */
  *local(): Generator<LocalRoute> {
    yield* this.#local4.entries()
    yield* this.#local6.entries()
  }

  /** inet_select_addr: the source for a next hop on an interface; `any` host-wide address if it has none of its own. */
  select4(iface: NetworkInterface, hop: Address | null, link: boolean): Address | null {
    const pick = (list: readonly OwnAddress[], scoped: boolean): Address | null => {
      let first: Address | null = null
      for (const one of list) {
        if (one.address.family !== 4 || one.secondary || (scoped && one.scope === 'host')) continue
        if (hop === null || isInPrefix(hop, one.address, one.prefixLength)) return one.address
        first ??= one.address
      }
      return first
    }
    const own = pick(this.list(iface), !link && iface.kind !== 'loopback')
    if (own !== null) return own
    hop = null
    for (const [other, list] of this.#byInterface)
      if (other !== iface && other.up) {
        const found = pick(list, true)
        if (found !== null) return found
      }
    return null
  }

  /** RFC 6724 5, rules 1, 2, 5 and 8: same address, scope that suits, outgoing interface, longest common prefix. */
  select6(iface: NetworkInterface, remote: Address): Address | null {
    const wanted = scope6(remote)
    let best: Address | null = null
    let bestRank = -1
    for (const [other, list] of this.#byInterface)
      for (const { address } of list) {
        if (address.family !== 6) continue
        const scope = scope6(address)
        // RFC 6724 4: only the outgoing link's addresses for link-local and multicast destinations.
        if (other !== iface && (wanted <= LINK_SCOPE || remote.isMulticast || scope <= LINK_SCOPE)) continue
        const rank =
          (address.equals(remote) ? 4096 : 0) +
          (scope >= wanted ? 2048 - 128 * (scope - wanted) : 128 * scope) / 2 +
          (other === iface ? 0.5 : 0) +
          commonBits(address, remote) / 256
        if (rank > bestRank) {
          best = address
          bestRank = rank
        }
      }
    return best
  }
}

const LINK_SCOPE = 2

/** RFC 4007's scopes as in RFC 6724 3.1; loopback counts as link-local (3.4). */
const scope6 = (address: Address): number => {
  if (address.isMulticast) return (address.w0 >>> 16) & 15
  return address.isLinkLocal || address.isLoopback ? LINK_SCOPE : 14
}

const commonBits = (a: Address, b: Address): number => {
  const parts = [a.w0 ^ b.w0, a.w1 ^ b.w1, a.w2 ^ b.w2, a.w3 ^ b.w3]
  let bits = 0
  for (const part of parts) {
    if (part !== 0) return bits + Math.clz32(part)
    bits += 32
  }
  return bits
}
