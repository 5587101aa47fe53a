import { describe, expect, it } from 'vitest'
import { type Process, Signal } from '../../src/host/index.ts'
import { EPERM, EPIPE, ESRCH } from '../../src/wire/errno.ts'
import { Machine, SECOND } from './machine.ts'

const machine = () => new Machine()

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
