import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Cable, Impairment, type ImpairmentOptions } from '../../src/link/index.ts'
import { Form } from '../../src/wire/packet.ts'
import { Reason } from '../../src/wire/reason.ts'
import { frameBytes, MAC_B, Sink, tcpPacket, udpPacket } from '../support/packets.ts'
import { makeContext, runFor, runNow, settle } from '../support/scheduler.ts'

const MS = 1_000_000

const setup = (
  options: ImpairmentOptions = {},
  { seed = 1, offload = true, mode = 'records' as 'records' | 'bytes' } = {},
) => {
  const { clock, telemetry, memory, random } = makeContext('link', { seed })
  const cable = new Cable(clock, { telemetry, offload, mode })
  const link = new Impairment(cable.a, { clock, telemetry, random }, options)
  const sink = new Sink(clock)
  cable.b.sink = sink
  /** Send a datagram marked with a number, `payload` bytes long. */
  const give = (mark: number, payload = 1): void => {
    const bytes = new Uint8Array(payload)
    bytes[0] = mark
    link.send(udpPacket(memory, { payload: bytes }))
  }
  return { clock, telemetry, memory, cable, link, sink, give }
}

describe('impairment', () => {
  test('with nothing set a frame passes at once, in the same turn of the queue as without it', () => {
    const { clock, sink, give } = setup()
    give(1)
    expect(clock.nextDeadline).toBe(Infinity)
    expect(clock.runJobs(10)).toBe(9)
    expect(sink.marks).toEqual([1])
  })

  test('latency delays each frame by as much, in order', () => {
    const { clock, sink, give } = setup({ latency: '20ms' })
    give(1)
    give(2)
    runFor(clock, 5 * MS)
    give(3)
    settle(clock)
    expect(sink.marks).toEqual([1, 2, 3])
    expect(sink.times).toEqual([20 * MS, 20 * MS, 25 * MS])
  })

  test('a shorter latency set while frames travel does not let later ones overtake', () => {
    const { clock, sink, give, link } = setup({ latency: '20ms' })
    give(1)
    link.set({ latency: 0 })
    give(2)
    runFor(clock, 20 * MS)
    give(3)
    settle(clock)
    expect(sink.marks).toEqual([1, 2, 3])
    expect(sink.times).toEqual([20 * MS, 20 * MS, 20 * MS])
    expect(link.travelling).toBe(0)
  })

  test('jitter spreads arrivals over its whole range and keeps order', () => {
    const { clock, sink, give } = setup({ latency: '20ms', jitter: '5ms' })
    const delays: number[] = []
    for (let i = 0; i < 300; i++) {
      const sent = clock.now
      give(i & 255)
      runFor(clock, 50 * MS)
      delays.push((sink.times.at(-1) as number) - sent)
    }
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(15 * MS)
    expect(Math.min(...delays)).toBeLessThan(16 * MS)
    expect(Math.max(...delays)).toBeLessThanOrEqual(25 * MS)
    expect(Math.max(...delays)).toBeGreaterThan(24 * MS)
    expect(delays.every(Number.isInteger)).toBe(true)
    for (let i = 0; i < 200; i++) give(i)
    settle(clock)
    expect(sink.marks.slice(-200)).toEqual(Array.from({ length: 200 }, (_, i) => i))
  })

  test('jitter reorders only if asked, and never goes back in time', () => {
    const { clock, sink, give } = setup({ latency: '1ms', jitter: '5ms', jitterReorders: true, distribution: 'normal' })
    for (let i = 0; i < 200; i++) give(i)
    settle(clock)
    expect(sink.marks).not.toEqual(Array.from({ length: 200 }, (_, i) => i))
    expect([...sink.marks].sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i))
    expect(sink.times.every((time, i) => time >= (sink.times[i - 1] ?? 0))).toBe(true)
  })

  test('loss takes the share that was asked for, with its reason', () => {
    const { clock, sink, give, link, telemetry } = setup({ loss: '10%' })
    for (let i = 0; i < 10_000; i++) give(1)
    runNow(clock)
    expect(Math.abs(link.stats.lost - 1000)).toBeLessThan(150)
    expect(sink.frames.length + link.stats.lost).toBe(10_000)
    expect(telemetry.counts[Reason.ImpairLoss]).toBe(link.stats.lost)
    link.set({ loss: 1 })
    give(1)
    link.set({ loss: 0 })
    give(2)
    runNow(clock)
    expect(sink.marks.at(-1)).toBe(2)
  })

  test('duplicates follow their original, with the same bytes', () => {
    const { clock, sink, give, link, telemetry } = setup({ duplicate: 1 })
    give(1)
    give(2)
    runNow(clock)
    expect(sink.marks).toEqual([1, 1, 2, 2])
    expect(sink.frames[0]?.bytes).toEqual(sink.frames[1]?.bytes)
    expect(link.stats.duplicated).toBe(2)
    expect(telemetry.counts[Reason.ImpairDuplicate]).toBe(2)
  })

  test('one of two copies may be lost', () => {
    const { clock, sink, give } = setup({ duplicate: 1, loss: 0.5 })
    for (let i = 0; i < 200; i++) give(i)
    runNow(clock)
    const copies = (mark: number): number => sink.marks.filter((m) => m === mark).length
    const counts = Array.from({ length: 200 }, (_, i) => copies(i))
    expect(new Set(counts)).toEqual(new Set([0, 1, 2]))
  })

  test('a frame made late is overtaken by those behind it', () => {
    const { clock, sink, give, link, telemetry } = setup({ reorder: 1, reorderDelay: '3ms', reorderGap: 3 })
    for (let i = 1; i <= 7; i++) {
      give(i)
      runFor(clock, MS)
    }
    settle(clock)
    expect(sink.marks).toEqual([1, 2, 4, 5, 3, 7, 6])
    expect(link.stats.reordered).toBe(2)
    expect(telemetry.counts[Reason.ImpairReorder]).toBe(2)
  })

  test('late by the latency, or 1 ms, when no delay is named', () => {
    const slow = setup({ reorder: 1, latency: '7ms' })
    slow.give(1)
    settle(slow.clock)
    expect(slow.sink.times).toEqual([14 * MS])
    const quick = setup({ reorder: 1 })
    quick.give(1)
    settle(quick.clock)
    expect(quick.sink.times).toEqual([MS])
  })

  test('corruption flips exactly one bit of the frame, anywhere in it', () => {
    const { clock, sink, link, memory, telemetry } = setup({ corrupt: 1 })
    const where = new Set<number>()
    for (let i = 0; i < 2000; i++) {
      const packet = udpPacket(memory, { payload: 'hello' })
      const sent = frameBytes(packet)
      link.send(packet)
      runNow(clock)
      const { bytes, form } = sink.frames.at(-1) as { bytes: Uint8Array; form: number }
      expect(form).toBe(Form.FRAME)
      const flips = [...sent].flatMap((byte, at) => {
        const flipped = byte ^ (bytes[at] as number)
        return flipped === 0 ? [] : [{ at, flipped }]
      })
      expect(flips).toHaveLength(1)
      const { at, flipped } = flips[0] as { at: number; flipped: number }
      expect(flipped & (flipped - 1)).toBe(0)
      where.add(at * 8 + Math.clz32(flipped))
    }
    expect(where.size).toBeGreaterThan(370)
    expect(link.stats.corrupted).toBe(2000)
    expect(telemetry.counts[Reason.ImpairCorrupt]).toBe(2000)
  })

  test('corrupting one copy leaves the other copy, and the sender’s bytes, alone', () => {
    const { clock, link, memory, sink } = setup({ corrupt: 1, duplicate: 1 }, { mode: 'bytes' })
    const packet = udpPacket(memory, { payload: 'hello' })
    const sent = frameBytes(packet)
    const again = setup({ corrupt: 1, duplicate: 1 })
    link.send(packet)
    runNow(clock)
    const differing = sink.frames.map(({ bytes }) => bytes.filter((byte, i) => byte !== sent[i]).length)
    expect(differing).toEqual([1, 1])
    again.link.send(udpPacket(again.memory, { payload: 'hello' }))
    runNow(again.clock)
    expect(again.sink.frames.map(({ bytes }) => bytes)).toEqual(sink.frames.map(({ bytes }) => bytes))
  })

  test('corrupting raw copies that share a chunk changes one only', () => {
    const { clock, link, memory, sink, cable } = setup({ corrupt: '50%' })
    const packet = udpPacket(memory, { payload: 'hello' })
    const sent = frameBytes(packet)
    const first = new Cable(clock, { telemetry: makeContext().telemetry, mode: 'bytes' })
    first.b.sink = {
      receive: (frame) => {
        for (let i = 0; i < 40; i++) link.send(frame.clone())
        frame.free()
      },
    }
    first.a.send(packet)
    runNow(clock)
    expect(cable.b.sink).toBe(sink)
    const differing = sink.frames.map(({ bytes }) => bytes.filter((byte, i) => byte !== sent[i]).length)
    expect(new Set(differing)).toEqual(new Set([0, 1]))
  })
})

