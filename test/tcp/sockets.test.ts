import { describe, expect } from 'vitest'
import { Poll, type TcpInfo } from '../../src/tcp/index.ts'
import {
  EADDRINUSE,
  EADDRNOTAVAIL,
  EALREADY,
  ECONNABORTED,
  ECONNREFUSED,
  EISCONN,
  EPIPE,
} from '../../src/wire/errno.ts'
import { LOCAL, PEER, script, TcpState } from '../support/tcp.ts'

describe('calls and their answers', () => {
  script(
    '[sock-connect-3, sock-connect-4, sock-connect-5, sock-poll-4] connect: EINPROGRESS, EALREADY, 0 once, EISCONN',
    (make) => {
      const world = make().synSent()
      expect(world.socket.connect(PEER, 5000)).toBe(-EALREADY)
      expect(world.socket.poll()).toBe(0)
      expect(world.recv()).toBe(-11)
      world.inject({ flags: 'SA', seq: 0, ack: 1, mss: 1460 })
      expect(world.takeEvents() & Poll.OUT).toBe(Poll.OUT)
      expect(world.socket.connect(PEER, 5000)).toBe(0)
      expect(world.socket.connect(PEER, 5000)).toBe(-EISCONN)
    },
  )

  script(
    '[sock-connect-7, sock-connect-18, sock-connect-19, sock-poll-9] refused: the error once, ECONNABORTED when it was read, then as new',
    (make) => {
      const world = make().synSent()
      world.inject({ flags: 'RA', seq: 0, ack: 1 })
      expect(world.socket.poll()).toBe(Poll.IN | Poll.OUT | Poll.ERR | Poll.HUP | Poll.RDHUP)
      expect(world.socket.takeError()).toBe(ECONNREFUSED)
      expect(world.socket.poll()).toBe(Poll.IN | Poll.OUT | Poll.HUP | Poll.RDHUP)
      expect(world.send('x')).toBe(-EPIPE)
      expect(world.recv()).toBe(0)
      expect(world.socket.connect(PEER, 5000)).toBe(-ECONNABORTED)
      expect(world.socket.connect(PEER, 5000)).toBe(-115)
    },
  )

  script(
    '[sock-connect-6, sock-listen-3, sock-listen-8, sock-send-4] a listener: connect EISCONN, send EPIPE, recv ENOTCONN, bind EINVAL, listen again',
    (make) => {
      const world = make()
      world.socket = world.listen(3)
      expect(world.socket.connect(PEER, 5000)).toBe(-EISCONN)
      expect(world.send('x')).toBe(-EPIPE)
      expect(world.recv()).toBe(-107)
      expect(world.socket.bind(null, 81)).toBe(-22)
      expect(world.socket.poll()).toBe(0)
      expect(world.socket.sendQueue).toBe(3)
      expect(world.socket.listen(9)).toBe(0)
      expect(world.socket.sendQueue).toBe(9)
      world.socket.listen(100_000)
      expect(world.socket.sendQueue).toBe(4096)
    },
  )

  script('[sock-listen-5] both with SO_REUSEADDR: the second listen fails', (make) => {
    const world = make()
    const [a, b] = [world.newSocket(), world.newSocket()]
    for (const socket of [a, b]) {
      socket.reuseAddress = true
      expect(socket.bind(null, 80)).toBe(0)
    }
    expect(a.listen(1)).toBe(0)
    expect(b.listen(1)).toBe(-EADDRINUSE)
  })

  script('[9293-3.10.1-a, sock-connect-11] a second open of the same connection fails', (make) => {
    const world = make()
    const [a, b] = [world.newSocket(), world.newSocket()]
    for (const socket of [a, b]) {
      socket.reuseAddress = true
      expect(socket.bind(LOCAL, 4000)).toBe(0)
    }
    expect(a.connect(PEER, 80)).toBe(-115)
    expect(b.connect(PEER, 80)).toBe(-EADDRNOTAVAIL)
    expect(b.connect(PEER, 81)).toBe(-115)
  })

  script('[sock-port-4] four ephemeral ports give four connections to one destination', (make) => {
    const world = make()
    world.tcp.portSettings.rangeLow = 40_000
    world.tcp.portSettings.rangeHigh = 40_003
    for (let i = 0; i < 4; i++) expect(world.newSocket().connect(PEER, 80)).toBe(-115)
    expect(world.newSocket().connect(PEER, 80)).toBe(-EADDRNOTAVAIL)
    expect(world.newSocket().connect(PEER, 81)).toBe(-115)
  })

  script('[sock-tcpopt-6, sock-tcpopt-12] TCP_MAXSEG 536 before connecting; TCP_INFO', (make) => {
    const world = make()
    const socket = world.newSocket()
    expect(socket.getOption(2)).toBe(536)
    expect(socket.setOption(2, 10)).toBe(-22)
    expect(socket.setOption(2, 40_000)).toBe(-22)
    const listener = world.listen()
    listener.setOption(2, 1000)
    world.established({ ts: true, sack: true, wscale: 7 })
    world.send(5000)
    expect(Math.max(...world.take().map((seen) => seen.len))).toBe(988)
    const info = world.socket.getOption(11) as TcpInfo
    expect(info).toMatchObject({
      state: TcpState.ESTABLISHED,
      options: 7,
      sndMss: 988,
      sndCwnd: 10,
      retransmits: 0,
      congestion: 'cubic',
    })
    expect(world.socket.setOption(99, 1)).toBe(-92)
    expect(world.socket.getOption(99)).toEqual({ error: -92 })
  })

  script('the queues that ss shows', (make) => {
    const world = make().synSent()
    expect(world.socket.sendQueue).toBe(1)
    world.inject({ flags: 'SA', seq: 0, ack: 1, mss: 1460 })
    world.send('abc')
    expect(world.socket.sendQueue).toBe(3)
    world.inject({ flags: 'FPA', ack: 4, data: 'xy' })
    expect(world.socket.recvQueue).toBe(3)
    world.recv()
    expect(world.socket.recvQueue).toBe(1)
    world.shutdown()
    expect(world.socket.sendQueue).toBe(1)
  })

  script('the table lists everything in order of creation', (make) => {
    const world = make().timeWait()
    world.peerPort = 6000
    world.peerNxt = 0
    world.synReceived()
    const rows: number[] = []
    world.tcp.forEach((endpoint) => {
      rows.push(endpoint.state)
    })
    expect(rows).toEqual([TcpState.LISTEN, TcpState.CLOSED, TcpState.TIME_WAIT, TcpState.SYN_RECEIVED])
  })
})
