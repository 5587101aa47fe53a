/** What holds for every frame, known or random. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeFrame, encodeFrame, encodeQuote, frameLength, networkLength, toFrame } from '../../src/wire/ethernet.ts'
import { Memory } from '../../src/wire/memory.ts'
import { Form, Fragment, type Packet, TcpOption } from '../../src/wire/packet.ts'
import { reasons } from '../../src/wire/reason.ts'
import { decodeTransport, encodeTransport } from '../../src/wire/transport.ts'
import { anyPacket, build, contents, FIELDS } from './arbitrary.ts'

const memory = new Memory()

const encoded = (p: Packet): Uint8Array => {
  const out = new Uint8Array(frameLength(p))
  expect(encodeFrame(p, out, 0)).toBe(out.length)
  return out
}

/** A frame packet over these bytes whose other fields are full of an earlier life. */
const frame = (bytes: Uint8Array, before: Packet | null = null, padding = 0): Packet => {
  const p = before === null ? memory.packet() : before.clone()
  if (p.chunk !== null) p.chunk.release()
  const chunk = memory.chunk(bytes.length + padding + 8)
  chunk.bytes.fill(0x5a)
  chunk.bytes.set(bytes, 3)
  p.form = Form.FRAME
  p.setPayload(chunk, 3, 3 + bytes.length + padding)
  chunk.release()
  return p
}

describe('every packet', () => {
  test('decodes to what was encoded, whatever the offset, padding and earlier life', () => {
    fc.assert(
      fc.property(anyPacket, anyPacket, fc.nat(7), fc.nat(60), (spec, other, offset, padding) => {
        const p = build(memory, spec, offset)
        const dirty = build(memory, other)
        const q = frame(encoded(p), dirty, padding)
        expect(decodeFrame(q)).toBe(-1)
        expect(contents(q)).toEqual(contents(p))
        for (const packet of [p, dirty, q]) packet.free()
      }),
      { numRuns: 600 },
    )
  })

  test('toFrame gives the bytes of encodeFrame, in place', () => {
    fc.assert(
      fc.property(anyPacket, fc.nat(7), (spec, offset) => {
        const p = build(memory, spec, offset)
        const bytes = encoded(p)
        const length = networkLength(p)
        toFrame(p)
        expect(p.form).toBe(Form.FRAME)
        expect(p.chunk?.refs).toBe(1)
        expect(p.buf.slice(p.start, p.end)).toEqual(bytes)
        expect([frameLength(p), networkLength(p)]).toEqual([bytes.length, length])
        expect(encoded(p)).toEqual(bytes)
        p.free()
      }),
    )
  })

  test('encodeTransport and decodeTransport are inverse, and change no byte of the frame', () => {
    fc.assert(
      fc.property(anyPacket, fc.nat(7), (spec, offset) => {
        const p = build(memory, spec, offset)
        const before = contents(p)
        const bytes = encoded(p)
        if (before['etherType'] !== 0x0806) encodeTransport(p)
        expect(encoded(p)).toEqual(bytes)
        expect(decodeTransport(p)).toBe(-1)
        expect(contents(p)).toEqual(before)
        p.free()
      }),
    )
  })

  test('[1122-3.2.2-b] a quotation is the first octets of the datagram, unchanged', () => {
    fc.assert(
      fc.property(anyPacket, fc.integer({ min: 20, max: 600 }), (spec, limit) => {
        const p = build(memory, spec)
        const whole = encoded(p).slice(14)
        const out = new Uint8Array(700)
        const end = encodeQuote(p, out, 5, limit)
        expect(end - 5).toBe(Math.min(limit, whole.length))
        expect(out.slice(5, end)).toEqual(whole.slice(0, limit))
        toFrame(p)
        expect(encodeQuote(p, out, 5, limit)).toBe(end)
        expect(out.slice(5, end)).toEqual(whole.slice(0, limit))
        p.free()
      }),
    )
  })

  test('one flipped bit never passes for another packet, but where nothing covers it', () => {
    fc.assert(
      fc.property(anyPacket, fc.nat(), (spec, where) => {
        const p = build(memory, spec)
        const bytes = encoded(p)
        const bit = where % (bytes.length * 8)
        bytes[bit >> 3]! ^= 0x80 >> (bit & 7)
        const q = frame(bytes)
        if (decodeFrame(q) < 0) {
          // What IPv4 without UDP checksum, IPv6 headers, ARP and opaque payloads leave unprotected shows, or lies in bits that mean nothing.
          const covered = q.form === Form.FULL && q.etherType === 0x0800 && !q.noChecksum && bit >> 3 >= 14
          expect(covered).toBe(false)
        }
        p.free()
        q.free()
      }),
      { numRuns: 600 },
    )
  })
})

