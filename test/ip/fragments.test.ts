import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EMSGSIZE } from '../../src/wire/errno.ts'
import { Form, Fragment, Protocol } from '../../src/wire/packet.ts'
import { at, type IpHost, MODES, two } from '../support/ip.ts'
import type { Fields } from '../support/packets.ts'

const offset = (fragment: number): number => (fragment & Fragment.OFFSET) * 8
const pattern = (n: number): Uint8Array => Uint8Array.from({ length: n }, (_, i) => (i * 7) & 255)

/** A UDP datagram of so many octets of IP payload, whose header says nothing of a checksum. */
const datagram = (length: number): Uint8Array => {
  const bytes = pattern(length)
  bytes.set([0x03, 0xe8, 0x07, 0xd0, length >>> 8, length & 255, 0, 0])
  return bytes
}

/** A fragment from a to b as it would come over the wire. */
const piece = (
  a: IpHost,
  b: IpHost,
  whole: Uint8Array,
  from: number,
  to: number,
  more: boolean,
  fields: Fields = {},
): void =>
  a.inject({
    dstMac: b.eth.mac,
    form: Form.NETWORK,
    protocol: Protocol.UDP,
    src: at('10.0.0.1'),
    dst: at('10.0.0.2'),
    ipId: 77,
    fragment: (from >>> 3) | (more ? Fragment.MF : 0),
    payload: whole.slice(from, to),
    ...fields,
  })

