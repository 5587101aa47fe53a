/** Measured on Linux 6.18, connect and what becomes of it: each case by its name. */
import { describe, expect, test } from 'vitest'
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_ERROR,
  SO_LINGER,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../src/socket/index.ts'
import { SECOND } from '../../src/time/index.ts'
import { TcpFlag } from '../../src/wire/packet.ts'
import { e, one, pair, type TestProcess, World } from '../support/hosts.ts'

const L = { address: '127.0.0.1', port: 5000 }
const tcp = (p: TestProcess): number => p.socket(AF_INET, SOCK_STREAM)
const error = (p: TestProcess, fd: number): unknown => p.option(fd, SOL_SOCKET, SO_ERROR)
const reset = (p: TestProcess, fd: number): void => {
  p.setsockopt(fd, SOL_SOCKET, SO_LINGER, { onoff: 1, linger: 0 })
  p.close(fd)
}

describe('refused', () => {
  test('[sock-connect-7, sock-connect-18] closed port, blocking', () => {
    const { world, p } = one()
    const c = tcp(p)
    for (let i = 0; i < 2; i++) {
      // The blocking call is this: start, wait for readiness, ask again.
      expect(e(p.connect(c, L))).toBe('EINPROGRESS')
      world.run()
      expect(e(p.connect(c, L))).toBe('ECONNREFUSED')
      expect(error(p, c)).toBe(0)
    }
  })

  test('[sock-connect-3, sock-connect-19, sock-poll-9, sock-opt-5] closed port, NB', () => {
    const { world, p } = one()
    const c = tcp(p)
    expect(e(p.connect(c, L))).toBe('EINPROGRESS')
    world.run()
    expect(p.bits(c)).toBe('IN OUT ERR HUP RDHUP')
    expect([error(p, c), error(p, c)]).toEqual([111, 0])
    expect(p.bits(c)).toBe('IN OUT HUP RDHUP')
    expect(e(p.write$(c, 'x'))).toBe('EPIPE')
    expect(p.read$(c)).toBe('')
    expect(e(p.connect(c, L))).toBe('ECONNABORTED')
  })
})

