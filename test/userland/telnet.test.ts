import { describe, expect, it } from 'vitest'
import { Host, type Process, Signal, WUNTRACED } from '../../src/host/index.ts'
import { Ip } from '../../src/ip/index.ts'
import { AF_INET, MSG_OOB, SOCK_STREAM } from '../../src/socket/index.ts'
import { Scheduler } from '../../src/time/scheduler.ts'
import { AYT, DM, DO, DONT, IAC, IP, Option, SB, SE, WILL, WONT } from '../../src/userland/telnet/codes.ts'
import { TelnetEngine } from '../../src/userland/telnet/engine.ts'
import { program } from '../../src/userland/telnet/index.ts'
import { onDisable, onEnable, onNegative, onPositive } from '../../src/userland/telnet/options.ts'
import { contextOf, run, SECOND } from '../host/machine.ts'

const latin = (bytes: Iterable<number>): string => String.fromCharCode(...bytes)
const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))

const engine = () => {
  const sent: number[] = []
  const marks: string[] = []
  const e = new TelnetEngine({
    send: (data) => sent.push(...data),
    terminalType: 'xterm',
    windowSize: () => [255, 24],
    optionChanged: (side, option, on) => marks.push(`${side} ${option} ${on}`),
    timingMark: () => marks.push('mark'),
  })
  return { e, sent, marks, feed: (...data: number[]) => latin(e.receive(Uint8Array.from(data))) }
}

