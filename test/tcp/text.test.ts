import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { Poll } from '../../src/tcp/index.ts'
import { pattern, script, TcpState } from '../support/tcp.ts'

describe('seventh check: text', () => {
  script('[9293-3.10.7.4-p, 9293-3.6-c] text is taken in ESTABLISHED, FIN-WAIT-1 and FIN-WAIT-2', (make) => {
    for (const state of ['established', 'finWait1', 'finWait2'] as const) {
      const world = make()[state]()
      world.inject({ flags: 'PA', data: 'text' })
      expect(world.recv(), state).toBe('text')
      expect(world.take().at(-1)?.ack, state).toBe(5)
    }
  })

  script("[9293-3.10.7.4-p] after the peer's FIN text is ignored", (make) => {
    for (const state of ['closeWait', 'closing', 'lastAck'] as const) {
      const world = make()[state]()
      world.inject({ flags: 'PA', seq: 2, data: 'late' })
      expect(world.socket.inq, state).toBe(0)
      expect(world.take().at(-1)?.ack ?? 2, state).toBe(2)
    }
  })

  script(
    '[SHLD-31, 9293-3.8.6.3-a, 5681-3.2-a, MAY-13] out-of-order text is held and acknowledged at once; the gap filled, all is acknowledged at once',
    (make) => {
      const world = make().established()
      world.inject({ flags: 'PA', seq: 4, data: 'def' })
      world.expect({ flags: 'A', ack: 1 })
      world.inject({ flags: 'PA', seq: 10, data: 'jkl' })
      world.expect({ flags: 'A', ack: 1 })
      expect(world.recv()).toBe(-11)
      world.inject({ flags: 'PA', seq: 1, data: 'abc' })
      world.expect({ flags: 'A', ack: 7 })
      world.inject({ flags: 'PA', seq: 7, data: 'ghi' })
      world.expect({ flags: 'A', ack: 13 })
      expect(world.recv()).toBe('abcdefghijkl')
      world.run(1000).expectNothing()
    },
  )

  script('[9293-3.10.7.4-r, SHLD-31] a FIN out of order waits for what is missing', (make) => {
    const world = make().established()
    world.inject({ flags: 'FA', seq: 4, data: 'def' })
    expect(world.state).toBe(TcpState.ESTABLISHED)
    world.inject({ flags: 'PA', seq: 1, data: 'abc' })
    expect(world.state).toBe(TcpState.CLOSE_WAIT)
    expect(world.recv()).toBe('abcdef')
    expect(world.recv()).toBe(0)
    expect(world.take().at(-1)?.ack).toBe(8)
    const bare = make().established()
    bare.inject({ flags: 'FA', seq: 4 })
    expect(bare.state).toBe(TcpState.ESTABLISHED)
    bare.inject({ flags: 'PA', seq: 1, data: 'abc' })
    expect(bare.state).toBe(TcpState.CLOSE_WAIT)
  })

  script('[9293-3.10.7.4-q] RCV.NXT advances and RCV.NXT+RCV.WND never falls', (make) => {
    const world = make().established()
    let edge = 0
    for (let seq = 1, i = 0; i < 60; i++) {
      const length = 100 + ((i * 371) % 1300)
      world.inject({ flags: 'PA', seq, data: length })
      seq += length
      world.run(50)
      for (const seen of world.take()) {
        expect(seen.ack + seen.win).toBeGreaterThanOrEqual(edge)
        edge = seen.ack + seen.win
      }
    }
    expect(edge).toBeGreaterThan(60_000)
  })

  script('every order of arrival, with duplicates and overlaps, gives the same stream', (make) => {
    const piece = fc.record({ at: fc.integer({ min: 0, max: 900 }), length: fc.integer({ min: 1, max: 300 }) })
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), fc.boolean(), (pieces, sack) => {
        const world = make().established({ sack })
        for (const { at, length } of pieces)
          world.inject({ flags: 'PA', seq: 1 + at, data: pattern(1 + at, Math.min(length, 1000 - at)) })
        world.inject({ flags: 'FPA', seq: 1, data: pattern(1, 1000) })
        expect(world.read()).toEqual(pattern(1, 1000))
        expect(world.state).toBe(TcpState.CLOSE_WAIT)
        expect(world.take().at(-1)?.ack).toBe(1002)
      }),
      { numRuns: 60, seed: 9293 },
    )
  })

  script('[sock-poll-14] POLLIN from SO_RCVLOWAT bytes on', (make) => {
    const world = make().established()
    world.socket.rcvLowat = 10
    world.inject({ flags: 'PA', data: 9 })
    expect(world.takeEvents() & Poll.IN).toBe(0)
    expect(world.socket.poll() & Poll.IN).toBe(0)
    world.inject({ flags: 'PA', data: 1 })
    expect(world.takeEvents() & Poll.IN).toBe(Poll.IN)
    expect(world.socket.poll() & Poll.IN).toBe(Poll.IN)
  })

  script('memory held beyond the bytes is collapsed', (make) => {
    const world = make().established()
    const chunks = 200
    for (let i = 0; i < chunks; i++) {
      const large = new Uint8Array(8192)
      large[0] = i
      world.inject({ flags: 'PA', data: large.subarray(0, 8) })
    }
    expect(world.socket.inq).toBe(chunks * 8)
    const bytes = world.read()
    expect(Array.from({ length: chunks }, (_, i) => bytes[8 * i])).toEqual(Array.from({ length: chunks }, (_, i) => i))
  })

  script(
    '[sock-recv-1, sock-recv-8, sock-recv-10, sock-recv-20] recv takes what is there, peeks, discards; recvView lends',
    (make) => {
      const world = make().established()
      world.inject({ flags: 'PA', data: 'abc' })
      world.inject({ flags: 'PA', data: 'defgh' })
      expect(world.socket.inq).toBe(8)
      expect(world.recv(100, 2)).toBe('abcdefgh')
      expect(world.recv(2)).toBe('ab')
      expect(world.socket.recv(new Uint8Array(2), 0, 2, 0x20)).toBe(2)
      const range = { buf: new Uint8Array(0), start: 0, end: 0 }
      const count = world.socket.recvView(range)
      expect(count).toBeGreaterThan(0)
      expect(new TextDecoder().decode(range.buf.slice(range.start, range.end))).toBe('efgh'.slice(0, count))
      world.socket.consume(count)
      expect(world.socket.inq).toBe(4 - count)
    },
  )
})

