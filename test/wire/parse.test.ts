import { isIPv4, isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Address } from '../../src/wire/address.ts'
import {
  broadcastOf,
  fromBytes,
  isInPrefix,
  maskLength,
  networkOf,
  parseAddress,
  parseCidr,
  parseMac,
  parseScoped,
  prefixMask,
  toBytes,
} from '../../src/wire/parse.ts'

const text = (address: Address | null): string | null => (address === null ? null : address.toString())
const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
/** Words with many zero groups, so that `::` has its chances. */
const sparse = fc.oneof(fc.constant(0), fc.constant(1), fc.constant(0x10000), fc.constant(0xffff), word)
const address = fc.oneof(
  word.map((w) => Address.v4(w)),
  fc.tuple(sparse, sparse, sparse, sparse).map(([a, b, c, d]) => Address.v6(a, b, c, d)),
)

describe('addresses', () => {
  test.each(['0.0.0.0', '127.0.0.1', '255.255.255.255', '10.0.0.1'])('IPv4 %s', (t) => {
    expect(text(parseAddress(t))).toBe(t)
  })

  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.04',
    '0x1.2.3.4',
    '1.2.3.4 ',
    ' 1.2.3.4',
    '1.2.3.',
    '.1.2.3',
    '1..2.3',
    '1.2.3.-4',
    '1.2.3.4e0',
    '١.2.3.4',
    '2130706433',
    '127.1',
    '1.2.3.1000',
  ])('IPv4 refuses what inet_pton refuses: %j', (t) => {
    expect(parseAddress(t)).toBeNull()
  })

  test.each([
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:8:800:200C:417A', '2001:db8::8:800:200c:417a'],
    ['FF01:0:0:0:0:0:0:101', 'ff01::101'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['0:0:0:0:0:FFFF:129.144.52.38', '::ffff:129.144.52.38'],
    ['::13.1.68.3', '::d01:4403'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['0001:0002::', '1:2::'],
  ])('[4291-2.2] IPv6 %s', (t, canonical) => {
    expect(text(parseAddress(t))).toBe(canonical)
  })

  test.each([
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    ':1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7:8:',
    '12345::',
    'g::',
    '::1.2.3',
    '::1.2.3.256',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::1%lo',
    '[::1]',
  ])('[4291-2.2] IPv6 refuses %j', (t) => {
    expect(parseAddress(t)).toBeNull()
  })

  test('[8504-11.1] text is canonical: lower case, no leading zeros, the longest run of zeros (the first of equals) shortened', () => {
    expect(text(parseAddress('2001:0DB8:0:0:1:0:0:1'))).toBe('2001:db8::1:0:0:1')
    expect(text(parseAddress('2001:0:0:1:0:0:0:1'))).toBe('2001:0:0:1::1')
    expect(text(parseAddress('2001:db8:0:1:1:1:1:1'))).toBe('2001:db8:0:1:1:1:1:1')
  })

  test('[4291-2.2, 8504-11.1] parsing gives back what was printed', () => {
    fc.assert(
      fc.property(address, (a) => {
        const back = parseAddress(a.toString())
        expect(back?.equals(a)).toBe(true)
        expect(back?.hash).toBe(a.hash)
      }),
    )
  })

  test('agrees with Node’s own judgement on near misses', () => {
    const piece = fc.constantFrom('::', ':', '.', '1', '0', '00', 'ff', '255', '256', 'abcd', '12345', '1.2.3.4')
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), (parts) => {
        const t = parts.join('')
        expect(parseAddress(t)?.family ?? 0).toBe(isIPv4(t) ? 4 : isIPv6(t) ? 6 : 0)
      }),
      { numRuns: 2000 },
    )
  })

  test('zones', () => {
    expect(parseScoped('fe80::1%eth0')).toMatchObject({ zone: 'eth0' })
    expect(text(parseScoped('fe80::1%eth0')?.address ?? null)).toBe('fe80::1')
    expect(parseScoped('10.0.0.1')).toMatchObject({ zone: null })
    expect(parseScoped('10.0.0.1%eth0')).toBeNull()
    expect(parseScoped('fe80::1%')).toBeNull()
    expect(parseScoped('fe80::x%eth0')).toBeNull()
  })

  test('bytes, as in a struct sockaddr', () => {
    expect([...toBytes(Address.v4(0x7f000001))]).toEqual([127, 0, 0, 1])
    fc.assert(
      fc.property(address, (a) => {
        const bytes = toBytes(a)
        expect(bytes.length).toBe(a.family === 4 ? 4 : 16)
        expect(fromBytes(Uint8Array.of(9, ...bytes), a.family, 1).equals(a)).toBe(true)
      }),
    )
  })
})

