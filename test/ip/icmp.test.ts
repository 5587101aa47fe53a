import { describe, expect, it } from 'vitest'
import { MAC_BROADCAST, MacAddress } from '../../src/wire/address.ts'
import {
  ECONNREFUSED,
  EHOSTDOWN,
  EHOSTUNREACH,
  EMSGSIZE,
  ENETUNREACH,
  ENONET,
  ENOPROTOOPT,
  EOPNOTSUPP,
  EPROTO,
} from '../../src/wire/errno.ts'
import { Form, Fragment, Protocol } from '../../src/wire/packet.ts'
import { error, provoke, quote } from '../support/icmp.ts'
import { at, MODES, two } from '../support/ip.ts'
import { type Fields, makePacket } from '../support/packets.ts'

describe.each(MODES)('ICMP, %s', (mode) => {
  it('[1122-3.2.2-b, 1122-3.2.2-d] quotes header and as much as fits 576 octets, with internetwork control', () => {
    const { net, a, b } = two(mode)
    provoke(a, b, { payload: 1000, ttl: 17, tos: 0x10, ipId: 99 })
    net.run()
    const [got] = a.icmp
    expect(got).toMatchObject({ icmpType: 3, icmpCode: 2, tos: 0xd0, ttl: 64, src: '10.0.0.2' })
    expect(got?.bytes).toHaveLength(576)
    const quoted = got?.payload ?? new Uint8Array(0)
    expect(quoted).toHaveLength(548)
    expect([quoted[0], quoted[1], quoted[8], quoted[9]]).toEqual([0x45, 0x10, 17, 200])
    expect([...quoted.slice(20, 24)]).toEqual([0, 1, 2, 3])
    // Its length is the original's, not the quotation's.
    expect(((quoted[2] ?? 0) << 8) | (quoted[3] ?? 0)).toBe(1020)
  })

  it('[1122-3.2.2-e, 1122-3.2.2-h, 1122-3.2.2-g, 1122-3.2.2-f, 1112-7.2] no error about an error, a later fragment, or what went to many', () => {
    const { net, a, b } = two(mode)
    const quiet = (fields: Fields): void => provoke(a, b, fields)
    quiet({ dstMac: MAC_BROADCAST })
    quiet({ dstMac: MAC_BROADCAST, dst: at('10.0.0.255') })
    quiet({ dstMac: new MacAddress(0x0100, 0x5e000001), dst: at('224.0.0.1') })
    net.run()
    expect(b.count('IpUnknownProtocol')).toBe(3)
    const packet = makePacket(net.memory, { src: at('10.0.0.1'), dst: at('10.0.0.2'), protocol: Protocol.UDP, ttl: 1 })
    packet.fragment = 3
    b.ip.sendIcmpError(packet, 3, 3, 0)
    packet.fragment = Fragment.MF
    b.ip.sendIcmpError(packet, 3, 3, 0)
    for (const type of [3, 4, 5, 11, 12, 30]) {
      packet.protocol = Protocol.ICMP
      packet.icmpType = type
      b.ip.sendIcmpError(packet, 3, 1, 0)
    }
    net.run()
    expect(a.icmp).toHaveLength(1)
    packet.icmpType = 8
    b.ip.sendIcmpError(packet, 3, 1, 0)
    net.run()
    expect(a.icmp).toHaveLength(2)
    packet.free()
  })

  it.each(['0.0.0.0', '127.0.0.1', '224.0.0.1', '255.255.255.255', '10.0.0.255', '250.0.0.1'])(
    '[1122-3.2.2-i] no error to %s, which is no single host',
    (src) => {
      const { net, b } = two(mode)
      const packet = makePacket(net.memory, { src: at(src), dst: at('10.0.0.2'), protocol: Protocol.UDP, ttl: 1 })
      packet.iface = b.eth
      b.ip.sendIcmpError(packet, 3, 3, 0)
      net.run()
      expect(b.mib('IcmpOutMsgs')).toBe(0)
      packet.free()
    },
  )

  it('[1122-3.3.8, 1122-4.1.3.1] sends Port Unreachable, from the address spoken to', () => {
    const { net, a, b } = two(mode)
    b.address('10.0.0.3/24')
    const packet = makePacket(net.memory, { src: at('10.0.0.1'), dst: at('10.0.0.3'), protocol: Protocol.UDP, ttl: 9 })
    b.ip.sendIcmpError(packet, 3, 3, 0)
    net.run()
    expect(a.icmp[0]).toMatchObject({ icmpType: 3, icmpCode: 3, src: '10.0.0.3' })
    expect(b.mib('IcmpOutDestUnreachs')).toBe(1)
    packet.free()
  })

  it.each([
    [3, 0, ENETUNREACH, false],
    [3, 1, EHOSTUNREACH, false],
    [3, 2, ENOPROTOOPT, true],
    [3, 3, ECONNREFUSED, true],
    [3, 4, EMSGSIZE, false],
    [3, 5, EOPNOTSUPP, false],
    [3, 6, ENETUNREACH, true],
    [3, 7, EHOSTDOWN, true],
    [3, 8, ENONET, true],
    [3, 9, ENETUNREACH, true],
    [3, 10, EHOSTUNREACH, true],
    [3, 11, ENETUNREACH, false],
    [3, 12, EHOSTUNREACH, false],
    [3, 13, EHOSTUNREACH, true],
    [3, 14, EHOSTUNREACH, true],
    [3, 15, EHOSTUNREACH, true],
    [11, 0, EHOSTUNREACH, false],
    [11, 1, EHOSTUNREACH, false],
    [12, 0, EPROTO, true],
  ])(
    '[1122-3.2.2-c, 1122-3.2.2.1-b, 1122-3.2.2.1-c, 1122-3.2.2.4, 1122-3.2.2.5-b, 1122-4.1.3.3] type %i code %i comes to the transport as errno %i, hard %s',
    (type, code, errno, hard) => {
      const { net, a, b } = two(mode)
      error(a, b, type, code, 0)
      error(a, b, type, code, 0, { protocol: Protocol.TCP, seq: 4711 })
      net.run()
      const told = {
        type,
        code,
        errno,
        hard,
        from: '10.0.0.2',
        local: '10.0.0.1',
        remote: '10.0.0.2',
        localPort: 1000,
        remotePort: 2000,
      }
      expect(a.udp.errors).toMatchObject([told])
      expect(a.tcp.errors).toMatchObject([{ ...told, seq: 4711, protocol: Protocol.TCP }])
    },
  )

  it('errors about what is not ours, of no code, or too short, are counted and go no further', () => {
    const { net, a, b } = two(mode)
    error(a, b, 3, 3, 0, { src: at('10.0.0.9') })
    error(a, b, 3, 99, 0)
    error(a, b, 3, 3, 0, { dst: at('10.0.0.255') })
    error(a, b, 3, 3, 0, { form: Form.NETWORK, fragment: 5, payload: 16 })
    b.inject({
      dstMac: a.eth.mac,
      src: at('10.0.0.2'),
      dst: at('10.0.0.1'),
      protocol: Protocol.ICMP,
      icmpType: 3,
      payload: 20,
    })
    net.run()
    expect(a.udp.errors).toHaveLength(0)
    expect(a.mib('IcmpInErrors')).toBe(4)
    expect(a.count('IcmpNoMatch')).toBe(3)
  })

  it('[1122-3.2.2-a, 1122-3.2.2.7, 1122-3.2.2.9-b] unknown types, Information and Address Mask requests: silence', () => {
    const { net, a, b } = two(mode)
    for (const icmpType of [1, 15, 17, 42, 200])
      a.inject({
        dstMac: b.eth.mac,
        src: at('10.0.0.1'),
        dst: at('10.0.0.2'),
        protocol: Protocol.ICMP,
        icmpType,
        payload: 12,
      })
    net.run()
    expect(b.count('IcmpUnknownType')).toBe(5)
    expect(a.icmp).toHaveLength(0)
  })

  it('[6633-3-b, 6633-3-c, 6633-5, 6633-6, 6633-8] Source Quench is counted and ignored', () => {
    const { net, a, b } = two(mode)
    error(a, b, 4, 0, 0)
    error(a, b, 4, 0, 0, { protocol: Protocol.TCP })
    net.run()
    expect(a.count('IcmpSourceQuench')).toBe(2)
    expect(a.mib('IcmpInSrcQuenchs')).toBe(2)
    expect(a.udp.errors).toHaveLength(0)
    expect(a.tcp.errors).toHaveLength(0)
  })

  it('[1122-3.2.2.6-c] echo to many is ignored, unless the sysctl says otherwise; echo at all can be', () => {
    const { net, a, b } = two(mode)
    const broadcast = (): void =>
      a.inject({
        dstMac: MAC_BROADCAST,
        src: at('10.0.0.1'),
        dst: at('10.0.0.255'),
        protocol: Protocol.ICMP,
        icmpType: 8,
      })
    broadcast()
    net.run()
    expect(a.icmp).toHaveLength(0)
    b.sysctl('net.ipv4.icmp_echo_ignore_broadcasts', 0)
    broadcast()
    net.run()
    expect(a.icmp[0]).toMatchObject({ icmpType: 0, src: '10.0.0.2' })
    b.sysctl('net.ipv4.icmp_echo_ignore_all', 1)
    a.ping('10.0.0.2')
    net.run()
    expect(a.icmp).toHaveLength(1)
  })

  it('[1122-3.2.2.6-e, 1122-3.2.2.6-b] all data comes back, in fragments if need be', () => {
    const { net, a } = two(mode)
    a.ping('10.0.0.2', 5000)
    net.run()
    expect(a.icmp[0]?.payload).toHaveLength(5000)
    expect(a.icmp[0]?.payload[4999]).toBe(4999 & 255)
  })

  it('[1122-3.2.2.6-g, 1122-3.2.1.8-g] Record Route and Timestamp come back updated', () => {
    const { net, a } = two(mode)
    a.ping('10.0.0.2', 'x', { ipOptions: Uint8Array.of(7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0) })
    a.ping('10.0.0.2', 'x', { ipOptions: Uint8Array.of(68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0) })
    net.run()
    expect(a.icmp[0]?.options?.slice(0, 8)).toEqual([7, 11, 8, 10, 0, 0, 2, 0])
    const stamp = a.icmp[1]?.options ?? []
    expect(stamp.slice(0, 8)).toEqual([68, 12, 13, 1, 10, 0, 0, 2])
    const time = ((stamp[8] ?? 0) << 24) | ((stamp[9] ?? 0) << 16) | ((stamp[10] ?? 0) << 8) | (stamp[11] ?? 0)
    expect(time).toBe(1_700_000_000_000 % 86_400_000)
  })

  it('[1122-3.2.2.6-h, 1122-3.2.1.8-e] a source route is reversed for the reply', () => {
    const { net, a, b } = two(mode)
    b.sysctl('net.ipv4.conf.all.accept_source_route', 1)
    // It came by way of 10.0.0.9 from 10.0.0.1: the answer goes to 10.0.0.9, who is to pass it on.
    a.inject({
      dstMac: b.eth.mac,
      src: at('10.0.0.1'),
      dst: at('10.0.0.2'),
      protocol: Protocol.ICMP,
      icmpType: 8,
      ipOptions: Uint8Array.of(131, 7, 8, 10, 0, 0, 9, 0),
    })
    b.ip.neighbours4.set(at('10.0.0.9'), b.eth, a.eth.mac, 'PERMANENT')
    net.run()
    const answer = a.heard.find((one) => one.protocol === Protocol.ICMP)
    expect(answer).toMatchObject({ icmpType: 0, dst: '10.0.0.9', src: '10.0.0.2' })
    expect(answer?.options).toEqual([131, 7, 4, 10, 0, 0, 1, 0])
  })

  it('[1122-3.2.2.8-a, 1122-3.2.2.8-b] Timestamp is answered with the time of day', () => {
    const { net, a, b } = two(mode)
    net.pass(1.5)
    a.ping('10.0.0.2', Uint8Array.of(0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0), { icmpType: 13 })
    net.run()
    const [got] = a.icmp
    const word = (i: number): number =>
      ((got?.payload[i] ?? 0) << 24) |
      ((got?.payload[i + 1] ?? 0) << 16) |
      ((got?.payload[i + 2] ?? 0) << 8) |
      (got?.payload[i + 3] ?? 0)
    expect(got).toMatchObject({ icmpType: 14, icmpRest: 0x00070001 })
    expect([word(0), word(4), word(8)]).toEqual([
      7,
      (1_700_000_000_000 % 86_400_000) + 1500,
      (1_700_000_000_000 % 86_400_000) + 1500,
    ])
    expect(b.mib('IcmpOutTimestampReps')).toBe(1)
  })

  it('icmp_ratelimit: a burst of six to one host, then one a second; none on the loopback', () => {
    const { net, a, b } = two(mode)
    for (let i = 0; i < 20; i++) provoke(a, b)
    net.run()
    expect(a.icmp).toHaveLength(6)
    expect(b.count('IcmpRateLimited')).toBe(14)
    expect(b.mib('IcmpOutRateLimitHost')).toBe(14)
    net.pass(1)
    for (let i = 0; i < 5; i++) provoke(a, b)
    net.run()
    expect(a.icmp).toHaveLength(7)
    for (let i = 0; i < 20; i++) a.send('127.0.0.1', { protocol: 200, form: Form.NETWORK })
    net.run()
    expect(a.icmp.filter((one) => one.src === '127.0.0.1')).toHaveLength(20)
    b.sysctl('net.ipv4.icmp_ratelimit', 0)
    for (let i = 0; i < 5; i++) provoke(a, b)
    net.run()
    expect(a.icmp.filter((one) => one.src === '10.0.0.2')).toHaveLength(12)
  })

  it('icmp_msgs_per_sec and icmp_msgs_burst bound what leaves in all', () => {
    const { net, a, b } = two(mode)
    b.sysctl('net.ipv4.icmp_msgs_burst', 10)
    b.sysctl('net.ipv4.icmp_msgs_per_sec', 100)
    const flood = (): void => {
      for (let i = 0; i < 30; i++) provoke(a, b, { src: at(`10.0.0.${100 + i}`) })
      net.run()
    }
    flood()
    expect(b.mib('IcmpOutDestUnreachs')).toBe(10)
    expect(b.mib('IcmpOutRateLimitGlobal')).toBe(20)
    net.pass(0.05)
    flood()
    expect(b.mib('IcmpOutDestUnreachs')).toBe(15)
  })

  it('[6633-3-a] Source Quench is never sent', () => {
    const { net, a, b } = two(mode)
    for (let i = 0; i < 10; i++) provoke(a, b)
    net.run()
    expect(a.icmp.every((one) => one.icmpType === 3)).toBe(true)
  })

  it('[1122-3.2.2.2-b, 1122-3.3.1.2-b, 1122-3.2.2.2-c] a Redirect of the first hop is obeyed for that destination, network codes as host codes', () => {
    for (const code of [0, 1]) {
      const { net, a, b } = two(mode)
      a.route('default', '10.0.0.2')
      const redirect = (gateway: string, from = '10.0.0.2', fields: Fields = {}): void =>
        b.inject({
          dstMac: a.eth.mac,
          src: at(from),
          dst: at('10.0.0.1'),
          protocol: Protocol.ICMP,
          icmpType: 5,
          icmpCode: code,
          icmpRest: at(gateway).w3,
          payload: quote(a, { dst: at('1.2.3.4'), ...fields }),
        })
      redirect('192.0.2.1')
      redirect('10.0.0.7', '10.0.0.6')
      redirect('10.0.0.7', '10.0.0.2', { src: at('10.0.0.5') })
      redirect('10.0.0.1')
      net.run()
      expect(a.count('IcmpRedirectRefused')).toBe(4)
      expect(a.path('1.2.3.4')).toMatchObject({ gateway: at('10.0.0.2') })
      redirect('10.0.0.7')
      net.run()
      expect(a.path('1.2.3.4')).toMatchObject({ gateway: at('10.0.0.7') })
      expect(a.path('1.2.3.5')).toMatchObject({ gateway: at('10.0.0.2') })
      net.pass(301)
      expect(a.path('1.2.3.4')).toMatchObject({ gateway: at('10.0.0.2') })
      for (const name of ['all', 'eth0']) a.sysctl(`net.ipv4.conf.${name}.accept_redirects`, 0)
      redirect('10.0.0.7')
      net.run()
      expect(a.path('1.2.3.4')).toMatchObject({ gateway: at('10.0.0.2') })
    }
  })

  it('doubt gives a redirected way up', () => {
    const { a } = two(mode)
    a.route('default', '10.0.0.2')
    a.ip.exceptions.redirect(at('1.2.3.4'), at('10.0.0.7'))
    a.ip.changed()
    const path = a.path('1.2.3.4')
    expect(path).toMatchObject({ gateway: at('10.0.0.7') })
    a.ip.doubt(path)
    expect(a.path('1.2.3.4')).toMatchObject({ gateway: at('10.0.0.2') })
  })
})
