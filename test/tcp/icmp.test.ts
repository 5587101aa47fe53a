import { describe, expect } from 'vitest'
import type { IcmpError } from '../../src/ip/types.ts'
import { ECONNREFUSED, EHOSTUNREACH, EMSGSIZE, ENETUNREACH, ENOPROTOOPT, EPROTO } from '../../src/wire/errno.ts'
import { script, TcpState, type World } from '../support/tcp.ts'

const error = (world: World, some: Partial<IcmpError>): void => {
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
    seq: ((world.isn as number) + 1) | 0,
    errno: EHOSTUNREACH,
    hard: false,
    mtu: 0,
    buf: new Uint8Array(0),
    start: 0,
    end: 0,
    ...some,
  })
  world.run()
}

describe('ICMP', () => {
  script('[MUST-54, MUST-47, SHLD-25] an error goes to the connection that it quotes, and to no other', (make) => {
    const world = make().established()
    const first = world.socket
    world.peerPort = 6000
    world.peerNxt = 0
    world.established()
    world.send('x')
    error(world, {})
    expect(world.socket.takeError()).toBe(EHOSTUNREACH)
    expect(first.takeError()).toBe(0)
    error(world, { remotePort: 9999 })
    expect(world.count('IcmpNoMatch')).toBe(1)
  })

  script('[MUST-56] soft errors do not abort: codes 0, 1, 5, Time Exceeded, Parameter Problem', (make) => {
    const world = make().established()
    world.send('x')
    world.take()
    for (const [type, code, errno] of [
      [3, 0, ENETUNREACH],
      [3, 1, EHOSTUNREACH],
      [3, 5, 95],
      [11, 0, EHOSTUNREACH],
      [11, 1, EHOSTUNREACH],
      [12, 0, EPROTO],
    ] as const) {
      error(world, { type, code, errno })
      expect(world.state).toBe(TcpState.ESTABLISHED)
    }
    world.inject({ ack: 2 })
    expect(world.socket.outq).toBe(0)
  })

  script('[5927-5.2] hard errors do not abort an established connection either', (make) => {
    const world = make().established()
    world.send('x')
    error(world, { code: 3, errno: ECONNREFUSED, hard: true })
    error(world, { code: 2, errno: ENOPROTOOPT, hard: true })
    expect(world.state).toBe(TcpState.ESTABLISHED)
  })

  script('[SHLD-26] in SYN-SENT they end the attempt', (make) => {
    const world = make().synSent()
    error(world, { code: 3, errno: ECONNREFUSED, hard: true, seq: world.isn as number })
    expect(world.state).toBe(TcpState.CLOSED)
    expect(world.socket.takeError()).toBe(ECONNREFUSED)
  })

  script('[MUST-55] Source Quench is discarded silently', (make) => {
    const world = make().established()
    world.send(10_000)
    world.take()
    const before = world.socket.info()
    error(world, { type: 4, code: 0 })
    expect(world.socket.info()).toEqual(before)
    expect(world.socket.takeError()).toBe(0)
    world.expectNothing()
  })

  script('[5927-4.1] an error that quotes nothing in flight is dropped', (make) => {
    const world = make().established()
    world.send('x')
    error(world, { seq: ((world.isn as number) + 500) | 0 })
    error(world, { seq: ((world.isn as number) - 5) | 0 })
    expect(world.socket.takeError()).toBe(0)
    expect(world.mib('TcpExtOutOfWindowIcmps')).toBe(2)
    const opening = make().synSent()
    error(opening, { seq: ((opening.isn as number) + 77) | 0, hard: true, errno: ECONNREFUSED })
    expect(opening.state).toBe(TcpState.SYN_SENT)
  })

  script('[SHLD-20] IP_RECVERR has soft errors reported at once; by default they wait', (make) => {
    const world = make().established()
    world.send('x')
    error(world, {})
    expect(world.socket.pendingError).toBe(0)
    world.socket.recvErr = true
    error(world, {})
    expect(world.socket.pendingError).toBe(EHOSTUNREACH)
  })

  script('a half-open connection ends by a hard error that quotes its SYN,ACK', (make) => {
    const world = make().synReceived()
    error(world, { seq: world.isn as number, hard: false })
    error(world, { seq: ((world.isn as number) + 1) | 0, hard: true, errno: ECONNREFUSED })
    expect(world.states()).toEqual([TcpState.SYN_RECEIVED])
    error(world, { seq: world.isn as number, hard: true, errno: ECONNREFUSED })
    expect(world.states()).toEqual([])
  })
})

describe('path MTU', () => {
  const shrink = (world: World, mtu: number): void => {
    world.ip.mtu = mtu
    for (const path of world.ip.paths) path.mtu = mtu
    error(world, { code: 4, errno: EMSGSIZE, hard: true, mtu })
  }

  script(
    '[1191-6.4-b, 1191-6.4-a, 7323-5.7, 9293-3.7.2-a] what no longer fits is cut up and sent again at once, without slowing down',
    (make) => {
      const world = make().established()
      world.send(4380)
      world.take()
      const before = world.socket.info()
      shrink(world, 1000)
      const again = world.take()
      expect(again.reduce((sum, seen) => sum + seen.len, 0)).toBe(4380)
      expect(Math.max(...again.map((seen) => seen.len))).toBe(960)
      expect(world.socket.info().sndSsthresh).toBe(before.sndSsthresh)
      expect(world.count('TcpMtuResend')).toBe(1)
      // The rest of the burst of messages resends nothing.
      shrink(world, 1000)
      world.expectNothing()
      world.inject({ ack: 4381 })
      world.send(2000)
      expect(Math.max(...world.take().map((seen) => seen.len))).toBe(960)
    },
  )

  script('[5681-3.1-e] cwnd shrinks in proportion with the segment', (make) => {
    const world = make().established()
    world.send(1460)
    world.take()
    shrink(world, 770)
    expect(world.socket.info().sndCwnd).toBe(10)
    expect(world.socket.info().sndMss).toBe(730)
  })

  script('[SHLD-6, 8201-5.4-b] a segment that IP finds too large is cut up at once', (make) => {
    const world = make().established()
    world.ip.mtu = 1000
    for (const path of world.ip.paths) path.mtu = 1000
    world.send(3000)
    const sent = world.take()
    expect(sent.reduce((sum, seen) => sum + seen.len, 0)).toBe(3000)
    expect(Math.max(...sent.map((seen) => seen.len))).toBe(960)
  })

  script(
    "[MUST-48, SHLD-21, SHLD-22, MUST-49] TOS and TTL of every segment are the application's; the ECN bits are not",
    (make) => {
      const world = make()
      const listener = world.listen()
      listener.tos = 0x13
      listener.ttl = 7
      world.inject({ flags: 'S', seq: 0, mss: 1460 })
      expect(world.expect({ flags: 'SA' })).toMatchObject({ tos: 0x10, ttl: 7 })
      world.inject({ seq: 1, ack: 1 })
      world.socket = listener.accept() as never
      world.send('x')
      expect(world.expect()).toMatchObject({ tos: 0x10, ttl: 7 })
      world.socket.tos = 0xb8
      world.socket.ttl = 100
      world.socket.setOption(1, 1)
      world.send('y')
      expect(world.expect()).toMatchObject({ tos: 0xb8, ttl: 100 })
      const plain = make()
      plain.newSocket().connect(plain.peer, 80)
      plain.run()
      expect(plain.expect()).toMatchObject({ tos: 0, ttl: 64, df: true })
    },
  )
})
