import { describe, expect, it } from 'vitest'
import { Host, type Process, type Runner, SystemError } from '../../src/host/index.ts'
import { AF_INET, SOCK_STREAM } from '../../src/socket/index.ts'
import { Scheduler } from '../../src/time/scheduler.ts'
import { parseAddress } from '../../src/wire/parse.ts'
import { FakeIp } from '../support/fake-ip.ts'
import { contextOf, run, SECOND, settle } from './machine.ts'

/** An IP layer that takes interfaces in and does nothing with them. */
class LooseIp extends FakeIp {
  override addInterface(): void {
    return
  }

  override addAddress(): number {
    return 0
  }
}

const make = (name = 'server') => {
  const clock = new Scheduler()
  const host = new Host(contextOf(clock, name), (ctx) => new LooseIp(ctx, parseAddress('10.0.0.1') as never, new Set()))
  return { clock, host, run: (until?: number) => run(clock, until) }
}

describe('spawn', () => {
  it('runs a registered program with its output kept', async () => {
    const { host, run } = make()
    host.programs.register({
      name: 'greet',
      main: async (p) => {
        await p.promises.write(1, `hello ${p.argv[1]} from ${p.user} in ${p.cwd}\n`)
        await p.promises.write(2, 'complaint\n')
        return 3
      },
    })
    const child = host.spawn('greet', ['you'], { user: 'user' })
    await run()
    expect(await child.exited).toEqual({ code: 3, signal: null })
    expect(child.stdout?.text).toBe('hello you from user in /home/user\n')
    expect(child.stderr?.text).toBe('complaint\n')
  })

  it('throws as exec fails, and for an unknown user', () => {
    const { host } = make()
    expect(() => host.spawn('nothing')).toThrow('spawn ENOENT nothing')
    expect(() => host.spawn('/etc/hosts')).toThrow(SystemError)
    expect(() => host.spawn('/etc/hosts', [], { user: 'ghost' })).toThrow('setuid EINVAL ghost')
    expect(host.processes.list().length).toBe(1)
  })

  it('gives text or a pipe as standard input', async () => {
    const { host, run } = make()
    host.programs.register({
      name: 'cat',
      main: async (p) => {
        await p.promises.write(1, await p.promises.readAll(0))
        return 0
      },
    })
    const a = host.spawn('cat', [], { input: 'some text' })
    const b = host.spawn('cat', [], { input: true })
    await run()
    expect(a.stdout?.text).toBe('some text')
    expect(b.process.isAlive).toBe(true)
    b.write('typed')
    b.end()
    await run()
    expect(b.stdout?.text).toBe('typed')
    expect(await b.exited).toEqual({ code: 0, signal: null })
  })

  it('can be killed, and tells the signal', async () => {
    const { host, run } = make()
    const child = host.start(() => new Promise<number>(() => undefined), 'stuck')
    await run()
    expect(child.kill('SIGTERM')).toBe(0)
    await run()
    expect(await child.exited).toEqual({ code: null, signal: 'SIGTERM' })
    expect(child.kill()).toBe(-3)
  })

  it('on a terminal: a session of its own, in the foreground', async () => {
    const { host, run } = make()
    const terminal = host.openTerminal()
    let screen = ''
    terminal.onOutput((bytes) => (screen += new TextDecoder().decode(bytes)))
    const child = host.start(
      async (p) => {
        await p.promises.write(1, `${p.sid === p.pid} ${terminal.foreground === p.pgid} ${p.env['TERM']}\n`)
        return 0
      },
      'sh',
      { terminal },
    )
    await run()
    expect(child.stdout).toBe(null)
    expect(screen).toBe('true true xterm-256color\r\n')
  })
})

describe('process and run', () => {
  it('a process makes calls without a program, its first socket after three descriptors', async () => {
    const { host, run } = make()
    const p = host.process('server')
    const fd = p.socket(AF_INET, SOCK_STREAM)
    expect([fd, p.bind(fd, { address: '127.0.0.1', port: 8080 }), p.listen(fd, 5)]).toEqual([3, 0, 0])
    const [row] = host.sockets()
    expect(row).toMatchObject({ protocol: 'tcp', state: 10, local: { port: 8080 } })
    expect(row?.owners).toEqual([{ pid: p.pid, uid: 0, command: 'server', fd: 3 }])
    void p.exit()
    await run()
    expect(host.sockets()).toEqual([])
  })

  it('a function is a process while it runs; its result or error comes back', async () => {
    const { host, run } = make()
    const result = host.run(async (p) => {
      await p.promises.sleep(1000)
      return `${p.comm} ${host.find(p.pid) === p}`
    })
    const failed = host.run(() => Promise.reject(new Error('mine'))).catch((error: Error) => error.message)
    let pid = 0
    const killed = host
      .run((p) => {
        pid = p.pid
        return p.promises.pause()
      })
      .catch((error: Error) => error.message)
    await run()
    host.find(pid)?.deliver(9)
    await run()
    expect(await result).toBe('run true')
    expect(await failed).toBe('mine')
    expect(await killed).toBe('the process on server ended by SIGKILL')
  })

  it('goes through the runner when a roof has put one in', async () => {
    const { host, run } = make()
    const seen: string[] = []
    const runner: Runner = {
      run: async (process, body) => {
        seen.push(process.comm)
        return await body(process)
      },
    }
    host.runner = runner
    const result = host.run(() => 42)
    await run()
    expect([await result, seen]).toEqual([42, ['run']])
  })
})

describe('a host', () => {
  it('has link addresses that follow from its name', () => {
    const macs = ['a', 'b'].flatMap((name) => {
      const { host } = make(name)
      return [host.addInterface({ name: 'eth5' }), make(name).host.addInterface({ name: 'eth5' })].map((one) =>
        one.mac.toString(),
      )
    })
    expect(macs[0]).toBe(macs[1])
    expect(macs[0]).not.toBe(macs[2])
    expect(macs[0]).toMatch(/^02:/)
    expect(() => make().host.addInterface({ name: 'eth0' })).toThrow('server already has an interface eth0')
  })

  it('kills everything when it is switched off', async () => {
    const { host, clock, run } = make()
    const p: Process = host.process('a')
    const child = host.start(async (c) => {
      await c.promises.sleep(1e9)
      return 0
    }, 'b')
    await settle(clock)
    host.close()
    await run()
    expect([p.isAlive, (await child.exited).signal, host.isClosed]).toEqual([false, 'SIGKILL', true])
    expect(clock.now).toBeLessThan(SECOND)
    host.close()
  })

  it('sysctls of every layer are in one table', () => {
    const { host } = make()
    const names = host.sysctl.list()
    for (const name of [
      'net.ipv4.tcp_rmem',
      'net.ipv4.ip_local_port_range',
      'net.unix.max_dgram_qlen',
      'kernel.hostname',
      'net.core.somaxconn',
    ])
      expect(names).toContain(name)
    expect(host.sysctl.set('net.ipv4.tcp_syn_retries', 'x')).toBe(-22)
    expect(host.sysctl.set('net.ipv4.tcp_syn_retries', 3)).toBe(0)
    expect(host.sysctl.get('net.ipv4.tcp_syn_retries')).toBe('3')
  })
})
