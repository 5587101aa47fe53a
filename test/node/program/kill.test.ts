import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FIXTURES, oneHost, printed, shell } from './running.ts'

const { net, host } = oneHost()
afterAll(() => net.close())

let dir: string
beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'soquete-'))
})
afterAll(() => fs.rmSync(dir, { recursive: true }))

const KINDS = [
  'interval',
  'global interval',
  'immediate',
  'appendFile',
  'sleep',
  'writeFile',
  'file handle',
  'pbkdf2',
  'gzip',
  'subtle',
  'interval promise',
  'watch',
  'stream',
  'http',
]

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a killed program', () => {
  it('does nothing more that anybody can see', async () => {
    const seen = new Map<string, number>()
    ;(globalThis as Record<symbol, unknown>)[Symbol.for('soquete test')] = seen
    const child = host.spawn('node', ['busy.mjs', dir], { cwd: FIXTURES })
    while (!KINDS.every((kind) => (seen.get(kind) ?? 0) > 1)) {
      expect(child.process.isAlive).toBe(true)
      await turns(1)
    }
    child.kill('SIGKILL')
    seen.clear()
    const files = ['appended', 'written', 'handle'].map((name) => path.join(dir, name))
    // One request of each loop may be in the thread pool already, which nobody can take back.
    await new Promise((resolve) => setTimeout(resolve, 100))
    const sizes = files.map((file) => fs.statSync(file).mtimeMs)
    await turns(2000)
    expect([...seen]).toEqual([])
    expect(files.map((file) => fs.statSync(file).mtimeMs)).toEqual(sizes)
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' })
    expect(child.stdout?.text).toBe('')
    expect(host.lsof({ i: true })).toBe('')
    const open = fs.readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith(dir)
      } catch {
        return false
      }
    })
    expect(open).toEqual([])
  })
})

describe('closing the network', () => {
  it('ends its programs, and nothing of them keeps Node', async () => {
    /** What keeps the real process, by kind (libuv's active and referenced handles). */
    const kept = (): string[] =>
      process.getActiveResourcesInfo().filter((kind) => /Timeout|FSEvent|TCP|Immediate/.test(kind))
    const other = oneHost()
    const programs = [
      'setInterval(() => {}, 1000); console.log("up")',
      'require("net").createServer().listen(80, () => console.log("up"))',
      'process.stdin.on("data", () => {}); console.log("up")',
      'require("fs").watch("/tmp"); console.log("up")',
    ]
    const children = programs.map((code) => other.host.spawn('node', ['-e', code], { input: true }))
    await Promise.all(children.map((child) => printed(child, 'up')))
    expect(kept()).toContain('Timeout')
    const ends = Promise.all(children.map((child) => child.exited))
    await other.net.close()
    expect(await ends).toEqual(children.map(() => ({ code: null, signal: 'SIGKILL' })))
    // The test runner has timers of its own, which pass.
    const patience = performance.now() + 5000
    while (kept().length > 0 && performance.now() < patience) await turns(1)
    expect(kept()).toEqual([])
  })
})

describe('signals', () => {
  it('end a program by default, as the shell sees', async () => {
    const line = `node -e 'process.kill(process.pid, "SIGTERM"); console.log("not reached")'; echo $?`
    expect((await shell(host, line)).stdout).toBe('143\n')
  })

  it('are heard by listeners, and go back to their default without them', async () => {
    const child = host.spawn('node', ['signals.mjs'], { cwd: FIXTURES })
    await printed(child, 'ready\n')
    child.kill('SIGINT')
    await printed(child, 'int\n')
    child.kill('SIGTERM')
    expect(await child.exited).toEqual({ code: 0, signal: null })
    expect(child.stdout?.text).toBe('ready\nint\nSIGTERM 15\n')
    const other = host.spawn('node', ['signals.mjs'], { cwd: FIXTURES })
    await printed(other, 'ready\n')
    other.kill('SIGHUP')
    expect(await other.exited).toEqual({ code: null, signal: 'SIGHUP' })
  })

  it('are sent by process.kill to processes of the host alone', async () => {
    const line = `node -e 'try { process.kill(${process.pid + 100000}, 0) } catch (e) { console.log(e.code, e.syscall) }'`
    expect((await shell(host, line)).stdout).toBe('ESRCH kill\n')
    expect((await shell(host, 'sleep 100 & node -e "process.kill($!)"; wait $!; echo $?')).stdout).toBe('143\n')
  })

  it('come from the shell’s jobs', async () => {
    const line = `cd ${FIXTURES}; node signals.mjs & while ! jobs %1 >/dev/null; do :; done; sleep 0.3; kill %1; wait %1; echo $?`
    expect((await shell(host, line)).stdout).toBe('ready\nSIGTERM 15\n0\n')
  })

  it('abort', async () => {
    expect((await shell(host, 'node -e "process.abort()"; echo $?')).stdout).toBe('134\n')
  })
})
