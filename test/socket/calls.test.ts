/** The calls on descriptors: what POSIX and Linux's manual pages say of each beyond the measured cases. */
import { describe, expect, test } from 'vitest'
import {
  AF_INET,
  AF_INET6,
  AF_PACKET,
  AF_UNIX,
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_SETFD,
  F_SETFL,
  FIONBIO,
  FIONREAD,
  MSG_DONTWAIT,
  MSG_MORE,
  MSG_PEEK,
  MSG_TRUNC,
  O_NONBLOCK,
  SHUT_WR,
  SIOCATMARK,
  SIOCOUTQ,
  SO_OOBINLINE,
  SO_RCVLOWAT,
  SO_REUSEPORT,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../src/socket/index.ts'
import { TcpState } from '../../src/tcp/index.ts'
import { bytes, e, one, pair, type TestProcess } from '../support/hosts.ts'

const tcp = (p: TestProcess): number => p.socket(AF_INET, SOCK_STREAM)
const L = { address: '127.0.0.1', port: 5000 }

describe('socket', () => {
  test('[sock-socket-1] the lowest free descriptor', () => {
    const { p } = one()
    expect([tcp(p), tcp(p), tcp(p)]).toEqual([0, 1, 2])
    p.close(1)
    expect([tcp(p), tcp(p)]).toEqual([1, 3])
  })

  test('[sock-socket-2, sock-socket-3, sock-socket-4, sock-socket-5] socket()', () => {
    const { p } = one()
    expect(e(p.socket(AF_INET, 99))).toBe('EINVAL')
    expect(e(p.socket(AF_INET, 12))).toBe('EINVAL')
    expect(e(p.socket(AF_INET, SOCK_STREAM | 0x100000))).toBe('EINVAL')
    expect(e(p.socket(AF_INET, SOCK_STREAM, 17))).toBe('EPROTONOSUPPORT')
    expect(e(p.socket(AF_INET, SOCK_DGRAM, 6))).toBe('EPROTONOSUPPORT')
    expect(e(p.socket(77, SOCK_STREAM))).toBe('EAFNOSUPPORT')
    expect(e(p.socket(AF_INET, SOCK_SEQPACKET))).toBe('ESOCKTNOSUPPORT')
    expect(e(p.socket(AF_INET, SOCK_STREAM, 6))).toBe(0)
  })

  test('[sock-socket-6, sock-nonblock-1] SOCK_NONBLOCK and SOCK_CLOEXEC', () => {
    const { p } = one()
    const a = p.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)
    const b = p.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC)
    expect([p.fcntl(a, F_GETFL) & O_NONBLOCK, p.fcntl(a, F_GETFD)]).toEqual([O_NONBLOCK, 0])
    expect([p.fcntl(b, F_GETFL) & O_NONBLOCK, p.fcntl(b, F_GETFD)]).toEqual([0, 1])
  })

  test('[sock-socket-7, sock-accept-10] descriptors run out', () => {
    const { world, p } = one()
    const l = p.listener('127.0.0.1', 5000)
    p.connect(tcp(p), L)
    world.run()
    p.descriptors.limit = 2
    expect(e(tcp(p))).toBe('EMFILE')
    expect(e(p.socketpair(AF_UNIX, SOCK_STREAM) as number)).toBe('EMFILE')
    expect(e(p.dup(l))).toBe('EMFILE')
    expect(e(p.accept(l))).toBe('EMFILE')
    expect(p.bits(l)).toBe('IN')
    Object.assign(p.caller, { filesExhausted: true })
    p.descriptors.limit = 1024
    expect(e(p.accept(l))).toBe('ENFILE')
    expect(e(tcp(p))).toBe('ENFILE')
    Object.assign(p.caller, { filesExhausted: false })
    expect(p.accept(l)).toBe(2)
  })

  test('[sock-socket-8] raw and packet sockets need privilege', () => {
    const { host, p } = one()
    const user = host.process(1000)
    for (const call of [
      (q: TestProcess) => q.socket(AF_INET, SOCK_RAW, 1),
      (q: TestProcess) => q.socket(AF_PACKET, SOCK_RAW, 3),
    ]) {
      expect(e(call(user))).toBe('EPERM')
      expect(call(p)).toBeGreaterThanOrEqual(0)
    }
    expect(user.socket(AF_INET, SOCK_DGRAM, 1)).toBeGreaterThanOrEqual(0)
    host.sysctl('net.ipv4.ping_group_range', '1 0')
    expect(e(user.socket(AF_INET, SOCK_DGRAM, 1))).toBe('EACCES')
  })

  test('[sock-socket-9] socketpair', () => {
    const { p } = one()
    expect(e(p.socketpair(AF_INET, SOCK_STREAM) as number)).toBe('EOPNOTSUPP')
    expect(e(p.socketpair(AF_INET6, SOCK_DGRAM) as number)).toBe('EOPNOTSUPP')
    const [a, b] = p.socketpair(AF_UNIX, SOCK_STREAM) as [number, number]
    expect([a, b]).toEqual([0, 1])
    p.write$(a, 'through')
    expect(p.read$(b)).toBe('through')
  })

  test('[sock-socket-10] every call on a bad descriptor', () => {
    const { p } = one()
    const out = { length: 0, address: null }
    const results = [
      p.bind(9, L),
      p.listen(9, 1),
      p.accept(9),
      p.connect(9, L),
      p.send(9, bytes('x')),
      p.recv(9, bytes('x')),
      p.sendto(9, bytes('x'), 0, L),
      p.recvfrom(9, bytes('x'), 0),
      p.read(9, bytes('x')),
      p.write(9, bytes('x')),
      p.shutdown(9, 2),
      p.close(9),
      p.dup(9),
      p.dup2(9, 3),
      p.fcntl(9, F_GETFL),
      p.ioctl(9, FIONREAD),
      p.getsockname(9, out),
      p.getpeername(9, out),
      p.setsockopt(9, SOL_SOCKET, SO_REUSEPORT, 1),
      p.watch(9, 1, () => out) as number,
    ]
    expect(new Set(results.map(e))).toEqual(new Set(['EBADF']))
    expect(p.option(9, SOL_SOCKET, SO_REUSEPORT)).toBe('EBADF')
  })
})

