/** Measured on Linux 6.18, bind and listen: each case by its name. A socket is named by the order of the calls in the table. */
import { describe, expect, test } from 'vitest'
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../src/socket/index.ts'
import { e, one, pair, type TestProcess, type World } from '../support/hosts.ts'

interface Setting {
  readonly reuse?: boolean
  readonly port?: boolean
  readonly v6only?: boolean
  readonly type?: number
}

/** A new socket, options set, bound: its descriptor and the result. */
const bound = (
  p: TestProcess,
  address: string,
  port: number,
  set: Setting = {},
): { fd: number; r: number | string } => {
  const fd = p.socket(address.includes(':') ? AF_INET6 : AF_INET, set.type ?? SOCK_STREAM)
  if (set.reuse) p.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1)
  if (set.port) p.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, 1)
  if (set.v6only) p.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)
  return { fd, r: e(p.bind(fd, { address, port })) }
}

const R = { reuse: true }

describe('bind and bind', () => {
  test('[sock-bind-3, sock-reuse-1, sock-reuse-7] wildcard vs specific', () => {
    const { p } = one()
    expect(bound(p, '0.0.0.0', 5000).r).toBe(0)
    expect(bound(p, '127.0.0.1', 5000).r).toBe('EADDRINUSE')
    // One reuse option is not enough.
    expect(bound(p, '127.0.0.1', 5000, R).r).toBe('EADDRINUSE')
  })

  test('[sock-bind-11, sock-reuse-7] two specifics, then wildcard', () => {
    const { p } = one()
    expect(bound(p, '127.0.0.1', 5000).r).toBe(0)
    expect(bound(p, '127.0.0.2', 5000).r).toBe(0)
    expect(bound(p, '0.0.0.0', 5000).r).toBe('EADDRINUSE')
  })

  test.each(['127.0.0.1', '0.0.0.0'])(
    '[sock-reuse-2, sock-reuse-4, sock-listen-5, sock-reuse-7] REUSEADDR both, none listening (%s)',
    (second) => {
      const { p } = one()
      const a = bound(p, '127.0.0.1', 5000, R)
      const b = bound(p, second, 5000, R)
      expect([a.r, b.r]).toEqual([0, 0])
      expect(e(p.listen(a.fd, 1))).toBe(0)
      expect(e(p.listen(b.fd, 1))).toBe('EADDRINUSE')
    },
  )

  test.each(['127.0.0.1', '0.0.0.0'])('[sock-reuse-3] REUSEADDR both, first listening (%s)', (second) => {
    const { p } = one()
    const a = bound(p, '127.0.0.1', 5000, R)
    p.listen(a.fd, 1)
    expect(bound(p, second, 5000, R).r).toBe('EADDRINUSE')
  })

  test('[sock-bind-9, sock-ipopt-13] v6 :: (dual) first', () => {
    const { world, p } = one()
    const l = bound(p, '::', 5000)
    expect(l.r).toBe(0)
    expect(bound(p, '0.0.0.0', 5000).r).toBe('EADDRINUSE')
    expect(bound(p, '127.0.0.1', 5000).r).toBe('EADDRINUSE')
    p.listen(l.fd, 1)
    const c = p.socket(AF_INET, SOCK_STREAM)
    p.connect(c, { address: '127.0.0.1', port: 5000 })
    world.run()
    const out = { length: 0, address: null }
    const s = p.accept(l.fd, out)
    expect(out).toMatchObject({
      length: 28,
      address: { family: AF_INET6, address: '::ffff:127.0.0.1', port: p.localPort(c) },
    })
    expect(p.local(s)).toBe('::ffff:127.0.0.1:5000')
    expect(p.local(c)).toBe(`127.0.0.1:${p.localPort(c)}`)
  })

  test('[sock-bind-9] v4 * first', () => {
    const { p } = one()
    bound(p, '0.0.0.0', 5000)
    expect(bound(p, '::', 5000).r).toBe('EADDRINUSE')
    expect(bound(p, '::1', 5000).r).toBe(0)
    expect(bound(p, '::ffff:127.0.0.1', 5000).r).toBe('EADDRINUSE')
  })

  test('[sock-bind-10, sock-connect-20, sock-ipopt-11] V6ONLY', () => {
    const { p } = one()
    const six = bound(p, '::', 5000, { v6only: true })
    expect(six.r).toBe(0)
    expect(bound(p, '0.0.0.0', 5000).r).toBe(0)
    expect(e(p.setsockopt(six.fd, IPPROTO_IPV6, IPV6_V6ONLY, 0))).toBe('EINVAL')
    const other = p.socket(AF_INET6, SOCK_STREAM)
    expect(p.option(other, IPPROTO_IPV6, IPV6_V6ONLY)).toBe(0)
    p.setsockopt(other, IPPROTO_IPV6, IPV6_V6ONLY, 1)
    expect(e(p.connect(other, { address: '::ffff:127.0.0.1', port: 5000 }))).toBe('ENETUNREACH')
    expect(e(p.bind(other, { address: '::ffff:127.0.0.1', port: 6000 }))).toBe('EINVAL')
  })

  test('[sock-reuse-8, sock-reuse-10] UDP same port', () => {
    const { world, p } = one()
    expect(bound(p, '127.0.0.1', 5000, { type: SOCK_DGRAM }).r).toBe(0)
    expect(bound(p, '127.0.0.1', 5000, { type: SOCK_DGRAM }).r).toBe('EADDRINUSE')
    const a = bound(p, '127.0.0.1', 6000, { ...R, type: SOCK_DGRAM })
    const b = bound(p, '127.0.0.1', 6000, { ...R, type: SOCK_DGRAM })
    expect([a.r, b.r]).toEqual([0, 0])
    const c = p.socket(AF_INET, SOCK_DGRAM)
    p.sendto(c, new Uint8Array(3), 0, { address: '127.0.0.1', port: 6000 })
    world.run()
    expect(p.read$(a.fd)).toBe('EAGAIN')
    expect(p.read$(b.fd)).toHaveLength(3)
    expect(p.read$(b.fd)).toBe('EAGAIN')
  })

  test('[sock-reuse-5] REUSEPORT', () => {
    const { host, p } = one()
    const P = { port: true }
    const a = bound(p, '127.0.0.1', 5000, P)
    const b = bound(p, '127.0.0.1', 5000, P)
    expect([a.r, b.r]).toEqual([0, 0])
    expect(e(p.listen(a.fd, 1))).toBe(0)
    expect(e(p.listen(b.fd, 1))).toBe(0)
    expect(bound(p, '127.0.0.1', 5000).r).toBe('EADDRINUSE')
    // Another user may not join.
    expect(bound(host.process(1000), '127.0.0.1', 5000, P).r).toBe('EADDRINUSE')
  })

  test('[sock-reuse-6] REUSEADDR on one, REUSEPORT on the other', () => {
    const { p } = one()
    bound(p, '127.0.0.1', 5000, { port: true })
    expect(bound(p, '127.0.0.1', 5000, R).r).toBe('EADDRINUSE')
    bound(p, '127.0.0.1', 5001, R)
    expect(bound(p, '127.0.0.1', 5001, { port: true }).r).toBe('EADDRINUSE')
  })

  test('[sock-bind-4, sock-bind-1, sock-port-1] bind 0 / rebind / late bind', () => {
    const { world, p } = one()
    const a = bound(p, '127.0.0.1', 0)
    expect(p.localPort(a.fd)).toBeGreaterThanOrEqual(32_768)
    expect(p.localPort(a.fd)).toBeLessThanOrEqual(60_999)
    expect(e(p.bind(a.fd, { address: '127.0.0.1', port: 0 }))).toBe('EINVAL')
    p.listener('127.0.0.1', 7000)
    const c = p.socket(AF_INET, SOCK_STREAM)
    p.connect(c, { address: '127.0.0.1', port: 7000 })
    world.run()
    expect(e(p.bind(c, { address: '127.0.0.1', port: 0 }))).toBe('EINVAL')
  })
})