describe('eighth check: FIN', () => {
  script(
    '[9293-3.10.7.4-r, 9293-3.10.7.4-s, 9293-3.10.3-a, MUST-12, sock-poll-6] ESTABLISHED to CLOSE-WAIT; data first, then end of stream',
    (make) => {
      const world = make().established()
      world.inject({ flags: 'FPA', data: 'last words' })
      world.expect({ flags: 'A', ack: 12 })
      expect(world.state).toBe(TcpState.CLOSE_WAIT)
      expect(world.takeEvents() & (Poll.IN | Poll.RDHUP)).toBe(Poll.IN | Poll.RDHUP)
      expect(world.recv()).toBe('last words')
      expect(world.recv()).toBe(0)
      expect(world.recv()).toBe(0)
      expect(world.socket.pendingError).toBe(0)
      expect(world.socket.poll()).toBe(Poll.IN | Poll.OUT | Poll.RDHUP)
    },
  )

  script(
    '[9293-3.10.7.4-s] FIN-WAIT-1 to TIME-WAIT when the FIN acknowledges ours, FIN-WAIT-2 to TIME-WAIT',
    (make) => {
      const world = make().finWait1()
      world.inject({ flags: 'FA', ack: 2 })
      world.expect({ flags: 'A', ack: 2 })
      expect(world.states()).toEqual([TcpState.TIME_WAIT])
      const second = make().timeWait()
      expect(second.states()).toEqual([TcpState.TIME_WAIT])
    },
  )

  script('[9293-3.6-b, 9293-3.10.7.4-s] FIN-WAIT-1 to CLOSING to TIME-WAIT when both close at once', (make) => {
    const world = make().closing()
    world.inject({ ack: 2 })
    expect(world.states()).toEqual([TcpState.TIME_WAIT])
    world.run(60_100)
    expect(world.states()).toEqual([])
  })

  script('[9293-3.4-b] SYN and FIN count one sequence number each', (make) => {
    const world = make().established()
    world.send('abc')
    world.expect({ seq: 1, len: 3 })
    world.shutdown()
    world.expect({ flags: 'FA', seq: 4 })
    world.inject({ flags: 'FPA', ack: 4, data: 'xy' })
    world.expect({ flags: 'A', seq: 5, ack: 4 })
    world.inject({ ack: 5 })
    expect(world.states()).toEqual([TcpState.TIME_WAIT])
  })

  script('[9293-3.10.7.4-r] a FIN that comes again is acknowledged again', (make) => {
    for (const state of ['closeWait', 'closing', 'lastAck'] as const) {
      const world = make()[state]()
      world.inject({ flags: 'FA', seq: 1, ack: 1 })
      world.expect({ flags: 'A', ack: 2 })
    }
  })
})
