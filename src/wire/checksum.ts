/**
 * The Internet checksum (RFC 1071): the one's complement sum of 16-bit words.
 *
 * `sum` adds bytes to a running sum, `fold` brings a running sum to 16 bits, `finish` complements it for the wire. Parts are
 * summed one after the other as long as all but the last have an even length. Long ranges of a chunk are read as 32-bit
 * words of the machine (`sumWords`), three times faster than by bytes; a vector version would take its place.
 */
import type { Address } from './address.ts'
import type { Packet } from './packet.ts'

/** Whether this machine keeps the low byte first. The sum is the same in either order, but for its bytes' order (RFC 1071 1 (B)). */
const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** From this length on, reading words pays for finding them. */
const WORDS = 64

/** A running sum (below 2^32) brought to 16 bits. */
export const fold = (s: number): number => {
  s = (s & 0xffff) + (s >>> 16)
  return (s & 0xffff) + (s >>> 16)
}

/** What goes into a header: the complement of the folded sum. */
export const finish = (s: number): number => ~fold(s) & 0xffff

/** `initial` plus the words of `b[start, end)`, an odd last byte padded with zero (RFC 9293 3.1). Folded. */
export const sum = (b: Uint8Array, start: number, end: number, initial = 0): number => {
  let high = 0
  let low = 0
  let i = start
  for (const stop = end - 7; i < stop; i += 8) {
    high += (b[i] as number) + (b[i + 2] as number) + (b[i + 4] as number) + (b[i + 6] as number)
    low += (b[i + 1] as number) + (b[i + 3] as number) + (b[i + 5] as number) + (b[i + 7] as number)
  }
  for (const stop = end - 1; i < stop; i += 2) {
    high += b[i] as number
    low += b[i + 1] as number
  }
  if (i < end) high += b[i] as number
  // Each part folded by itself: their sum might not fit 32 bits.
  return fold(fold(low) + (fold(high) << 8) + fold(initial))
}

/**
 * The same, where `words` are the 32-bit words of `b` from its first byte (`Chunk.words`).
 *
 * Sums words as they lie in memory; RFC 1071 2 (B) then says when the two bytes of the result change places: if the machine's
 * order is not the network's, or if `start` is odd, but not if both.
 */
export const sumWords = (words: Uint32Array, b: Uint8Array, start: number, end: number, initial: number): number => {
  if (end - start < WORDS) return sum(b, start, end, initial)
  const odd = LITTLE ? 8 : 0
  const even = 8 - odd
  let s = 0
  let i = start
  for (; (i & 3) !== 0; i++) s += (b[i] as number) << ((i & 1) === 0 ? even : odd)
  let w = i >>> 2
  const last = end >>> 2
  for (const stop = last - 3; w < stop; w += 4)
    s += (words[w] as number) + (words[w + 1] as number) + (words[w + 2] as number) + (words[w + 3] as number)
  for (; w < last; w++) s += words[w] as number
  for (i = last << 2; i < end; i++) s += (b[i] as number) << ((i & 1) === 0 ? even : odd)
  // Up to 2^50, so exact as a double: the high half first.
  const folded = fold(fold(Math.floor(s / 0x1_0000_0000)) + fold(s >>> 0))
  const swapped = ((start & 1) === 0) === LITTLE
  return fold((swapped ? ((folded & 0xff) << 8) | (folded >>> 8) : folded) + fold(initial))
}

/** `initial` plus the words of a range of the packet's payload buffer. */
export const sumPayload = (packet: Packet, start: number, end: number, initial: number): number => {
  const chunk = packet.chunk
  if (chunk === null || end - start < WORDS) return sum(packet.buf, start, end, initial)
  return sumWords(chunk.asWords(), chunk.bytes, start, end, initial)
}

const half = (word: number): number => (word >>> 16) + (word & 0xffff)

/** The pseudo-header's sum: addresses, protocol and upper-layer length (RFC 9293 3.1, RFC 768, RFC 8200 8.1). Not folded. */
export const pseudoHeader = (src: Address, dst: Address, protocol: number, length: number): number => {
  const s = half(src.w3) + half(dst.w3) + protocol + half(length)
  if (src.family === 4) return s
  return s + half(src.w0) + half(src.w1) + half(src.w2) + half(dst.w0) + half(dst.w1) + half(dst.w2)
}

/**
 * The checksum of a header in which one 16-bit word changed from `before` to `after`: RFC 1624 3, equation 3. Its form keeps
 * the zeros right where equation 4 of RFC 1141 turned 0xffff up for 0.
 */
export const updateChecksum = (checksum: number, before: number, after: number): number =>
  ~fold((~checksum & 0xffff) + (~before & 0xffff) + after) & 0xffff

/** The same for a 32-bit word, such as an IPv4 address. */
export const updateChecksum32 = (checksum: number, before: number, after: number): number =>
  updateChecksum(updateChecksum(checksum, before >>> 16, after >>> 16), before & 0xffff, after & 0xffff)
