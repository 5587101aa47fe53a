import { describe, expect, test } from 'vitest'
import { Cable, type Device, Switch } from '../../src/link/index.ts'
import { MAC_BROADCAST, MacAddress } from '../../src/wire/address.ts'
import type { Packet } from '../../src/wire/packet.ts'
import { Reason } from '../../src/wire/reason.ts'
import { MAC_A, MAC_B, MAC_C, rawFrame, Sink, udpPacket } from '../support/packets.ts'
import { makeContext, runFor, runNow } from '../support/scheduler.ts'

const SECOND = 1_000_000_000

describe.each(['records', 'bytes'] as const)('switch on cables of %s', (mode) => {
  const setup = (ports = 4, stations?: number) => {
    const context = makeContext('net')
    const { clock, telemetry, memory } = context
    const box = new Switch('s1', context, stations)
    const ends: Device[] = []
    const sinks: Sink[] = []
    for (let i = 0; i < ports; i++) {
      const cable = new Cable(clock, { telemetry, mode })
      box.addPort().attach(cable.b)
      const sink = new Sink(clock)
      cable.a.sink = sink
      ends.push(cable.a)
      sinks.push(sink)
    }
    /** Send by a port; gives which ports the frame came out of. */
    const give = (port: number, srcMac: MacAddress, dstMac: MacAddress): number[] => {
      const before = sinks.map((sink) => sink.frames.length)
      ends[port]?.send(udpPacket(memory, { srcMac, dstMac, payload: 'x' }))
      runNow(clock)
      return sinks.flatMap((sink, i) => (sink.frames.length > (before[i] as number) ? [i] : []))
    }
    return { box, give, sinks, ends, clock, memory, telemetry }
  }

  test('floods what it does not know, learns, then sends to one port', () => {
    const { give } = setup()
    expect(give(0, MAC_A, MAC_B)).toEqual([1, 2, 3])
    expect(give(1, MAC_B, MAC_A)).toEqual([0])
    expect(give(0, MAC_A, MAC_B)).toEqual([1])
    expect(give(2, MAC_C, MAC_BROADCAST)).toEqual([0, 1, 3])
    expect(give(3, MAC_A, MAC_C)).toEqual([2])
  })

  test('each copy of a flooded frame has the same bytes, and all payload references are given back', () => {
    const { ends, sinks, clock, memory } = setup()
    const packet = udpPacket(memory, { dstMac: MAC_BROADCAST, payload: 'hello' })
    const { chunk } = packet
    ends[0]?.send(packet)
    runNow(clock)
    expect(sinks[2]?.frames[0]?.bytes).toEqual(sinks[1]?.frames[0]?.bytes)
    expect(chunk?.refs).toBe(0)
  })

  test('a station that moves is found at its new port', () => {
    const { give } = setup()
    give(0, MAC_A, MAC_BROADCAST)
    give(3, MAC_A, MAC_BROADCAST)
    expect(give(1, MAC_B, MAC_A)).toEqual([3])
  })

  test('a frame is not sent back to the port that it came from', () => {
    const { give, telemetry } = setup()
    give(0, MAC_A, MAC_BROADCAST)
    expect(give(0, MAC_B, MAC_A)).toEqual([])
    expect(telemetry.counts[Reason.SwitchFiltered]).toBe(1)
  })

  test('a station that is silent for more than 300 s is forgotten', () => {
    const { give, clock } = setup()
    give(0, MAC_A, MAC_BROADCAST)
    runFor(clock, 300 * SECOND)
    expect(give(1, MAC_B, MAC_A)).toEqual([0])
    runFor(clock, 1)
    expect(give(1, MAC_B, MAC_A)).toEqual([0, 2, 3])
  })

  test('unplugging a port forgets its stations', () => {
    const { give, box, telemetry } = setup()
    give(0, MAC_A, MAC_BROADCAST)
    box.ports[0]?.attach(null)
    expect(give(1, MAC_B, MAC_A)).toEqual([2, 3])
    expect(telemetry.counts[Reason.NoCarrier]).toBe(0)
  })

  test('forged source addresses cost flooding, not memory; a group is no source', () => {
    const { give, box } = setup(3, 16)
    give(0, MAC_A, MAC_BROADCAST)
    for (let i = 0; i < 100; i++) give(2, new MacAddress(0x0600, i), MAC_BROADCAST)
    expect(box.stations.size).toBe(16)
    expect(give(1, MAC_B, MAC_A)).toEqual([0, 2])
    const before = box.stations.size
    give(1, new MacAddress(0x0100, 5), MAC_BROADCAST)
    expect(box.stations.size).toBe(before)
  })

  test('a frame too short to have addresses is dropped with its reason', () => {
    const { box, memory, telemetry } = setup()
    const short: Packet = rawFrame(memory, new Uint8Array(11))
    box.ports[0]?.receive(short)
    expect(telemetry.counts[Reason.FrameTooShort]).toBe(1)
  })
})
