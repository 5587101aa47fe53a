import { afterAll, describe, expect, it } from 'vitest'
import { FIXTURES, oneHost } from './running.ts'

const { net, host } = oneHost()
afterAll(() => net.close())

/** A program on a terminal: what is on the screen, and keys. */
const onTerminal = (args: readonly string[]) => {
  const terminal = host.openTerminal(100, 30)
  let screen = ''
  terminal.onOutput((bytes) => {
    screen += new TextDecoder().decode(bytes)
  })
  const child = host.spawn('node', args, { cwd: FIXTURES, terminal })
  return {
    child,
    terminal,
    type: (text: string) => terminal.input(new TextEncoder().encode(text)),
    async shows(text: string): Promise<string> {
      while (!screen.includes(text)) {
        if (!child.process.isAlive) throw new Error(`it ended and shows ${JSON.stringify(screen)}`)
        await new Promise((resolve) => setImmediate(resolve))
      }
      return screen
    },
  }
}

describe('on a terminal', () => {
  it('standard streams are terminals with a size', async () => {
    const code = `const { stdin, stdout } = process
      console.log([stdin.isTTY, stdout.isTTY, stdout.columns, stdout.rows, require('tty').isatty(1), stdout.hasColors()].join())
      stdout.on('resize', () => console.log('now ' + stdout.columns))
      setInterval(() => {}, 1000)`
    const { child, terminal, shows } = onTerminal(['-e', code])
    await shows('true,true,100,30,true,true\r\n')
    terminal.resize(70, 30)
    await shows('now 70\r\n')
    child.kill()
    await child.exited
  })

  it('lines are edited by the terminal, and read with readline', async () => {
    const code = `const rl = require('readline').createInterface({ input: process.stdin })
      console.log('ready'); rl.on('line', (line) => { console.log('line', line); rl.close() })`
    const { child, type, shows } = onTerminal(['-e', code])
    await shows('ready')
    type('helo\u007flo\r')
    await shows('line hello\r\n')
    expect(await child.exited).toEqual({ code: 0, signal: null })
  })

  it('keys come one by one in raw mode, and the terminal is as before afterwards', async () => {
    const code = `process.stdin.setRawMode(true); console.log('ready')
      process.stdin.on('data', (key) => { console.log(key); if (key[0] === 3) process.exit() })`
    const { child, terminal, type, shows } = onTerminal(['-e', code])
    await shows('ready')
    type('a')
    await shows('<Buffer 61>\r\n')
    type('\u0003')
    expect(await child.exited).toEqual({ code: 0, signal: null })
    expect(terminal.termios.icanon).toBe(true)
  })

  it('^C is SIGINT', async () => {
    const { child, type, shows } = onTerminal(['-e', 'console.log("ready"); setInterval(() => {}, 1000)'])
    await shows('ready')
    type('\u0003')
    expect(await child.exited).toEqual({ code: null, signal: 'SIGINT' })
  })
})
