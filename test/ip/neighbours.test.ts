import { describe, expect, it } from 'vitest'
import { ANY4, MAC_BROADCAST, MAC_NONE, MacAddress } from '../../src/wire/address.ts'
import { ArpOperation } from '../../src/wire/arp.ts'
import { EEXIST, EINVAL, ENOBUFS, ENOENT } from '../../src/wire/errno.ts'
import { EtherType, Form } from '../../src/wire/packet.ts'
import { at, type IpHost, MODES, type Seen, two } from '../support/ip.ts'
import type { Fields } from '../support/packets.ts'
import { makePacket } from '../support/packets.ts'

const STRANGER = new MacAddress(0x0200, 0x99)

const requests = (heard: readonly Seen[], target: string): Seen[] =>
  heard.filter((one) => one.arp && one.icmpType === ArpOperation.REQUEST && one.dst === target)

/** Put an ARP packet on a's cable. */
const arp = (
  host: IpHost,
  operation: number,
  sender: string,
  target: string,
  mac = STRANGER,
  to = MAC_BROADCAST,
): void => {
  const packet = makePacket(host.net.memory, {
    etherType: EtherType.ARP,
    form: Form.FULL,
    icmpType: operation,
    src: at(sender),
    dst: at(target),
    srcMac: mac,
    dstMac: to,
  } as Fields)
  packet.arpSource = mac
  packet.arpTarget = MAC_NONE
  host.eth.send(packet)
}