/** Bytes outside the frame are a trap: reading them would make a difference. */
const trapped = (bytes: Uint8Array, trap: number): Packet => {
  const p = frame(bytes)
  p.buf.fill(trap, 0, p.start)
  p.buf.fill(trap, p.end)
  return p
}

/** Frames from valid ones by changing, cutting and lengthening; and plain noise. */
const mangled = fc.oneof(
  fc.uint8Array({ maxLength: 120 }),
  fc
    .tuple(anyPacket, fc.array(fc.tuple(fc.nat(), fc.nat(0xff)), { maxLength: 4 }), fc.integer({ min: -80, max: 20 }))
    .map(([spec, changes, more]) => {
      const p = build(memory, spec)
      const bytes = encoded(p)
      p.free()
      for (const [at, value] of changes) bytes[at % Math.min(bytes.length, 90)] = value
      const out = new Uint8Array(Math.max(0, bytes.length + more))
      out.set(bytes.subarray(0, out.length))
      return out
    }),
)

describe('arbitrary bytes', () => {
  test('never throw, never read outside the frame, and stay the frame they were when refused', () => {
    fc.assert(
      fc.property(mangled, (bytes) => {
        const p = trapped(bytes, 0x00)
        const q = trapped(bytes, 0xff)
        const { start, end } = p
        const reason = decodeFrame(p)
        expect(decodeFrame(q)).toBe(reason)
        if (reason >= 0) {
          expect(reasons[reason]?.kind).toBe('drop')
          expect([p.form, p.start, p.end]).toEqual([Form.FRAME, start, end])
        } else {
          expect(contents(q)).toEqual(contents(p))
          expect(p.start).toBeGreaterThanOrEqual(start)
          expect(p.end).toBeLessThanOrEqual(end)
          expect(p.end).toBeGreaterThanOrEqual(p.start)
        }
        p.free()
        q.free()
      }),
      { numRuns: 1500 },
    )
  })

  test('what was decoded encodes to a frame that decodes to the same and encodes to the same', () => {
    fc.assert(
      fc.property(mangled, (bytes) => {
        const p = frame(bytes)
        fc.pre(decodeFrame(p) < 0)
        p.optionBits &= ~TcpOption.MALFORMED
        const once = encoded(p)
        const q = frame(once)
        expect(decodeFrame(q)).toBe(-1)
        expect(contents(q)).toEqual(contents(p))
        expect(encoded(q)).toEqual(once)
        p.free()
        q.free()
      }),
      { numRuns: 600 },
    )
  })

  test('checksums refused by force: transport headers of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(1, 6, 17), (bytes, protocol) => {
        const p = memory.packet()
        p.form = Form.NETWORK
        p.protocol = protocol
        p.setBytes(bytes)
        const reason = decodeTransport(p, false)
        expect(p.form).toBe(reason < 0 ? Form.FULL : Form.NETWORK)
        if (reason < 0) expect(p.start).toBeLessThanOrEqual(p.end)
        p.free()
      }),
      { numRuns: 1000 },
    )
  })
})

test('a fragment and an unknown protocol stay NETWORK', () => {
  const p = memory.packet()
  for (const [protocol, fragment] of [
    [6, Fragment.MF],
    [17, 1],
    [47, 0],
    [58, 0],
  ] as const) {
    p.form = Form.NETWORK
    p.protocol = protocol
    p.fragment = fragment
    p.setBytes(new Uint8Array(40))
    expect(decodeTransport(p)).toBe(-1)
    expect(p.form).toBe(Form.NETWORK)
  }
})

test('the field list of these tests has all that the packet carries', () => {
  const p = memory.packet()
  const apart = [
    'memory',
    'origin',
    'next',
    'target',
    'linkCast',
    'sacks',
    'chunk',
    'buf',
    'start',
    'end',
    'hint',
    'iface',
    'mark',
    'track',
  ]
  // A field that is added later and left out here would not be compared.
  const others = Object.keys(p).filter((k) => !(FIELDS as readonly string[]).includes(k))
  expect(others.filter((k) => !apart.includes(k))).toEqual([])
})
