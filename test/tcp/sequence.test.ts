import { describe, expect } from 'vitest'
import { Poll } from '../../src/tcp/index.ts'
import { ECONNRESET } from '../../src/wire/errno.ts'
import { script, TcpState, type World } from '../support/tcp.ts'

/** The receive window as it was announced, closed by text that nobody reads. */
const closeWindow = (world: World): number => {
  let seq = world.peerNxt
  for (let i = 0; i < 200; i++) {
    const { rcvWnd } = world.socket.info()
    if (rcvWnd === 0) break
    const length = Math.min(1460, rcvWnd)
    world.inject({ flags: 'PA', seq, data: length })
    seq += length
  }
  world.run(1000)
  const last = world.take().at(-1)
  expect(last?.win).toBe(0)
  return seq
}

describe('first check: sequence number', () => {
  script(
    '[9293-3.10.7.4-a, 9293-3.10.7.4-b, 9293-3.5.2-d] no text, open window: RCV.NXT =< SEQ < RCV.NXT+WND',
    (make) => {
      const world = make().established()
      const { rcvWnd } = world.socket.info()
      world.inject({ seq: 1 })
      world.inject({ seq: rcvWnd })
      world.expectNothing()
      for (const seq of [rcvWnd + 1, -100]) {
        world.inject({ seq })
        world.expect({ flags: 'A', seq: 1, ack: 1 })
      }
      expect(world.state).toBe(TcpState.ESTABLISHED)
    },
  )

  script(
    '[9293-3.10.7.4-a, 9293-3.10.7.4-b, 9293-3.5.2-d] text, open window: its start or its end in the window',
    (make) => {
      const world = make().established()
      const { rcvWnd } = world.socket.info()
      world.inject({ flags: 'PA', seq: rcvWnd + 1, data: 10 })
      world.expect({ flags: 'A', ack: 1 })
      world.inject({ flags: 'PA', seq: -20, data: 10 })
      world.expect({ flags: 'A', ack: 1 })
      expect(world.socket.inq).toBe(0)
      expect(world.socket.info().segsIn).toBeGreaterThan(2)
      // The last byte of the window alone is acceptable, and held for later.
      world.inject({ flags: 'PA', seq: rcvWnd, data: 10 })
      world.expect({ flags: 'A', ack: 1 })
      expect(world.mib('TcpExtTCPOFOQueue')).toBe(1)
      // An end in the window brings its new part.
      world.inject({ flags: 'PA', seq: -4, data: 'abcdefgh' })
      expect(world.recv()).toBe('fgh')
    },
  )

  script(
    '[9293-3.10.7.4-a, 9293-3.10.7.4-c, MUST-66] a closed window takes no text, but ACK, URG and RST at its place',
    (make) => {
      const world = make().established()
      world.send('abc')
      world.take()
      const seq = closeWindow(world)
      const before = world.socket.inq
      world.inject({ flags: 'PA', seq, ack: 4, data: 'probe' })
      world.expect({ flags: 'A', seq: 4, ack: seq, win: 0 })
      expect(world.socket.inq).toBe(before)
      expect(world.socket.outq).toBe(0)
      world.takeEvents()
      world.inject({ flags: 'UA', seq, ack: 4, urg: 1 })
      expect(world.takeEvents() & Poll.PRI).toBe(Poll.PRI)
      world.take()
      // With text it lies outside.
      world.inject({ seq: seq + 1 })
      world.expect({ flags: 'A', ack: seq })
      world.inject({ flags: 'R', seq })
      expect(world.state).toBe(TcpState.CLOSED)
      expect(world.socket.pendingError).toBe(ECONNRESET)
    },
  )

  script('[9293-3.8.6.1-a, MUST-66] a probe of the closed window is answered with RCV.NXT and the window', (make) => {
    const world = make().established()
    const seq = closeWindow(world)
    for (let i = 0; i < 3; i++) {
      world.inject({ seq: seq - 1, data: 1 })
      world.expect({ flags: 'A', ack: seq, win: 0 })
      world.inject({ seq: seq - 1 })
      world.expect({ flags: 'A', ack: seq, win: 0 })
    }
  })

  script('[9293-3.10.7.4-d] a segment is trimmed on both sides', (make) => {
    const world = make().established()
    world.inject({ flags: 'PA', seq: 1, data: 'abc' })
    world.inject({ flags: 'PA', seq: 2, data: 'bcdef' })
    expect(world.recv()).toBe('abcdef')
    world.take()
    world.inject({ flags: 'PA', seq: 7, data: 1000 })
    expect(world.socket.inq).toBe(1000)
  })

  script(
    '[9293-3.10.7.4-d, 9293-3.10.7.4-q] text beyond the window is cut off there; the FIN behind it does not count',
    (make) => {
      const world = make().established()
      let seq = 1
      while (world.socket.info().rcvWnd > 1460) {
        world.inject({ flags: 'PA', seq, data: 1000 })
        seq += 1000
      }
      world.take()
      const room = world.socket.info().rcvWnd
      expect(room).toBeGreaterThan(0)
      world.inject({ flags: 'FPA', seq, data: 1460 })
      world.expect({ flags: 'A', ack: seq + room })
      expect(world.state).toBe(TcpState.ESTABLISHED)
    },
  )

  script('[9293-3.4-a] numbers wrap round 2^32 in both directions', (make) => {
    for (const peerIsn of [-1, -3, 0x7fffffff, 0x7ffffffe]) {
      const world = make({ peerIsn }).established({ ts: true, sack: true })
      world.inject({ flags: 'PA', data: 'before' })
      world.inject({ flags: 'PA', seq: 13, data: 'later' })
      world.inject({ flags: 'PA', seq: 7, data: 'middle' })
      expect(world.recv()).toBe('beforemiddlelater')
    }
  })
})

