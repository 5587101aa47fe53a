/** What the layers above share: errno, serial numbers, reasons, counters, memory. */
import { constants } from 'node:os'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  Address,
  ANY4,
  ANY6,
  BROADCAST4,
  LOOPBACK4,
  LOOPBACK6,
  MAC_BROADCAST,
  MAC_NONE,
} from '../../src/wire/address.ts'
import * as errno from '../../src/wire/errno.ts'
import { CHUNK_LARGE, CHUNK_SMALL, Memory } from '../../src/wire/memory.ts'
import { Form, Packet } from '../../src/wire/packet.ts'
import { parseAddress } from '../../src/wire/parse.ts'
import { Reason, reasons } from '../../src/wire/reason.ts'
import { seqAdd, seqDiff, seqGe, seqGt, seqLe, seqLt, seqMax, seqMin, seqWithin } from '../../src/wire/seq.ts'
import { type HostEvent, Mib, mibNames, Telemetry } from '../../src/wire/telemetry.ts'
import { anyPacket, build, contents } from './arbitrary.ts'

describe('errno', () => {
  const numbers = Object.entries(errno).flatMap(([name, n]) => (typeof n === 'number' ? [[name, n] as const] : []))

  test('numbers are Linux’s, and every one has its name and glibc’s text', async () => {
    const lines = numbers.map(([name, n]) => {
      if (name !== 'EWOULDBLOCK' && name !== 'ENOTSUP')
        expect([errno.errnoName(n), errno.errnoName(-n), errno.errnoOf(name)]).toEqual([name, name, n])
      expect(errno.strerror(-n)).toBe(errno.strerror(n))
      return `${n} ${name} ${errno.strerror(n)}`
    })
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('fixtures/errno.txt')
    if (process.platform === 'linux')
      for (const [name, n] of numbers) {
        const known = (constants.errno as Record<string, number>)[name]
        if (known !== undefined) expect([name, n]).toEqual([name, known])
      }
  })

  test('an unknown number says so', () => {
    expect([errno.errnoName(4000), errno.strerror(-4000), errno.errnoOf('ENONSENSE')]).toEqual([
      'E4000',
      'Unknown error 4000',
      undefined,
    ])
  })
})

describe('serial numbers', () => {
  const i32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })

  test('compare by distance on the circle, across both wraps', () => {
    fc.assert(
      fc.property(i32, fc.integer({ min: 1, max: 2 ** 31 - 1 }), (a, distance) => {
        const b = seqAdd(a, distance)
        expect(seqDiff(b, a)).toBe(distance)
        expect([seqLt(a, b), seqLe(a, b), seqGt(a, b), seqGe(a, b)]).toEqual([true, true, false, false])
        expect([seqLt(b, a), seqLe(b, a), seqGt(b, a), seqGe(b, a)]).toEqual([false, false, true, true])
        expect([seqLt(a, a), seqLe(a, a), seqGt(a, a), seqGe(a, a)]).toEqual([false, true, false, true])
        expect([seqMax(a, b), seqMax(b, a), seqMin(a, b), seqMin(b, a)]).toEqual([b, b, a, a])
        expect([
          seqWithin(a, a, b),
          seqWithin(b, a, b),
          seqWithin(seqAdd(a, -1), a, b),
          seqWithin(seqAdd(b, -1), a, b),
        ]).toEqual([true, false, false, true])
      }),
    )
  })

  test('stay int32', () => {
    expect(seqAdd(0x7fffffff, 1)).toBe(-0x80000000)
    expect(seqAdd(-1, 2)).toBe(1)
    expect(seqDiff(-0x80000000, 0x7fffffff)).toBe(1)
  })
})

