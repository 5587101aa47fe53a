import { describe, expect } from 'vitest'
import { Address } from '../../src/wire/address.ts'
import { ECONNREFUSED, EHOSTUNREACH } from '../../src/wire/errno.ts'
import { PEER, PEER_PORT, script, TcpState } from '../support/tcp.ts'

describe('SYN-SENT', () => {
  script('[9293-3.5-a, 9293-3.10.7.3-c] a SYN that acknowledges ours leads to ESTABLISHED and an ACK', (make) => {
    const world = make().synSent()
    expect(world.state).toBe(TcpState.SYN_SENT)
    world.inject({ flags: 'SA', seq: 0, ack: 1, mss: 1460 })
    world.expect({ flags: 'A', seq: 1, ack: 1 })
    expect(world.state).toBe(TcpState.ESTABLISHED)
    expect(world.socket.connect(PEER, PEER_PORT)).toBe(0)
    world.expectNothing()
  })

  script('[9293-3.10.7.3-a, 9293-3.5.2-c] an ACK of anything but our SYN is reset, and the state stays', (make) => {
    const world = make().synSent()
    for (const ack of [0, 2, -1]) {
      world.inject({ flags: 'A', seq: 5, ack })
      world.expect({ flags: 'R', seq: ack })
      world.inject({ flags: 'SA', seq: 5, ack, mss: 1460 })
      world.expect({ flags: 'R', seq: ack })
      // Unless it is a RST itself.
      world.inject({ flags: 'RA', seq: 5, ack })
    }
    expect(world.state).toBe(TcpState.SYN_SENT)
    expect(world.socket.pendingError).toBe(0)
  })

  script(
    '[9293-3.10.7.3-b, 5961-3.2-d, 9293-3.5.3-a, MUST-12] RST that acknowledges the SYN: refused; RST without ACK: dropped',
    (make) => {
      const world = make().synSent()
      world.inject({ flags: 'R', seq: 0 })
      expect(world.state).toBe(TcpState.SYN_SENT)
      expect(world.count('TcpSynSentRst')).toBe(1)
      world.inject({ flags: 'RA', seq: 0, ack: 1 })
      expect(world.state).toBe(TcpState.CLOSED)
      expect(world.socket.connect(PEER, PEER_PORT)).toBe(-ECONNREFUSED)
      expect(world.mib('TcpAttemptFails')).toBe(1)
      world.expectNothing()
    },
  )

  script('[9293-3.10.7.3-e, 9293-3.10.7.4-r] a segment with neither SYN nor RST is dropped, a FIN too', (make) => {
    const world = make().synSent()
    world.inject({ flags: 'A', seq: 0, ack: 1 })
    world.inject({ flags: 'F', seq: 0 })
    world.inject({ flags: 'FA', seq: 0, ack: 1, data: 'x' })
    world.expectNothing()
    expect(world.state).toBe(TcpState.SYN_SENT)
  })

  script(
    '[MUST-10, 9293-3.10.7.3-d] simultaneous open: a bare SYN leads to SYN-RECEIVED, SYN,ACK with the same ISS',
    (make) => {
      const world = make().synSent()
      const isn = world.isn
      world.inject({ flags: 'S', seq: 0, mss: 1460 })
      world.expect({ flags: 'SA', seq: 0, ack: 1 })
      expect(world.isn).toBe(isn)
      expect(world.state).toBe(TcpState.SYN_RECEIVED)
      world.inject({ flags: 'SA', seq: 0, ack: 1, mss: 1460 })
      expect(world.state).toBe(TcpState.ESTABLISHED)
      world.send('hello')
      world.take()
      world.inject({ flags: 'PA', seq: 1, ack: 6, data: 'world' })
      expect(world.recv()).toBe('world')
    },
  )

  script('[MUST-10] simultaneous open ends with a bare ACK as well', (make) => {
    const world = make().synSent()
    world.inject({ flags: 'S', seq: 0, mss: 1460 })
    world.expect({ flags: 'SA' })
    world.inject({ flags: 'A', seq: 1, ack: 1 })
    expect(world.state).toBe(TcpState.ESTABLISHED)
  })

  script(
    '[MUST-11, 9293-3.10.7.4-f] RST in SYN-RECEIVED after an active open: refused and CLOSED, not LISTEN',
    (make) => {
      const world = make().synSent()
      world.inject({ flags: 'S', seq: 0, mss: 1460 })
      world.expect({ flags: 'SA' })
      world.inject({ flags: 'R', seq: 1 })
      expect(world.state).toBe(TcpState.CLOSED)
      expect(world.socket.takeError()).toBe(ECONNREFUSED)
    },
  )

  script('[MUST-15] without an MSS option segments carry at most 536 bytes (IPv4), 1220 (IPv6)', (make) => {
    for (const [family, mss] of [
      [4, 536],
      [6, 1220],
    ] as const) {
      const world = make({ family }).connected({ mss: null })
      world.send(5000)
      expect(world.take().map((seen) => seen.len)).toContain(mss)
      expect(Math.max(...world.take().map((seen) => seen.len), 0)).toBeLessThanOrEqual(mss)
    }
  })

  script("[MUST-16, 8201-5.4-a] segments are the smaller of the peer's MSS and what the path carries", (make) => {
    const small = make().connected({ mss: 700 })
    small.send(2000)
    expect(small.take().map((seen) => seen.len)).toEqual([700, 700, 600])
    const large = make({ mtu: 1000 }).connected({ mss: 1460 })
    large.send(2000)
    expect(large.take().map((seen) => seen.len)).toEqual([960, 960, 80])
  })

  script(
    '[MUST-65, 2018-2, 7323-2.2-b] the SYN carries MSS, SACK-permitted, timestamps and window scale; no other segment MSS',
    (make) => {
      const world = make()
      world.socket = world.watch(world.newSocket())
      world.socket.connect(world.peer, 5000)
      world.run()
      world.localPort = world.socket.localPort
      world.expect({ flags: 'S', seq: 0, mss: 1460, sackOk: true, wscale: 7, ts: true, win: 64_240 })
      world.inject({ flags: 'SA', seq: 0, ack: 1, mss: 1460, sackOk: true, wscale: 7, ts: [1, 1] })
      const ack = world.expect({ flags: 'A' })
      expect(ack.mss).toBe(null)
      expect(ack.wscale).toBe(null)
      expect(ack.sackOk).toBe(false)
      world.send(100)
      const text = world.expect({ flags: 'PA', len: 100 })
      expect(text.mss).toBe(null)
      expect(text.sackOk).toBe(false)
    },
  )

  script('[7323-3.2-g] TSecr is zero in a SYN', (make) => {
    const world = make()
    world.newSocket().connect(world.peer, 5000)
    world.run()
    expect(world.expect({ flags: 'S' }).ts?.[1]).toBe(0)
  })

  script("[7323-2.2-c] no scaling, however large the SYN's shift, when the SYN,ACK has none", (make) => {
    const world = make().connected({})
    world.inject({ win: 1000 })
    expect(world.socket.info().sndWnd).toBe(1000)
    expect(world.socket.info().rcvWscale).toBe(0)
    world.inject({ flags: 'PA', data: 10 })
    expect(world.expect({ flags: 'A' }).win).toBeGreaterThan(60_000)
  })

  script('[7323-2.3-e] a shift above 14 counts as 14', (make) => {
    const world = make().connected({ wscale: 15 })
    expect(world.socket.info().sndWscale).toBe(14)
    world.inject({ win: 3 })
    expect(world.socket.info().sndWnd).toBe(3 << 14)
  })

  script('[MUST-46] connecting to a broadcast or multicast address fails', (make) => {
    const world = make()
    for (const address of [0xe0000001, -1, 0x0a0000ff])
      expect(world.newSocket().connect(Address.v4(address), 80)).toBe(-101)
    world.expectNothing()
  })

  script('[MUST-44, MUST-45, MUST-43] IP chooses the source address, once; a bound one is kept', (make) => {
    const world = make()
    const second = Address.v4(0x0a000007)
    world.ip.addressList.push(second)
    const socket = world.newSocket()
    expect(socket.connect(world.peer, 80)).toBe(-115)
    expect(socket.localAddress?.toString()).toBe('10.0.0.1')
    const bound = world.newSocket()
    expect(bound.bind(second, 0)).toBe(0)
    expect(bound.connect(world.peer, 80)).toBe(-115)
    world.run()
    const sources = world.take().map((seen) => seen.src.toString())
    expect(sources).toEqual(['10.0.0.1', '10.0.0.7'])
    world.ip.addressList.reverse()
    world.run(1000)
    expect(world.take().map((seen) => seen.src.toString())).toEqual(['10.0.0.1', '10.0.0.7'])
  })

  script('[9293-3.10.4-a] close in SYN-SENT deletes the connection and sends nothing', (make) => {
    const world = make().synSent()
    world.close().run(200_000)
    world.expectNothing()
    expect(world.states()).toEqual([])
  })

  script('an unreachable error ends the attempt, as in Linux', (make) => {
    const world = make().synSent()
    world.ip.error({
      family: 4,
      type: 3,
      code: 1,
      rest: 0,
      from: world.peer,
      local: world.local,
      remote: world.peer,
      protocol: 6,
      localPort: world.localPort,
      remotePort: world.peerPort,
      seq: world.isn as number,
      errno: EHOSTUNREACH,
      hard: false,
      mtu: 0,
      buf: new Uint8Array(0),
      start: 0,
      end: 0,
    })
    expect(world.socket.takeError()).toBe(EHOSTUNREACH)
    expect(world.state).toBe(TcpState.CLOSED)
  })

  script('[9293-3.5-a] data that comes with the SYN,ACK is taken', (make) => {
    const world = make().synSent()
    world.inject({ flags: 'SAP', seq: 0, ack: 1, mss: 1460, data: 'now' })
    expect(world.recv()).toBe('now')
    world.expect({ flags: 'A', ack: 4 })
  })

  script('[9293-3.10.7.4-s] a FIN that comes with the SYN,ACK leads to CLOSE-WAIT', (make) => {
    const world = make().synSent()
    world.inject({ flags: 'SAF', seq: 0, ack: 1, mss: 1460 })
    expect(world.state).toBe(TcpState.CLOSE_WAIT)
    world.expect({ flags: 'A', ack: 2 })
  })

  script('a socket that connects to itself talks to itself', (make) => {
    const world = make()
    const self = world.newSocket()
    world.ip.output = (packet) => {
      packet.target = { receive: (p) => world.tcp.receive(p) }
      world.clock.post(packet)
    }
    expect(self.bind(world.local, 5000)).toBe(0)
    expect(self.connect(world.local, 5000)).toBe(-115)
    world.run()
    expect(self.state).toBe(TcpState.ESTABLISHED)
    world.socket = self
    world.send('echo')
    expect(world.recv()).toBe('echo')
    world.run(1000)
    world.close().run(500)
    expect(world.states()).toEqual([TcpState.TIME_WAIT])
  })

  script('[9293-3.10.4-b] close in SYN-RECEIVED: the FIN follows once our SYN is acknowledged', (make) => {
    const world = make().synSent()
    world.inject({ flags: 'S', seq: 0, mss: 1460 })
    world.expect({ flags: 'SA' })
    world.close()
    world.expectNothing()
    world.run(1000)
    world.expect({ flags: 'SA', seq: 0 })
    world.inject({ flags: 'A', seq: 1, ack: 1 })
    world.expect({ flags: 'FA', seq: 1 })
    expect(world.states()).toEqual([TcpState.FIN_WAIT_1])
  })
})
