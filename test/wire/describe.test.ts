/** The lines are tcpdump's own (see test/system/tshark.system.ts, which asks it); here they are pinned without it. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAC_BROADCAST, MAC_NONE } from '../../src/wire/address.ts'
import {
  asciiDump,
  type DescribeOptions,
  describeFrame,
  describe as describePacket,
  hexDump,
  Sequences,
} from '../../src/wire/describe/index.ts'
import { dissect, dissectFrame, type Field, findField } from '../../src/wire/dissect/index.ts'
import { encodeQuote } from '../../src/wire/ethernet.ts'
import { Icmp6Type, IcmpType } from '../../src/wire/icmp.ts'
import { Memory } from '../../src/wire/memory.ts'
import { EtherType, Form, Fragment, type Packet, Protocol, TcpFlag, TcpOption } from '../../src/wire/packet.ts'
import { parseAddress } from '../../src/wire/parse.ts'
import { frameBytes, IP_A, IP_B, MAC_A, MAC_B, makePacket, tcpPacket, udpPacket } from '../support/packets.ts'
import { anyPacket, build } from './arbitrary.ts'

const memory = new Memory()
const syn = (): Packet =>
  tcpPacket(memory, {
    srcPort: 43_210,
    dstPort: 8080,
    seq: 1234,
    flags: TcpFlag.SYN,
    window: 64_240,
    optionBits: TcpOption.MSS | TcpOption.SACK_PERMITTED | TcpOption.TIMESTAMPS | TcpOption.WSCALE,
    mss: 1460,
    tsVal: 1,
    wscale: 7,
  })
const ip6 = { etherType: EtherType.IPV6, src: parseAddress('fe80::1')!, dst: parseAddress('2001:db8::2')! }
const icmp = (icmpType: number, icmpCode: number, icmpRest: number, payload: Uint8Array | string = ''): Packet =>
  makePacket(memory, {
    etherType: EtherType.IPV4,
    src: IP_A,
    dst: IP_B,
    ttl: 64,
    protocol: Protocol.ICMP,
    icmpType,
    icmpCode,
    icmpRest,
    payload,
  })
const icmp6 = (icmpType: number, icmpCode: number, icmpRest: number, payload: Uint8Array | string = ''): Packet =>
  makePacket(memory, { ...ip6, ttl: 64, protocol: Protocol.ICMPV6, icmpType, icmpCode, icmpRest, payload })
const quote = (p: Packet): Uint8Array => {
  const out = new Uint8Array(200)
  return out.slice(0, encodeQuote(p, out, 0, 200))
}
const arp = (operation: number): Packet => {
  const p = makePacket(memory, {
    etherType: EtherType.ARP,
    src: IP_A,
    dst: IP_B,
    icmpType: operation,
    srcMac: MAC_A,
    dstMac: MAC_BROADCAST,
  })
  p.arpSource = MAC_A
  p.arpTarget = MAC_NONE
  return p
}

describe('one line', () => {
  test.each<[string, () => Packet, DescribeOptions]>([
    [
      'IP 10.0.0.1.43210 > 10.0.0.2.8080: Flags [S], seq 1234, win 64240, options [mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7], length 0',
      syn,
      {},
    ],
    [
      'IP 10.0.0.1.1000 > 10.0.0.2.2000: Flags [P.], seq 1:4, ack 1, win 65535, length 3',
      () => tcpPacket(memory, { flags: 24, payload: 'abc' }),
      {},
    ],
    ['IP 10.0.0.1.1000 > 10.0.0.2.2000: Flags [.], ack 1, win 65535, length 0', () => tcpPacket(memory), {}],
    [
      'IP 10.0.0.1.1000 > 10.0.0.2.2000: Flags [F.U], seq 1, ack 1, win 65535, urg 9, length 0',
      () => tcpPacket(memory, { flags: 49, urgent: 9 }),
      {},
    ],
    ['IP 10.0.0.1.1000 > 10.0.0.2.2000: UDP, length 5', () => udpPacket(memory, { payload: 'hello' }), {}],
    ['IP6 fe80::1.1000 > 2001:db8::2.2000: UDP, length 5', () => udpPacket(memory, { ...ip6, payload: 'hello' }), {}],
    [
      'IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 2, length 12',
      () => icmp(IcmpType.ECHO, 0, 0x10002, 'ping'),
      {},
    ],
    [
      'IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.2 udp port 2000 unreachable, length 36',
      () => icmp(IcmpType.UNREACHABLE, 3, 0, quote(udpPacket(memory))),
      {},
    ],
    [
      'IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.2 tcp port 2000 unreachable, length 48',
      () => icmp(IcmpType.UNREACHABLE, 3, 0, quote(tcpPacket(memory))),
      {},
    ],
    [
      'IP 10.0.0.1 > 10.0.0.2: ICMP host 10.0.0.2 unreachable, length 36',
      () => icmp(IcmpType.UNREACHABLE, 1, 0, quote(udpPacket(memory))),
      {},
    ],
    [
      'IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.2 protocol 17 unreachable, length 36',
      () => icmp(IcmpType.UNREACHABLE, 2, 0, quote(udpPacket(memory))),
      {},
    ],
    [
      'IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.2 unreachable - need to frag (mtu 1400), length 36',
      () => icmp(IcmpType.UNREACHABLE, 4, 1400, quote(udpPacket(memory))),
      {},
    ],
    [
      'IP 10.0.0.1 > 10.0.0.2: ICMP time exceeded in-transit, length 36',
      () => icmp(IcmpType.TIME_EXCEEDED, 0, 0, quote(udpPacket(memory))),
      {},
    ],
    [
      'IP 10.0.0.1 > 10.0.0.2: ICMP redirect 10.0.0.2 to host 10.0.0.254, length 36',
      () => icmp(IcmpType.REDIRECT, 1, 0x0a0000fe, quote(udpPacket(memory))),
      {},
    ],
    [
      'IP 10.0.0.1 > 10.0.0.2: ICMP time stamp query id 1 seq 2, length 20',
      () => icmp(IcmpType.TIMESTAMP, 0, 0x10002, '\0'.repeat(12)),
      {},
    ],
    [
      'IP6 fe80::1 > 2001:db8::2: ICMP6, echo reply, id 1, seq 2, length 8',
      () => icmp6(Icmp6Type.ECHO_REPLY, 0, 0x10002),
      {},
    ],
    [
      'IP6 fe80::1 > 2001:db8::2: ICMP6, destination unreachable, unreachable port, 2001:db8::2 udp port 2000, length 56',
      () => icmp6(1, 4, 0, quote(udpPacket(memory, ip6))),
      {},
    ],
    [
      'IP6 fe80::1 > 2001:db8::2: ICMP6, packet too big, mtu 1280, length 56',
      () => icmp6(2, 0, 1280, quote(udpPacket(memory, ip6))),
      {},
    ],
    ['ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28', () => arp(1), {}],
    ['ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 28', () => arp(2), {}],
    [
      '02:00:00:00:00:01 > Broadcast, ethertype ARP (0x0806), length 42: Request who-has 10.0.0.2 tell 10.0.0.1, length 28',
      () => arp(1),
      { link: true },
    ],
    [
      'IP 10.0.0.1 > 10.0.0.2: ip-proto-17',
      () =>
        makePacket(memory, {
          form: Form.NETWORK,
          etherType: EtherType.IPV4,
          src: IP_A,
          dst: IP_B,
          protocol: 17,
          fragment: 185 | Fragment.MF,
          payload: 8,
        }),
      {},
    ],
    [
      'IP6 fe80::1 > 2001:db8::2: frag (1480|8)',
      () => makePacket(memory, { ...ip6, form: Form.NETWORK, protocol: 17, fragment: 185, payload: 8 }),
      {},
    ],
    [
      'IP (tos 0x0, ttl 64, id 7, offset 0, flags [DF], proto UDP (17), length 33)\n    10.0.0.1.1000 > 10.0.0.2.2000: [udp sum ok] UDP, length 5',
      () => udpPacket(memory, { payload: 'hello', ipId: 7, fragment: Fragment.DF }),
      { verbose: 2 },
    ],
    [
      'IP client.1000 > 10.0.0.2.http-alt: Flags [.], ack 1, win 65535, length 0',
      () => tcpPacket(memory, { dstPort: 8080 }),
      { hostName: (a) => (a.equals(IP_A) ? 'client' : null), portName: (port) => (port === 8080 ? 'http-alt' : null) },
    ],
  ])('%s', (line, make, options) => {
    expect(describePacket(make(), options)).toBe(line)
  })

  test('the same from a record and from its frame', () => {
    fc.assert(
      fc.property(anyPacket, (spec) => {
        const p = build(memory, spec)
        const bytes = frameBytes(p)
        expect(describePacket(p, { verbose: 1 })).toBe(describeFrame(bytes, 0, bytes.length, { verbose: 1 }))
        p.free()
      }),
    )
  })

  test('a wrong checksum is told, with the right one', () => {
    const bytes = frameBytes(tcpPacket(memory))
    const right = ((bytes[50]! << 8) | bytes[51]!).toString(16).padStart(4, '0')
    bytes[50]! ^= 0xff
    const wrong = ((bytes[50]! << 8) | bytes[51]!).toString(16).padStart(4, '0')
    expect(describeFrame(bytes, 0, bytes.length, { verbose: 1 })).toContain(
      `cksum 0x${wrong} (incorrect -> 0x${right})`,
    )
    bytes[24]! ^= 1
    expect(describeFrame(bytes, 0, bytes.length, { verbose: 1 })).toContain('bad cksum')
  })

  test('a conversation in relative numbers', () => {
    const sequences = new Sequences()
    const from = { srcPort: 1000, dstPort: 2000 }
    const back = { src: IP_B, dst: IP_A, srcPort: 2000, dstPort: 1000 }
    const told = [
      tcpPacket(memory, { ...from, flags: TcpFlag.SYN, seq: -5 }),
      tcpPacket(memory, { ...back, flags: TcpFlag.SYN | TcpFlag.ACK, seq: 100, ack: -4 }),
      tcpPacket(memory, { ...from, flags: TcpFlag.ACK, seq: -4, ack: 101 }),
      tcpPacket(memory, { ...from, flags: TcpFlag.ACK, seq: -4, ack: 101, payload: 10 }),
      tcpPacket(memory, { ...back, flags: TcpFlag.ACK, seq: 101, ack: 6 }),
      tcpPacket(memory, { ...back, flags: TcpFlag.RST, seq: 101 }),
    ].map((p) => /Flags.*?(?=, win)/.exec(describePacket(p, { sequences }))?.[0])
    expect(told).toEqual([
      'Flags [S], seq 4294967291',
      'Flags [S.], seq 100, ack 4294967292',
      'Flags [.], ack 1',
      'Flags [.], seq 1:11, ack 1',
      'Flags [.], ack 11',
      'Flags [R], seq 101',
    ])
  })

  test('arbitrary bytes are told without an exception, whatever they are', () => {
    const types = fc.constantFrom([8, 0], [8, 6], [0x86, 0xdd], [1, 2])
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 140 }),
        types,
        fc.constantFrom(0x45, 0x4f, 0x60, 0x46),
        fc.constantFrom(0, 1, 6, 17, 58),
        (bytes, type, first, protocol) => {
          bytes.set(type.slice(0, Math.max(0, bytes.length - 12)), Math.min(12, bytes.length))
          if (bytes.length > 40) {
            bytes[14] = first
            bytes[first === 0x60 ? 20 : 23] = protocol
          }
          for (const verbose of [0, 2])
            expect(describeFrame(bytes, 0, bytes.length, { verbose, link: verbose > 0 })).not.toMatch(/undefined|NaN/)
          const within = (fields: readonly Field[]): boolean =>
            fields.every((f) => f.start >= 0 && f.end <= bytes.length && f.start <= f.end && within(f.children))
          expect(within(dissectFrame(bytes, 0, bytes.length))).toBe(true)
        },
      ),
      { numRuns: 3000 },
    )
  })
})

interface Golden {
  readonly frame: string
  readonly plain: string
  readonly verbose: string
}
/** Frames and what Debian's tcpdump 4.99 said about them (-nS, -nSvv). */
const golden = JSON.parse(readFileSync(new URL('fixtures/tcpdump.json', import.meta.url), 'utf8')) as Golden[]
const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16))

