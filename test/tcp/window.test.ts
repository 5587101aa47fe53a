import { describe, expect } from 'vitest'
import { Poll } from '../../src/tcp/index.ts'
import { script, TcpState, type World } from '../support/tcp.ts'

/** Fill the receive buffer; returns the next sequence number. */
const fillWindow = (world: World): number => {
  let seq = world.peerNxt
  for (let i = 0; i < 300 && world.socket.info().rcvWnd > 0; i++) {
    const length = Math.min(1460, world.socket.info().rcvWnd)
    world.inject({ flags: 'PA', seq, data: length })
    seq += length
  }
  world.run(1000)
  return seq
}

describe("the receiver's window", () => {
  script('[SHLD-14] the right edge never moves left, whatever the application reads', (make) => {
    const world = make().established({ wscale: 7 })
    let edge = 0
    for (let i = 0; i < 40; i++) {
      world.inject({ flags: 'PA', data: 1400 })
      if (i % 3 === 0) world.recv(2000)
      world.run(60)
      for (const seen of world.take()) {
        const right = seen.ack + (seen.win << 7)
        // The shift rounds: less than one unit of it.
        expect(right).toBeGreaterThan(edge - 128)
        edge = Math.max(edge, right)
      }
    }
  })

  script('[7323-2.4-a, 7323-2.4-b] what lies inside any window ever announced is accepted', (make) => {
    const world = make().established({ wscale: 7 })
    let right = 1 + 64_240
    while (world.socket.info().rcvWnd > 3000) {
      world.inject({ flags: 'PA', data: 1111 })
      for (const seen of world.take()) right = Math.max(right, seen.ack + (seen.win << 7))
    }
    const room = right - world.peerNxt
    expect(room).toBeGreaterThan(0)
    world.inject({ flags: 'PA', data: room })
    world.run(100)
    expect(world.take().at(-1)?.ack).toBe(right)
  })

  script(
    '[MUST-39, 9293-3.8.6.2.2-a] the window opens by a segment or half the buffer, not by what is read',
    (make) => {
      const world = make().established()
      const seq = fillWindow(world)
      expect(world.take().at(-1)).toMatchObject({ ack: seq, win: 0 })
      world.recv(100)
      world.recv(200)
      world.expectNothing()
      world.inject({ seq: seq - 1 })
      world.expect({ flags: 'A', win: 0 })
      world.recv(20_000)
      const update = world.expect({ flags: 'A', ack: seq })
      expect(update.win).toBeGreaterThanOrEqual(1460)
      world.expectNothing()
    },
  )

  script('[MAY-8] the window stays closed for as long as nobody reads', (make) => {
    const world = make().established()
    const seq = fillWindow(world)
    world.take()
    for (let i = 0; i < 100; i++) {
      world.run(60_000)
      world.inject({ seq: seq - 1 })
      world.expect({ win: 0, ack: seq })
    }
    expect(world.state).toBe(TcpState.ESTABLISHED)
  })

  script('SO_RCVBUF bounds the window: doubled, half of it announced', (make) => {
    const world = make()
    const listener = world.listen()
    listener.setReceiveBuffer(10_000)
    expect(listener.receiveBuffer).toBe(20_000)
    listener.setReceiveBuffer(1)
    expect(listener.receiveBuffer).toBe(2304)
    listener.setReceiveBuffer(5840)
    world.inject({ flags: 'S', seq: 0, mss: 1460 })
    world.expect({ flags: 'SA', win: 5840 })
  })

  script(
    '[sock-opt-10] 131072 and 16384 by default; the receive buffer grows with what the application reads in a round trip',
    (make) => {
      const world = make()
      expect(world.newSocket().receiveBuffer).toBe(131_072)
      expect(world.newSocket().sendBuffer).toBe(16_384)
      world.established({ wscale: 7, ts: true })
      const before = world.socket.receiveBuffer
      for (let round = 0; round < 40; round++) {
        const { rcvWnd } = world.socket.info()
        for (let sent = 0; sent + 1448 <= rcvWnd; sent += 1448) world.inject({ flags: 'PA', data: 1448 })
        world.run(20)
        world.read()
      }
      expect(world.socket.receiveBuffer).toBeGreaterThan(2 * before)
      expect(world.socket.receiveBuffer).toBeLessThanOrEqual(6_291_456)
    },
  )
})

