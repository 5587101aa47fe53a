import { describe, expect, test } from 'vitest'
import { Cable, Gate, Impairment } from '../../src/link/index.ts'
import { type FaultHost, Faults } from '../../src/network/faults.ts'
import { Address, MAC_BROADCAST, MacAddress } from '../../src/wire/address.ts'
import { EtherType, type Packet } from '../../src/wire/packet.ts'
import { type Fields, makePacket, Sink, udpPacket } from '../support/packets.ts'
import { makeContext, runNow, settle } from '../support/scheduler.ts'

/** Hosts a, b and c, each at the end of one link through which it gets everything. */
const setup = (mode: 'records' | 'bytes') => {
  const { clock, telemetry, memory, random } = makeContext('net')
  const faults = new Faults()
  const names = ['a', 'b', 'c'] as const
  type Name = (typeof names)[number]
  const ip = (name: Name): Address => Address.v4(0x0a000001 + names.indexOf(name))
  const ip6 = (name: Name): Address => Address.v6(0xfd000000 | 0, 0, 0, 1 + names.indexOf(name))
  const mac = (name: Name): MacAddress => new MacAddress(0x0200, 1 + names.indexOf(name))
  const towards = new Map<Name, { link: Impairment; sink: Sink; gate: Gate }>()
  for (const name of names) {
    const host: FaultHost = {
      name,
      hasAddress: (address) => address.equals(ip(name)) || address.equals(ip6(name)),
      hasMac: (address) => address.equals(mac(name)),
    }
    const cable = new Cable(clock, { telemetry, mode })
    const gate = new Gate(cable.a, { telemetry })
    // As behind a switch: what comes to the gate is bytes already in a network of bytes.
    const before = new Cable(clock, { telemetry, mode })
    before.b.sink = { receive: (frame) => gate.send(frame) }
    const sink = new Sink(clock)
    cable.b.sink = sink
    faults.addHost(host)
    faults.addGate(name, gate)
    towards.set(name, { link: new Impairment(before.a, { clock, telemetry, random }), sink, gate })
  }
  let mark = 0
  const give = (to: Name, packet: Packet): void => {
    towards.get(to)?.link.send(packet)
    runNow(clock)
  }
  /** Send a numbered datagram; gives the number. */
  const send = (from: Name, to: Name, fields: Fields = {}): number => {
    const payload = Uint8Array.of(++mark)
    give(to, udpPacket(memory, { src: ip(from), dst: ip(to), srcMac: mac(from), dstMac: mac(to), payload, ...fields }))
    return mark
  }
  const sinkOf = (name: Name): Sink => towards.get(name)?.sink as Sink
  const got = (name: Name): number[] => sinkOf(name).marks
  const link = (name: Name): Impairment => towards.get(name)?.link as Impairment
  return { faults, clock, memory, ip, ip6, mac, give, send, got, sinkOf, link }
}

describe.each(['records', 'bytes'] as const)('faults in a network of %s', (mode) => {
  test('a partition cuts two hosts both ways, and nobody else; healing ends it', () => {
    const { faults, send, got } = setup(mode)
    faults.partition('a', 'b')
    send('a', 'b')
    send('b', 'a')
    const [third, fourth] = [send('a', 'c'), send('c', 'b')]
    expect([got('a'), got('b'), got('c')]).toEqual([[], [fourth], [third]])
    faults.heal('a', 'b')
    const fifth = send('a', 'b')
    expect(got('b')).toEqual([fourth, fifth])
    expect(faults.active).toEqual([])
  })

  test('one way: answers still come', () => {
    const { faults, send, got } = setup(mode)
    faults.partition('a', 'b', { oneWay: true })
    send('a', 'b')
    const back = send('b', 'a')
    expect([got('a'), got('b')]).toEqual([[back], []])
    expect(faults.active).toEqual([{ kind: 'partition', from: 'a', to: 'b' }])
  })

  test('groups: each of the first from each of the second', () => {
    const { faults, send, got } = setup(mode)
    faults.partition(['a', 'b'], ['c', 'a'])
    send('a', 'c')
    send('c', 'b')
    send('a', 'b')
    expect([got('b'), got('c')]).toEqual([[], []])
    faults.heal('a')
    const ab = send('a', 'b')
    const ac = send('a', 'c')
    send('b', 'c')
    expect([got('b'), got('c')]).toEqual([[ab], [ac]])
    faults.heal()
    expect(faults.active).toEqual([])
  })

  test('a hold keeps packets in order until released; a partition drops them', () => {
    const { faults, send, got, clock } = setup(mode)
    faults.hold('a', 'b')
    const [first, second] = [send('a', 'b'), send('a', 'b')]
    const other = send('c', 'b')
    expect(got('b')).toEqual([other])
    faults.release('a', 'b')
    runNow(clock)
    expect(got('b')).toEqual([other, first, second])
    faults.hold('a', 'b')
    send('a', 'b')
    faults.partition('a', 'b')
    faults.heal()
    faults.release()
    runNow(clock)
    expect(got('b')).toEqual([other, first, second])
  })

  test('what is on the way when the partition begins does not arrive', () => {
    const { faults, send, got, clock, link } = setup(mode)
    link('b').set({ latency: '20ms' })
    send('a', 'b')
    faults.partition('a', 'b')
    settle(clock)
    expect(got('b')).toEqual([])
  })

  test('broadcasts, ARP and IPv6 are cut as well; a packet without a source is told by its link address', () => {
    const { faults, send, sinkOf, give, memory, ip, ip6, mac } = setup(mode)
    faults.partition('a', 'b')
    const arp = (dst: Address): Packet =>
      makePacket(memory, {
        etherType: EtherType.ARP,
        srcMac: mac('a'),
        dstMac: MAC_BROADCAST,
        src: ip('a'),
        dst,
        icmpType: 1,
      })
    send('a', 'b', { dst: Address.v4(-1), dstMac: MAC_BROADCAST })
    send('a', 'b', { dst: Address.v4(-1), dstMac: MAC_BROADCAST, src: Address.v4(0) })
    send('a', 'b', { src: ip6('a'), dst: ip6('b'), etherType: EtherType.IPV6 })
    give('b', arp(ip('b')))
    give('b', arp(ip('c')))
    expect(sinkOf('b').frames).toEqual([])
    send('c', 'b', { dst: Address.v4(-1), dstMac: MAC_BROADCAST, src: Address.v4(0) })
    send('c', 'b', { src: ip6('c'), dst: ip6('b'), etherType: EtherType.IPV6 })
    expect(sinkOf('b').frames).toHaveLength(2)
  })

  test('a router between them still forwards for others', () => {
    const { faults, send, got, ip } = setup(mode)
    faults.partition('a', 'b')
    const through = send('a', 'b', { dst: ip('c') })
    const forwarded = send('a', 'b', { src: ip('c') })
    expect(got('b')).toEqual([through, forwarded])
  })

  test('a host that does not exist is named, and nothing changes', () => {
    const { faults } = setup(mode)
    expect(() => faults.partition(['a', 'zz'], 'b')).toThrow('no host "zz" (there are a, b, c)')
    expect(faults.active).toEqual([])
  })
})