describe('reasons and counters', () => {
  test('each reason has a name of its own, a kind, a clause and words', () => {
    expect(new Set(reasons.map((r) => r.name)).size).toBe(reasons.length)
    for (const [name, code] of Object.entries(Reason)) {
      const reason = reasons[code]
      expect(reason?.name.replaceAll('_', '')).toBe(name.toLowerCase())
      expect(['drop', 'reset', 'retransmit', 'state', 'stall', 'note']).toContain(reason?.kind)
      expect([reason?.clause, reason?.text]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)])
    }
  })

  test('counters have names of their own', () => {
    expect(new Set(mibNames).size).toBe(mibNames.length)
    for (const name of mibNames) {
      expect(name).toMatch(/^(?:Ip|Ip6|IpExt|Icmp|Icmp6|IcmpMsg|Tcp|TcpExt|Udp|Udp6|UdpLite)[A-Z]/)
      expect(mibNames[Mib[name]]).toBe(name)
    }
  })

  test('a drop counts, tells and frees; a note leaves the packet; a counter adds', () => {
    const memory = new Memory()
    const telemetry = new Telemetry('server', { now: 17 })
    const events: HostEvent[] = []
    const p = memory.packet()
    p.ttl = 9
    telemetry.note(Reason.TcpNagle, p, telemetry, 'why')
    telemetry.observer = (event) => events.push(event)
    telemetry.note(Reason.TcpNagle, p, telemetry, 'why')
    expect(p.ttl).toBe(9)
    telemetry.drop(p, Reason.QueueFull)
    expect(p.ttl).toBe(0)
    expect(memory.packet()).toBe(p)
    expect([telemetry.counts[Reason.TcpNagle], telemetry.counts[Reason.QueueFull]]).toEqual([2, 1])
    expect(events).toEqual([
      { time: 17, host: 'server', reason: Reason.TcpNagle, packet: p, subject: telemetry, detail: 'why' },
      { time: 17, host: 'server', reason: Reason.QueueFull, packet: p, subject: null, detail: null },
    ])
    telemetry.count(Mib.TcpInSegs)
    telemetry.count(Mib.TcpInSegs, 4)
    expect(telemetry.mib[Mib.TcpInSegs]).toBe(5)
  })
})

describe('memory', () => {
  test('a chunk is as large as asked, and comes back when the last holder lets go', () => {
    const memory = new Memory(1, 1, 1)
    for (const [size, length] of [
      [0, CHUNK_SMALL],
      [CHUNK_SMALL, CHUNK_SMALL],
      [CHUNK_SMALL + 1, CHUNK_LARGE],
      [CHUNK_LARGE, CHUNK_LARGE],
      [CHUNK_LARGE + 1, CHUNK_LARGE + 1],
    ] as const) {
      const chunk = memory.chunk(size)
      expect([chunk.bytes.length, chunk.refs]).toEqual([length, 1])
      chunk.retain()
      chunk.release()
      expect(memory.chunk(size)).not.toBe(chunk)
      chunk.release()
      const again = memory.chunk(size)
      expect(again === chunk).toBe(length <= CHUNK_LARGE)
      expect(again.refs).toBe(1)
    }
  })

  test('no more is kept than the limits say', () => {
    const memory = new Memory(1, 1, 1)
    for (const size of [1, CHUNK_LARGE]) {
      const chunks = [memory.chunk(size), memory.chunk(size)]
      for (const chunk of chunks) chunk.release()
      expect([memory.chunk(size) === chunks[0], memory.chunk(size) === chunks[1]]).toEqual([true, false])
    }
    const packets = [memory.packet(), memory.packet()]
    for (const packet of packets) packet.free()
    expect([memory.packet() === packets[0], memory.packet() === packets[1]]).toEqual([true, false])
  })

  test('a chunk as words is the same memory', () => {
    const chunk = new Memory().chunk(CHUNK_LARGE + 3)
    expect(chunk.asWords()).toBe(chunk.asWords())
    expect(chunk.asWords().length).toBe(CHUNK_LARGE / 4)
    chunk.bytes.set([1, 2, 3, 4], 8)
    expect([0x01020304, 0x04030201]).toContain(chunk.asWords()[2])
  })

  test('a freed packet is blank again, whatever it was', () => {
    const memory = new Memory()
    const blank = { ...new Packet(memory), sacks: null }
    fc.assert(
      fc.property(anyPacket, (spec) => {
        const p = build(memory, spec)
        const chunk = p.chunk
        Object.assign(p, {
          next: p,
          target: { receive: () => undefined },
          hint: p,
          iface: p,
          mark: 3,
          track: p,
          linkCast: 2,
          form: Form.FRAME,
        })
        p.free()
        expect({ ...p, sacks: null }).toEqual(blank)
        expect(chunk?.refs).toBe(0)
      }),
      { numRuns: 50 },
    )
  })

  test('a clone has the same contents and a share in the payload', () => {
    const memory = new Memory()
    fc.assert(
      fc.property(anyPacket, (spec) => {
        const p = build(memory, spec)
        Object.assign(p, { hint: memory, mark: 3, linkCast: 2, origin: 1, iface: memory, track: memory })
        const q = p.clone()
        expect(contents(q)).toEqual(contents(p))
        expect([q.hint, q.mark, q.linkCast, p.chunk?.refs]).toEqual([memory, 3, 2, 2])
        expect([q.next, q.target]).toEqual([null, null])
        if (p.sackCount > 0) expect(q.sacks).not.toBe(p.sacks)
        p.free()
        expect(q.chunk?.refs).toBe(1)
        q.free()
      }),
      { numRuns: 100 },
    )
  })

  test('a packet runs into its target once, and never without one', () => {
    const p = new Memory().packet()
    const got: Packet[] = []
    p.target = { receive: (frame) => got.push(frame) }
    p.run()
    expect([got, p.target]).toEqual([[p], null])
    expect(() => p.run()).toThrow('invariant')
  })
})