describe('names', () => {
  test('[sock-name-2, sock-connect-1] after bind and connect', () => {
    const { p, c, s } = pair()
    expect(p.local(c)).toMatch(/^127\.0\.0\.1:\d{5}$/)
    expect(p.peer(c)).toBe('127.0.0.1:5000')
    expect(p.peer(s)).toBe(p.local(c))
  })

  test('[sock-name-4, sock-accept-6] an address is cut to the room, its full length told', () => {
    const { world, p, l } = pair()
    p.connect(tcp(p), L)
    world.run()
    const room = new Uint8Array(4)
    const out = { room, length: 0, address: null }
    expect(p.accept(l, out)).toBeGreaterThan(0)
    expect(out.length).toBe(16)
    expect(room[0]).toBe(2)
    expect(room.subarray(2)).not.toEqual(Uint8Array.of(0, 0))
    room.fill(0)
    expect(p.getsockname(l, out)).toBe(0)
    expect([...room, out.length]).toEqual([2, 0, 5000 >> 8, 5000 & 255, 16])
    const whole = { room: new Uint8Array(40), length: 0, address: null }
    p.getsockname(p.listener('::1', 5001), whole)
    expect(whole.length).toBe(28)
    expect(whole.room[23]).toBe(1)
  })
})

describe('listen and accept', () => {
  test('[sock-listen-6] the backlog is capped at somaxconn', () => {
    const { host, p } = one()
    host.sysctl('net.core.somaxconn', '3')
    p.listener('127.0.0.1', 5000, 100)
    expect(host.sockets.rows()).toMatchObject([{ state: TcpState.LISTEN, sendQ: 3 }])
    expect(
      one()
        .host.sockets.tcp.sysctls.find((s) => s.name === 'net.core.somaxconn')
        ?.get(),
    ).toBe('4096')
  })

  test('[sock-accept-1] in the order of arrival', () => {
    const { world, p } = one()
    const l = p.listener('127.0.0.1', 5000)
    const clients = [tcp(p), tcp(p), tcp(p)]
    for (const c of clients) p.connect(c, L)
    world.run()
    expect(clients.map(() => p.peer(p.accept(l)))).toEqual(clients.map((c) => p.local(c)))
  })

  test('[sock-accept-4] accept4 sets the flags that it is given', () => {
    const { world, p, l } = pair()
    p.connect(tcp(p), L)
    world.run()
    expect(e(p.accept4(l, 0x1))).toBe('EINVAL')
    const s = p.accept4(l, SOCK_NONBLOCK | SOCK_CLOEXEC)
    expect([p.fcntl(s, F_GETFL) & O_NONBLOCK, p.fcntl(s, F_GETFD)]).toEqual([O_NONBLOCK, 1])
  })

  test('[sock-reuse-5, sock-reuse-9] a group of listeners shares the connections', () => {
    const { world, p } = one()
    const group = [0, 1].map(() => {
      const fd = tcp(p)
      p.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, 1)
      p.bind(fd, L)
      expect(e(p.listen(fd, 100))).toBe(0)
      return fd
    })
    for (let i = 0; i < 40; i++) p.connect(tcp(p), L)
    world.run()
    const counts = group.map((fd) => {
      let n = 0
      while (p.accept(fd) >= 0) n++
      return n
    })
    expect(counts[0]).toBeGreaterThan(9)
    expect(counts[1]).toBeGreaterThan(9)
    expect((counts[0] as number) + (counts[1] as number)).toBe(40)
  })
})

