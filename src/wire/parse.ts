/**
 * Addresses as text: strict as inet_pton(3), so no octal, no short forms, no white space. The loose forms that inet_aton(3)
 * takes (`127.1`, `0x7f000001`) belong to the programs that accept them.
 */
import { Address, type Family, MacAddress } from './address.ts'
import { get32 } from './bytes.ts'

const DECIMAL = /^(?:0|[1-9][0-9]{0,2})$/
const HEX_GROUP = /^[0-9a-f]{1,4}$/i

/** Four parts, decimal, no leading zeros (an old ambiguity: octal for some). As a 32-bit word, or null. */
const parseQuad = (text: string): number | null => {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  let word = 0
  for (const part of parts) {
    if (!DECIMAL.test(part)) return null
    const value = Number(part)
    if (value > 255) return null
    word = (word << 8) | value
  }
  return word
}

/** Groups of one side of a `::`, the last one possibly a dotted quad; null if one is malformed. */
const parseGroups = (text: string, quadAllowed: boolean): number[] | null => {
  const groups: number[] = []
  if (text === '') return groups
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (quadAllowed && i === parts.length - 1 && part.includes('.')) {
      const word = parseQuad(part)
      if (word === null) return null
      groups.push(word >>> 16, word & 0xffff)
    } else {
      if (!HEX_GROUP.test(part)) return null
      groups.push(Number.parseInt(part, 16))
    }
  }
  return groups
}

/** The three forms of RFC 4291 2.2: eight groups, `::` once for any number of zero groups, a dotted quad in place of the last two. */
const parse6 = (text: string): Address | null => {
  const sides = text.split('::')
  const [left = '', right] = sides
  if (sides.length > 2) return null
  const head = parseGroups(left, right === undefined)
  const tail = right === undefined ? [] : parseGroups(right, true)
  if (head === null || tail === null) return null
  const missing = 8 - head.length - tail.length
  // As inet_pton: `::` stands for at least one group.
  if (right === undefined ? missing !== 0 : missing < 1) return null
  const g = [...head, ...new Array<number>(missing).fill(0), ...tail]
  const word = (i: number): number => ((g[i] as number) << 16) | (g[i + 1] as number)
  return Address.v6(word(0), word(2), word(4), word(6))
}

/** An IPv4 dotted quad or any IPv6 form, without scope; null for anything else. */
export const parseAddress = (text: string): Address | null => {
  if (text.includes(':')) return parse6(text)
  const word = parseQuad(text)
  return word === null ? null : Address.v4(word)
}

/** `fe80::1%eth0`: an address and its zone (RFC 4007 11), which is null when the text has none. Only IPv6 has zones. */
export const parseScoped = (text: string): { address: Address; zone: string | null } | null => {
  const percent = text.indexOf('%')
  const address = parseAddress(percent < 0 ? text : text.slice(0, percent))
  if (address === null) return null
  if (percent < 0) return { address, zone: null }
  const zone = text.slice(percent + 1)
  return address.family === 6 && zone !== '' ? { address, zone } : null
}

export interface Cidr {
  /** As written: host bits are kept (`10.0.0.1/24`). */
  readonly address: Address
  readonly length: number
}

/** `address/length` (RFC 4291 2.3, RFC 4632 3.1); null if either is malformed or the length exceeds the family's. */
export const parseCidr = (text: string): Cidr | null => {
  const slash = text.indexOf('/')
  if (slash < 0) return null
  const address = parseAddress(text.slice(0, slash))
  const digits = text.slice(slash + 1)
  if (address === null || !DECIMAL.test(digits)) return null
  const length = Number(digits)
  return length > addressBits(address.family) ? null : { address, length }
}

const MAC = /^[0-9a-f]{1,2}(?:([:-])[0-9a-f]{1,2})(?:\1[0-9a-f]{1,2}){4}$/i

/** Six octets in hexadecimal, with colons or hyphens: `02:00:00:00:00:01`. */
export const parseMac = (text: string): MacAddress | null => {
  if (!MAC.test(text)) return null
  const o = text.split(/[:-]/).map((octet) => Number.parseInt(octet, 16))
  const at = (i: number): number => o[i] as number
  return new MacAddress((at(0) << 8) | at(1), (at(2) << 24) | (at(3) << 16) | (at(4) << 8) | at(5))
}

/** 32 or 128. */
export const addressBits = (family: Family): number => (family === 4 ? 32 : 128)

/** The mask of word `index` of four, for a prefix of `length` of 128 bits. */
const maskWord = (length: number, index: number): number => {
  const bits = length - 32 * index
  if (bits <= 0) return 0
  return bits >= 32 ? -1 : -1 << (32 - bits)
}

/** The netmask of an IPv4 prefix as a word: 24 gives 0xffffff00. */
export const mask4 = (length: number): number => maskWord(length, 0)

/** The netmask as an address: `255.255.255.0`, `ffff:ffff::`. */
export const prefixMask = (family: Family, length: number): Address =>
  family === 4
    ? Address.v4(mask4(length))
    : Address.v6(maskWord(length, 0), maskWord(length, 1), maskWord(length, 2), maskWord(length, 3))

/** Length of a netmask, or -1 if its ones are not contiguous. */
export const maskLength = (mask: Address): number => {
  const bits = addressBits(mask.family)
  for (let n = 0; n <= bits; n++) if (prefixMask(mask.family, n).equals(mask)) return n
  return -1
}

/** Whether the first `length` bits of both are equal (RFC 950 2.2). Addresses of two families never match. */
export const isInPrefix = (address: Address, prefix: Address, length: number): boolean => {
  if (address.family !== prefix.family) return false
  if (address.family === 4) return ((address.w3 ^ prefix.w3) & maskWord(length, 0)) === 0
  return (
    (((address.w0 ^ prefix.w0) & maskWord(length, 0)) |
      ((address.w1 ^ prefix.w1) & maskWord(length, 1)) |
      ((address.w2 ^ prefix.w2) & maskWord(length, 2)) |
      ((address.w3 ^ prefix.w3) & maskWord(length, 3))) ===
    0
  )
}

/** The address with its host bits cleared: the network that `10.0.0.1/24` is in. */
export const networkOf = (address: Address, length: number): Address => {
  const m = prefixMask(address.family, length)
  if (address.family === 4) return Address.v4(address.w3 & m.w3)
  return Address.v6(address.w0 & m.w0, address.w1 & m.w1, address.w2 & m.w2, address.w3 & m.w3)
}

/** The directed broadcast of an IPv4 network; null for /31 and /32 (RFC 3021) and for IPv6, which has none. */
export const broadcastOf = (address: Address, length: number): Address | null =>
  address.family === 6 || length >= 31 ? null : Address.v4(address.w3 | ~mask4(length))

/** 4 or 16 bytes in network order, as in a struct sockaddr. */
export const toBytes = (address: Address): Uint8Array => {
  const words = address.family === 4 ? [address.w3] : [address.w0, address.w1, address.w2, address.w3]
  return Uint8Array.from(words.flatMap((w) => [w >>> 24, (w >>> 16) & 255, (w >>> 8) & 255, w & 255]))
}

/** The address in the first 4 or 16 bytes from `at`. */
export const fromBytes = (bytes: Uint8Array, family: Family, at = 0): Address =>
  family === 4
    ? Address.v4(get32(bytes, at))
    : Address.v6(get32(bytes, at), get32(bytes, at + 4), get32(bytes, at + 8), get32(bytes, at + 12))