describe('connect', () => {
  test('[sock-connect-21] self-connect', () => {
    const { world, p } = one()
    const c = tcp(p)
    p.bind(c, L)
    p.connect(c, L)
    world.run()
    expect(e(p.connect(c, L))).toBe(0)
    expect([p.local(c), p.peer(c)]).toEqual(['127.0.0.1:5000', '127.0.0.1:5000'])
    p.write$(c, 'echo')
    world.run()
    expect(p.read$(c)).toBe('echo')
  })

  test('[sock-connect-6, sock-send-4, sock-recv-4, sock-poll-3, sock-name-3] connect on listening socket', () => {
    const { p, l } = pair()
    expect(e(p.connect(l, L))).toBe('EISCONN')
    expect(e(p.write$(l, 'x'))).toBe('EPIPE')
    expect(p.read$(l)).toBe('ENOTCONN')
    expect(p.bits(l)).toBe('none')
    expect(p.peer(l)).toBe('ENOTCONN')
  })

  test('[sock-connect-5, sock-connect-6] connect twice, NB', () => {
    const { world, p } = one()
    p.listener('127.0.0.1', 5000)
    const c = tcp(p)
    p.connect(c, L)
    world.run()
    expect(e(p.connect(c, L))).toBe(0)
    expect(e(p.connect(c, L))).toBe('EISCONN')
    expect(e(p.connect(c, { ...L, port: 5001 }))).toBe('EISCONN')
  })

  test('[sock-name-3] connect AF_UNSPEC on ESTAB', () => {
    const { world, p, c, s } = pair()
    expect(e(p.connect(c, { family: AF_UNSPEC }))).toBe(0)
    expect(p.peer(c)).toBe('ENOTCONN')
    world.run()
    expect(p.read$(s)).toBe('ECONNRESET')
    expect(e(p.connect(c, L))).toBe('EINPROGRESS')
  })

  test('[sock-connect-4, sock-poll-4] in SYN-SENT, NB', () => {
    const world = new World()
    const p = world.host('a', '10.0.0.1').process()
    const c = tcp(p)
    const far = { address: '10.0.0.9', port: 5000 }
    expect(e(p.connect(c, far))).toBe('EINPROGRESS')
    world.run()
    expect(e(p.connect(c, far))).toBe('EALREADY')
    expect(p.bits(c)).toBe('none')
    expect(e(p.write$(c, 'x'))).toBe('EAGAIN')
    expect(p.read$(c)).toBe('EAGAIN')
    expect(p.peer(c)).toBe('ENOTCONN')
    expect(e(p.shutdown(c, SHUT_WR))).toBe(0)
    expect(e(p.listen(c, 1))).toBe(0)
  })

  test('[sock-send-4, sock-recv-4, sock-poll-1, sock-name-1, sock-name-3, sock-shutdown-4] unconnected TCP', () => {
    const { world, p } = pair()
    const u = tcp(p)
    expect(p.local(u)).toBe('0.0.0.0:0')
    expect(p.local(p.socket(AF_INET6, SOCK_STREAM))).toBe(':::0')
    expect(e(p.write$(u, 'x'))).toBe('EPIPE')
    expect(p.read$(u)).toBe('ENOTCONN')
    expect(p.bits(u)).toBe('OUT HUP')
    expect(p.peer(u)).toBe('ENOTCONN')
    expect(e(p.shutdown(u, SHUT_RDWR))).toBe('ENOTCONN')
    // ... after that failed shutdown RDWR
    expect(p.read$(u)).toBe('')
    expect(e(p.connect(u, L))).toBe('EINPROGRESS')
    world.run()
    expect(e(p.write$(u, 'x'))).toBe('EPIPE')
  })

  test('[sock-connect-12] connect 0.0.0.0 / :: / port 0', () => {
    const { world, p } = one()
    for (const to of [
      { address: '0.0.0.0', port: 5000 },
      { address: '::', port: 5000 },
      { address: '127.0.0.1', port: 0 },
    ]) {
      const c = p.socket(to.address === '::' ? AF_INET6 : AF_INET, SOCK_STREAM)
      expect(e(p.connect(c, to))).toBe('EINPROGRESS')
      world.run()
      expect(error(p, c)).toBe(111)
    }
    const l = p.listener('127.0.0.1', 5000)
    p.connect(tcp(p), { address: '0.0.0.0', port: 5000 })
    world.run()
    expect(p.bits(l)).toBe('IN')
  })

  test('[sock-connect-9, sock-connect-10, sock-connect-13] connect errors', () => {
    const { p } = one()
    expect(e(p.connect(tcp(p), { address: '192.168.7.7', port: 80 }))).toBe('ENETUNREACH')
    for (const address of ['224.0.0.1', '255.255.255.255', '10.0.0.255'])
      expect(e(p.connect(tcp(p), { address, port: 80 }))).toBe('ENETUNREACH')
    expect(e(p.connect(p.socket(AF_INET6, SOCK_STREAM), L))).toBe('EINVAL')
    expect(e(p.connect(tcp(p), { address: '::1', port: 80 }))).toBe('EAFNOSUPPORT')
    expect(e(p.connect(tcp(p), Uint8Array.of(2, 0, 0, 80)))).toBe('EINVAL')
    expect(e(p.connect(tcp(p), Uint8Array.of(2)))).toBe('EINVAL')
  })

  test('[sock-connect-8] silent peer, defaults', () => {
    const world = new World()
    const host = world.host('a', '10.0.0.1')
    world.host('b', '10.0.0.2')
    const p = host.process()
    const times: number[] = []
    host.ip.filter = (packet) => {
      if ((packet.flags & TcpFlag.SYN) !== 0) times.push(world.clock.now / SECOND)
      return false
    }
    const c = tcp(p)
    p.connect(c, { address: '10.0.0.2', port: 80 })
    world.pass(130)
    expect(times.map((t) => Math.round(t))).toEqual([0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67])
    expect(error(p, c)).toBe(0)
    // Exact deadlines give 131 s; the 134.3 s measured are Linux's coarse timers, each a little late.
    world.pass(1.5)
    expect(error(p, c)).toBe(110)
  })

  test('[sock-reuse-11, sock-close-8] 4-tuple in TIME-WAIT, REUSEADDR', () => {
    const world = new World()
    const p = world.host('a', '10.0.0.1').process()
    const l = p.listener('127.0.0.1', 5000)
    const from = { address: '127.0.0.1', port: 4000 }
    const open = (): number => {
      const c = tcp(p)
      p.setsockopt(c, SOL_SOCKET, SO_REUSEADDR, 1)
      expect(e(p.bind(c, from))).toBe(0)
      expect(e(p.connect(c, L))).toBe('EINPROGRESS')
      return c
    }
    const c = open()
    world.run()
    const s = p.accept(l)
    p.close(c)
    world.run()
    p.close(s)
    world.run()
    world.pass(1.2)
    const again = open()
    world.pass(0.1)
    expect(p.bits(again)).toBe('OUT')
  })

  test('[sock-reuse-14, sock-connect-11] a duplicate four-tuple', () => {
    const { p } = pair()
    const c = tcp(p)
    const d = tcp(p)
    for (const fd of [c, d]) p.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1)
    for (const fd of [c, d]) expect(e(p.bind(fd, { address: '127.0.0.1', port: 4000 }))).toBe(0)
    expect(e(p.connect(c, L))).toBe('EINPROGRESS')
    expect(e(p.connect(d, L))).toBe('EADDRNOTAVAIL')
  })
})