describe('second check: RST', () => {
  script(
    '[9293-3.5.3-a, 5961-3.2-a, 9293-3.10.7.4-g, MUST-12] RST at RCV.NXT: error ECONNRESET, queues flushed, CLOSED',
    (make) => {
      const world = make().established()
      world.send('unacknowledged')
      world.take()
      world.inject({ flags: 'R', seq: 1 })
      expect(world.state).toBe(TcpState.CLOSED)
      expect(world.takeEvents()).toBe(Poll.IN | Poll.OUT | Poll.ERR | Poll.HUP | Poll.RDHUP)
      expect(world.socket.outq).toBe(0)
      expect(world.recv()).toBe(-ECONNRESET)
      expect(world.recv()).toBe(0)
      expect(world.mib('TcpEstabResets')).toBe(1)
      world.run(10_000).expectNothing()
    },
  )

  script('[SHLD-2] a RST may carry text', (make) => {
    const world = make().established()
    world.inject({ flags: 'RA', seq: 1, data: 'no such user' })
    expect(world.state).toBe(TcpState.CLOSED)
  })

  script('[5961-3.2-b, 9293-3.5.3-a] RST in the window but not at RCV.NXT: challenge ACK, nothing else', (make) => {
    const world = make().established()
    world.inject({ flags: 'R', seq: 2 })
    world.expect({ flags: 'A', seq: 1, ack: 1 })
    expect(world.state).toBe(TcpState.ESTABLISHED)
    expect(world.mib('TcpExtTCPChallengeACK')).toBe(1)
  })

  script('[5961-3.2-c, 9293-3.5.2-e] RST outside the window: silence', (make) => {
    const world = make().established()
    world.inject({ flags: 'R', seq: 70_000 })
    world.inject({ flags: 'R', seq: 0 })
    world.inject({ flags: 'R', seq: -70_000 })
    world.expectNothing()
    expect(world.state).toBe(TcpState.ESTABLISHED)
    expect(world.count('TcpRstOutOfWindow')).toBe(3)
  })

  script('[9293-3.5.3-b] RST aborts in every synchronized state', (make) => {
    const states = ['finWait1', 'finWait2', 'closing', 'closeWait', 'lastAck'] as const
    for (const state of states) {
      const world = make()[state]()
      world.take()
      world.inject({ flags: 'R' })
      expect(world.state, state).toBe(TcpState.CLOSED)
      expect(world.states(), state).toEqual([])
      world.expectNothing()
    }
  })

  script('[5961-7-a, 5961-7-b] challenge ACKs are limited by net.ipv4.tcp_challenge_ack_limit', (make) => {
    const world = make({ sysctl: { challenge_ack_limit: 4 } }).established()
    for (let i = 0; i < 50; i++) world.inject({ flags: 'R', seq: 2 })
    const count = world.take().length
    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThanOrEqual(6)
    world.run(1000)
    world.inject({ flags: 'R', seq: 2 })
    world.expect({ flags: 'A' })
  })
})

describe('fourth check: SYN', () => {
  script(
    '[5961-4.2-a, 9293-3.10.7.4-i, 9293-3.5.1-a] a SYN is answered with a challenge ACK, wherever it lies',
    (make) => {
      const world = make().established()
      for (const seq of [1, 5, 0, -1000, 100_000]) {
        world.inject({ flags: 'S', seq, mss: 1460 })
        world.expect({ flags: 'A', seq: 1, ack: 1 })
        world.inject({ flags: 'SA', seq, ack: 1, mss: 1460 })
        world.expect({ flags: 'A', seq: 1, ack: 1 })
      }
      expect(world.state).toBe(TcpState.ESTABLISHED)
      expect(world.socket.inq).toBe(0)
    },
  )

  script('[5961-4.2-b, 9293-3.5.1-a] the RST that a restarted peer answers with ends the connection', (make) => {
    const world = make().established()
    world.inject({ flags: 'S', seq: 300_000, mss: 1460 })
    const challenge = world.expect({ flags: 'A' })
    world.inject({ flags: 'R', seq: challenge.ack })
    expect(world.state).toBe(TcpState.CLOSED)
    expect(world.socket.pendingError).toBe(ECONNRESET)
  })
})

