import { describe, expect, test } from 'vitest'
import { Address } from '../../src/wire/address.ts'
import { decodeFrame, encodeFrame, frameLength } from '../../src/wire/ethernet.ts'
import { Memory } from '../../src/wire/memory.ts'
import { EtherType, Form, type Packet, Protocol, TcpFlag, TcpOption } from '../../src/wire/packet.ts'
import { parseAddress } from '../../src/wire/parse.ts'
import { Reason } from '../../src/wire/reason.ts'
import { hasOption, tcpHeaderLength } from '../../src/wire/tcp.ts'
import { decodeTransport } from '../../src/wire/transport.ts'
import { frameBytes, rawFrame, tcpPacket } from '../support/packets.ts'

const memory = new Memory()
const TCP = 14 + 20

/** The options of an encoded segment, as hexadecimal bytes. */
const optionsOf = (p: Packet): string => {
  const bytes = frameBytes(p)
  const end = TCP + (bytes[TCP + 12]! >> 4) * 4
  return [...bytes.subarray(TCP + 20, end)].map((b) => b.toString(16).padStart(2, '0')).join(' ')
}

/** RFC 9293 3.1 in the plainest form: pseudo-header and segment as 16-bit words, the sum to be 0xffff. */
const naive = (p: Packet, bytes: Uint8Array): number => {
  const ip = p.src.family === 4 ? 20 : 40
  const segment = [...bytes.subarray(14 + ip)]
  const addresses = [...bytes.subarray(14 + ip - (ip === 20 ? 8 : 32), 14 + ip)]
  const words = [...addresses, 0, 6, segment.length >> 8, segment.length & 255, ...segment, 0]
  let s = 0
  for (let i = 0; i + 1 < words.length; i += 2) s += words[i]! * 256 + words[i + 1]!
  while (s > 0xffff) s = (s % 0x10000) + Math.floor(s / 0x10000)
  return s
}

/** A segment from the option bytes given, padded as they are; its checksum is right unless it is changed afterwards. */
const segment = (options: number[], change: (bytes: Uint8Array) => void = () => undefined, payload = 'hi'): Packet => {
  const other = Uint8Array.from(options)
  const p = tcpPacket(memory, { optionBits: options.length > 0 ? TcpOption.OTHER : 0, otherOptions: other, payload })
  const bytes = frameBytes(p)
  p.free()
  change(bytes)
  return rawFrame(memory, bytes)
}

const decoded = (options: number[]): Packet => {
  const p = segment(options)
  expect(decodeFrame(p)).toBe(-1)
  return p
}

describe('checksum', () => {
  test('[MUST-2, 9293-3.1-a] over pseudo-header, header, options and data, an odd octet padded with zero', () => {
    const options = { optionBits: TcpOption.TIMESTAMPS, tsVal: 0x12345678, tsEcr: -2 }
    for (const payload of ['', 'x', 'xy', 'xyz', 'a longer odd payload, so that words are summed as well: '.repeat(5)])
      for (const fields of [{}, options]) {
        const four = tcpPacket(memory, { ...fields, payload })
        expect(naive(four, frameBytes(four))).toBe(0xffff)
        const six = tcpPacket(memory, {
          ...fields,
          payload,
          etherType: EtherType.IPV6,
          src: parseAddress('2001:db8::1')!,
          dst: parseAddress('fe80::ffff:2')!,
        })
        expect(naive(six, frameBytes(six))).toBe(0xffff)
      }
  })

  test('[MUST-3, 9293-3.1-a] a segment in which any bit differs is refused', () => {
    const bytes = frameBytes(tcpPacket(memory, { payload: 'abc' }))
    for (let bit = 8 * TCP; bit < 8 * bytes.length; bit++) {
      const damaged = Uint8Array.from(bytes)
      damaged[bit >> 3]! ^= 0x80 >> (bit & 7)
      const reason = decodeFrame(rawFrame(memory, damaged))
      // Data offset bits may show as a header error first.
      expect(bit >> 3 === TCP + 12 ? [Reason.TcpChecksum, Reason.TcpHeaderError] : [Reason.TcpChecksum]).toContain(
        reason,
      )
    }
    expect(decodeFrame(rawFrame(memory, bytes))).toBe(-1)
  })

  test('[MUST-3] an address of the pseudo-header that differs is noticed, though IP itself agrees', () => {
    const p = tcpPacket(memory, { payload: 'abc' })
    const q = tcpPacket(memory, { payload: 'abc', src: Address.v4(0x0a000003) })
    const bytes = frameBytes(p)
    bytes.set(frameBytes(q).subarray(0, TCP))
    expect(decodeFrame(rawFrame(memory, bytes))).toBe(Reason.TcpChecksum)
  })
})