describe('golden lines', () => {
  test('as tcpdump printed them, plain', () => {
    for (const { frame, plain } of golden) {
      const bytes = bytesOf(frame)
      expect(describeFrame(bytes, 0, bytes.length)).toBe(plain)
    }
    expect(golden.length).toBeGreaterThan(100)
  })

  test('as tcpdump printed them, -vv', () => {
    const others = golden.filter(({ frame, verbose }) => {
      const bytes = bytesOf(frame)
      return describeFrame(bytes, 0, bytes.length, { verbose: 2 }) !== verbose
    })
    expect(others.map(({ verbose }) => verbose).filter((line) => !line.includes('DSTOPT'))).toEqual([])
  })

  test('trees of fields', async () => {
    const line = (f: Field, depth: number): string =>
      [
        `${'  '.repeat(depth)}${f.name} ${f.value} [${f.start},${f.end}) ${f.text}`,
        ...f.children.map((c) => line(c, depth + 1)),
      ].join('\n')
    const trees = golden
      .filter(({ plain }, i) => i % 6 === 0 || (i % 2 === 0 && /ICMP6?, |ARP|frag/.test(plain)))
      .map(({ frame, plain }) => {
        const bytes = bytesOf(frame)
        return `${plain}\n${dissectFrame(bytes, 0, bytes.length)
          .map((f) => line(f, 1))
          .join('\n')}`
      })
    await expect(`${trees.join('\n\n')}\n`).toMatchFileSnapshot('fixtures/trees.txt')
  })
})

