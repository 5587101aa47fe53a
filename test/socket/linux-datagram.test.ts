/** Measured on Linux 6.18, UDP; and what udp(7) and ip(7) say of datagram sockets. */
import { describe, expect, test } from 'vitest'
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  type ControlMessage,
  FIONREAD,
  IP_ADD_MEMBERSHIP,
  IP_DROP_MEMBERSHIP,
  IP_MTU,
  IP_MTU_DISCOVER,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_PKTINFO,
  IP_RECVERR,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TTL,
  MSG_CTRUNC,
  MSG_ERRQUEUE,
  MSG_MORE,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  type ReceiveMessage,
  SHUT_RD,
  SHUT_WR,
  SO_BROADCAST,
  SO_ERROR,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_TIMESTAMP,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_IP,
  SOL_SOCKET,
  SOL_UDP,
  UDP_CORK,
} from '../../src/socket/index.ts'
import type { Address } from '../../src/wire/address.ts'
import { parseAddress } from '../../src/wire/parse.ts'
import { bytes, e, one, type TestHost, type TestProcess, World } from '../support/hosts.ts'

const udp = (p: TestProcess): number => p.socket(AF_INET, SOCK_DGRAM)
const to = (port: number, address = '127.0.0.1') => ({ address, port })
const error = (p: TestProcess, fd: number): unknown => p.option(fd, SOL_SOCKET, SO_ERROR)

/** A bound socket at 127.0.0.1:`port`. */
const server = (p: TestProcess, port: number, address = '127.0.0.1'): number => {
  const fd = udp(p)
  expect(e(p.bind(fd, to(port, address)))).toBe(0)
  return fd
}

/** Everything of the next datagram. */
const receive = (
  p: TestProcess,
  fd: number,
  room = 64,
  controlRoom = 256,
  flags = 0,
): ReceiveMessage & { n: number; text: string } => {
  const buf = new Uint8Array(room)
  const message: ReceiveMessage = { vectors: [buf], controlRoom, name: { length: 0, address: null } }
  const n = p.recvmsg(fd, message, flags)
  return { ...message, n, text: String.fromCharCode(...buf.subarray(0, Math.max(0, Math.min(n, room)))) }
}

const address = (text: string): Address => parseAddress(text) as Address

/** Two hosts on a wire. */
const two = (): { world: World; a: TestHost; b: TestHost; p: TestProcess; q: TestProcess } => {
  const world = new World()
  const a = world.host('a', '10.0.0.1')
  const b = world.host('b', '10.0.0.2')
  return { world, a, b, p: a.process(), q: b.process() }
}

describe('measured', () => {
  test('[sock-send-12, sock-poll-11, sock-udpopt-1, sock-opt-5] UDP connected, port closed', () => {
    const { world, p } = one()
    const c = udp(p)
    p.connect(c, to(9))
    expect(e(p.write$(c, 'abc'))).toBe(3)
    world.run()
    expect(p.bits(c)).toBe('OUT ERR')
    expect([p.read$(c), p.read$(c)]).toEqual(['ECONNREFUSED', 'EAGAIN'])
    expect(e(p.write$(c, 'abc'))).toBe(3)
    world.run()
    expect(e(p.write$(c, 'abc'))).toBe('ECONNREFUSED')
    expect(error(p, c)).toBe(0)
    const u = udp(p)
    p.sendto(u, bytes('abc'), 0, to(9))
    world.run()
    expect(p.bits(u)).toBe('OUT')
    expect(p.read$(u)).toBe('EAGAIN')
  })

  test('[sock-send-7, sock-send-8, sock-send-9, sock-send-10, sock-recv-6, sock-recv-7] UDP misc', () => {
    const { world, host, p } = one()
    const s = server(p, 5353)
    const c = udp(p)
    expect(e(p.sendto(c, bytes('x'), 0, to(5353, '255.255.255.255')))).toBe('ENETUNREACH')
    host.ip.addRoute({ destination: address('0.0.0.0'), prefixLength: 0, gateway: address('10.0.0.2') })
    expect(e(p.write$(c, 'x'))).toBe('EDESTADDRREQ')
    expect(e(p.sendto(c, new Uint8Array(65_508), 0, to(5353)))).toBe('EMSGSIZE')
    expect(e(p.sendto(c, new Uint8Array(65_507), 0, to(5353)))).toBe(65_507)
    world.run()
    expect(p.ioctl(s, FIONREAD)).toBe(65_507)
    p.read$(s, 65_507)
    expect(e(p.sendto(c, bytes('x'), 0, to(0)))).toBe('EINVAL')
    for (const address of ['10.0.0.255', '255.255.255.255'])
      expect(e(p.sendto(c, bytes('x'), 0, to(5353, address)))).toBe('EACCES')
    p.setsockopt(c, SOL_SOCKET, SO_BROADCAST, 1)
    expect(e(p.sendto(c, bytes('x'), 0, to(5353, '10.0.0.255')))).toBe(1)
    p.sendto(c, bytes('12345678'), 0, to(5353))
    world.run()
    expect(p.read$(s, 3)).toBe('123')
    expect(p.read$(s, 3)).toBe('EAGAIN')
    p.sendto(c, bytes('12345678'), 0, to(5353))
    world.run()
    expect(p.recv(s, new Uint8Array(3), 0, 3, MSG_TRUNC)).toBe(8)
  })
})

