import { describe, expect, it } from 'vitest'
import { EMSGSIZE } from '../../src/wire/errno.ts'
import { Fragment, Protocol, TcpFlag } from '../../src/wire/packet.ts'
import { at, MODES, routed, two } from '../support/ip.ts'
import { makePacket } from '../support/packets.ts'

describe.each(MODES)('routers, %s', (mode) => {
  it('[1122-3.1-b] no host forwards unless told to', () => {
    const { net, a, r, b } = routed(mode)
    r.sysctl('net.ipv4.ip_forward', 0)
    a.send('10.0.2.1')
    net.run()
    expect(b.udp.packets).toHaveLength(0)
    expect(r.count('IpNotForUs')).toBe(1)
    expect(a.icmp).toHaveLength(0)
  })

  it('[791-3.1-d, 791-3.1-e, 1624-3] lowers the TTL, keeps everything else, with a right checksum', () => {
    const { net, a, b } = routed(mode)
    a.send('10.0.2.1', { ttl: 9, tos: 0x10, ipId: 4660 })
    net.run()
    expect(b.udp.packets[0]).toMatchObject({ ttl: 8, tos: 0x10, ipId: 4660, src: '10.0.1.1', dst: '10.0.2.1' })
  })

  it('[792-p6, 791-3.1-d] Time Exceeded when none is left', () => {
    const { net, a, r, b } = routed(mode)
    a.send('10.0.2.1', { ttl: 1 })
    net.run()
    expect(b.udp.packets).toHaveLength(0)
    expect(a.icmp[0]).toMatchObject({ icmpType: 11, icmpCode: 0, src: '10.0.1.254' })
    expect(a.udp.errors).toMatchObject([{ errno: 113, hard: false, remote: '10.0.2.1' }])
    expect(r.count('IpTtlExceeded')).toBe(1)
    expect(r.mib('IpInHdrErrors')).toBe(1)
  })

  it('[792-p4] no route, unreachable, prohibited: Destination Unreachable codes 0, 1, 13; a blackhole says nothing', () => {
    const { net, a, r } = routed(mode)
    r.route('10.5.0.0/16', null, { type: 'unreachable' })
    r.route('10.6.0.0/16', null, { type: 'prohibit' })
    r.route('10.7.0.0/16', null, { type: 'blackhole' })
    for (const to of ['10.4.0.1', '10.5.0.1', '10.6.0.1', '10.7.0.1']) a.send(to)
    net.run()
    expect(a.icmp.map((one) => [one.icmpType, one.icmpCode])).toEqual([
      [3, 0],
      [3, 1],
      [3, 13],
    ])
    expect(r.count('IpNoRoute')).toBe(1)
    expect(r.count('IpProhibited')).toBe(3)
  })

  it('a host behind the router that does not answer ARP: Host Unreachable', () => {
    const { net, a } = routed(mode)
    a.send('10.0.2.9')
    net.pass(3.5)
    expect(a.icmp[0]).toMatchObject({ icmpType: 3, icmpCode: 1, src: '10.0.1.254' })
  })

  it('[919-7] broadcasts stay on their link', () => {
    const { net, a, r, b } = routed(mode)
    a.inject({ dstMac: r.eth.mac, src: at('10.0.1.1'), dst: at('255.255.255.255') })
    a.inject({ dstMac: r.eth.mac, src: at('10.0.1.1'), dst: at('10.0.2.255') })
    net.run()
    expect(b.heard.filter((one) => !one.arp)).toHaveLength(0)
  })

  it('[1122-3.2.1.3-e] loopback addresses are not forwarded', () => {
    const { net, a, r, b } = routed(mode)
    a.inject({ dstMac: r.eth.mac, src: at('127.0.0.1'), dst: at('10.0.2.1') })
    a.inject({ dstMac: r.eth.mac, src: at('10.0.1.1'), dst: at('127.0.0.1') })
    net.run()
    expect(b.heard).toHaveLength(0)
    expect(r.count('IpMartianSource')).toBe(1)
    expect(r.count('IpMartianDestination')).toBe(1)
  })

  it('[791-3.2-b] cuts what is too large for the next link', () => {
    const { net, a, b } = routed(mode, { mtu: 600 })
    a.send('10.0.2.1', { payload: 1400 })
    net.run()
    const pieces = b.heard.filter((one) => one.protocol === Protocol.UDP)
    expect(pieces.map((one) => one.bytes.length)).toEqual([596, 596, 276])
    expect(b.udp.packets[0]?.payload).toHaveLength(1400)
  })

  it('fragments are cut again, and offsets go on', () => {
    const { net, a, b } = routed(mode, { mtu: 600 })
    a.send('10.0.2.1', { payload: 3000 })
    net.run()
    expect(b.udp.packets[0]?.payload).toHaveLength(3000)
    expect(b.udp.packets[0]?.payload[2999]).toBe(2999 & 255)
  })

  it('[792-p4, 6864-4.3-b] with DF it reports the MTU that would fit', () => {
    const { net, a, r, b } = routed(mode, { mtu: 600 })
    a.send('10.0.2.1', { payload: 1400, fragment: Fragment.DF })
    net.run()
    expect(b.udp.packets).toHaveLength(0)
    expect(a.icmp[0]).toMatchObject({ icmpType: 3, icmpCode: 4, icmpRest: 600 })
    expect(r.count('IpFragmentationNeeded')).toBe(1)
    expect(r.mib('IpFragFails')).toBe(1)
  })

  it('a large segment goes on whole over an offloading link and in pieces over one without', () => {
    for (const offload of [true, false]) {
      const { net, a, b } = routed(mode, { offload })
      a.send('10.0.2.1', {
        protocol: Protocol.TCP,
        seq: 1000,
        flags: TcpFlag.ACK | TcpFlag.PSH | TcpFlag.FIN,
        fragment: Fragment.DF,
        payload: 4000,
      })
      net.run()
      const sizes = b.tcp.packets.map((one) => [one.seq, one.payload.length, one.flags])
      if (offload) expect(sizes).toEqual([[1000, 4000, 25]])
      else
        expect(sizes).toEqual([
          [1000, 1460, 16],
          [2460, 1460, 16],
          [3920, 1080, 25],
        ])
    }
  })

  it('Record Route is filled in on the way', () => {
    const { net, a, b } = routed(mode)
    a.send('10.0.2.1', { ipOptions: Uint8Array.of(7, 7, 4, 0, 0, 0, 0, 0) })
    net.run()
    expect(b.udp.packets[0]?.options).toEqual([7, 7, 8, 10, 0, 2, 254, 0])
  })

  it('forward hooks see both interfaces', () => {
    const { net, a, r, b } = routed(mode)
    const seen: string[] = []
    const undo = r.ip.addHook('forward', 0, (packet, point, out) => {
      seen.push(`${point} ${(packet.iface as { name: string }).name} ${out?.name}`)
      packet.free()
      return null
    })
    a.send('10.0.2.1')
    net.run()
    expect(seen).toEqual(['forward eth0 eth1'])
    expect(b.udp.packets).toHaveLength(0)
    undo()
    a.send('10.0.2.1')
    net.run()
    expect(b.udp.packets).toHaveLength(1)
  })

  it('[8200-3-b, 4443-3.2-a, 4443-3.3-a, 4291-2.5.6, 4291-2.5.2] IPv6: hop limit, size and scope', () => {
    const { net, a, r, b } = routed(mode, { mtu: 1400 })
    a.address('2001:db8:1::1/64')
    r.address('2001:db8:1::254/64')
    r.address('2001:db8:2::254/64', r.ip.interfaces[2] as never)
    b.address('2001:db8:2::1/64')
    a.ip.neighbours6.set(at('2001:db8:1::254'), a.eth, r.eth.mac, 'PERMANENT')
    r.ip.neighbours6.set(at('2001:db8:1::1'), r.eth, a.eth.mac, 'PERMANENT')
    r.ip.neighbours6.set(at('2001:db8:2::1'), r.ip.interfaces[2] as never, b.eth.mac, 'PERMANENT')
    a.route('default', '2001:db8:1::254')
    a.send('2001:db8:2::1')
    net.run()
    expect(r.count('IpNotForUs')).toBe(1)
    r.sysctl('net.ipv6.conf.all.forwarding', 1)
    a.send('2001:db8:2::1', { ttl: 7 })
    a.send('2001:db8:2::1', { ttl: 1 })
    a.send('2001:db8:2::1', { payload: 1400 })
    a.inject({ dstMac: r.eth.mac, etherType: 0x86dd, src: at('fe80::1'), dst: at('2001:db8:2::1') })
    a.inject({ dstMac: r.eth.mac, etherType: 0x86dd, src: at('::'), dst: at('2001:db8:2::1') })
    net.run()
    expect(b.udp.packets.map((one) => one.ttl)).toEqual([6])
    expect(a.icmp.map((one) => [one.icmpType, one.icmpCode, one.icmpRest])).toEqual([
      [3, 0, 0],
      [2, 0, 1400],
    ])
    expect(r.count('IpNotForwardable')).toBe(2)
    expect(a.path('2001:db8:2::1').mtu).toBe(1400)
  })
})

