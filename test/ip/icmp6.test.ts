import { describe, expect, it } from 'vitest'
import { EACCES, ECONNREFUSED, EHOSTUNREACH, EMSGSIZE, ENETUNREACH, EPROTO } from '../../src/wire/errno.ts'
import { Form, Protocol } from '../../src/wire/packet.ts'
import { quote } from '../support/icmp.ts'
import { at, MODES, routed, two } from '../support/ip.ts'
import { type Fields, makePacket } from '../support/packets.ts'

describe.each(MODES)('ICMPv6, %s', (mode) => {
  /** Two hosts that know each other's link addresses. */
  const six = (): ReturnType<typeof two> => {
    const world = two(mode)
    const { a, b } = world
    a.ip.neighbours6.set(at('2001:db8::2'), a.eth, b.eth.mac, 'PERMANENT')
    b.ip.neighbours6.set(at('2001:db8::1'), b.eth, a.eth.mac, 'PERMANENT')
    return world
  }

  it('[4443-4.2-a, 4443-4.2-b, 4443-2.2-a, 4443-2.3, 4443-4.1, 4443-4.2-d] answers echo from the address asked, with all its data', () => {
    const { net, a } = six()
    a.ping('2001:db8::2', 'abcdefg')
    a.ping('2001:db8::2', 3000)
    net.run()
    expect(a.icmp.map((one) => [one.icmpType, one.src, one.payload.length])).toEqual([
      [129, '2001:db8::2', 7],
      [129, '2001:db8::2', 3000],
    ])
  })

  it('[4443-4.2-c, 4443-2.2-b] answers echo to a group from a unicast address', () => {
    const { net, a, b } = six()
    a.send('ff02::1', { protocol: Protocol.ICMPV6, icmpType: 128, ttl: 1 }, { iface: a.eth, multicastLoop: false })
    net.run()
    expect(a.icmp.map((one) => [one.icmpType, one.src])).toEqual([[129, '2001:db8::2']])
    b.sysctl('net.ipv6.icmp.echo_ignore_multicast', 1)
    a.send('ff02::1', { protocol: Protocol.ICMPV6, icmpType: 128, ttl: 1 }, { iface: a.eth, multicastLoop: false })
    net.run()
    expect(a.icmp).toHaveLength(1)
  })

  it('[4443-2.4-c] quotes up to 1280 octets', () => {
    const { net, a } = six()
    a.send('2001:db8::2', { protocol: 200, form: Form.NETWORK, payload: 1400 })
    net.run()
    expect(a.icmp[0]?.bytes).toHaveLength(1280)
  })

  it('[4443-2.4-d, 4443-2.4-e, 4443-2.4-f, 4443-2.4-g] no error about errors, groups, or to who is not one node', () => {
    const { net, b } = six()
    const try6 = (fields: Fields, type = 1): void => {
      const packet = makePacket(net.memory, {
        src: at('2001:db8::1'),
        dst: at('2001:db8::2'),
        protocol: Protocol.ICMPV6,
        icmpType: 128,
        ...fields,
      })
      packet.iface = b.eth
      packet.linkCast = fields.dst?.isMulticast === true ? 2 : 0
      b.ip.sendIcmpError(packet, type, type === 4 ? 2 : 0, 0)
      packet.free()
    }
    for (const icmpType of [1, 2, 3, 4, 100, 137]) try6({ icmpType })
    try6({ dst: at('ff02::1') })
    try6({ src: at('::') })
    try6({ src: at('ff02::5') })
    net.run()
    expect(b.mib('Icmp6OutMsgs')).toBe(0)
    try6({ dst: at('ff02::1') }, 2)
    try6({ dst: at('ff02::1') }, 4)
    try6({})
    net.run()
    expect(b.mib('Icmp6OutMsgs')).toBe(3)
  })

  it('[4443-2.4-h, 4443-2.4-i] errors are limited by net.ipv6.icmp.ratelimit', () => {
    const { net, a, b } = six()
    for (let i = 0; i < 20; i++) a.send('2001:db8::2', { protocol: 200, form: Form.NETWORK })
    net.run()
    expect(a.icmp).toHaveLength(6)
    b.sysctl('net.ipv6.icmp.ratelimit', 0)
    for (let i = 0; i < 10; i++) a.send('2001:db8::2', { protocol: 200, form: Form.NETWORK })
    net.run()
    expect(a.icmp).toHaveLength(16)
  })

  it.each([
    [1, 0, ENETUNREACH, false],
    [1, 1, EACCES, true],
    [1, 2, EHOSTUNREACH, false],
    [1, 3, EHOSTUNREACH, false],
    [1, 4, ECONNREFUSED, true],
    [1, 5, EACCES, true],
    [1, 6, EACCES, true],
    [2, 0, EMSGSIZE, false],
    [3, 0, EHOSTUNREACH, false],
    [4, 0, EPROTO, true],
    [99, 0, EPROTO, true],
  ])(
    '[4443-3.1-d, 4443-3.2-b, 4443-3.3-b, 4443-3.4-b, 4443-2.4-a] type %i code %i comes to the transport as errno %i, hard %s',
    (type, code, errno, hard) => {
      const { net, a, b } = six()
      b.inject({
        dstMac: a.eth.mac,
        etherType: 0x86dd,
        src: at('2001:db8::2'),
        dst: at('2001:db8::1'),
        protocol: Protocol.ICMPV6,
        icmpType: type,
        icmpCode: code,
        icmpRest: type === 2 ? 1400 : 0,
        payload: quote(a, { src: at('2001:db8::1'), dst: at('2001:db8::2') }),
      })
      net.run()
      expect(a.udp.errors).toMatchObject([
        { family: 6, type, code, errno, hard, localPort: 1000, remotePort: 2000, mtu: type === 2 ? 1400 : 0 },
      ])
    },
  )

  it('[4443-2.4-b] informational messages of unknown type: silence', () => {
    const { net, a, b } = six()
    a.send('2001:db8::2', { protocol: Protocol.ICMPV6, icmpType: 200 })
    net.run()
    expect(b.count('IcmpUnknownType')).toBe(1)
    expect(a.icmp).toHaveLength(0)
  })

  it('finds the transport behind extension headers', () => {
    const { net, a, b } = six()
    b.inject({
      dstMac: a.eth.mac,
      etherType: 0x86dd,
      src: at('2001:db8::2'),
      dst: at('2001:db8::1'),
      protocol: Protocol.ICMPV6,
      icmpType: 1,
      icmpCode: 4,
      payload: quote(a, {
        src: at('2001:db8::1'),
        dst: at('2001:db8::2'),
        ipOptions: Uint8Array.of(Protocol.HOPOPT, 0, 1, 4, 0, 0, 0, 0, Protocol.IPV6_DSTOPTS, 0, 1, 4, 0, 0, 0, 0),
      }),
    })
    net.run()
    expect(a.udp.errors).toMatchObject([{ localPort: 1000, errno: ECONNREFUSED }])
  })

  it('a neighbour that nobody named: Address Unreachable after three seconds', () => {
    const { net, a } = two(mode)
    a.send('2001:db8::77')
    net.pass(3.2)
    expect(a.udp.errors).toMatchObject([{ family: 6, type: 1, code: 3, errno: EHOSTUNREACH }])
  })
})

describe.each(MODES)('[1122-3.2.2.2-a, 4861-8.3-b] hosts send no Redirect, %s', (mode) => {
  it('[1122-3.2.2.2-a] even when asked the wrong way', () => {
    const { net, a, b } = two(mode)
    a.route('default', '10.0.0.2')
    a.send('10.9.9.9')
    net.run()
    expect(b.mib('IcmpOutRedirects')).toBe(0)
    expect(a.icmp).toHaveLength(0)
  })

  it('[792-p12] a router does, with the better gateway, and forwards nonetheless', () => {
    const { net, a, r } = routed(mode)
    r.route('10.7.0.0/16', '10.0.1.1')
    r.ip.deleteRoute({ destination: at('10.7.0.0'), prefixLength: 16 })
    r.route('10.7.0.0/16', '10.0.1.77')
    a.send('10.7.0.1')
    net.run()
    expect(a.icmp[0]).toMatchObject({ icmpType: 5, icmpCode: 1, icmpRest: at('10.0.1.77').w3, src: '10.0.1.254' })
    expect(r.mib('IpForwDatagrams')).toBe(1)
    expect(a.path('10.7.0.1')).toMatchObject({ gateway: at('10.0.1.77') })
  })
})