describe('the order of the checks', () => {
  script('[9293-3.10.7.4-e] sequence before RST before SYN before ACK before text', (make) => {
    const world = make().established()
    // Out of the window, with RST, SYN, a wild ACK and text: only the first check speaks.
    world.inject({ flags: 'RSA', seq: 90_000, ack: 999, data: 'x' })
    world.expectNothing()
    // RST and SYN at the place of the RST: the second check.
    const other = make().established()
    other.inject({ flags: 'RSA', seq: 1, ack: 1 })
    expect(other.state).toBe(TcpState.CLOSED)
    other.expectNothing()
    // SYN with an ACK of unsent data: the fourth check answers once.
    const third = make().established()
    third.inject({ flags: 'SA', seq: 1, ack: 999 })
    third.expect({ flags: 'A', ack: 1 })
    third.expectNothing()
    // ACK of unsent data with text: the fifth check, the text is not taken.
    third.inject({ flags: 'PA', seq: 1, ack: 999, data: 'x' })
    third.expect({ flags: 'A', ack: 1 })
    expect(third.socket.inq).toBe(0)
    expect(world.state).toBe(TcpState.ESTABLISHED)
  })

  script('[9293-3.10.7.4-j] a segment without ACK is dropped from the fifth check on', (make) => {
    const world = make().established()
    world.inject({ flags: 'P', seq: 1, data: 'x' })
    world.inject({ flags: 'F', seq: 1 })
    world.inject({ flags: '', seq: 1 })
    world.expectNothing()
    expect(world.socket.inq).toBe(0)
    expect(world.count('TcpNoAck')).toBe(3)
  })

  script('[MUST-50] IP options that TCP does not know are ignored', (make) => {
    const world = make()
    world.listen()
    world.inject({ flags: 'S', seq: 0, mss: 1460, ipOptions: Uint8Array.of(7, 3, 4, 0) })
    world.expect({ flags: 'SA' })
    world.inject({ flags: 'PA', seq: 1, ack: 1, data: 'x', ipOptions: Uint8Array.of(0x94, 4, 0, 0) })
    world.socket = world.listener?.accept() as never
    expect(world.recv()).toBe('x')
  })

  script('[MUST-5] an MSS option in a segment without SYN is accepted and means nothing', (make) => {
    const world = make().established()
    world.inject({ flags: 'PA', mss: 100, data: 'x' })
    expect(world.recv()).toBe('x')
    world.take()
    world.send(1000)
    world.expect({ flags: 'PA', len: 1000 })
  })

  script('[7323-2.2-d] a window scale option in a segment without SYN is ignored', (make) => {
    const world = make().established()
    world.inject({ flags: 'A', wscale: 9, win: 100 })
    expect(world.socket.info().sndWnd).toBe(100)
  })

  script(
    '[5961-7-a, 5961-7-b] what carries no text and lies outside is answered once in tcp_invalid_ratelimit',
    (make) => {
      const world = make({ sysctl: { invalid_ratelimit: 500 } }).established()
      for (let i = 0; i < 5; i++) world.inject({ seq: -100 })
      expect(world.take()).toHaveLength(1)
      world.inject({ flags: 'R', seq: 2 })
      world.inject({ flags: 'S', seq: 5, mss: 1460 })
      world.inject({ seq: 1, ack: 99 })
      world.expectNothing()
      // Text is always answered: the peer waits for it.
      world.inject({ flags: 'PA', seq: -100, data: 'old' })
      world.expect({ flags: 'A', ack: 1 })
      world.run(499)
      world.inject({ seq: -100 })
      world.expectNothing()
      world.run(1)
      world.inject({ seq: -100 })
      world.expect({ flags: 'A' })
      expect(world.mib('TcpExtTCPACKSkippedSeq')).toBe(5)
      expect(world.mib('TcpExtTCPACKSkippedChallenge')).toBe(3)
    },
  )

  script('two peers that disagree do not answer each other for ever', (make) => {
    const world = make({ sysctl: { invalid_ratelimit: 500 } }).timeWait()
    for (let i = 0; i < 5; i++) world.inject({ seq: -100, ack: 2 })
    expect(world.take()).toHaveLength(1)
    const half = make({ sysctl: { invalid_ratelimit: 500 } }).synReceived()
    for (let i = 0; i < 5; i++) half.inject({ seq: 90_000, ack: 1 })
    expect(half.take()).toHaveLength(1)
  })
})
