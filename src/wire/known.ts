/**
 * Addresses decoded lately, so that a packet of a known peer makes no objects. Direct-mapped and of fixed size: a flood of
 * forged addresses only evicts. Addresses are values, so sharing them between hosts and networks tells nobody anything.
 */
import { Address, MAC_BROADCAST, MAC_NONE, MacAddress } from './address.ts'
import { get16, get32 } from './bytes.ts'

const BITS = 10
const SHIFT = 32 - BITS
const slots4: Address[] = new Array<Address>(1 << BITS).fill(Address.v4(0))
const slots6: Address[] = new Array<Address>(1 << BITS).fill(Address.v6(0, 0, 0, 0))
const slotsMac: MacAddress[] = new Array<MacAddress>(1 << BITS).fill(MAC_NONE)

const spread = (word: number): number => Math.imul(word, 0x9e3779b1) >>> SHIFT

/** The IPv4 address at `b[at]`. */
export const readAddress4 = (b: Uint8Array, at: number): Address => {
  const word = get32(b, at)
  const slot = spread(word)
  const known = slots4[slot] as Address
  if (known.w3 === word) return known
  return (slots4[slot] = Address.v4(word))
}

/** The IPv6 address at `b[at]`. */
export const readAddress6 = (b: Uint8Array, at: number): Address => {
  const w0 = get32(b, at)
  const w1 = get32(b, at + 4)
  const w2 = get32(b, at + 8)
  const w3 = get32(b, at + 12)
  const slot = spread(w0 ^ spread(w1) ^ w2 ^ Math.imul(w3, 0x85ebca6b))
  const known = slots6[slot] as Address
  if (known.w3 === w3 && known.w2 === w2 && known.w1 === w1 && known.w0 === w0) return known
  return (slots6[slot] = Address.v6(w0, w1, w2, w3))
}

/** The link address at `b[at]`. */
export const readMac = (b: Uint8Array, at: number): MacAddress => {
  const high = get16(b, at)
  const low = get32(b, at + 2)
  if (low === -1 && high === 0xffff) return MAC_BROADCAST
  const slot = spread(low ^ (high << 16))
  const known = slotsMac[slot] as MacAddress
  if (known.low === low && known.high === high) return known
  return (slotsMac[slot] = new MacAddress(high, low))
}