describe('prefixes', () => {
  test('[4291-2.3, 4632-3.1] any length from 0 to the family’s bits', () => {
    for (let n = 0; n <= 32; n++) expect(parseCidr(`10.1.2.3/${n}`)).toMatchObject({ length: n })
    for (let n = 0; n <= 128; n++) expect(parseCidr(`2001:db8::1/${n}`)).toMatchObject({ length: n })
    expect(text(parseCidr('10.1.2.3/8')?.address ?? null)).toBe('10.1.2.3')
  })

  test.each([
    '10.0.0.1',
    '10.0.0.1/',
    '10.0.0.1/33',
    '::/129',
    '10.0.0.1/-1',
    '10.0.0.1/08',
    '10.0.0.1/8/8',
    '/8',
    '10.0.0/8',
    '::1/ 8',
  ])('[4291-2.3] refuses %j', (t) => {
    expect(parseCidr(t)).toBeNull()
  })

  test('[950-2.2] membership compares masked bits', () => {
    const inside = (a: string, cidr: string): boolean => {
      const c = parseCidr(cidr)!
      return isInPrefix(parseAddress(a)!, c.address, c.length)
    }
    expect(inside('10.0.0.255', '10.0.0.1/24')).toBe(true)
    expect(inside('10.0.1.0', '10.0.0.1/24')).toBe(false)
    expect(inside('10.0.0.130', '10.0.0.129/31')).toBe(false)
    expect(inside('255.255.255.255', '0.0.0.0/0')).toBe(true)
    expect(inside('10.0.0.1', '10.0.0.1/32')).toBe(true)
    expect(inside('2001:db8::1', '::/0')).toBe(true)
    expect(inside('2001:db8:0:1::', '2001:db8::/64')).toBe(false)
    expect(inside('2001:db8:0:0:ffff::', '2001:db8::/64')).toBe(true)
    expect(inside('2001:db8::1:0', '2001:db8::/111')).toBe(true)
    expect(inside('2001:db8::1:0', '2001:db8::/112')).toBe(false)
    expect(inside('0.0.0.0', '::/0')).toBe(false)
  })

  test('membership equals equality of networks, bit by bit', () => {
    fc.assert(
      fc.property(address, fc.nat(128), fc.nat(127), (a, length, bit) => {
        const bits = a.family === 4 ? 32 : 128
        const n = Math.min(length, bits)
        const flipped = toBytes(a)
        const at = bit % bits
        flipped[at >> 3]! ^= 0x80 >> (at & 7)
        const b = fromBytes(flipped, a.family)
        expect(isInPrefix(a, b, n)).toBe(at >= n)
        expect(networkOf(a, n).equals(networkOf(b, n))).toBe(at >= n)
        expect(maskLength(prefixMask(a.family, n))).toBe(n)
      }),
    )
  })

  test('masks and broadcasts', () => {
    expect(text(prefixMask(4, 24))).toBe('255.255.255.0')
    expect(text(prefixMask(4, 0))).toBe('0.0.0.0')
    expect(text(prefixMask(6, 65))).toBe('ffff:ffff:ffff:ffff:8000::')
    expect(maskLength(parseAddress('255.0.255.0')!)).toBe(-1)
    expect(text(broadcastOf(parseAddress('10.1.2.3')!, 24))).toBe('10.1.2.255')
    expect(text(broadcastOf(parseAddress('10.1.2.3')!, 0))).toBe('255.255.255.255')
    expect(broadcastOf(parseAddress('10.1.2.3')!, 31)).toBeNull()
    expect(broadcastOf(parseAddress('10.1.2.3')!, 32)).toBeNull()
    expect(broadcastOf(parseAddress('::1')!, 64)).toBeNull()
  })
})

describe('link addresses', () => {
  test('colons or hyphens, one or two digits', () => {
    expect(parseMac('02:00:00:00:00:01')?.toString()).toBe('02:00:00:00:00:01')
    expect(parseMac('FF-ff-FF-ff-FF-ff')?.isBroadcast).toBe(true)
    expect(parseMac('2:0:0:0:0:a')?.toString()).toBe('02:00:00:00:00:0a')
    for (const bad of [
      '',
      '02:00:00:00:00',
      '02:00:00:00:00:00:00',
      '02:00-00:00:00:00',
      '020000000000',
      '0g:0:0:0:0:0',
    ])
      expect(parseMac(bad)).toBeNull()
  })

  test('group and broadcast bits', () => {
    expect(parseMac('01:00:5e:00:00:01')?.isGroup).toBe(true)
    expect(parseMac('02:00:00:00:00:01')?.isGroup).toBe(false)
  })
})
