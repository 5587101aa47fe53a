/** The command line of `node`: which options are honoured in a virtual process, and what is Node's own error. */

import process from 'node:process'

export interface CommandLine {
  /** What runs. */
  readonly kind: 'file' | 'eval' | 'print' | 'check' | 'stdin' | 'version' | 'help'
  /** The file, or the code of `eval` and `print`. */
  readonly main: string
  /** Arguments after it. */
  readonly args: readonly string[]
  /** Options before it, for `process.execArgv`. */
  readonly execArgv: readonly string[]
  readonly requires: readonly string[]
  readonly imports: readonly string[]
  readonly inputType: 'module' | 'commonjs' | null
}

/** A wrong command line: the message and exit code 9, as Node has it. */
export interface BadCommandLine {
  readonly error: string
}

/** Options without effect on one process among many: the whole of Node has them or has not. */
const IGNORED = new Set([
  '--no-warnings',
  '--trace-warnings',
  '--trace-uncaught',
  '--enable-source-maps',
  '--no-deprecation',
])

const VALUED: Readonly<Record<string, string>> = {
  '-e': '--eval',
  '--eval': '--eval',
  '-p': '--print',
  '--print': '--print',
  '-pe': '--print',
  '-r': '--require',
  '--require': '--require',
  '--import': '--import',
  '--input-type': '--input-type',
}

interface Draft {
  kind: CommandLine['kind'] | null
  main: string
  execArgv: string[]
  requires: string[]
  imports: string[]
  inputType: 'module' | 'commonjs' | null
}

export const parseCommandLine = (name: string, argv: readonly string[]): CommandLine | BadCommandLine => {
  const draft: Draft = { kind: null, main: '', execArgv: [], requires: [], imports: [], inputType: null }
  let at = 0
  for (; at < argv.length; at++) {
    const word = argv[at] as string
    if (word === '--') {
      at++
      break
    }
    if (!word.startsWith('-') || word === '-') break
    const equals = word.indexOf('=')
    const flag = word.startsWith('--') && equals > 0 ? word.slice(0, equals) : word
    const option = VALUED[flag]
    if (option !== undefined) {
      const value = flag === word ? argv[at + 1] : word.slice(equals + 1)
      if (value === undefined || (flag === word && value.startsWith('-') && value.length > 1))
        return { error: `${name}: ${flag} requires an argument\n` }
      draft.execArgv.push(...(flag === word ? [word, value] : [word]))
      if (flag === word) at++
      const error = take(draft, option, value)
      if (error !== null) return { error: `${name}: ${error}\n` }
      continue
    }
    if (!flagOf(draft, word)) return { error: unknown(name, flag) }
    draft.execArgv.push(word)
  }
  return finish(draft, argv.slice(at))
}

const take = (draft: Draft, option: string, value: string): string | null => {
  if (option === '--require') draft.requires.push(value)
  else if (option === '--import') draft.imports.push(value)
  else if (option === '--input-type') {
    if (value !== 'module' && value !== 'commonjs') return '--input-type must be "module" or "commonjs"'
    draft.inputType = value
  } else {
    draft.kind = option === '--print' ? 'print' : 'eval'
    draft.main = value
  }
  return null
}

const flagOf = (draft: Draft, word: string): boolean => {
  if (word === '-v' || word === '--version') draft.kind = 'version'
  else if (word === '-h' || word === '--help') draft.kind = 'help'
  else if (word === '-c' || word === '--check') draft.kind = 'check'
  else return IGNORED.has(word)
  return true
}

/** Node knows the option, but only for the whole of it; or nobody knows it. */
const unknown = (name: string, flag: string): string =>
  process.allowedNodeEnvironmentFlags.has(flag)
    ? `${name}: ${flag} is not available for a virtual process\n`
    : `${name}: bad option: ${flag}\n`

const finish = (draft: Draft, rest: readonly string[]): CommandLine | BadCommandLine => {
  const { kind, main, execArgv, requires, imports, inputType } = draft
  const common = { execArgv, requires, imports, inputType }
  if (kind === 'eval' || kind === 'print' || kind === 'version' || kind === 'help')
    return { ...common, kind, main, args: rest }
  const [file, ...args] = rest
  if (file === undefined || file === '-') return { ...common, kind: 'stdin', main: '-', args }
  return { ...common, kind: kind ?? 'file', main: file, args }
}