describe('protocol', () => {
  it('[854-p14-b, 854-p14-a, 1123-3.2.6] any cut of the stream gives the same text and answers', () => {
    const stream = [
      65,
      IAC,
      IAC,
      66,
      IAC,
      DO,
      99,
      13,
      0,
      67,
      IAC,
      SB,
      99,
      1,
      IAC,
      IAC,
      2,
      IAC,
      SE,
      68,
      IAC,
      WILL,
      Option.SGA,
    ]
    const results = new Set<string>()
    for (let size = 1; size <= stream.length; size++) {
      const { e, sent } = engine()
      let text = ''
      for (let i = 0; i < stream.length; i += size) text += latin(e.receive(Uint8Array.from(stream.slice(i, i + size))))
      results.add(JSON.stringify([text, sent]))
    }
    expect([...results]).toEqual([JSON.stringify(['A\xffB\rCD', [IAC, WONT, 99, IAC, DO, Option.SGA]])])
  })

  it('[1123-3.2.1-b, 1123-3.2.1-a, 854-p2-a, 1143-2-b] refuses what it does not know, and answers no request twice', () => {
    const { sent, feed } = engine()
    feed(IAC, DO, 99, IAC, WILL, 98, IAC, WONT, 98, IAC, DONT, 99)
    expect(sent).toEqual([IAC, WONT, 99, IAC, DONT, 98])
    sent.length = 0
    feed(IAC, WILL, Option.ECHO, IAC, WILL, Option.ECHO)
    expect(sent).toEqual([IAC, DO, Option.ECHO])
  })

  it('[1184-2.2-e, 857-3] the server echoes after WILL ECHO; the client never does', () => {
    const { e, sent, feed } = engine()
    expect(e.options.isOn('him', Option.ECHO)).toBe(false)
    feed(IAC, DO, Option.ECHO)
    expect(sent).toEqual([IAC, WONT, Option.ECHO])
    feed(IAC, WILL, Option.ECHO)
    expect(e.options.isOn('him', Option.ECHO)).toBe(true)
  })

  it('[1143-2-c] WONT for an option in force is answered with DONT', () => {
    const { sent, marks, feed } = engine()
    feed(IAC, WILL, Option.SGA, IAC, WONT, Option.SGA)
    expect(sent).toEqual([IAC, DO, Option.SGA, IAC, DONT, Option.SGA])
    expect(marks).toEqual(['him 3 true', 'him 3 false'])
  })

  it('[1143-7, 1143-3, 1143-5] the six-state table', () => {
    const all = ['no', 'yes', 'wantno', 'wantno-opposite', 'wantyes', 'wantyes-opposite'] as const
    const row = (f: (s: (typeof all)[number]) => { next: string; send?: boolean }) =>
      all.map((s) => {
        const { next, send } = f(s)
        return send === undefined ? next : `${next} ${send ? '+' : '-'}`
      })
    expect(row((s) => onPositive(s, true))).toEqual(['yes +', 'yes', 'no', 'yes', 'yes', 'wantno -'])
    expect(row((s) => onPositive(s, false))[0]).toBe('no -')
    expect(row(onNegative)).toEqual(['no', 'no -', 'no', 'wantyes +', 'no', 'no'])
    expect(row(onEnable)).toEqual(['wantyes +', 'yes', 'wantno-opposite', 'wantno-opposite', 'wantyes', 'wantyes'])
    expect(row(onDisable)).toEqual(['no', 'wantno -', 'wantno', 'wantno', 'wantyes-opposite', 'wantyes-opposite'])
  })

  it('[854-p9-a, 1123-3.2.4-a] between urgent signal and DM data are dropped and commands obeyed', () => {
    const { e, sent, feed } = engine()
    e.synch()
    expect(feed(65, 66, IAC, DO, 99, 67, IAC, DM, 68)).toBe('D')
    expect(sent).toEqual([IAC, WONT, 99])
  })

  it('[1073-2, 1091-5, 855-p3, 855-p2-a] window size and terminal type, 255 doubled, only after agreement', () => {
    const { sent, feed, e } = engine()
    feed(IAC, SB, Option.TTYPE, 1, IAC, SE)
    e.windowChanged()
    expect(sent).toEqual([])
    feed(IAC, DO, Option.NAWS, IAC, DO, Option.TTYPE, IAC, SB, Option.TTYPE, 1, IAC, SE)
    expect(sent).toEqual([
      ...[IAC, WILL, Option.NAWS, IAC, SB, Option.NAWS, 0, IAC, IAC, 0, 24, IAC, SE],
      ...[IAC, WILL, Option.TTYPE, IAC, SB, Option.TTYPE, 0, ...bytes('XTERM'), IAC, SE],
    ])
  })

  it('[854-p11-a, 854-p11-b, 1123-3.3.1-a, 1123-3.3.1-b] ends of line, sent and received', () => {
    const { e, feed } = engine()
    expect(latin(e.encode(bytes('a\r\n'), true))).toBe('a\r\0\r\n')
    expect(latin(e.encode(bytes('a\n'), false))).toBe('a\n')
    e.crlf = true
    expect(latin(e.encode(bytes('a\r'), false))).toBe('a\r\n')
    expect(feed(...bytes('x\r\ny\r\0z'))).toBe('x\ny\rz')
  })

  it('[1123-3.2.7-a, 1123-3.2.7-b, 1123-3.3.3-a] binary: CR is CR, IAC is still doubled', () => {
    const { e, feed } = engine()
    feed(IAC, DO, Option.BINARY, IAC, WILL, Option.BINARY)
    expect(e.encode([13, 10, IAC], true)).toEqual([13, 10, IAC, IAC])
    expect(feed(13, 0, IAC, IAC)).toBe('\r\0\xff')
  })
})

const lab = () => {
  const clock = new Scheduler()
  const host = new Host(contextOf(clock, 'box'), (ctx) => new Ip(ctx))
  host.programs.register(program)
  const got = { text: '', ended: false }
  let serverFd = -1
  let serverProc: Process | undefined
  host.start(async (p) => {
    serverProc = p
    const l = p.socket(AF_INET, SOCK_STREAM)
    p.bind(l, { address: '127.0.0.1', port: 8080 })
    p.listen(l, 5)
    for (;;) {
      const { fd } = await p.promises.accept(l)
      serverFd = fd
      got.ended = false
      const buf = new Uint8Array(4096)
      for (;;) {
        const n = await p.promises.recvResult(fd, buf)
        if (n <= 0) break
        got.text += latin(buf.subarray(0, n))
        if (got.text.includes('CLOSE')) break
      }
      got.ended = true
      p.close(fd)
    }
  }, 'server')
  const go = (seconds = 5) => run(clock, clock.now + seconds * SECOND)
  const say = async (text: string, flags = 0) => {
    serverProc?.send(serverFd, bytes(text), 0, text.length, flags)
    await go(1)
  }
  const terminal = async (...args: string[]) => {
    const tty = host.openTerminal(80, 24)
    const seen = { text: '' }
    tty.onOutput((piece) => (seen.text += latin(piece)))
    const child = host.spawn('telnet', args, { terminal: tty })
    await go()
    const type = async (text: string) => {
      seen.text = ''
      got.text = ''
      tty.input(bytes(text))
      await go(1)
      return seen.text
    }
    return { child, seen, type, tty }
  }
  return { host, clock, got, go, say, terminal }
}

