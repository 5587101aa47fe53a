import { describe, expect } from 'vitest'
import { script, TcpState } from '../support/tcp.ts'

describe('timestamps and PAWS', () => {
  script(
    "[7323-3.2-b, 7323-3.2-c, 7323-3.2-i] once negotiated they are in every segment, the RST too, and echo the peer's",
    (make) => {
      const world = make().established({ ts: true })
      world.send('x')
      expect(world.expect({ flags: 'PA' }).ts?.[1]).toBe(world.peerTime)
      world.run(10)
      world.inject({ flags: 'PA', data: 'y' })
      expect(world.expect({ flags: 'A' }).ts?.[1]).toBe(world.peerTime)
      world.shutdown()
      world.expect({ flags: 'FA', ts: true })
      world.socket.linger = 0
      world.close()
      world.expect({ flags: 'RA', ts: true })
    },
  )

  script('[7323-3.2-d, 7323-3.2-e] a segment without them is dropped silently and ends nothing', (make) => {
    const world = make().established({ ts: true })
    world.inject({ flags: 'PA', data: 'x', ts: false, seq: 1 })
    world.expectNothing()
    expect(world.socket.inq).toBe(0)
    expect(world.state).toBe(TcpState.ESTABLISHED)
    expect(world.count('TcpNoTimestamp')).toBe(1)
    world.inject({ flags: 'R', seq: 1, ts: false })
    expect(world.state).toBe(TcpState.CLOSED)
  })

  script('[7323-3.2-f] they mean nothing where they were not negotiated', (make) => {
    const world = make().established()
    world.inject({ flags: 'PA', data: 'a', ts: [1000, 5] })
    world.inject({ flags: 'PA', data: 'b', ts: [1, 5] })
    expect(world.recv()).toBe('ab')
    expect(world.take().every((seen) => seen.ts === null)).toBe(true)
  })

  script('[7323-3.2-h] TSecr without ACK is ignored', (make) => {
    const world = make().synSent()
    world.inject({ flags: 'S', seq: 0, mss: 1460, ts: [77, 123_456] })
    expect(world.expect({ flags: 'SA' }).ts?.[1]).toBe(77)
    expect(world.socket.info().rtt).toBe(0)
  })

  script('[7323-4.1-a, 7323-5.4-a, 7323-5.4-b, 7323-5.4-c] the clock ticks once a millisecond', (make) => {
    const world = make().established({ ts: true })
    world.send('a')
    const first = world.expect().ts?.[0] as number
    world.inject({ ack: 2 })
    world.run(12_345)
    world.send('b')
    expect((world.expect().ts?.[0] as number) - first).toBe(12_345)
  })

  script('[7323-7] each pair of hosts has its own offset', (make) => {
    const world = make()
    world.newSocket().connect(world.peer, 5000)
    world.ip.addressList.length = 0
    world.ip.addressList.push(world.peer)
    world.newSocket().connect(world.local, 5000)
    world.run()
    const [a, b] = world.take()
    expect(a?.ts?.[0]).not.toBe(b?.ts?.[0])
  })

  script(
    '[7323-5.3-a, 7323-5.3-b, 7323-5.2-a] an old timestamp: the segment is dropped and an ACK sent, before the sequence check',
    (make) => {
      const world = make().established({ ts: true })
      world.inject({ flags: 'PA', data: 'new' })
      world.take()
      const old = world.peerTime - 100
      world.inject({ flags: 'PA', seq: 4, data: 'old', ts: [old, 0] })
      world.expect({ flags: 'A', ack: 4 })
      expect(world.recv()).toBe('new')
      expect(world.count('TcpPaws')).toBe(1)
      world.inject({ flags: 'PA', seq: 90_000, data: 'old and far', ts: [old, 0] })
      expect(world.count('TcpPaws')).toBe(2)
      world.inject({ flags: 'PA', seq: 4, data: 'newer' })
      expect(world.recv()).toBe('newer')
    },
  )

  script('[7323-5.2-c] PAWS does not apply to RST, nor does a RST change anything', (make) => {
    const world = make().established({ ts: true })
    world.inject({ flags: 'R', seq: 5, ts: [world.peerTime + 100_000, 0] })
    world.take()
    world.inject({ flags: 'PA', seq: 1, data: 'still young' })
    expect(world.recv()).toBe('still young')
    world.inject({ flags: 'R', seq: 12, ts: [1, 0] })
    expect(world.state).toBe(TcpState.CLOSED)
  })

  script('[7323-4.3-a, 7323-4.3-c] TS.Recent comes only from what is not beyond the last ACK sent', (make) => {
    const world = make().established({ ts: true })
    const base = world.peerTime
    world.inject({ flags: 'PA', seq: 1, data: 10, ts: [base, 0] })
    world.expect({ ack: 11 })
    world.inject({ flags: 'PA', seq: 21, data: 10, ts: [base + 50, 0] })
    expect(world.expect({ ack: 11 }).ts?.[1]).toBe(base)
  })

  script('[7323-4.3-d] the segment that fills the hole is echoed', (make) => {
    const world = make().established({ ts: true })
    const base = world.peerTime
    world.inject({ flags: 'PA', seq: 11, data: 10, ts: [base + 5, 0] })
    world.take()
    world.inject({ flags: 'PA', seq: 1, data: 10, ts: [base + 9, 0] })
    expect(world.expect({ ack: 21 }).ts?.[1]).toBe(base + 9)
  })

  script('[7323-4.3-b] with delayed ACKs the earliest unacknowledged segment is echoed', (make) => {
    const world = make().established({ ts: true })
    world.socket.setOption(12, 0)
    const base = world.peerTime
    world.inject({ flags: 'PA', seq: 1, data: 10, ts: [base + 1, 0] })
    world.inject({ flags: 'PA', seq: 11, data: 10, ts: [base + 2, 0] })
    world.run(100)
    expect(world.take().at(-1)?.ts?.[1]).toBe(base + 1)
  })

  script('[7323-5.3-c] a timestamp is checked when it arrives, not when a held segment is delivered', (make) => {
    const world = make().established({ ts: true })
    const base = world.peerTime
    world.inject({ flags: 'PA', seq: 4, data: 'def', ts: [base + 1, 0] })
    world.inject({ flags: 'PA', seq: 1, data: 'abc', ts: [base + 100, 0] })
    expect(world.recv()).toBe('abcdef')
  })

  script('[7323-5.5] after 24 idle days an old timestamp proves nothing', (make) => {
    const world = make().established({ ts: true })
    const base = world.peerTime
    world.inject({ flags: 'PA', data: 'a', ts: [base, 0] })
    world.take()
    world.run(25 * 24 * 3600 * 1000)
    world.inject({ flags: 'PA', data: 'b', ts: [(base - 1000) | 0, 0] })
    expect(world.recv()).toBe('ab')
  })

  script('[MUST-16, 9293-3.7.1-a] timestamps take twelve bytes of every segment', (make) => {
    const world = make().established({ ts: true })
    world.send(3000)
    expect(world.take().map((seen) => seen.len)).toEqual([1448, 1448, 104])
  })

  script('off with net.ipv4.tcp_timestamps = 0', (make) => {
    const world = make({ sysctl: { timestamps: 0, window_scaling: 0 } })
    world.newSocket().connect(world.peer, 5000)
    world.run()
    world.expect({ flags: 'S', ts: false, wscale: null as never })
  })
})