describe('header', () => {
  test('[9293-3.1-b] reserved bits leave as zero and are ignored on receipt', () => {
    const p = segment([], (b) => {
      expect(b[TCP + 12]! & 15).toBe(0)
      // Set them, and take the same off the checksum.
      b[TCP + 12]! |= 15
      const c = ((b[TCP + 16]! << 8) | b[TCP + 17]!) - 0x0f00
      b[TCP + 16] = (c < 0 ? c - 1 : c) >> 8
      b[TCP + 17] = c < 0 ? c - 1 : c
    })
    expect(decodeFrame(p)).toBe(-1)
    expect(p.flags).toBe(TcpFlag.ACK)
    expect(p.length).toBe(2)
  })

  test('[9293-3.1-c] a data offset below 5 or beyond the segment is refused', () => {
    for (const words of [0, 1, 4, 6, 15])
      expect(decodeFrame(segment([], (b) => (b[TCP + 12] = words << 4)))).toBe(Reason.TcpHeaderError)
    for (let length = 0; length < 20; length++) {
      const p = memory.packet()
      p.form = Form.NETWORK
      p.protocol = Protocol.TCP
      p.setBytes(new Uint8Array(length).fill(0x50))
      expect(decodeTransport(p)).toBe(Reason.TcpHeaderError)
    }
  })

  test('fields lie where RFC 9293 3.1 draws them', () => {
    const p = tcpPacket(memory, {
      srcPort: 0x0102,
      dstPort: 0x0304,
      seq: 0x05060708,
      ack: 0xf9fafbfc | 0,
      flags: 0xaa,
      window: 0x0d0e,
      urgent: 0x1112,
      payload: 'x',
    })
    const b = frameBytes(p)
    b[TCP + 16] = 0
    b[TCP + 17] = 0
    expect([...b.subarray(TCP)]).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 0xf9, 0xfa, 0xfb, 0xfc, 0x50, 0xaa, 0x0d, 0x0e, 0, 0, 0x11, 0x12, 0x78,
    ])
  })
})

describe('options written', () => {
  test('of a SYN as Linux writes them: MSS, SACK-Permitted beside Timestamps, Window Scale', () => {
    const all = TcpOption.MSS | TcpOption.SACK_PERMITTED | TcpOption.TIMESTAMPS | TcpOption.WSCALE
    const p = tcpPacket(memory, { optionBits: all, mss: 1460, tsVal: 1, tsEcr: 2, wscale: 7 })
    expect(optionsOf(p)).toBe('02 04 05 b4 04 02 08 0a 00 00 00 01 00 00 00 02 01 03 03 07')
    p.optionBits = TcpOption.MSS | TcpOption.SACK_PERMITTED | TcpOption.WSCALE
    expect(optionsOf(p)).toBe('02 04 05 b4 01 01 04 02 01 03 03 07')
    p.optionBits = TcpOption.MSS
    expect(optionsOf(p)).toBe('02 04 05 b4')
  })

  test('of an established connection: two No-Operations and Timestamps, two and SACK', () => {
    const p = tcpPacket(memory, { optionBits: TcpOption.TIMESTAMPS, tsVal: -1, tsEcr: 5 })
    expect(optionsOf(p)).toBe('01 01 08 0a ff ff ff ff 00 00 00 05')
    p.optionBits |= TcpOption.SACK
    p.sacks = Int32Array.of(1, 2, -2, -1, 0, 0, 0, 0)
    p.sackCount = 2
    expect(optionsOf(p)).toBe(
      '01 01 08 0a ff ff ff ff 00 00 00 05 01 01 05 12 00 00 00 01 00 00 00 02 ff ff ff fe ff ff ff ff',
    )
    expect(tcpHeaderLength(p)).toBe(20 + 32)
  })

  test('[MUST-69] End-of-List and zeros fill the last word', () => {
    const p = tcpPacket(memory, {
      optionBits: TcpOption.OTHER,
      otherOptions: Uint8Array.of(28, 4, 0x80, 0x05, 254, 3, 9),
    })
    // Into memory that is not clean.
    const out = new Uint8Array(200).fill(0xee)
    const end = encodeFrame(p, out, 0)
    expect([...out.subarray(TCP + 20, end)]).toEqual([28, 4, 0x80, 0x05, 254, 3, 9, 0])
    expect(end).toBe(frameLength(p))
    p.otherOptions = Uint8Array.of(254, 5, 1, 2, 3)
    expect(optionsOf(p)).toBe('fe 05 01 02 03 00 00 00')
  })

  test('[MUST-68] every option but End-of-List and No-Operation carries its length', () => {
    const p = tcpPacket(memory, {
      optionBits: 63,
      mss: 1,
      wscale: 1,
      tsVal: 1,
      tsEcr: 1,
      otherOptions: Uint8Array.of(28, 4, 0, 1),
    })
    p.sacks = new Int32Array(8)
    p.sackCount = 1
    p.optionBits &= ~TcpOption.MSS
    const bytes = optionsOf(p)
      .split(' ')
      .map((b) => Number.parseInt(b, 16))
    const lengths: Record<number, number> = {}
    for (let i = 0; i < bytes.length; ) {
      if (bytes[i] === 1) i++
      else {
        lengths[bytes[i]!] = bytes[i + 1]!
        i += bytes[i + 1]!
      }
    }
    expect(lengths).toEqual({ 3: 3, 4: 2, 5: 10, 8: 10, 28: 4 })
  })

  test('a set that fits without padding alone is written without it; one that does not fit is a bug', () => {
    const p = tcpPacket(memory, { optionBits: TcpOption.SACK | TcpOption.SACK_PERMITTED | TcpOption.WSCALE, wscale: 3 })
    p.sacks = new Int32Array(8).fill(7)
    p.sackCount = 4
    expect(tcpHeaderLength(p)).toBe(60)
    expect(optionsOf(p).startsWith('04 02 03 03 03 05 22 ')).toBe(true)
    p.optionBits |= TcpOption.TIMESTAMPS
    expect(() => tcpHeaderLength(p)).toThrow('invariant')
  })
})

