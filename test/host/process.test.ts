import { describe, expect, it } from 'vitest'
import { type Process, Signal, WCONTINUED, WNOHANG, WUNTRACED } from '../../src/host/index.ts'
import { EAGAIN, EBADF, ECHILD, ENOENT, EPERM, EPIPE, ESRCH } from '../../src/wire/errno.ts'
import { Machine, SECOND } from './machine.ts'

const machine = () => new Machine()

describe('running a program', () => {
  it('gives the exit code of main and closes what was open', async () => {
    const m = machine()
    let inner: Process | null = null
    const { process, out } = m.start(async (p) => {
      inner = p
      p.open('/tmp/x', 0o102)
      await p.promises.write(1, 'hello\n')
      return 7
    })
    await m.run()
    expect(out.text).toBe('hello\n')
    expect(process.ended).toEqual({ kind: 'exited', code: 7 })
    expect((inner as Process | null)?.open('/tmp/x')).toBe(-24)
    expect(m.kernel.find(process.pid)).toBe(null)
  })

  it('looks a command up by PATH and gives it arguments and environment', async () => {
    const m = machine()
    m.register('say', async (p) => {
      await p.promises.write(1, `${p.argv.join(',')} ${p.env['X']} ${p.cwd}\n`)
      return 0
    })
    const { out, process } = m.start(async (p) => {
      const child = p.spawn('say', ['a', 'b'], { env: { X: '1', PATH: '/usr/bin' }, cwd: '/tmp' })
      if (typeof child === 'number') return -child
      await p.promises.waitpid(child.pid)
      return 0
    })
    await m.run()
    expect(process.ended).toEqual({ kind: 'exited', code: 0 })
    expect(out.text).toBe('say,a,b 1 /tmp\n')
  })

  it('fails with ENOENT for an unknown command, EACCES for a file that may not be run', async () => {
    const m = machine()
    const results = await m.as(0, (p) => {
      p.writeFile('/tmp/plain', 'x')
      p.writeFile('/tmp/noexec', '#!/usr/bin/say\n')
      p.chmod('/tmp/plain', 0o755)
      return [p.spawn('nothing'), p.spawn('/tmp/noexec'), p.spawn('/tmp/plain'), p.spawn('/tmp')]
    })
    expect(results).toEqual([-ENOENT, -13, -8, -13])
  })

  it('runs a script by its interpreter', async () => {
    const m = machine()
    m.register('interp', async (p) => {
      await p.promises.write(1, p.argv.join(' '))
      return 0
    })
    const { out } = m.start(async (p) => {
      p.writeFile('/tmp/script', '#! /usr/bin/interp -x y\nbody\n')
      p.chmod('/tmp/script', 0o755)
      p.spawn('/tmp/script', ['arg'])
      await p.promises.waitpid(-1)
      return 0
    })
    await m.run()
    // execve(2): the interpreter's path takes the place of argv[0].
    expect(out.text).toBe('/usr/bin/interp -x y /tmp/script arg')
  })

  it('reports a rejected main on standard error: 1 for an error, 134 for a bug', async () => {
    const m = machine()
    const a = m.start(async (p) => {
      await p.promises.open('/nowhere')
      return 0
    })
    const b = m.start(() => {
      throw new TypeError('oops')
    })
    await m.run()
    expect(a.err.text).toBe('test: open ENOENT /nowhere\n')
    expect(a.process.ended).toEqual({ kind: 'exited', code: 1 })
    expect(b.err.text).toContain('internal error: TypeError: oops')
    expect(b.process.ended).toEqual({ kind: 'exited', code: 134 })
  })

  it('leaves main at exit, and nothing after it happens', async () => {
    const m = machine()
    const { process, out } = m.start(async (p) => {
      await p.exit(3)
      await p.promises.write(1, 'never')
      return 0
    })
    await m.run()
    expect(process.ended).toEqual({ kind: 'exited', code: 3 })
    expect(out.text).toBe('')
  })

  it('replaces the program on exec, keeping the pid and closing close-on-exec descriptors', async () => {
    const m = machine()
    m.register('next', async (p) => {
      await p.promises.write(1, `${p.pid} ${p.comm} ${p.descriptors.get(9) === null} ${p.descriptors.get(8) !== null}`)
      return 5
    })
    const { process, out } = m.start(async (p) => {
      const fd = p.open('/dev/null')
      const file = p.descriptors.get(fd)
      if (file !== null) {
        p.descriptors.replace(9, file, true)
        p.descriptors.replace(8, file)
      }
      p.exec('next', [])
      await p.promises.sleep(1)
      return 0
    })
    await m.run()
    expect(out.text).toBe(`${process.pid} next true true`)
    expect(process.ended).toEqual({ kind: 'exited', code: 5 })
  })
})

