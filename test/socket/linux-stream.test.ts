/** Measured on Linux 6.18, a connection's data and its end: each case by its name. */
import { describe, expect, test } from 'vitest'
import {
  AF_INET,
  MSG_OOB,
  OpenFile,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_ERROR,
  SO_LINGER,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../src/socket/index.ts'
import { TcpState } from '../../src/tcp/index.ts'
import { TcpFlag } from '../../src/wire/packet.ts'
import { e, pair, type TestProcess } from '../support/hosts.ts'

const error = (p: TestProcess, fd: number): unknown => p.option(fd, SOL_SOCKET, SO_ERROR)
const reset = (p: TestProcess, fd: number): void => {
  p.setsockopt(fd, SOL_SOCKET, SO_LINGER, { onoff: 1, linger: 0 })
  p.close(fd)
}

/** A file that is no socket. */
class Plain extends OpenFile {
  poll(): number {
    return 5
  }
  read(): number {
    return 0
  }
  write(): number {
    return 0
  }
  release(): void {
    this.refs = 0
  }
}

test('[sock-socket-10] bad fd / not a socket', () => {
  const { p, host } = pair()
  expect(e(p.shutdown(99, SHUT_WR))).toBe('EBADF')
  const other = host.process()
  other.descriptors.install(new Plain())
  expect(e(other.shutdown(0, SHUT_WR))).toBe('ENOTSOCK')
  expect(e(other.write$(0, 'x', 0))).toBe('ENOTSOCK')
})

describe('half-close', () => {
  test('[sock-shutdown-1, sock-send-3, sock-send-6, sock-poll-6, sock-poll-7] shutdown WR, still open', () => {
    const { world, host, p, c, s } = pair()
    p.write$(c, 'last')
    p.shutdown(c, SHUT_WR)
    world.run()
    expect(e(p.write$(c, 'x'))).toBe('EPIPE')
    expect(p.pipes.count).toBe(1)
    expect(e(p.write$(c, 'x', 0x4000))).toBe('EPIPE')
    expect(p.pipes.count).toBe(1)
    expect([p.read$(s), p.read$(s), p.read$(s)]).toEqual(['last', '', ''])
    expect(p.bits(s)).toBe('IN OUT RDHUP')
    expect(p.bits(c)).toBe('OUT')
    expect(e(p.write$(s, 'back'))).toBe(4)
    const states = host.sockets.rows().map((row) => row.state)
    expect(states).toContain(TcpState.FIN_WAIT_2)
    expect(states).toContain(TcpState.CLOSE_WAIT)
    world.run()
    expect(p.read$(c)).toBe('back')
  })

  test('[sock-shutdown-4, sock-shutdown-5, sock-poll-8] shutdown again', () => {
    const { world, p, c, s } = pair()
    expect(e(p.shutdown(c, 3))).toBe('EINVAL')
    p.shutdown(c, SHUT_WR)
    world.run()
    expect(e(p.shutdown(c, SHUT_WR))).toBe(0)
    p.shutdown(s, SHUT_WR)
    expect(p.bits(s)).toBe('IN OUT HUP RDHUP')
    world.run()
    expect(p.bits(s)).toBe('IN OUT HUP RDHUP')
    expect(e(p.shutdown(s, SHUT_WR))).toBe('ENOTCONN')
  })

  test('[sock-recv-21, sock-shutdown-2, sock-shutdown-3, sock-poll-10] SHUT_RD, peer sends 4', () => {
    const { world, host, p, c, s } = pair()
    let packets = 0
    host.ip.filter = () => ++packets > 0
    p.shutdown(s, SHUT_RD)
    world.run()
    expect(packets).toBe(0)
    expect(p.read$(s)).toBe('')
    p.write$(c, 'four')
    world.run()
    expect(p.read$(s)).toBe('four')
    expect(p.read$(s)).toBe('')
    expect(p.bits(s)).toBe('IN OUT RDHUP')
    expect(e(p.write$(c, 'more'))).toBe(4)
    world.run()
    expect(p.bits(c)).toBe('OUT')
  })
})

describe('reset', () => {
  test('[sock-close-4, sock-recv-5, sock-poll-9, sock-name-3] peer sent 5 then RST (LINGER 0)', () => {
    const { world, p, c, s } = pair()
    p.write$(c, '12345')
    world.run()
    reset(p, c)
    world.run()
    expect(p.bits(s)).toBe('IN OUT ERR HUP RDHUP')
    expect([p.read$(s), p.read$(s), p.read$(s)]).toEqual(['12345', 'ECONNRESET', ''])
    expect(e(p.write$(s, 'x'))).toBe('EPIPE')
    expect(p.peer(s)).toBe('ENOTCONN')
  })

  test('[sock-send-5] RST, send first', () => {
    const { world, p, c, s } = pair()
    reset(p, c)
    world.run()
    expect(e(p.write$(s, 'x'))).toBe('ECONNRESET')
    expect(e(p.write$(s, 'x'))).toBe('EPIPE')
    expect(p.read$(s)).toBe('')
    const other = pair()
    reset(other.p, other.c)
    other.world.run()
    expect(error(other.p, other.s)).toBe(104)
    expect(e(other.p.write$(other.s, 'x'))).toBe('EPIPE')
    expect(other.p.read$(other.s)).toBe('')
  })

  test('[sock-close-6] write after peer close, EOF read', () => {
    const { world, p, c, s } = pair()
    p.close(c)
    world.run()
    expect(p.read$(s)).toBe('')
    expect(e(p.write$(s, 'hello'))).toBe(5)
    world.run()
    expect(p.bits(s)).toBe('IN OUT ERR HUP RDHUP')
    expect(p.read$(s)).toBe('')
    expect(e(p.write$(s, 'x'))).toBe('EPIPE')
    expect(error(p, s)).toBe(0)
  })

  test('[sock-close-3] close with unread data', () => {
    const { world, host, p, c, s } = pair()
    p.write$(c, 'unread')
    world.run()
    p.close(s)
    world.run()
    expect([p.read$(c), p.read$(c)]).toEqual(['ECONNRESET', ''])
    expect(host.sockets.rows().filter((row) => row.state === TcpState.TIME_WAIT)).toEqual([])
  })
})

describe('data', () => {
  test('[sock-send-16, sock-recv-13, sock-recv-14, sock-recv-16, sock-poll-12] TCP OOB / PEEK', () => {
    const { world, p, c, s } = pair()
    expect(e(p.write$(c, 'ab', MSG_OOB))).toBe(2)
    world.run()
    expect(p.bits(s)).toBe('IN PRI OUT')
    expect(p.read$(s, 10, MSG_OOB)).toBe('b')
    expect(p.read$(s, 10, MSG_OOB)).toBe('EINVAL')
    expect(p.read$(s)).toBe('a')
    expect(p.ioctl(s, 0x8905)).toBe(1)
    const fresh = pair()
    fresh.p.write$(fresh.c, 'c', MSG_OOB)
    fresh.world.run()
    expect(fresh.p.bits(fresh.s)).toBe('PRI OUT')
  })

  test('[sock-send-2, sock-poll-13, sock-recv-3] send buffer full, NB', () => {
    const { world, p, c, s } = pair()
    const block = new Uint8Array(65_536)
    let sent = 0
    for (;;) {
      const n = p.send(c, block)
      if (n === -11) {
        world.run()
        if (p.send(c, block, 0, 1) === -11) break
        sent++
      } else sent += n
    }
    expect(p.bits(c)).toBe('none')
    expect(e(p.send(c, block, 0, 0))).toBe(0)
    expect(p.read$(c)).toBe('EAGAIN')
    // Room comes in one piece, when a third of the buffer is free: the reader takes all, the writer wakes.
    let woken = 0
    p.watch(c, 4, () => woken++)
    world.run()
    expect(woken).toBe(0)
    let got = 0
    const room = new Uint8Array(65_536)
    for (let idle = 0; idle < 3; ) {
      const n = p.recv(s, room)
      if (n > 0) got += n
      else idle++
      world.pass(0.01)
    }
    expect(woken).toBe(1)
    expect(p.bits(c)).toBe('OUT')
    expect(got).toBe(sent)
  })
})

describe('views of states', () => {
  test('[sock-shutdown-6, sock-close-1] a shutdown acts for all descriptors, the last close ends the connection', () => {
    const { world, p, c, s } = pair()
    const twin = p.dup(c)
    p.close(c)
    world.run()
    expect(p.bits(s)).toBe('OUT')
    p.shutdown(twin, SHUT_WR)
    expect(e(p.write$(twin, 'x'))).toBe('EPIPE')
    world.run()
    expect(p.bits(s)).toBe('IN OUT RDHUP')
    p.close(twin)
    expect(e(p.write$(s, 'x'))).toBe(1)
    world.run()
    expect(p.bits(s)).toContain('ERR')
  })

  test('rows: what ss and lsof show of each state', () => {
    const { world, host, p, l, c, s } = pair()
    const port = p.localPort(c)
    const row = (state: number) => host.sockets.rows().filter((one) => one.state === state)
    expect(row(TcpState.LISTEN)).toMatchObject([{ recvQ: 0, sendQ: 8, local: { port: 5000 }, owners: [{ fd: l }] }])
    expect(row(TcpState.ESTABLISHED)).toMatchObject([
      { local: { port }, remote: { port: 5000 }, owners: [{ fd: c, command: 'test', pid: p.pid }] },
      { local: { port: 5000 }, remote: { port }, owners: [{ fd: s }] },
    ])
    // Unbound and bound-only TCP sockets are in neither.
    const before = host.sockets.rows().length
    p.bind(p.socket(AF_INET, SOCK_STREAM), { address: '127.0.0.1', port: 5005 })
    expect(host.sockets.rows()).toHaveLength(before)
    p.shutdown(c, SHUT_RDWR)
    world.run()
    expect(row(TcpState.CLOSE_WAIT)).toMatchObject([{ recvQ: 1, owners: [{ fd: s }] }])
    p.close(c)
    expect(row(TcpState.FIN_WAIT_2)).toMatchObject([{ owners: [], inode: 0 }])
    p.close(s)
    world.run()
    expect(row(TcpState.TIME_WAIT)).toMatchObject([{ owners: [], timer: { kind: 'timewait' } }])
    expect(TcpFlag.FIN).toBe(1)
  })
})
