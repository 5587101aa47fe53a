import { describe, expect, it } from 'vitest'
import { type Process, Signal, WCONTINUED, WNOHANG, WUNTRACED } from '../../src/host/index.ts'
import { EAGAIN, EBADF, ECHILD, ENOENT, EPERM } from '../../src/wire/errno.ts'
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
