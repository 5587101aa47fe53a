#!/usr/bin/env node
/** The soquete command. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { type ShellOptions, shell } from './shell.ts'

const version = (): string => {
  const { version: v } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  return v
}

const program = new Command('soquete')
  .description('Whole networks of virtual hosts in one process.')
  .version(version())
  .enablePositionalOptions()
  .exitOverride()
  .showHelpAfterError('(soquete --help tells more)')

program
  .command('shell')
  .description('a shell on a virtual host: interactive on a terminal (real time), else a script (virtual time)')
  .argument('[file]', 'a script to run')
  .argument('[args...]', 'its arguments')
  .option('-c <commands>', 'run these commands')
  .option('-n, --network <file>', 'a topology file; without it, one host named localhost')
  .option('-H, --host <name>', 'the host to be on (default: the first of the topology)')
  .option('-s, --seed <seed>', 'seed of all chance')
  .option('--packets <mode>', 'records or bytes')
  .option('--time <mode>', 'virtual or real')
  .option('--pcap <file>', 'write a pcapng capture of all interfaces')
  .addHelpText(
    'after',
    `
Examples:
  soquete shell                                   type: python3 -m http.server 8080 &
  soquete shell -c 'ping -c 1 localhost'
  soquete shell --network net.yaml --host client`,
  )
  .passThroughOptions()
  .allowExcessArguments(false)
  .action(async (file: string | undefined, args: string[], options: ShellOptions) => {
    process.exitCode = await shell(file, args, options)
  })

try {
  if (process.argv.length <= 2) program.outputHelp()
  else await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else {
    process.stderr.write(`soquete: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