describe('children', () => {
  it('waits for a child and tells how it ended', async () => {
    const m = machine()
    const result = await m.as(0, async (p) => {
      const a = p.fork(() => 4) as Process
      const b = p.fork(async (c) => {
        await c.promises.pause()
        return 0
      }) as Process
      const first = await p.promises.waitpid(a.pid)
      p.kill(b.pid, Signal.SIGTERM)
      const second = await p.promises.waitpid(-1)
      return [first?.status, second?.status, p.waitpid(-1)]
    })
    expect(result).toEqual([{ kind: 'exited', code: 4 }, { kind: 'signaled', signal: 15 }, -ECHILD])
  })

  it('keeps a zombie until it is waited for', async () => {
    const m = machine()
    let child: Process | null = null
    const { process } = m.start(async (p) => {
      child = p.fork(() => 0) as Process
      await p.promises.sleep(1000)
      await p.promises.waitpid(-1)
      await p.promises.sleep(1000)
      return 0
    })
    await m.run(SECOND / 2)
    const pid = (child as unknown as Process).pid
    expect(m.kernel.find(pid)?.state).toBe('Z')
    await m.run(SECOND * 1.5)
    expect(m.kernel.find(pid)).toBe(null)
    expect(process.isAlive).toBe(true)
  })

  it('gives orphans to init', async () => {
    const m = machine()
    let orphan: Process | null = null
    m.start((p) => {
      orphan = p.fork(async (c) => {
        await c.promises.sleep(1000)
        return 0
      }) as Process
      return 0
    })
    await m.run(SECOND / 2)
    expect((orphan as unknown as Process).ppid).toBe(1)
    await m.run()
    expect(m.kernel.find((orphan as unknown as Process).pid)).toBe(null)
  })

  it('tells of stops and continuations to who asks for them', async () => {
    const m = machine()
    const seen = await m.as(0, async (p) => {
      const child = p.fork(async (c) => {
        await c.promises.sleep(5000)
        return 0
      }) as Process
      const none = await p.promises.waitpid(-1, WNOHANG)
      p.kill(child.pid, Signal.SIGSTOP)
      const stopped = await p.promises.waitpid(-1, WUNTRACED)
      p.kill(child.pid, Signal.SIGCONT)
      const continued = await p.promises.waitpid(-1, WCONTINUED)
      return [none, stopped?.status, continued?.status]
    })
    expect(seen).toEqual([null, { kind: 'stopped', signal: 19 }, { kind: 'continued' }])
  })

  it('inherits descriptors but close-on-exec ones, the umask and ignored signals', async () => {
    const m = machine()
    m.register('child', async (p) => {
      const open: number[] = []
      p.descriptors.forEach((fd) => void open.push(fd))
      await p.promises.write(1, `${open.join(' ')} ${p.umask} ${p.signals.get(Signal.SIGHUP)}`)
      return 0
    })
    const { out } = m.start(async (p) => {
      p.open('/dev/null')
      p.open('/dev/null', 0o2000000)
      p.umask = 0o77
      p.sigaction(Signal.SIGHUP, 'ignore')
      p.spawn('child')
      await p.promises.waitpid(-1)
      return 0
    })
    await m.run()
    expect(out.text).toBe('0 1 2 3 63 ignore')
  })
})

