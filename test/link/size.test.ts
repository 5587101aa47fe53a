import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fits, frameCount, LARGE_SEGMENT, linkSize } from '../../src/link/size.ts'
import { Address } from '../../src/wire/address.ts'
import { frameLength, toFrame } from '../../src/wire/ethernet.ts'
import { Memory } from '../../src/wire/memory.ts'
import { EtherType, type Packet, Protocol, TcpOption } from '../../src/wire/packet.ts'
import { makePacket, rawFrame, tcpPacket, udpPacket } from '../support/packets.ts'

const memory = new Memory()
const V6 = { etherType: EtherType.IPV6, src: Address.v6(1, 2, 3, 4), dst: Address.v6(5, 6, 7, 8) }

test('a large segment counts as the full-sized frames that it stands for, as a record and as bytes', () => {
  const shape = fc.record({
    payload: fc.integer({ min: 1, max: LARGE_SEGMENT - 1000 }),
    mtu: fc.integer({ min: 576, max: 9000 }),
    six: fc.boolean(),
    timestamps: fc.boolean(),
  })
  fc.assert(
    fc.property(shape, ({ payload, mtu, six, timestamps }) => {
      const make = (length: number): Packet =>
        tcpPacket(memory, { ...(six ? V6 : {}), optionBits: timestamps ? TcpOption.TIMESTAMPS : 0, payload: length })
      const headers = (six ? 40 : 20) + 20 + (timestamps ? 12 : 0)
      let [size, count] = [0, 0]
      for (let sent = 0; sent < payload; sent += mtu - headers, count++)
        size += frameLength(make(Math.min(mtu - headers, payload - sent)))
      const packet = make(payload)
      expect([linkSize(packet, mtu), frameCount(packet, mtu)]).toEqual([size, count])
      toFrame(packet)
      expect([linkSize(packet, mtu), frameCount(packet, mtu)]).toEqual([size, count])
      packet.free()
    }),
  )
})

test('what fits a link: to the octet, except TCP segments where there is offload', () => {
  for (const length of [1471, 1472, 1473])
    for (const raw of [false, true]) {
      const packet = udpPacket(memory, { payload: length })
      if (raw) toFrame(packet)
      expect(fits(packet, 1500, 0)).toBe(length <= 1472)
      expect(fits(packet, 1500, LARGE_SEGMENT)).toBe(length <= 1472)
    }
  for (const raw of [false, true]) {
    const packet = tcpPacket(memory, { ...(raw ? V6 : {}), payload: 30_000 })
    if (raw) toFrame(packet)
    expect(fits(packet, 1500, 0)).toBe(false)
    expect(fits(packet, 1500, LARGE_SEGMENT)).toBe(true)
  }
  const fragment = makePacket(memory, {
    form: 1,
    etherType: EtherType.IPV4,
    protocol: Protocol.TCP,
    fragment: 0x2000,
    payload: 1600,
  })
  expect(fits(fragment, 1500, LARGE_SEGMENT)).toBe(false)
  expect(fits(rawFrame(memory, new Uint8Array(70_000)), 1500, LARGE_SEGMENT)).toBe(false)
})
