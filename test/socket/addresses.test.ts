/** struct sockaddr as objects and as bytes, and which of them each call takes. */
import { describe, expect, test } from 'vitest'
import {
  AF_INET,
  AF_INET6,
  AF_PACKET,
  AF_UNIX,
  AF_UNSPEC,
  fromSockAddr,
  SOCK_DGRAM,
  SOCK_STREAM,
  SockAddr,
  type SocketAddress,
  toSockAddr,
} from '../../src/socket/index.ts'
import { copyOut, encodeSockAddr } from '../../src/socket/sockaddr.ts'
import { Address } from '../../src/wire/address.ts'
import { bytes, e, one } from '../support/hosts.ts'

const inside = (given: SocketAddress): SockAddr => {
  const result = toSockAddr(given)
  if (typeof result === 'number') throw new Error(`errno ${result}`)
  return result
}

const in4 = Uint8Array.of(2, 0, 0x1f, 0x90, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
const in6 = Uint8Array.of(10, 0, 0, 80, 1, 2, 3, 4, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 3, 0, 0, 0)

describe('bytes and objects', () => {
  test('sockaddr_in', () => {
    const a = inside(in4)
    expect(fromSockAddr(a)).toEqual({ family: AF_INET, address: '10.0.0.1', port: 8080 })
    expect([a.length, a.path]).toEqual([16, null])
    expect(encodeSockAddr(a)).toEqual(in4)
    expect(inside({ address: '10.0.0.1', port: 8080 })).toEqual(a)
    expect(inside({ family: AF_INET, address: Address.v4(0x0a000001), port: 8080 })).toEqual(a)
  })

  test('sockaddr_in6: flow and scope are kept', () => {
    const a = inside(in6)
    expect(fromSockAddr(a)).toEqual({ family: AF_INET6, address: 'fe80::5', port: 80, scopeId: 3 })
    expect([a.length, a.flowInfo]).toEqual([28, 0x01020304])
    expect(encodeSockAddr(a)).toEqual(in6)
    expect(inside({ address: '::1', port: 1 })).toMatchObject({ family: AF_INET6, length: 28, scopeId: 0 })
    expect(inside({ address: 'fe80::5', port: 80, scopeId: 3 }).scopeId).toBe(3)
    // An IPv4 address for an IPv6 socket is written mapped.
    expect(String(inside({ family: AF_INET6, address: '10.0.0.1', port: 1 }).address)).toBe('::ffff:10.0.0.1')
    expect(fromSockAddr(inside({ address: '::1', port: 1 }))).toEqual({ family: AF_INET6, address: '::1', port: 1 })
  })

  test('sockaddr_un: paths with their NUL, abstract names by length, unnamed', () => {
    const raw = (text: string): SockAddr => inside(Uint8Array.of(1, 0, ...bytes(text)))
    expect([raw('/tmp/s\0rest').path, raw('/tmp/s').path, raw('\0abs\0x').path, raw('').path]).toEqual([
      '/tmp/s',
      '/tmp/s',
      '\0abs\0x',
      '',
    ])
    expect(raw('').length).toBe(2)
    expect(encodeSockAddr(SockAddr.unix('/s'))).toEqual(Uint8Array.of(1, 0, 47, 115, 0))
    expect(encodeSockAddr(SockAddr.unix('\0s'))).toEqual(Uint8Array.of(1, 0, 0, 115))
    expect(encodeSockAddr(SockAddr.unix(''))).toEqual(Uint8Array.of(1, 0))
    expect(inside({ path: 'ä' }).length).toBe(5)
    expect(fromSockAddr(inside({ family: AF_UNIX, path: '/s' }))).toEqual({ family: AF_UNIX, path: '/s' })
  })

  test('sockaddr_ll', () => {
    const a = inside({ family: AF_PACKET, ifindex: 2, etherType: 0x0800 })
    expect(fromSockAddr(a)).toEqual({ family: AF_PACKET, ifindex: 2, etherType: 0x0800 })
    const b = encodeSockAddr(a)
    expect([b.length, ...b.subarray(0, 8)]).toEqual([20, 17, 0, 8, 0, 2, 0, 0, 0])
    expect(fromSockAddr(inside(b))).toEqual(fromSockAddr(a))
  })

  test('a family alone', () => {
    expect(inside({ family: AF_UNSPEC })).toMatchObject({ family: 0, length: 16 })
    expect(inside({ family: AF_INET6 })).toMatchObject({ family: 10, length: 28 })
    expect(inside({ family: AF_UNIX })).toMatchObject({ family: 1, length: 2, path: '' })
    expect(encodeSockAddr(inside({ family: AF_UNSPEC }))).toEqual(new Uint8Array(16))
  })

  test('[sock-bind-8] short and malformed ones', () => {
    for (const wrong of [
      new Uint8Array(0),
      Uint8Array.of(2),
      { address: '10.0.0', port: 1 },
      { address: 'x', port: 1 },
    ])
      expect(toSockAddr(wrong)).toBe(-22)
    for (const port of [-1, 65_536, Number.NaN]) expect(toSockAddr({ address: '10.0.0.1', port })).toBe(-22)
    expect(inside({ address: '10.0.0.1', port: 65_535 }).port).toBe(65_535)
    expect(inside(in4.subarray(0, 5))).toMatchObject({ length: 5, port: 8080 })
  })

  test('[sock-name-4] copying fills the room and tells the length', () => {
    const room = new Uint8Array(6).fill(9)
    expect(copyOut(inside(in4), room)).toBe(16)
    expect(room).toEqual(in4.subarray(0, 6))
    const large = new Uint8Array(20).fill(9)
    expect(copyOut(inside(in4), large)).toBe(16)
    expect([...large.subarray(14)]).toEqual([0, 0, 9, 9, 9, 9])
  })
})

describe('IPv6 sockets and addresses', () => {
  test('[sock-bind-7, sock-bind-8] bind', () => {
    const { p } = one()
    const six = (type = SOCK_STREAM): number => p.socket(AF_INET6, type)
    expect(e(p.bind(six(), { address: '127.0.0.1', port: 1024 }))).toBe('EINVAL')
    expect(e(p.bind(six(), { family: AF_UNSPEC }))).toBe('EINVAL')
    const long = new Uint8Array(28)
    long[0] = AF_INET
    expect(e(p.bind(six(), long))).toBe('EAFNOSUPPORT')
    long[0] = AF_INET6
    expect(e(p.bind(six(), long.subarray(0, 23)))).toBe('EINVAL')
    expect(e(p.bind(six(), long.subarray(0, 24)))).toBe(0)
    expect(e(p.bind(six(), { address: 'ff02::1', port: 2000 }))).toBe('EINVAL')
    expect(e(p.bind(six(SOCK_DGRAM), { address: 'ff02::1', port: 2000 }))).toBe(0)
    expect(e(p.bind(six(), { address: 'fe80::1', port: 2000 }))).toBe('EINVAL')
    expect(e(p.bind(six(), { address: 'fe80::1', port: 2000, scopeId: 2 }))).toBe('EADDRNOTAVAIL')
    expect(e(p.bind(six(), { address: '2001:db8::1', port: 2000 }))).toBe('EADDRNOTAVAIL')
    expect(e(p.bind(six(), { address: '::ffff:10.9.9.9', port: 2000 }))).toBe('EADDRNOTAVAIL')
    const mapped = six()
    expect(e(p.bind(mapped, { address: '::ffff:127.0.0.1', port: 2000 }))).toBe(0)
    expect(p.local(mapped)).toBe('::ffff:127.0.0.1:2000')
    // The IPv4 wildcard on an IPv6 socket claims IPv4 alone.
    const any = six(SOCK_DGRAM)
    expect(e(p.bind(any, { address: '::ffff:0.0.0.0', port: 2001 }))).toBe(0)
    expect(e(p.bind(p.socket(AF_INET, SOCK_DGRAM), { address: '127.0.0.1', port: 2001 }))).toBe('EADDRINUSE')
    expect(e(p.bind(six(SOCK_DGRAM), { address: '::1', port: 2001 }))).toBe(0)
  })

  test('connect and sendto', () => {
    const { world, p } = one()
    p.listener('::1', 5000)
    const c = p.socket(AF_INET6, SOCK_STREAM)
    expect(e(p.connect(c, { address: 'fe80::9', port: 1 }))).toBe('EINVAL')
    expect(e(p.connect(c, { address: '::1', port: 5000 }))).toBe('EINPROGRESS')
    world.run()
    expect([p.peer(c), p.bits(c)]).toEqual(['::1:5000', 'OUT'])
    const s = p.socket(AF_INET6, SOCK_DGRAM)
    p.bind(s, { address: '::', port: 5353 })
    const u = p.socket(AF_INET6, SOCK_DGRAM)
    expect(e(p.sendto(u, bytes('a'), 0, { address: '::1', port: 5353 }))).toBe(1)
    // A struct sockaddr_in is taken by datagram sockets of IPv6 too.
    expect(e(p.sendto(u, bytes('b'), 0, { address: '127.0.0.1', port: 5353 }))).toBe(1)
    expect(e(p.sendto(u, bytes('c'), 0, { family: AF_UNSPEC }))).toBe('EDESTADDRREQ')
    expect(e(p.sendto(u, bytes('c'), 0, { path: '/s' }))).toBe('EINVAL')
    expect(e(p.sendto(u, bytes('c'), 0, in4.subarray(0, 8)))).toBe('EINVAL')
    expect(e(p.sendto(u, bytes('c'), 0, in6.subarray(0, 8)))).toBe('EINVAL')
    world.run()
    expect([p.read$(s), p.read$(s), p.read$(s)]).toEqual(['a', 'b', 'EAGAIN'])
    expect(e(p.connect(u, { address: '127.0.0.1', port: 5353 }))).toBe(0)
    expect(p.peer(u)).toBe('::ffff:127.0.0.1:5353')
    const only = p.socket(AF_INET6, SOCK_DGRAM)
    p.setsockopt(only, 41, 26, 1)
    expect(e(p.connect(only, { address: '127.0.0.1', port: 5353 }))).toBe('EAFNOSUPPORT')
    expect(e(p.connect(only, { address: '::ffff:127.0.0.1', port: 5353 }))).toBe('ENETUNREACH')
    expect(e(p.sendto(only, bytes('x'), 0, { address: '::ffff:127.0.0.1', port: 5353 }))).toBe('ENETUNREACH')
  })

  test('IPv4 datagram sockets and addresses', () => {
    const { p } = one()
    const u = p.socket(AF_INET, SOCK_DGRAM)
    expect(e(p.sendto(u, bytes('x'), 0, { address: '::1', port: 9 }))).toBe('EAFNOSUPPORT')
    expect(e(p.sendto(u, bytes('x'), 0, in4.subarray(0, 15)))).toBe('EINVAL')
    const unspecific = in4.slice()
    unspecific[0] = AF_UNSPEC
    unspecific.set([127, 0, 0, 1], 4)
    expect(e(p.sendto(u, bytes('x'), 0, unspecific))).toBe(1)
    expect(e(p.connect(u, { address: '::1', port: 9 }))).toBe('EAFNOSUPPORT')
    expect(e(p.connect(u, { address: '0.0.0.0', port: 9 }))).toBe(0)
    expect(p.peer(u)).toBe('127.0.0.1:9')
  })
})
