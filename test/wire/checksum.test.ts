import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { finish, fold, pseudoHeader, sum, sumWords, updateChecksum, updateChecksum32 } from '../../src/wire/checksum.ts'
import { Memory } from '../../src/wire/memory.ts'
import { parseAddress } from '../../src/wire/parse.ts'

/** RFC 1071 section 4.1, word for word: a 32-bit accumulator, an odd byte padded, folded at the end. */
const naive = (bytes: readonly number[], initial = 0): number => {
  let s = initial
  for (let i = 0; i < bytes.length; i += 2) s += (bytes[i]! << 8) | (bytes[i + 1] ?? 0)
  while (s > 0xffff) s = (s & 0xffff) + Math.floor(s / 0x10000)
  return s
}

const bytesArray = fc.uint8Array({ minLength: 0, maxLength: 400 })

describe('one’s complement sum', () => {
  test('[1071-1] the example of RFC 1071 3', () => {
    expect(sum(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7), 0, 8)).toBe(0xddf2)
    expect(finish(0xddf2)).toBe(0x220d)
  })

  test('[1071-1] by bytes and by words equals the naive sum, at every offset and length', () => {
    const memory = new Memory()
    fc.assert(
      fc.property(bytesArray, fc.nat(9), fc.nat(0xffff), (bytes, offset, initial) => {
        const chunk = memory.chunk(512)
        chunk.bytes.fill(0xa5)
        chunk.bytes.set(bytes, offset)
        const end = offset + bytes.length
        const expected = naive([...bytes], initial)
        expect(sum(chunk.bytes, offset, end, initial)).toBe(expected)
        expect(sumWords(chunk.asWords(), chunk.bytes, offset, end, initial)).toBe(expected)
        chunk.release()
      }),
      { numRuns: 500 },
    )
  })

  test('[1071-1] long ranges of ones neither overflow nor lose carries', () => {
    const chunk = new Memory().chunk(65_536)
    chunk.bytes.fill(0xff)
    for (const [start, end] of [
      [0, 65_536],
      [1, 65_536],
      [2, 65_535],
      [3, 65_533],
    ] as const) {
      const expected = naive([...chunk.bytes.subarray(start, end)], 0xffff)
      expect(sum(chunk.bytes, start, end, 0xffff)).toBe(expected)
      expect(sumWords(chunk.asWords(), chunk.bytes, start, end, 0xffff)).toBe(expected)
    }
  })

  test('[1071-1] parts of even length add up to the whole', () => {
    fc.assert(
      fc.property(bytesArray, fc.nat(200), (bytes, half) => {
        const cut = Math.min(half * 2, bytes.length & ~1)
        expect(sum(bytes, cut, bytes.length, sum(bytes, 0, cut))).toBe(sum(bytes, 0, bytes.length))
      }),
    )
  })

  test('a range and the complement of its sum add up to 0xffff', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 64 }), (bytes) => {
        const s = sum(bytes, 0, bytes.length)
        expect(fold(s + finish(s))).toBe(0xffff)
      }),
    )
  })

  test('[9293-3.1-a, 8200-8.1-a] the pseudo-header sums addresses, protocol and length of both families', () => {
    const v4 = [10, 0, 0, 1, 192, 168, 255, 254, 0, 6, 0x12, 0x34]
    expect(fold(pseudoHeader(parseAddress('10.0.0.1')!, parseAddress('192.168.255.254')!, 6, 0x1234))).toBe(naive(v4))
    const src = '2001:db8:1:2:3:4:5:6'
    const dst = 'ff02::1:ff00:abcd'
    const words = [0x2001, 0xdb8, 1, 2, 3, 4, 5, 6, 0xff02, 0, 0, 0, 0, 1, 0xff00, 0xabcd, 0x0001, 0x0005, 0, 58]
    const v6 = words.flatMap((w) => [w >> 8, w & 255])
    expect(fold(pseudoHeader(parseAddress(src)!, parseAddress(dst)!, 58, 0x10005))).toBe(naive(v6))
  })
})

describe('incremental update', () => {
  test('[1624-3] equals the checksum of the changed header', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), fc.nat(9), fc.nat(0xffff), (header, word, value) => {
        // A header that is nothing but zeros has no sum of 0xffff: no IP header is.
        header[0] = 0x45
        const at = 2 * (word === 0 ? 1 : word)
        const before = (header[at]! << 8) | header[at + 1]!
        const checksum = finish(sum(header, 0, 20))
        header[at] = value >> 8
        header[at + 1] = value & 255
        expect(updateChecksum(checksum, before, value)).toBe(finish(sum(header, 0, 20)))
      }),
    )
  })

  test('[1624-3] the zero pitfall of RFC 1624 4: 0x0000, not 0xffff', () => {
    expect(updateChecksum(0xdd2f, 0x5555, 0x3285)).toBe(0x0000)
  })

  test('[1624-3] a 32-bit word', () => {
    const header = Uint8Array.of(0x45, 0, 0, 20, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2)
    const checksum = finish(sum(header, 0, 20))
    header.set([203, 0, 113, 255], 12)
    expect(updateChecksum32(checksum, 0x0a000001, 0xcb0071ff | 0)).toBe(finish(sum(header, 0, 20)))
  })
})