/** A listener with one connection that the server closed first, and then itself: its port is in TIME-WAIT. */
const timeWait = (reuse: boolean): { world: World; p: TestProcess } => {
  const { world, p } = one()
  const l = bound(p, '127.0.0.1', 5000, { reuse }).fd
  p.listen(l, 1)
  const c = p.socket(AF_INET, SOCK_STREAM)
  p.connect(c, { address: '127.0.0.1', port: 5000 })
  world.run()
  const s = p.accept(l)
  p.close(s)
  world.run()
  p.close(c)
  p.close(l)
  world.run()
  return { world, p }
}

describe('ports held by what is no socket any more', () => {
  test('[sock-reuse-11, sock-reuse-12, sock-close-8] rebind in TIME-WAIT', () => {
    const { world, p } = timeWait(false)
    expect(bound(p, '127.0.0.1', 5000).r).toBe('EADDRINUSE')
    expect(bound(p, '127.0.0.1', 5000, R).r).toBe('EADDRINUSE')
    world.pass(59)
    expect(bound(p, '127.0.0.1', 5000).r).toBe('EADDRINUSE')
    world.pass(2)
    expect(bound(p, '127.0.0.1', 5000).r).toBe(0)
    const both = timeWait(true)
    expect(bound(both.p, '127.0.0.1', 5000).r).toBe('EADDRINUSE')
    const again = bound(both.p, '127.0.0.1', 5000, R)
    expect(again.r).toBe(0)
    expect(e(both.p.listen(again.fd, 1))).toBe(0)
  })

  test('[sock-reuse-2] rebind, live child, L closed', () => {
    const { world, p } = one()
    const l = bound(p, '127.0.0.1', 5000, R).fd
    p.listen(l, 1)
    p.connect(p.socket(AF_INET, SOCK_STREAM), { address: '127.0.0.1', port: 5000 })
    world.run()
    p.accept(l)
    p.close(l)
    expect(bound(p, '127.0.0.1', 5000).r).toBe('EADDRINUSE')
    const again = bound(p, '127.0.0.1', 5000, R)
    expect(again.r).toBe(0)
    expect(e(p.listen(again.fd, 1))).toBe(0)
  })
})