describe.each(MODES)('neighbours by ARP, %s', (mode) => {
  it('[1122-2.3.2.1-c, 1122-2.4-b, 826-generation] asks three times, a second apart, then fails; no error before', () => {
    const { net, a, b } = two(mode)
    a.send('10.0.0.9')
    net.pass(0.5)
    a.send('10.0.0.9')
    net.pass(2)
    expect(a.neighbour('10.0.0.9')).toBe('INCOMPLETE')
    expect(a.udp.errors).toHaveLength(0)
    net.pass(1)
    expect(requests(b.heard, '10.0.0.9').map((one) => one.time / 1e9)).toEqual([0, 1, 2])
    expect(a.neighbour('10.0.0.9')).toBe('FAILED')
    expect(a.udp.errors).toHaveLength(2)
    expect(a.count('NeighbourFailed')).toBe(3)
    net.pass(60)
    expect(requests(b.heard, '10.0.0.9')).toHaveLength(3)
    a.send('10.0.0.9')
    net.run()
    expect(a.neighbour('10.0.0.9')).toBe('INCOMPLETE')
  })

  it('[1122-2.3.2.2] packets wait for the answer, the oldest makes way, the rest leave in order', () => {
    const { net, a, b } = two(mode)
    a.sysctl('net.ipv4.neigh.default.unres_qlen', 3)
    for (let i = 0; i < 5; i++) a.send('10.0.0.2', { srcPort: i })
    net.run()
    expect(b.udp.packets.map((one) => one.srcPort)).toEqual([2, 3, 4])
    expect(a.count('NeighbourQueueFull')).toBe(2)
  })

  it('unres_qlen_bytes bounds what waits', () => {
    const { net, a } = two(mode)
    a.sysctl('net.ipv4.neigh.default.unres_qlen_bytes', 4000)
    for (let i = 0; i < 5; i++) a.send('10.0.0.9', { payload: 1000 })
    net.run()
    expect(a.count('NeighbourQueueFull')).toBe(3)
  })

  it('[1122-2.3.2.1-a, 1122-2.3.2.1-b] REACHABLE grows STALE, is used, is probed by unicast, and fails when nobody answers', () => {
    const { net, a, b } = two(mode)
    a.send('10.0.0.2')
    net.run()
    expect(a.neighbour('10.0.0.2')).toBe('REACHABLE')
    net.pass(46)
    expect(a.neighbour('10.0.0.2')).toBe('STALE')
    expect(net.clock.nextDeadline).toBe(Infinity)
    const before = b.heard.length
    a.send('10.0.0.2')
    net.run()
    expect(a.neighbour('10.0.0.2')).toBe('DELAY')
    expect(b.heard).toHaveLength(before + 1)
    net.pass(5.1)
    const [probe] = requests(b.heard.slice(before), '10.0.0.2')
    expect(probe).toMatchObject({ dstMac: String(b.eth.mac), src: '10.0.0.1' })
    expect(a.neighbour('10.0.0.2')).toBe('REACHABLE')
    net.pass(46)
    b.eth.up = false
    a.send('10.0.0.2')
    net.pass(9)
    expect(a.neighbour('10.0.0.2')).toBe('FAILED')
  })

  it('base_reachable_time is a sysctl, and the time is drawn from half to one and a half of it', () => {
    const { net, a } = two(mode)
    a.sysctl('net.ipv4.neigh.default.base_reachable_time_ms', 1000)
    a.send('10.0.0.2')
    net.run()
    const time = a.ip.neighbours4.reachableTime / 1e9
    expect(time).toBeGreaterThanOrEqual(0.5)
    expect(time).toBeLessThan(1.5)
    net.pass(time - 0.001)
    expect(a.neighbour('10.0.0.2')).toBe('REACHABLE')
    net.pass(0.002)
    expect(a.neighbour('10.0.0.2')).toBe('STALE')
  })

  it('[1122-3.3.1.4-b] progress above saves the question; doubt hastens it', () => {
    const { net, a, b } = two(mode)
    const path = a.path('10.0.0.2')
    const send = (): void => {
      a.ip.send(makePacket(net.memory, { src: path.local, dst: path.remote, protocol: 17, ttl: 9, payload: 'x' }), path)
    }
    send()
    net.run()
    net.pass(46)
    send()
    a.ip.confirm(path)
    net.pass(6)
    expect(a.neighbour('10.0.0.2')).toBe('REACHABLE')
    expect(requests(b.heard, '10.0.0.2')).toHaveLength(1)
    a.ip.doubt(path)
    expect(a.neighbour('10.0.0.2')).toBe('STALE')
    send()
    net.pass(6)
    expect(requests(b.heard, '10.0.0.2')).toHaveLength(2)
    net.pass(3600)
    expect(requests(b.heard, '10.0.0.2')).toHaveLength(2)
  })

  it('[826-reception-b, 826-reception-c] learns from who asks for it, updates whom it knows, and nobody else', () => {
    const { net, a, b } = two(mode)
    arp(a, ArpOperation.REQUEST, '10.0.0.50', '10.0.0.2')
    arp(a, ArpOperation.REQUEST, '10.0.0.51', '10.0.0.77')
    arp(a, ArpOperation.REPLY, '10.0.0.52', '10.0.0.77')
    net.run()
    expect(b.neighbour('10.0.0.50')).toBe('STALE')
    expect(b.neighbour('10.0.0.51')).toBeUndefined()
    expect(b.neighbour('10.0.0.52')).toBeUndefined()
    net.pass(2)
    const moved = new MacAddress(0x0200, 0x77)
    arp(a, ArpOperation.REQUEST, '10.0.0.50', '10.0.0.77', moved)
    net.run()
    expect(String(b.ip.neighbours().find((one) => one.address.equals(at('10.0.0.50')))?.mac)).toBe(String(moved))
  })

  it('[826-reception-d, 826-reception-e, 5227-2.6] answers by unicast for its own addresses on any interface, for no other', () => {
    const { net, a, b } = two(mode)
    b.interface(['192.168.7.1/24'])
    for (const target of ['10.0.0.2', '192.168.7.1', '10.0.0.77', '127.0.0.1', '224.0.0.1'])
      arp(a, ArpOperation.REQUEST, '10.0.0.1', target, a.eth.mac)
    net.run()
    const replies = a.heard.filter((one) => one.arp)
    expect(replies.map((one) => one.src)).toEqual(['10.0.0.2', '192.168.7.1'])
    for (const reply of replies)
      expect(reply).toMatchObject({ dstMac: String(a.eth.mac), dst: '10.0.0.1', icmpType: 2 })
    b.sysctl('net.ipv4.conf.all.arp_ignore', 1)
    arp(a, ArpOperation.REQUEST, '10.0.0.1', '192.168.7.1', a.eth.mac)
    net.run()
    expect(a.heard.filter((one) => one.arp)).toHaveLength(2)
  })

  it('[5227-2.5] answers probes, and learns nothing from them', () => {
    const { net, a, b } = two(mode)
    arp(a, ArpOperation.REQUEST, '0.0.0.0', '10.0.0.2', a.eth.mac)
    net.run()
    expect(a.heard[0]).toMatchObject({ icmpType: 2, src: '10.0.0.2', dst: String(ANY4) })
    expect(b.ip.neighbours()).toHaveLength(0)
  })

  it('a gratuitous ARP moves a known neighbour at once; a second answer within locktime does not', () => {
    const { net, a, b } = two(mode)
    b.send('10.0.0.1')
    net.run()
    const mac = (): string => String(b.ip.neighbours()[0]?.mac)
    arp(a, ArpOperation.REPLY, '10.0.0.1', '10.0.0.2', STRANGER, b.eth.mac)
    net.run()
    expect(mac()).toBe(String(a.eth.mac))
    arp(a, ArpOperation.REQUEST, '10.0.0.1', '10.0.0.1')
    net.run()
    expect(mac()).toBe(String(STRANGER))
    expect(b.neighbour('10.0.0.1')).toBe('STALE')
  })

  it('arp_notify: a new address is announced', () => {
    const { net, a, b } = two(mode)
    a.sysctl('net.ipv4.conf.all.arp_notify', 1)
    a.address('10.0.0.66/24')
    net.run()
    expect(b.heard).toHaveLength(1)
    expect(b.heard[0]).toMatchObject({ arp: true, src: '10.0.0.66', dst: '10.0.0.66', dstMac: 'ff:ff:ff:ff:ff:ff' })
  })

  it('[1122-3.2.1.3-b] asks from the waiting packet’s source, or from the subnet’s under arp_announce', () => {
    const { net, a, b } = two(mode)
    a.address('10.0.0.7/24')
    a.send('10.0.0.40', {}, { local: at('10.0.0.7') })
    net.run()
    expect(requests(b.heard, '10.0.0.40')[0]?.src).toBe('10.0.0.7')
    a.sysctl('net.ipv4.conf.all.arp_announce', 2)
    a.send('10.0.0.41', {}, { local: at('10.0.0.7') })
    net.run()
    expect(requests(b.heard, '10.0.0.41')[0]?.src).toBe('10.0.0.1')
  })

  it('ip neigh: add, replace, change, delete', () => {
    const { net, a, b } = two(mode)
    const table = a.ip.neighbours4
    const set = (mac: MacAddress | null, mode2: 'add' | 'replace' | 'change'): number =>
      table.set(at('10.0.0.2'), a.eth, mac, 'PERMANENT', mode2)
    expect(set(b.eth.mac, 'change')).toBe(-ENOENT)
    expect(set(null, 'add')).toBe(-EINVAL)
    expect(set(b.eth.mac, 'add')).toBe(0)
    expect(set(b.eth.mac, 'add')).toBe(-EEXIST)
    a.send('10.0.0.2')
    net.pass(100)
    expect(b.udp.packets).toHaveLength(1)
    expect(b.heard.filter((one) => one.arp)).toHaveLength(0)
    expect(a.neighbour('10.0.0.2')).toBe('PERMANENT')
    arp(b, ArpOperation.REPLY, '10.0.0.2', '10.0.0.1', STRANGER, a.eth.mac)
    net.run()
    expect(String(a.ip.neighbours()[0]?.mac)).toBe(String(b.eth.mac))
    expect(table.delete(at('10.0.0.2'), a.eth)).toBe(0)
    expect(table.delete(at('10.0.0.2'), a.eth)).toBe(-ENOENT)
    a.send('10.0.0.2')
    net.run()
    expect(b.udp.packets).toHaveLength(2)
  })

  it('a path goes on when its neighbour was deleted meanwhile', () => {
    const { net, a, b } = two(mode)
    const path = a.path('10.0.0.2')
    const send = (): number =>
      a.ip.send(makePacket(net.memory, { src: path.local, dst: path.remote, protocol: 17, ttl: 9, payload: 'x' }), path)
    send()
    net.run()
    a.ip.neighbours4.flush(null)
    expect(a.ip.neighbours()).toHaveLength(0)
    send()
    net.run()
    expect(b.udp.packets).toHaveLength(2)
    expect(a.neighbour('10.0.0.2')).toBe('REACHABLE')
  })

  it('the table is bounded by gc_thresh3; old entries make way, fresh ones do not', () => {
    const { net, a } = two(mode)
    a.sysctl('net.ipv4.neigh.default.gc_thresh3', 8)
    a.sysctl('net.ipv4.neigh.default.gc_thresh2', 4)
    for (let i = 10; i < 18; i++) expect(a.send(`10.0.0.${i}`)).toBe(0)
    expect(a.send('10.0.0.18')).toBe(-ENOBUFS)
    expect(a.ip.neighbours4.size).toBe(8)
    expect(a.count('NeighbourTableFull')).toBe(1)
    net.pass(4)
    expect(a.send('10.0.0.19')).toBe(0)
    expect(a.ip.neighbours4.size).toBeLessThanOrEqual(8)
    net.run()
  })

  it('shows ages and probes', () => {
    const { net, a } = two(mode)
    a.send('10.0.0.2')
    net.pass(3)
    const [info] = a.ip.neighbours()
    expect(info).toMatchObject({ state: 'REACHABLE', confirmed: 3, updated: 3, used: 3 })
  })

  it('every neighbour of an interface that lost its cable is forgotten', () => {
    const { net, a } = two(mode)
    a.send('10.0.0.2')
    net.run()
    a.eth.attach(null)
    a.ip.interfaceChanged(a.eth)
    expect(a.ip.neighbours()).toHaveLength(0)
  })

  it('[1122-2.3.3-a] frames carry both link addresses', () => {
    const { net, a, b } = two(mode)
    a.send('10.0.0.2')
    net.run()
    expect(b.heard.at(-1)).toMatchObject({ srcMac: String(a.eth.mac), dstMac: String(b.eth.mac) })
  })
})
