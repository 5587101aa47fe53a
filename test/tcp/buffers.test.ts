import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Reassembly } from '../../src/tcp/reassembly.ts'
import { ReceiveBuffer } from '../../src/tcp/receive-buffer.ts'
import { giveSendBuffer, Mark, SendBuffer, type Sent, takeSendBuffer } from '../../src/tcp/send-buffer.ts'
import { CHUNK_LARGE, CHUNK_SMALL, Memory } from '../../src/wire/memory.ts'
import { pattern } from '../support/tcp.ts'

const bytesOf = (sent: Sent): Uint8Array =>
  sent.chunk === null ? new Uint8Array(0) : sent.chunk.bytes.slice(sent.start, sent.end)

const queue = (buffer: SendBuffer): Sent[] => {
  const all: Sent[] = []
  for (let sent = buffer.first; sent !== null; sent = sent.next) all.push(sent)
  return all
}

describe('send buffer', () => {
  test('the first small write takes a small chunk, larger or later ones large chunks', () => {
    const memory = new Memory()
    const buffer = new SendBuffer()
    buffer.append(memory, pattern(0, 64), 0, 64, CHUNK_LARGE)
    expect(buffer.take(memory, 64, 0).chunk?.bytes.length).toBe(CHUNK_SMALL)
    buffer.append(memory, pattern(0, CHUNK_SMALL), 0, CHUNK_SMALL, CHUNK_LARGE)
    expect(buffer.contiguous).toBe(CHUNK_SMALL - 64)
    buffer.take(memory, CHUNK_SMALL - 64, 64)
    expect(buffer.take(memory, 64, CHUNK_SMALL).chunk?.bytes.length).toBe(CHUNK_LARGE)
    const other = new SendBuffer()
    other.append(memory, pattern(0, 3000), 0, 3000, CHUNK_LARGE)
    expect(other.take(memory, 3000, 0).chunk?.bytes.length).toBe(CHUNK_LARGE)
  })

  test('a chunk is filled up to the mark that was given', () => {
    const memory = new Memory()
    const buffer = new SendBuffer()
    buffer.append(memory, pattern(0, 100_000), 0, 100_000, 60_000)
    expect(buffer.contiguous).toBe(60_000)
    buffer.take(memory, 60_000, 0)
    expect(buffer.contiguous).toBe(40_000)
    expect(buffer.unsent).toBe(40_000)
  })

  test('chunks go back to the pool as segments are acknowledged, the last one with everything', () => {
    const memory = new Memory()
    const buffer = takeSendBuffer()
    buffer.append(memory, pattern(0, 64), 0, 64, CHUNK_LARGE)
    const chunk = buffer.take(memory, 64, 0).chunk
    expect(chunk?.refs).toBe(2)
    expect(buffer.isEmpty).toBe(false)
    buffer.shift()
    expect(buffer.isEmpty).toBe(true)
    expect(chunk?.refs).toBe(1)
    giveSendBuffer(buffer)
    expect(chunk?.refs).toBe(0)
    expect(memory.chunk(10)).toBe(chunk)
  })

  test('writes, segments, cuts and acknowledgments in any order keep the stream', () => {
    const step = fc.oneof(
      fc.record({ what: fc.constant('write' as const), n: fc.integer({ min: 1, max: 5000 }) }),
      fc.record({ what: fc.constant('take' as const), n: fc.integer({ min: 1, max: 3000 }) }),
      fc.record({ what: fc.constant('split' as const), n: fc.nat(1000) }),
      fc.record({ what: fc.constant('ack' as const), n: fc.nat(4000) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(1000, CHUNK_LARGE), (steps, fill) => {
        const memory = new Memory()
        const buffer = new SendBuffer()
        let written = 0
        let next = -100
        let una = -100
        for (const { what, n } of steps) {
          if (what === 'write') {
            const data = pattern(written, n + 7)
            buffer.append(memory, data, 0, n, fill)
            written += n
          } else if (what === 'take' && buffer.unsent > 0) {
            const length = Math.min(n, buffer.unsent)
            const sent = buffer.take(memory, length, next)
            sent.marks = n % 2 === 0 ? Mark.LOST : 0
            next += length
          } else if (what === 'split') {
            const all = queue(buffer)
            const sent = all[n % Math.max(1, all.length)]
            if (sent !== undefined && sent.end - sent.start > 1) {
              const at = 1 + (n % (sent.end - sent.start - 1))
              const rest = buffer.split(sent, at)
              expect(rest.marks).toBe(sent.marks)
              expect(sent.end - sent.start).toBe(at)
            }
          } else if (what === 'ack') {
            let left = Math.min(n, next - una)
            una += left
            while (left > 0) {
              const first = buffer.first as Sent
              const size = first.endSeq - first.seq
              if (size <= left) buffer.shift()
              else buffer.trimFirst(left)
              left -= Math.min(size, left)
            }
          }
          let seq = una
          let before: Sent | null = null
          for (const sent of queue(buffer)) {
            expect(sent.seq).toBe(seq)
            expect(sent.prev).toBe(before)
            expect(bytesOf(sent)).toEqual(pattern(seq + 100, sent.end - sent.start))
            seq = sent.endSeq
            before = sent
          }
          expect(buffer.last).toBe(before)
          expect(seq).toBe(next)
          expect(buffer.unsent).toBe(written - (next + 100))
        }
        buffer.clear()
        expect(buffer.isEmpty).toBe(true)
        expect(buffer.contiguous).toBe(0)
      }),
      { numRuns: 100, seed: 1 },
    )
  })
})

const packetOf = (memory: Memory, size: number, start: number, data: Uint8Array): ReturnType<Memory['packet']> => {
  const packet = memory.packet()
  const chunk = memory.chunk(size)
  chunk.bytes.set(data, start)
  packet.setPayload(chunk, start, start + data.length)
  chunk.release()
  return packet
}

describe('receive buffer', () => {
  test('neighbouring segments of one chunk are one range, charged once', () => {
    const memory = new Memory()
    const buffer = new ReceiveBuffer()
    const chunk = memory.chunk(5000)
    chunk.bytes.set(pattern(0, 300))
    for (let i = 0; i < 3; i++) {
      const packet = memory.packet()
      packet.setPayload(chunk, i * 100, i * 100 + 100)
      buffer.append(packet, packet.start, packet.end)
      packet.free()
    }
    expect(buffer.bytes).toBe(300)
    expect(buffer.charge).toBe(CHUNK_LARGE)
    expect(chunk.refs).toBe(2)
    const range = { buf: new Uint8Array(0), start: 0, end: 0 }
    expect(buffer.view(range)).toBe(300)
    expect(range.buf.slice(range.start, range.end)).toEqual(pattern(0, 300))
    buffer.consume(300)
    expect(buffer.charge).toBe(0)
    expect(chunk.refs).toBe(1)
    expect(buffer.view(range)).toBe(0)
  })

  test('reads and peeks of any size give the stream; collapse keeps it and holds less memory', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        (pieces, reads, collapse) => {
          const memory = new Memory()
          const buffer = new ReceiveBuffer()
          let at = 0
          for (const length of pieces) {
            const packet = packetOf(memory, 2048, 30, pattern(at, length))
            buffer.append(packet, packet.start, packet.end)
            packet.free()
            at += length
          }
          const { charge } = buffer
          expect(charge).toBe(pieces.length * 2048)
          if (collapse) {
            expect(buffer.collapse(memory, charge)).toBe(false)
            const thin = charge >= at * 2
            expect(buffer.collapse(memory, charge - 1)).toBe(thin)
            if (thin) expect(buffer.charge).toBeLessThanOrEqual(Math.max(2048, CHUNK_LARGE))
          }
          expect(buffer.bytes).toBe(at)
          let from = 0
          for (const most of reads) {
            const into = new Uint8Array(most)
            const peeked = buffer.read(into, 0, most, true)
            expect(into.subarray(0, peeked)).toEqual(pattern(from, peeked))
            expect(peeked).toBe(Math.min(most, at - from))
            expect(buffer.read(into, 0, most, false)).toBe(peeked)
            from += peeked
            expect(buffer.bytes).toBe(at - from)
          }
          buffer.clear()
          expect(buffer.bytes).toBe(0)
          expect(buffer.charge).toBe(0)
        },
      ),
      { numRuns: 100, seed: 2 },
    )
  })
})