describe('on a terminal', () => {
  it('[1123-3.4.4, 1123-3.2.1-c] connects, sends lines with CR LF, says that the server closed', async () => {
    const { terminal, got } = lab()
    const t = await terminal('127.0.0.1', '8080')
    expect(t.seen.text).toBe("Trying 127.0.0.1...\r\nConnected to 127.0.0.1.\r\nEscape character is '^]'.\r\n")
    expect(await t.type('hello\r')).toBe('hello\r\n')
    expect(got.text).toBe('hello\r\n')
    expect(await t.type('CLOSE\r')).toBe('CLOSE\r\nConnection closed by foreign host.\r\n')
    expect(await t.child.exited).toEqual({ code: 0, signal: null })
    expect(t.tty.termios.veol).toBe(0)
  })

  it('[1123-3.4.1-a, 1123-3.4.1-b] the escape character leads to the prompt, and can be another', async () => {
    const { terminal, got } = lab()
    const t = await terminal('localhost', '8080')
    expect(await t.type('abc\x1d')).toBe('abc^]\r\ntelnet> ')
    expect(got.text).toBe('abc')
    expect(await t.type('foo\r')).toBe('foo\r\n?Invalid command\r\ntelnet> ')
    expect(await t.type('s\r')).toBe('s\r\n?Ambiguous command\r\ntelnet> ')
    expect(await t.type('st\r')).toBe(
      "st\r\nConnected to localhost.\r\nOperating in obsolete linemode\r\nLocal character echo\r\nEscape character is '^]'.\r\n",
    )
    expect(await t.type('\x1d\r')).toBe('^]\r\n\r\ntelnet> ')
    await t.type('x\r')
    expect(got.text).toBe('x\r\n')
    await t.type('\x1d')
    expect(await t.type('set escape ^A\r')).toBe("set escape ^A\r\nescape character is '^A'.\r\n")
    expect(await t.type('\x01')).toBe('^A\r\ntelnet> ')
    expect(await t.type('quit\r')).toBe('quit\r\nConnection closed.\r\n')
    expect(got.ended).toBe(true)
    expect(await t.child.exited).toEqual({ code: 0, signal: null })
  })

  it('[1123-3.4.2, 854-p9-b] sends AYT and IP on request, ^C as IP with a timing mark, Synch as urgent data', async () => {
    const { terminal, got } = lab()
    const t = await terminal('127.0.0.1', '8080')
    await t.type('\x1d')
    await t.type('send ip ayt\r')
    expect(bytes(got.text)).toEqual(Uint8Array.of(IAC, IP, IAC, AYT))
    await t.type('\x03')
    expect(bytes(got.text)).toEqual(Uint8Array.of(IAC, IP, IAC, DO, Option.TIMING_MARK))
    await t.type('\x1d')
    await t.type('send synch\r')
    // The server does not ask for urgent data inline: IAC was taken out of the stream, DM ends it.
    expect(bytes(got.text)).toEqual(Uint8Array.of(DM))
  })

  it('[1123-3.2.2-a, 858-5, 1123-3.2.1-d] a server that echoes gets single characters, at any time', async () => {
    const { terminal, got, say } = lab()
    const t = await terminal('127.0.0.1', '8080')
    await t.type('one\r')
    got.text = ''
    await say('\xff\xfb\x01\xff\xfb\x03')
    expect(bytes(got.text)).toEqual(Uint8Array.of(IAC, DO, 1, IAC, DO, 3))
    expect(await t.type('x')).toBe('')
    expect(got.text).toBe('x')
    await t.type('\r')
    expect(got.text).toBe('\r\0')
    expect(await t.type('\x1d')).toBe('\r\ntelnet> ')
    expect(await t.type('status\r')).toContain(
      'Operating in single character mode\r\nCatching signals locally\r\nRemote character echo\r\n',
    )
  })

  it('urgent data from the server drop what was before the mark', async () => {
    const { terminal, say, go } = lab()
    const t = await terminal('127.0.0.1', '8080')
    await t.type('x\r')
    t.seen.text = ''
    await say('shown ')
    await say('\xff', MSG_OOB)
    await say('\xf2after')
    await go()
    expect(t.seen.text).toBe('shown after')
  })
})

