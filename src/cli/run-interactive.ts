/** A shell on a virtual host for whoever sits at this terminal, in real time. */
import { constants } from 'node:os'
import type { Host, Network } from '../index.node.ts'

/** Columns and rows of the real terminal. */
const sizeOf = (stream: NodeJS.WriteStream): [columns: number, rows: number] => [
  stream.columns || 80,
  stream.rows || 24,
]

/** Put the terminal back, however this ends. */
const restoring = (input: NodeJS.ReadStream): (() => void) => {
  let done = false
  const restore = (): void => {
    if (done) return
    done = true
    if (!input.destroyed) input.setRawMode(false)
  }
  process.on('exit', restore)
  return restore
}

/** The shell's exit code. */
export const runInteractive = async (network: Network, host: Host, args: readonly string[]): Promise<number> => {
  const { stdin, stdout } = process
  const terminal = host.openTerminal(...sizeOf(stdout))
  terminal.onOutput((bytes) => void stdout.write(bytes))
  const restore = restoring(stdin)
  const release = network.driver.hold()
  // Keys come in by the one door for outside input, so that a run can be replayed.
  const type = network.inputs.source('tty:shell', (kind, bytes) => {
    if (kind === 'key') terminal.input(bytes)
    else {
      const [columns = 80, rows = 24] = new TextDecoder().decode(bytes).split('x').map(Number)
      terminal.resize(columns, rows)
    }
  })
  stdin.setRawMode(true)
  stdin.on('data', (data: Buffer) => type('key', data))
  stdin.on('end', () => terminal.hangUp())
  stdin.resume()
  stdout.on('resize', () => type('resize', new TextEncoder().encode(sizeOf(stdout).join('x'))))
  // Keys make no signals in raw mode: these come from outside, and mean that the person is gone. ^C is the shell's affair.
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => terminal.hangUp())
  process.on('SIGINT', () => undefined)
  const child = host.spawn('bash', args, { terminal })
  const { code, signal } = await child.exited
  restore()
  release()
  stdin.pause()
  stdin.unref()
  await network.close()
  return signal === null ? (code ?? 1) : 128 + constants.signals[signal as NodeJS.Signals]
}