describe('who hears', () => {
  test('[sock-connect-14, sock-connect-16, sock-send-13, sock-send-15, sock-poll-2] a connected socket hears its peer alone', () => {
    const { world, host, p } = one()
    const s = server(p, 5353)
    const c = udp(p)
    expect(p.bits(c)).toBe('OUT')
    let packets = 0
    host.ip.filter = () => ++packets > 0
    expect(e(p.connect(c, to(5353)))).toBe(0)
    expect(packets).toBe(0)
    expect(p.peer(c)).toBe('127.0.0.1:5353')
    const other = udp(p)
    p.sendto(other, bytes('no'), 0, to(p.localPort(c)))
    expect(p.localPort(other)).toBeGreaterThanOrEqual(32_768)
    p.sendto(s, bytes('yes'), 0, to(p.localPort(c)))
    world.run()
    expect([p.read$(c), p.read$(c)]).toEqual(['yes', 'EAGAIN'])
    const third = server(p, 5354)
    expect(e(p.sendto(c, bytes('elsewhere'), 0, to(5354)))).toBe(9)
    world.run()
    expect(p.read$(third)).toBe('elsewhere')
    expect(e(p.connect(c, to(5354)))).toBe(0)
    expect(p.peer(c)).toBe('127.0.0.1:5354')
  })

  test('[sock-connect-15, sock-name-3] AF_UNSPEC dissolves the association and frees what was chosen', () => {
    const { p } = one()
    const c = udp(p)
    p.connect(c, to(5353))
    const port = p.localPort(c)
    expect(e(p.connect(c, { family: AF_UNSPEC }))).toBe(0)
    expect([p.local(c), p.peer(c)]).toEqual(['0.0.0.0:0', 'ENOTCONN'])
    expect(e(p.bind(udp(p), to(port)))).toBe(0)
    const bound = server(p, 6000)
    p.connect(bound, to(5353))
    p.connect(bound, { family: AF_UNSPEC })
    expect(p.local(bound)).toBe('127.0.0.1:6000')
  })

  test('[sock-udpopt-4] a connected socket first, a specific address before the wildcard', () => {
    const { world, p } = one()
    const shared = (address: string): number => {
      const fd = udp(p)
      p.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1)
      p.bind(fd, to(5353, address))
      return fd
    }
    const connected = shared('127.0.0.1')
    const specific = shared('127.0.0.1')
    const wild = shared('0.0.0.0')
    const c = server(p, 7000)
    p.connect(connected, to(7000))
    p.sendto(c, bytes('a'), 0, to(5353))
    p.sendto(server(p, 7001), bytes('b'), 0, to(5353))
    p.sendto(c, bytes('c'), 0, to(5353, '127.0.0.9'))
    world.run()
    expect([p.read$(connected), p.read$(specific), p.read$(wild)]).toEqual(['a', 'b', 'c'])
  })

  test('[sock-reuse-9] a flow stays with one member of its REUSEPORT group, flows are spread', () => {
    const { world, p } = one()
    const group = Array.from({ length: 4 }, () => {
      const fd = udp(p)
      p.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, 1)
      p.bind(fd, to(5353))
      return fd
    })
    const clients = Array.from({ length: 40 }, () => udp(p))
    for (let round = 0; round < 3; round++)
      for (const [i, c] of clients.entries()) p.sendto(c, Uint8Array.of(i), 0, to(5353))
    world.run()
    const owner = new Map<number, number>()
    const load = group.map((fd) => {
      let n = 0
      for (let text = p.read$(fd); text !== 'EAGAIN'; text = p.read$(fd), n++) {
        const flow = text.charCodeAt(0)
        expect(owner.get(flow) ?? fd).toBe(fd)
        owner.set(flow, fd)
      }
      return n
    })
    expect(owner.size).toBe(40)
    for (const n of load) expect(n).toBeGreaterThan(9)
  })

  test('[sock-udpopt-5, sock-ipopt-3, sock-ipopt-4] multicast and broadcast reach every matching socket', () => {
    const { world, a, b, p, q } = two()
    const sent: number[] = []
    a.ip.filter = (packet) => sent.push(packet.ttl) > 0
    expect(e(p.sendto(udp(p), bytes('many'), 0, to(5353, '224.0.0.251')))).toBe('ENETUNREACH')
    a.ip.addRoute({ destination: address('224.0.0.0'), prefixLength: 4, iface: a.ip.eth })
    const members = [0, 1].map(() => {
      const fd = udp(q)
      q.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1)
      q.bind(fd, { address: '0.0.0.0', port: 5353 })
      return fd
    })
    const [first, second] = members as [number, number]
    const group = { group: '224.0.0.251', ifindex: 2 }
    expect(e(q.setsockopt(first, SOL_IP, IP_ADD_MEMBERSHIP, group))).toBe(0)
    expect(e(q.setsockopt(first, SOL_IP, IP_ADD_MEMBERSHIP, group))).toBe('EADDRINUSE')
    expect(e(q.setsockopt(first, SOL_IP, IP_DROP_MEMBERSHIP, { ...group, group: '224.0.0.9' }))).toBe('EADDRNOTAVAIL')
    expect(e(q.setsockopt(second, SOL_IP, IP_DROP_MEMBERSHIP, group))).toBe('EADDRNOTAVAIL')
    expect(e(q.setsockopt(first, SOL_IP, IP_ADD_MEMBERSHIP, Uint8Array.of(1, 2, 3)))).toBe('EINVAL')
    const c = udp(p)
    expect([p.option(c, SOL_IP, IP_MULTICAST_TTL), p.option(c, SOL_IP, IP_MULTICAST_LOOP)]).toEqual([1, 1])
    p.sendto(c, bytes('many'), 0, to(5353, '224.0.0.251'))
    expect(sent).toEqual([1])
    p.setsockopt(c, SOL_SOCKET, SO_BROADCAST, 1)
    p.sendto(c, bytes('all'), 0, to(5353, '10.0.0.255'))
    world.run()
    for (const fd of members) expect([q.read$(fd), q.read$(fd), q.read$(fd)]).toEqual(['many', 'all', 'EAGAIN'])
    q.close(first)
    expect(b.ip.joined).toEqual([])
  })
})