describe('listen and accept', () => {
  test('[sock-listen-2, sock-listen-3, sock-listen-4, sock-listen-8] listen', () => {
    const { p, c } = pair()
    expect(e(p.listen(c, 1))).toBe('EINVAL')
    const u = p.socket(AF_INET, SOCK_STREAM)
    expect(e(p.listen(u, 1))).toBe(0)
    expect(p.localPort(u)).toBeGreaterThanOrEqual(32_768)
    expect(e(p.listen(u, 5))).toBe(0)
    expect(e(p.bind(u, { address: '127.0.0.1', port: 7001 }))).toBe('EINVAL')
  })

  test('[sock-accept-2, sock-accept-3, sock-listen-1] accept', () => {
    const { p } = one()
    const a = p.socket(AF_INET, SOCK_STREAM)
    expect(e(p.accept(a))).toBe('EINVAL')
    p.bind(a, { address: '127.0.0.1', port: 5000 })
    expect(e(p.accept(a))).toBe('EINVAL')
    const u = p.socket(AF_INET, SOCK_DGRAM)
    expect(e(p.accept(u))).toBe('EOPNOTSUPP')
    expect(e(p.listen(u, 1))).toBe('EOPNOTSUPP')
    p.listen(a, 1)
    expect(e(p.accept(a))).toBe('EAGAIN')
  })

  test.each([
    [1, 5],
    [0, 3],
  ])('[sock-listen-7] backlog: listen(%i)', (n, clients) => {
    const { world, p } = one()
    const l = p.listener('127.0.0.1', 5000, n)
    const fds = Array.from({ length: clients }, () => {
      const c = p.socket(AF_INET, SOCK_STREAM)
      p.connect(c, { address: '127.0.0.1', port: 5000 })
      world.run()
      return c
    })
    const done = (): number => fds.filter((fd) => p.bits(fd) === 'OUT').length
    expect(done()).toBe(n + 1)
    for (let i = 0; i <= n; i++) expect(p.accept(l)).toBeGreaterThan(0)
    expect(e(p.accept(l))).toBe('EAGAIN')
    // The others are not refused: they try again after a second, and come in.
    world.pass(1.5)
    expect(done()).toBe(Math.min(clients, 2 * (n + 1)))
  })
})