describe('options read', () => {
  test('[MUST-4, MUST-5] End-of-List, No-Operation and Maximum Segment Size, in a segment without SYN', () => {
    const p = decoded([1, 1, 2, 4, 0x05, 0xb4, 0, 0])
    expect([p.flags, p.optionBits, p.mss]).toEqual([TcpFlag.ACK, TcpOption.MSS, 1460])
    expect(hasOption(p, TcpOption.MSS)).toBe(true)
    expect(hasOption(p, TcpOption.WSCALE)).toBe(false)
  })

  test('[MUST-4] nothing after End-of-List counts', () => {
    expect(decoded([0, 2, 4, 1, 1, 0, 0, 0]).optionBits).toBe(0)
  })

  test('[MUST-64] on any boundary', () => {
    for (let nops = 0; nops < 8; nops++) {
      const p = decoded([...new Array<number>(nops).fill(1), 3, 3, 9, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 2, 4, 0x12, 0x34])
      expect([p.wscale, p.tsVal, p.tsEcr, p.mss]).toEqual([9, 0x01020304, 0x05060708, 0x1234])
    }
  })

  test('[MUST-6] an unknown option is skipped by its length, and kept', () => {
    const p = decoded([254, 5, 9, 9, 9, 2, 4, 1, 2, 77, 2, 1])
    expect([p.optionBits, p.mss]).toEqual([TcpOption.MSS | TcpOption.OTHER, 0x0102])
    expect([...p.otherOptions!]).toEqual([254, 5, 9, 9, 9, 77, 2])
  })

  test('User Timeout and Fast Open are kept for whoever reads them', () => {
    expect([...decoded([28, 4, 0x80, 1, 34, 4, 0xca, 0xfe]).otherOptions!]).toEqual([28, 4, 0x80, 1, 34, 4, 0xca, 0xfe])
  })

  test('[MUST-7] an illegal length ends the options; what came before counts, and the segment lives', () => {
    const illegal = [
      [2, 4, 5, 0xb4, 254, 0, 1, 1],
      [2, 4, 5, 0xb4, 254, 1, 3, 3],
      [2, 4, 5, 0xb4, 254, 5, 3, 3],
      [2, 4, 5, 0xb4, 1, 1, 1, 254],
      [2, 4, 5, 0xb4, 8, 10, 3, 3],
      [2, 4, 5, 0xb4, 3, 0, 0, 0],
    ]
    for (const options of illegal) {
      const p = decoded(options)
      expect([p.optionBits, p.mss, p.length]).toEqual([TcpOption.MSS | TcpOption.MALFORMED, 1460, 2])
    }
  })

  test('[MUST-7] a known option of a wrong length is not believed', () => {
    for (const option of [
      [2, 3, 1],
      [2, 2],
      [3, 2],
      [3, 4, 1, 1],
      [4, 3, 1],
      [8, 9, 1, 2, 3, 4, 5, 6, 7],
      [8, 2],
      [5, 2],
      [5, 9, 1, 2, 3, 4, 5, 6, 7],
      [5, 14, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    ]) {
      const p = decoded(option)
      expect(p.optionBits).toBe(TcpOption.OTHER)
      expect([...p.otherOptions!]).toEqual(option)
    }
  })

  test('SACK with one to four blocks', () => {
    for (let n = 1; n <= 4; n++) {
      const p = decoded([5, 2 + 8 * n, ...Array.from({ length: 8 * n }, (_, i) => i + 1)])
      expect([p.optionBits, p.sackCount]).toEqual([TcpOption.SACK, n])
      expect([...p.sacks!].slice(0, 2)).toEqual([0x01020304, 0x05060708])
      expect(p.sacks![2 * n - 1]).toBe(((8 * n - 3) << 24) | ((8 * n - 2) << 16) | ((8 * n - 1) << 8) | (8 * n))
    }
  })

  test('of a repeated option the last one counts, as in Linux', () => {
    expect(decoded([2, 4, 0, 1, 2, 4, 0, 2]).mss).toBe(2)
  })
})
