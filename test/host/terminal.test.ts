import { describe, expect, it } from 'vitest'
import { type Process, rawTermios, Signal, type Terminal, WUNTRACED } from '../../src/host/index.ts'
import { EIO, errnoName } from '../../src/wire/errno.ts'
import { Machine, SECOND } from './machine.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A terminal whose screen is kept as text, and a session leader on it. */
const session = (m: Machine, leader: (p: Process, t: Terminal) => Promise<number>) => {
  const terminal = m.kernel.openTerminal(80, 24)
  const seen = { text: '' }
  terminal.onOutput((piece) => (seen.text += new TextDecoder().decode(piece)))
  const file = terminal.open()
  const process = m.kernel.init.fork((p) => leader(p, terminal), {
    argv0: 'sh',
    stdio: [file, file, file],
    session: true,
    terminal,
  })
  if (typeof process === 'number') throw new Error(errnoName(process))
  return { terminal, seen, process, type: (text: string) => terminal.input(bytes(text)) }
}

const line = async (p: Process): Promise<string> => {
  const buf = new Uint8Array(256)
  const n = await p.promises.read(0, buf)
  return new TextDecoder().decode(buf.subarray(0, n))
}

/** A job in a group of its own, in the foreground. */
const job = (p: Process, main: (c: Process) => Promise<number>, foreground = true): Process => {
  const child = p.fork(main, { pgid: 0, foreground })
  if (typeof child === 'number') throw new Error(errnoName(child))
  return child
}

const takeBack = (p: Process, t: Terminal): number => {
  p.sigaction(Signal.SIGTTOU, 'ignore')
  return p.setForeground(t, p.pgid)
}

describe('a line at a time', () => {
  it('echoes, edits and gives whole lines; ^D is the end', async () => {
    const m = new Machine()
    const lines: string[] = []
    const { seen, type } = session(m, async (p) => {
      for (;;) {
        const text = await line(p)
        lines.push(text)
        if (text === '') return 0
      }
    })
    await m.run()
    type('heklo\x7f\x7f\x7fllo\r')
    await m.run()
    type('wrong words\x15')
    type('two words\x17x\r')
    type('abc\x04\x04')
    await m.run()
    expect(lines).toEqual(['hello\n', 'two x\n', 'abc', ''])
    expect(seen.text).toContain('heklo\b \b\b \b\b \bllo\r\n')
  })

  it('output turns newlines into CR NL', async () => {
    const m = new Machine()
    const { seen } = session(m, async (p) => {
      await p.promises.write(1, 'a\nb\n')
      return 0
    })
    await m.run()
    expect(seen.text).toBe('a\r\nb\r\n')
  })

  it('raw: bytes as they come, nothing echoed, no signals', async () => {
    const m = new Machine()
    const got: string[] = []
    const { seen, type } = session(m, async (p, t) => {
      p.setTermios(t, rawTermios(t.termios))
      for (let i = 0; i < 3; i++) got.push(await line(p))
      return 0
    })
    await m.run()
    for (const key of ['a', '\x03', '\r']) {
      type(key)
      await m.run()
    }
    expect(got).toEqual(['a', '\x03', '\r'])
    expect(seen.text).toBe('')
  })

  it('raw with MIN 0: TIME is the patience, and 0 none at all', async () => {
    const m = new Machine()
    const { process } = session(m, async (p, t) => {
      p.setTermios(t, { ...rawTermios(t.termios), vmin: 0, vtime: 5 })
      const start = m.clock.now
      const late = await line(p)
      const waited = m.clock.now - start
      p.setTermios(t, { vtime: 0 })
      const none = await line(p)
      return late === '' && none === '' && waited === SECOND / 2 && m.clock.now === start + waited ? 0 : 1
    })
    await m.run()
    expect(process.ended).toEqual({ kind: 'exited', code: 0 })
  })
})

