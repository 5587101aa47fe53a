import { describe, expect } from 'vitest'
import { Address } from '../../src/wire/address.ts'
import { LinkCast } from '../../src/wire/packet.ts'
import { script } from '../support/tcp.ts'

describe('CLOSED', () => {
  script(
    '[9293-3.5.2-a, 9293-3.5.2-b, 9293-3.10.7.1-a] a segment without ACK is answered with RST,ACK of all of it',
    (make) => {
      const world = make()
      world.inject({ flags: 'S', seq: 100, win: 1000, mss: 1460 })
      world.expect({ flags: 'RA', seq: 0 - (world.isn ?? 0), ack: 101 })
      world.inject({ flags: '', seq: 200, data: 'abc' })
      world.expect({ flags: 'RA', ack: 203 })
      world.inject({ flags: 'F', seq: 200, data: 'abc' })
      world.expect({ flags: 'RA', ack: 204 })
      world.expectNothing()
    },
  )

  script('[9293-3.5.2-b] a segment with ACK is answered with RST at that number, without ACK', (make) => {
    const world = make()
    world.inject({ flags: 'PA', seq: 5, ack: 777, data: 'abc' })
    expect(world.expect({ flags: 'R' }).rawSeq).toBe(777)
    expect(world.count('TcpResetNoSocket')).toBe(1)
    expect(world.mib('TcpOutRsts')).toBe(1)
  })

  script('[9293-3.5.2-e, 9293-3.10.7.1-a] RST is never answered', (make) => {
    const world = make()
    world.inject({ flags: 'R', seq: 1 })
    world.inject({ flags: 'RA', seq: 1, ack: 1 })
    world.expectNothing()
    expect(world.count('TcpRstToClosed')).toBe(2)
  })

  script('[MUST-57] a SYN to a broadcast or multicast address is dropped without a word', (make) => {
    const world = make()
    world.listen()
    world.inject({ flags: 'S', dst: Address.v4(0xe0000001), mss: 1460 })
    world.inject({ flags: 'S', dst: Address.v4(0x0a0000ff), mss: 1460 })
    world.inject({ flags: 'S', dst: Address.v4(-1), mss: 1460 })
    world.inject({ flags: 'S', linkCast: LinkCast.BROADCAST, mss: 1460 })
    world.inject({ flags: 'S', linkCast: LinkCast.MULTICAST, mss: 1460 })
    world.expectNothing()
    expect(world.count('TcpBadAddress')).toBe(5)
    expect(world.states()).toEqual([])
  })

  script('[MUST-63] a SYN from an invalid source address is ignored', (make) => {
    const world = make()
    world.listen()
    for (const src of [0, -1, 0xe0000005, 0xf0000001, 0x0a0000ff])
      world.inject({ flags: 'S', src: Address.v4(src), mss: 1460 })
    world.expectNothing()
    expect(world.count('TcpBadAddress')).toBe(5)
  })

  script('[7323-5.2-b] the RST that a timestamped segment causes echoes its TSval, with TSval 0', (make) => {
    const world = make()
    world.inject({ flags: 'A', seq: 1, ack: 1, ts: [4711, 1] })
    expect(world.expect({ flags: 'R' }).ts).toEqual([0, 4711])
  })
})