describe('the gate', () => {
  it('holds every call of a stopped process until SIGCONT', async () => {
    const m = machine()
    const { process, out } = m.start(async (p) => {
      for (;;) {
        await p.promises.sleep(1000)
        await p.promises.write(1, '.')
      }
    })
    await m.run(2.5 * SECOND)
    expect(out.text).toBe('..')
    process.deliver(Signal.SIGSTOP)
    expect(process.state).toBe('T')
    await m.run(10 * SECOND)
    expect(out.text).toBe('..')
    process.deliver(Signal.SIGCONT)
    await m.run(10.5 * SECOND)
    expect(out.text).toBe('...')
    process.deliver(Signal.SIGKILL)
    await m.run()
    expect(out.text).toBe('...')
  })

  it('never settles a call of a killed process', async () => {
    const m = machine()
    let after = false
    const { process } = m.start(async (p) => {
      await p.promises.sleep(1000)
      after = true
      return 0
    })
    await m.settle()
    process.deliver(Signal.SIGKILL)
    await m.run()
    expect(after).toBe(false)
    expect(process.ended).toEqual({ kind: 'signaled', signal: 9 })
  })

  it('can kill an endless loop of calls that never wait', async () => {
    const m = machine()
    let n = 0
    const { process } = m.start(async (p) => {
      for (;;) {
        await p.promises.write(1, 'y')
        n++
      }
    })
    for (let i = 0; i < 20; i++) {
      m.clock.runJobs(1000)
      m.clock.runCallback()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(n).toBeGreaterThan(1000)
    process.deliver(Signal.SIGKILL)
    await m.run()
    expect(process.isAlive).toBe(false)
  })

  it('gives EBADF to a call whose descriptor is closed meanwhile', async () => {
    const m = machine()
    const result = await m.as(0, async (p) => {
      const ends = p.pipe()
      if (typeof ends === 'number') return ends
      const read = p.promises.readResult(ends[0], new Uint8Array(1))
      p.close(ends[0])
      return read
    })
    expect(result).toBe(-EBADF)
  })
})

describe('signals', () => {
  it('[sock-nonblock-4] end a waiting call with EINTR, or a short count when some data was moved', async () => {
    const m = machine()
    const short = await m.as(0, async (p) => {
      p.onSignal(Signal.SIGUSR1, () => undefined, false)
      const ends = p.pipe()
      if (typeof ends === 'number') return [ends]
      const write = p.promises.writeResult(ends[1], new Uint8Array(70_000))
      const other = p.pipe()
      if (typeof other === 'number') return [other]
      const read = p.promises.readResult(other[0], new Uint8Array(1))
      await p.promises.sleep(1)
      p.kill(p.pid, Signal.SIGUSR1)
      return [await write, await read]
    })
    expect(short).toEqual([65_536, -4])
  })

  it('let a waiting read go on with SA_RESTART, but not poll or sleep', async () => {
    const m = machine()
    const seen = await m.as(0, async (p) => {
      const log: unknown[] = []
      p.onSignal(Signal.SIGUSR1, (signal) => log.push(signal))
      const ends = p.pipe()
      if (typeof ends === 'number') return [ends]
      const read = p.promises.readResult(ends[0], new Uint8Array(4))
      const poll = p.promises.pollResult([{ fd: ends[0], events: 1 }], 5000)
      const sleep = p.promises.sleep(5000)
      p.fork(async (c) => {
        await c.promises.sleep(2000)
        c.kill(c.ppid, Signal.SIGUSR1)
        return 0
      })
      log.push(await poll, await sleep)
      await p.promises.write(ends[1], 'abc')
      log.push(await read)
      return log
    })
    expect(seen).toEqual([10, -4, 3000, 3])
  })

  it('SIGPIPE ends a process that writes to a pipe without readers; ignored, the write fails with EPIPE', async () => {
    const m = machine()
    const body = (ignore: boolean) => async (p: Process) => {
      if (ignore) p.sigaction(Signal.SIGPIPE, 'ignore')
      const ends = p.pipe()
      if (typeof ends === 'number') return 1
      p.close(ends[0])
      return -(await p.promises.writeResult(ends[1], 'x'))
    }
    const a = m.start(body(false))
    const b = m.start(body(true))
    await m.run()
    expect(a.process.ended).toEqual({ kind: 'signaled', signal: 13 })
    expect(b.process.ended).toEqual({ kind: 'exited', code: EPIPE })
  })

  it('are held while blocked or stopped, and come afterwards', async () => {
    const m = machine()
    const { process } = m.start(async (p) => {
      await p.promises.sleep(100_000)
      return 0
    })
    await m.settle()
    process.deliver(Signal.SIGSTOP)
    process.deliver(Signal.SIGTERM)
    expect(process.state).toBe('T')
    process.deliver(Signal.SIGCONT)
    expect(process.ended).toEqual({ kind: 'signaled', signal: 15 })
    const blocked = await m.as(0, async (p) => {
      const log: string[] = []
      p.onSignal(Signal.SIGUSR2, () => log.push('handled'))
      p.setSignalMask([Signal.SIGUSR2])
      p.kill(p.pid, Signal.SIGUSR2)
      await p.promises.sleep(10)
      log.push('unblocking')
      p.setSignalMask([])
      await p.promises.sleep(10)
      return log
    })
    expect(blocked).toEqual(['unblocking', 'handled'])
  })

  it('kill: ESRCH, EPERM, null signal, groups', async () => {
    const m = machine()
    const root = m.start(async (p) => {
      await p.promises.pause()
      return 0
    })
    const result = await m.as(1000, (p) => [
      p.kill(9999, 15),
      p.kill(root.process.pid, 15),
      p.kill(p.pid, 0),
      p.kill(-p.pgid, 0),
    ])
    expect(result).toEqual([-ESRCH, -EPERM, 0, 0])
    m.kernel.init.kill(-root.process.pgid, Signal.SIGINT)
    await m.run()
    expect(root.process.ended).toEqual({ kind: 'signaled', signal: 2 })
  })

  it('alarm sends SIGALRM', async () => {
    const m = machine()
    const { process } = m.start(async (p) => {
      p.alarm(3)
      await p.promises.pause()
      return 0
    })
    await m.run()
    expect(process.ended).toEqual({ kind: 'signaled', signal: 14 })
    expect(m.clock.now).toBe(3 * SECOND)
  })
})

describe('limits', () => {
  it('NOFILE bounds descriptors with EMFILE, and only root raises a hard limit', async () => {
    const m = machine()
    const result = await m.as(1000, (p) => [
      p.setrlimit('NOFILE', { soft: 4, hard: 5 }),
      p.open('/dev/null'),
      p.open('/dev/null'),
      p.socket(2, 1),
      p.pipe(),
      p.dup(0),
      p.setrlimit('NOFILE', { soft: 4, hard: 6 }),
      p.setrlimit('NOFILE', { soft: 9, hard: 5 }),
    ])
    expect(result).toEqual([0, 3, -24, -24, -24, -24, -EPERM, -22])
  })

  it('NPROC bounds the processes of a user with EAGAIN', async () => {
    const m = machine()
    const result = await m.as(1000, (p) => {
      p.setrlimit('NPROC', { soft: 2, hard: 2 })
      const sleep = async (c: Process): Promise<number> => await c.promises.sleep(10)
      return [typeof p.fork(sleep), p.fork(sleep)]
    })
    expect(result).toEqual(['object', -EAGAIN])
  })

  it('nothing kills init', async () => {
    const m = machine()
    const result = await m.as(0, (p) => [
      p.kill(1, Signal.SIGKILL),
      p.kill(1, Signal.SIGSTOP),
      p.kill(1, Signal.SIGTERM),
    ])
    expect([result, m.kernel.init.isAlive, m.kernel.init.state]).toEqual([[0, 0, 0], true, 'R'])
  })
})

describe('pipes and poll', () => {
  it('hold back a writer until somebody reads, and end with the last writer', async () => {
    const m = machine()
    const sizes = await m.as(0, async (p) => {
      const ends = p.pipe()
      if (typeof ends === 'number') return []
      p.fork(async (c) => {
        c.close(ends[0])
        return (await c.promises.write(ends[1], new Uint8Array(200_000))) === 200_000 ? 0 : 1
      })
      p.close(ends[1])
      const all = await p.promises.readAll(ends[0])
      return [all.length, (await p.promises.waitpid(-1))?.status]
    })
    expect(sizes).toEqual([200_000, { kind: 'exited', code: 0 }])
  })

  it('[sock-poll-17] poll returns 0 at the timeout, at once with 0, and waits for ever with -1', async () => {
    const m = machine()
    const log = await m.as(0, async (p) => {
      const ends = p.pipe()
      if (typeof ends === 'number') return []
      const fds = [{ fd: ends[0], events: 1 }]
      const at = () => m.clock.now / SECOND
      const zero = await p.promises.poll(fds, 0)
      const start = at()
      const timeout = await p.promises.poll(fds, 1500)
      const waited = at() - start
      p.fork(async (c) => {
        await c.promises.sleep(3_600_000)
        await c.promises.write(ends[1], 'x')
        return 0
      })
      const ever = await p.promises.poll(fds, -1)
      return [zero, timeout, waited, ever, at() - start - waited]
    })
    expect(log).toEqual([0, 0, 1.5, 1, 3600])
  })

  it('[sock-poll-16] ignores negative descriptors, POLLNVAL for closed ones, EBADF in select', async () => {
    const m = machine()
    const result = await m.as(0, async (p) => {
      const fds: { fd: number; events: number; revents?: number }[] = [
        { fd: -1, events: 1 },
        { fd: 77, events: 1 },
      ]
      const n = await p.promises.poll(fds, 1000)
      const select = await p.promises.select({ read: new Set([77]) }).catch((e) => e.errno)
      return [n, fds[0]?.revents, fds[1]?.revents, select]
    })
    expect(result).toEqual([1, 0, 0x20, -EBADF])
  })

  it('[sock-poll-19] select counts each ready bit and refuses a negative timeout', async () => {
    const m = machine()
    const result = await m.as(0, async (p) => {
      const [r, w] = p.pipe() as [number, number]
      await p.promises.write(w, 'x')
      const read = new Set([r])
      const write = new Set([w, r])
      const n = await p.promises.select({ read, write }, 100)
      return [n, [...read].length, [...write], await p.promises.select({ read }, -1).catch((e) => e.code)]
    })
    expect(result).toEqual([2, 1, [4], 'EINVAL'])
  })

  it('a non-blocking description answers EAGAIN at once', async () => {
    const m = machine()
    const result = await m.as(0, async (p) => {
      const [r] = p.pipe(0o4000) as [number, number]
      return p.promises.readResult(r, new Uint8Array(1))
    })
    expect(result).toBe(-EAGAIN)
  })
})