describe('messages', () => {
  test('[sock-send-11, sock-recv-9, sock-recv-10, sock-recv-12, sock-recv-20] empty ones, peeking, the sender', () => {
    const { world, p } = one()
    const s = server(p, 5353)
    const c = server(p, 6000)
    p.sendto(c, new Uint8Array(0), 0, to(5353))
    p.sendto(c, bytes('abc'), 0, to(5353))
    world.run()
    expect(p.bits(s)).toBe('IN OUT')
    expect(p.ioctl(s, FIONREAD)).toBe(0)
    expect(receive(p, s)).toMatchObject({
      n: 0,
      name: { length: 16, address: { family: 2, address: '127.0.0.1', port: 6000 } },
    })
    expect(p.ioctl(s, FIONREAD)).toBe(3)
    expect([p.read$(s, 9, MSG_PEEK), p.read$(s), p.read$(s)]).toEqual(['abc', 'abc', 'EAGAIN'])
  })

  test('[sock-recv-6, sock-recv-7] MSG_TRUNC tells the true length', () => {
    const { world, p } = one()
    const s = server(p, 5353)
    p.sendto(udp(p), bytes('12345678'), 0, to(5353))
    world.run()
    expect(receive(p, s, 3, 0, MSG_PEEK)).toMatchObject({ n: 3, flags: MSG_TRUNC, text: '123' })
    expect(receive(p, s, 3, 0, MSG_TRUNC)).toMatchObject({ n: 8, flags: MSG_TRUNC })
  })

  test('[sock-send-19, sock-send-16, sock-nonblock-2] vectors, and what is refused', () => {
    const { world, p } = one()
    const s = server(p, 5353)
    const c = udp(p)
    const vectors = ['ab', '', 'cde'].map(bytes)
    expect(p.sendmsg(c, { vectors, address: to(5353) })).toBe(5)
    world.run()
    const parts = [new Uint8Array(2), new Uint8Array(9)]
    expect(p.recvmsg(s, { vectors: parts })).toBe(5)
    expect(parts.map((part) => String.fromCharCode(...part).replace(/\0/g, ''))).toEqual(['ab', 'cde'])
    const many = Array.from({ length: 1025 }, () => new Uint8Array(0))
    expect(e(p.sendmsg(c, { vectors: many, address: to(5353) }))).toBe('EMSGSIZE')
    expect(e(p.recvmsg(s, { vectors: many }))).toBe('EMSGSIZE')
    expect(e(p.sendto(c, bytes('x'), MSG_OOB, to(5353)))).toBe('EOPNOTSUPP')
    expect(e(p.recvmsg(s, { vectors: parts }))).toBe('EAGAIN')
  })

  test('[sock-udpopt-3, sock-send-17] UDP_CORK and MSG_MORE collect one datagram', () => {
    const { world, p } = one()
    const s = server(p, 5353)
    const c = udp(p)
    p.sendto(c, bytes('a'), MSG_MORE, to(5353))
    p.sendto(c, bytes('b'), MSG_MORE, null)
    world.run()
    expect(p.read$(s)).toBe('EAGAIN')
    p.sendto(c, bytes('c'), 0, null)
    world.run()
    expect([p.read$(s), p.read$(s)]).toEqual(['abc', 'EAGAIN'])
    p.connect(c, to(5353))
    p.setsockopt(c, SOL_UDP, UDP_CORK, 1)
    for (const text of ['d', 'e', 'f']) p.write$(c, text)
    world.run()
    expect(p.read$(s)).toBe('EAGAIN')
    p.setsockopt(c, SOL_UDP, UDP_CORK, 0)
    world.run()
    expect([p.read$(s), p.read$(s)]).toEqual(['def', 'EAGAIN'])
    // What would not fit a datagram is refused and forgotten.
    p.send(c, new Uint8Array(60_000), 0, 60_000, MSG_MORE)
    expect(e(p.send(c, new Uint8Array(6000), 0, 6000, MSG_MORE))).toBe('EMSGSIZE')
    expect(e(p.write$(c, 'new'))).toBe(3)
    world.run()
    expect([p.read$(s), p.read$(s)]).toEqual(['new', 'EAGAIN'])
  })

  test('[sock-send-21, sock-recv-22] sendmmsg and recvmmsg', () => {
    const { world, p } = one()
    const s = server(p, 5353)
    const c = udp(p)
    const message = (text: string, port: number) => ({ vectors: [bytes(text)], address: to(port), length: -1 })
    const list = [message('a', 5353), message('bc', 5353), message('d', 0), message('e', 5353)]
    expect(p.sendmmsg(c, list)).toBe(2)
    expect(list.map((one) => one.length)).toEqual([1, 2, -1, -1])
    expect(e(p.sendmmsg(c, list.slice(2)))).toBe('EINVAL')
    world.run()
    const into = [0, 0, 0].map((): ReceiveMessage => ({ vectors: [new Uint8Array(9)] }))
    expect(p.recvmmsg(s, into, 0x10000)).toBe(2)
    expect(into.map((one) => one.length)).toEqual([1, 2, undefined])
    expect(e(p.recvmmsg(s, into))).toBe('EAGAIN')
  })
})

