import { describe, expect, test } from 'vitest'
import { Cable, groupMac, Interface, LARGE_SEGMENT, Loopback, type PacketMode } from '../../src/link/index.ts'
import { Address, MAC_BROADCAST, MacAddress } from '../../src/wire/address.ts'
import { EtherType, Form, LinkCast, type Packet, Protocol } from '../../src/wire/packet.ts'
import { Reason } from '../../src/wire/reason.ts'
import { Mib } from '../../src/wire/telemetry.ts'
import { frameBytes, MAC_A, MAC_B, MAC_C, makePacket, rawFrame, tcpPacket, udpPacket } from '../support/packets.ts'
import { makeContext, runNow } from '../support/scheduler.ts'

/** Hosts A and B on one cable; what reaches B's IP layer is noted as bytes. */
const pair = (mode: PacketMode = 'records', { offload = true, mtu = 1500 } = {}) => {
  const a = makeContext('a')
  const b = makeContext('b', { clock: a.clock, memory: a.memory })
  const cable = new Cable(a.clock, { telemetry: a.telemetry, mode, offload, mtu })
  const left = new Interface(a, { name: 'eth0', index: 2, mac: MAC_A })
  const right = new Interface(b, { name: 'eth0', index: 2, mac: MAC_B })
  left.attach(cable.a)
  right.attach(cable.b)
  const got: { bytes: Uint8Array; cast: number; form: number; iface: object | null }[] = []
  right.upper = (packet: Packet) => {
    got.push({ bytes: frameBytes(packet), cast: packet.linkCast, form: packet.form, iface: packet.iface })
    packet.free()
  }
  const give = (packet: Packet): void => {
    left.send(packet)
    runNow(a.clock)
  }
  return { a, b, cable, left, right, got, give, memory: a.memory, clock: a.clock }
}

