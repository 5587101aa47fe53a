import { describe, expect, it } from 'vitest'
import { EAGAIN, EBADF } from '../../src/wire/errno.ts'
import { Machine, SECOND } from './machine.ts'

const machine = () => new Machine()

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
