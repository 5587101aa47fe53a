import { describe, expect, test } from 'vitest'
import { decodeFrame, decodeNetwork, networkLength } from '../../src/wire/ethernet.ts'
import { findOption, IpOption, optionError } from '../../src/wire/ipv4.ts'
import { Memory } from '../../src/wire/memory.ts'
import { EtherType, Form, Fragment, type Packet, Protocol } from '../../src/wire/packet.ts'
import { parseAddress } from '../../src/wire/parse.ts'
import { Reason } from '../../src/wire/reason.ts'
import { decodeTransport } from '../../src/wire/transport.ts'
import { type Fields, frameBytes, MAC_A, MAC_B, makePacket, rawFrame, udpPacket } from '../support/packets.ts'

const memory = new Memory()
const IP = 14

/** One's complement checksum of the IPv4 header, the plain way. */
const repair = (b: Uint8Array): void => {
  const end = IP + (b[IP]! & 15) * 4
  b[IP + 10] = 0
  b[IP + 11] = 0
  let s = 0
  for (let i = IP; i < end; i += 2) s += b[i]! * 256 + (b[i + 1] ?? 0)
  while (s > 0xffff) s = (s % 0x10000) + Math.floor(s / 0x10000)
  b[IP + 10] = (0xffff - s) >> 8
  b[IP + 11] = (0xffff - s) & 255
}

const decode = (bytes: Uint8Array): { reason: number; p: Packet } => {
  const p = rawFrame(memory, bytes)
  return { reason: decodeFrame(p), p }
}

/** Decode a datagram of 'hello' after a change to its bytes; the header checksum is set right again. */
const changed = (change: (b: Uint8Array) => void, fields: Fields = {}): { reason: number; p: Packet } => {
  const bytes = frameBytes(udpPacket(memory, { payload: 'hello', ...fields }))
  change(bytes)
  repair(bytes)
  return decode(bytes)
}

