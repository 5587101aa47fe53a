/** Ethernet, ARP, ICMP and UDP. */
import { describe, expect, test } from 'vitest'
import { Address, MAC_BROADCAST, MAC_NONE } from '../../src/wire/address.ts'
import { ArpOperation } from '../../src/wire/arp.ts'
import { decodeFrame, frameLength } from '../../src/wire/ethernet.ts'
import { IcmpType } from '../../src/wire/icmp.ts'
import { readAddress4, readAddress6, readMac } from '../../src/wire/known.ts'
import { Memory } from '../../src/wire/memory.ts'
import { EtherType, Form, type Packet, Protocol } from '../../src/wire/packet.ts'
import { parseAddress } from '../../src/wire/parse.ts'
import { Reason } from '../../src/wire/reason.ts'
import { decodeTransport } from '../../src/wire/transport.ts'
import { frameBytes, IP_A, IP_B, MAC_A, MAC_B, makePacket, rawFrame, udpPacket } from '../support/packets.ts'

const memory = new Memory()

const decode = (bytes: Uint8Array): { reason: number; p: Packet } => {
  const p = rawFrame(memory, bytes)
  return { reason: decodeFrame(p), p }
}

describe('Ethernet', () => {
  test('[1122-2.3.3-a] RFC 894: destination, source, type', () => {
    const b = frameBytes(udpPacket(memory, { payload: 'x' }))
    expect([...b.subarray(0, 14)]).toEqual([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0])
    const { p } = decode(b)
    expect([p.srcMac.equals(MAC_A), p.dstMac.equals(MAC_B), p.etherType]).toEqual([true, true, EtherType.IPV4])
  })

  test('[1122-2.3.3-b] IEEE 802 encapsulation (RFC 1042) is received as well', () => {
    const b = frameBytes(udpPacket(memory, { payload: 'hello' }))
    const snap = Uint8Array.of(...b.subarray(0, 12), 0, 8 + b.length - 14, 0xaa, 0xaa, 3, 0, 0, 0, ...b.subarray(12))
    const { reason, p } = decode(snap)
    expect([reason, p.etherType, p.length, p.dstPort]).toEqual([-1, EtherType.IPV4, 5, 2000])
    for (const at of [14, 15, 16, 17, 18, 19]) {
      const other = Uint8Array.from(snap)
      other[at]! ^= 1
      expect(decode(other).reason).toBe(Reason.UnknownEtherType)
    }
    expect(decode(snap.slice(0, 21)).reason).toBe(Reason.UnknownEtherType)
  })

  test('an unknown type is refused', () => {
    const b = frameBytes(udpPacket(memory, { payload: 'x' }))
    b[12] = 0x88
    expect(decode(b).reason).toBe(Reason.UnknownEtherType)
  })

  test('the EtherType that nobody has filled follows from the addresses', () => {
    expect([...frameBytes(udpPacket(memory, { etherType: 0 })).subarray(12, 14)]).toEqual([8, 0])
    const six = { etherType: 0, src: parseAddress('::1')!, dst: parseAddress('::1')! }
    expect([...frameBytes(udpPacket(memory, six)).subarray(12, 14)]).toEqual([0x86, 0xdd])
  })

  test('a known address is the same object each time', () => {
    const b = Uint8Array.of(10, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 255, 255, 255, 255, 255, 255)
    expect(readAddress4(b, 0)).toBe(readAddress4(b, 0))
    expect(readAddress4(b, 0).toString()).toBe('10.0.0.7')
    expect(readAddress6(b, 0)).toBe(readAddress6(b, 0))
    expect(readAddress6(b, 0).toString()).toBe('a00:7:102:304:506:708:90a:b0c')
    expect(readMac(b, 4)).toBe(readMac(b, 4))
    expect(readMac(b, 4).toString()).toBe('01:02:03:04:05:06')
    expect(readMac(b, 16)).toBe(MAC_BROADCAST)
  })

  test('a thousand addresses more than the table holds are all read right', () => {
    const b = new Uint8Array(16)
    for (let i = 0; i < 4000; i++) {
      b[14] = i >> 8
      b[15] = i & 255
      expect(readAddress4(b, 12).w3).toBe(i)
      expect([readAddress6(b, 0).w3, readMac(b, 10).low]).toEqual([i, i])
    }
  })
})

describe('ARP', () => {
  const request = (): Packet => {
    const p = makePacket(memory, {
      etherType: EtherType.ARP,
      srcMac: MAC_A,
      dstMac: MAC_BROADCAST,
      src: IP_A,
      dst: IP_B,
      icmpType: ArpOperation.REQUEST,
    })
    p.arpSource = MAC_A
    p.arpTarget = MAC_NONE
    return p
  }

  test('lies where RFC 826 draws it', () => {
    const b = frameBytes(request())
    expect([...b.subarray(12)]).toEqual([
      8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2,
    ])
    expect(frameLength(request())).toBe(42)
  })

  test('[826-reception-a] hardware type, protocol type and lengths are checked', () => {
    const b = frameBytes(request())
    for (const at of [14, 15, 16, 17, 18, 19]) {
      const other = Uint8Array.from(b)
      other[at]! ^= 1
      expect(decode(other).reason).toBe(Reason.ArpMalformed)
    }
    for (let length = 14; length < 42; length++) expect(decode(b.slice(0, length)).reason).toBe(Reason.ArpMalformed)
    const padded = new Uint8Array(60).fill(9)
    padded.set(b)
    const { reason, p } = decode(padded)
    expect([reason, p.form, p.icmpType, p.length]).toEqual([-1, Form.FULL, 1, 0])
    expect([p.src.equals(IP_A), p.dst.equals(IP_B), p.arpSource.equals(MAC_A), p.arpTarget.equals(MAC_NONE)]).toEqual([
      true,
      true,
      true,
      true,
    ])
  })
})

