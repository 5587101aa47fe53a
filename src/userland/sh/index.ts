/**
 * sh, and bash: the shell of a virtual host, on bash's model (version 5.2), for scripts and for people.
 *
 * `grammar/` reads text, `execute.ts`, `compound.ts` and `simple.ts` run it, `jobs/` is job control, `editor/` the line
 * editor, `builtins/` what it runs itself. A subshell is a copy of the shell in a process of its own.
 *
 * Left out: arrays, history expansion (`!!`), `select`, `coproc`, process substitution, programmable completion, restricted
 * and POSIX mode.
 */
import type { Process, Program } from '../../host/index.ts'
import { engine } from './engine.ts'
import { runInteractive } from './interactive.ts'
import { type OptionName, optionOfLetter, optionOfName } from './options.ts'
import { createShell, runCommandText, runFile, runInput } from './script.ts'
import { Shell } from './shell.ts'
import { initialise } from './start.ts'

const VERSION = `GNU bash, version 5.2.15(1)-release (soquete)
A shell for virtual hosts on bash's model; not GNU bash.
`

interface Invocation {
  readonly command: boolean
  readonly interactive: boolean
  readonly stdin: boolean
  readonly login: boolean
  readonly reads: boolean
  readonly options: readonly OptionName[]
  readonly operands: readonly string[]
}

const LONG: Readonly<Record<string, string>> = {
  '--login': 'l',
  '--norc': 'N',
  '--noprofile': 'P',
  '--posix': 'X',
}

/** The invocation, or an exit code and what to say. */
const readInvocation = (
  name: string,
  argv: readonly string[],
): Invocation | { readonly message: string; code: number } => {
  let args = [...argv]
  const long: string[] = []
  while (args[0]?.startsWith('--') === true && args[0] !== '--') {
    const option = args.shift() as string
    if (option === '--version') return { message: VERSION, code: 0 }
    if (option === '--help') return { message: helpText(name), code: 0 }
    const letter = LONG[option]
    if (letter === undefined || letter === 'X')
      return { message: `${name}: ${option}: invalid option\n${usage(name)}`, code: 2 }
    long.push(letter)
  }
  const letters: string[] = []
  const options: OptionName[] = []
  while (args[0] !== undefined && /^[-+]./.test(args[0])) {
    const word = args.shift() as string
    if (word === '--') break
    const taken = readLetters(word, args, letters, options)
    if (taken === null) return { message: `${name}: ${word}: invalid option\n${usage(name)}`, code: 2 }
    args = taken
  }
  if (args[0] === '-') args.shift()
  return {
    command: letters.includes('c'),
    interactive: letters.includes('i'),
    stdin: letters.includes('s'),
    login: letters.includes('l') || long.includes('l'),
    reads: !long.includes('N'),
    options,
    operands: args,
  }
}

/** What is left of the arguments; null for a letter that is none. */
const readLetters = (
  word: string,
  args: readonly string[],
  letters: string[],
  options: OptionName[],
): string[] | null => {
  let rest = [...args]
  for (const letter of word.slice(1)) {
    const option = letter === 'o' ? optionOfName(rest[0] ?? '') : optionOfLetter(letter)
    if (letter === 'o') rest = rest.slice(1)
    if (option !== undefined) options.push(option)
    else if ('cisl'.includes(letter)) letters.push(letter)
    else if (!'hB'.includes(letter)) return null
  }
  return rest
}

const usage = (name: string): string =>
  `Usage:\t${name} [long option] [option] ...\n\t${name} [long option] [option] script-file ...\n`

const helpText = (name: string): string =>
  `${usage(name)}Long options:
\t--help
\t--login
\t--noprofile
\t--norc
\t--version
Shell options:
\t-ilsc or -o option\t\t(invocation only)
\t-aefmnuvxC or -o option
Type \`${name} -c help' for more information about shell builtin commands.
`

const main = async (process: Process): Promise<number> => {
  const argv0 = process.argv[0] ?? 'sh'
  const name = argv0.replace(/^-/, '').replace(/.*\//, '')
  const invocation = readInvocation(name, process.argv.slice(1))
  if ('message' in invocation) {
    await process.promises.writeResult(invocation.code === 0 ? 1 : 2, invocation.message)
    return invocation.code
  }
  const { operands, options } = invocation
  const terminal = process.terminal(0)
  const hasScript = invocation.command || (operands.length > 0 && !invocation.stdin)
  if (terminal !== null && (invocation.interactive || (!hasScript && process.terminal(2) !== null)))
    if (!hasScript) return await interact(process, name, argv0, invocation)
  if (invocation.command) {
    const [text, zero = argv0, ...rest] = operands
    if (text === undefined) {
      await process.promises.writeResult(2, `${name}: -c: option requires an argument\n`)
      return 2
    }
    return await runCommandText(createShell(process, engine, zero, rest, 'c', options), text)
  }
  const [file, ...rest] = operands
  if (file !== undefined && !invocation.stdin) {
    const shell = createShell(process, engine, file, rest, '', options)
    shell.startedAs = argv0
    return await runFile(shell, file)
  }
  return await runInput(createShell(process, engine, argv0, operands, 's', options))
}

const interact = async (process: Process, name: string, argv0: string, invocation: Invocation): Promise<number> => {
  const terminal = process.terminal(0)
  if (terminal === null) throw new Error('invariant: an interactive shell has a terminal')
  const login = invocation.login || argv0.startsWith('-')
  const shell = new Shell(
    process,
    {
      name: argv0,
      messageName: name,
      positional: invocation.operands,
      options: [...invocation.options, ...(process.session.terminal === terminal ? (['monitor'] as const) : [])],
      isInteractive: true,
      letters: `i${login ? 'l' : ''}${invocation.stdin ? 's' : ''}`,
    },
    engine,
  )
  shell.expandsAliases = true
  initialise(shell)
  const home = shell.variables.get('HOME')
  const file = login ? '.profile' : '.bashrc'
  return await runInteractive(shell, terminal, invocation.reads && home !== undefined ? `${home}/${file}` : null)
}

export const program: Program = { name: 'bash', aliases: ['sh'], main }
