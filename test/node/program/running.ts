/** Hosts in real time, and programs run on them to their end. */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Child, Host, StartOptions } from '../../../src/index.node.ts'
import { Network } from '../../../src/index.node.ts'

export const FIXTURES: string = fileURLToPath(new URL('fixtures/', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/** A network of one host in real time; `close` it. */
export const oneHost = (): { readonly net: Network; readonly host: Host } => {
  const net = new Network({ time: 'real' })
  return { net, host: net.host('h', { address: '10.0.0.1/24' }) }
}

export const ended = async (child: Child): Promise<Ended> => {
  const { code, signal } = await child.exited
  return { code, signal, stdout: child.stdout?.text ?? '', stderr: child.stderr?.text ?? '' }
}

/** `node` with these arguments, in the fixtures' directory. */
export const node = (host: Host, args: readonly string[], options: StartOptions = {}): Promise<Ended> =>
  ended(host.spawn('node', args, { cwd: FIXTURES, ...options }))

/** A line of the host's shell, in the fixtures' directory. */
export const shell = (host: Host, line: string): Promise<Ended> => ended(host.spawn('sh', ['-c', line]))

/** Run code given as a string, as a module. */
export const evaluate = (host: Host, code: string, options: StartOptions = {}): Promise<Ended> =>
  node(host, ['--input-type=module', '-e', code], options)

/** Settles when the program has printed `text`. */
export const printed = async (child: Child, text: string): Promise<void> => {
  while (!(child.stdout?.text ?? '').includes(text)) {
    if (!child.process.isAlive)
      throw new Error(`it ended before it printed ${JSON.stringify(text)}: ${child.stdout?.text}${child.stderr?.text}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

export const fixture = (name: string): string => path.join(FIXTURES, name)
