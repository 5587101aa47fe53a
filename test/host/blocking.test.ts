import { describe, expect, it } from 'vitest'
import { type Process, Signal, SystemError } from '../../src/host/index.ts'
import {
  AF_INET,
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_WAITALL,
  SO_LINGER,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../src/socket/index.ts'
import { Machine, SECOND } from './machine.ts'

const HERE = { address: '127.0.0.1', port: 5000 }
const text = (buf: Uint8Array, n: number): string => new TextDecoder().decode(buf.subarray(0, n))

const listener = (p: Process, port = 5000, backlog = 8): number => {
  const fd = p.socket(AF_INET, SOCK_STREAM)
  expect(p.bind(fd, { address: '0.0.0.0', port })).toBe(0)
  expect(p.listen(fd, backlog)).toBe(0)
  return fd
}

/** Client and accepted socket on one host. */
const pair = async (p: Process): Promise<readonly [client: number, accepted: number, listener: number]> => {
  const l = listener(p)
  const c = p.socket(AF_INET, SOCK_STREAM)
  await p.promises.connect(c, HERE)
  return [c, (await p.promises.accept(l)).fd, l]
}

const errorOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise
    return 'no error'
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    return error.code
  }
}

const run = <T>(body: (p: Process, m: Machine) => Promise<T>, uid = 0): Promise<T> => {
  const m = new Machine()
  return m.as(uid, (p) => body(p, m))
}

describe('accept', () => {
  it('[sock-accept-2] blocks while none is queued; EAGAIN when nonblocking', async () => {
    const log = await run(async (p, m) => {
      const l = listener(p)
      const events: unknown[] = []
      const accepted = p.promises
        .accept(l)
        .then(({ address }) => events.push('accepted', m.clock.now >= 2 * SECOND, address))
      await p.promises.sleep(2000)
      events.push('connecting')
      const c = p.socket(AF_INET, SOCK_STREAM)
      await p.promises.connect(c, HERE)
      await accepted
      p.fcntl(l, 4, 0o4000)
      events.push(await errorOf(p.promises.accept(l)))
      return events
    })
    expect(log.slice(0, 3)).toEqual(['connecting', 'accepted', true])
    expect(log[3]).toMatchObject({ family: AF_INET, address: '127.0.0.1' })
    expect(log[4]).toBe('EAGAIN')
  })

  it('[sock-shutdown-7, sock-accept-9] shutdown wakes blocked accepts with EINVAL, and blocked readers with the end', async () => {
    const result = await run(async (p) => {
      const [c, , l] = await pair(p)
      const accepting = errorOf(p.promises.accept(l))
      const reading = p.promises.recv(c, new Uint8Array(8))
      await p.promises.sleep(10)
      p.shutdown(l, 0)
      p.shutdown(c, 0)
      return [await accepting, await reading]
    })
    expect(result).toEqual(['EINVAL', 0])
  })
})