describe('ICMP', () => {
  const echo = (payload: string): Packet =>
    makePacket(memory, {
      etherType: EtherType.IPV4,
      srcMac: MAC_A,
      dstMac: MAC_B,
      src: IP_A,
      dst: IP_B,
      ttl: 64,
      protocol: Protocol.ICMP,
      icmpType: IcmpType.ECHO,
      icmpRest: (0x1234 << 16) | 1,
      payload,
    })

  test('[792-p2] the checksum covers the whole message, and what fails it is refused', () => {
    for (const payload of ['', 'a', 'ab', 'abc'.repeat(40)]) {
      const b = frameBytes(echo(payload))
      let s = 0
      for (let i = 34; i < b.length; i += 2) s += b[i]! * 256 + (b[i + 1] ?? 0)
      expect(s % 0xffff).toBe(0)
      for (let bit = 8 * 34; bit < 8 * b.length; bit++) {
        const damaged = Uint8Array.from(b)
        damaged[bit >> 3]! ^= 0x80 >> (bit & 7)
        expect(decode(damaged).reason).toBe(Reason.IcmpChecksum)
      }
    }
  })

  test('shorter than its header is refused', () => {
    for (let length = 0; length < 8; length++) {
      const p = memory.packet()
      p.form = Form.NETWORK
      p.protocol = Protocol.ICMP
      p.setBytes(new Uint8Array(length))
      expect(decodeTransport(p)).toBe(Reason.IcmpHeaderError)
    }
  })

  test('[4443-2.3] ICMPv6 includes the pseudo-header with next header 58', () => {
    const p = echo('abc')
    p.etherType = EtherType.IPV6
    p.src = parseAddress('fe80::1')!
    p.dst = parseAddress('ff02::1')!
    p.protocol = Protocol.ICMPV6
    const b = frameBytes(p)
    let s = 58 + 11
    for (let i = 22; i < 54; i += 2) s += b[i]! * 256 + b[i + 1]!
    for (let i = 54; i < b.length; i += 2) s += b[i]! * 256 + (b[i + 1] ?? 0)
    expect(s % 0xffff).toBe(0)
    expect(decode(b).reason).toBe(-1)
    b[25]! ^= 1
    expect(decode(b).reason).toBe(Reason.IcmpChecksum)
  })
})

describe('UDP', () => {
  test('[768-p2-a] the checksum covers pseudo-header, header and data, an odd octet padded', () => {
    for (const payload of ['', 'a', 'ab', 'abc']) {
      const b = frameBytes(udpPacket(memory, { payload }))
      let s = 17 + 8 + payload.length
      for (let i = 26; i < b.length; i += 2) s += b[i]! * 256 + (b[i + 1] ?? 0)
      expect(s % 0xffff).toBe(0)
    }
  })

  test('[1122-4.1.3.4-b] a wrong checksum that is not zero is refused, at any bit', () => {
    const b = frameBytes(udpPacket(memory, { payload: 'abc' }))
    for (let bit = 8 * 34; bit < 8 * b.length; bit++) {
      const damaged = Uint8Array.from(b)
      damaged[bit >> 3]! ^= 0x80 >> (bit & 7)
      expect([Reason.UdpChecksum, Reason.UdpHeaderError]).toContain(decode(damaged).reason)
    }
    b[41]! ^= 1
    expect(decode(b).reason).toBe(Reason.UdpChecksum)
  })

  test('[768-p2-b] a computed zero leaves as all ones; zero means none', () => {
    // The payload that makes the sum come out at zero.
    const probe = frameBytes(udpPacket(memory, { payload: '\0\0' }))
    const checksum = String.fromCharCode(probe[40]!, probe[41]!)
    const b = frameBytes(udpPacket(memory, { payload: checksum }))
    expect([b[40], b[41]]).toEqual([0xff, 0xff])
    const { reason, p } = decode(b)
    expect([reason, p.noChecksum]).toEqual([-1, false])
    const none = frameBytes(udpPacket(memory, { payload: 'abc', noChecksum: true }))
    expect([none[40], none[41]]).toEqual([0, 0])
    none[44]! ^= 0xff
    const without = decode(none)
    expect([without.reason, without.p.noChecksum]).toEqual([-1, true])
  })

  test('[768-p1-a] the length is header plus data; shorter than 8 or truncated is refused', () => {
    const b = frameBytes(udpPacket(memory, { payload: 'abc', noChecksum: true }))
    expect([b[38], b[39]]).toEqual([0, 11])
    for (const length of [0, 7, 12, 255]) {
      b[39] = length
      expect(decode(b).reason).toBe(Reason.UdpHeaderError)
    }
    // Less than IP carries: the rest is not part of it.
    b[39] = 9
    expect(decode(b).p.length).toBe(1)
    for (let length = 0; length < 8; length++) {
      const p = memory.packet()
      p.form = Form.NETWORK
      p.protocol = Protocol.UDP
      p.setBytes(new Uint8Array(length))
      expect(decodeTransport(p)).toBe(Reason.UdpHeaderError)
    }
  })

  test('[768-p1-b] the source port may be zero', () => {
    const { reason, p } = decode(frameBytes(udpPacket(memory, { srcPort: 0 })))
    expect([reason, p.srcPort, p.src.equals(Address.v4(0x0a000001))]).toEqual([-1, 0, true])
  })
})