describe.each(['records', 'bytes'] as const)('interfaces on a cable of %s', (mode) => {
  test('[1122-2.3.3-a] an IPv4 packet arrives as it was sent, in Ethernet II framing', () => {
    const { memory, give, got, right } = pair(mode)
    const packet = udpPacket(memory, { payload: 'hello' })
    const sent = frameBytes(packet)
    expect([...sent.subarray(0, 14)]).toEqual([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0])
    give(packet)
    expect(got).toEqual([{ bytes: sent, cast: LinkCast.HOST, form: Form.FULL, iface: right }])
  })

  test('[1122-2.3.1, 1122-2.3.3-c] every frame is Ethernet II with the IP header in front: no trailers, no 802 SAP 6', () => {
    const { memory, give, got } = pair(mode)
    // Trailers were for payloads of whole 512-octet blocks.
    for (const length of [0, 484, 512, 1024, 1444]) give(udpPacket(memory, { payload: length }))
    expect(got.map(({ bytes }) => [...bytes.subarray(12, 15)])).toEqual(new Array(5).fill([8, 0, 0x45]))
  })

  test('nothing arrives before the queue has had its turn', () => {
    const { memory, left, got } = pair(mode)
    left.send(udpPacket(memory))
    expect(got).toEqual([])
  })

  test('[1122-2.4-a] IP is told whether a frame was a broadcast, a multicast, or for this host', () => {
    const { memory, give, got, right } = pair(mode)
    const group = groupMac(Address.v4(0xe0000001))
    right.joinLinkGroup(group)
    for (const dstMac of [MAC_BROADCAST, group, MAC_B, new MacAddress(MAC_B.high, MAC_B.low)])
      give(udpPacket(memory, { dstMac }))
    expect(got.map(({ cast }) => cast)).toEqual([LinkCast.BROADCAST, LinkCast.MULTICAST, LinkCast.HOST, LinkCast.HOST])
    expect(right.stats.rxMulticast).toBe(1)
  })

  test('frames for others and for groups that nobody joined are filtered, unless promiscuous', () => {
    const { memory, give, got, right, b } = pair(mode)
    const group = groupMac(Address.v4(0xe0000001))
    give(udpPacket(memory, { dstMac: MAC_C }))
    give(udpPacket(memory, { dstMac: group }))
    expect(got).toEqual([])
    expect(b.telemetry.counts[Reason.NotForUs]).toBe(2)
    expect(right.stats.rxPackets).toBe(0)
    right.promiscuous = true
    give(udpPacket(memory, { dstMac: MAC_C }))
    give(udpPacket(memory, { dstMac: group }))
    expect(got.map(({ cast }) => cast)).toEqual([LinkCast.OTHER_HOST, LinkCast.MULTICAST])
  })

  test('joins of a group are counted: the last leave closes the filter', () => {
    const { memory, give, got, right } = pair(mode)
    const group = groupMac(Address.v4(0xe0000001))
    right.joinLinkGroup(group)
    right.joinLinkGroup(group)
    right.leaveLinkGroup(group)
    give(udpPacket(memory, { dstMac: group }))
    right.leaveLinkGroup(group)
    right.leaveLinkGroup(group)
    give(udpPacket(memory, { dstMac: group }))
    expect(got).toHaveLength(1)
  })

  test('a large segment crosses an offloading cable in one piece, with the same bytes', () => {
    const { memory, give, got, left } = pair(mode)
    expect(left.largeSegment).toBe(LARGE_SEGMENT)
    const packet = tcpPacket(memory, { payload: LARGE_SEGMENT })
    const sent = frameBytes(packet)
    give(packet)
    expect(got).toHaveLength(1)
    expect(got[0]?.bytes).toEqual(sent)
  })

  test('other packets above the MTU are dropped, and large segments too where there is no offload', () => {
    const { memory, give, got, left, a } = pair(mode)
    give(udpPacket(memory, { payload: 1473 }))
    give(udpPacket(memory, { payload: 1472 }))
    expect(got).toHaveLength(1)
    expect(a.telemetry.counts[Reason.OversizedFrame]).toBe(1)
    expect(left.stats).toMatchObject({ txPackets: 1, txDropped: 1, txBytes: 1514 })
    const plain = pair(mode, { offload: false })
    expect(plain.left.largeSegment).toBe(0)
    plain.give(tcpPacket(plain.memory, { payload: 1461 }))
    plain.give(tcpPacket(plain.memory, { payload: 1460 }))
    expect(plain.got).toHaveLength(1)
  })

  test('a cable narrower than the interfaces swallows what does not fit: a black hole', () => {
    const { memory, give, got, a } = pair(mode, { mtu: 1400 })
    give(udpPacket(memory, { payload: 1400 }))
    give(udpPacket(memory, { payload: 1372 }))
    expect(got).toHaveLength(1)
    expect(a.telemetry.counts[Reason.OversizedFrame]).toBe(1)
  })

  test('down and unplugged interfaces drop with a reason, on both sides', () => {
    const { memory, give, got, left, right, a, b } = pair(mode)
    left.up = false
    give(udpPacket(memory))
    expect(a.telemetry.counts[Reason.LinkDown]).toBe(1)
    left.up = true
    right.up = false
    expect(right.running).toBe(false)
    give(udpPacket(memory))
    expect(b.telemetry.counts[Reason.LinkDown]).toBe(1)
    right.up = true
    right.attach(null)
    give(udpPacket(memory))
    expect(a.telemetry.counts[Reason.NoCarrier]).toBe(1)
    left.attach(null)
    expect(left.largeSegment).toBe(0)
    give(udpPacket(memory))
    expect(a.telemetry.counts[Reason.NoCarrier]).toBe(2)
    expect(got).toEqual([])
    expect(left.stats.txDropped).toBe(2)
  })

  test('a frame under way when the cable is unplugged does not arrive', () => {
    const { memory, left, right, got, clock, b } = pair(mode)
    left.send(udpPacket(memory))
    right.attach(null)
    runNow(clock)
    expect(got).toEqual([])
    expect(b.telemetry.counts[Reason.NoCarrier]).toBe(1)
  })

  test('counters of both ends', () => {
    const { memory, give, left, right } = pair(mode)
    give(udpPacket(memory, { payload: 10 }))
    expect(left.stats).toMatchObject({ txPackets: 1, txBytes: 52, rxPackets: 0 })
    expect(right.stats).toMatchObject({ rxPackets: 1, rxBytes: 52, txPackets: 0 })
  })

  test('every payload reference is given back', () => {
    const { memory, give, left } = pair(mode)
    const packet = udpPacket(memory, { payload: 5000 - 3600 })
    const { chunk } = packet
    give(packet)
    expect(chunk?.refs).toBe(0)
    left.up = false
    const refused = udpPacket(memory, { payload: 100 })
    const held = refused.chunk
    give(refused)
    expect(held?.refs).toBe(0)
  })
})

