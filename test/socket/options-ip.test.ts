/** ip(7) and ipv6(7) options beyond the measured cases: values, forms in bytes, what they do to packets. */
import { describe, expect, test } from 'vitest'
import {
  AF_INET,
  AF_INET6,
  type ControlMessage,
  IP_ADD_MEMBERSHIP,
  IP_DROP_MEMBERSHIP,
  IP_MTU_DISCOVER,
  IP_MULTICAST_ALL,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_PKTINFO,
  IP_RECVERR,
  IP_TTL,
  IPV6_ADD_MEMBERSHIP,
  IPV6_DROP_MEMBERSHIP,
  IPV6_HOPLIMIT,
  IPV6_MTU,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_IF,
  IPV6_MULTICAST_LOOP,
  IPV6_PKTINFO,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVPKTINFO,
  IPV6_RECVTCLASS,
  IPV6_TCLASS,
  IPV6_UNICAST_HOPS,
  type ReceiveMessage,
  SO_BINDTODEVICE,
  SO_BINDTOIFINDEX,
  SO_NO_CHECK,
  SO_RXQ_OVFL,
  SO_TIMESTAMPNS,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
} from '../../src/socket/index.ts'
import { Address } from '../../src/wire/address.ts'
import { bytes, e, one, type TestProcess, World } from '../support/hosts.ts'

const udp = (p: TestProcess): number => p.socket(AF_INET, SOCK_DGRAM)
const udp6 = (p: TestProcess): number => p.socket(AF_INET6, SOCK_DGRAM)

/** Which of these values are taken. */
const taken = (p: TestProcess, fd: number, level: number, name: number, values: readonly number[]): number[] =>
  values.filter((value) => p.setsockopt(fd, level, name, value) === 0)

/** struct in_pktinfo of a control message. */
const dataOf = (message: ControlMessage | undefined): { addr: object; specDst: object } =>
  (message as unknown as { data: { addr: object; specDst: object } }).data

const two = () => {
  const world = new World()
  const a = world.host('a', '10.0.0.1')
  const b = world.host('b', '10.0.0.2')
  return { world, a, b, p: a.process(), q: b.process() }
}