describe.each(MODES)('fragments, %s', (mode) => {
  it('[1122-3.3.3-a, 791-3.2-a, 791-2.3, 1122-3.2.1.4, 1122-3.3.2-a, 1122-3.3.2-b, 791-3.1-c] cut on the way out, whole on the other side', () => {
    const { net, a, b } = two(mode)
    a.send('10.0.0.2', { payload: pattern(4000) })
    net.run()
    const pieces = b.heard.filter((one) => !one.arp)
    expect(pieces.map((one) => [offset(one.fragment), one.bytes.length, one.fragment & Fragment.MF])).toEqual([
      [0, 1500, Fragment.MF],
      [1480, 1500, Fragment.MF],
      [2960, 1068, 0],
    ])
    expect(new Set(pieces.map((one) => one.ipId)).size).toBe(1)
    expect(b.udp.packets).toHaveLength(1)
    expect(b.udp.packets[0]?.payload).toEqual(pattern(4000))
    expect(a.mib('IpFragOKs')).toBe(1)
    expect(a.mib('IpFragCreates')).toBe(3)
    expect(b.mib('IpReasmReqds')).toBe(3)
    expect(b.mib('IpReasmOKs')).toBe(1)
  })

  it('[791-3.1-f, 6864-4.3-b] DF forbids: EMSGSIZE', () => {
    const { net, a, b } = two(mode)
    expect(a.send('10.0.0.2', { payload: 1473, fragment: Fragment.DF })).toBe(-EMSGSIZE)
    expect(a.send('10.0.0.2', { payload: 1472, fragment: Fragment.DF })).toBe(0)
    net.run()
    expect(b.udp.packets).toHaveLength(1)
    expect(a.mib('IpFragFails')).toBe(1)
  })

  it('[6864-4.1-b, 6864-4.3-a, 6864-4.2] atomic datagrams have no identification, others never the same twice', () => {
    const { net, a, b } = two(mode)
    a.send('10.0.0.2', { fragment: Fragment.DF })
    for (let i = 0; i < 50; i++) a.send('10.0.0.2')
    net.run()
    const ids = b.udp.packets.map((one) => one.ipId)
    expect(ids[0]).toBe(0)
    expect(new Set(ids.slice(1)).size).toBe(50)
  })

  it('[791-3.1-h, 815-6, 791-3.2-c] options: the copied ones in every fragment, all of them in the first', () => {
    const { net, a, b } = two(mode)
    const options = Uint8Array.of(7, 7, 4, 0, 0, 0, 0, 148, 4, 0, 0, 0)
    a.send('10.0.0.2', { payload: 2000, ipOptions: options })
    net.run()
    const pieces = b.heard.filter((one) => !one.arp)
    expect(pieces.map((one) => one.options)).toEqual([[...options], [148, 4, 0, 0]])
    expect(b.udp.packets[0]?.options).toEqual([...options])
    expect(b.udp.packets[0]?.payload).toHaveLength(2000)
  })

  it('[815-3-a, 815-3-b] any order, duplicates included, makes the datagram whole, once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(), { minLength: 24, maxLength: 24 }),
        (sizes, chances) => {
          const { net, a, b } = two(mode)
          b.sysctl('net.ipv4.ipfrag_max_dist', 0)
          const cuts = [0]
          for (const size of sizes) cuts.push((cuts.at(-1) as number) + 8 * size)
          const total = (cuts.at(-1) as number) + 3
          cuts.push(total)
          const whole = datagram(total)
          const ranges = cuts.slice(1).map((to, i): [number, number] => [cuts[i] as number, to])
          const order = ranges
            .map((range, i): [number, [number, number]] => [chances[i] as number, range])
            .sort((x, y) => x[0] - y[0])
            .map(([, range]) => range)
          // The last to come must not be doubled: its twin would begin the datagram anew.
          const sent = [...order.slice(0, -1).flatMap((range) => [range, range]), order.at(-1) as [number, number]]
          for (const [from, to] of sent) piece(a, b, whole, from, to, to !== total)
          net.run()
          expect(b.udp.packets).toHaveLength(1)
          expect(b.udp.packets[0]?.payload).toEqual(whole.slice(8))
          expect(b.ip.reassembly.charge).toBe(0)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('[5722-4-b] overlapping fragments discard the whole datagram, silently', () => {
    const { net, a, b } = two(mode)
    const whole = datagram(64)
    piece(a, b, whole, 0, 32, true)
    piece(a, b, whole, 24, 64, false)
    net.run()
    expect(b.count('IpReassemblyOverlap')).toBe(2)
    expect(b.ip.reassembly.size).toBe(0)
    piece(a, b, whole, 32, 64, false)
    net.run()
    expect(b.udp.packets).toHaveLength(0)
    expect(a.icmp).toHaveLength(0)
  })

  it.each([
    [
      'a second end',
      [
        [32, 64, false],
        [32, 72, false],
      ],
    ],
    [
      'octets beyond the end',
      [
        [32, 64, false],
        [64, 96, true],
      ],
    ],
    [
      'an end before what is there',
      [
        [32, 96, true],
        [40, 64, false],
      ],
    ],
  ] as const)('%s is no datagram', (_, ranges) => {
    const { net, a, b } = two(mode)
    const whole = datagram(128)
    for (const [from, to, more] of ranges) piece(a, b, whole, from, to, more)
    net.run()
    expect(b.ip.reassembly.size).toBe(0)
    expect(b.udp.packets).toHaveLength(0)
  })

  it('[791-2.3] other source, destination, protocol or identification is another datagram', () => {
    const { net, a, b } = two(mode)
    b.address('10.0.0.3/24')
    const whole = datagram(64)
    piece(a, b, whole, 0, 32, true)
    piece(a, b, whole, 32, 64, false, { ipId: 78 })
    piece(a, b, whole, 32, 64, false, { src: at('10.0.0.4') })
    piece(a, b, whole, 32, 64, false, { dst: at('10.0.0.3') })
    piece(a, b, whole, 32, 64, false, { protocol: 200 })
    net.run()
    expect(b.udp.packets).toHaveLength(0)
    expect(b.ip.reassembly.size).toBe(5)
  })

  it('[815-7, 1122-3.3.2-d, 792-p6] after thirty seconds it is given up: Time Exceeded code 1, if the first fragment came', () => {
    const { net, a, b } = two(mode)
    const whole = datagram(64)
    piece(a, b, whole, 0, 32, true)
    piece(a, b, whole, 32, 64, false, { ipId: 78 })
    net.pass(29.9)
    expect(b.ip.reassembly.size).toBe(2)
    net.pass(0.2)
    expect(b.ip.reassembly.size).toBe(0)
    expect(b.ip.reassembly.charge).toBe(0)
    expect(b.mib('IpReasmTimeout')).toBe(2)
    expect(a.icmp).toHaveLength(1)
    expect(a.icmp[0]).toMatchObject({ icmpType: 11, icmpCode: 1 })
  })

  it('[1122-3.3.2-e] ipfrag_time sets the time', () => {
    const { net, a, b } = two(mode)
    b.sysctl('net.ipv4.ipfrag_time', 60)
    piece(a, b, datagram(64), 0, 32, true)
    net.pass(59)
    expect(b.ip.reassembly.size).toBe(1)
    net.pass(2)
    expect(b.ip.reassembly.size).toBe(0)
  })

  it('[791-3.2-e] never more than 65,535 octets', () => {
    const { net, a, b } = two(mode)
    piece(a, b, datagram(64), 0, 64, false, { fragment: 0x1fff })
    net.run()
    expect(b.count('IpReassemblyOverflow')).toBe(1)
  })

  it('[791-3.2-a] a fragment in the middle has a multiple of eight octets', () => {
    const { net, a, b } = two(mode)
    piece(a, b, datagram(64), 0, 33, true)
    net.run()
    expect(b.count('IpFragmentError')).toBe(1)
  })

  it('[1858-3.2.1, 1858-4.2, 3128-3] tiny fragments of TCP are attacks', () => {
    const { net, a, b } = two(mode)
    const whole = datagram(64)
    piece(a, b, whole, 0, 8, true, { protocol: Protocol.TCP })
    piece(a, b, whole, 8, 64, false, { protocol: Protocol.TCP })
    net.run()
    expect(b.count('IpTinyFragment')).toBe(2)
    piece(a, b, whole, 0, 8, true)
    piece(a, b, whole, 8, 64, false)
    net.run()
    expect(b.udp.packets).toHaveLength(1)
  })

  it('fragments hold no more than ipfrag_high_thresh', () => {
    const { net, a, b } = two(mode)
    b.sysctl('net.ipv4.ipfrag_high_thresh', 20_000)
    for (let i = 0; i < 100; i++) piece(a, b, datagram(1400), 0, 1400, true, { ipId: i })
    net.run()
    expect(b.ip.reassembly.charge).toBeLessThan(23_000)
    expect(b.count('IpReassemblyMemory')).toBeGreaterThan(80)
  })

  it('ipfrag_max_dist: a datagram overtaken by many others of its source is given up', () => {
    const { net, a, b } = two(mode)
    b.sysctl('net.ipv4.ipfrag_max_dist', 4)
    const whole = datagram(64)
    piece(a, b, whole, 0, 32, true)
    for (let i = 0; i < 6; i++) piece(a, b, whole, 0, 32, true, { ipId: 100 + i })
    piece(a, b, whole, 32, 64, false)
    net.run()
    expect(b.udp.packets).toHaveLength(0)
  })

  it('[6864-4.1-c] the identification of atomic datagrams is ignored', () => {
    const { net, a, b } = two(mode)
    for (let i = 0; i < 2; i++) a.send('10.0.0.2', { ipId: 5, fragment: Fragment.DF })
    net.run()
    expect(b.udp.packets).toHaveLength(2)
  })

  it('[8200-4.5-a, 8200-4.5-b, 8504-5.1-a, 8504-5.1-b, 8200-5-c] IPv6: by the source, with a Fragment header', () => {
    const { net, a, b } = two(mode)
    a.ip.neighbours6.set(at('2001:db8::2'), a.eth, b.eth.mac, 'PERMANENT')
    a.send('2001:db8::2', { payload: pattern(3000) })
    a.send('2001:db8::2', { payload: pattern(3000) })
    net.run()
    const pieces = b.heard.filter((one) => !one.arp)
    expect(pieces.slice(0, 3).map((one) => [offset(one.fragment), one.bytes.length])).toEqual([
      [0, 1496],
      [1448, 1496],
      [2896, 40 + 8 + 3008 - 2896],
    ])
    expect(pieces[0]?.ipId).not.toBe(pieces[3]?.ipId)
    expect(b.udp.packets.map((one) => one.payload.length)).toEqual([3000, 3000])
    expect(b.udp.packets[0]?.payload).toEqual(pattern(3000))
  })

  it('[8200-4.5-d, 8200-4.5-h, 8200-4.5-i] IPv6 reassembly: sixty seconds, no overlap, duplicates dropped', () => {
    const { net, a, b } = two(mode)
    b.ip.neighbours6.set(at('2001:db8::1'), b.eth, a.eth.mac, 'PERMANENT')
    const six = { etherType: 0x86dd, src: at('2001:db8::1'), dst: at('2001:db8::2'), protocol: 253 }
    const whole = pattern(64)
    piece(a, b, whole, 0, 32, true, { ...six, ipId: 1 })
    piece(a, b, whole, 0, 32, true, { ...six, ipId: 1 })
    net.pass(59)
    expect(b.count('IpReassemblyDuplicate')).toBe(1)
    expect(a.icmp).toHaveLength(0)
    net.pass(2)
    expect(a.icmp[0]).toMatchObject({ icmpType: 3, icmpCode: 1 })
    piece(a, b, whole, 0, 32, true, { ...six, ipId: 2 })
    piece(a, b, whole, 24, 64, false, { ...six, ipId: 2 })
    net.run()
    expect(b.ip.reassembly.size).toBe(0)
    expect(a.icmp).toHaveLength(1)
  })

  it('[8200-4.5-e, 8200-4.5-f] IPv6: wrong lengths are reported at the octet', () => {
    const { net, a, b } = two(mode)
    b.ip.neighbours6.set(at('2001:db8::1'), b.eth, a.eth.mac, 'PERMANENT')
    const six = { etherType: 0x86dd, src: at('2001:db8::1'), dst: at('2001:db8::2') }
    piece(a, b, pattern(64), 0, 33, true, six)
    piece(a, b, pattern(64), 0, 64, false, { ...six, fragment: 0x1fff })
    net.run()
    expect(a.icmp.map((one) => [one.icmpType, one.icmpCode, one.icmpRest])).toEqual([
      [4, 0, 4],
      [4, 0, 42],
    ])
  })
})
