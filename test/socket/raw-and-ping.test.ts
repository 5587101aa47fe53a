/** Sockets below UDP: echo without privilege (ping), whole IP packets (raw), frames (AF_PACKET). */
import { describe, expect, test } from 'vitest'
import { Loopback } from '../../src/link/index.ts'
import {
  AF_INET,
  AF_INET6,
  AF_PACKET,
  ETH_P_ALL,
  ICMP_FILTER,
  IP_HDRINCL,
  IPPROTO_ICMP,
  MSG_TRUNC,
  PACKET_STATISTICS,
  type PacketSocket,
  SO_RCVBUF,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_IP,
  SOL_PACKET,
  SOL_RAW,
  SOL_SOCKET,
} from '../../src/socket/index.ts'
import { finish, sum } from '../../src/wire/checksum.ts'
import { LinkCast, type Packet } from '../../src/wire/packet.ts'
import { bytes, e, one, type TestHost, type TestProcess, World } from '../support/hosts.ts'
import { makePacket, udpPacket } from '../support/packets.ts'

/** An ICMP message: type, code, checksum 0, identifier, sequence number, data. */
const echo = (type: number, identifier: number, sequence: number, data = ''): Uint8Array =>
  Uint8Array.of(type, 0, 0, 0, identifier >> 8, identifier & 255, 0, sequence, ...bytes(data))

const to = (address: string, port = 0) => ({ address, port })

describe('ping sockets', () => {
  const setup = (): {
    world: World
    b: TestHost
    p: TestProcess
    sent: string[]
    answer: (type: number, id: number) => void
    fd: number
  } => {
    const world = new World()
    const a = world.host('a', '10.0.0.1')
    const b = world.host('b', '10.0.0.2')
    b.sysctl('net.ipv4.icmp_echo_ignore_all', '1')
    const p = a.process(1000)
    const sent: string[] = []
    a.ip.filter = (packet) => {
      sent.push(`${packet.icmpType} ${packet.icmpRest >>> 16} ${packet.icmpRest & 0xffff} ${packet.end - packet.start}`)
      return true
    }
    const fd = p.socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)
    const answer = (type: number, id: number): void => {
      const path = b.ip.path(a.ip.addresses(a.ip.eth)[0]?.address as never)
      if (typeof path === 'number') throw new Error('no path')
      const fields = {
        protocol: 1,
        icmpType: type,
        icmpRest: (id << 16) | 7,
        ttl: 61,
        src: path.local,
        dst: path.remote,
      }
      b.ip.send(makePacket(world.memory, { ...fields, payload: 'data' }), path)
      world.run()
    }
    return { world, b, p, sent, answer, fd }
  }

  test('the kernel writes the identifier, and gives back what answers it', () => {
    const { p, sent, answer, fd } = setup()
    expect(e(p.sendto(fd, echo(8, 999, 7, 'data'), 0, to('10.0.0.2')))).toBe(12)
    const id = p.localPort(fd)
    expect(sent).toEqual([`8 ${id} 7 4`])
    answer(0, id)
    answer(0, id + 1)
    answer(8, id)
    const buf = new Uint8Array(64)
    const out = { length: 0, address: null }
    expect(p.recvfrom(fd, buf, 0, out)).toBe(12)
    expect(out.address).toMatchObject({ address: '10.0.0.2' })
    expect([buf[0], buf[1], (buf[4]! << 8) | buf[5]!, buf[7]]).toEqual([0, 0, id, 7])
    expect(finish(sum(buf, 0, 12))).toBe(0)
    expect(p.read$(fd)).toBe('EAGAIN')
  })

  test('what is no echo request is refused', () => {
    const { p, fd } = setup()
    expect(e(p.sendto(fd, echo(0, 1, 1), 0, to('10.0.0.2')))).toBe('EINVAL')
    expect(e(p.sendto(fd, echo(8, 1, 1).subarray(0, 7), 0, to('10.0.0.2')))).toBe('EINVAL')
    expect(e(p.sendto(fd, echo(8, 1, 1), 1, to('10.0.0.2')))).toBe('EOPNOTSUPP')
    expect(e(p.send(fd, echo(8, 1, 1)))).toBe('EDESTADDRREQ')
    expect(e(p.sendto(fd, echo(8, 1, 1), 0, to('10.0.0.255')))).toBe('EACCES')
    expect(e(p.sendto(fd, echo(8, 1, 1), 0, to('192.168.1.1')))).toBe('ENETUNREACH')
  })

  test('an identifier is held like a port', () => {
    const { p, answer, fd } = setup()
    expect(e(p.bind(fd, to('0.0.0.0', 77)))).toBe(0)
    expect(e(p.bind(fd, to('0.0.0.0', 78)))).toBe('EINVAL')
    const other = p.socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)
    expect(e(p.bind(other, to('0.0.0.0', 77)))).toBe('EADDRINUSE')
    expect(e(p.bind(other, to('10.9.9.9', 5)))).toBe('EADDRNOTAVAIL')
    expect(e(p.connect(other, to('10.0.0.2')))).toBe(0)
    expect(e(p.send(other, echo(8, 0, 1)))).toBe(8)
    answer(0, 77)
    expect([p.bits(fd), p.bits(other)]).toEqual(['IN OUT', 'OUT'])
    expect(p.sockets.rows().filter((row) => row.protocol === 'icmp')).toHaveLength(2)
    p.close(fd)
    p.close(other)
    expect(p.sockets.rows()).toEqual([])
  })

  test('a host that is prohibited is told to a connected socket', () => {
    const { world, b, p, fd } = setup()
    b.ip.addHook('prerouting', 0, (packet) => {
      b.ip.sendIcmpError(packet, 3, 10, 0)
      packet.free()
      return null
    })
    p.connect(fd, to('10.0.0.2'))
    p.send(fd, echo(8, 0, 3))
    world.run()
    expect(p.bits(fd)).toBe('OUT ERR')
    expect(p.read$(fd)).toBe('EHOSTUNREACH')
  })
})