describe('buffers and errors', () => {
  test('[sock-udpopt-2] the newest datagram is dropped when the buffer is full', () => {
    const { world, host, p } = one()
    const s = server(p, 5353)
    p.setsockopt(s, SOL_SOCKET, SO_RCVBUF, 1)
    const c = udp(p)
    for (let i = 0; i < 6; i++) p.sendto(c, Uint8Array.of(65 + i), 0, to(5353))
    world.run()
    // 768 bytes each against 2304: the fourth still finds no more than the limit charged.
    expect([1, 2, 3, 4, 5].map(() => p.read$(s))).toEqual(['A', 'B', 'C', 'D', 'EAGAIN'])
    expect(host.sockets.rows().find((row) => row.local.port === 5353)).toMatchObject({
      drops: 2,
      protocol: 'udp',
      state: 7,
    })
    p.sendto(c, bytes('z'), 0, to(5353))
    world.run()
    expect(p.read$(s)).toBe('z')
  })

  test('[sock-udpopt-1, sock-ipopt-9, sock-recv-23] IP_RECVERR: errors of an unconnected socket too, and the queue', () => {
    const { world, p } = two()
    const c = udp(p)
    p.setsockopt(c, SOL_IP, IP_RECVERR, 1)
    expect(e(p.recvmsg(c, { vectors: [new Uint8Array(9)] }, MSG_ERRQUEUE))).toBe('EAGAIN')
    p.sendto(c, bytes('lost'), 0, to(9, '10.0.0.2'))
    world.run()
    expect(p.bits(c)).toBe('OUT ERR')
    const got = receive(p, c, 64, 256, MSG_ERRQUEUE)
    expect(got).toMatchObject({
      n: 4,
      text: 'lost',
      flags: MSG_ERRQUEUE,
      name: { address: { address: '10.0.0.2', port: 9 } },
    })
    const [control] = got.control as ControlMessage[]
    expect(control).toMatchObject({
      level: SOL_IP,
      type: IP_RECVERR,
      data: { errno: 111, origin: 2, type: 3, code: 3 },
    })
    expect(String((control as unknown as { data: { offender: object } }).data.offender)).toBe('10.0.0.2')
    expect([p.bits(c), p.read$(c)]).toEqual(['OUT', 'EAGAIN'])
  })

  test('[sock-shutdown-8, sock-shutdown-9] shutdown', () => {
    const { p } = one()
    const u = udp(p)
    expect(e(p.shutdown(u, SHUT_WR))).toBe('ENOTCONN')
    expect(e(p.sendto(u, bytes('x'), 0, to(5353)))).toBe('EPIPE')
    expect(p.pipes.count).toBe(0)
    const c = udp(p)
    p.connect(c, to(5353))
    expect(e(p.shutdown(c, SHUT_WR))).toBe(0)
    expect(e(p.write$(c, 'x'))).toBe('EPIPE')
    const r = p.socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK)
    p.connect(r, to(5353))
    p.shutdown(r, SHUT_RD)
    expect(p.bits(r)).toBe('IN OUT RDHUP')
    expect(p.read$(r)).toBe('EAGAIN')
    const blocking = udp(p)
    p.shutdown(blocking, SHUT_RD)
    expect(p.read$(blocking)).toBe('')
  })

  test('[sock-ipopt-6, sock-ipopt-7, sock-send-8] path MTU', () => {
    const { a, p } = two()
    let fragment = -1
    a.ip.filter = (packet) => {
      fragment = packet.fragment
      return true
    }
    const c = udp(p)
    expect(p.option(c, SOL_IP, IP_MTU_DISCOVER)).toBe(1)
    expect(p.option(c, SOL_IP, IP_MTU)).toBe('ENOTCONN')
    p.connect(c, to(9, '10.0.0.2'))
    expect(p.option(c, SOL_IP, IP_MTU)).toBe(1500)
    p.send(c, new Uint8Array(1472))
    expect(fragment).toBe(0x4000)
    // WANT fragments what does not fit.
    expect(p.send(c, new Uint8Array(1473))).toBe(1473)
    expect(fragment).toBe(0)
    p.setsockopt(c, SOL_IP, IP_MTU_DISCOVER, 2)
    expect(e(p.send(c, new Uint8Array(1473)))).toBe('EMSGSIZE')
    expect(e(p.send(c, new Uint8Array(1472)))).toBe(1472)
    p.setsockopt(c, SOL_IP, IP_MTU_DISCOVER, 0)
    p.send(c, new Uint8Array(10))
    expect(fragment).toBe(0)
  })
})