describe('rate limit', () => {
  test('frames leave one after the other, each taking its bits', () => {
    // 1,000 bytes at 8 Mbit/s: 1 ms.
    const { clock, sink, give, link } = setup({ rate: '8mbit' })
    for (let i = 1; i <= 3; i++) give(i, 1000 - 42)
    expect(link.queued).toBe(3000)
    settle(clock)
    expect(sink.times).toEqual([MS, 2 * MS, 3 * MS])
    expect(link.queued).toBe(0)
    runFor(clock, 10 * MS)
    const later = clock.now
    give(4, 1000 - 42)
    settle(clock)
    expect(sink.times.at(-1)).toBe(later + MS)
  })

  test('the rate is exact over many frames, though one takes a fraction of a nanosecond', () => {
    // 64 bytes at 10 Gbit/s: 51.2 ns.
    const { clock, sink, give } = setup({ rate: '10gbit', queue: '10000p' })
    for (let i = 0; i < 5000; i++) give(1, 64 - 42)
    settle(clock)
    expect(sink.times[4]).toBe(256)
    expect(sink.times.at(-1)).toBe(256_000)
  })

  test('back to back across an empty queue as well', () => {
    const { clock, link, memory, cable } = setup({ rate: '10gbit' })
    let last = 0
    let count = 0
    cable.b.sink = {
      receive: (frame) => {
        last = clock.now
        if (++count < 5000) link.send(frame)
        else frame.free()
      },
    }
    link.send(udpPacket(memory, { payload: 64 - 42 }))
    settle(clock)
    expect([count, last]).toEqual([5000, 256_000])
  })

  test('latency comes on top of the transmission', () => {
    const { clock, sink, give } = setup({ rate: '8mbit', latency: '20ms' })
    give(1, 1000 - 42)
    give(2, 1000 - 42)
    settle(clock)
    expect(sink.times).toEqual([21 * MS, 22 * MS])
  })

  test('a full queue drops what comes last, in packets or bytes, with its reason', () => {
    const packets = setup({ rate: '8mbit', queue: '3p' })
    for (let i = 1; i <= 5; i++) packets.give(i)
    settle(packets.clock)
    expect(packets.sink.marks).toEqual([1, 2, 3])
    expect(packets.link.stats.overflowed).toBe(2)
    expect(packets.telemetry.counts[Reason.ImpairRate]).toBe(2)
    const bytes = setup({ rate: '8mbit', queue: 2500 })
    for (let i = 1; i <= 3; i++) bytes.give(i, 1000 - 42)
    bytes.give(4, 500 - 42)
    settle(bytes.clock)
    expect(bytes.sink.marks).toEqual([1, 2, 4])
  })

  test('an empty queue takes a frame larger than itself', () => {
    const { clock, sink, give } = setup({ rate: '8mbit', queue: 10 })
    give(1, 500)
    give(2, 1)
    settle(clock)
    expect(sink.marks).toEqual([1])
  })

  test('the rate may change while a frame is being sent: the rest goes at the new one', () => {
    const { clock, sink, give, link } = setup({ rate: '8mbit' })
    give(1, 1000 - 42)
    give(2, 1000 - 42)
    runFor(clock, MS / 2)
    link.set({ rate: '4mbit' })
    settle(clock)
    expect(sink.times).toEqual([1.5 * MS, 3.5 * MS])
  })

  test('lifting the limit empties the queue at once, in order', () => {
    const { clock, sink, give, link } = setup({ rate: '1kbit' })
    for (let i = 1; i <= 3; i++) give(i, 500)
    runFor(clock, MS)
    link.set({ rate: 0 })
    give(4)
    settle(clock)
    expect(sink.marks).toEqual([1, 2, 3, 4])
    expect(sink.times).toEqual([MS, MS, MS, MS])
  })

  test.each(['records', 'bytes'] as const)('a large segment takes what its full-sized frames would (%s)', (mode) => {
    const { clock, sink, memory, link } = setup({ rate: '8mbit' }, { mode })
    const payload = 10 * 1460 + 100
    link.send(tcpPacket(memory, { payload }))
    settle(clock)
    const separately = 10 * 1514 + 154
    expect(sink.times).toEqual([separately * 1000])
    const plain = setup({ rate: '8mbit' }, { offload: false })
    for (let sent = 0; sent < payload; sent += 1460)
      plain.link.send(tcpPacket(plain.memory, { payload: Math.min(1460, payload - sent) }))
    settle(plain.clock)
    expect(plain.sink.times.at(-1)).toBe(sink.times.at(-1))
  })
})