describe('raw frames', () => {
  test('[1122-2.3.3-b] an IEEE 802 frame with SNAP is received', () => {
    const { memory, give, got } = pair()
    const plain = frameBytes(udpPacket(memory, { payload: 'x' }))
    const snap = Uint8Array.of(...plain.subarray(0, 12), 0, 38, 0xaa, 0xaa, 3, 0, 0, 0, ...plain.subarray(12))
    give(rawFrame(memory, snap))
    expect(got.map(({ bytes }) => bytes)).toEqual([plain])
  })

  test.each([
    ['shorter than a header', (b: Uint8Array) => b.subarray(0, 13), Reason.FrameTooShort],
    ['with a bad IPv4 checksum', (b: Uint8Array) => b.fill(99, 24, 25), Reason.IpChecksum],
    ['cut short', (b: Uint8Array) => b.subarray(0, 36), Reason.IpTruncated],
    ['of an unknown type', (b: Uint8Array) => b.fill(0x99, 12, 14), Reason.UnknownEtherType],
  ])('a frame %s is counted with its reason', (_, damage, reason) => {
    const { memory, give, got, b } = pair()
    give(rawFrame(memory, damage(frameBytes(udpPacket(memory, { payload: 'hello' })))))
    expect(got).toEqual([])
    expect(b.telemetry.counts[reason]).toBe(1)
  })

  test('IP header errors appear in the MIB as Linux counts them', () => {
    const { memory, give, b } = pair()
    give(rawFrame(memory, frameBytes(udpPacket(memory)).fill(99, 24, 25)))
    const { mib } = b.telemetry
    expect([mib[Mib.IpInReceives], mib[Mib.IpInHdrErrors], mib[Mib.IpExtInCsumErrors]]).toEqual([1, 1, 1])
  })

  test('a packet with a bad transport checksum goes up undecoded: routers do not judge it', () => {
    const { memory, give, got } = pair()
    const bytes = frameBytes(udpPacket(memory, { payload: 'hello' }))
    bytes[44] = (bytes[44] as number) ^ 1
    give(rawFrame(memory, bytes))
    expect(got).toMatchObject([{ form: Form.NETWORK, bytes }])
  })

  test('a damaged frame for somebody else is not ours to judge', () => {
    const { memory, give, b } = pair()
    give(rawFrame(memory, frameBytes(udpPacket(memory, { dstMac: MAC_C })).fill(99, 24, 25)))
    expect(b.telemetry.counts[Reason.NotForUs]).toBe(1)
    expect(b.telemetry.counts[Reason.IpChecksum]).toBe(0)
  })
})

describe('group addresses', () => {
  test('[1112-6.4] an IPv4 group maps to 01-00-5E and its low 23 bits', () => {
    expect(String(groupMac(Address.v4(0xe0000001)))).toBe('01:00:5e:00:00:01')
    expect(String(groupMac(Address.v4(0xefffffff | 0)))).toBe('01:00:5e:7f:ff:ff')
    expect(String(groupMac(Address.v4(0xe0800001)))).toBe('01:00:5e:00:00:01')
  })

  test('an IPv6 group maps to 33-33 and its low 32 bits; the limited broadcast to the link’s', () => {
    expect(String(groupMac(Address.v6(0xff020000, 0, 1, 0xff123456)))).toBe('33:33:ff:12:34:56')
    expect(groupMac(Address.v4(-1))).toBe(MAC_BROADCAST)
  })
})

describe.each(['records', 'bytes'] as const)('loopback of %s', (mode) => {
  test('what is sent comes back as ours, up to Linux’s MTU', () => {
    const context = makeContext()
    const lo = new Interface(context, { name: 'lo', index: 1, kind: 'loopback' })
    lo.attach(new Loopback(context.clock, { telemetry: context.telemetry, mode }))
    expect([lo.mtu, lo.largeSegment, String(lo.mac)]).toEqual([65_536, 0, '00:00:00:00:00:00'])
    const casts: number[] = []
    lo.upper = (packet) => {
      casts.push(packet.linkCast)
      packet.free()
    }
    const mac = lo.mac
    lo.send(
      makePacket(context.memory, {
        etherType: EtherType.IPV4,
        srcMac: mac,
        dstMac: mac,
        protocol: Protocol.UDP,
        ttl: 64,
        payload: 65_507,
      }),
    )
    lo.send(udpPacket(context.memory, { srcMac: mac, dstMac: groupMac(Address.v4(0xe0000005)) }))
    expect(casts).toEqual([])
    runNow(context.clock)
    expect(casts).toEqual([LinkCast.HOST, LinkCast.MULTICAST])
    expect(lo.stats).toMatchObject({ txPackets: 2, rxPackets: 2 })
  })
})
