/** Each case was run on Linux 6.18; what it printed is what is expected here. */
import { describe, expect, it } from 'vitest'
import {
  FIONREAD,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_ERROR,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_SNDBUF,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../src/socket/index.ts'
import { Desk, name } from './desk.ts'

const TYPES = [
  ['stream', SOCK_STREAM],
  ['dgram', SOCK_DGRAM],
  ['seqpacket', SOCK_SEQPACKET],
] as const

/** What differs by type: stream, dgram, seqpacket. */
const by = <T>(type: number, stream: T, dgram: T, seqpacket: T): T =>
  type === SOCK_STREAM ? stream : type === SOCK_DGRAM ? dgram : seqpacket

describe.each(TYPES)('%s', (_name, type) => {
  it('[sock-unix-1, sock-unix-8] a pair has no names and is ready to write', () => {
    const d = new Desk()
    const [a, b] = d.pair(type)
    expect([d.local(a), d.peer(a), d.poll(a), d.poll(b)]).toEqual(['', '', 'OUT', 'OUT'])
  })

  it('[sock-unix-11] keeps message bounds in dgram and seqpacket, and not in a stream', () => {
    const d = new Desk()
    const [a, b] = d.pair(type)
    const sent = [d.send(a, 'abc'), d.send(a, 'defg')]
    const read = [d.recv(b, 2), d.recv(b, 10), d.recv(b, 10)]
    expect(sent).toEqual([3, 4])
    expect(read).toEqual(
      by(type, ["'ab'", "'cdefg'", 'EAGAIN'], ["'ab'", "'defg'", 'EAGAIN'], ["'ab'", "'defg'", 'EAGAIN']),
    )
  })

  it('peeks without taking', () => {
    const d = new Desk()
    const [a, b] = d.pair(type)
    d.send(a, 'hello')
    expect([d.recv(b, 3, MSG_PEEK), d.recv(b, 10), d.poll(b)]).toEqual(["'hel'", "'hello'", 'OUT'])
  })

  it('[sock-unix-12] marks a cut read with MSG_TRUNC, and gives the true length with MSG_TRUNC', () => {
    const d = new Desk()
    const [a, b] = d.pair(type)
    d.send(a, 'hello')
    const cut = d.recvfrom(b, 2)[2]
    const rest = d.recv(b, 10)
    d.send(a, 'hello')
    const buf = new Uint8Array(2)
    const length = d.p.recv(b, buf, 0, 2, MSG_TRUNC)
    expect([cut, rest, length]).toEqual(
      by<unknown[]>(type, [false, "'llo'", 2], [true, 'EAGAIN', 5], [true, 'EAGAIN', 5]),
    )
  })

  it('[sock-unix-15, sock-unix-16, sock-unix-17, sock-unix-18] a peer that closed with unread data', () => {
    const d = new Desk()
    const [a, b] = d.pair(type)
    d.send(a, 'unread')
    d.close(b)
    const seen = [d.poll(a), d.recv(a), d.recv(a), d.poll(a), d.send(a, 'x'), d.send(a, 'x')]
    const connected = ['IN OUT ERR HUP RDHUP', 'ECONNRESET', "''", 'IN OUT HUP RDHUP', 'EPIPE', 'EPIPE']
    expect(seen).toEqual(
      by<unknown[]>(type, connected, ['OUT', 'EAGAIN', 'EAGAIN', 'OUT', 'ECONNREFUSED', 'ENOTCONN'], connected),
    )
  })

  it('[sock-unix-16, sock-unix-18] a peer that wrote and closed: data first, then the end', () => {
    const d = new Desk()
    const [a, b] = d.pair(type)
    d.send(b, 'bye')
    d.close(b)
    const seen = [d.poll(a), d.recv(a), d.recv(a), d.poll(a), d.send(a, 'x'), d.send(a, 'x'), d.peer(a)]
    const connected = ['IN OUT HUP RDHUP', "'bye'", "''", 'IN OUT HUP RDHUP', 'EPIPE', 'EPIPE', '']
    expect(seen).toEqual(
      by<unknown[]>(
        type,
        connected,
        ['IN OUT', "'bye'", 'EAGAIN', 'OUT', 'ECONNREFUSED', 'ENOTCONN', 'ENOTCONN'],
        connected,
      ),
    )
  })

  it('[sock-unix-17] unread data there and queued data here: a stream gives the data first, seqpacket the error', () => {
    const d = new Desk()
    const [a, b] = d.pair(type)
    d.send(a, 'q')
    d.send(b, 'data')
    d.close(b)
    const seen = [d.poll(a), d.recv(a), d.recv(a), d.recv(a), d.send(a, 'x')]
    expect(seen).toEqual(
      by<unknown[]>(
        type,
        ['IN OUT ERR HUP RDHUP', "'data'", 'ECONNRESET', "''", 'EPIPE'],
        ['IN OUT', "'data'", 'EAGAIN', 'EAGAIN', 'ECONNREFUSED'],
        ['IN OUT ERR HUP RDHUP', 'ECONNRESET', "'data'", "''", 'EPIPE'],
      ),
    )
  })

  it('unread data there, and a send before any read', () => {
    const d = new Desk()
    const [a, b] = d.pair(type)
    d.send(a, 'q')
    d.close(b)
    expect([d.send(a, 'x'), d.send(a, 'x'), d.recv(a, 3)]).toEqual(
      by<unknown[]>(
        type,
        ['EPIPE', 'EPIPE', 'ECONNRESET'],
        ['ECONNREFUSED', 'ENOTCONN', 'EAGAIN'],
        ['ECONNRESET', 'EPIPE', "''"],
      ),
    )
  })

  it('shutdown for writing: the peer of a connection reads the end and may still write', () => {
    const d = new Desk()
    const [a, b] = d.pair(type)
    const seen = [
      d.shutdown(a, SHUT_WR),
      d.poll(a),
      d.poll(b),
      d.send(a, 'x'),
      d.recv(b, 1),
      d.send(b, 'y'),
      d.recv(a, 1),
    ]
    const connected = [0, 'OUT', 'IN OUT RDHUP', 'EPIPE', "''", 1, "'y'"]
    expect(seen).toEqual(by<unknown[]>(type, connected, [0, 'OUT', 'OUT', 'EPIPE', 'EAGAIN', 1, "'y'"], connected))
  })

  it('shutdown for reading: the peer cannot write any more; what was queued is read', () => {
    const d = new Desk()
    const [a, b] = d.pair(type)
    const seen = [d.shutdown(a, SHUT_RD), d.poll(a), d.poll(b), d.send(b, 'x'), d.recv(a, 1)]
    expect(seen).toEqual([0, 'IN OUT RDHUP', 'OUT', 'EPIPE', by(type, "''", 'EAGAIN', "''")])
    const [c, e] = d.pair(type)
    d.send(e, 'z')
    expect([d.shutdown(c, SHUT_RD), d.recv(c), d.recv(c)]).toEqual([0, "'z'", by(type, "''", 'EAGAIN', "''")])
    expect(d.shutdown(c, 3)).toBe('EINVAL')
  })

  it('[sock-unix-27] refuses MSG_OOB', () => {
    const d = new Desk()
    const [a, b] = d.pair(type)
    const buf = new Uint8Array(1)
    expect([d.send(a, 'x', MSG_OOB), d.poll(b), name(d.p.recv(b, buf, 0, 1, MSG_OOB))]).toEqual([
      'EOPNOTSUPP',
      'OUT',
      'EOPNOTSUPP',
    ])
  })

  it('an empty message is one in dgram and seqpacket', () => {
    const d = new Desk()
    const [a, b] = d.pair(type)
    expect([d.send(a, ''), d.poll(b), d.recv(b)]).toEqual(
      by<unknown[]>(type, [0, 'OUT', 'EAGAIN'], [0, 'IN OUT', "''"], [0, 'IN OUT', "''"]),
    )
  })

  it('a full sender gets EAGAIN, and poll waits until three quarters are free', () => {
    const d = new Desk()
    const [a, b] = d.pair(type)
    const piece = new Uint8Array(1000)
    let sent = 0
    for (let n = d.send(a, piece); n !== 'EAGAIN'; n = d.send(a, piece)) sent += Number(n)
    let reads = 0
    const full = d.poll(a)
    while (d.poll(a) === 'none') {
      d.p.recv(b, new Uint8Array(1000))
      reads++
    }
    expect([sent, full, reads]).toEqual([93_000, 'none', 70])
  })

  it('one message may be as large as the send buffer less 32 bytes', () => {
    const d = new Desk()
    const [a] = d.pair(type)
    if (type === SOCK_STREAM) expect(Number(d.send(a, new Uint8Array(300_000)))).toBeLessThan(300_000)
    else expect([d.send(a, new Uint8Array(212_961)), d.send(a, new Uint8Array(212_960))]).toEqual(['EMSGSIZE', 212_960])
  })

  it('[sock-unix-14] before any connection', () => {
    const d = new Desk()
    const s = d.socket(type)
    expect([d.poll(s), d.send(s, 'x'), d.recv(s), d.peer(s), d.local(s)]).toEqual(
      by(
        type,
        ['OUT HUP', 'ENOTCONN', 'EINVAL', 'ENOTCONN', ''],
        ['OUT', 'ENOTCONN', 'EAGAIN', 'ENOTCONN', ''],
        ['OUT HUP', 'ENOTCONN', 'ENOTCONN', 'ENOTCONN', ''],
      ),
    )
    expect([d.shutdown(s, SHUT_RDWR), d.listen(s, 1)]).toEqual([0, by(type, 'EINVAL', 'EOPNOTSUPP', 'EINVAL')])
  })

  it('[sock-unix-14] sendto a name that is not there', () => {
    const d = new Desk()
    const s = d.socket(type)
    expect([d.sendto(s, 'x', '/tmp/missing'), d.sendto(s, 'x', '@missing')]).toEqual(
      by(type, ['EOPNOTSUPP', 'EOPNOTSUPP'], ['ENOENT', 'ECONNREFUSED'], ['ENOTCONN', 'ENOTCONN']),
    )
  })

  it('[sock-unix-7] autobind gives NUL and five hexadecimal digits, once', () => {
    const d = new Desk()
    const s = d.socket(type)
    expect(name(d.p.bind(s, { family: 1 }))).toBe(0)
    expect(d.local(s)).toMatch(/^@[0-9a-f]{5}$/)
    expect([name(d.p.bind(s, { family: 1 })), d.bind(s, '/tmp/other')]).toEqual([0, 'EINVAL'])
  })

  it('[sock-unix-6] an abstract name makes no file, is taken once, and free with the last close', () => {
    const d = new Desk()
    const s = d.socket(type)
    const other = d.socket(type)
    expect([d.bind(s, '@abs'), d.bind(other, '@abs'), d.local(s), d.p.exists('/abs')]).toEqual([
      0,
      'EADDRINUSE',
      '@abs',
      false,
    ])
    const copy = d.p.dup(s)
    d.close(s)
    expect(d.bind(other, '@abs')).toBe('EADDRINUSE')
    d.close(copy)
    expect([d.bind(other, '@abs\0'), d.bind(d.socket(type), '@abs')]).toEqual([0, 0])
  })

  it('options', () => {
    const d = new Desk()
    const [a] = d.pair(type)
    const read = [SO_TYPE, SO_SNDBUF, SO_RCVBUF, SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN, SO_ERROR].map((one) =>
      d.option(a, one),
    )
    expect(read).toEqual([type, 212_992, 212_992, 1, 0, 0, 0])
    d.p.setsockopt(a, SOL_SOCKET, SO_SNDBUF, 1)
    d.p.setsockopt(a, SOL_SOCKET, SO_RCVBUF, 1)
    expect([d.option(a, SO_SNDBUF), d.option(a, SO_RCVBUF)]).toEqual([4608, 2304])
  })

  it('FIONREAD: all bytes of a stream, the next message else', () => {
    const d = new Desk()
    const [a, b] = d.pair(type)
    d.send(a, 'abc')
    d.send(a, 'de')
    expect(d.p.ioctl(b, FIONREAD)).toBe(by(type, 5, 3, 5))
  })
})

describe.each([TYPES[0], TYPES[2]])('listening %s', (_name, type) => {
  it('needs a name first, and refuses until it listens', () => {
    const d = new Desk()
    const l = d.socket(type)
    expect([d.listen(l, 1), d.bind(l, '@l'), d.connect(d.socket(type), '@l'), d.poll(l)]).toEqual([
      'EINVAL',
      0,
      'ECONNREFUSED',
      'OUT HUP',
    ])
  })

  it('[sock-unix-9, sock-unix-10] connections are complete before accept; backlog + 1 of them, then EAGAIN', () => {
    const d = new Desk()
    const l = d.listener(type, '@l', 1)
    const c = [d.socket(type), d.socket(type), d.socket(type)] as const
    expect(c.map((one) => d.connect(one, '@l'))).toEqual([0, 0, 'EAGAIN'])
    expect([d.poll(l), d.recv(l), d.send(l, 'x'), d.peer(l)]).toEqual([
      'IN',
      by(type, 'EINVAL', '', 'ENOTCONN'),
      'ENOTCONN',
      'ENOTCONN',
    ])
    expect([d.send(c[0], 'early'), d.peer(c[0]), d.local(c[0])]).toEqual([5, '@l', ''])
    const s = Number(d.accept(l))
    expect([d.local(s), d.peer(s), d.recv(s), d.connect(c[2], '@l'), d.connect(d.socket(type), '@l')]).toEqual([
      '@l',
      '',
      "'early'",
      0,
      'EAGAIN',
    ])
  })

  it('shutdown of the listener: what waits is still accepted, nobody new', () => {
    const d = new Desk()
    const l = d.listener(type, '@l', 1)
    d.connect(d.socket(type), '@l')
    expect([
      d.shutdown(l, SHUT_RD),
      d.poll(l),
      d.connect(d.socket(type), '@l'),
      typeof d.accept(l),
      d.accept(l),
    ]).toEqual([0, 'IN RDHUP', 'ECONNREFUSED', 'number', 'EAGAIN'])
  })

  it.each([
    ['with data', true],
    ['without data', false],
  ])('closing the listener resets what waits, %s', (_n, data) => {
    const d = new Desk()
    const l = d.listener(type, '@l')
    const c = d.socket(type)
    d.connect(c, '@l')
    if (data) d.send(c, 'q')
    d.close(l)
    expect([d.poll(c), d.recv(c), d.recv(c), d.send(c, 'x')]).toEqual([
      'IN OUT ERR HUP RDHUP',
      'ECONNRESET',
      "''",
      'EPIPE',
    ])
  })

  it('a client that wrote and closed before accept is accepted and read to its end', () => {
    const d = new Desk()
    const l = d.listener(type, '@l')
    const c = d.socket(type)
    d.connect(c, '@l')
    d.send(c, 'bye')
    d.close(c)
    const s = Number(d.accept(l))
    expect([d.poll(s), d.recv(s), d.recv(s), d.send(s, 'x')]).toEqual(['IN OUT HUP RDHUP', "'bye'", "''", 'EPIPE'])
  })

  it('a connected socket can neither connect nor listen again; it can be named late', () => {
    const d = new Desk()
    d.listener(type, '@l')
    const [a, b] = d.pair(type)
    expect([d.connect(a, '@l'), d.listen(a, 1), d.bind(a, '@late'), d.peer(b)]).toEqual([
      'EISCONN',
      'EINVAL',
      0,
      '@late',
    ])
    expect(d.sendto(a, 'x', '@l')).toBe(by<number | string>(type, 'EISCONN', '', 1))
  })
})

describe('datagrams', () => {
  it('[sock-unix-13] one more than max_dgram_qlen wait in a queue; a connected sender sees it in poll', () => {
    const d = new Desk()
    const r = d.socket(SOCK_DGRAM)
    d.bind(r, '@r')
    const s = d.socket(SOCK_DGRAM)
    let n = 0
    while (d.sendto(s, 'x', '@r') === 1) n++
    expect([n, d.sendto(s, 'x', '@r'), d.poll(s)]).toEqual([11, 'EAGAIN', 'OUT'])
    d.connect(s, '@r')
    expect(d.poll(s)).toBe('none')
    d.recv(r)
    expect(d.poll(s)).toBe('OUT')
  })

  it('[sock-unix-8] tell who sent, or nobody for an unnamed sender', () => {
    const d = new Desk()
    const r = d.socket(SOCK_DGRAM)
    d.bind(r, '@r')
    const s = d.socket(SOCK_DGRAM)
    d.sendto(s, 'u', '@r')
    d.bind(s, '@s')
    d.sendto(s, 'from', '@r')
    expect([d.recvfrom(r), d.recvfrom(r)]).toEqual([
      ['u', null, false],
      ['from', '\0s', false],
    ])
  })

  it('[sock-unix-15] a connected receiver hears its peer alone; a closed one refuses, once', () => {
    const d = new Desk()
    const r = d.socket(SOCK_DGRAM)
    d.bind(r, '@r')
    const s = d.socket(SOCK_DGRAM)
    d.connect(s, '@r')
    const other = d.socket(SOCK_DGRAM)
    d.bind(other, '@other')
    d.connect(r, '@other')
    expect([d.send(s, 'x'), d.sendto(other, 'x', '@r'), d.connect(d.socket(SOCK_DGRAM), '@r')]).toEqual([
      'EPERM',
      1,
      'EPERM',
    ])
    d.close(r)
    expect([d.poll(s), d.send(s, 'x'), d.send(s, 'x'), d.poll(s)]).toEqual(['OUT', 'ECONNREFUSED', 'ENOTCONN', 'OUT'])
  })
})

describe('names in the file system', () => {
  it('[sock-unix-2, sock-unix-3, sock-unix-4] errors by what is at the path', () => {
    const d = new Desk()
    const { p } = d
    const s = (type: number) => d.socket(type)
    p.writeFile('/tmp/plain', '')
    d.bind(s(SOCK_STREAM), '/tmp/p')
    expect([
      d.connect(s(SOCK_STREAM), '/tmp/p'),
      d.connect(s(SOCK_DGRAM), '/tmp/p'),
      d.sendto(s(SOCK_DGRAM), 'x', '/tmp/p'),
      d.connect(s(SOCK_DGRAM), '/tmp/plain'),
      d.connect(s(SOCK_STREAM), '/tmp/plain'),
      d.connect(s(SOCK_STREAM), '/tmp/no/x'),
      d.bind(s(SOCK_STREAM), '/tmp/no/x'),
      d.bind(s(SOCK_STREAM), '/tmp/plain/x'),
      d.bind(s(SOCK_STREAM), '/tmp/p'),
      d.bind(s(SOCK_STREAM), '/tmp/plain'),
    ]).toEqual([
      'ECONNREFUSED',
      'EPROTOTYPE',
      'EPROTOTYPE',
      'ECONNREFUSED',
      'ECONNREFUSED',
      'ENOENT',
      'ENOENT',
      'ENOTDIR',
      'EADDRINUSE',
      'EADDRINUSE',
    ])
  })

  it('[sock-unix-5] 107 bytes and a NUL, 108 unterminated, no more', () => {
    const d = new Desk()
    const path = (length: number): string => `/tmp/${'x'.repeat(length - 5)}`
    const raw = (length: number): Uint8Array => Uint8Array.of(1, 0, ...new TextEncoder().encode(path(length)))
    expect([107, 108, 109].map((n) => name(d.p.bind(d.socket(SOCK_STREAM), raw(n))))).toEqual([0, 0, 'EINVAL'])
    expect(d.p.exists(path(108))).toBe(true)
  })

  it('[sock-unix-28] directories that may not be written or searched', async () => {
    const { machine } = new Desk()
    machine.kernel.init.mkdir('/tmp/closed', 0o700)
    const result = await machine.as(1000, (p) => {
      const fd = p.socket(1, SOCK_STREAM)
      return [
        p.bind(fd, { family: 1, path: '/etc/s' }),
        p.bind(fd, { family: 1, path: '/tmp/closed/s' }),
        p.connect(fd, { family: 1, path: '/tmp/closed/s' }),
      ].map(name)
    })
    expect(result).toEqual(['EACCES', 'EACCES', 'EACCES'])
  })

  it('socket(): types and protocols', () => {
    const { p } = new Desk()
    expect([p.socket(1, 99), p.socket(1, SOCK_STREAM, 5), p.socket(1, 4)].map(name)).toEqual([
      'EINVAL',
      'EPROTONOSUPPORT',
      'ESOCKTNOSUPPORT',
    ])
    expect([p.socket(1, 3) >= 0, p.socket(1, SOCK_STREAM, 1) >= 0]).toEqual([true, true])
  })
})