describe('IPv4', () => {
  test('the header lies where RFC 791 3.1 draws it, the checksum being the known one', () => {
    // The header of RFC-style examples everywhere: 4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7.
    const p = udpPacket(memory, {
      src: parseAddress('192.168.0.1')!,
      dst: parseAddress('192.168.0.199')!,
      ttl: 64,
      fragment: Fragment.DF,
      payload: 0x73 - 28,
    })
    const hex = [...frameBytes(p).subarray(IP, IP + 20)].map((b) => b.toString(16).padStart(2, '0')).join('')
    expect(hex).toBe('45000073000040004011b861c0a80001c0a800c7')
  })

  test('[1122-3.2.1.1] another version is refused', () => {
    for (const version of [0, 3, 5, 6, 15])
      expect(changed((b) => (b[IP] = (version << 4) | 5)).reason).toBe(Reason.IpHeaderError)
  })

  test('[791-3.1-a] a header length below 5 words or above the datagram’s length is refused', () => {
    for (const words of [0, 1, 4]) expect(changed((b) => (b[IP] = 0x40 | words)).reason).toBe(Reason.IpHeaderError)
    const beyond = changed((b) => (b[IP + 3] = 20), { ipOptions: Uint8Array.of(1, 1, 1, 0) })
    expect(beyond.reason).toBe(Reason.IpHeaderError)
    // Fifteen words, of which not all arrived.
    expect(decode(Uint8Array.from({ length: IP + 28 }, (_, i) => (i === 12 ? 8 : i === IP ? 0x4f : 0))).reason).toBe(
      Reason.IpTruncated,
    )
  })

  test('[1122-3.2.1.2] a header in which any bit differs is refused', () => {
    const bytes = frameBytes(udpPacket(memory, { payload: 'hello' }))
    for (let bit = 8 * IP; bit < 8 * (IP + 20); bit++) {
      const damaged = Uint8Array.from(bytes)
      damaged[bit >> 3]! ^= 0x80 >> (bit & 7)
      expect(decode(damaged).reason).toBeGreaterThanOrEqual(0)
    }
    bytes[IP + 8]! ^= 1
    expect(decode(bytes).reason).toBe(Reason.IpChecksum)
  })

  test('[791-3.1-b] a total length beyond what arrived is refused, padding beyond it is ignored', () => {
    expect(changed((b) => (b[IP + 3]! += 1)).reason).toBe(Reason.IpTruncated)
    const bytes = frameBytes(udpPacket(memory, { payload: 'hello' }))
    const padded = new Uint8Array(60).fill(0xaa)
    padded.set(bytes)
    const { reason, p } = decode(padded)
    expect(reason).toBe(-1)
    expect([p.length, networkLength(p)]).toEqual([5, 33])
    for (let length = 14; length < 34; length++) expect(decode(bytes.slice(0, length)).reason).toBe(Reason.IpTruncated)
    for (let length = 0; length < 14; length++) expect(decode(bytes.slice(0, length)).reason).toBe(Reason.FrameTooShort)
  })

  test('[791-3.1-e] the checksum follows the header', () => {
    const p = udpPacket(memory, { payload: 'hello' })
    for (const ttl of [1, 63, 255]) {
      p.ttl = ttl
      const { reason, p: q } = decode(frameBytes(p))
      expect([reason, q.ttl]).toEqual([-1, ttl])
    }
  })

  test('[791-3.1-g] options: single octets, type-length-data, nothing after End of Option List', () => {
    const good = [
      [1, 1, 1, 1],
      [0, 7, 99, 1],
      [7, 7, 4, 0, 0, 0, 0, 0],
      [1, 148, 4, 0, 0, 0, 0, 0],
      [1, 1, 77, 5, 1, 2, 3, 0],
    ]
    for (const options of good) {
      expect(optionError(Uint8Array.from(options))).toBe(-1)
      const { reason, p } = changed(() => undefined, { ipOptions: Uint8Array.from(options) })
      expect(reason).toBe(-1)
      expect([...p.ipOptions!]).toEqual(options)
      expect(p.length).toBe(5)
    }
    const bad: [number[], number][] = [
      [[7, 0, 0, 0], 0],
      [[1, 7, 1, 0], 1],
      [[7, 5, 4, 0], 0],
      [[1, 1, 1, 7], 3],
      [[68, 3, 5, 131, 4, 4, 4, 4], 7],
    ]
    for (const [options, at] of bad) {
      expect(optionError(Uint8Array.from(options))).toBe(at)
      expect(changed(() => undefined, { ipOptions: Uint8Array.from(options) }).reason).toBe(Reason.IpOptionError)
    }
  })

  test('[1122-3.2.1.8-c] an option that is not understood is no error', () => {
    expect(changed(() => undefined, { ipOptions: Uint8Array.of(0x9e, 4, 1, 2) }).reason).toBe(-1)
  })

  test('an option is found by its type', () => {
    const options = Uint8Array.of(1, 68, 3, 5, 0x83, 3, 4, 0, 7, 3, 4)
    expect(findOption(options, 68)).toBe(1)
    expect(findOption(options, IpOption.LOOSE_SOURCE_ROUTE)).toBe(4)
    expect(findOption(options, IpOption.RECORD_ROUTE)).toBe(-1)
    expect(findOption(Uint8Array.of(7, 0), 68)).toBe(-1)
  })

  test('options that are no multiple of a word are padded', () => {
    const p = udpPacket(memory, { payload: 'hello', ipOptions: Uint8Array.of(148, 4, 0, 0, 1) })
    const bytes = frameBytes(p)
    expect([...bytes.subarray(IP + 20, IP + 28)]).toEqual([148, 4, 0, 0, 1, 0, 0, 0])
    expect([bytes[IP], networkLength(p)]).toEqual([0x47, 41])
  })

  test('[791-3.2-a] a fragment keeps its offset, in units of 8, and its payload unread', () => {
    const p = makePacket(memory, {
      form: Form.NETWORK,
      etherType: EtherType.IPV4,
      srcMac: MAC_A,
      dstMac: MAC_B,
      protocol: Protocol.UDP,
      ipId: 0xabcd,
      ttl: 3,
      fragment: Fragment.MF | 185,
      payload: 'fragment',
    })
    const bytes = frameBytes(p)
    expect([...bytes.subarray(IP + 4, IP + 8)]).toEqual([0xab, 0xcd, 0x20, 0xb9])
    const { reason, p: q } = decode(bytes)
    expect([reason, q.form, q.fragment, q.ipId, q.length]).toEqual([-1, Form.NETWORK, Fragment.MF | 185, 0xabcd, 8])
  })

  test('more than 65,535 octets is a bug of the sender, not a length modulo 65,536', () => {
    const p = udpPacket(memory, { payload: 65_507 })
    expect(decode(frameBytes(p)).reason).toBe(-1)
    expect(() => frameBytes(udpPacket(memory, { payload: 65_508 }))).toThrow('invariant')
  })
})