describe.each(MODES)('path MTU, %s', (mode) => {
  it('[8504-5.7.1, 8200-5-b] follows what routers report, and forgets after ten minutes', () => {
    const { net, a } = routed(mode, { mtu: 1000 })
    const path = a.path('10.0.2.1')
    const large = (): number =>
      a.ip.send(
        makePacket(net.memory, {
          src: path.local,
          dst: path.remote,
          protocol: Protocol.UDP,
          ttl: 9,
          payload: 1400,
          fragment: Fragment.DF,
        }),
        path,
      )
    expect(path.mtu).toBe(1500)
    expect(path.largeSegment).toBeGreaterThan(0)
    expect(large()).toBe(0)
    net.run()
    expect(path.mtu).toBe(1000)
    expect(path.largeSegment).toBe(0)
    expect(a.count('PathMtuReduced')).toBe(1)
    expect(a.udp.errors).toMatchObject([{ errno: EMSGSIZE, mtu: 1000 }])
    expect(large()).toBe(-EMSGSIZE)
    expect(a.path('10.0.2.77').mtu).toBe(1500)
    net.pass(601)
    expect(path.mtu).toBe(1500)
    expect(path.largeSegment).toBeGreaterThan(0)
  })

  /** a hears from b that its datagram of `size` was too large for a link of `mtu`. */
  const told = (mtu: number, size = 1500): ReturnType<typeof two> => {
    const world = two(mode)
    tell(world, mtu, size)
    return world
  }

  const tell = ({ net, a, b }: ReturnType<typeof two>, mtu: number, size: number): void => {
    const header = [0x45, 0, size >>> 8, size & 255, 0, 0, 0x40, 0, 9, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
    b.inject({
      dstMac: a.eth.mac,
      src: at('10.0.0.2'),
      dst: at('10.0.0.1'),
      protocol: Protocol.ICMP,
      icmpType: 3,
      icmpCode: 4,
      icmpRest: mtu,
      payload: Uint8Array.of(...header, 3, 232, 7, 208, 0, 9, 0, 0),
    })
    net.run()
  }

  it('a router of old tells no MTU: the next plateau', () => {
    expect(told(0).a.path('10.0.0.2').mtu).toBe(1492)
    expect(told(0, 1006).a.path('10.0.0.2').mtu).toBe(552)
  })

  it('below min_pmtu the path is not followed: DF is given up instead', () => {
    const { net, a, b } = told(300)
    expect(a.path('10.0.0.2').mtu).toBe(552)
    a.send('10.0.0.2', { payload: 100, fragment: Fragment.DF })
    net.run()
    expect((b.udp.packets[0]?.fragment ?? 0) & Fragment.DF).toBe(0)
    expect(b.udp.packets[0]?.ipId).not.toBe(0)
  })

  it('never below what any link carries, never upwards', () => {
    expect(told(67).a.path('10.0.0.2').mtu).toBe(1500)
    const world = told(1000)
    tell(world, 1200, 1500)
    expect(world.a.path('10.0.0.2').mtu).toBe(1000)
  })

  it('a transport that does not know the datagram takes it back', () => {
    const world = two(mode)
    world.a.udp.believes = false
    tell(world, 1000, 1500)
    expect(world.a.path('10.0.0.2').mtu).toBe(1500)
    world.a.udp.believes = true
    tell(world, 1000, 1500)
    expect(world.a.path('10.0.0.2').mtu).toBe(1000)
  })

  it('[1122-3.3.3-b, 1122-3.3.3-c, 1122-3.3.2-c] the MTU is the interface’s or the route’s; 65,535 on the loopback', () => {
    const { a } = two(mode, 1300)
    expect(a.path('10.0.0.2').mtu).toBe(1300)
    expect(a.path('127.0.0.1').mtu).toBe(65_535)
    expect(a.path('::1').mtu).toBe(65_536)
    a.route('10.8.0.0/16', '10.0.0.2', { mtu: 900 })
    expect(a.path('10.8.0.1').mtu).toBe(900)
  })
})

describe.each(MODES)('groups and broadcasts, %s', (mode) => {
  it('[1122-3.3.7-a, 1112-7.1, 1112-6.4] join, hear, leave', () => {
    const { net, a, b } = two(mode)
    const group = at('239.1.2.3')
    const send = (): void => {
      a.send('239.1.2.3', { ttl: 1 }, { iface: a.eth })
      net.run()
    }
    send()
    expect(b.heard.filter((one) => !one.arp)).toHaveLength(0)
    expect(b.ip.joinGroup(group, b.eth)).toBe(0)
    expect(b.ip.joinGroup(group, b.eth)).toBe(0)
    send()
    expect(b.udp.packets[0]).toMatchObject({ dst: '239.1.2.3', dstMac: '01:00:5e:01:02:03', src: '10.0.0.1' })
    expect(b.ip.leaveGroup(group, b.eth)).toBe(0)
    send()
    expect(b.udp.packets).toHaveLength(2)
    expect(b.ip.leaveGroup(group, b.eth)).toBe(0)
    send()
    expect(b.udp.packets).toHaveLength(2)
    expect(b.ip.leaveGroup(group, b.eth)).toBeLessThan(0)
    expect(b.ip.joinGroup(at('10.0.0.9'), b.eth)).toBeLessThan(0)
  })

  it('a group that shares another one’s link address is not delivered', () => {
    const { net, a, b } = two(mode)
    b.ip.joinGroup(at('239.1.2.3'), b.eth)
    a.send('238.129.2.3', { ttl: 1 }, { iface: a.eth })
    net.run()
    expect(b.udp.packets).toHaveLength(0)
    expect(b.count('IpNotForUs')).toBe(1)
  })

  it('[1122-3.3.7-b] all-hosts is joined from the start', () => {
    const { net, a, b } = two(mode)
    expect(b.ip.memberships(b.eth).map((one) => String(one.group))).toEqual(['224.0.0.1', 'ff02::1'])
    a.send('224.0.0.1', { ttl: 1 }, { iface: a.eth })
    net.run()
    expect(b.udp.packets).toHaveLength(1)
  })

  it('[1112-6.1-b] members on the sending host hear it too, unless the loop is off', () => {
    const { net, a } = two(mode)
    a.ip.joinGroup(at('239.1.2.3'), a.eth)
    a.send('239.1.2.3', { ttl: 1 }, { iface: a.eth })
    a.send('239.1.2.3', { ttl: 1 }, { iface: a.eth, multicastLoop: false })
    net.run()
    expect(a.udp.packets).toHaveLength(1)
    expect(a.udp.packets[0]).toMatchObject({ src: '10.0.0.1', dst: '239.1.2.3' })
  })

  it('[1122-3.3.6-d, 1122-3.3.6-e] broadcasts go to everybody’s link address, and to this host', () => {
    const { net, a, b } = two(mode)
    a.send('10.0.0.255')
    a.send('255.255.255.255', {}, { iface: a.eth })
    net.run()
    expect(b.udp.packets.map((one) => one.dstMac)).toEqual(['ff:ff:ff:ff:ff:ff', 'ff:ff:ff:ff:ff:ff'])
    expect(a.udp.packets.map((one) => one.dst)).toEqual(['10.0.0.255', '255.255.255.255'])
    expect(a.path('10.0.0.255').isBroadcast).toBe(true)
    expect(a.path('10.0.0.5').isBroadcast).toBe(false)
  })

  it('[1122-3.3.6-d] nothing for one host leaves to a group’s link address', () => {
    const { net, a, b } = two(mode)
    a.send('10.0.0.2')
    net.run()
    expect(b.heard.filter((one) => !one.arp).every((one) => one.dstMac === String(b.eth.mac))).toBe(true)
  })

  it('no route to a group: ENETUNREACH, as on Linux', () => {
    const { a } = two(mode)
    expect(a.send('239.1.2.3')).toBe(-101)
    a.route('224.0.0.0/4', null, { iface: a.eth })
    expect(a.path('239.1.2.3').iface).toBe(a.eth)
  })
})

describe('what leaves, whatever the mode', () => {
  it('[1122-3.2.1.7-a, 1122-3.2.1.7-c, 1122-3.2.1.6-a] TTL zero becomes the default, which is a sysctl; TOS is the sender’s', () => {
    const { net, a, b } = two()
    a.send('10.0.0.2', { ttl: 0, tos: 0x20 })
    a.sysctl('net.ipv4.ip_default_ttl', 99)
    a.send('10.0.0.2', { ttl: 0 })
    a.send('10.0.0.2', { ttl: 5 })
    net.run()
    expect(b.udp.packets.map((one) => one.ttl)).toEqual([64, 99, 5])
    expect(b.udp.packets[0]?.tos).toBe(0x20)
  })

  it('[1122-3.2.1.8-a, 1122-3.2.1.8-b] options are the sender’s, and come up', () => {
    const { net, a, b } = two()
    a.send('10.0.0.2', { ipOptions: Uint8Array.of(148, 4, 0, 0) })
    net.run()
    expect(b.udp.packets[0]?.options).toEqual([148, 4, 0, 0])
  })

  it('an output hook that drops: EPERM', () => {
    const { net, a, b } = two()
    a.ip.addHook('output', 0, (packet) => {
      packet.free()
      return null
    })
    expect(a.send('10.0.0.2')).toBe(-1)
    net.run()
    expect(b.heard).toHaveLength(0)
  })

  it('sysctls refuse what Linux refuses and print what they are', () => {
    const { a } = two()
    const entry = (name: string) => a.ip.sysctls.find((one) => one.name === name)
    expect(entry('net.ipv4.ip_default_ttl')?.set('0')).toBe(-22)
    expect(entry('net.ipv4.ip_default_ttl')?.set('x')).toBe(-22)
    expect(entry('net.ipv4.ip_forward')?.get()).toBe('0')
    expect(entry('net.ipv4.ip_forward')?.set('1')).toBe(0)
    expect(entry('net.ipv4.conf.all.forwarding')?.get()).toBe('1')
    expect(new Set(a.ip.sysctls.map((one) => one.name)).size).toBe(a.ip.sysctls.length)
  })

  it('both packet modes put the same bytes on the wire at the same times', () => {
    const run = (mode: 'records' | 'bytes'): string => {
      const { net, a, b } = routed(mode, { mtu: 700 })
      a.send('10.0.2.1', { payload: 2000 })
      a.send('10.0.2.1', { payload: 1400, fragment: Fragment.DF })
      a.ping('10.0.2.1', 900)
      a.send('10.0.1.9')
      a.send('10.9.9.9')
      net.pass(10)
      const all = [...a.heard, ...b.heard].map((one) => `${one.time} ${one.dstMac} ${one.bytes.join(',')}`)
      return all.join('\n')
    }
    const records = run('records')
    expect(records.length).toBeGreaterThan(1000)
    expect(run('bytes')).toBe(records)
  })
})