describe('kinds of addresses', () => {
  const is = (text: string): string => {
    const a = parseAddress(text)!
    const kinds: [boolean, string][] = [
      [a.isUnspecified, 'unspecified'],
      [a.isLoopback, 'loopback'],
      [a.isMulticast, 'multicast'],
      [a.isLimitedBroadcast, 'broadcast'],
      [a.isReserved, 'reserved'],
      [a.isLinkLocal, 'link-local'],
      [a.isMapped, 'mapped'],
    ]
    return kinds
      .filter(([yes]) => yes)
      .map(([, name]) => name)
      .join()
  }

  test.each([
    ['0.0.0.0', 'unspecified'],
    ['0.0.0.1', ''],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.255', 'loopback'],
    ['126.255.255.255', ''],
    ['128.0.0.0', ''],
    ['223.255.255.255', ''],
    ['224.0.0.0', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['240.0.0.0', 'reserved'],
    ['255.255.255.254', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['169.254.0.0', 'link-local'],
    ['169.253.255.255', ''],
    ['169.255.0.0', ''],
    ['10.0.0.1', ''],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::2', ''],
    ['1::1', ''],
    ['0:0:1::1', ''],
    ['0:0:0:0:1::1', ''],
    ['ff02::1', 'multicast'],
    ['fe00::', ''],
    ['fe80::', 'link-local'],
    ['febf:ffff::', 'link-local'],
    ['fec0::', ''],
    ['::ffff:10.0.0.1', 'mapped'],
    ['::fffe:10.0.0.1', ''],
    ['1::ffff:10.0.0.1', ''],
    ['::1:0:ffff:10.0.0.1', ''],
  ])('%s is %j', (text, kinds) => {
    expect(is(text)).toBe(kinds)
  })

  test('[4291-2.5.5] an IPv4 address as an IPv6 one and back', () => {
    const a = parseAddress('10.0.0.1')!
    expect(a.mapped().toString()).toBe('::ffff:10.0.0.1')
    expect(a.mapped().unmapped().equals(a)).toBe(true)
    expect(a.unmapped()).toBe(a)
    expect(LOOPBACK6.mapped()).toBe(LOOPBACK6)
    expect(LOOPBACK6.unmapped()).toBe(LOOPBACK6)
  })

  test('equality is of family and all words', () => {
    const six = Address.v6(1, 2, 3, 4)
    expect(six.equals(Address.v6(1, 2, 3, 4))).toBe(true)
    for (const other of [
      Address.v6(0, 2, 3, 4),
      Address.v6(1, 0, 3, 4),
      Address.v6(1, 2, 0, 4),
      Address.v6(1, 2, 3, 0),
      Address.v4(4),
    ])
      expect([six.equals(other), six.hash === other.hash]).toEqual([false, false])
    expect(Address.v6(0, 0, 0, 4).equals(Address.v4(4))).toBe(false)
    expect([ANY4, ANY6, LOOPBACK4, LOOPBACK6, BROADCAST4].map(String)).toEqual([
      '0.0.0.0',
      '::',
      '127.0.0.1',
      '::1',
      '255.255.255.255',
    ])
    expect([MAC_NONE, MAC_BROADCAST].map(String)).toEqual(['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff'])
    expect([MAC_NONE.equals(MAC_BROADCAST), MAC_BROADCAST.isGroup, MAC_NONE.isBroadcast]).toEqual([false, true, false])
  })
})
