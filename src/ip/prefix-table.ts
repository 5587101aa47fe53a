import type { Address } from '../wire/address.ts'

/** Masks of a 32-bit word by number of leading ones, 0 to 32. */
const MASKS = Int32Array.from({ length: 33 }, (_, bits) => (bits === 0 ? 0 : -1 << (32 - bits)))

const maskOf = (length: number, word: number): number => {
  const bits = length - 32 * word
  return bits <= 0 ? 0 : (MASKS[bits > 32 ? 32 : bits] as number)
}

/** The masked words of an address as one number: equal for all addresses of a prefix. */
const keyOf = (address: Address, length: number): number => {
  if (address.family === 4) return address.w3 & (MASKS[length] as number)
  let key = Math.imul(address.w0 & maskOf(length, 0), 0x9e3779b1)
  key = Math.imul((key ^ (key >>> 15)) + (address.w1 & maskOf(length, 1)), 0x85ebca77)
  key = Math.imul((key ^ (key >>> 13)) + (address.w2 & maskOf(length, 2)), 0xc2b2ae3d)
  return (key ^ (key >>> 16)) + (address.w3 & maskOf(length, 3))
}

export interface Prefixed {
  readonly destination: Address
  readonly prefixLength: number
}

const matches = (entry: Prefixed, address: Address): boolean => {
  const { destination, prefixLength } = entry
  if (address.family === 4) return ((address.w3 ^ destination.w3) & (MASKS[prefixLength] as number)) === 0
  return (
    (((address.w0 ^ destination.w0) & maskOf(prefixLength, 0)) |
      ((address.w1 ^ destination.w1) & maskOf(prefixLength, 1)) |
      ((address.w2 ^ destination.w2) & maskOf(prefixLength, 2)) |
      ((address.w3 ^ destination.w3) & maskOf(prefixLength, 3))) ===
    0
  )
}

/**
 * Longest matching prefix of one family: a hash table per prefix length in use, longest first. A host has a handful of
 * lengths, so a look-up is a handful of hashed words, whatever the number of routes; a trie would walk more.
 */
export class PrefixTable<T extends Prefixed> {
  readonly #tables: (Map<number, T[]> | undefined)[] = []
  /** Prefix lengths in use, longest first. */
  #lengths: number[] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Entries of exactly this prefix, in their order; empty when there is none. */
  at(destination: Address, length: number): readonly T[] {
    const list = this.#tables[length]?.get(keyOf(destination, length))
    return list === undefined ? [] : list.filter((entry) => entry.destination.equals(destination))
  }

  /** Add after all entries of the same prefix for which `before` is false. */
  add(entry: T, before: (other: T) => boolean = () => false): void {
    const { prefixLength, destination } = entry
    let table = this.#tables[prefixLength]
    if (table === undefined) {
      table = new Map()
      this.#tables[prefixLength] = table
      this.#lengths = [...this.#lengths, prefixLength].sort((a, b) => b - a)
    }
    const key = keyOf(destination, prefixLength)
    const list = table.get(key)
    this.#size++
    if (list === undefined) {
      table.set(key, [entry])
      return
    }
    const at = list.findIndex(before)
    list.splice(at < 0 ? list.length : at, 0, entry)
  }

  remove(entry: T): boolean {
    const table = this.#tables[entry.prefixLength]
    const key = keyOf(entry.destination, entry.prefixLength)
    const list = table?.get(key)
    const at = list === undefined ? -1 : list.indexOf(entry)
    if (table === undefined || list === undefined || at < 0) return false
    list.splice(at, 1)
    this.#size--
    if (list.length > 0) return true
    table.delete(key)
    if (table.size === 0) {
      this.#tables[entry.prefixLength] = undefined
      this.#lengths = this.#lengths.filter((length) => length !== entry.prefixLength)
    }
    return true
  }

  /** The first entry of the longest matching prefix, or null (RFC 4632 5.1). Allocates nothing. */
  match(address: Address): T | null {
    for (let i = 0; i < this.#lengths.length; i++) {
      const length = this.#lengths[i] as number
      const list = this.#tables[length]?.get(keyOf(address, length))
      if (list === undefined) continue
      for (let k = 0; k < list.length; k++) {
        const entry = list[k] as T
        if (matches(entry, address)) return entry
      }
    }
    return null
  }

  /** All matching entries, longest prefix first. */
  *matching(address: Address): Generator<T> {
    for (const length of this.#lengths)
      for (const entry of this.#tables[length]?.get(keyOf(address, length)) ?? [])
        if (matches(entry, address)) yield entry
  }

  /** Every entry, shortest prefix first, then as added. */
  *entries(): Generator<T> {
    for (const length of [...this.#lengths].reverse())
      for (const list of this.#tables[length]?.values() ?? []) yield* list
  }
}