describe('values', () => {
  test('[sock-ipopt-3, sock-ipopt-6] IPv4', () => {
    const { p } = one()
    const u = udp(p)
    expect(taken(p, u, SOL_IP, IP_MTU_DISCOVER, [-1, 0, 1, 2, 3, 4])).toEqual([0, 1, 2, 3])
    expect(taken(p, u, SOL_IP, IP_MULTICAST_TTL, [-2, -1, 0, 255, 256])).toEqual([-1, 0, 255])
    expect(p.option(u, SOL_IP, IP_MULTICAST_TTL)).toBe(255)
    p.setsockopt(u, SOL_IP, IP_MULTICAST_TTL, -1)
    expect(p.option(u, SOL_IP, IP_MULTICAST_TTL)).toBe(1)
    expect(taken(p, u, SOL_IP, IP_MULTICAST_ALL, [-1, 0, 1, 2])).toEqual([0, 1])
    p.setsockopt(u, SOL_IP, IP_MULTICAST_ALL, 0)
    expect(p.option(u, SOL_IP, IP_MULTICAST_ALL)).toBe(0)
    p.setsockopt(u, SOL_IP, IP_MULTICAST_LOOP, Uint8Array.of(0))
    expect(p.option(u, SOL_IP, IP_MULTICAST_LOOP)).toBe(0)
    p.setsockopt(u, SOL_IP, IP_RECVERR, 5)
    expect(p.option(u, SOL_IP, IP_RECVERR)).toBe(1)
    expect(taken(p, u, SOL_SOCKET, SO_BINDTOIFINDEX, [-1, 9, 2, 0])).toEqual([2, 0])
    p.setsockopt(u, SOL_SOCKET, SO_BINDTOIFINDEX, 1)
    expect(p.option(u, SOL_SOCKET, SO_BINDTODEVICE)).toBe('lo')
    expect(e(p.setsockopt(u, SOL_SOCKET, SO_BINDTODEVICE, 7))).toBe('EINVAL')
  })

  test('[sock-ipopt-12] IPv6', () => {
    const { p } = one()
    const u = udp6(p)
    expect(taken(p, u, SOL_IPV6, IPV6_UNICAST_HOPS, [-2, -1, 0, 255, 256])).toEqual([-1, 0, 255])
    expect(p.option(u, SOL_IPV6, IPV6_UNICAST_HOPS)).toBe(255)
    expect(taken(p, u, SOL_IPV6, IPV6_MULTICAST_HOPS, [-2, -1, 0, 255, 256])).toEqual([-1, 0, 255])
    expect(p.option(u, SOL_IPV6, IPV6_MULTICAST_HOPS)).toBe(255)
    expect(taken(p, u, SOL_IPV6, IPV6_MULTICAST_LOOP, [-1, 0, 1, 2])).toEqual([0, 1])
    expect(taken(p, u, SOL_IPV6, IPV6_MULTICAST_IF, [9, 2, 0])).toEqual([2, 0])
    expect(taken(p, u, SOL_IPV6, IPV6_TCLASS, [-2, -1, 0, 255, 256])).toEqual([-1, 0, 255])
    expect(p.option(u, SOL_IPV6, IPV6_MTU)).toBe('ENOTCONN')
    expect(e(p.setsockopt(udp(p), SOL_IPV6, IPV6_TCLASS, 0))).toBe('ENOPROTOOPT')
    expect(e(p.setsockopt(u, SOL_IP, IP_TTL, 3))).toBe(0)
  })

  test('[sock-ipopt-4] memberships in every form', () => {
    const { host, p } = one()
    const u = udp(p)
    const join = (value: object): number | string => e(p.setsockopt(u, SOL_IP, IP_ADD_MEMBERSHIP, value))
    const leave = (value: object): number | string => e(p.setsockopt(u, SOL_IP, IP_DROP_MEMBERSHIP, value))
    const mreq = Uint8Array.of(224, 0, 0, 9, 10, 0, 0, 1)
    expect(join(mreq)).toBe(0)
    expect(join({ group: '224.0.0.9', ifindex: 2 })).toBe('EADDRINUSE')
    expect(join({ group: Address.v4(0xe0000009 | 0), ifindex: 1 })).toBe(0)
    expect(join(Uint8Array.of(224, 0, 0, 10, 0, 0, 0, 0, 2, 0, 0, 0))).toBe(0)
    expect(host.ip.joined).toEqual(['224.0.0.9', '224.0.0.9', '224.0.0.10'])
    expect(join({ group: '224.0.0.11' })).toBe(0)
    expect(join({ group: '10.0.0.2' })).toBe('EINVAL')
    expect(join({ group: 'ff02::1' })).toBe('EINVAL')
    expect(join({ group: 'x' })).toBe('EINVAL')
    expect(join({ nothing: 1 })).toBe('EINVAL')
    expect(join({ group: '224.0.0.12', ifindex: 9 })).toBe('ENODEV')
    expect(join({ group: '224.0.0.12', address: '10.9.9.9' })).toBe('ENODEV')
    expect(join({ group: '224.0.0.12', address: 'x' })).toBe('EINVAL')
    expect([leave(mreq), leave(mreq)]).toEqual([0, 'EADDRNOTAVAIL'])
    for (let i = 0; i < 17; i++) expect(join({ group: `224.0.1.${i}` })).toBe(0)
    expect(join({ group: '224.0.1.200' })).toBe('ENOBUFS')
    p.close(u)
    expect(host.ip.joined).toEqual([])
    expect(e(p.setsockopt(p.socket(AF_INET, SOCK_STREAM), SOL_IP, IP_ADD_MEMBERSHIP, mreq))).toBe('ENOPROTOOPT')
  })

  test('memberships of IPv6', () => {
    const { host, p } = one()
    const u = udp6(p)
    const join = (value: object): number | string => e(p.setsockopt(u, SOL_IPV6, IPV6_ADD_MEMBERSHIP, value))
    const raw = new Uint8Array(20)
    raw.set([0xff, 0x02])
    raw.set([5, 2], 15)
    expect(join(raw)).toBe(0)
    expect(host.ip.joined).toEqual(['ff02::5'])
    expect(join({ group: 'ff02::5', ifindex: 2 })).toBe('EADDRINUSE')
    expect([
      join(raw.subarray(0, 19)),
      join({ group: '224.0.0.1' }),
      join({}),
      join({ group: 'ff02::5', ifindex: 9 }),
    ]).toEqual(['EINVAL', 'EINVAL', 'EINVAL', 'ENODEV'])
    expect(e(p.setsockopt(u, SOL_IPV6, IPV6_DROP_MEMBERSHIP, { group: 'ff02::5', ifindex: 2 }))).toBe(0)
    expect(host.ip.joined).toEqual([])
  })

  test('IP_MULTICAST_IF chooses the interface, in every form', () => {
    const { host, p } = one()
    const u = udp(p)
    const choose = (value: object | string): unknown => {
      const result = e(p.setsockopt(u, SOL_IP, IP_MULTICAST_IF, value))
      return result === 0 ? p.option(u, SOL_IP, IP_MULTICAST_IF) : result
    }
    const none = { address: '0.0.0.0', ifindex: 0 }
    const eth = { address: '10.0.0.1', ifindex: 2 }
    expect(p.option(u, SOL_IP, IP_MULTICAST_IF)).toEqual(none)
    expect(choose('10.0.0.1')).toEqual(eth)
    expect(choose('0.0.0.0')).toEqual(none)
    expect(choose({ ifindex: 2 })).toEqual(eth)
    expect(choose(Uint8Array.of(127, 0, 0, 1))).toEqual({ address: '127.0.0.1', ifindex: 1 })
    expect(choose(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0))).toEqual(eth)
    expect([choose('10.9.9.9'), choose({ ifindex: 9 }), choose(Uint8Array.of(1, 2)), choose('x')]).toEqual([
      'EADDRNOTAVAIL',
      'EADDRNOTAVAIL',
      'EINVAL',
      'EINVAL',
    ])
    let name = ''
    const path = host.ip.path.bind(host.ip)
    host.ip.path = (remote, options) => {
      name = options?.iface?.name ?? ''
      return path(remote, options)
    }
    choose('127.0.0.1')
    p.sendto(u, bytes('x'), 0, { address: '224.0.0.1', port: 9 })
    expect(name).toBe('lo')
    p.sendto(u, bytes('x'), 0, { address: '10.0.0.2', port: 9 })
    expect(name).toBe('')
  })

  test('[sock-udpopt-5] IP_MULTICAST_ALL off: only what was joined here', () => {
    const { world, p, q } = two()
    const s = udp(q)
    q.bind(s, { address: '0.0.0.0', port: 5353 })
    q.setsockopt(s, SOL_IP, IP_MULTICAST_ALL, 0)
    const send = (): string => {
      const c = udp(p)
      p.setsockopt(c, SOL_IP, IP_MULTICAST_IF, { ifindex: 2 })
      p.sendto(c, bytes('x'), 0, { address: '224.0.0.9', port: 5353 })
      world.run()
      return q.read$(s)
    }
    expect(send()).toBe('EAGAIN')
    q.setsockopt(s, SOL_IP, IP_ADD_MEMBERSHIP, { group: '224.0.0.9', ifindex: 1 })
    expect(send()).toBe('EAGAIN')
    q.setsockopt(s, SOL_IP, IP_ADD_MEMBERSHIP, { group: '224.0.0.9', ifindex: 2 })
    expect(send()).toBe('x')
  })

  test('SO_NO_CHECK sends without a checksum, over IPv4 alone', () => {
    const { host, p } = one()
    const sent: boolean[] = []
    host.ip.filter = (packet) => sent.push(packet.noChecksum) > 0
    const [four, six] = [udp(p), udp6(p)]
    for (const fd of [four, six]) p.setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, 1)
    p.sendto(four, bytes('x'), 0, { address: '127.0.0.1', port: 9 })
    p.sendto(six, bytes('x'), 0, { address: '::1', port: 9 })
    p.sendto(udp(p), bytes('x'), 0, { address: '127.0.0.1', port: 9 })
    expect(sent).toEqual([true, false, false])
  })
})