describe('reassembly', () => {
  test('what is held, delivered and reported agrees with a set of bytes', () => {
    const piece = fc.record({ at: fc.integer({ min: 1, max: 200 }), length: fc.integer({ min: 1, max: 60 }) })
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.integer({ min: 0, max: 260 }), (pieces, moved) => {
        const memory = new Memory()
        const base = -130
        const held = new Set<number>()
        const reassembly = new Reassembly()
        for (const { at, length } of pieces) {
          const packet = packetOf(memory, 2048, 3, pattern(at, length))
          const fresh = Array.from({ length }, (_, i) => at + i).some((b) => !held.has(b))
          expect(reassembly.insert(packet, base + at, base + at + length, packet.start, false)).toBe(fresh)
          packet.free()
          for (let i = 0; i < length; i++) held.add(at + i)
          expect(reassembly.bytes).toBe(held.size)
          // The first block after a duplicate's is a run of bytes held that contains this segment.
          reassembly.hasDuplicate = false
          const report = memory.packet()
          reassembly.write(report, 4)
          const sacks = report.sacks as Int32Array
          const [left, right] = [(sacks[0] as number) - base, (sacks[1] as number) - base]
          expect(left).toBeLessThanOrEqual(at)
          expect(right).toBeGreaterThanOrEqual(at + length)
          for (let i = 0; i < report.sackCount; i++)
            for (let b = (sacks[2 * i] as number) - base; b < (sacks[2 * i + 1] as number) - base; b++)
              expect(held.has(b)).toBe(true)
          report.free()
        }
        const into = new ReceiveBuffer()
        const advanced = reassembly.advance(base + moved, into)
        let expected = 0
        while (held.has(moved + expected)) expected++
        expect(advanced).toBe(expected)
        const out = new Uint8Array(expected)
        into.read(out, 0, expected, false)
        expect(out).toEqual(pattern(moved, expected))
        const rest = [...held].filter((b) => b >= moved + expected).length
        expect(reassembly.bytes).toBe(rest)
        expect(reassembly.hasData).toBe(rest > 0)
      }),
      { numRuns: 200, seed: 3 },
    )
  })

  test('adjoining duplicates are one report, the first of others stays', () => {
    const reassembly = new Reassembly()
    reassembly.duplicate(10, 20)
    reassembly.duplicate(20, 30)
    reassembly.duplicate(5, 12)
    reassembly.duplicate(50, 60)
    const packet = new Memory().packet()
    reassembly.write(packet, 4)
    expect([...(packet.sacks as Int32Array).subarray(0, 2)]).toEqual([5, 30])
    expect(packet.sackCount).toBe(1)
    expect(reassembly.isIdle).toBe(true)
  })
})
