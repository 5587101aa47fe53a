import { describe, expect } from 'vitest'
import { script, type World } from '../support/tcp.ts'

/** Past the quick ACKs of the start. */
const settled = (world: World): World => {
  for (let i = 0; i < 20; i++) {
    world.inject({ flags: 'PA', data: 10 })
    world.run(1)
    world.read()
  }
  world.run(100)
  world.take()
  return world
}

describe('delayed ACKs', () => {
  script(
    '[MUST-40, SHLD-18, 5681-4.2-a, 5681-4.2-c] an ACK of one segment is delayed, by less than half a second',
    (make) => {
      const world = settled(make().established())
      world.inject({ flags: 'PA', data: 10 })
      world.expectNothing()
      const start = world.now
      world.run(500)
      const ack = world.expect({ flags: 'A' })
      expect(ack.time - start).toBeGreaterThanOrEqual(40)
      expect(ack.time - start).toBeLessThan(500)
      expect(world.mib('TcpExtDelayedACKs')).toBeGreaterThan(0)
    },
  )

  script('[SHLD-19, 5681-4.2-b] at least every second full-sized segment is acknowledged', (make) => {
    const world = settled(make().established())
    for (let pair = 0; pair < 3; pair++) {
      world.inject({ flags: 'PA', data: 1460 })
      world.read()
      world.expectNothing()
      world.inject({ flags: 'PA', data: 1460 })
      world.read()
      world.expect({ flags: 'A', ack: world.peerNxt })
    }
  })

  script('text that only shrinks the window is acknowledged when it is read, or late (__tcp_ack_snd_check)', (make) => {
    const world = settled(make().established())
    for (let i = 0; i < 4; i++) world.inject({ flags: 'PA', data: 1460 })
    world.expectNothing()
    world.read()
    world.expect({ flags: 'A', ack: world.peerNxt })
    for (let i = 0; i < 4; i++) world.inject({ flags: 'PA', data: 1460 })
    world.expectNothing()
    world.run(500).expect({ flags: 'A', ack: world.peerNxt })
  })

  script('[5681-4.2-d] never more than one ACK for a segment', (make) => {
    const world = make().established()
    for (let i = 0; i < 30; i++) {
      world.inject({ flags: 'PA', data: 500 })
      world.run(i * 7)
      expect(world.take().length).toBeLessThanOrEqual(1)
    }
  })

  script('an answer carries the ACK', (make) => {
    const world = settled(make().established())
    world.inject({ flags: 'PA', data: 'ping!' })
    world.expectNothing()
    world.send('pong!')
    world.expect({ flags: 'PA', ack: world.peerNxt, data: 'pong!' })
    world.inject({ ack: world.stackNxt })
    world.run(1000).expectNothing()
  })

  script('at first every segment is acknowledged at once', (make) => {
    const world = make().established()
    world.inject({ flags: 'PA', data: 100 })
    world.expect({ flags: 'A', ack: 101 })
  })

  script('[sock-tcpopt-13] TCP_QUICKACK turns delaying off for a while', (make) => {
    const world = settled(make().established())
    world.inject({ flags: 'PA', data: 10 })
    world.expectNothing()
    world.socket.setOption(12, 1)
    world.run().expect({ flags: 'A' })
    world.inject({ flags: 'PA', data: 10 })
    world.expect({ flags: 'A' })
    world.socket.setOption(12, 0)
    world.inject({ flags: 'PA', data: 10 })
    world.expectNothing()
    expect(world.socket.getOption(12)).toBe(0)
  })

  script('[6582-5, 5681-3.2-b] a segment that fills a gap is acknowledged at once', (make) => {
    const world = settled(make().established())
    const base = world.peerNxt
    world.inject({ flags: 'PA', seq: base + 10, data: 10 })
    world.take()
    world.inject({ flags: 'PA', seq: base + 30, data: 10 })
    world.take()
    world.inject({ flags: 'PA', seq: base, data: 10 })
    world.expect({ flags: 'A', ack: base + 20 })
  })
})
