/** `soquete shell`: a shell on a virtual host, for people in real time, for scripts in virtual time. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { basename } from 'node:path'
import { type Command, Option } from 'commander'
import type { Network } from '../index.node.ts'
import { buildNetwork, readText } from './build-network.ts'
import { runInteractive } from './run-interactive.ts'
import { runScript } from './run-script.ts'
import { UsageError } from './usage-error.ts'

interface ShellOptions {
  readonly command?: string
  readonly network?: string
  readonly host?: string
  readonly seed?: string
  readonly pcap?: string
  readonly packets?: 'records' | 'bytes'
}

const EXAMPLES = `
Examples:
  soquete shell                                   type on a host of its own
  soquete shell -c 'ping -c 1 localhost'          run commands in virtual time
  soquete shell script.sh one two                 run a file
  soquete shell --network net.yaml --host client  on a host of a topology
`

export const addShellCommand = (program: Command, finish: (code: number) => void): void => {
  program
    .command('shell')
    .description('a shell on a virtual host: typed to in real time; -c, a file or a pipe runs in virtual time')
    .argument('[file]', 'script to run (with -c: its $0)')
    .argument('[args...]', 'arguments of the script')
    .option('-c, --command <commands>', 'run these commands')
    .option('-n, --network <file>', 'topology file (YAML); default: one host, "soquete", at 10.0.0.1/24')
    .option('--host <name>', 'the host of the topology to run on')
    .option('--seed <seed>', 'what everything left to chance follows from (default: 1)')
    .option('--pcap <file>', 'write a capture of all interfaces (pcapng)')
    .addOption(new Option('--packets <form>', 'how packets travel').choices(['records', 'bytes']))
    .addHelpText('after', EXAMPLES)
    .passThroughOptions()
    .action(async (file: string | undefined, args: string[], options: ShellOptions) => {
      finish(await shell(file, args, options))
    })
}

const shell = async (file: string | undefined, args: readonly string[], options: ShellOptions): Promise<number> => {
  const { command } = options
  const isScript = command !== undefined || file !== undefined || !process.stdin.isTTY
  const text = command === undefined && file !== undefined ? readText(file) : null
  const { network, host } = await buildNetwork({
    time: isScript ? 'virtual' : 'real',
    file: options.network,
    host: options.host,
    seed: options.seed,
    packets: options.packets,
  })
  const stopCapture = options.pcap === undefined ? null : capture(network, options.pcap)
  try {
    if (!isScript) return await runInteractive(network, host, [])
    if (command !== undefined)
      return await runScript(network, host, { args: ['-c', command, ...(file === undefined ? [] : [file, ...args])] })
    if (file === undefined || text === null) return await runScript(network, host, { args: [] })
    const name = basename(file)
    host.putFiles({ [`/root/${name}`]: text })
    return await runScript(network, host, { args: [name, ...args] })
  } finally {
    stopCapture?.()
  }
}

/** Write everything that passes any interface to a file. Returns what ends it. */
const capture = (network: Network, path: string): (() => void) => {
  let fd: number
  try {
    fd = openSync(path, 'w')
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`, 1)
  }
  const running = network.capture({ sink: (bytes) => void writeSync(fd, bytes) })
  return () => {
    running.stop()
    closeSync(fd)
  }
}