describe('streams', () => {
  test('[sock-recv-1, sock-recv-10, sock-recv-20, sock-recv-2] what is there, up to the length', () => {
    const { world, p, c, s } = pair()
    p.write$(c, 'hello world')
    world.run()
    expect(p.ioctl(s, FIONREAD)).toBe(11)
    expect(p.read$(s, 5, MSG_PEEK)).toBe('hello')
    expect([p.read$(s, 6), p.read$(s, 100)]).toEqual(['hello ', 'world'])
    expect(p.read$(s)).toBe('EAGAIN')
    p.shutdown(c, SHUT_WR)
    world.run()
    expect([p.read$(s), p.read$(s)]).toEqual(['', ''])
  })

  test('[sock-recv-8] MSG_TRUNC discards', () => {
    const { world, p, c, s } = pair()
    p.write$(c, 'discarded, kept')
    world.run()
    const buf = new Uint8Array(11)
    expect(p.recv(s, buf, 0, 11, MSG_TRUNC)).toBe(11)
    expect(buf).toEqual(new Uint8Array(11))
    expect(p.read$(s)).toBe('kept')
  })

  test('[sock-send-14, sock-recv-12] an address is ignored by a connected stream, and none is given', () => {
    const { world, p, c, s } = pair()
    expect(p.sendto(c, bytes('x'), 0, { address: '10.9.9.9', port: 1 })).toBe(1)
    world.run()
    const out = { length: 99, address: { family: 2, address: 'x', port: 1 } }
    expect(p.recvfrom(s, new Uint8Array(9), 0, out)).toBe(1)
    expect(out).toEqual({ length: 0, address: null })
  })

  test('[sock-send-19, sock-recv-1] vectors are one run of bytes', () => {
    const { world, p, c, s } = pair()
    expect(p.sendmsg(c, { vectors: ['ab', 'cde', ''].map(bytes) })).toBe(5)
    world.run()
    const parts = [new Uint8Array(1), new Uint8Array(3), new Uint8Array(9)]
    expect(p.recvmsg(s, { vectors: parts })).toBe(5)
    expect(parts.map((part) => String.fromCharCode(...part).replace(/\0/g, ''))).toEqual(['a', 'bcd', 'e'])
  })

  test('[sock-send-17] MSG_MORE holds a short segment back', () => {
    const { world, host, p, c, s } = pair()
    let segments = 0
    host.ip.filter = (packet) => {
      if (packet.end > packet.start) segments++
      return true
    }
    p.write$(c, 'a', MSG_MORE)
    world.run()
    expect([segments, p.read$(s)]).toEqual([0, 'EAGAIN'])
    p.write$(c, 'b')
    world.run()
    expect([segments, p.read$(s)]).toEqual([1, 'ab'])
  })

  test('[sock-recv-15, sock-recv-13] SO_OOBINLINE puts the urgent byte into the stream', () => {
    const { world, p, c, s } = pair()
    p.setsockopt(s, SOL_SOCKET, SO_OOBINLINE, 1)
    p.write$(c, 'abC', 1)
    world.run()
    expect(p.read$(s, 9, 1)).toBe('EINVAL')
    expect(p.read$(s)).toBe('ab')
    expect(p.ioctl(s, SIOCATMARK)).toBe(1)
    expect(p.read$(s)).toBe('C')
    expect(p.ioctl(s, SIOCATMARK)).toBe(0)
  })

  test('[sock-tcpopt-16] SIOCOUTQ', () => {
    const { world, host, p, l, c } = pair()
    host.ip.filter = () => false
    p.write$(c, 'unacknowledged')
    world.run()
    expect(p.ioctl(c, SIOCOUTQ)).toBe(14)
    expect(e(p.ioctl(l, SIOCOUTQ))).toBe('EINVAL')
    expect(e(p.ioctl(l, FIONREAD))).toBe('EINVAL')
    expect(e(p.ioctl(c, 0x1234))).toBe('ENOTTY')
  })

  test('[sock-send-18] MSG_DONTWAIT on a blocking socket', () => {
    const { p, s } = pair()
    expect(p.fcntl(s, F_GETFL) & O_NONBLOCK).toBe(0)
    expect(p.read$(s, 9, MSG_DONTWAIT)).toBe('EAGAIN')
  })
})

