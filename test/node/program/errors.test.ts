import { afterAll, describe, expect, it } from 'vitest'
import { evaluate, fixture, node, oneHost } from './running.ts'

const { net, host } = oneHost()
afterAll(() => net.close())

const last = `\nNode.js ${process.version}\n`

describe('an uncaught error', () => {
  it('is printed with its line and ends the program with exit code 1', async () => {
    const { code, stderr } = await node(host, ['sync-throw.cjs'])
    const file = fixture('sync-throw.cjs')
    expect(code).toBe(1)
    expect(stderr.startsWith(`${file}:2\nthrow new TypeError(\`sync \${x}\`)\n^\n\nTypeError: sync 1\n    at `)).toBe(
      true,
    )
    expect(stderr).toContain(`    at Object.<anonymous> (${file}:2:7)\n`)
    expect(stderr.endsWith(last)).toBe(true)
    expect(stderr).not.toContain('src/node/')
  })

  it('of a timer keeps its properties', async () => {
    const { code, stderr } = await node(host, ['late-throw.mjs'])
    const file = `file://${fixture('late-throw.mjs')}`
    expect(code).toBe(1)
    expect(stderr).toContain(`${file}:2\n  throw Object.assign(new Error('late'), { code: 'LATE' })\n`)
    expect(stderr).toContain(`Error: late\n    at deep (${file}:2:23)\n    at Timeout.<anonymous> (${file}:4:18)\n`)
    expect(stderr).toContain("{\n  code: 'LATE'\n}\n")
  })

  it('of a promise nobody handles is one too', async () => {
    const { code, stderr } = await node(host, ['rejection.mjs'])
    const file = `file://${fixture('rejection.mjs')}`
    expect(code).toBe(1)
    expect(
      stderr.startsWith(`${file}:1\nPromise.reject(new Error('rejected'))\n               ^\n\nError: rejected\n`),
    ).toBe(true)
    const reason = await evaluate(host, 'Promise.reject(42)')
    expect(reason.stderr).toContain('The promise rejected with the reason "42".')
    expect(reason.stderr).toContain("code: 'ERR_UNHANDLED_REJECTION'")
  })

  it('of syntax shows where', async () => {
    const { code, stderr } = await node(host, ['syntax.cjs'])
    expect(code).toBe(1)
    expect(
      stderr.startsWith(`${fixture('syntax.cjs')}:2\nlet y = = 2\n        ^\n\nSyntaxError: Unexpected token '='\n`),
    ).toBe(true)
  })

  it('of a missing file', async () => {
    const { code, stderr } = await node(host, ['nowhere.mjs'])
    expect(code).toBe(1)
    expect(stderr).toContain(`Error: Cannot find module '${fixture('nowhere.mjs')}'`)
    expect(stderr).toContain("code: 'MODULE_NOT_FOUND'")
  })

  it('goes to the program’s own listeners', async () => {
    const code = `process.on('uncaughtExceptionMonitor', (e, origin) => console.log('monitor', e.message, origin))
      process.on('uncaughtException', (e, origin) => console.log('caught', e.message, origin))
      process.on('unhandledRejection', (e) => console.log('rejected', e.message))
      setTimeout(() => { throw new Error('a') }, 1)
      setImmediate(() => { throw new Error('b') })
      process.nextTick(() => { throw new Error('c') })
      queueMicrotask(() => { throw new Error('d') })
      Promise.reject(new Error('e'))`
    const { code: exit, stdout, stderr } = await evaluate(host, code)
    expect([exit, stderr]).toEqual([0, ''])
    expect(stdout.split('\n').sort()).toEqual(
      ['', 'rejected e']
        .concat(
          [...'abcd'].flatMap((name) => [`caught ${name} uncaughtException`, `monitor ${name} uncaughtException`]),
        )
        .sort(),
    )
  })

  it('in a listener for them ends with exit code 7', async () => {
    const code = `process.on('uncaughtException', () => { throw new Error('second') }); setTimeout(() => { throw new Error('first') }, 1)`
    const { code: exit, stderr } = await evaluate(host, code)
    expect(exit).toBe(7)
    expect(stderr).toContain('Error: second')
  })

  it('of a socket nobody listens to belongs to its program', async () => {
    const { code, stderr } = await evaluate(host, `import net from 'node:net'; net.connect(1)`)
    expect(code).toBe(1)
    expect(stderr).toMatch(/ECONNREFUSED/)
  })
})

describe('a warning', () => {
  it('goes to the program’s standard error', async () => {
    const child = host.spawn('node', ['-e', 'process.emitWarning("careful", { code: "W1" })'])
    await child.exited
    expect(child.stderr?.text).toBe(`(node:${child.pid}) [W1] Warning: careful\n`)
  })
})
