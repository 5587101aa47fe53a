import { describe, expect } from 'vitest'
import { Poll } from '../../src/tcp/index.ts'
import { script, TcpState } from '../support/tcp.ts'

describe('fifth check: ACK', () => {
  script(
    '[9293-3.4-c] an ACK takes wholly acknowledged segments off the queue and cuts a partly acknowledged one',
    (make) => {
      const world = make().established()
      world.socket.setOption(1, 1)
      world.send(1000)
      world.send(1000)
      world.take()
      expect(world.socket.outq).toBe(2000)
      world.inject({ ack: 1501 })
      expect(world.socket.outq).toBe(500)
      world.run(400)
      world.expect({ flags: 'PA', seq: 1501, len: 500 })
      world.inject({ ack: 2001 })
      expect(world.socket.outq).toBe(0)
      world.run(5000).expectNothing()
    },
  )

  script(
    '[9293-3.10.7.4-l] an old ACK number is ignored, one of unsent data answered and the segment dropped',
    (make) => {
      const world = make().established()
      world.send(1000)
      world.take()
      world.inject({ ack: 1001 })
      world.inject({ flags: 'PA', ack: 500, data: 'old ack' })
      expect(world.recv()).toBe('old ack')
      expect(world.socket.outq).toBe(0)
      world.take()
      world.inject({ flags: 'PA', seq: 8, ack: 1002, data: 'future' })
      world.expect({ flags: 'A', seq: 1001, ack: 8 })
      expect(world.recv()).toBe(-11)
      expect(world.state).toBe(TcpState.ESTABLISHED)
    },
  )

  script(
    '[MAY-12, 5961-5.2-a, 5961-5.2-b] an ACK older than the largest window is answered and the segment dropped',
    (make) => {
      const world = make().established({ win: 1000 })
      world.win = 1000
      let una = 1
      for (let i = 0; i < 5; i++) {
        world.send(1000)
        una += 1000
        world.inject({ ack: una, win: 1000 })
      }
      world.take()
      world.inject({ flags: 'PA', seq: 1, ack: una - 1001, data: 'evil' })
      world.expect({ flags: 'A', ack: 1 })
      expect(world.socket.inq).toBe(0)
      world.inject({ flags: 'PA', seq: 1, ack: una - 1000, data: 'fine' })
      expect(world.recv()).toBe('fine')
    },
  )

  script('[9293-3.10.7.4-m] the send window comes only from newer segments', (make) => {
    const world = make().established()
    world.inject({ flags: 'PA', seq: 1, data: 'ab', win: 1000 })
    expect(world.socket.info().sndWnd).toBe(1000)
    // Older: SEG.SEQ below WL1.
    world.inject({ seq: 0, win: 5 })
    expect(world.socket.info().sndWnd).toBe(1000)
    // The same SEQ and ACK: newer.
    world.inject({ seq: 3, win: 2000 })
    world.inject({ seq: 3, win: 3000 })
    expect(world.socket.info().sndWnd).toBe(3000)
    world.send('x')
    world.take()
    world.inject({ seq: 3, ack: 2, win: 500 })
    // The same SEQ, older ACK.
    world.inject({ seq: 3, ack: 1, win: 700 })
    expect(world.socket.info().sndWnd).toBe(500)
  })

  script('[MUST-1, REC-1] the window is unsigned, and 32 bits with scaling', (make) => {
    const world = make().established({ win: 65_535 })
    world.inject({ win: 0xffff })
    expect(world.socket.info().sndWnd).toBe(65_535)
    world.inject({ win: 0x8000 })
    expect(world.socket.info().sndWnd).toBe(32_768)
    const scaled = make().established({ wscale: 14 })
    scaled.inject({ win: 0xffff })
    expect(scaled.socket.info().sndWnd).toBe(0xffff << 14)
  })

  script('[7323-2.3-b, 7323-2.3-c, 7323-2.3-d] windows are shifted by what the SYNs said', (make) => {
    const world = make().established({ wscale: 3 })
    world.inject({ win: 100 })
    expect(world.socket.info().sndWnd).toBe(800)
    world.inject({ flags: 'PA', data: 10 })
    const ack = world.expect({ flags: 'A' })
    expect(ack.win << 7).toBeGreaterThan(60_000)
    expect(ack.win).toBeLessThan(600)
  })

  script(
    '[9293-3.10.7.4-n] FIN-WAIT-1 to FIN-WAIT-2, CLOSING to TIME-WAIT, LAST-ACK to CLOSED when our FIN is acknowledged',
    (make) => {
      const one = make().finWait1()
      one.inject({ ack: 1 })
      expect(one.state).toBe(TcpState.FIN_WAIT_1)
      one.inject({ ack: 2 })
      expect(one.state).toBe(TcpState.FIN_WAIT_2)
      const closing = make().closing()
      closing.inject({ ack: 2 })
      expect(closing.states()).toEqual([TcpState.TIME_WAIT])
      const last = make().lastAck()
      last.inject({ ack: 1 })
      expect(last.state).toBe(TcpState.LAST_ACK)
      last.inject({ ack: 2 })
      expect(last.state).toBe(TcpState.CLOSED)
      expect(last.states()).toEqual([])
    },
  )

  script('[MUST-58, MUST-59] all queued segments are processed before one ACK leaves', (make) => {
    const world = make().established()
    for (let i = 0; i < 10; i++) world.queue({ flags: 'PA', data: 1460 })
    world.run()
    world.expect({ flags: 'A', ack: 14_601 })
    world.expectNothing()
  })

  script('[9293-A.2-a] the ACK field of a segment just below the window counts', (make) => {
    const world = make().established()
    world.inject({ flags: 'PA', data: 'abc' })
    world.send('data')
    world.take()
    world.inject({ flags: 'A', seq: 4, ack: 5 })
    expect(world.socket.outq).toBe(0)
  })

  script('[sock-poll-13] a full send buffer: EAGAIN, no POLLOUT until about a third is free', (make) => {
    const world = make().established({ win: 65_535 })
    world.socket.setSendBuffer(10_000)
    world.run()
    const total = world.send(100_000)
    expect(total).toBe(20_000)
    expect(world.send(1)).toBe(-11)
    expect(world.socket.poll() & Poll.OUT).toBe(0)
    world.takeEvents()
    world.inject({ ack: 1461 })
    expect(world.takeEvents() & Poll.OUT).toBe(0)
    world.inject({ ack: 1 + 1460 * 6 })
    expect(world.takeEvents() & Poll.OUT).toBe(Poll.OUT)
    expect(world.socket.poll() & Poll.OUT).toBe(Poll.OUT)
  })

  script(
    '[sock-tcpopt-16, sock-tcpopt-14] SIOCOUTQ counts unacknowledged bytes; unsent ones against TCP_NOTSENT_LOWAT',
    (make) => {
      const world = make().established({ win: 3000 })
      world.send(5000)
      expect(world.socket.outq).toBe(5000)
      expect(world.socket.notSent).toBe(2080)
      expect(world.socket.poll() & Poll.OUT).toBe(Poll.OUT)
      world.socket.setOption(25, 1000)
      expect(world.socket.poll() & Poll.OUT).toBe(0)
      world.take()
      world.inject({ ack: 2921, win: 3000 })
      expect(world.socket.outq).toBe(2080)
      expect(world.socket.poll() & Poll.OUT).toBe(Poll.OUT)
    },
  )

  script('IP is told that the first hop is reachable when new data is acknowledged, not by duplicates', (make) => {
    const world = make().established()
    world.inject({ ack: 1 })
    expect(world.ip.confirmed).toBe(0)
    world.send('abc')
    world.inject({ ack: 2 })
    world.inject({ ack: 3 })
    expect(world.ip.confirmed).toBe(1)
    world.run(5)
    world.inject({ ack: 4 })
    expect(world.ip.confirmed).toBe(2)
  })
})