describe('control data', () => {
  const receive = (p: TestProcess, fd: number, controlRoom = 256): ReceiveMessage => {
    const message: ReceiveMessage = { vectors: [new Uint8Array(9)], controlRoom }
    p.recvmsg(fd, message)
    return message
  }

  test('[sock-ipopt-5] of IPv6 sockets, for both families', () => {
    const { world, p } = one()
    const s = udp6(p)
    p.bind(s, { address: '::', port: 5353 })
    for (const name of [IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS]) {
      expect(p.option(s, SOL_IPV6, name)).toBe(0)
      p.setsockopt(s, SOL_IPV6, name, 1)
      expect(p.option(s, SOL_IPV6, name)).toBe(1)
    }
    const u = udp6(p)
    const control: ControlMessage[] = [
      { level: SOL_IPV6, type: IPV6_HOPLIMIT, data: 7 },
      { level: SOL_IPV6, type: IPV6_TCLASS, data: 8 },
    ]
    p.sendmsg(u, { vectors: [bytes('x')], address: { address: '::1', port: 5353 }, control })
    p.sendto(u, bytes('y'), 0, { address: '::ffff:127.0.0.1', port: 5353 })
    world.run()
    const six = receive(p, s).control as ControlMessage[]
    expect(six.map(({ type }) => type)).toEqual([IPV6_PKTINFO, IPV6_HOPLIMIT, IPV6_TCLASS])
    expect([String(dataOf(six[0]).addr), six[1]?.data, six[2]?.data]).toEqual(['::1', 7, 8])
    const four = receive(p, s).control as ControlMessage[]
    expect([String(dataOf(four[0]).addr), four[1]?.data]).toEqual(['::ffff:127.0.0.1', 64])
    const wrong: ControlMessage[] = [
      { level: SOL_IPV6, type: IPV6_HOPLIMIT, data: 256 },
      { level: SOL_IPV6, type: IPV6_TCLASS, data: -1 },
      { level: SOL_IPV6, type: IP_PKTINFO, data: { ifindex: 0, addr: Address.v6(0, 0, 0, 1) } },
      { level: SOL_SOCKET, type: 1, data: 1 },
      { level: SOL_IPV6, type: IPV6_PKTINFO, data: { seconds: 1, fraction: 1 } },
    ]
    for (const one of wrong)
      expect(e(p.sendmsg(u, { vectors: [bytes('x')], address: { address: '::1', port: 5353 }, control: [one] }))).toBe(
        'EINVAL',
      )
    // What is for IPv6 is no concern of an IPv4 socket.
    const v4 = udp(p)
    expect(
      p.sendmsg(v4, {
        vectors: [bytes('x')],
        address: { address: '127.0.0.1', port: 5353 },
        control: wrong.slice(0, 1),
      }),
    ).toBe(1)
  })

  test('[sock-opt-14] SO_TIMESTAMPNS and SO_RXQ_OVFL; the destination of a broadcast', () => {
    const { world, p, q } = two()
    const s = udp(q)
    q.bind(s, { address: '0.0.0.0', port: 5353 })
    q.setsockopt(s, SOL_SOCKET, SO_TIMESTAMPNS, 1)
    q.setsockopt(s, SOL_SOCKET, SO_RXQ_OVFL, 1)
    q.setsockopt(s, SOL_IP, IP_PKTINFO, 1)
    const c = udp(p)
    p.setsockopt(c, SOL_SOCKET, 6, 1)
    world.pass(0.25)
    p.sendto(c, bytes('x'), 0, { address: '10.0.0.255', port: 5353 })
    world.run()
    const [stamp, drops, info] = receive(q, s).control as ControlMessage[]
    expect(stamp).toMatchObject({ type: SO_TIMESTAMPNS, data: { seconds: 1_700_000_000, fraction: 250_000_000 } })
    expect(drops).toMatchObject({ type: SO_RXQ_OVFL, data: 0 })
    const data = dataOf(info)
    expect([String(data.addr), String(data.specDst)]).toEqual(['10.0.0.255', '10.0.0.2'])
    // MSG_CTRUNC at the edge: CMSG_LEN of a timespec is 32, CMSG_SPACE too.
    p.sendto(c, bytes('x'), 0, { address: '10.0.0.2', port: 5353 })
    p.sendto(c, bytes('x'), 0, { address: '10.0.0.2', port: 5353 })
    world.run()
    expect(receive(q, s, 31).control).toHaveLength(0)
    expect(receive(q, s, 52).control).toHaveLength(2)
  })
})