describe('IPv6', () => {
  const six: Fields = {
    etherType: EtherType.IPV6,
    src: parseAddress('2001:db8::1')!,
    dst: parseAddress('2001:db8::2')!,
  }

  test('the header lies where RFC 8200 3 draws it', () => {
    const b = frameBytes(udpPacket(memory, { ...six, tos: 0xab, flowLabel: 0x12345, ttl: 7, payload: 'hello' }))
    expect([...b.subarray(12, 22)]).toEqual([0x86, 0xdd, 0x6a, 0xb1, 0x23, 0x45, 0, 13, 17, 7])
    expect([...b.subarray(22, 26), ...b.subarray(52, 54)]).toEqual([0x20, 0x01, 0x0d, 0xb8, 0, 2])
  })

  test('[8200-3-a] a payload length beyond what arrived is refused, padding beyond it is ignored', () => {
    const bytes = frameBytes(udpPacket(memory, { ...six, payload: 'hello' }))
    for (let length = 14; length < bytes.length; length++)
      expect(decode(bytes.slice(0, length)).reason).toBe(Reason.IpTruncated)
    const padded = new Uint8Array(bytes.length + 9).fill(1)
    padded.set(bytes)
    expect(decode(padded).p.length).toBe(5)
    bytes[IP] = 0x50
    expect(decode(bytes).reason).toBe(Reason.IpHeaderError)
  })

  test('[8200-8.1-b] a UDP datagram without checksum is refused, and none is sent', () => {
    const bytes = frameBytes(udpPacket(memory, { ...six, payload: 'hello', noChecksum: true }))
    expect(decode(bytes).reason).toBe(-1)
    bytes[IP + 46] = 0
    bytes[IP + 47] = 0
    expect(decode(bytes).reason).toBe(Reason.UdpChecksum)
  })

  const extended = (first: number, headers: number[]): Uint8Array => {
    // The headers are given as on the wire, in front of a UDP datagram's bytes.
    const datagram = frameBytes(udpPacket(memory, { ...six, payload: 'hello' })).slice(IP + 40)
    const p = makePacket(memory, {
      ...six,
      srcMac: MAC_A,
      dstMac: MAC_B,
      form: Form.NETWORK,
      protocol: first,
      payload: Uint8Array.of(...headers, ...datagram),
    })
    return frameBytes(p)
  }
  const pad = [1, 4, 0, 0, 0, 0]

  test('[8200-4.1-b, 8200-4-a] extension headers in whatever order and number, in their order', () => {
    const bytes = extended(0, [60, 0, ...pad, 43, 0, ...pad, 60, 0, 0, 0, 0, 0, 0, 0, 17, 0, ...pad])
    const { reason, p } = decode(bytes)
    expect([reason, p.form, p.protocol, p.length]).toEqual([-1, Form.FULL, Protocol.UDP, 5])
    // Each begins with its own type.
    expect([...p.ipOptions!]).toEqual([0, 0, ...pad, 60, 0, ...pad, 43, 0, 0, 0, 0, 0, 0, 0, 60, 0, ...pad])
    expect(frameBytes(p)).toEqual(bytes)
  })

  test('[8200-4-c] Hop-by-Hop options elsewhere than first are an unknown protocol', () => {
    const { reason, p } = decode(extended(60, [0, 0, ...pad, 17, 0, ...pad]))
    expect([reason, p.form, p.protocol]).toEqual([-1, Form.NETWORK, Protocol.HOPOPT])
  })

  test('an extension header that does not fit is refused', () => {
    expect(decode(extended(60, [17, 9, ...pad])).reason).toBe(Reason.IpHeaderError)
    const p = makePacket(memory, { ...six, form: Form.NETWORK, protocol: 44, payload: Uint8Array.of(17, 0, 0, 0) })
    expect(decode(frameBytes(p)).reason).toBe(Reason.IpHeaderError)
  })

  test('[8504-5.1-a] a fragment: offset, more, identification, protocol; what follows stays unread', () => {
    const bytes = extended(0, [44, 0, ...pad, 17, 0xff, 0x05, 0xc9, 1, 2, 3, 4])
    const { reason, p } = decode(bytes)
    expect([reason, p.form, p.protocol, p.ipId]).toEqual([-1, Form.NETWORK, Protocol.UDP, 0x01020304])
    expect(p.fragment).toBe(Fragment.MF | 185)
    expect(p.length).toBe(13)
    expect(networkLength(p)).toBe(40 + 8 + 8 + 13)
    const again = frameBytes(p)
    // The reserved bits go.
    bytes[IP + 40 + 8 + 1] = 0
    bytes[IP + 40 + 8 + 3]! &= 0xf9
    expect(again).toEqual(bytes)
  })

  test('[8200-4.5-j, 6946-4-a] an atomic fragment is a whole packet', () => {
    const { reason, p } = decode(extended(44, [60, 0, 0, 0, 9, 9, 9, 9, 17, 0, ...pad]))
    expect([reason, p.form, p.protocol, p.fragment, p.length]).toEqual([-1, Form.FULL, Protocol.UDP, 0, 5])
    expect([...p.ipOptions!]).toEqual([60, 0, ...pad])
  })

  test('extension headers that reassembly brought to light are read with the transport', () => {
    const bytes = extended(60, [17, 0, ...pad])
    const p = rawFrame(memory, bytes)
    p.form = Form.NETWORK
    p.src = six.src!
    p.dst = six.dst!
    p.protocol = Protocol.IPV6_DSTOPTS
    p.start += IP + 40
    expect(decodeTransport(p)).toBe(-1)
    expect([p.form, p.protocol, p.length]).toEqual([Form.FULL, Protocol.UDP, 5])
    expect([...p.ipOptions!]).toEqual([60, 0, ...pad])
    // After those that stood before the Fragment header.
    const q = rawFrame(memory, bytes)
    Object.assign(q, { form: Form.NETWORK, src: six.src, dst: six.dst, protocol: 60, start: q.start + IP + 40 })
    q.ipOptions = Uint8Array.of(0, 0, ...pad)
    expect(decodeTransport(q)).toBe(-1)
    expect([...q.ipOptions!]).toEqual([0, 0, ...pad, 60, 0, ...pad])
  })

  test('[8200-4.7] what follows No Next Header stays unread', () => {
    const { reason, p } = decode(extended(59, []))
    expect([reason, p.form, p.protocol]).toEqual([-1, Form.NETWORK, Protocol.IPV6_NONXT])
  })

  test('ICMP of the other family is an unknown protocol', () => {
    const p = makePacket(memory, { ...six, form: Form.NETWORK, protocol: Protocol.ICMP, payload: 8 })
    const { reason, p: q } = decode(frameBytes(p))
    expect([reason, q.form]).toEqual([-1, Form.NETWORK])
  })
})

test('decodeNetwork leaves the transport unread and unchecked', () => {
  const bytes = frameBytes(udpPacket(memory, { payload: 'hello' }))
  bytes[IP + 20 + 8]! ^= 1
  const p = rawFrame(memory, bytes)
  expect(decodeNetwork(p)).toBe(-1)
  expect([p.form, p.length]).toEqual([Form.NETWORK, 13])
  expect(decodeTransport(p)).toBe(Reason.UdpChecksum)
  expect([p.form, p.length]).toEqual([Form.NETWORK, 13])
  expect(decodeTransport(p, false)).toBe(-1)
})
