import { describe, expect, it } from 'vitest'
import { MAC_BROADCAST, type MacAddress } from '../../src/wire/address.ts'
import { Form, Fragment, Protocol } from '../../src/wire/packet.ts'
import { at, type IpHost, MODES, two } from '../support/ip.ts'
import { frameBytes, makePacket } from '../support/packets.ts'

describe.each(MODES)('what IP takes in, %s', (mode) => {
  /** From a to b, link address included. */
  const between = (): { net: ReturnType<typeof two>['net']; a: IpHost; b: IpHost; to: { dstMac: MacAddress } } => {
    const { net, a, b } = two(mode)
    return { net, a, b, to: { dstMac: b.eth.mac } }
  }

  it('[1122-3.2.1.3-f] a datagram for somebody else is discarded silently', () => {
    const { net, a, b, to } = between()
    a.inject({ ...to, src: at('10.0.0.1'), dst: at('10.0.0.77') })
    a.inject({ ...to, src: at('10.0.0.1'), dst: at('192.0.2.1') })
    net.run()
    expect(b.count('IpNotForUs')).toBe(2)
    expect(b.mib('IpInAddrErrors')).toBe(2)
    expect(a.heard).toHaveLength(0)
  })

  it.each(['224.0.0.5', '255.255.255.255', '127.0.0.1', '0.0.0.0', '10.0.0.255', '10.0.0.2', '240.0.0.1'])(
    '[1122-3.2.1.3-g] a source that is no single host (%s) is discarded silently',
    (src) => {
      const { net, a, b, to } = between()
      a.inject({ ...to, src: at(src), dst: at('10.0.0.2') })
      net.run()
      expect(b.count('IpMartianSource')).toBe(1)
      expect(b.udp.packets).toHaveLength(0)
      expect(a.heard).toHaveLength(0)
    },
  )

  it('[1122-3.2.1.3-e] a loopback destination does not come from outside', () => {
    const { net, a, b, to } = between()
    a.inject({ ...to, src: at('10.0.0.1'), dst: at('127.0.0.1') })
    a.inject({ ...to, etherType: 0x86dd, src: at('2001:db8::1'), dst: at('::1') })
    net.run()
    expect(b.count('IpMartianDestination')).toBe(2)
    expect(b.udp.packets).toHaveLength(0)
  })

  it('[4291-2.5.3, 4291-2.7] IPv6 sources that cannot be are discarded', () => {
    const { net, a, b, to } = between()
    for (const src of ['::1', 'ff02::1']) a.inject({ ...to, etherType: 0x86dd, src: at(src), dst: at('2001:db8::2') })
    net.run()
    expect(b.count('IpMartianSource')).toBe(2)
  })

  it('[1122-3.2.1.7-b] a TTL of one is enough for the destination', () => {
    const { net, a, b, to } = between()
    a.inject({ ...to, src: at('10.0.0.1'), dst: at('10.0.0.2'), ttl: 1 })
    a.inject({ ...to, src: at('10.0.0.1'), dst: at('10.0.0.2'), ttl: 0 })
    net.run()
    expect(b.udp.packets.map((one) => one.ttl)).toEqual([1, 0])
  })

  it('[1122-3.3.6-a, 1122-3.3.4.2-a] limited and directed broadcasts are for this host', () => {
    const { net, a, b } = between()
    for (const dst of ['255.255.255.255', '10.0.0.255'])
      a.inject({ dstMac: MAC_BROADCAST, src: at('10.0.0.1'), dst: at(dst) })
    net.run()
    expect(b.udp.packets.map((one) => one.dst)).toEqual(['255.255.255.255', '10.0.0.255'])
    expect(b.mib('IpExtInBcastPkts')).toBe(2)
  })

  it('[1122-3.3.6-c, 1122-2.4-a] a datagram to one host in a link broadcast: taken as Linux does, discarded where that is asked for', () => {
    const { net, a, b } = between()
    const packet = { dstMac: MAC_BROADCAST, src: at('10.0.0.1'), dst: at('10.0.0.2') }
    a.inject(packet)
    net.run()
    expect(b.udp.packets).toHaveLength(1)
    b.sysctl('net.ipv4.conf.all.drop_unicast_in_l2_multicast', 1)
    a.inject(packet)
    net.run()
    expect(b.udp.packets).toHaveLength(1)
    expect(b.count('IpLinkBroadcast')).toBe(1)
  })

  it('rp_filter: the way back must be the way it came, or at least exist', () => {
    const { net, a, b, to } = between()
    const foreign = { ...to, src: at('192.0.2.1'), dst: at('10.0.0.2') }
    a.inject(foreign)
    net.run()
    expect(b.udp.packets).toHaveLength(1)
    b.sysctl('net.ipv4.conf.all.rp_filter', 1)
    a.inject(foreign)
    net.run()
    expect(b.count('IpReversePath')).toBe(1)
    b.route('default', '10.0.0.1')
    a.inject(foreign)
    net.run()
    expect(b.udp.packets).toHaveLength(2)
  })

  it('[1122-3.2.2.1-a] an unknown protocol: Protocol Unreachable, or Parameter Problem of IPv6', () => {
    const { net, a, b } = between()
    a.send('10.0.0.2', { protocol: 200, form: Form.NETWORK, payload: 'nobody' })
    b.ip.neighbours6.set(at('2001:db8::1'), b.eth, a.eth.mac, 'PERMANENT')
    a.ip.neighbours6.set(at('2001:db8::2'), a.eth, b.eth.mac, 'PERMANENT')
    a.send('2001:db8::2', { protocol: 200, form: Form.NETWORK, payload: 'nobody' })
    net.run()
    expect(b.count('IpUnknownProtocol')).toBe(2)
    expect(a.icmp.find((one) => one.protocol === 1)).toMatchObject({ icmpType: 3, icmpCode: 2, src: '10.0.0.2' })
    expect(a.icmp.find((one) => one.protocol === 58)).toMatchObject({ icmpType: 4, icmpCode: 1, icmpRest: 6 })
  })

  it('a raw socket that took the packet keeps the error back', () => {
    const { net, a, b } = between()
    b.ip.tap((packet) => packet.protocol === 200)
    a.send('10.0.0.2', { protocol: 200, form: Form.NETWORK, payload: 'somebody' })
    net.run()
    expect(a.icmp).toHaveLength(0)
  })

  it('[8200-4.7] nothing follows No Next Header', () => {
    const { net, a, b } = between()
    a.inject({
      dstMac: b.eth.mac,
      etherType: 0x86dd,
      form: Form.NETWORK,
      protocol: Protocol.IPV6_NONXT,
      src: at('2001:db8::1'),
      dst: at('2001:db8::2'),
    })
    net.run()
    expect(b.mib('Ip6InUnknownProtos')).toBe(0)
    expect(a.icmp).toHaveLength(0)
  })

  it('[1122-3.2.1.6-b] TOS is passed up', () => {
    const { net, a, b } = between()
    a.send('10.0.0.2', { tos: 0x2e << 2 })
    net.run()
    expect(b.udp.packets[0]?.tos).toBe(0xb8)
  })

  it('[1122-3.1-c, 1122-3.2.1.1, 1122-3.2.1.2, 791-3.1-a, 791-3.1-b] damaged headers are counted and never answered', () => {
    const { net, a, b } = between()
    const good = frameBytes(
      makePacket(net.memory, {
        etherType: 0x0800,
        srcMac: a.eth.mac,
        dstMac: b.eth.mac,
        src: at('10.0.0.1'),
        dst: at('10.0.0.2'),
        protocol: Protocol.UDP,
        ttl: 9,
        payload: 'x',
      }),
    )
    const damaged = (change: (bytes: Uint8Array) => void): void => {
      const bytes = good.slice()
      change(bytes)
      a.inject({ form: Form.FRAME, payload: bytes })
    }
    damaged((bytes) => (bytes[14] = 0x55))
    damaged((bytes) => (bytes[14] = 0x44))
    damaged((bytes) => (bytes[17] = 200))
    damaged((bytes) => (bytes[24] = (bytes[24] ?? 0) ^ 1))
    net.run()
    expect(b.count('IpHeaderError') + b.count('IpChecksum') + b.count('IpTruncated')).toBe(4)
    expect(b.udp.packets).toHaveLength(0)
    expect(a.heard).toHaveLength(0)
    damaged(() => undefined)
    net.run()
    expect(b.udp.packets).toHaveLength(1)
  })

  it('[1122-4.1.3.4-b, 792-p2] what fails its transport checksum is counted where its protocol counts', () => {
    const { net, a, b, to } = between()
    const spoil = (protocol: number): void => {
      const bytes = frameBytes(
        makePacket(net.memory, {
          ...to,
          etherType: 0x0800,
          srcMac: a.eth.mac,
          src: at('10.0.0.1'),
          dst: at('10.0.0.2'),
          protocol,
          icmpType: 8,
          ttl: 9,
          payload: 'abcdefgh',
        }),
      )
      const last = bytes.length - 1
      bytes[last] = (bytes[last] ?? 0) ^ 1
      a.inject({ form: Form.FRAME, payload: bytes })
    }
    for (const protocol of [Protocol.UDP, Protocol.TCP, Protocol.ICMP]) spoil(protocol)
    net.run()
    expect(b.mib('UdpInCsumErrors')).toBe(1)
    expect(b.mib('TcpInCsumErrors')).toBe(1)
    expect(b.mib('IcmpInCsumErrors')).toBe(1)
    expect(b.udp.packets).toHaveLength(0)
    expect(a.icmp).toHaveLength(0)
  })

  it('a source seen before is judged again when the routes change', () => {
    const { net, a, b, to } = between()
    const packet = { ...to, src: at('10.0.0.1'), dst: at('10.0.0.2') }
    a.inject(packet)
    net.run()
    b.ip.removeAddress(b.eth, at('10.0.0.2'))
    a.inject(packet)
    net.run()
    expect(b.udp.packets).toHaveLength(1)
    expect(b.count('IpNotForUs')).toBe(1)
  })

  it('[1122-3.2.1.8-c, 791-3.1-g] unknown options are ignored, malformed ones reported', () => {
    const { net, a, b, to } = between()
    const packet = { ...to, src: at('10.0.0.1'), dst: at('10.0.0.2') }
    a.inject({ ...packet, ipOptions: Uint8Array.of(1, 0x9e, 4, 7, 0, 0, 0, 0) })
    net.run()
    expect(b.udp.packets).toHaveLength(1)
    expect(b.udp.packets[0]?.options?.slice(0, 4)).toEqual([1, 0x9e, 4, 7])
    // Two source routes (RFC 1122 3.2.1.8); and a record route whose pointer lies before its data.
    const lsrr = [131, 7, 8, 10, 0, 0, 9]
    a.inject({ ...packet, ipOptions: Uint8Array.of(...lsrr, ...lsrr, 0, 0) })
    a.inject({ ...packet, ipOptions: Uint8Array.of(7, 7, 2, 0, 0, 0, 0, 0) })
    net.run()
    expect(b.count('IpOptionError')).toBe(2)
    expect(b.udp.packets).toHaveLength(1)
  })

  it('[1122-3.2.2.5-a, 792-p8] Parameter Problem points at the octet', () => {
    const { net, a, to } = between()
    a.inject({ ...to, src: at('10.0.0.1'), dst: at('10.0.0.2'), ipOptions: Uint8Array.of(1, 7, 7, 2, 0, 0, 0, 0) })
    net.run()
    expect(a.icmp[0]).toMatchObject({ icmpType: 12, icmpCode: 0, icmpRest: 23 << 24 })
  })

  it('[1122-3.3.5] source routes are refused unless switched on', () => {
    const { net, a, b, to } = between()
    const packet = {
      ...to,
      src: at('10.0.0.1'),
      dst: at('10.0.0.2'),
      ipOptions: Uint8Array.of(131, 7, 8, 10, 0, 0, 9, 0),
    }
    a.inject(packet)
    net.run()
    expect(b.count('IpSourceRoute')).toBe(1)
    b.sysctl('net.ipv4.conf.all.accept_source_route', 1)
    a.inject(packet)
    net.run()
    expect(b.udp.packets).toHaveLength(1)
  })

  it('[8200-4.2-a, 8200-4.2-b] unknown IPv6 options: skipped, dropped, or reported, as their bits ask', () => {
    const { net, a, b } = between()
    const option = (type: number): void =>
      a.inject({
        dstMac: b.eth.mac,
        etherType: 0x86dd,
        src: at('2001:db8::1'),
        dst: at('2001:db8::2'),
        ipOptions: Uint8Array.of(Protocol.IPV6_DSTOPTS, 0, type, 4, 0, 0, 0, 0),
      })
    b.ip.neighbours6.set(at('2001:db8::1'), b.eth, a.eth.mac, 'PERMANENT')
    option(0x1e)
    option(0x5e)
    option(0x9e)
    option(0xde)
    net.run()
    expect(b.udp.packets).toHaveLength(1)
    expect(b.count('IpOptionError')).toBe(3)
    expect(a.icmp.map((one) => [one.icmpType, one.icmpCode, one.icmpRest])).toEqual([
      [4, 2, 42],
      [4, 2, 42],
    ])
  })

  it('hooks run in order of priority and may take the packet', () => {
    const { net, a, b } = between()
    const order: string[] = []
    b.ip.addHook('input', 10, (packet) => {
      order.push('late')
      return packet
    })
    const undo = b.ip.addHook('input', -10, (packet, point) => {
      order.push(point)
      packet.free()
      return null
    })
    b.ip.addHook('prerouting', 0, (packet, point) => {
      order.push(point)
      return packet
    })
    a.send('10.0.0.2')
    net.run()
    expect(order).toEqual(['prerouting', 'input'])
    expect(b.udp.packets).toHaveLength(0)
    undo()
    a.send('10.0.0.2')
    net.run()
    expect(order).toEqual(['prerouting', 'input', 'prerouting', 'late'])
    expect(b.udp.packets).toHaveLength(1)
  })

  it('a large fragment flag alone is still a fragment', () => {
    const { net, a, b, to } = between()
    a.inject({
      ...to,
      src: at('10.0.0.1'),
      dst: at('10.0.0.2'),
      form: Form.NETWORK,
      fragment: Fragment.MF,
      payload: 16,
    })
    net.run()
    expect(b.udp.packets).toHaveLength(0)
    expect(b.ip.reassembly.size).toBe(1)
  })
})