describe('raw sockets', () => {
  /** What arrives at the wire, as fields. */
  const setup = (): { world: World; p: TestProcess; fd: number; seen: Packet[] } => {
    const { world, host, p } = one()
    host.sysctl('net.ipv4.icmp_echo_ignore_all', '1')
    const seen: Packet[] = []
    host.ip.filter = (packet) => {
      seen.push(packet.clone())
      return true
    }
    return { world, p, fd: p.socket(AF_INET, SOCK_RAW, 253), seen }
  }

  /** An IPv4 header of 20 bytes: identification, source and length as given. */
  const header = (id: number, source: readonly number[], payload: string): Uint8Array =>
    Uint8Array.of(
      0x45,
      0x10,
      9,
      9,
      id >> 8,
      id & 255,
      0x40,
      0,
      33,
      253,
      7,
      7,
      ...source,
      127,
      0,
      0,
      1,
      ...bytes(payload),
    )

  test('[sock-ipopt-10] IP_HDRINCL: unchanged but for checksum, zero id, source, length', () => {
    const { world, p, fd, seen } = setup()
    p.setsockopt(fd, SOL_IP, IP_HDRINCL, 1)
    const r = p.socket(AF_INET, SOCK_RAW, 253)
    expect(e(p.sendto(fd, header(0x1234, [127, 0, 0, 9], 'payload'), 0, to('127.0.0.1')))).toBe(27)
    expect(e(p.sendto(fd, header(0, [0, 0, 0, 0], 'x'), 0, to('127.0.0.1')))).toBe(21)
    world.run()
    const [full, empty] = seen
    expect(full).toMatchObject({ tos: 0x10, ipId: 0x1234, fragment: 0x4000, ttl: 33, protocol: 253 })
    expect([String(full?.src), String(full?.dst)]).toEqual(['127.0.0.9', '127.0.0.1'])
    expect(String(empty?.src)).toBe('127.0.0.1')
    const buf = new Uint8Array(64)
    expect(p.recv(r, buf)).toBe(27)
    // Length and checksum are right though they were written wrong.
    expect([buf[0], (buf[2]! << 8) | buf[3]!, (buf[4]! << 8) | buf[5]!, buf[8], buf[9]]).toEqual([
      0x45, 27, 0x1234, 33, 253,
    ])
    expect(finish(sum(buf, 0, 20))).toBe(0)
    expect(String.fromCharCode(...buf.subarray(20, 27))).toBe('payload')
    expect(e(p.sendto(fd, new Uint8Array(19), 0, to('127.0.0.1')))).toBe('EINVAL')
    expect(e(p.sendto(fd, Uint8Array.of(0x4f, ...new Uint8Array(20)), 0, to('127.0.0.1')))).toBe('EINVAL')
  })

  test('without it the header is made, and the reader gets the whole packet', () => {
    const { world, p, fd, seen } = setup()
    expect(e(p.sendto(fd, bytes('payload'), 0, to('127.0.0.1')))).toBe(7)
    world.run()
    expect(seen[0]).toMatchObject({ protocol: 253, ttl: 64 })
    const buf = new Uint8Array(64)
    expect(p.recv(fd, buf)).toBe(27)
    expect(String.fromCharCode(...buf.subarray(20, 27))).toBe('payload')
    expect(p.local(fd)).toBe('0.0.0.0:253')
  })

  test('bind and connect narrow what is heard; ICMP_FILTER too', () => {
    const { world, p } = setup()
    const [all, bound, connected, filtered] = [0, 1, 2, 3].map(() => p.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)) as [
      number,
      number,
      number,
      number,
    ]
    expect(e(p.bind(bound, to('127.0.0.2')))).toBe(0)
    expect(e(p.connect(connected, to('127.0.0.3')))).toBe(0)
    expect(e(p.setsockopt(filtered, SOL_RAW, ICMP_FILTER, 1 << 8))).toBe(0)
    p.sendto(all, icmp(8), 0, to('127.0.0.1'))
    world.run()
    expect([all, bound, connected, filtered].map((fd) => p.bits(fd))).toEqual(['IN OUT', 'OUT', 'OUT', 'OUT'])
    p.sendto(all, icmp(0), 0, to('127.0.0.1'))
    world.run()
    expect(p.bits(filtered)).toBe('IN OUT')
    for (const fd of [all, bound, connected, filtered]) p.close(fd)
    expect(p.sockets.rows().filter((row) => row.protocol === 'raw')).toHaveLength(1)
  })

  test('socket() finds no raw protocol 0, and IPv6 reads what follows the header', () => {
    const { world, p } = setup()
    expect(e(p.socket(AF_INET, SOCK_RAW, 0))).toBe('EPROTONOSUPPORT')
    const six = p.socket(AF_INET6, SOCK_RAW, 253)
    expect(e(p.sendto(six, bytes('six'), 0, to('::1')))).toBe(3)
    world.run()
    expect(p.read$(six)).toBe('six')
    expect(e(p.sendto(six, bytes('six'), 0, to('::ffff:127.0.0.1')))).toBe('ENETUNREACH')
  })

  const icmp = (type: number): Uint8Array => {
    const message = echo(type, 1, 1)
    const s = finish(sum(message, 0, 8))
    message[2] = s >> 8
    message[3] = s & 255
    return message
  }
})

