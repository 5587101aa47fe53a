/** `soquete run program.mjs`: any Node program, unchanged, on a virtual host. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { parsePublish } from '../node/publish/spec.ts'
import { readText } from './build-network.ts'
import { UsageError } from './usage-error.ts'

interface RunOptions {
  readonly network?: string
  readonly host?: string
  readonly lsof?: boolean
  readonly pcap?: string
  readonly publish?: readonly string[]
  readonly trace?: boolean
  readonly allowChildren?: boolean
}

/** The preload beside the command: built, or (in the repository) its source. */
const preload = (): string =>
  new URL(import.meta.url.endsWith('.ts') ? '../register.ts' : '../register.js', import.meta.url).href

/** What the preload reads. */
const environmentOf = (options: RunOptions): Record<string, string> => ({
  ...(options.network === undefined ? {} : { SOQUETE_NETWORK: resolve(options.network) }),
  ...(options.host === undefined ? {} : { SOQUETE_HOST: options.host }),
  ...(options.lsof === true ? { SOQUETE_LSOF: '1' } : {}),
  ...(options.pcap === undefined ? {} : { SOQUETE_PCAP: resolve(options.pcap) }),
  ...(options.publish === undefined ? {} : { SOQUETE_PUBLISH: options.publish.join(',') }),
  ...(options.trace === true ? { SOQUETE_TRACE: '1' } : {}),
  ...(options.allowChildren === true ? { SOQUETE_ALLOW_CHILDREN: '1' } : {}),
})

const check = (program: string, options: RunOptions): void => {
  if (!existsSync(program)) throw new UsageError(`${program}: no such file`, 1)
  if (options.network !== undefined) readText(options.network)
  for (const spec of options.publish ?? []) {
    try {
      parsePublish(spec)
    } catch (error) {
      throw new UsageError((error as Error).message)
    }
  }
}

/** Run it; its exit code, or 128 and the signal that ended it. */
const run = (program: string, args: readonly string[], options: RunOptions): Promise<number> => {
  check(program, options)
  const child = spawn(process.execPath, ['--import', preload(), program, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...environmentOf(options) },
  })
  // The terminal's signals reach the program by themselves; it decides.
  const ignore = (): void => undefined
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, ignore)
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal)
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, pass)
  return new Promise((done, fail) => {
    child.on('error', fail)
    child.on('exit', (code, signal) => done(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  })
}

export const addRunCommand = (program: Command, finish: (code: number) => void): void => {
  program
    .command('run')
    .description('Run a Node program, unchanged, on a virtual host in real time.')
    .argument('<program>', 'the file, as for node')
    .argument('[args...]', "the program's own arguments")
    .option('-n, --network <file>', 'topology file (YAML); unless given, one host named localhost')
    .option('--host <name>', 'the host of the topology to run on')
    .option(
      '-p, --publish <spec>',
      'let a port of this machine lead to the program: [address:]port:hostPort[/udp]',
      (spec: string, all: readonly string[] = []) => [...all, spec],
    )
    .option('--lsof', 'print the open sockets of the host when the program ends')
    .option('--trace', 'note which lines of the program opened and wrote to each socket, for --lsof and --pcap')
    .option('--pcap <file>', 'write all packets to a file, as pcapng')
    .option(
      '--allow-children',
      'let the program start child processes; those that are Node get a virtual host of their own',
    )
    .passThroughOptions()
    .allowUnknownOption(false)
    .action(async (file: string, args: string[], options: RunOptions) => finish(await run(file, args, options)))
}
