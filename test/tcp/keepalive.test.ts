import { describe, expect } from 'vitest'
import { ETIMEDOUT } from '../../src/wire/errno.ts'
import { script, TcpState } from '../support/tcp.ts'

describe('keep-alive', () => {
  script('[MUST-25, MAY-5] off by default', (make) => {
    const world = make().established()
    world.run(100 * 3600 * 1000)
    world.expectNothing()
    expect(world.state).toBe(TcpState.ESTABLISHED)
  })

  script(
    '[MUST-28, MUST-29, SHLD-12, sock-tcpopt-3, sock-tcpopt-4] after two hours nine probes without text, 75 s apart, then ETIMEDOUT',
    (make) => {
      const world = make().established()
      expect([4, 5, 6].map((name) => world.socket.getOption(name))).toEqual([7200, 75, 9])
      world.socket.keepAlive = true
      world.run(7_199_000).expectNothing()
      world.run(2000)
      world.expect({ flags: 'A', seq: 0, len: 0, ack: 1 })
      world.run(8 * 75_000)
      expect(world.take()).toHaveLength(8)
      expect(world.state).toBe(TcpState.ESTABLISHED)
      world.run(76_000)
      expect(world.state).toBe(TcpState.CLOSED)
      expect(world.recv()).toBe(-ETIMEDOUT)
      expect(world.take().map((seen) => seen.flags)).toEqual(['RA'])
    },
  )

  script('[MUST-29] an answered probe starts everything anew', (make) => {
    const world = make().established()
    world.socket.setOption(4, 10)
    world.socket.setOption(5, 1)
    world.socket.setOption(6, 2)
    world.socket.keepAlive = true
    for (let i = 0; i < 20; i++) {
      world.run(10_000)
      if (world.take().length > 0) world.inject({ ack: 1 })
    }
    expect(world.state).toBe(TcpState.ESTABLISHED)
  })

  script('[MUST-27] the interval is configurable: per socket and by sysctl', (make) => {
    const world = make({ sysctl: { keepalive_time: 100 } }).established()
    world.socket.keepAlive = true
    world.run(101_000)
    expect(world.take()).toHaveLength(1)
    world.inject({ ack: 1 })
    world.socket.setOption(4, 5)
    world.run(5100)
    expect(world.take()).toHaveLength(1)
    expect(world.socket.setOption(4, 0)).toBe(-22)
    expect(world.socket.setOption(5, 0)).toBe(-22)
    expect(world.socket.setOption(6, 0)).toBe(-22)
  })

  script('[MUST-24] turned on and off per connection', (make) => {
    const world = make().established()
    world.socket.setOption(4, 10)
    world.socket.keepAlive = true
    world.run(9000)
    world.socket.keepAlive = false
    world.run(100_000).expectNothing()
  })

  script('[MUST-26] only when nothing came for the whole interval, and nothing is outstanding', (make) => {
    const world = make().established()
    world.socket.setOption(4, 10)
    world.socket.setOption(5, 100)
    world.socket.keepAlive = true
    world.run(9000)
    world.inject({ flags: 'PA', data: 'x' })
    world.take()
    world.run(9000).expectNothing()
    world.send('outstanding')
    world.take()
    world.run(15_000)
    // Retransmissions only.
    expect(world.take().every((seen) => seen.len > 0)).toBe(true)
    expect(world.mib('TcpExtTCPKeepAlive')).toBe(0)
  })

  script('a keep-alive of the peer is answered', (make) => {
    const world = make().established()
    world.inject({ seq: 0 })
    world.expect({ flags: 'A', seq: 1, ack: 1 })
    world.inject({ seq: 0, data: 1 })
    world.expect({ flags: 'A', seq: 1, ack: 1 })
    expect(world.socket.inq).toBe(0)
  })
})