describe('with the link header, and more', () => {
  test('the broadcast address has a name, unless numbers are wanted', () => {
    const request = arp(1)
    request.dstMac = MAC_BROADCAST
    const told = (options: DescribeOptions): string => describePacket(request, { link: true, ...options })
    expect(told({})).toContain(' > Broadcast, ethertype ARP (0x0806), ')
    expect(told({ numericLink: true })).toContain(' > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), ')
  })

  test('what an ICMP error quotes begins with IP only where no link header named it', () => {
    const error = icmp(IcmpType.UNREACHABLE, 3, 0, quote(udpPacket(memory)))
    expect(describePacket(error, { verbose: 1 })).toContain('\n\tIP (tos 0x0')
    expect(describePacket(error, { verbose: 1, link: true })).toContain('\n\t(tos 0x0')
  })

  test.each([
    ['GET / HTTP/1.0\r\n\r\n', ': HTTP, length: 18\n\tGET / HTTP/1.0\n\t'],
    ['just text\r\nand more\r\n', ': HTTP'],
    ['\x00\x01\x02', ': HTTP'],
    ['\x80 binary 200 x\r\n', ': HTTP'],
    ['HTTP/1.1 200 OK\r\n\r\n\x89PNG', ': HTTP, length: 23\n\tHTTP/1.1 200 OK\n\t'],
  ])('a segment to an HTTP port with -v tells the length of messages alone: %j', (payload, tail) => {
    const bytes = Uint8Array.from(payload, (c) => c.charCodeAt(0))
    const told = describePacket(tcpPacket(memory, { dstPort: 8080, payload: bytes }), { verbose: 1 })
    expect(told.slice(told.indexOf(': HTTP'))).toBe(tail)
  })
})