describe('connect', () => {
  it('[sock-connect-2] blocks until established or refused', async () => {
    const result = await run(async (p) => {
      listener(p)
      const a = p.socket(AF_INET, SOCK_STREAM)
      await p.promises.connect(a, HERE)
      const out = { length: 0, address: null }
      const peer = p.getpeername(a, out)
      const b = p.socket(AF_INET, SOCK_STREAM)
      const error = await p.promises.connect(b, { address: '127.0.0.1', port: 1 }).catch((e: SystemError) => e)
      return [peer, error] as const
    })
    expect(result[0]).toBe(0)
    expect(result[1]).toMatchObject({
      message: 'connect ECONNREFUSED 127.0.0.1:1',
      code: 'ECONNREFUSED',
      errno: -111,
      syscall: 'connect',
      address: '127.0.0.1',
      port: 1,
    })
  })

  it('nonblocking gives EINPROGRESS at once, and writable means finished', async () => {
    const result = await run(async (p) => {
      listener(p)
      const c = p.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)
      const first = await errorOf(p.promises.connect(c, HERE))
      const fds = [{ fd: c, events: 4, revents: 0 }]
      await p.promises.poll(fds, 1000)
      return [first, fds[0]?.revents, await errorOf(p.promises.connect(c, HERE))]
    })
    expect(result).toEqual(['EINPROGRESS', 4, 'no error'])
  })

  it('[sock-connect-17] goes on in the background after EINTR', async () => {
    const m = new Machine()
    const other = new Machine('other', '10.0.0.2', m)
    other.start(async (p) => {
      listener(p)
      await p.promises.pause()
      return 0
    })
    const result = await m.as(0, async (p) => {
      p.onSignal(Signal.SIGUSR1, () => undefined, false)
      const c = p.socket(AF_INET, SOCK_STREAM)
      let lose = true
      m.ip.filter = () => !lose
      const connecting = errorOf(p.promises.connect(c, { address: '10.0.0.2', port: 5000 }))
      await p.promises.sleep(100)
      p.kill(p.pid, Signal.SIGUSR1)
      const first = await connecting
      lose = false
      const again = errorOf(p.promises.connect(c, { address: '10.0.0.2', port: 5000 }))
      const fds = [{ fd: c, events: 4, revents: 0 }]
      await p.promises.poll(fds, 5000)
      return [first, fds[0]?.revents, await again]
    })
    expect(result).toEqual(['EINTR', 4, 'no error'])
  })

  it('[sock-nonblock-5] times out by SO_SNDTIMEO with EINPROGRESS', async () => {
    const result = await run(async (p, m) => {
      m.ip.filter = () => false
      const c = p.socket(AF_INET, SOCK_STREAM)
      p.setsockopt(c, SOL_SOCKET, SO_SNDTIMEO, { seconds: 2, fraction: 0 })
      const start = m.clock.now
      const error = await errorOf(p.promises.connect(c, { address: '10.0.0.9', port: 5000 }))
      return [error, (m.clock.now - start) / SECOND]
    })
    expect(result).toEqual(['EINPROGRESS', 2])
  })
})

describe('send', () => {
  it('[sock-send-1] blocks until all data of a blocking stream send is buffered', async () => {
    const result = await run(async (p) => {
      const [c, s] = await pair(p)
      const size = 10_000_000
      let sent = 0
      const sending = p.promises.send(c, new Uint8Array(size)).then((n) => (sent = n))
      await p.promises.sleep(1000)
      const before = sent
      const buf = new Uint8Array(100_000)
      let got = 0
      while (got < size) got += await p.promises.recv(s, buf)
      return [before, await sending, got]
    })
    expect(result).toEqual([0, 10_000_000, 10_000_000])
  })

  it('[sock-nonblock-5, sock-send-2] nonblocking sends what fits; SO_SNDTIMEO ends a blocking one with the count, then EAGAIN', async () => {
    const result = await run(async (p, m) => {
      const [c] = await pair(p)
      const some = await p.promises.send(c, new Uint8Array(20_000_000), MSG_DONTWAIT)
      const none = await errorOf(p.promises.send(c, new Uint8Array(20_000_000), MSG_DONTWAIT))
      p.setsockopt(c, SOL_SOCKET, SO_SNDTIMEO, { seconds: 3, fraction: 0 })
      const start = m.clock.now
      let late = await errorOf(p.promises.send(c, new Uint8Array(20_000_000)))
      // Acknowledged bytes may have made room meanwhile: then the count so far is the answer, and EAGAIN the next one's.
      if (late === 'no error') late = await errorOf(p.promises.send(c, new Uint8Array(20_000_000)))
      return [some > 0 && some < 20_000_000, none, late, (m.clock.now - start) % (3 * SECOND)]
    })
    expect(result).toEqual([true, 'EAGAIN', 'EAGAIN', 0])
  })

  it('[sock-nonblock-4] gives a short count when a signal ends a send after some data was moved', async () => {
    const result = await run(async (p) => {
      const [c] = await pair(p)
      p.onSignal(Signal.SIGUSR1, () => undefined, false)
      const sending = p.promises.send(c, new Uint8Array(20_000_000))
      await p.promises.sleep(100)
      p.kill(p.pid, Signal.SIGUSR1)
      const short = await sending
      const blocked = errorOf(p.promises.send(c, new Uint8Array(10)))
      await p.promises.sleep(100)
      p.kill(p.pid, Signal.SIGUSR1)
      return [short > 0 && short < 20_000_000, await blocked]
    })
    expect(result).toEqual([true, 'EINTR'])
  })

  it('[sock-send-3] SIGPIPE ends a process that writes to a stream shut for writing, unless MSG_NOSIGNAL', async () => {
    const m = new Machine()
    const body = (flags: number) => async (p: Process) => {
      const [c] = await pair(p)
      p.shutdown(c, 1)
      const code = await errorOf(p.promises.send(c, 'x', flags))
      return code === 'EPIPE' ? 0 : 1
    }
    const quiet = m.start(body(0x4000))
    await m.run()
    const loud = m.start(body(0))
    await m.run()
    expect(quiet.process.ended).toEqual({ kind: 'exited', code: 0 })
    expect(loud.process.ended).toEqual({ kind: 'signaled', signal: Signal.SIGPIPE })
  })
})