describe('the listener and its queue', () => {
  test('[sock-accept-9, sock-shutdown-7] shutdown(L, RD)', () => {
    const { world, p, l } = pair()
    expect(e(p.shutdown(l, SHUT_WR))).toBe(0)
    expect(e(p.accept(l))).toBe('EAGAIN')
    let woken = 0
    p.watch(l, 1, () => woken++)
    expect(e(p.shutdown(l, SHUT_RD))).toBe(0)
    world.run()
    expect(woken).toBe(1)
    expect(e(p.accept(l))).toBe('EINVAL')
    const c = tcp(p)
    p.connect(c, L)
    world.run()
    expect(error(p, c)).toBe(111)
  })

  test('[sock-listen-10] close L with un-accepted conn', () => {
    const { world, p } = one()
    const l = p.listener('127.0.0.1', 5000)
    const c = tcp(p)
    p.connect(c, L)
    world.run()
    p.close(l)
    world.run()
    expect(p.read$(c)).toBe('ECONNRESET')
  })

  test('[sock-accept-7, sock-accept-1] client RST before accept', () => {
    const { world, p } = one()
    const l = p.listener('127.0.0.1', 5000)
    const c = tcp(p)
    p.connect(c, L)
    world.run()
    reset(p, c)
    world.run()
    expect(p.bits(l)).toBe('IN')
    const s = p.accept(l)
    expect(s).toBeGreaterThan(0)
    expect(p.read$(s)).toBe('ECONNRESET')
    expect(p.peer(s)).toBe('ENOTCONN')
  })

  test('[sock-recv-19, sock-close-2] client wrote 4 + closed before accept', () => {
    const { world, p } = one()
    const l = p.listener('127.0.0.1', 5000)
    const c = tcp(p)
    p.connect(c, L)
    world.run()
    p.write$(c, 'four')
    p.close(c)
    world.run()
    const s = p.accept(l)
    expect(p.read$(s)).toBe('four')
    expect(p.read$(s)).toBe('')
  })
})