describe('the sender and the window', () => {
  script('[5681-2, 7323-2.4-c] nothing is sent beyond the announced window', (make) => {
    const world = make().established({ win: 3000 })
    world.send(10_000)
    const sent = world.take()
    expect(Math.max(...sent.map((seen) => seen.seq + seen.len))).toBeLessThanOrEqual(3001)
    expect(sent.map((seen) => seen.len)).toEqual([1460, 1460])
  })

  script(
    '[MUST-34, SHLD-15, SHLD-16, MAY-7] a window that shrinks below what was sent: no new data, the old is sent again',
    (make) => {
      const world = make().established({ win: 6000 })
      world.send(20_000)
      expect(world.takeText()).toBe(5840)
      world.inject({ ack: 1461, win: 1000 })
      world.expectNothing()
      world.run(300)
      const again = world.take()
      expect(again.length).toBeGreaterThan(0)
      expect(again.every((seen) => seen.seq === 1461 && seen.len <= 1000)).toBe(true)
      world.inject({ ack: 2461, win: 10_000 })
      let una = 2461
      for (let i = 0; i < 40; i++) {
        for (const seen of world.take()) una = Math.max(una, seen.seq + seen.len)
        world.inject({ ack: una, win: 10_000 })
        world.run(300)
      }
      expect(una).toBe(20_001)
    },
  )

  script('[SHLD-17] data beyond a window shrunk to zero does not time the connection out', (make) => {
    const world = make().established({ win: 6000 })
    world.send(5000)
    world.take()
    world.inject({ ack: 1461, win: 0 })
    for (let i = 0; i < 40; i++) {
      world.run(60_000)
      if (world.take().length > 0) world.inject({ ack: 1461, win: 0 })
    }
    expect(world.state).toBe(TcpState.ESTABLISHED)
    world.inject({ ack: 1461, win: 6000 })
    world.run(200_000)
    expect(world.take().some((seen) => seen.seq === 1461)).toBe(true)
  })

  script(
    '[MUST-35, MUST-36, SHLD-29, SHLD-30] a zero window is probed after one RTO, then ever more rarely',
    (make) => {
      const world = make().established({ win: 0 })
      world.inject({ win: 0 })
      world.send('waiting')
      world.expectNothing()
      world.run(13_000)
      const probes = world.take()
      expect(probes.map((seen) => seen.time)).toEqual([200, 600, 1400, 3000, 6200, 12_600])
      expect(probes.every((seen) => seen.seq === 0 && seen.len === 0 && seen.flags === 'A')).toBe(true)
      world.inject({ win: 1000 })
      world.expect({ flags: 'PA', seq: 1, data: 'waiting' })
    },
  )

  script('[MUST-37] the connection lives for as long as probes are answered, and ends when they are not', (make) => {
    const world = make().established({ win: 0 })
    world.inject({ win: 0 })
    world.send('x')
    for (let i = 0; i < 100; i++) {
      world.run(130_000)
      world.take()
      world.inject({ win: 0 })
    }
    expect(world.state).toBe(TcpState.ESTABLISHED)
    world.run(3_000_000)
    expect(world.state).toBe(TcpState.CLOSED)
    expect(world.socket.takeError()).toBe(110)
  })

  script(
    '[MUST-38, 9293-3.8.6.2.1-a] no silly segments into a small window: half the largest window, or the override timer',
    (make) => {
      const world = make().established({ win: 4000 })
      world.send(2920)
      world.take()
      world.send(5000)
      world.take()
      world.inject({ ack: 2921, win: 4000 })
      world.take()
      world.inject({ ack: world.stackNxt, win: 100 })
      world.expectNothing()
      world.run(250)
      // Better a small segment than none.
      world.expect({ flags: 'PA', len: 100 })
      world.inject({ ack: world.stackNxt, win: 2000 })
      expect(world.take()[0]?.len).toBe(Math.min(1460, world.socket.outq))
    },
  )

  script('a window update by an ACK of nothing new lets sending go on', (make) => {
    const world = make().established({ win: 1460 })
    world.send(5000)
    expect(world.takeText()).toBe(1460)
    world.inject({ ack: 1461, win: 0 })
    world.inject({ ack: 1461, win: 20_000 })
    expect(world.takeText()).toBe(3540)
  })

  script('TCP_WINDOW_CLAMP keeps the announced window small', (make) => {
    const world = make()
    const listener = world.listen()
    expect(listener.setOption(10, 3000)).toBe(0)
    world.inject({ flags: 'S', seq: 0, mss: 1460 })
    const { win } = world.expect({ flags: 'SA' })
    expect(win).toBe(2920)
  })

  script('a blocked writer is told once there is room', (make) => {
    const world = make().established({ win: 1000 })
    world.socket.setSendBuffer(4000)
    expect(world.send(100_000)).toBe(8000)
    world.takeEvents()
    world.inject({ ack: 1, win: 65_000 })
    world.inject({ ack: world.stackNxt, win: 65_000 })
    expect(world.takeEvents() & Poll.OUT).toBe(Poll.OUT)
  })
})