describe('recv', () => {
  it('[sock-recv-3] blocks while empty; EAGAIN when nonblocking or with MSG_DONTWAIT', async () => {
    const result = await run(async (p, m) => {
      const [c, s] = await pair(p)
      const buf = new Uint8Array(100)
      const dontwait = await errorOf(p.promises.recv(s, buf, MSG_DONTWAIT))
      const reading = p.promises.recv(s, buf).then((n) => [text(buf, n), m.clock.now >= SECOND])
      await p.promises.sleep(1000)
      await p.promises.send(c, 'hello')
      const read = await reading
      p.ioctl(s, 0x5421, 1)
      return [dontwait, read, await errorOf(p.promises.recv(s, buf))]
    })
    expect(result).toEqual(['EAGAIN', ['hello', true], 'EAGAIN'])
  })

  it('[sock-recv-11] waits for the full length with MSG_WAITALL, but for end or signal', async () => {
    const result = await run(async (p) => {
      const [c, s] = await pair(p)
      const buf = new Uint8Array(10)
      const whole = p.promises.recv(s, buf, MSG_WAITALL)
      for (const part of ['abc', 'defg', 'hijk']) {
        await p.promises.send(c, part)
        await p.promises.sleep(500)
      }
      const first = text(buf, await whole)
      p.onSignal(Signal.SIGUSR1, () => undefined, false)
      const cut = p.promises.recv(s, buf, MSG_WAITALL)
      await p.promises.sleep(10)
      p.kill(p.pid, Signal.SIGUSR1)
      const second = text(buf, await cut)
      await p.promises.send(c, 'end')
      p.shutdown(c, 1)
      const third = text(buf, await p.promises.recv(s, buf, MSG_WAITALL))
      return [first, second, third]
    })
    expect(result).toEqual(['abcdefghij', 'k', 'end'])
  })

  it('[sock-recv-17] times out with EAGAIN per SO_RCVTIMEO', async () => {
    const result = await run(async (p, m) => {
      const [, s] = await pair(p)
      p.setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, { seconds: 1, fraction: 500_000 })
      const start = m.clock.now
      return [await errorOf(p.promises.recv(s, new Uint8Array(1))), (m.clock.now - start) / SECOND]
    })
    expect(result).toEqual(['EAGAIN', 1.5])
  })

  it('a datagram receiver waits, and learns who sent', async () => {
    const result = await run(async (p) => {
      const a = p.socket(AF_INET, SOCK_DGRAM)
      p.bind(a, HERE)
      const b = p.socket(AF_INET, SOCK_DGRAM)
      p.bind(b, { address: '127.0.0.1', port: 6000 })
      const buf = new Uint8Array(10)
      const receiving = p.promises.recvfrom(a, buf)
      await p.promises.sleep(100)
      await p.promises.sendto(b, 'hi', 0, HERE)
      const { count, address } = await receiving
      return [text(buf, count), address]
    })
    expect(result).toEqual(['hi', { family: AF_INET, address: '127.0.0.1', port: 6000 }])
  })
})

