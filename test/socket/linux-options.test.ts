/** Measured on Linux 6.18, options: defaults, what setting does, what is refused; and the table that says so of each. */
import { describe, expect, test } from 'vitest'
import {
  AF_INET,
  AF_INET6,
  type InetDatagram,
  IP_FREEBIND,
  IP_TOS,
  IP_TRANSPARENT,
  IP_TTL,
  IPPROTO_ICMP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  options,
  SO_ACCEPTCONN,
  SO_BINDTODEVICE,
  SO_BROADCAST,
  SO_BUSY_POLL,
  SO_DOMAIN,
  SO_DONTROUTE,
  SO_ERROR,
  SO_INCOMING_CPU,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_MARK,
  SO_OOBINLINE,
  SO_PRIORITY,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SO_SNDLOWAT,
  SO_SNDTIMEO,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  SOL_TCP,
  TCP_CONGESTION,
  TCP_CORK,
  TCP_INFO,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_LINGER2,
  TCP_MAXSEG,
  TCP_NODELAY,
  TCP_SYNCNT,
  TCP_USER_TIMEOUT,
} from '../../src/socket/index.ts'
import { bytes, e, one, pair, type TestProcess, World } from '../support/hosts.ts'

const tcp = (p: TestProcess): number => p.socket(AF_INET, SOCK_STREAM)
const udp = (p: TestProcess): number => p.socket(AF_INET, SOCK_DGRAM)
const set = (
  p: TestProcess,
  fd: number,
  level: number,
  name: number,
  value: number | string | object,
): number | string => e(p.setsockopt(fd, level, name, value))

describe('defaults', () => {
  test('[sock-opt-10, sock-tcpopt-3, sock-tcpopt-6] defaults', () => {
    const { p } = one()
    const t = tcp(p)
    const u = udp(p)
    expect([p.option(t, SOL_SOCKET, SO_RCVBUF), p.option(t, SOL_SOCKET, SO_SNDBUF)]).toEqual([131_072, 16_384])
    expect([p.option(u, SOL_SOCKET, SO_RCVBUF), p.option(u, SOL_SOCKET, SO_SNDBUF)]).toEqual([212_992, 212_992])
    const keep = [TCP_MAXSEG, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT].map((name) => p.option(t, SOL_TCP, name))
    expect(keep).toEqual([536, 7200, 75, 9])
  })

  test('[sock-opt-7, sock-opt-8, sock-opt-12] switches are off, low-water marks are 1, times for ever', () => {
    const { p } = one()
    const names = [SO_REUSEADDR, SO_REUSEPORT, SO_KEEPALIVE, SO_BROADCAST, SO_OOBINLINE, SO_DONTROUTE]
    for (const fd of [tcp(p), udp(p)]) {
      expect(names.map((name) => p.option(fd, SOL_SOCKET, name))).toEqual([0, 0, 0, 0, 0, 0])
      expect(p.option(fd, SOL_SOCKET, SO_LINGER)).toEqual({ onoff: 0, linger: 0 })
      expect([p.option(fd, SOL_SOCKET, SO_RCVLOWAT), p.option(fd, SOL_SOCKET, SO_SNDLOWAT)]).toEqual([1, 1])
      expect(set(p, fd, SOL_SOCKET, SO_SNDLOWAT, 2)).toBe('ENOPROTOOPT')
      for (const name of [SO_RCVTIMEO, SO_SNDTIMEO])
        expect(p.option(fd, SOL_SOCKET, name)).toEqual({ seconds: 0, fraction: 0 })
    }
  })

  test('[sock-tcpopt-1, sock-tcpopt-5, sock-tcpopt-7, sock-tcpopt-8] of TCP', () => {
    const { p } = one()
    const t = tcp(p)
    const values = [TCP_NODELAY, TCP_CORK, TCP_SYNCNT, TCP_LINGER2, TCP_USER_TIMEOUT].map((n) =>
      p.option(t, SOL_TCP, n),
    )
    expect(values).toEqual([0, 0, 6, 60, 0])
  })

  test('[sock-ipopt-1, sock-ipopt-12, sock-ipopt-11] of IP', () => {
    const { p } = one()
    const six = p.socket(AF_INET6, SOCK_STREAM)
    for (const fd of [tcp(p), udp(p)]) {
      expect(p.option(fd, SOL_IP, IP_TTL)).toBe(64)
      for (const wrong of [0, 256, -2]) expect(set(p, fd, SOL_IP, IP_TTL, wrong)).toBe('EINVAL')
      expect(set(p, fd, SOL_IP, IP_TTL, 9)).toBe(0)
      expect(p.option(fd, SOL_IP, IP_TTL)).toBe(9)
      expect(set(p, fd, SOL_IP, IP_TTL, -1)).toBe(0)
      expect(p.option(fd, SOL_IP, IP_TTL)).toBe(64)
      expect(p.option(fd, SOL_IPV6, IPV6_V6ONLY)).toBe('EOPNOTSUPP')
    }
    expect([p.option(six, SOL_IPV6, IPV6_UNICAST_HOPS), p.option(six, SOL_IPV6, IPV6_V6ONLY)]).toEqual([64, 0])
  })
})

