import { describe, expect, test } from 'vitest'
import { Poll } from '../../src/tcp/index.ts'
import { mayFollow } from '../../src/tcp/states.ts'
import { ECONNRESET, ENOTCONN, EPIPE } from '../../src/wire/errno.ts'
import { script, TcpState } from '../support/tcp.ts'

describe('close, shutdown, abort', () => {
  test("[9293-3.3.2-a] the table of transitions is the diagram's", () => {
    const S = TcpState
    const arrows: [TcpState, TcpState][] = [
      [S.CLOSED, S.LISTEN],
      [S.CLOSED, S.SYN_SENT],
      [S.SYN_SENT, S.SYN_RECEIVED],
      [S.SYN_SENT, S.ESTABLISHED],
      [S.SYN_RECEIVED, S.ESTABLISHED],
      [S.SYN_RECEIVED, S.FIN_WAIT_1],
      [S.ESTABLISHED, S.FIN_WAIT_1],
      [S.ESTABLISHED, S.CLOSE_WAIT],
      [S.FIN_WAIT_1, S.FIN_WAIT_2],
      [S.FIN_WAIT_1, S.CLOSING],
      [S.FIN_WAIT_1, S.TIME_WAIT],
      [S.FIN_WAIT_2, S.TIME_WAIT],
      [S.CLOSING, S.TIME_WAIT],
      [S.CLOSE_WAIT, S.LAST_ACK],
    ]
    for (const [from, to] of arrows) expect(mayFollow(from, to)).toBe(true)
    expect(mayFollow(S.ESTABLISHED, S.SYN_SENT)).toBe(false)
    expect(mayFollow(S.CLOSE_WAIT, S.FIN_WAIT_1)).toBe(false)
    expect(mayFollow(S.TIME_WAIT, S.ESTABLISHED)).toBe(false)
    expect(mayFollow(S.FIN_WAIT_2, S.CLOSING)).toBe(false)
  })

  script('[9293-3.3.2-a] the normal close: both sides through all their states', (make) => {
    const active = make().established()
    active.close()
    expect(active.states()).toEqual([TcpState.FIN_WAIT_1])
    active.inject({ ack: 2 })
    expect(active.states()).toEqual([TcpState.FIN_WAIT_2])
    active.inject({ flags: 'FA' })
    expect(active.states()).toEqual([TcpState.TIME_WAIT])
    active.run(60_100)
    expect(active.states()).toEqual([])
    const passive = make().closeWait()
    passive.close()
    expect(passive.states()).toEqual([TcpState.LAST_ACK])
    passive.inject({ ack: 2 })
    expect(passive.states()).toEqual([])
  })

  script(
    '[9293-3.6-a, 9293-3.10.4-b, sock-close-2, sock-shutdown-1] data queued before the close is delivered, then the FIN',
    (make) => {
      const world = make().established({ win: 2000 })
      expect(world.send(5000)).toBe(5000)
      world.close()
      expect(world.states()).toEqual([TcpState.FIN_WAIT_1])
      let una = 1
      let fin = false
      for (let i = 0; i < 20 && !fin; i++) {
        for (const seen of world.take()) {
          una = Math.max(una, seen.seq + seen.len)
          fin ||= seen.flags.includes('F')
        }
        if (!fin) world.inject({ ack: una, win: 2000 })
        if (una < 5001) expect(fin).toBe(false)
      }
      expect(una).toBe(5001)
      expect(fin).toBe(true)
      world.inject({ ack: 5002 })
      expect(world.states()).toEqual([TcpState.FIN_WAIT_2])
    },
  )

  script('[9293-3.10.4-b] in CLOSE-WAIT the FIN leads to LAST-ACK', (make) => {
    const world = make().closeWait()
    world.send('bye')
    world.take()
    world.shutdown()
    world.expect({ flags: 'FA', seq: 4 })
    expect(world.state).toBe(TcpState.LAST_ACK)
  })

  script("[9293-3.6-c, sock-poll-7] half-close: still receives until the peer's FIN", (make) => {
    const world = make().finWait2()
    expect(world.socket.poll()).toBe(Poll.OUT)
    world.inject({ flags: 'PA', data: 'still here' })
    expect(world.recv()).toBe('still here')
    world.take()
    world.inject({ flags: 'FPA', data: 'bye' })
    expect(world.recv()).toBe('bye')
    expect(world.recv()).toBe(0)
    expect(world.states()).toEqual([TcpState.TIME_WAIT])
  })

  script(
    '[9293-3.10.2-a, sock-send-6, sock-send-3] send: refused before ESTABLISHED is reached, then taken; taken in CLOSE-WAIT; EPIPE after close',
    (make) => {
      const early = make().synSent()
      expect(early.send('x')).toBe(-11)
      early.inject({ flags: 'SA', seq: 0, ack: 1, mss: 1460 })
      early.take()
      expect(early.send('queued')).toBe(6)
      early.expect({ flags: 'PA', data: 'queued' })
      const waiting = make().closeWait()
      expect(waiting.send('x')).toBe(1)
      waiting.expect({ flags: 'PA', seq: 1, len: 1 })
      for (const state of ['finWait1', 'finWait2', 'closing', 'lastAck', 'timeWait'] as const)
        expect(make()[state]().send('x'), state).toBe(-EPIPE)
    },
  )

  script('[9293-3.10.3-b] recv in CLOSING, LAST-ACK and TIME-WAIT says that the stream has ended', (make) => {
    for (const state of ['closing', 'lastAck', 'timeWait'] as const) expect(make()[state]().recv(), state).toBe(0)
  })

  script(
    '[9293-3.9.1.6-a, 9293-3.10.5-a, sock-close-4] abort sends RST at SND.NXT from SYN-RECEIVED to CLOSE-WAIT',
    (make) => {
      for (const state of ['established', 'finWait1', 'finWait2', 'closeWait'] as const) {
        const world = make()[state]()
        const expected = world.stackNxt
        world.socket.linger = 0
        world.close()
        world.expect({ flags: 'RA', seq: expected })
        expect(world.states(), state).toEqual([])
      }
      const opening = make().synSent()
      opening.inject({ flags: 'S', seq: 0, mss: 1460 })
      opening.take()
      opening.socket.linger = 0
      opening.close()
      opening.expect({ flags: 'RA', seq: 1 })
    },
  )

  script('[9293-3.10.5-a] abort sends nothing in SYN-SENT, CLOSING and LAST-ACK', (make) => {
    for (const state of ['synSent', 'closing', 'lastAck'] as const) {
      const world = make()[state]()
      world.take()
      world.socket.linger = 0
      world.close()
      world.expectNothing()
      expect(world.states(), state).toEqual([])
    }
  })

  script('[9293-3.9.1.6-a] abort drops data that was queued', (make) => {
    const world = make().established({ win: 100 })
    world.send(5000)
    world.take()
    world.socket.linger = 0
    world.close()
    world.expect({ flags: 'RA' })
    world.run(100_000).expectNothing()
  })

  script('[SHLD-3, sock-close-3] close with unread data sends RST, and leaves no TIME-WAIT', (make) => {
    const world = make().established()
    world.inject({ flags: 'PA', data: 'unread' })
    world.take()
    world.close()
    world.expect({ flags: 'RA', seq: 1, ack: 7 })
    expect(world.states()).toEqual([])
  })

  script('[SHLD-3, MAY-1, sock-close-6] data for a closed socket is answered with RST', (make) => {
    for (const ack of [1, 2]) {
      const world = make().established()
      world.close()
      world.expect({ flags: 'FA' })
      if (ack === 2) world.inject({ ack: 2 })
      world.inject({ flags: 'PA', ack, data: 'too late' })
      // Linux ends the connection, then answers as for none: RST at SEG.ACK, without ACK (tcp_v4_send_reset).
      world.expect({ flags: 'R', seq: ack })
      expect(world.states()).toEqual([])
    }
  })

  script('[sock-close-7] an orphan in FIN-WAIT-2 ends after tcp_fin_timeout; one with a descriptor stays', (make) => {
    const orphan = make().finWait2()
    orphan.close().run(59_000)
    expect(orphan.states()).toEqual([TcpState.FIN_WAIT_2])
    orphan.run(2000)
    expect(orphan.states()).toEqual([])
    const held = make().finWait2()
    held.run(600_000)
    expect(held.state).toBe(TcpState.FIN_WAIT_2)
    const short = make({ sysctl: { fin_timeout: 5 } }).established()
    short.close().inject({ ack: 2 }).run(4900)
    expect(short.states()).toEqual([TcpState.FIN_WAIT_2])
    short.run(200)
    expect(short.states()).toEqual([])
  })

  script('[sock-tcpopt-7] TCP_LINGER2 below zero: no FIN-WAIT-2 for orphans', (make) => {
    const world = make().established()
    expect(world.socket.getOption(8)).toBe(60)
    world.socket.setOption(8, -1)
    world.close()
    world.take()
    world.inject({ ack: 2 })
    // The same in Linux's tcp_rcv_state_process; close() in FIN-WAIT-2 itself sends RST,ACK.
    world.expect({ flags: 'R', seq: 2 })
    expect(world.states()).toEqual([])
  })

  script(
    '[sock-shutdown-2, sock-shutdown-3, sock-poll-10, sock-recv-21] SHUT_RD sends nothing, reads 0, still gives what arrives',
    (make) => {
      const world = make().established()
      expect(world.shutdown(0)).toBe(0)
      world.expectNothing()
      expect(world.recv()).toBe(0)
      expect(world.socket.poll()).toBe(Poll.IN | Poll.OUT | Poll.RDHUP)
      world.inject({ flags: 'PA', data: 'four' })
      expect(world.recv()).toBe('four')
      expect(world.recv()).toBe(0)
      expect(world.take().every((seen) => !seen.flags.includes('R'))).toBe(true)
    },
  )

  script(
    '[sock-shutdown-4, sock-poll-8] shutdown: unconnected ENOTCONN with the bits stuck; twice in FIN-WAIT-2; after both closed',
    (make) => {
      const world = make()
      world.socket = world.watch(world.newSocket())
      expect(world.socket.poll()).toBe(Poll.OUT | Poll.HUP)
      expect(world.recv()).toBe(-ENOTCONN)
      expect(world.socket.shutdown(2)).toBe(-ENOTCONN)
      expect(world.recv()).toBe(0)
      expect(world.send('x')).toBe(-EPIPE)
      expect(world.socket.connect(world.peer, 5000)).toBe(-115)
      const half = make().finWait2()
      expect(half.shutdown(1)).toBe(0)
      half.inject({ flags: 'FA' })
      expect(half.shutdown(1)).toBe(-ENOTCONN)
      expect(half.socket.poll()).toBe(Poll.IN | Poll.OUT | Poll.RDHUP | Poll.HUP)
      expect(half.socket.shutdown(3)).toBe(-22)
    },
  )

  script('[9293-3.10.4-a] shutdown in SYN-SENT goes back to CLOSED, and the socket can listen', (make) => {
    const world = make().synSent()
    expect(world.shutdown(1)).toBe(0)
    world.expectNothing()
    expect(world.state).toBe(TcpState.CLOSED)
    expect(world.socket.listen(1)).toBe(0)
  })

  script('connect with AF_UNSPEC resets the connection and the socket is as new', (make) => {
    const world = make().established()
    expect(world.socket.disconnect()).toBe(0)
    world.expect({ flags: 'RA', seq: 1 })
    expect(world.socket.remoteAddress).toBe(null)
    expect(world.socket.connect(world.peer, 5001)).toBe(-115)
    world.run().expect({ flags: 'S' })
  })

  script(
    '[sock-listen-10, sock-accept-7] children that nobody accepted are reset with their listener; a reset one is still accepted',
    (make) => {
      const world = make().synReceived()
      world.inject({ ack: 1 })
      world.listener?.close()
      world.run().expect({ flags: 'RA', seq: 1 })
      expect(world.states()).toEqual([])
      const other = make().synReceived()
      other.inject({ ack: 1 })
      other.inject({ flags: 'R', seq: 1 })
      other.socket = other.listener?.accept() as never
      expect(other.recv()).toBe(-ECONNRESET)
      expect(other.recv()).toBe(0)
    },
  )

  script('write after the peer closed and read the end: 5, then RST, EPIPE', (make) => {
    const world = make().closeWait()
    expect(world.recv()).toBe(0)
    expect(world.send('hello')).toBe(5)
    world.take()
    world.inject({ flags: 'R', seq: 2 })
    expect(world.socket.poll()).toBe(Poll.IN | Poll.OUT | Poll.ERR | Poll.HUP | Poll.RDHUP)
    expect(world.recv()).toBe(0)
    expect(world.send('x')).toBe(-EPIPE)
    expect(world.socket.takeError()).toBe(0)
  })

  script('too many orphans: the next one is reset (net.ipv4.tcp_max_orphans)', (make) => {
    const world = make({ sysctl: { max_orphans: 0 } }).established()
    world.send('x')
    world.take()
    world.close()
    const flags = world.take().map((seen) => seen.flags)
    expect(flags.at(-1)).toBe('RA')
    expect(world.states()).toEqual([])
  })
})

