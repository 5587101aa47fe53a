/** Comparisons of rules, and the functions that they are compiled to when a rule is added: no packet costs an object. */
import type { NetworkInterface } from '../link/interface.ts'
import type { Address } from '../wire/address.ts'
import type { Packet } from '../wire/packet.ts'
import { ADDRESSES, type Field, isAddressField, isNameField, NAMES, NUMBERS, type NumberField } from './field.ts'

/** A value or range, both ends included. `prefix` and `isRange` are how it was written: `10.0.0.0/8`, `5-5`. */
export type Item =
  | { readonly kind: 'number'; readonly low: number; readonly high: number; readonly isRange?: boolean }
  | {
      readonly kind: 'address'
      readonly low: Address
      readonly high: Address
      readonly prefix: number | null
      readonly isRange?: boolean
    }
  | { readonly kind: 'name'; readonly name: string; readonly wild: boolean }

/** The field is one of the items (or none of them). */
export interface ValueMatch {
  readonly kind: 'match'
  readonly field: Field
  readonly negated: boolean
  readonly items: readonly Item[]
  /** Written in braces. */
  readonly isSet: boolean
}

/** Bits of a field. `any`: at least one of `value`, `none`: none of them; otherwise `field & mask` compared with `value`. */
export interface BitsMatch {
  readonly kind: 'bits'
  readonly field: 'ct state' | 'tcp flags'
  readonly test: 'any' | 'none' | '==' | '!='
  readonly value: number
  /** All bits: null. */
  readonly mask: number | null
}

export type Match = ValueMatch | BitsMatch
export type Test = (packet: Packet, iif: NetworkInterface | null, oif: NetworkInterface | null) => boolean

/** Order of addresses of one family, as unsigned numbers. */
export const compareAddresses = (a: Address, b: Address): number =>
  (a.w0 >>> 0) - (b.w0 >>> 0) ||
  (a.w1 >>> 0) - (b.w1 >>> 0) ||
  (a.w2 >>> 0) - (b.w2 >>> 0) ||
  (a.w3 >>> 0) - (b.w3 >>> 0)

const bitsTest = ({ field, test, value, mask }: BitsMatch): Test => {
  const read = NUMBERS[field]
  const bits = mask ?? -1
  return (packet, iif, oif) => {
    const found = read(packet, iif, oif)
    if (found < 0) return false
    if (test === 'any') return (found & value) !== 0
    if (test === 'none') return (found & value) === 0
    return ((found & bits) === value) === (test === '==')
  }
}

const numberTest = (field: NumberField, items: readonly Item[], negated: boolean): Test => {
  const read = NUMBERS[field]
  const bounds = Float64Array.from(items.flatMap((item) => (item.kind === 'number' ? [item.low, item.high] : [])))
  return (packet, iif, oif) => {
    const found = read(packet, iif, oif)
    if (found < 0) return false
    for (let i = 0; i < bounds.length; i += 2)
      if (found >= (bounds[i] as number) && found <= (bounds[i + 1] as number)) return !negated
    return negated
  }
}

export const compileMatch = (match: Match): Test => {
  if (match.kind === 'bits') return bitsTest(match)
  const { field, items, negated } = match
  if (isAddressField(field)) {
    const read = ADDRESSES[field]
    const ranges = items.flatMap((item) => (item.kind === 'address' ? [item] : []))
    return (packet) => {
      const found = read(packet)
      if (found === null) return false
      for (let i = 0; i < ranges.length; i++) {
        const range = ranges[i] as (typeof ranges)[number]
        if (compareAddresses(found, range.low) >= 0 && compareAddresses(found, range.high) <= 0) return !negated
      }
      return negated
    }
  }
  if (!isNameField(field)) return numberTest(field, items, negated)
  const read = NAMES[field]
  const names = items.flatMap((item) => (item.kind === 'name' ? [item] : []))
  return (_packet, iif, oif) => {
    const iface = read(iif, oif)
    if (iface === null) return false
    for (let i = 0; i < names.length; i++) {
      const { name, wild } = names[i] as (typeof names)[number]
      if (wild ? iface.name.startsWith(name) : iface.name === name) return !negated
    }
    return negated
  }
}