describe('setting', () => {
  test('[sock-opt-9, sock-tcpopt-3, sock-tcpopt-6] set SO_RCVBUF', () => {
    const { p } = one()
    for (const fd of [tcp(p), udp(p)]) {
      const buffer = (name: number, value: number): unknown => {
        expect(set(p, fd, SOL_SOCKET, name, value)).toBe(0)
        return p.option(fd, SOL_SOCKET, name)
      }
      expect([buffer(SO_RCVBUF, 10_000), buffer(SO_RCVBUF, 1), buffer(SO_SNDBUF, 1)]).toEqual([20_000, 2304, 4608])
      expect([buffer(SO_RCVBUF, 9_999_999), buffer(SO_SNDBUF, 9_999_999)]).toEqual([425_984, 425_984])
      expect(set(p, fd, SOL_SOCKET, SO_ERROR, 1)).toBe('ENOPROTOOPT')
    }
    const t = tcp(p)
    expect(set(p, t, SOL_TCP, TCP_MAXSEG, 10)).toBe('EINVAL')
    for (const name of [TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT]) expect(set(p, t, SOL_TCP, name, 0)).toBe('EINVAL')
    expect(set(p, udp(p), SOL_TCP, TCP_NODELAY, 1)).toBe('ENOPROTOOPT')
  })

  test.each([
    [false, true],
    [true, false],
  ])('[sock-opt-11, sock-opt-10] autotuning: SO_RCVBUF set %s, the buffer grows %s', (isSet, grows) => {
    const { world, p } = one()
    const l = tcp(p)
    if (isSet) set(p, l, SOL_SOCKET, SO_RCVBUF, 65_536)
    p.bind(l, { address: '127.0.0.1', port: 5000 })
    p.listen(l, 1)
    const c = tcp(p)
    p.connect(c, { address: '127.0.0.1', port: 5000 })
    world.run()
    const s = p.accept(l)
    const before = p.option(s, SOL_SOCKET, SO_RCVBUF) as number
    const block = new Uint8Array(65_536)
    for (let i = 0; i < 400; i++) {
      p.send(c, block)
      world.pass(0.001)
      while (p.recv(s, block) > 0) world.run()
    }
    expect((p.option(s, SOL_SOCKET, SO_RCVBUF) as number) > before).toBe(grows)
  })

  test('[sock-opt-1, sock-opt-2, sock-opt-4] unknown ones, short values, booleans', () => {
    const { p } = one()
    const t = tcp(p)
    expect(set(p, t, SOL_SOCKET, 9999, 1)).toBe('ENOPROTOOPT')
    expect(p.option(t, SOL_SOCKET, 9999)).toBe('ENOPROTOOPT')
    expect(p.option(t, 9999, 1)).toBe('EOPNOTSUPP')
    expect(p.option(t, SOL_IP, 9999)).toBe('ENOPROTOOPT')
    expect(set(p, t, SOL_SOCKET, SO_REUSEADDR, Uint8Array.of(1, 0, 0))).toBe('EINVAL')
    expect(set(p, t, SOL_SOCKET, SO_LINGER, Uint8Array.of(1, 0, 0, 0))).toBe('EINVAL')
    expect(set(p, t, SOL_SOCKET, SO_RCVTIMEO, new Uint8Array(8))).toBe('EINVAL')
    expect(set(p, t, SOL_IP, IP_TTL, Uint8Array.of(7))).toBe(0)
    expect(p.option(t, SOL_IP, IP_TTL)).toBe(7)
    for (const name of [SO_REUSEADDR, SO_KEEPALIVE, SO_BROADCAST, SO_OOBINLINE, SO_DONTROUTE]) {
      expect(set(p, t, SOL_SOCKET, name, 17)).toBe(0)
      expect(p.option(t, SOL_SOCKET, name)).toBe(1)
    }
    const room = new Uint8Array(8)
    expect(p.getsockoptBytes(t, SOL_SOCKET, SO_KEEPALIVE, room)).toBe(4)
    expect(room[0]).toBe(1)
    expect(p.getsockoptBytes(t, SOL_SOCKET, SO_LINGER, room)).toBe(8)
    expect(p.getsockoptBytes(t, SOL_SOCKET, SO_KEEPALIVE, new Uint8Array(1))).toBe(1)
    expect(e(p.getsockoptBytes(99, SOL_SOCKET, SO_KEEPALIVE, room))).toBe('EBADF')
  })

  test('[sock-opt-3, sock-opt-6, sock-listen-9] what a socket is cannot be set', () => {
    const { p, l, c } = pair()
    const names = [SO_TYPE, SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN, SO_ERROR]
    for (const fd of [l, c, udp(p)])
      for (const name of names) expect(set(p, fd, SOL_SOCKET, name, 1)).toBe('ENOPROTOOPT')
    const what = (fd: number): unknown[] => names.slice(0, 4).map((name) => p.option(fd, SOL_SOCKET, name))
    expect(what(l)).toEqual([SOCK_STREAM, AF_INET, IPPROTO_TCP, 1])
    expect(what(c)).toEqual([SOCK_STREAM, AF_INET, IPPROTO_TCP, 0])
    expect(what(udp(p))).toEqual([SOCK_DGRAM, AF_INET, IPPROTO_UDP, 0])
    expect(what(p.socket(AF_INET6, SOCK_DGRAM))).toEqual([SOCK_DGRAM, AF_INET6, IPPROTO_UDP, 0])
    expect(what(p.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP))).toEqual([SOCK_RAW, AF_INET, IPPROTO_ICMP, 0])
  })

  test('[sock-opt-14, sock-opt-15] marks and priorities; what no virtual host has', () => {
    const { host, p } = one()
    const user = host.process(1000)
    const fd = udp(p)
    const theirs = udp(user)
    expect(set(p, fd, SOL_SOCKET, SO_MARK, 7)).toBe(0)
    expect(p.option(fd, SOL_SOCKET, SO_MARK)).toBe(7)
    expect(set(user, theirs, SOL_SOCKET, SO_MARK, 7)).toBe('EPERM')
    let mark = -1
    host.ip.filter = (packet) => {
      mark = packet.mark
      return true
    }
    p.sendto(fd, bytes('x'), 0, { address: '127.0.0.1', port: 9 })
    expect(mark).toBe(7)
    expect(set(user, theirs, SOL_SOCKET, SO_PRIORITY, 6)).toBe(0)
    expect(user.option(theirs, SOL_SOCKET, SO_PRIORITY)).toBe(6)
    expect(set(user, theirs, SOL_SOCKET, SO_PRIORITY, 7)).toBe('EPERM')
    for (const name of [SO_INCOMING_CPU, SO_BUSY_POLL]) {
      expect(set(p, fd, SOL_SOCKET, name, 1)).toBe('ENOPROTOOPT')
      expect(p.option(fd, SOL_SOCKET, name)).toBe('ENOPROTOOPT')
    }
  })

  test('[sock-opt-12] time-outs are kept to the microsecond', () => {
    const { p } = one()
    const t = tcp(p)
    expect(set(p, t, SOL_SOCKET, SO_RCVTIMEO, { seconds: 2, fraction: 500_000 })).toBe(0)
    expect(p.option(t, SOL_SOCKET, SO_RCVTIMEO)).toEqual({ seconds: 2, fraction: 500_000 })
    expect(set(p, t, SOL_SOCKET, SO_RCVTIMEO, { seconds: 0, fraction: 1_000_000 })).toBe('EDOM')
    const raw = new Uint8Array(16)
    raw[0] = 3
    expect(set(p, t, SOL_SOCKET, SO_SNDTIMEO, raw)).toBe(0)
    expect(p.option(t, SOL_SOCKET, SO_SNDTIMEO)).toEqual({ seconds: 3, fraction: 0 })
  })

  test('[sock-opt-13] SO_BINDTODEVICE', () => {
    const world = new World()
    const a = world.host('a', '10.0.0.1')
    const b = world.host('b', '10.0.0.2')
    const p = a.process()
    const q = b.process()
    const s = udp(q)
    q.bind(s, { address: '0.0.0.0', port: 5353 })
    expect(set(q, s, SOL_SOCKET, SO_BINDTODEVICE, 'nope')).toBe('ENODEV')
    expect(set(q, s, SOL_SOCKET, SO_BINDTODEVICE, 'lo')).toBe(0)
    expect(q.option(s, SOL_SOCKET, SO_BINDTODEVICE)).toBe('lo')
    const c = udp(p)
    const send = (): string => {
      p.sendto(c, bytes('x'), 0, { address: '10.0.0.2', port: 5353 })
      world.run()
      return q.read$(s)
    }
    expect(send()).toBe('EAGAIN')
    expect(set(q, s, SOL_SOCKET, SO_BINDTODEVICE, bytes('eth0\0'))).toBe(0)
    expect(send()).toBe('x')
    const user = b.process(1000)
    const u = udp(user)
    expect(set(user, u, SOL_SOCKET, SO_BINDTODEVICE, 'eth0')).toBe(0)
    expect(set(user, u, SOL_SOCKET, SO_BINDTODEVICE, '')).toBe('EPERM')
  })

  test('[sock-ipopt-8, sock-bind-2] IP_FREEBIND and IP_TRANSPARENT', () => {
    const { host, p } = one()
    const to = { address: '192.168.7.7', port: 5000 }
    for (const name of [IP_FREEBIND, IP_TRANSPARENT]) {
      const t = tcp(p)
      expect(e(p.bind(t, to))).toBe('EADDRNOTAVAIL')
      expect(set(p, t, SOL_IP, name, 1)).toBe(0)
      expect(p.option(t, SOL_IP, name)).toBe(1)
      expect(e(p.bind(t, to))).toBe(0)
      p.close(t)
    }
    const user = host.process(1000)
    expect(set(user, tcp(user), SOL_IP, IP_FREEBIND, 1)).toBe(0)
    expect(set(user, tcp(user), SOL_IP, IP_TRANSPARENT, 1)).toBe('EPERM')
  })

  test('[sock-ipopt-2] IP_TOS leaves the ECN bits of TCP alone', () => {
    const { p } = one()
    const t = tcp(p)
    expect(set(p, t, SOL_IP, IP_TOS, 0x2b)).toBe(0)
    expect(p.option(t, SOL_IP, IP_TOS)).toBe(0x28)
    const u = udp(p)
    expect(set(p, u, SOL_IP, IP_TOS, 0x2b)).toBe(0)
    expect(p.option(u, SOL_IP, IP_TOS)).toBe(0x2b)
    expect(set(p, u, SOL_IP, IP_TOS, 256)).toBe('EINVAL')
  })

  test('[sock-tcpopt-10, sock-tcpopt-11, sock-tcpopt-12] TCP_CONGESTION and TCP_INFO', () => {
    const { p, c } = pair()
    expect(p.option(c, SOL_TCP, TCP_CONGESTION)).toBe('cubic')
    expect(set(p, c, SOL_TCP, TCP_CONGESTION, 'nonsense')).toBe('ENOENT')
    expect(set(p, c, SOL_TCP, TCP_CONGESTION, 'reno')).toBe(0)
    expect(p.option(c, SOL_TCP, TCP_CONGESTION)).toBe('reno')
    expect(p.option(c, SOL_TCP, TCP_INFO)).toMatchObject({ state: 1, retransmits: 0, sndCwnd: 10, options: 7 })
    expect(set(p, c, SOL_TCP, TCP_INFO, 1)).toBe('ENOPROTOOPT')
  })

  test('[sock-accept-5, sock-accept-4] an accepted socket has its listener’s options', () => {
    const { world, p } = one()
    const l = tcp(p)
    for (const name of [SO_REUSEADDR, SO_KEEPALIVE, SO_OOBINLINE]) set(p, l, SOL_SOCKET, name, 1)
    set(p, l, SOL_SOCKET, SO_RCVBUF, 30_000)
    set(p, l, SOL_SOCKET, SO_LINGER, { onoff: 1, linger: 5 })
    set(p, l, SOL_SOCKET, SO_RCVTIMEO, { seconds: 4, fraction: 0 })
    set(p, l, SOL_TCP, TCP_NODELAY, 1)
    set(p, l, SOL_IP, IP_TTL, 33)
    p.ioctl(l, 0x5421, 1)
    p.bind(l, { address: '127.0.0.1', port: 5000 })
    p.listen(l, 1)
    p.connect(tcp(p), { address: '127.0.0.1', port: 5000 })
    world.run()
    const s = p.accept(l)
    const values = [SO_REUSEADDR, SO_KEEPALIVE, SO_OOBINLINE, SO_RCVBUF].map((name) => p.option(s, SOL_SOCKET, name))
    expect(values).toEqual([1, 1, 1, 60_000])
    expect(p.option(s, SOL_SOCKET, SO_LINGER)).toEqual({ onoff: 1, linger: 5 })
    expect(p.option(s, SOL_SOCKET, SO_RCVTIMEO)).toEqual({ seconds: 4, fraction: 0 })
    expect([p.option(s, SOL_TCP, TCP_NODELAY), p.option(s, SOL_IP, IP_TTL)]).toEqual([1, 33])
    expect(p.fcntl(s, 3) & 0o4000).toBe(0)
  })
})

