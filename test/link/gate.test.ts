import { describe, expect, test } from 'vitest'
import { Cable, Gate, Impairment } from '../../src/link/index.ts'
import { Reason } from '../../src/wire/reason.ts'
import { Sink, udpPacket } from '../support/packets.ts'
import { makeContext, runNow, settle } from '../support/scheduler.ts'

const setup = (limit?: number) => {
  const { clock, telemetry, memory, random } = makeContext('link')
  const cable = new Cable(clock, { telemetry })
  const gate = new Gate(cable.a, { telemetry }, limit)
  const sink = new Sink(clock)
  cable.b.sink = sink
  const give = (mark: number): void => {
    gate.send(udpPacket(memory, { payload: Uint8Array.of(mark) }))
    runNow(clock)
  }
  return { clock, telemetry, random, memory, gate, sink, give }
}

describe('gate', () => {
  test('open passes, blocked drops with its reason', () => {
    const { gate, give, sink, telemetry } = setup()
    give(1)
    gate.set('blocked')
    give(2)
    gate.set('open')
    give(3)
    expect(sink.marks).toEqual([1, 3])
    expect(telemetry.counts[Reason.Partitioned]).toBe(1)
  })

  test('held keeps in order until opened', () => {
    const { gate, give, sink, clock } = setup()
    gate.set('held')
    give(1)
    give(2)
    expect([gate.held, sink.marks]).toEqual([2, []])
    gate.set('open')
    give(3)
    runNow(clock)
    expect([gate.held, sink.marks]).toEqual([0, [1, 2, 3]])
  })

  test('blocking drops what was held; a held gate is bounded', () => {
    const { gate, give, sink, telemetry } = setup(2)
    gate.set('held')
    for (let i = 0; i < 5; i++) give(i)
    expect(gate.held).toBe(2)
    expect(telemetry.counts[Reason.QueueFull]).toBe(3)
    gate.set('blocked')
    gate.set('open')
    expect(telemetry.counts[Reason.Partitioned]).toBe(2)
    expect(sink.marks).toEqual([])
  })

  test('a judge decides frame by frame; when its mind changes, held frames are judged again', () => {
    const { gate, give, sink, clock, telemetry } = setup()
    const mark = (frame: { buf: Uint8Array; start: number }): number => frame.buf[frame.start] as number
    gate.setJudge((frame) => (mark(frame) % 3 === 0 ? 'held' : mark(frame) % 3 === 1 ? 'open' : 'blocked'))
    for (let i = 0; i < 9; i++) give(i)
    expect(sink.marks).toEqual([1, 4, 7])
    expect(gate.held).toBe(3)
    gate.setJudge((frame) => (mark(frame) === 3 ? 'held' : mark(frame) === 6 ? 'blocked' : 'open'))
    runNow(clock)
    expect(sink.marks).toEqual([1, 4, 7, 0])
    expect(telemetry.counts[Reason.Partitioned]).toBe(4)
    gate.setJudge(null)
    runNow(clock)
    expect(sink.marks).toEqual([1, 4, 7, 0, 3])
  })

  test('behind an impairment it stops what is on the way', () => {
    const { gate, clock, telemetry, random, memory, sink } = setup()
    const link = new Impairment(gate, { clock, telemetry, random }, { latency: '20ms' })
    link.send(udpPacket(memory))
    gate.set('blocked')
    settle(clock)
    expect(sink.frames).toEqual([])
    expect(telemetry.counts[Reason.Partitioned]).toBe(1)
  })
})
