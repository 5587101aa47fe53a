import { describe, expect } from 'vitest'
import { Msg } from '../../src/tcp/index.ts'
import { script } from '../support/tcp.ts'

describe('Nagle and corking', () => {
  script(
    '[SHLD-7, 9293-3.7.4-a, 9293-A.3-a] a short segment waits while another short one is unacknowledged',
    (make) => {
      const world = make().established()
      world.send('a')
      world.expect({ flags: 'PA', data: 'a' })
      world.send('b')
      world.send('c')
      world.expectNothing()
      world.inject({ ack: 2 })
      world.expect({ flags: 'PA', data: 'bc' })
    },
  )

  script('[9293-A.3-a] behind full segments alone a short one goes at once (Minshall)', (make) => {
    const world = make().established()
    world.send(1460 + 10)
    expect(world.take().map((seen) => seen.len)).toEqual([1460, 10])
    world.send('x')
    world.expectNothing()
  })

  script('the rest behind full segments waits for what is written at once after it (tcp_autocorking)', (make) => {
    for (const [autocorking, lengths] of [
      [1, [1460, 1460]],
      [0, [1460, 10, 1450]],
    ] as const) {
      const world = make({ sysctl: { autocorking } }).established()
      world.socket.setOption(1, 1)
      world.socket.send(new Uint8Array(1470), 0, 1470, 0)
      world.socket.send(new Uint8Array(1450), 0, 1450, 0)
      expect(
        world
          .run()
          .take()
          .map((seen) => seen.len),
      ).toEqual(lengths)
    }
  })

  script('[SHLD-28, MAY-16] held bytes become a full segment and go', (make) => {
    const world = make().established()
    world.send('a')
    world.take()
    for (let i = 0; i < 20; i++) world.send(100)
    expect(world.take().map((seen) => seen.len)).toEqual([1460])
    world.inject({ ack: world.stackNxt })
    expect(world.take().map((seen) => seen.len)).toEqual([540])
  })

  script('[MUST-17, sock-tcpopt-1] TCP_NODELAY sends a short segment at once, and what was held', (make) => {
    const world = make().established()
    expect(world.socket.getOption(1)).toBe(0)
    world.send('a')
    world.take()
    world.send('b')
    world.expectNothing()
    world.socket.setOption(1, 1)
    world.run().expect({ flags: 'PA', data: 'b' })
    world.send('c')
    world.expect({ flags: 'PA', data: 'c' })
    world.socket.setOption(1, 0)
    world.send('d')
    world.expectNothing()
  })

  script('[sock-tcpopt-1, sock-tcpopt-2, MUST-60] TCP_CORK holds short segments, 200 ms at most', (make) => {
    const world = make().established()
    expect(world.socket.getOption(3)).toBe(0)
    world.socket.setOption(3, 1)
    world.send('abc')
    world.send(1460)
    expect(world.take().map((seen) => seen.len)).toEqual([1460])
    world.inject({ ack: 1461 })
    world.run(199).expectNothing()
    world.run(1).expect({ flags: 'PA', len: 3, time: 200 })
    world.send('def')
    world.expectNothing()
    world.socket.setOption(3, 0)
    world.run().expect({ flags: 'PA', data: 'def' })
  })

  script('[sock-send-17, MUST-60, MAY-15] MSG_MORE holds until a send without it, or 200 ms', (make) => {
    const world = make().established()
    world.send('head', Msg.MORE)
    world.expectNothing()
    world.send('body')
    world.expect({ flags: 'PA', data: 'headbody' })
    world.inject({ ack: world.stackNxt })
    world.send('tail', Msg.MORE)
    world.run(200).expect({ flags: 'PA', data: 'tail' })
  })

  script('[MUST-61, SHLD-27] PSH is on the last segment of what is buffered, and only there', (make) => {
    const world = make().established()
    world.send(3000)
    expect(world.take().map((seen) => seen.flags)).toEqual(['A', 'A', 'PA'])
  })

  script('close pushes what Nagle held', (make) => {
    const world = make().established()
    world.send('a')
    world.take()
    world.send('b')
    world.close()
    world.expect({ flags: 'FPA', data: 'b' })
  })
})
