#!/usr/bin/env node
/** soquete: the command. Each subcommand has a file; this one reads arguments and decides exit codes. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { addPacketdrillCommand } from './packetdrill.ts'
import { addRunCommand } from './run.ts'
import { addShellCommand } from './shell.ts'
import { UsageError } from './usage-error.ts'

/** Exit code for a command line that is wrong, as shells and GNU programs use it. */
const USAGE = 2

const version = (): string => {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(file) as { version: string }).version
}

const createProgram = (finish: (code: number) => void): Command => {
  const program = new Command('soquete')
    .description('Whole networks of virtual hosts in one process: hosts, ports, sockets, and programs that use them.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .enablePositionalOptions()
    .exitOverride()
  program.configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'soquete: ')) })
  addShellCommand(program, finish)
  addPacketdrillCommand(program, finish)
  addRunCommand(program, finish)
  return program
}

const main = async (argv: readonly string[]): Promise<number> => {
  let code = 0
  const program = createProgram((result) => (code = result))
  if (argv.length === 0) {
    program.outputHelp({ error: true })
    return USAGE
  }
  try {
    await program.parseAsync(argv, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`soquete: ${error.message}\n`)
    return error.code
  }
}

process.exitCode = await main(process.argv.slice(2))