describe('job control', () => {
  it('z and ^Z at the prompt stop it; continued, it is in its session again', async () => {
    const { host, go, got } = lab()
    const tty = host.openTerminal(80, 24)
    const states: string[] = []
    host.start(
      async (p) => {
        p.sigaction(Signal.SIGTTOU, 'ignore')
        const job = p.spawn('telnet', ['127.0.0.1', '8080'], {
          pgid: 0,
          foreground: true,
          defaultSignals: [Signal.SIGTTOU],
        })
        if (typeof job === 'number') throw new Error(String(job))
        for (;;) {
          const change = await p.promises.waitpid(job.pid, WUNTRACED)
          states.push(change?.status.kind ?? 'none')
          if (change?.status.kind !== 'stopped') return 0
          p.setForeground(tty, p.pgid)
          await p.promises.sleep(100)
          p.setForeground(tty, job.pgid)
          p.kill(-job.pgid, Signal.SIGCONT)
        }
      },
      'shell',
      { terminal: tty },
    )
    await go()
    tty.input(bytes('\x1d'))
    await go()
    tty.input(bytes('z\r'))
    await go()
    expect(states).toEqual(['stopped'])
    tty.input(bytes('again\r'))
    await go()
    expect(got.text).toBe('again\r\n')
    tty.input(bytes('\x1d'))
    await go()
    tty.input(bytes('\x1a'))
    await go()
    expect(states).toEqual(['stopped', 'stopped'])
    tty.input(bytes('quit\r'))
    await go()
    expect(states).toEqual(['stopped', 'stopped', 'exited'])
  })
})

describe('without a terminal', () => {
  it('writes what comes, the end on standard error', async () => {
    const { host, go } = lab()
    const child = host.spawn('telnet', ['127.0.0.1', '8080'], { input: true })
    await go()
    child.write('a\r\nCLOSE\n')
    await go()
    expect(child.stdout?.text).toBe("Trying 127.0.0.1...\nConnected to 127.0.0.1.\nEscape character is '^]'.\n")
    expect(child.stderr?.text).toBe('Connection closed by foreign host.\n')
    expect(await child.exited).toEqual({ code: 0, signal: null })
  })

  it('[1123-3.4.3] says why there is no connection', async () => {
    const { host, go } = lab()
    const refused = host.spawn('telnet', ['127.0.0.1', '1'])
    const lost = host.spawn('telnet', ['192.0.2.1', '80'])
    const nameless = host.spawn('telnet', ['127.0.0.1', 'nosvc'])
    const wrong = host.spawn('telnet', ['-Z'])
    await go()
    expect(refused.stdout?.text).toBe('Trying 127.0.0.1...\n')
    expect(refused.stderr?.text).toBe('telnet: Unable to connect to remote host: Connection refused\n')
    expect(lost.stderr?.text).toBe('telnet: Unable to connect to remote host: Network is unreachable\n')
    expect(nameless.stderr?.text).toBe(
      'Server lookup failure:  127.0.0.1:nosvc, Servname not supported for ai_socktype\n',
    )
    expect((await refused.exited).code).toBe(1)
    expect((await wrong.exited).code).toBe(64)
  })
})