describe('descriptors', () => {
  test('[sock-nonblock-1] O_NONBLOCK belongs to the open description', () => {
    const { p, c } = pair()
    const twin = p.dup(c)
    p.fcntl(c, F_SETFL, O_NONBLOCK)
    expect(p.fcntl(twin, F_GETFL)).toBe(2 | O_NONBLOCK)
    p.ioctl(twin, FIONBIO, 0)
    expect(p.fcntl(c, F_GETFL)).toBe(2)
    p.fcntl(c, F_SETFD, 1)
    expect([p.fcntl(c, F_GETFD), p.fcntl(twin, F_GETFD)]).toEqual([1, 0])
  })

  test('dup, dup2 and F_DUPFD', () => {
    const { world, p, c, s } = pair()
    expect(p.fcntl(c, F_DUPFD, 10)).toBe(10)
    expect(p.fcntl(c, F_DUPFD_CLOEXEC, 10)).toBe(11)
    expect([p.fcntl(10, F_GETFD), p.fcntl(11, F_GETFD)]).toEqual([0, 1])
    expect(e(p.fcntl(c, F_DUPFD, 5000))).toBe('EINVAL')
    expect(p.dup2(c, 20)).toBe(20)
    expect(p.dup2(s, 20)).toBe(20)
    p.write$(20, 'from the server side')
    world.run()
    expect(p.read$(c)).toBe('from the server side')
    expect(e(p.fcntl(c, 999))).toBe('EINVAL')
    for (const fd of [c, 10]) p.close(fd)
    world.run()
    expect(p.bits(s)).toBe('OUT')
    p.close(11)
    world.run()
    expect(p.bits(s)).toBe('IN OUT RDHUP')
  })
})

describe('poll and select', () => {
  test('[sock-poll-15, sock-poll-16] unasked bits, ignored and closed descriptors', () => {
    const { p } = one()
    const t = tcp(p)
    const entries = [
      { fd: t, events: 0, revents: 0 },
      { fd: -1, events: 1, revents: 7 },
      { fd: 9, events: 0, revents: 0 },
    ]
    expect(p.poll(entries)).toBe(2)
    expect(entries.map((entry) => entry.revents)).toEqual([0x10, 0, 0x20])
    expect(e(p.select(10, [9]) as number)).toBe('EBADF')
    expect(e(p.select(-1, []) as number)).toBe('EINVAL')
  })

  test('[sock-poll-18, sock-poll-19] select counts each ready bit', () => {
    const { world, p, c, s } = pair()
    p.write$(c, 'x')
    world.run()
    expect(p.select(10, [s, c], [s, c], [s])).toEqual({ count: 3, read: [s], write: [s, c], except: [] })
    p.write$(c, 'u', 1)
    world.run()
    expect(p.select(10, [], [], [s])).toEqual({ count: 1, read: [], write: [], except: [s] })
    // Descriptors of nfds and above are not looked at.
    expect(p.select(1, [s, 99])).toEqual({ count: 0, read: [], write: [], except: [] })
    const fresh = tcp(p)
    expect(p.select(fresh + 1, [fresh], [fresh])).toMatchObject({ count: 2, read: [fresh], write: [fresh] })
  })

  test('[sock-poll-14] SO_RCVLOWAT', () => {
    const { world, p, c, s } = pair()
    p.setsockopt(s, SOL_SOCKET, SO_RCVLOWAT, 3)
    p.write$(c, 'ab')
    world.run()
    expect(p.bits(s)).toBe('OUT')
    p.write$(c, 'c')
    world.run()
    expect(p.bits(s)).toBe('IN OUT')
    p.read$(s)
    p.write$(c, 'd')
    p.shutdown(c, SHUT_WR)
    world.run()
    expect(p.bits(s)).toBe('IN OUT RDHUP')
  })

  test('[sock-poll-5, sock-poll-20] a watch tells of events once each, alone and later', () => {
    const { world, p, c, s } = pair()
    const seen: string[] = []
    const watch = p.watch(s, 1, (bits) => seen.push(`${bits} ${p.read$(s)}`))
    p.write$(c, 'a')
    p.write$(c, 'b')
    expect(seen).toEqual([])
    world.run()
    p.write$(c, 'c')
    world.run()
    expect(seen).toEqual(['1 ab', '1 c'])
    if (typeof watch !== 'number') watch.cancel()
    p.write$(c, 'd')
    world.run()
    expect(seen).toHaveLength(2)
    // What holds already is told at once; closing the descriptor ends it.
    const late: number[] = []
    p.watch(s, 5, (bits) => late.push(bits))
    world.run()
    expect(late).toEqual([5])
    p.write$(c, 'e')
    world.clock.runJobs(1000)
    p.close(s)
    world.run()
    expect(late).toEqual([5])
  })
})