describe('dumps', () => {
  test('hexadecimal beside text', () => {
    const bytes = Uint8Array.from('GET / HTTP/1.0\r\n\x7f', (c) => c.charCodeAt(0))
    expect(hexDump(bytes)).toBe(
      '\t0x0000:  4745 5420 2f20 4854 5450 2f31 2e30 0d0a  GET./.HTTP/1.0..\n\t0x0010:  7f                                       .',
    )
    expect(asciiDump(bytes)).toBe('GET / HTTP/1.0\n.')
    expect(asciiDump(Uint8Array.from('a\rb\r', (c) => c.charCodeAt(0)))).toBe('a.b')
  })
})

describe('tree of fields', () => {
  test('names, values and bytes of a SYN', () => {
    const tree = dissect(syn())
    expect(tree.map((f) => f.name)).toEqual(['eth', 'ip', 'tcp'])
    const value = (name: string): unknown => findField(tree, name)?.value
    expect(value('eth.dst')).toBe(MAC_B.toString())
    expect(value('ip.src')).toBe('10.0.0.1')
    expect(value('tcp.dstport')).toBe(8080)
    expect(value('tcp.flags.syn')).toBe(true)
    expect(value('tcp.flags.ack')).toBe(false)
    expect(value('tcp.options.mss_val')).toBe(1460)
    expect(value('tcp.options.timestamp.tsval')).toBe(1)
    expect(value('tcp.options.wscale.shift')).toBe(7)
    expect(value('tcp.checksum.status')).toBe(1)
    expect(value('udp.length')).toBeUndefined()
    expect(findField(tree, 'tcp.dstport')).toMatchObject({ start: 36, end: 38, text: 'Destination Port: 8080' })
  })

  test('a bad checksum has status 0, in a frame told from anywhere in its buffer', () => {
    const bytes = new Uint8Array(200)
    const frame = frameBytes(udpPacket(memory, { payload: 'hello' }))
    frame[frame.length - 1]! ^= 1
    bytes.set(frame, 7)
    const tree = dissectFrame(bytes, 7, 7 + frame.length)
    expect(findField(tree, 'udp.checksum.status')?.value).toBe(0)
    expect(findField(tree, 'ip.checksum.status')?.value).toBe(1)
    expect(findField(tree, 'udp.payload')).toMatchObject({ start: 42, end: 47 })
  })

  test('what an ICMP error quotes lies below it', () => {
    const tree = dissect(icmp(IcmpType.UNREACHABLE, 4, 1400, quote(udpPacket(memory))))
    const message = findField(tree, 'icmp')
    expect(findField(message?.children ?? [], 'udp.dstport')?.value).toBe(2000)
    expect(findField(tree, 'icmp.mtu')?.value).toBe(1400)
  })
})