describe('job control', () => {
  it('^C ends the foreground group and not the shell', async () => {
    const m = new Machine()
    const { seen, type, process } = session(m, async (p, t) => {
      const child = job(p, async (c) => {
        await c.promises.sleep(1e6)
        return 0
      })
      const result = await p.promises.waitpid(child.pid)
      takeBack(p, t)
      await p.promises.write(1, `${JSON.stringify(result?.status)}\n`)
      return 9
    })
    await m.run(SECOND)
    type('\x03')
    await m.run(2 * SECOND)
    expect(seen.text).toBe('^C{"kind":"signaled","signal":2}\r\n')
    expect(process.ended).toEqual({ kind: 'exited', code: 9 })
  })

  it('^Z stops the foreground job, which goes on where it was', async () => {
    const m = new Machine()
    const { seen, type } = session(m, async (p, t) => {
      const child = job(p, async (c) => {
        await c.promises.sleep(5000)
        await c.promises.write(1, 'done\n')
        return 0
      })
      const stopped = await p.promises.waitpid(-1, WUNTRACED)
      takeBack(p, t)
      await p.promises.write(1, `[${stopped?.status.kind}]\n`)
      await p.promises.sleep(10_000)
      p.kill(-child.pgid, Signal.SIGCONT)
      await p.promises.waitpid(child.pid)
      return 0
    })
    await m.run(SECOND)
    type('\x1a')
    await m.run(10 * SECOND)
    expect(seen.text).toBe('^Z[stopped]\r\n')
    await m.run()
    expect(seen.text).toBe('^Z[stopped]\r\ndone\r\n')
  })

  it('a background job that reads is stopped by SIGTTIN; in the foreground it reads', async () => {
    const m = new Machine()
    const { seen, type } = session(m, async (p, t) => {
      const child = job(
        p,
        async (c) => {
          await c.promises.write(1, `got ${await line(c)}`)
          return 0
        },
        false,
      )
      const stopped = await p.promises.waitpid(child.pid, WUNTRACED)
      await p.promises.write(1, `${JSON.stringify(stopped?.status)}\n`)
      p.setForeground(t, child.pgid)
      p.kill(-child.pgid, Signal.SIGCONT)
      await p.promises.waitpid(child.pid)
      return 0
    })
    await m.run(SECOND)
    expect(seen.text).toBe('{"kind":"stopped","signal":21}\r\n')
    type('typed\r')
    await m.run()
    expect(seen.text).toContain('got typed\r\n')
  })

  it('background output goes through, unless the terminal says tostop', async () => {
    const m = new Machine()
    const { seen } = session(m, async (p, t) => {
      const write = async (c: Process): Promise<number> => {
        await c.promises.write(1, 'x\n')
        return 0
      }
      const a = job(p, write, false)
      await p.promises.waitpid(a.pid)
      p.setTermios(t, { tostop: true })
      const b = job(p, write, false)
      const stopped = await p.promises.waitpid(b.pid, WUNTRACED)
      await p.promises.write(1, `${JSON.stringify(stopped?.status)}\n`)
      return 0
    })
    await m.run()
    expect(seen.text).toBe('x\r\n{"kind":"stopped","signal":22}\r\n')
  })

  it('an orphaned background group gets EIO when it reads', async () => {
    const m = new Machine()
    let result = 0
    session(m, async (p) => {
      const child = job(
        p,
        async (c) => {
          c.fork(async (g) => {
            await g.promises.sleep(100)
            result = await g.promises.readResult(0, new Uint8Array(1))
            return 0
          })
          return 0
        },
        false,
      )
      await p.promises.waitpid(child.pid)
      await p.promises.sleep(1000)
      return 0
    })
    await m.run()
    expect(result).toBe(-EIO)
  })

  it('the end of the leader hangs up the foreground group; a stopped orphaned group is woken to end', async () => {
    const m = new Machine()
    let stopped: Process | null = null
    let front: Process | null = null
    const { terminal } = session(m, async (p) => {
      const forever = async (c: Process): Promise<number> => {
        await c.promises.sleep(1e9)
        return 0
      }
      stopped = job(p, forever, false)
      p.kill(stopped.pid, Signal.SIGSTOP)
      front = job(p, forever)
      await p.promises.sleep(10)
      return 0
    })
    await m.run(SECOND)
    expect((front as unknown as Process).ended).toEqual({ kind: 'signaled', signal: 1 })
    expect((stopped as unknown as Process).ended).toEqual({ kind: 'signaled', signal: 1 })
    expect(terminal.foreground).toBe(0)
  })

  it('hanging up ends reads, and sends SIGHUP to the session', async () => {
    const m = new Machine()
    const { terminal, process } = session(m, async (p) => {
      p.onSignal(Signal.SIGHUP, () => undefined)
      return (await p.promises.readResult(0, new Uint8Array(1))) + 40
    })
    await m.run()
    m.kernel.closeTerminal(terminal)
    await m.run()
    expect(process.ended).toEqual({ kind: 'exited', code: 40 })
    expect(m.kernel.init.stat('/dev/pts/0')).toBe(-2)
  })

  it('a window of another size sends SIGWINCH to the foreground group', async () => {
    const m = new Machine()
    const { terminal, process } = session(m, async (p, t) => {
      let size = ''
      p.onSignal(Signal.SIGWINCH, () => (size = `${t.columns}x${t.rows}`))
      await p.promises.pause()
      return size === '100x30' ? 0 : 1
    })
    await m.run()
    terminal.resize(100, 30)
    await m.run()
    expect(process.ended).toEqual({ kind: 'exited', code: 0 })
  })

  it('/dev/tty is the controlling terminal, and isatty tells', async () => {
    const m = new Machine()
    const { seen, process } = session(m, async (p, t) => {
      const fd = p.open('/dev/tty', 2)
      await p.promises.write(fd, 'through tty')
      const other = p.open('/dev/null')
      return p.terminal(fd) === t && p.terminal(other) === null && p.readlink('/proc/self/fd/0') === '/dev/pts/0'
        ? 0
        : 1
    })
    await m.run()
    expect(seen.text).toBe('through tty')
    expect(process.ended).toEqual({ kind: 'exited', code: 0 })
  })

  it('setpgid, setsid and tcsetpgrp refuse what POSIX refuses', async () => {
    const m = new Machine()
    const { process } = session(m, async (p, t) => {
      const child = job(p, async (c) => await c.promises.sleep(1000), false)
      const results = [
        p.setsid(),
        p.setpgid(0, 0),
        p.setpgid(child.pid, 9999),
        p.setpgid(1, 1),
        p.setpgid(child.pid, p.pgid),
        p.setForeground(t, 9999),
      ].map((n) => (n < 0 ? errnoName(n) : n))
      return JSON.stringify(results) === JSON.stringify(['EPERM', 'EPERM', 'EPERM', 'ESRCH', 0, 'EPERM']) ? 0 : 1
    })
    await m.run()
    expect(process.ended).toEqual({ kind: 'exited', code: 0 })
  })
})