describe('close', () => {
  it('[sock-close-5] blocks up to the linger time while the peer does not take what is queued', async () => {
    const result = await run(async (p, m) => {
      const [c, s] = await pair(p)
      await p.promises.send(c, new Uint8Array(20_000_000), MSG_DONTWAIT)
      p.setsockopt(c, SOL_SOCKET, SO_LINGER, { onoff: 1, linger: 4 })
      const start = m.clock.now
      await p.promises.close(c)
      const waited = (m.clock.now - start) / SECOND
      void s
      return waited
    })
    expect(result).toBe(4)
  })

  it('[sock-close-5] returns once the peer has acknowledged everything', async () => {
    const result = await run(async (p, m) => {
      const [c, s] = await pair(p)
      await p.promises.send(c, new Uint8Array(20_000_000), MSG_DONTWAIT)
      p.setsockopt(c, SOL_SOCKET, SO_LINGER, { onoff: 1, linger: 60 })
      const start = m.clock.now
      const closing = p.promises.close(c)
      await p.promises.sleep(2000)
      const buf = new Uint8Array(1_000_000)
      while ((await p.promises.recv(s, buf)) > 0);
      await closing
      return (m.clock.now - start) / SECOND
    })
    expect(result).toBeGreaterThanOrEqual(2)
    expect(result).toBeLessThan(3)
  })

  it('[sock-nonblock-3] does not block in close, shutdown, bind, listen or getsockopt when nonblocking', async () => {
    const result = await run(async (p, m) => {
      const [c] = await pair(p)
      await p.promises.send(c, new Uint8Array(20_000_000), MSG_DONTWAIT)
      p.setsockopt(c, SOL_SOCKET, SO_LINGER, { onoff: 1, linger: 4 })
      p.ioctl(c, 0x5421, 1)
      const start = m.clock.now
      const calls = [p.getsockopt(c, SOL_SOCKET, 3), p.shutdown(c, 1)]
      const fresh = p.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)
      calls.push(p.bind(fresh, { address: '127.0.0.1', port: 7000 }), p.listen(fresh, 1))
      await p.promises.close(c)
      return [...calls, m.clock.now - start]
    })
    expect(result).toEqual([1, 0, 0, 0, 0])
  })
})

describe('poll', () => {
  it('[sock-poll-20] wakes on a state change during the wait', async () => {
    const result = await run(async (p, m) => {
      const [c, s] = await pair(p)
      const fds = [{ fd: s, events: 0x2001, revents: 0 }]
      const polling = p.promises.poll(fds, -1)
      await p.promises.sleep(3000)
      p.shutdown(c, 1)
      const n = await polling
      return [n, fds[0]?.revents, m.clock.now >= 3 * SECOND]
    })
    expect(result).toEqual([1, 0x2001, true])
  })

  it('[sock-nonblock-1] O_NONBLOCK belongs to the description: duplicates and children share it', async () => {
    const result = await run(async (p) => {
      const fd = p.socket(AF_INET, SOCK_DGRAM)
      const copy = p.dup(fd)
      p.fcntl(copy, 4, 0o4000)
      const child = p.fork(async (c) => ((await errorOf(c.promises.recv(fd, new Uint8Array(1)))) === 'EAGAIN' ? 0 : 1))
      if (typeof child === 'number') return child
      return (await p.promises.waitpid(child.pid))?.status
    })
    expect(result).toEqual({ kind: 'exited', code: 0 })
  })
})