test('[sock-bind-6, sock-port-5] privileged, non-root', () => {
  const { p } = one(1000)
  expect(bound(p, '127.0.0.1', 80).r).toBe('EACCES')
  expect(bound(p, '127.0.0.1', 1023).r).toBe('EACCES')
  expect(bound(p, '127.0.0.1', 1024).r).toBe(0)
  const root = one().p
  expect(bound(root, '127.0.0.1', 80).r).toBe(0)
})

test('[sock-bind-2, sock-bind-7, sock-bind-8, sock-bind-12] bind errors', () => {
  const { p } = one()
  const raw = (length: number, family: number): Uint8Array => {
    const b = new Uint8Array(length)
    b[0] = family
    return b
  }
  const s = (): number => p.socket(AF_INET, SOCK_STREAM)
  expect(bound(p, '192.168.7.7', 5000).r).toBe('EADDRNOTAVAIL')
  expect(e(p.bind(s(), raw(28, 10)))).toBe('EAFNOSUPPORT')
  expect(e(p.bind(s(), raw(8, 2)))).toBe('EINVAL')
  expect(e(p.bind(p.socket(AF_INET6, SOCK_STREAM), raw(16, 10)))).toBe('EINVAL')
  for (const [i, address] of ['224.0.0.1', '255.255.255.255', '127.5.5.5'].entries()) {
    expect(bound(p, address, 5001 + i).r).toBe(0)
    expect(bound(p, address, 5001 + i, { type: SOCK_DGRAM }).r).toBe(0)
  }
  expect(e(p.bind(s(), raw(16, 0)))).toBe(0)
  const unspecific = raw(16, 0)
  unspecific.set([127, 0, 0, 1], 4)
  expect(e(p.bind(s(), unspecific))).toBe('EAFNOSUPPORT')
})

describe('ephemeral range of 4', () => {
  const small = (): { world: World; p: TestProcess } => {
    const { world, host, p } = one()
    host.sysctl('net.ipv4.ip_local_port_range', '40000 40003')
    p.listener('127.0.0.1', 5000)
    p.listener('127.0.0.1', 5001)
    p.listener('127.0.0.2', 5000)
    return { world, p }
  }
  const connect = (p: TestProcess, world: World, address: string, port: number): number | string => {
    const r = e(p.connect(p.socket(AF_INET, SOCK_STREAM), { address, port }))
    world.run()
    return r
  }

  test('[sock-connect-11, sock-port-4, sock-reuse-13, sock-bind-5] 5 connects to one dst; other dst port / ip; bind 0', () => {
    const { world, p } = small()
    for (let i = 0; i < 4; i++) expect(connect(p, world, '127.0.0.1', 5000)).toBe('EINPROGRESS')
    expect(connect(p, world, '127.0.0.1', 5000)).toBe('EADDRNOTAVAIL')
    expect(connect(p, world, '127.0.0.1', 5001)).toBe('EINPROGRESS')
    expect(connect(p, world, '127.0.0.2', 5000)).toBe('EINPROGRESS')
    expect(bound(p, '0.0.0.0', 0).r).toBe('EADDRINUSE')
    // UDP has ports of its own.
    expect(bound(p, '0.0.0.0', 0, { type: SOCK_DGRAM }).r).toBe(0)
  })

  test('[sock-bind-5, sock-port-4] 5x bind 127.0.0.3:0', () => {
    const { world, p } = small()
    for (let i = 0; i < 4; i++) connect(p, world, '127.0.0.1', 5000)
    for (let i = 0; i < 4; i++) expect(bound(p, '127.0.0.3', 0).r).toBe(0)
    expect(bound(p, '127.0.0.3', 0).r).toBe('EADDRINUSE')
  })
})