describe('control data', () => {
  test('[sock-ipopt-5, sock-recv-18, sock-opt-14] what a receiver is told', () => {
    const { world, p, q } = two()
    const s = server(q, 5353, '0.0.0.0')
    for (const name of [IP_PKTINFO, IP_RECVTTL, IP_RECVTOS]) q.setsockopt(s, SOL_IP, name, 1)
    q.setsockopt(s, SOL_SOCKET, SO_TIMESTAMP, 1)
    const c = udp(p)
    p.setsockopt(c, SOL_IP, IP_TOS, 0x28)
    p.setsockopt(c, SOL_IP, IP_TTL, 9)
    world.pass(1.5)
    for (let i = 0; i < 3; i++) p.sendto(c, bytes('x'), 0, to(5353, '10.0.0.2'))
    world.run()
    const [stamp, info, ttl, tos] = receive(q, s).control as ControlMessage[]
    expect(stamp).toMatchObject({
      level: SOL_SOCKET,
      type: SO_TIMESTAMP,
      data: { seconds: 1_700_000_001, fraction: 500_000 },
    })
    expect(info).toMatchObject({ level: SOL_IP, type: IP_PKTINFO, data: { ifindex: 2 } })
    expect(String((info as unknown as { data: { addr: object } }).data.addr)).toBe('10.0.0.2')
    expect([ttl, tos]).toMatchObject([
      { type: IP_TTL, data: 9 },
      { type: IP_TOS, data: 0x28 },
    ])
    // Room for the first alone: the others are cut, and MSG_CTRUNC says so.
    expect(receive(q, s, 64, 32)).toMatchObject({ control: [{ type: SO_TIMESTAMP }], flags: MSG_CTRUNC })
    expect(receive(q, s, 64, 0)).toMatchObject({ control: [], flags: MSG_CTRUNC })
  })

  test('[sock-send-20] IP_PKTINFO names the source; IP_TTL and IP_TOS hold for one datagram', () => {
    const { world, host, p } = one()
    const s = server(p, 5353, '0.0.0.0')
    const c = udp(p)
    const seen: string[] = []
    host.ip.filter = (packet) => seen.push(`${packet.src} ${packet.ttl} ${packet.tos}`) > 0
    const control: ControlMessage[] = [
      {
        level: SOL_IP,
        type: IP_PKTINFO,
        data: { ifindex: 0, addr: address('0.0.0.0'), specDst: address('127.0.0.7') },
      },
      { level: SOL_IP, type: IP_TTL, data: 3 },
      { level: SOL_IP, type: IP_TOS, data: 4 },
    ]
    expect(p.sendmsg(c, { vectors: [bytes('x')], address: to(5353), control })).toBe(1)
    p.sendto(c, bytes('y'), 0, to(5353))
    world.run()
    expect(seen).toEqual(['127.0.0.7 3 4', '127.0.0.1 64 0'])
    expect(receive(p, s).name?.address).toMatchObject({ address: '127.0.0.7' })
    const wrong: ControlMessage[] = [
      { level: SOL_IP, type: IP_TTL, data: 0 },
      { level: SOL_IP, type: IP_PKTINFO, data: { ifindex: 9, addr: address('0.0.0.0') } },
      { level: SOL_IP, type: IP_PKTINFO, data: { ifindex: 0, addr: address('0.0.0.0'), specDst: address('10.9.9.9') } },
      { level: SOL_IP, type: 99, data: 1 },
    ]
    const results = wrong.map((one) => e(p.sendmsg(c, { vectors: [bytes('x')], address: to(5353), control: [one] })))
    expect(results).toEqual(['EINVAL', 'ENODEV', 'EINVAL', 'EINVAL'])
  })

  test('[sock-ipopt-13] an IPv6 socket hears IPv4 as mapped addresses', () => {
    const { world, p } = one()
    const s = p.socket(AF_INET6, SOCK_DGRAM)
    p.bind(s, { address: '::', port: 5353 })
    p.sendto(server(p, 6000), bytes('x'), 0, to(5353))
    world.run()
    expect(receive(p, s).name).toMatchObject({
      length: 28,
      address: { family: 10, address: '::ffff:127.0.0.1', port: 6000 },
    })
    expect(e(p.sendto(s, bytes('back'), 0, to(6000, '::ffff:127.0.0.1')))).toBe(4)
  })
})
