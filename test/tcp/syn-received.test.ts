import { describe, expect } from 'vitest'
import { script, TcpState } from '../support/tcp.ts'

describe('SYN-RECEIVED', () => {
  script(
    '[9293-3.5-a, 9293-3.10.7.4-k] only the ACK of our SYN establishes; another ACK is reset and changes nothing',
    (make) => {
      const world = make().synReceived()
      for (const ack of [0, 2, 77]) {
        world.inject({ flags: 'A', seq: 1, ack })
        world.expect({ flags: 'R', seq: ack })
        expect(world.states()).toEqual([TcpState.SYN_RECEIVED])
      }
      expect(world.listener?.accept()).toBe(-11)
      world.inject({ ack: 1 })
      expect(world.states()).toEqual([TcpState.ESTABLISHED])
      world.expectNothing()
    },
  )

  script('[9293-3.5.2-c] an unacceptable ACK does not end the half-open connection', (make) => {
    const world = make().synReceived()
    world.inject({ flags: 'PA', seq: 1, ack: 5, data: 'x' })
    world.expect({ flags: 'R', seq: 5 })
    world.inject({ flags: 'PA', seq: 1, ack: 1, data: 'y' })
    world.socket = world.listener?.accept() as never
    expect(world.recv()).toBe('y')
  })

  script(
    '[MUST-11, 9293-3.5.1-b, 9293-3.5.3-b, 9293-3.10.7.4-f] RST after a passive open leads back to LISTEN',
    (make) => {
      const world = make().synReceived()
      world.inject({ flags: 'R', seq: 1 })
      world.expectNothing()
      expect(world.states()).toEqual([])
      expect(world.listener?.state).toBe(TcpState.LISTEN)
      expect(world.listener?.pendingError).toBe(0)
      // And it is as before.
      world.peerNxt = 0
      world.synReceived()
    },
  )

  script(
    '[5961-3.2-b, 5961-3.2-c] RST in the window but not at its edge is challenged; outside it is dropped',
    (make) => {
      const world = make().synReceived()
      world.inject({ flags: 'R', seq: 100 })
      world.expect({ flags: 'A', seq: 1, ack: 1 })
      world.inject({ flags: 'R', seq: 70_000 })
      world.inject({ flags: 'R', seq: -5 })
      world.expectNothing()
      expect(world.states()).toEqual([TcpState.SYN_RECEIVED])
    },
  )

  script('[9293-3.10.7.4-h] a SYN in the window returns a passive open to LISTEN', (make) => {
    const world = make().synReceived()
    world.inject({ flags: 'SA', seq: 10, ack: 1, mss: 1460 })
    world.take()
    expect(world.states()).toEqual([])
    expect(world.listener?.state).toBe(TcpState.LISTEN)
  })

  script('[9293-3.10.7.4-b] what lies outside the window is answered with an ACK', (make) => {
    const world = make().synReceived()
    world.inject({ flags: 'PA', seq: 80_000, ack: 1, data: 'far' })
    world.expect({ flags: 'A', seq: 1, ack: 1 })
    expect(world.states()).toEqual([TcpState.SYN_RECEIVED])
  })

  script('[9293-3.10.7.4-j] a segment without ACK is dropped', (make) => {
    const world = make().synReceived()
    world.inject({ flags: '', seq: 1, data: 'x' })
    world.inject({ flags: 'F', seq: 1 })
    world.expectNothing()
    expect(world.states()).toEqual([TcpState.SYN_RECEIVED])
  })

  script('[9293-3.10.7.4-s] a FIN with the last ACK leads to CLOSE-WAIT', (make) => {
    const world = make().synReceived()
    world.inject({ flags: 'FA', seq: 1, ack: 1 })
    world.expect({ flags: 'A', ack: 2 })
    expect(world.states()).toEqual([TcpState.CLOSE_WAIT])
  })

  script('a SYN that comes again is answered again, with the same numbers', (make) => {
    const world = make().synReceived()
    const isn = world.isn
    world.inject({ flags: 'S', seq: 0, mss: 1460 })
    world.expect({ flags: 'SA', ack: 1 })
    expect(world.isn).toBe(isn)
    expect(world.states()).toEqual([TcpState.SYN_RECEIVED])
  })

  script(
    '[MUST-22] SYN,ACK goes out again after 1, 2, 4, 8 and 16 s, then the half-open connection is forgotten',
    (make) => {
      const world = make().synReceived()
      world.run(200_000)
      const again = world.take()
      expect(again.map((seen) => seen.flags)).toEqual(['SA', 'SA', 'SA', 'SA', 'SA'])
      expect(again.map((seen) => seen.time)).toEqual([1000, 3000, 7000, 15_000, 31_000])
      expect(world.states()).toEqual([])
      expect(world.mib('TcpAttemptFails')).toBe(1)
    },
  )

  script('[5681-3.1-c] the SYN,ACK and its ACK do not grow cwnd; the first window is ten segments', (make) => {
    const world = make().established()
    expect(world.socket.info().sndCwnd).toBe(10)
    world.send(40_000)
    expect(world.take()).toHaveLength(10)
  })

  script('[5681-3.1-d] after more than one lost SYN,ACK the first window is one segment', (make) => {
    const world = make().synReceived()
    world.run(3500)
    world.take()
    world.inject({ ack: 1 })
    world.socket = world.listener?.accept() as never
    expect(world.socket.info().sndCwnd).toBe(1)
    world.send(40_000)
    expect(world.take()).toHaveLength(1)
  })

  script('[6928-2-b] a single lost SYN,ACK leaves it at ten', (make) => {
    const world = make().synReceived()
    world.run(1500)
    world.take()
    world.inject({ ack: 1 })
    world.socket = world.listener?.accept() as never
    expect(world.socket.info().sndCwnd).toBe(10)
  })

  script('[6298-5.7-a] a retransmitted SYN,ACK makes the RTO for data 3 s', (make) => {
    const world = make().synReceived()
    world.run(1500)
    world.take()
    world.inject({ ack: 1 })
    world.socket = world.listener?.accept() as never
    world.send('x')
    world.expect({ flags: 'PA' })
    world.run(2999).expectNothing()
    world.run(2).expect({ flags: 'PA', len: 1 })
  })

  script('[sock-tcpopt-9] TCP_DEFER_ACCEPT: accept is woken by data, not by the bare ACK', (make) => {
    const world = make()
    const listener = world.listen()
    expect(listener.setOption(9, 5)).toBe(0)
    world.watch(listener)
    world.synReceived()
    world.inject({ ack: 1 })
    expect(listener.accept()).toBe(-11)
    expect(listener.poll()).toBe(0)
    world.inject({ flags: 'PA', seq: 1, ack: 1, data: 'GET' })
    expect(world.takeEvents() & 1).toBe(1)
    world.socket = listener.accept() as never
    expect(world.recv()).toBe('GET')
  })

  script("[sock-accept-5] an accepted socket has its listener's options", (make) => {
    const world = make()
    const listener = world.listen()
    listener.setOption(1, 1)
    listener.setOption(4, 100)
    listener.keepAlive = true
    listener.reuseAddress = true
    listener.setReceiveBuffer(10_000)
    listener.tos = 0x10
    world.established()
    expect(world.socket.getOption(1)).toBe(1)
    expect(world.socket.getOption(4)).toBe(100)
    expect(world.socket.keepAlive).toBe(true)
    expect(world.socket.reuseAddress).toBe(true)
    expect(world.socket.receiveBuffer).toBe(20_000)
    expect(world.socket.tos).toBe(0x10)
    world.socket.setOption(1, 0)
    expect(listener.getOption(1)).toBe(1)
  })
})