describe('Unix sockets', () => {
  it('[sock-unix-2, sock-unix-3, sock-unix-4] have an entry in the tree that outlives them', async () => {
    const result = await run(async (p) => {
      const at = { family: AF_UNIX, path: '/tmp/s' }
      const a = p.socket(AF_UNIX, SOCK_STREAM)
      const bound = [p.bind(a, at), p.bind(a, at), p.bind(p.socket(AF_UNIX, SOCK_STREAM), at)]
      const stat = p.stat('/tmp/s')
      const mode = typeof stat === 'number' ? stat : stat.mode
      const unlistened = await errorOf(p.promises.connect(p.socket(AF_UNIX, SOCK_STREAM), at))
      p.listen(a, 1)
      const type = await errorOf(p.promises.connect(p.socket(AF_UNIX, SOCK_DGRAM), at))
      p.close(a)
      const stale = await errorOf(p.promises.connect(p.socket(AF_UNIX, SOCK_STREAM), at))
      const missing = await errorOf(
        p.promises.connect(p.socket(AF_UNIX, SOCK_STREAM), { family: AF_UNIX, path: '/tmp/t' }),
      )
      return [bound, mode.toString(8), unlistened, type, stale, missing, p.unlink('/tmp/s')]
    })
    expect(result).toEqual([[0, -22, -98], '140755', 'ECONNREFUSED', 'EPROTOTYPE', 'ECONNREFUSED', 'ENOENT', 0])
  })

  it('[sock-unix-28] need write permission on the path', async () => {
    const m = new Machine()
    const result = await m.as(0, async (p) => {
      const l = p.socket(AF_UNIX, SOCK_STREAM)
      p.bind(l, { family: AF_UNIX, path: '/tmp/s' })
      p.listen(l, 4)
      const child = p.fork(
        async (c) => {
          const fd = c.socket(AF_UNIX, SOCK_STREAM)
          const denied = await errorOf(c.promises.connect(fd, { family: AF_UNIX, path: '/tmp/s' }))
          return denied === 'EACCES' ? 0 : 1
        },
        { uid: 1000, gid: 1000 },
      )
      return typeof child === 'number' ? child : (await p.promises.waitpid(child.pid))?.status
    })
    expect(result).toEqual({ kind: 'exited', code: 0 })
  })

  it('[sock-unix-10] connect blocks while the backlog is full, EAGAIN nonblocking', async () => {
    const result = await run(async (p) => {
      const at = { family: AF_UNIX, path: '\0full' }
      const l = p.socket(AF_UNIX, SOCK_STREAM)
      p.bind(l, at)
      p.listen(l, 0)
      await p.promises.connect(p.socket(AF_UNIX, SOCK_STREAM), at)
      const nonblocking = await errorOf(p.promises.connect(p.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK), at))
      let connected = false
      const waiting = p.promises.connect(p.socket(AF_UNIX, SOCK_STREAM), at).then(() => (connected = true))
      await p.promises.sleep(100)
      const before = connected
      await p.promises.accept(l)
      await waiting
      return [nonblocking, before, connected]
    })
    expect(result).toEqual(['EAGAIN', false, true])
  })

  it('[sock-unix-13] a datagram sender blocks on a full receiver queue', async () => {
    const result = await run(async (p) => {
      const at = { family: AF_UNIX, path: '\0dgram' }
      const r = p.socket(AF_UNIX, SOCK_DGRAM)
      p.bind(r, at)
      const s = p.socket(AF_UNIX, SOCK_DGRAM)
      let sent = 0
      while ((await errorOf(p.promises.sendto(s, 'x', MSG_DONTWAIT, at))) === 'no error') sent++
      let done = false
      const waiting = p.promises.sendto(s, 'y', 0, at).then(() => (done = true))
      await p.promises.sleep(100)
      const before = done
      await p.promises.recv(r, new Uint8Array(1))
      await waiting
      return [sent, before, done]
    })
    expect(result).toEqual([11, false, true])
  })
})