describe('packet sockets', () => {
  const setup = (): {
    world: World
    p: TestProcess
    frames: Packet[]
    arrive: (text: string) => void
    leave: (text: string) => void
  } => {
    const { world, host, p } = one()
    const frames: Packet[] = []
    const device = { sink: null, mtu: 1500, largeSegment: 0, send: (frame: Packet) => void frames.push(frame) }
    host.ip.eth.attach(device)
    host.ip.eth.upper = (packet) => packet.free()
    const arrive = (payload: string): void =>
      host.ip.eth.receive(udpPacket(world.memory, { payload, dstMac: host.ip.eth.mac }))
    return { world, p, frames, arrive, leave: (payload) => host.ip.eth.send(udpPacket(world.memory, { payload })) }
  }

  test('every frame of an interface, with its direction', () => {
    const { p, arrive, leave } = setup()
    const fd = p.socket(AF_PACKET, SOCK_RAW, ETH_P_ALL)
    expect(e(p.bind(fd, { family: AF_PACKET, ifindex: 99 }))).toBe('ENODEV')
    expect(e(p.bind(fd, { family: AF_PACKET, ifindex: 2 }))).toBe(0)
    expect(p.bits(fd)).toBe('OUT')
    arrive('in')
    leave('out')
    expect(p.bits(fd)).toBe('IN OUT')
    const out = { length: 0, address: null }
    const buf = new Uint8Array(100)
    expect(p.recvfrom(fd, buf, 0, out)).toBe(44)
    expect([(buf[12]! << 8) | buf[13]!, String.fromCharCode(buf[42]!, buf[43]!)]).toEqual([0x0800, 'in'])
    expect(out).toMatchObject({ length: 20, address: { family: AF_PACKET, ifindex: 2, etherType: 0x0800 } })
    const file = p.descriptors.get(fd) as PacketSocket
    expect(file.take()).toMatchObject({ cast: LinkCast.OUTGOING })
    expect(file.take()).toBe(null)
    expect(p.read$(fd)).toBe('EAGAIN')
    p.close(fd)
    arrive('nobody sees it')
    expect(p.sockets.rows()).toEqual([])
  })

  test('one protocol, without link headers, cut to the room', () => {
    const { p, arrive } = setup()
    const ip = p.socket(AF_PACKET, SOCK_DGRAM, 0x0800)
    const arp = p.socket(AF_PACKET, SOCK_RAW, 0x0806)
    arrive('x')
    expect([p.bits(ip), p.bits(arp)]).toEqual(['IN OUT', 'OUT'])
    const buf = new Uint8Array(10)
    const message = { vectors: [buf], flags: 0 }
    expect(p.recvmsg(ip, message, MSG_TRUNC)).toBe(29)
    expect([buf[0], message.flags]).toEqual([0x45, MSG_TRUNC])
    expect(p.option(ip, SOL_SOCKET, SO_TYPE)).toBe(SOCK_DGRAM)
  })

  test('a full buffer drops, and counts', () => {
    const { p, arrive } = setup()
    const fd = p.socket(AF_PACKET, SOCK_RAW, ETH_P_ALL)
    p.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, 1)
    for (let i = 0; i < 6; i++) arrive('x')
    expect(p.option(fd, SOL_PACKET, PACKET_STATISTICS)).toEqual({ packets: 6, drops: 2 })
    expect(p.option(fd, SOL_PACKET, PACKET_STATISTICS)).toEqual({ packets: 0, drops: 0 })
    expect(p.sockets.rows()).toMatchObject([{ protocol: 'packet', family: AF_PACKET }])
  })

  test('a whole frame can be sent', () => {
    const { p, frames } = setup()
    const fd = p.socket(AF_PACKET, SOCK_RAW, 0)
    const frame = Uint8Array.of(255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 0x88, 0xb5, ...bytes('experiment'))
    expect(e(p.send(fd, frame))).toBe('ENXIO')
    expect(e(p.sendto(fd, frame, 0, { family: AF_PACKET, ifindex: 2 }))).toBe(frame.length)
    expect(frames).toHaveLength(1)
    expect(e(p.sendto(fd, new Uint8Array(1515), 0, { family: AF_PACKET, ifindex: 2 }))).toBe('EMSGSIZE')
    expect(e(p.sendto(fd, new Uint8Array(5), 0, { family: AF_PACKET, ifindex: 2 }))).toBe('EINVAL')
  })

  test('the loopback shows a frame once', () => {
    const { world, host, p } = one()
    host.ip.lo.attach(new Loopback(world.clock, { telemetry: host.context.telemetry }))
    host.ip.lo.upper = (packet) => packet.free()
    const fd = p.socket(AF_PACKET, SOCK_RAW, ETH_P_ALL)
    host.ip.lo.send(udpPacket(world.memory, { payload: 'x', dstMac: host.ip.lo.mac, srcMac: host.ip.lo.mac }))
    world.run()
    expect(p.read$(fd)).toHaveLength(43)
    expect(p.read$(fd)).toBe('EAGAIN')
  })
})