describe('the table', () => {
  const sockets = (p: TestProcess): Record<string, number> => ({
    tcp: p.socket(AF_INET6, SOCK_STREAM),
    udp: p.socket(AF_INET6, SOCK_DGRAM),
    ping: p.socket(AF_INET6, SOCK_DGRAM, 58),
    raw: p.socket(AF_INET6, SOCK_RAW, 58),
  })

  test('says of every option of every kind one thing', () => {
    const keys = options.flatMap((o) => o.kinds.map((kind) => `${kind} ${o.level} ${o.name}`))
    expect(new Set(keys).size).toBe(keys.length)
  })

  test.each(
    options.flatMap((option) =>
      option.kinds.map((kind) => ({ option, kind, title: `${option.symbol} on ${kind}: ${option.status}` })),
    ),
  )('$title', ({ option, kind }) => {
    const { p } = one()
    const fd = sockets(p)[kind] as number
    const { level, name, status, form } = option
    const value = {
      bool: 1,
      int: 1,
      byte: 1,
      linger: { onoff: 1, linger: 3 },
      time: { seconds: 1, fraction: 0 },
      text: '',
      record: {},
    }[form]
    const result = set(p, fd, level, name, value)
    if (status === 'refused') {
      expect(result).toBe('ENOPROTOOPT')
      expect(p.option(fd, level, name)).toBe('ENOPROTOOPT')
    } else if (status === 'stored') {
      expect(result).toBe(0)
      expect(p.option(fd, level, name)).toEqual(value)
    } else {
      expect(option.get !== null || option.set !== null).toBe(true)
      if (option.set === null) expect(result).toBe('ENOPROTOOPT')
      if (option.get !== null) expect(p.option(fd, level, name)).not.toBe('ENOPROTOOPT')
    }
  })

  test('kinds know what they are', () => {
    const { p } = one()
    for (const [kind, fd] of Object.entries(sockets(p))) expect((p.descriptors.get(fd) as InetDatagram).kind).toBe(kind)
  })
})
