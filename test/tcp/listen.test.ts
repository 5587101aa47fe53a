import { describe, expect } from 'vitest'
import { Address } from '../../src/wire/address.ts'
import { script, TcpState } from '../support/tcp.ts'

describe('LISTEN', () => {
  script(
    '[9293-3.10.7.2-a, 9293-3.5.3-b] RST is ignored, ACK answered with RST, SYN with SYN,ACK, the rest dropped',
    (make) => {
      const world = make()
      world.listen()
      world.inject({ flags: 'R', seq: 1 })
      // RST is looked at before ACK.
      world.inject({ flags: 'RA', seq: 1, ack: 9 })
      world.expectNothing()
      world.inject({ flags: 'A', seq: 1, ack: 99 })
      expect(world.expect({ flags: 'R' }).rawSeq).toBe(99)
      // ACK is looked at before SYN.
      world.inject({ flags: 'SA', seq: 1, ack: 55 })
      expect(world.expect({ flags: 'R' }).rawSeq).toBe(55)
      world.inject({ flags: '', seq: 1 })
      world.inject({ flags: 'F', seq: 1 })
      world.inject({ flags: 'U', seq: 1, urg: 1, data: 'x' })
      world.expectNothing()
      world.inject({ flags: 'S', seq: 0, mss: 1460 })
      world.expect({ flags: 'SA', seq: 0, ack: 1, mss: 1460 })
      expect(world.count('TcpListenRst')).toBe(2)
      expect(world.listener?.state).toBe(TcpState.LISTEN)
    },
  )

  script('[9293-3.10.7.2-a] a SYN that carries FIN opens nothing', (make) => {
    const world = make()
    world.listen()
    world.inject({ flags: 'SF', seq: 0, mss: 1460 })
    world.expectNothing()
    expect(world.states()).toEqual([])
  })

  script(
    '[MUST-14, MUST-67, SHLD-5, 9293-3.7.1-a] the SYN,ACK announces the MTU less 40, whatever options are in use',
    (make) => {
      const world = make({ mtu: 1280 })
      world.listen()
      world.inject({ flags: 'S', seq: 0, mss: 1460, ts: [1, 0], sackOk: true, wscale: 3 })
      world.expect({ flags: 'SA', mss: 1240, ts: true, sackOk: true, wscale: 7 })
    },
  )

  script('[MUST-67] over IPv6 the MSS is the MTU less 60', (make) => {
    const world = make({ family: 6 })
    world.listen()
    world.inject({ flags: 'S', seq: 0, mss: 1440 })
    world.expect({ flags: 'SA', mss: 1440 })
  })

  script('[7323-2.2-a, 7323-3.2-a, 2018-2] the SYN,ACK carries only options that the SYN carried', (make) => {
    const world = make()
    world.listen()
    world.inject({ flags: 'S', seq: 0, mss: 1460 })
    world.expect({ flags: 'SA', wscale: null as never, ts: false, sackOk: false })
  })

  script('[7323-2.2-e] windows of SYN and SYN,ACK are not scaled', (make) => {
    const world = make()
    world.synReceived({ wscale: 7, win: 1000 })
    expect(world.states()).toEqual([TcpState.SYN_RECEIVED])
    world.inject({ win: 10 })
    world.socket = world.listener?.accept() as never
    expect(world.socket.info().sndWnd).toBe(1280)
    const other = make()
    other.listen()
    other.inject({ flags: 'S', seq: 0, mss: 1460, wscale: 7, win: 1000 })
    other.expect({ flags: 'SA', win: 64_240 })
  })

  script('[MUST-5, MUST-6] options of any order and alignment', (make) => {
    const world = make()
    world.listen()
    world.inject({ flags: 'S', seq: 0, mss: 1460, other: Uint8Array.of(254, 5, 1, 2, 3) })
    world.expect({ flags: 'SA' })
  })

  script(
    '[MUST-41, MUST-42] listening on a port leaves its connections alone, in SYN-SENT and half open as well',
    (make) => {
      const world = make()
      const opening = world.newSocket()
      opening.reuseAddress = true
      expect(opening.bind(null, 80)).toBe(0)
      expect(opening.connect(world.peer, 7000)).toBe(-115)
      world.run()
      expect(world.take()).toHaveLength(1)
      const listener = world.newSocket()
      listener.reuseAddress = true
      expect(listener.bind(null, 80)).toBe(0)
      expect(listener.listen(5)).toBe(0)
      world.listener = listener
      expect(opening.state).toBe(TcpState.SYN_SENT)
      world.synReceived()
      expect(world.states()).toEqual([TcpState.SYN_SENT, TcpState.SYN_RECEIVED])
      world.inject({ ack: 1 })
      expect(typeof listener.accept()).toBe('object')
      expect(opening.state).toBe(TcpState.SYN_SENT)
    },
  )

  script('[9293-3.10.4-a] close in LISTEN sends nothing and forgets half-open connections', (make) => {
    const world = make()
    world.synReceived()
    world.listener?.close()
    world.run(10_000)
    world.expectNothing()
    expect(world.states()).toEqual([])
    world.inject({ ack: 1 })
    world.expect({ flags: 'R' })
  })

  script(
    '[sock-listen-7] listen(n) holds n+1 established children; of a remote peer one more handshake stays half open',
    (make) => {
      const world = make()
      world.listen(1)
      for (let i = 0; i < 3; i++) {
        world.inject({ flags: 'S', seq: 0, sport: 6000 + i, mss: 1460, win: 1000 })
        const seen = world.take()
        if (seen.length === 0) continue
        world.inject({ flags: 'A', seq: 1, ack: 1, sport: 6000 + i })
      }
      expect(world.states().filter((state) => state === TcpState.ESTABLISHED)).toHaveLength(2)
      expect(world.mib('TcpExtListenOverflows')).toBe(1)
      expect(typeof world.listener?.accept()).toBe('object')
      expect(typeof world.listener?.accept()).toBe('object')
      expect(world.listener?.accept()).toBe(-11)
    },
  )

  script('[4987-3.2] the half-open queue is bounded by the backlog', (make) => {
    const world = make({ sysctl: { syncookies: 0 } })
    world.listen(2)
    for (let i = 0; i < 10; i++) world.inject({ flags: 'S', seq: 0, sport: 6000 + i, mss: 1460 })
    expect(world.states()).toHaveLength(2)
    expect(world.take()).toHaveLength(2)
    expect(world.count('TcpSynQueueFull')).toBe(8)
  })

  script(
    'the last ACK meets a full accept queue: dropped and asked for again, or RST by tcp_abort_on_overflow',
    (make) => {
      for (const abort of [0, 1]) {
        const world = make({ sysctl: { abort_on_overflow: abort } })
        world.listen(1)
        const ack = (sport: number): void => {
          world.inject({ flags: 'A', seq: 1, ack: 1, sport })
        }
        // One established, one half open with the queue not full yet: both SYNs are taken; a third fills the queue first.
        world.inject({ flags: 'S', seq: 0, sport: 6000, mss: 1460 })
        ack(6000)
        world.inject({ flags: 'S', seq: 0, sport: 6001, mss: 1460 })
        const late = world.isn
        world.take()
        world.sysctl('syncookies', 2)
        world.inject({ flags: 'S', seq: 0, sport: 6002, mss: 1460 })
        ack(6002)
        world.isn = late
        world.take()
        ack(6001)
        if (abort === 1) world.expect({ flags: 'R', seq: 1 })
        else world.expectNothing()
        expect(world.mib('TcpExtListenOverflows')).toBe(1)
        world.run(1100)
        expect(world.take().map((seen) => seen.flags)).toEqual(abort === 1 ? [] : ['SA'])
      }
    },
  )

  script(
    '[4987-3.6-a, 4987-3.6-b] a full half-open queue answers with SYN cookies, and the ACK of one makes a connection',
    (make) => {
      const world = make()
      world.listen(1)
      world.inject({ flags: 'S', seq: 0, sport: 6000, mss: 1460 })
      world.take()
      world.inject({ flags: 'S', seq: 0, sport: 6001, mss: 1000, sackOk: true, wscale: 7, ts: [1, 0] })
      // Nothing is remembered, so nothing is negotiated that needs memory.
      world.expect({ flags: 'SA', ack: 1, sackOk: false, wscale: null as never, ts: false })
      expect(world.states()).toEqual([TcpState.SYN_RECEIVED])
      expect(world.mib('TcpExtSyncookiesSent')).toBe(1)
      const guess = world.isn as number
      world.inject({ flags: 'A', seq: 1, ack: 2, sport: 6001 })
      world.expect({ flags: 'R' })
      world.inject({ flags: 'A', seq: 2, ack: 1, sport: 6001 })
      world.expect({ flags: 'R' })
      expect(world.mib('TcpExtSyncookiesFailed')).toBe(2)
      world.inject({ flags: 'PA', seq: 1, ack: 1, sport: 6001, data: 'hi' })
      world.take()
      world.socket = world.listener?.accept() as never
      expect(world.recv()).toBe('hi')
      world.send(5000)
      // The peer's MSS of 1000, as near as the cookie can say.
      expect(world.take()[0]?.len).toBe(536)
      expect(world.isn).toBe(guess)
    },
  )

  script('[4987-3.6-b] a cookie is good for two minutes at most, and only after one was sent', (make) => {
    const world = make({ sysctl: { syncookies: 2 } })
    world.listen(5)
    world.inject({ flags: 'S', seq: 0, mss: 1460 })
    world.expect({ flags: 'SA' })
    world.run(130_000)
    world.inject({ flags: 'A', seq: 1, ack: 1 })
    world.expect({ flags: 'R' })
    world.inject({ flags: 'S', seq: 0, mss: 1460 })
    world.expect({ flags: 'SA' })
    world.run(30_000)
    world.inject({ flags: 'A', seq: 1, ack: 1 })
    expect(world.states()).toEqual([TcpState.ESTABLISHED])
  })

  script(
    '[5482-3-d, 7413-4.2-a, MUST-6] options that are not supported here are ignored: user timeout, Fast Open',
    (make) => {
      const world = make()
      world.listen()
      world.inject({
        flags: 'S',
        seq: 0,
        mss: 1460,
        other: Uint8Array.of(28, 4, 0x80, 5, 34, 6, 1, 2, 3, 4),
        data: 'early',
      })
      world.expect({ flags: 'SA', ack: 1 })
      world.inject({ flags: 'PA', seq: 1, ack: 1, data: 'text', other: Uint8Array.of(28, 4, 0, 9) })
      world.socket = world.listener?.accept() as never
      expect(world.recv()).toBe('text')
      expect(world.socket.getOption(18)).toBe(0)
    },
  )

  script('[MUST-43] a socket bound to one local address takes no SYN for another', (make) => {
    const world = make()
    world.ip.addressList.push(Address.v4(0x0a000009))
    const listener = world.newSocket()
    expect(listener.bind(world.local, 80)).toBe(0)
    expect(listener.listen(5)).toBe(0)
    world.inject({ flags: 'S', seq: 0, dst: Address.v4(0x0a000009), mss: 1460 })
    world.expect({ flags: 'RA' })
    world.inject({ flags: 'S', seq: 0, mss: 1460 })
    world.expect({ flags: 'SA' })
  })
})
