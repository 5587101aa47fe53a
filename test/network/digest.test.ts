import { describe, expect, test } from 'vitest'
import { Cable } from '../../src/link/index.ts'
import { Digest, DigestedDevice, linkWord } from '../../src/network/digest.ts'
import { Sink, tcpPacket, udpPacket } from '../support/packets.ts'
import { makeContext, runFor, runNow } from '../support/scheduler.ts'

const { memory } = makeContext()
const word = linkWord('a-b')
const digestOf = (act: (digest: Digest) => void): string => {
  const digest = new Digest()
  act(digest)
  return digest.value
}

describe('digest', () => {
  test('is pinned: every engine must get this', () => {
    const value = digestOf((digest) => {
      for (let i = 0; i < 50; i++)
        digest.add(i * 123_456_789_012, word, i % 2 === 0 ? 0 : 1, udpPacket(memory, { payload: i }))
    })
    expect(value).toMatchInlineSnapshot(`"0af3f821ab74d231"`)
  })

  test('depends on time (all 53 bits), link, direction, bytes, length and order', () => {
    const one = udpPacket(memory, { payload: 'one' })
    const two = udpPacket(memory, { payload: 'two' })
    const values = [
      digestOf(() => undefined),
      digestOf((d) => d.add(1, word, 0, one)),
      digestOf((d) => d.add(2, word, 0, one)),
      digestOf((d) => d.add(1 + 4_294_967_296, word, 0, one)),
      digestOf((d) => d.add(1, linkWord('a-c'), 0, one)),
      digestOf((d) => d.add(1, word, 1, one)),
      digestOf((d) => d.add(1, word, 0, two)),
      digestOf((d) => d.add(1, word, 0, udpPacket(memory, { payload: 'one\0' }))),
      digestOf((d) => {
        d.add(1, word, 0, one)
        d.add(1, word, 0, two)
      }),
      digestOf((d) => {
        d.add(1, word, 0, two)
        d.add(1, word, 0, one)
      }),
    ]
    expect(new Set(values).size).toBe(values.length)
    expect(values.every((value) => /^[0-9a-f]{16}$/.test(value))).toBe(true)
  })

  test('each single flipped bit of a frame changes both halves of the digest', () => {
    const halves = new Set<string>()
    for (let at = 0; at < 40; at++)
      for (let bit = 0; bit < 8; bit++) {
        const payload = new Uint8Array(40)
        payload[at] = 1 << bit
        const value = digestOf((d) => d.add(1, word, 0, udpPacket(memory, { payload })))
        halves.add(value.slice(0, 8)).add(`${value.slice(8)} `)
      }
    expect(halves.size).toBe(640)
  })

  test('records and bytes have equal digests, and the device passes everything on', () => {
    const run = (mode: 'records' | 'bytes') => {
      const { clock, telemetry, memory: pool } = makeContext()
      const cable = new Cable(clock, { telemetry, mode })
      const onward = new Cable(clock, { telemetry, mode })
      const digest = new Digest()
      const first = new DigestedDevice(cable.a, clock, digest, 'first', 0)
      const second = new DigestedDevice(onward.a, clock, digest, 'second', 1)
      expect([first.mtu, first.largeSegment]).toEqual([1500, 65_415])
      cable.b.sink = { receive: (frame) => second.send(frame) }
      const sink = new Sink(clock)
      onward.b.sink = sink
      first.send(udpPacket(pool, { payload: 'x' }))
      runFor(clock, 1_000_000)
      first.send(tcpPacket(pool, { payload: 30_000 }))
      runNow(clock)
      expect(digest.frames).toBe(4)
      expect(sink.frames).toHaveLength(2)
      return digest.value
    }
    expect(run('bytes')).toBe(run('records'))
  })
})