describe('TIME-WAIT', () => {
  script('[MUST-13, 9293-3.10.8-c, sock-close-8] lasts 60 s, twice an MSL of 30 s', (make) => {
    const world = make().timeWait()
    world.run(59_900)
    expect(world.states()).toEqual([TcpState.TIME_WAIT])
    world.run(200)
    expect(world.states()).toEqual([])
    world.inject({ flags: 'A', seq: 2, ack: 2 })
    world.expect({ flags: 'R' })
  })

  script('[9293-3.6.1-a] a retransmitted FIN is acknowledged and restarts the time', (make) => {
    const world = make().timeWait()
    world.run(50_000)
    world.inject({ flags: 'FA', seq: 1, ack: 2 })
    world.expect({ flags: 'A', seq: 2, ack: 2 })
    world.run(50_000)
    expect(world.states()).toEqual([TcpState.TIME_WAIT])
    world.run(11_000)
    expect(world.states()).toEqual([])
  })

  script(
    '[MAY-2, SHLD-4, 6191-2-a, 6191-2-d] a SYN with a later timestamp, or with one where the old connection had none, reopens',
    (make) => {
      for (const ts of [true, false]) {
        const world = make().timeWait({ ts })
        const old = (world.isn as number) + 2
        world.run(1500)
        world.inject({ flags: 'S', seq: -50_000, mss: 1460, ts: [world.peerTime + 1, 0] })
        const answer = world.expect({ flags: 'SA', ack: -49_999 })
        // Our ISN is above the old connection's numbers.
        expect((answer.rawSeq - old) | 0).toBeGreaterThan(65_000)
        expect(world.count('TcpTimeWaitReused')).toBe(1)
      }
    },
  )

  script(
    '[6191-2-b, 6191-2-c, 6191-2-e] otherwise only with a larger sequence number; the rest is dropped silently',
    (make) => {
      const same = make().timeWait({ ts: true })
      const ts = [same.peerTime, 0] as const
      same.inject({ flags: 'S', seq: -5, mss: 1460, ts })
      same.inject({ flags: 'S', seq: -5, mss: 1460, ts: false })
      same.inject({ flags: 'S', seq: 5, mss: 1460, ts: [same.peerTime - 10, 0] })
      same.take()
      expect(same.states()).toEqual([TcpState.TIME_WAIT])
      expect(same.count('TcpTimeWaitReused')).toBe(0)
      same.inject({ flags: 'S', seq: 5, mss: 1460, ts })
      same.expect({ flags: 'SA' })
      const plain = make().timeWait()
      plain.inject({ flags: 'S', seq: 1, mss: 1460 })
      plain.expectNothing()
      expect(plain.states()).toEqual([TcpState.TIME_WAIT])
      plain.inject({ flags: 'S', seq: 100, mss: 1460 })
      plain.expect({ flags: 'SA' })
    },
  )

  script("[1337-3] RST is ignored with net.ipv4.tcp_rfc1337; Linux's default takes one at RCV.NXT", (make) => {
    const strict = make({ sysctl: { rfc1337: 1 } }).timeWait()
    strict.inject({ flags: 'R', seq: 2 })
    expect(strict.states()).toEqual([TcpState.TIME_WAIT])
    const linux = make().timeWait()
    linux.inject({ flags: 'R', seq: 9 })
    expect(linux.states()).toEqual([TcpState.TIME_WAIT])
    linux.inject({ flags: 'R', seq: 2 })
    expect(linux.states()).toEqual([])
    linux.expectNothing()
  })

  script('[9293-3.10.7.4-b] old segments are acknowledged', (make) => {
    const world = make().timeWait()
    world.inject({ flags: 'PA', seq: -10, ack: 2, data: 'old' })
    world.expect({ flags: 'A', seq: 2, ack: 2 })
  })

  script('holds the port: a bind needs SO_REUSEADDR on both', (make) => {
    const world = make().timeWait()
    world.listener?.close()
    const plain = world.newSocket()
    expect(plain.bind(null, 80)).toBe(-98)
    world.run(60_100)
    expect(plain.bind(null, 80)).toBe(0)
  })
})
