import { describe, expect } from 'vitest'
import { script } from '../support/tcp.ts'

describe('SACK blocks that the receiver sends', () => {
  script('[2018-4-a, 7323-3.2-f] none unless the SYN permitted it', (make) => {
    const world = make().established()
    world.inject({ flags: 'PA', seq: 101, data: 100 })
    expect(world.expect({ flags: 'A', ack: 1 }).sack).toEqual([])
  })

  script('[2018-4-b, 2018-4-c, 2018-4-d] a duplicate ACK with SACK for every segment out of order', (make) => {
    const world = make().established({ sack: true })
    world.inject({ flags: 'PA', seq: 101, data: 100 })
    expect(world.expect({ flags: 'A', ack: 1 }).sack).toEqual([[101, 201]])
    world.inject({ flags: 'PA', seq: 201, data: 100 })
    expect(world.expect({ flags: 'A', ack: 1 }).sack).toEqual([[101, 301]])
    // Data of ours carries it too.
    world.send('x')
    expect(world.expect({ flags: 'PA' }).sack).toEqual([[101, 301]])
    world.inject({ flags: 'PA', seq: 1, data: 100 })
    expect(world.expect({ flags: 'A', ack: 301 }).sack).toEqual([])
  })

  script(
    '[2018-4-e, 2018-4-f, 2018-4-g, 2018-3] the newest block first, then the most recent others, at most four',
    (make) => {
      const world = make().established({ sack: true })
      for (const seq of [101, 301, 501, 701]) world.inject({ flags: 'PA', seq, data: 100 })
      world.take()
      world.inject({ flags: 'PA', seq: 901, data: 100 })
      expect(world.expect().sack).toEqual([
        [901, 1001],
        [701, 801],
        [501, 601],
        [301, 401],
      ])
      world.inject({ flags: 'PA', seq: 351, data: 100 })
      const blocks = world.expect().sack
      // What came twice is told first, within its run.
      expect(blocks[0]).toEqual([351, 401])
      expect(blocks[1]).toEqual([301, 451])
    },
  )

  script('[2018-3] three blocks beside timestamps', (make) => {
    const world = make().established({ sack: true, ts: true })
    for (const seq of [101, 301, 501, 701, 901]) world.inject({ flags: 'PA', seq, data: 100 })
    expect(world.take().at(-1)?.sack).toEqual([
      [901, 1001],
      [701, 801],
      [501, 601],
    ])
  })

  script('[2018-8-b] blocks that RCV.NXT has passed are not reported', (make) => {
    const world = make().established({ sack: true })
    world.inject({ flags: 'PA', seq: 101, data: 100 })
    world.inject({ flags: 'PA', seq: 301, data: 100 })
    world.take()
    world.inject({ flags: 'PA', seq: 1, data: 100 })
    expect(world.expect({ ack: 201 }).sack).toEqual([[301, 401]])
  })

  script('[2883-4, 2883-4.1, 2883-4.2] a duplicate is reported once, exactly, first', (make) => {
    const world = make().established({ sack: true })
    world.inject({ flags: 'PA', seq: 1, data: 200 })
    world.take()
    world.inject({ flags: 'PA', seq: 1, data: 100 })
    expect(world.expect({ ack: 201 }).sack).toEqual([[1, 101]])
    world.inject({ flags: 'PA', seq: 101, data: 200 })
    expect(world.expect({ ack: 301 }).sack).toEqual([[101, 201]])
    world.inject({ flags: 'PA', seq: 401, data: 100 })
    world.take()
    world.inject({ flags: 'PA', seq: 401, data: 100 })
    expect(world.expect({ ack: 301 }).sack).toEqual([
      [401, 501],
      [401, 501],
    ])
    world.inject({ flags: 'PA', seq: 601, data: 1 })
    expect(world.expect({ ack: 301 }).sack).toEqual([
      [601, 602],
      [401, 501],
    ])
  })

  script('no D-SACK with net.ipv4.tcp_dsack = 0, no SACK with tcp_sack = 0', (make) => {
    const plain = make({ sysctl: { dsack: 0 } }).established({ sack: true })
    plain.inject({ flags: 'PA', seq: 1, data: 100 })
    plain.take()
    plain.inject({ flags: 'PA', seq: 1, data: 100 })
    expect(plain.expect({ ack: 101 }).sack).toEqual([])
    const off = make({ sysctl: { sack: 0 } })
    off.listen()
    off.inject({ flags: 'S', seq: 0, mss: 1460, sackOk: true })
    off.expect({ flags: 'SA', sackOk: false })
  })

  script('[9293-3.7.1-a] SACK blocks make segments smaller', (make) => {
    const world = make().established({ sack: true })
    world.inject({ flags: 'PA', seq: 101, data: 100 })
    world.take()
    world.send(3000)
    expect(world.take().map((seen) => seen.len)).toEqual([1448, 1448, 104])
  })
})
