/** The control: the pair as two processes of this machine, on its loopback. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { within } from './bound.ts'
import type { Pair } from './pairs.ts'

interface Run {
  readonly child: ChildProcess
  readonly output: { stdout: string; stderr: string }
}

const run = (node: string, args: readonly string[], env: NodeJS.ProcessEnv): Run => {
  const child = spawn(node, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  child.stdout?.on('data', (data) => (output.stdout += data))
  child.stderr?.on('data', (data) => (output.stderr += data))
  return { child, output }
}

/** Its exit code, or the signal that ended it. */
const exitOf = async (child: ChildProcess): Promise<number | string> => {
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return code ?? signal ?? 'neither code nor signal'
}

const listening = async ({ child, output }: Run): Promise<number> => {
  for (;;) {
    const port = /^listening on (\d+)$/m.exec(output.stdout)?.[1]
    if (port !== undefined) return Number(port)
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${output.stderr}`)
    await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), once(child, 'exit')])
  }
}

/** The client's transcript. */
export const onKernel = async (
  pair: Pair,
  programs: string,
  node: string,
  env: Readonly<Record<string, string>>,
): Promise<string> => {
  const folder = `${programs}/${pair.name}`
  const server = run(node, [`${folder}/server.mjs`], { ...env, ...pair.env?.('127.0.0.1'), PORT: '0' })
  const ended = exitOf(server.child)
  try {
    const port = await within(listening(server), 'the server listens', () => server.output.stderr)
    const client = run(node, [`${folder}/client.mjs`, '127.0.0.1', String(port)], {})
    try {
      const code = await within(exitOf(client.child), 'the client ends', () => client.output.stderr)
      if (code !== 0) throw new Error(`the client ended with ${code}: ${client.output.stderr}`)
    } finally {
      client.child.kill('SIGKILL')
    }
    server.child.kill('SIGTERM')
    const code = await within(ended, 'the server ends after SIGTERM', () => server.output.stderr)
    if (code !== 0) throw new Error(`the server ended with ${code}: ${server.output.stderr}`)
    return client.output.stdout
  } finally {
    server.child.kill('SIGKILL')
  }
}