describe('impairment settings', () => {
  test.each([
    [{ latency: '20' }, 'impairment: latency: "20" has no unit'],
    [{ loss: 2 }, 'impairment: loss: 2 is not a probability'],
    [{ rate: '10 horses' }, 'impairment: rate: "10 horses" has an unknown unit'],
    [{ reorderGap: 0 }, 'impairment: reorderGap: 0 is not a number of frames'],
    [{ distribution: 'pareto' }, 'impairment: distribution: pareto is neither "uniform" nor "normal"'],
    [{ jitterReorders: 1 }, 'impairment: jitterReorders: 1 is neither true nor false'],
    [{ delay: '1ms' }, 'impairment: no option "delay" (there are latency, jitter'],
  ])('%j is refused by name, and nothing changes', (options, message) => {
    const { link } = setup({ latency: '3ms' })
    expect(() => link.set({ latency: '9ms', ...(options as ImpairmentOptions) })).toThrow(message)
    expect(link.settings.latency).toBe(3 * MS)
  })

  test('what is not named stays', () => {
    const { link } = setup({ latency: '3ms', loss: '1%' })
    link.set({ jitter: '1ms' })
    expect(link.settings).toMatchObject({ latency: 3 * MS, jitter: MS })
    expect(link.settings.loss).toBeGreaterThan(0)
  })

  test('decisions of one kind do not change those of another', () => {
    const fates = (options: ImpairmentOptions): number[] => {
      const { clock, sink, give } = setup({ latency: '20ms', jitter: '5ms', ...options })
      for (let i = 0; i < 100; i++) {
        give(i)
        runFor(clock, 100 * MS)
      }
      return sink.times
    }
    const plain = fates({})
    const lossless = fates({ corrupt: '30%' })
    expect(lossless).toEqual(plain)
  })

  test('the same seed gives the same fate, in records and in bytes; another seed another', () => {
    const all: ImpairmentOptions = {
      latency: '5ms',
      jitter: '4ms',
      jitterReorders: true,
      loss: '10%',
      duplicate: '10%',
      reorder: '10%',
      corrupt: '10%',
      rate: '1mbit',
      queue: '20p',
    }
    const run = (seed: number, mode: 'records' | 'bytes') => {
      const { clock, sink, give } = setup(all, { seed, mode })
      for (let i = 0; i < 200; i++) {
        give(i, 100 + i)
        runFor(clock, MS)
      }
      settle(clock)
      return sink.frames.map(({ time, bytes }) => ({ time, bytes: bytes.join() }))
    }
    expect(run(1, 'records')).toEqual(run(1, 'records'))
    expect(run(1, 'bytes')).toEqual(run(1, 'records'))
    expect(run(2, 'records')).not.toEqual(run(1, 'records'))
  })

  test('whatever is set and whenever, each frame arrives, is dropped with a reason, or is on its way', () => {
    const odds = fc.constantFrom(0, 0.3, 1)
    const change = fc.record(
      {
        latency: fc.constantFrom(0, '1ms', '9ms'),
        jitter: fc.constantFrom(0, '2ms'),
        jitterReorders: fc.boolean(),
        loss: odds,
        duplicate: odds,
        reorder: odds,
        corrupt: odds,
        rate: fc.constantFrom(0, '100kbit', '1gbit'),
        queue: fc.constantFrom('5p', '2kb', '1000p'),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(change, fc.nat(6), fc.nat(3 * MS)), { maxLength: 20 }), fc.nat(), (steps, seed) => {
        const { clock, link, give, sink } = setup({}, { seed })
        let given = 0
        for (const [options, count, wait] of steps) {
          link.set(options as ImpairmentOptions)
          for (let i = 0; i < count; i++) give(given++ & 255)
          runFor(clock, wait)
        }
        settle(clock)
        const { lost, duplicated, overflowed } = link.stats
        expect(sink.frames.length).toBe(given + duplicated - lost - overflowed)
        expect([link.queued, link.travelling]).toEqual([0, 0])
      }),
      { numRuns: 200 },
    )
  })
})

test('frames leave the impairment by the device it was put round', () => {
  const { clock, link, sink, memory } = setup()
  expect(link.sink).toBeNull()
  link.sink = sink
  expect([link.mtu, link.largeSegment]).toEqual([1500, 65_415])
  link.send(udpPacket(memory, { dstMac: MAC_B }))
  runNow(clock)
  expect(sink.frames).toHaveLength(1)
})
