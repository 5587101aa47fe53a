import { describe, expect, test } from 'vitest'
import {
  Cable,
  Capture,
  type CaptureOptions,
  Gate,
  Impairment,
  type ImpairmentOptions,
  Interface,
  Loopback,
  type PacketMode,
  PcapngWriter,
  readPcapng,
} from '../../src/link/index.ts'
import { MAC_BROADCAST } from '../../src/wire/address.ts'
import type { Packet } from '../../src/wire/packet.ts'
import { Reason } from '../../src/wire/reason.ts'
import type { HostEvent } from '../../src/wire/telemetry.ts'
import { frameBytes, IP_A, IP_B, MAC_A, MAC_B, MAC_C, rawFrame, tcpPacket, udpPacket } from '../support/packets.ts'
import { makeContext, runFor, runNow, settle } from '../support/scheduler.ts'

const join = (pieces: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/** A on the left, B on the right, captured at B unless told. */
const setup = (mode: PacketMode = 'records', options: CaptureOptions = {}, impair: ImpairmentOptions = {}) => {
  const a = makeContext('a')
  const b = makeContext('b', { clock: a.clock, memory: a.memory })
  const cable = new Cable(a.clock, { telemetry: a.telemetry, mode })
  const left = new Interface(a, { name: 'eth0', index: 2, mac: MAC_A })
  const right = new Interface(b, { name: 'eth0', index: 2, mac: MAC_B })
  const link = new Impairment(cable.b, { clock: b.clock, telemetry: b.telemetry, random: b.random }, impair)
  left.attach(cable.a)
  left.upper = (packet) => packet.free()
  right.attach(link)
  right.upper = (packet) => packet.free()
  const pieces: Uint8Array[] = []
  const writer = new PcapngWriter((piece) => pieces.push(piece))
  const capture = new Capture(right, a.clock, writer, options)
  right.addTap(capture)
  b.telemetry.observer = (event: HostEvent) => capture.observe(event)
  return {
    a,
    b,
    left,
    right,
    link,
    capture,
    writer,
    clock: a.clock,
    memory: a.memory,
    read: () => readPcapng(join(pieces)),
  }
}

describe.each(['records', 'bytes'] as const)('capture of %s', (mode) => {
  test('frames with time, direction and reception type, in the order in which they came and went', () => {
    const { left, right, clock, memory, read } = setup(mode, { name: 'b:eth0', epoch: 1_700_000_000_123 })
    const request = udpPacket(memory, { payload: 'ping' })
    const sent = frameBytes(request)
    right.upper = (packet) => {
      right.send(udpPacket(memory, { srcMac: MAC_B, dstMac: MAC_A, src: IP_B, dst: IP_A, payload: 'pong' }))
      packet.free()
    }
    runFor(clock, 1_000_000_007)
    left.send(request)
    runNow(clock)
    left.send(udpPacket(memory, { dstMac: MAC_BROADCAST }))
    left.send(udpPacket(memory, { dstMac: MAC_C }))
    runNow(clock)
    const { interfaces, packets } = read()
    expect(interfaces).toEqual([{ name: 'b:eth0', linkType: 1, snapLength: 0, unitsPerSecond: 1_000_000_000n }])
    expect(packets.map(({ direction, flags }) => [direction, flags])).toEqual([
      ['in', 1 | 4],
      ['out', 2],
      ['in', 1 | 12],
      ['out', 2],
      ['in', 1 | 16],
    ])
    expect(packets[0]).toMatchObject({ time: 1_700_000_001_123_000_007n, bytes: sent, originalLength: sent.length })
  })

  test('a frame that the host drops carries the reason', () => {
    const { left, right, b, clock, memory, read } = setup(mode)
    right.upper = (packet) => b.telemetry.drop(packet, Reason.UdpNoSocket)
    left.send(udpPacket(memory))
    runNow(clock)
    expect(read().packets.map(({ comments }) => comments)).toEqual([
      ['drop udp_no_socket: no socket is bound to this port (RFC 1122 4.1.3.1)'],
    ])
  })

  test('a frame that the interface refuses is captured, with the reason', () => {
    const { left, clock, memory, read } = setup(mode)
    left.send(rawFrame(memory, frameBytes(udpPacket(memory)).fill(0x77, 12, 14)))
    left.send(udpPacket(memory, { dstMac: MAC_C }))
    runNow(clock)
    expect(read().packets.map(({ comments }) => comments)).toEqual([
      ['drop unknown_ethertype: no protocol for this EtherType (RFC 1122 2.3.3)'],
      ['drop not_for_us: link address is another host (IEEE 802.3)'],
    ])
  })

  test('a reason for the answer does not become one of the request, though it may be the same object', () => {
    const { left, right, b, clock, memory, read } = setup(mode)
    right.upper = (packet) => {
      packet.free()
      const answer: Packet = udpPacket(memory, { srcMac: MAC_B, dstMac: MAC_A, src: IP_B, dst: IP_A })
      answer.iface = right
      b.telemetry.drop(answer, Reason.FilterDrop)
    }
    left.send(udpPacket(memory))
    runNow(clock)
    expect(read().packets.map(({ comments }) => comments)).toEqual([[]])
  })

  test('a decremented TTL is still the same packet', () => {
    const { left, right, b, clock, memory, read } = setup(mode)
    right.upper = (packet) => {
      packet.ttl--
      b.telemetry.drop(packet, Reason.IpNoRoute)
    }
    left.send(udpPacket(memory))
    runNow(clock)
    expect(read().packets[0]?.comments).toHaveLength(1)
  })

  test('what the link does to a frame that leaves', () => {
    const { right, link, clock, memory, read } = setup(mode)
    const give = (options: ImpairmentOptions): void => {
      link.set({ loss: 0, corrupt: 0, duplicate: 0, ...options })
      right.send(udpPacket(memory, { srcMac: MAC_B, dstMac: MAC_A, src: IP_B, dst: IP_A }))
    }
    give({ loss: 1 })
    give({ corrupt: 1 })
    give({ corrupt: 1, loss: 0 })
    give({})
    settle(clock)
    expect(read().packets.map(({ comments }) => comments.map((comment) => comment.split(':')[0]))).toEqual([
      ['drop impair_loss'],
      ['note impair_corrupt'],
      ['note impair_corrupt'],
      [],
    ])
  })

  test('watching changes nothing: same packets, times and bytes with and without', () => {
    const run = (watched: boolean) => {
      const { left, right, clock, memory, capture } = setup(mode, {}, { latency: '3ms', jitter: '1ms', loss: '20%' })
      if (!watched) right.removeTap(capture)
      const got: string[] = []
      left.upper = (packet) => {
        got.push(`${clock.now} ${frameBytes(packet)}`)
        packet.free()
      }
      for (let i = 0; i < 50; i++) {
        right.send(udpPacket(memory, { srcMac: MAC_B, dstMac: MAC_A, payload: i }))
        runFor(clock, 500_000)
      }
      settle(clock)
      return { got, steps: clock.steps }
    }
    expect(run(true)).toEqual(run(false))
    expect(run(true).got.length).toBeGreaterThan(30)
  })

  test('a large segment is one packet; a snap length cuts what is kept, not what is told', () => {
    const { left, clock, memory, read } = setup(mode, { snapLength: 96 })
    const packet = tcpPacket(memory, { payload: 60_000 })
    const sent = frameBytes(packet)
    left.send(packet)
    runNow(clock)
    expect(read().interfaces[0]?.snapLength).toBe(96)
    expect(read().packets).toMatchObject([{ bytes: sent.subarray(0, 96), originalLength: 60_054 }])
  })

  test('a loopback shows each frame once', () => {
    const context = makeContext()
    const lo = new Interface(context, { name: 'lo', index: 1, kind: 'loopback' })
    lo.attach(new Loopback(context.clock, { telemetry: context.telemetry, mode }))
    lo.upper = (packet) => packet.free()
    const pieces: Uint8Array[] = []
    lo.addTap(new Capture(lo, context.clock, new PcapngWriter((piece) => pieces.push(piece))))
    lo.send(udpPacket(context.memory, { srcMac: lo.mac, dstMac: lo.mac }))
    runNow(context.clock)
    expect(readPcapng(join(pieces)).packets.map(({ direction }) => direction)).toEqual(['in'])
  })
})

test('several interfaces share a file', () => {
  const pieces: Uint8Array[] = []
  const writer = new PcapngWriter((piece) => pieces.push(piece))
  expect([writer.addInterface({ name: 'a:eth0', description: 'left' }), writer.addInterface({ name: 'ü' })]).toEqual([
    0, 1,
  ])
  writer.writePacket({
    interfaceId: 1,
    time: 1n << 40n,
    bytes: Uint8Array.of(1, 2, 3),
    flags: 2,
    comments: ['grüße', 'zwei'],
  })
  const { interfaces, packets } = readPcapng(join(pieces))
  expect(interfaces.map(({ name }) => name)).toEqual(['a:eth0', 'ü'])
  expect(packets).toEqual([
    {
      interfaceId: 1,
      time: 1n << 40n,
      bytes: Uint8Array.of(1, 2, 3),
      originalLength: 3,
      direction: 'out',
      flags: 2,
      comments: ['grüße', 'zwei'],
    },
  ])
})

describe('reading pcapng', () => {
  const file = (): Uint8Array => {
    const pieces: Uint8Array[] = []
    const writer = new PcapngWriter((piece) => pieces.push(piece))
    writer.addInterface({ name: 'x' })
    writer.writePacket({ interfaceId: 0, time: 5n, bytes: new Uint8Array(10), flags: 1 })
    return join(pieces)
  }

  test('reads files of the other byte order, coarser times, and passes over unknown blocks', () => {
    const big = (...words: number[]): number[] =>
      words.flatMap((w) => [w >>> 24, (w >>> 16) & 255, (w >>> 8) & 255, w & 255])
    const bytes = Uint8Array.from([
      ...big(0x0a0d0d0a, 28, 0x1a2b3c4d, 0x00010000, 0xffffffff, 0xffffffff, 28),
      ...big(1, 20, 0x00010000, 0, 20),
      ...big(5, 16, 0xdeadbeef, 16),
      ...big(6, 36, 0, 0, 7, 2, 2, 0x0a0b0000, 36),
    ])
    expect(readPcapng(bytes).packets).toMatchObject([{ time: 7000n, bytes: Uint8Array.of(10, 11), direction: null }])
  })

  test.each([
    ['nothing', () => new Uint8Array(0), 'no section header at byte 0'],
    ['something else', () => new Uint8Array(64).fill(7), 'no section header at byte 0'],
    ['a strange byte order', () => file().fill(9, 8, 12), 'unknown byte order at byte 8'],
    ['a file cut short', () => file().subarray(0, file().length - 2), 'is cut short or has a wrong length'],
    ['a block of length 0', () => file().fill(0, 4, 8), 'block at byte 0 is cut short or has a wrong length'],
    ['a second section', () => join([file(), file()]), 'second section at byte'],
  ])('%s is refused with the place', (_, make, message) => {
    expect(() => readPcapng(make())).toThrow(message)
  })

  test('no damage of a file does more than throw an Error of ours', () => {
    const good = file()
    for (let at = 0; at < good.length; at++)
      for (const value of [0, 1, 127, 255]) {
        const bad = good.slice()
        bad[at] = value
        try {
          readPcapng(bad)
        } catch (error) {
          expect(String(error)).toMatch(/^Error: pcapng: /)
        }
      }
  })
})

test('a gate’s drops concern no interface of the capture once the call is over', () => {
  const { right, memory, b, clock, capture, read } = setup()
  const inner = right.device
  if (inner === null) throw new Error('not attached')
  const gate = new Gate(inner, { telemetry: b.telemetry })
  right.attach(gate)
  gate.set('held')
  right.send(udpPacket(memory, { srcMac: MAC_B, dstMac: MAC_A }))
  gate.set('blocked')
  runNow(clock)
  right.removeTap(capture)
  expect(read().packets.map(({ comments }) => comments)).toEqual([[]])
})
