/** Builtins that declare, set and remove variables. */
import { ExpansionError, evaluateArithmetic, functionText, isName, singleQuote } from '../grammar/index.ts'
import { OPTIONS, type OptionName, optionOfLetter, optionOfName } from '../options.ts'
import type { Shell } from '../shell.ts'
import type { Variable } from '../variables.ts'
import type { Builtin } from './index.ts'
import { numeric, readOptions, usage } from './options.ts'

/** `"…"` as `export -p` writes values. */
const doubleQuote = (text: string): string => `"${text.replace(/[\\"$`]/g, (c) => `\\${c}`)}"`

const declaration = (name: string, { value, exported, readonly }: Variable): string => {
  const flags = `${readonly ? 'r' : ''}${exported ? 'x' : ''}`
  return `declare -${flags === '' ? '-' : flags} ${name}${value === undefined ? '' : `=${doubleQuote(value)}`}\n`
}

const list = (shell: Shell, name: string, wanted: (variable: Variable) => boolean): Promise<number> =>
  shell.print(
    shell.variables
      .list()
      .filter(([, variable]) => wanted(variable))
      .map(([each, variable]) => declaration(each, variable))
      .join(''),
    name,
  )

/** `name=value`, `name+=value` or `name`; null when it is none of these. */
const split = (text: string): { name: string; value: string | undefined; append: boolean } | null => {
  const match = /^([A-Za-z_]\w*)(?:(\+?)=([\s\S]*))?$/.exec(text)
  if (match === null) return null
  return { name: match[1] as string, value: match[3], append: match[2] === '+' }
}

interface Declaring {
  readonly command: string
  readonly mark: (variable: Variable) => void
  readonly isLocal: boolean
}

/** Each operand in turn; 1 when one was wrong. */
const declareAll = async (shell: Shell, operands: readonly string[], how: Declaring): Promise<number> => {
  let status = 0
  for (const operand of operands) {
    const parts = split(operand)
    if (parts === null) {
      await shell.complain(`${how.command}: \`${operand}': not a valid identifier`)
      status = 1
      continue
    }
    const { name, value, append } = parts
    try {
      const variable = how.isLocal ? shell.variables.declareLocal(name) : shell.variables.declare(name)
      if (value !== undefined) shell.variables.set(name, append ? (variable.value ?? '') + value : value)
      how.mark(variable)
    } catch (error) {
      if (!(error instanceof ExpansionError)) throw error
      await shell.complain(how.isLocal ? `${how.command}: ${error.message}` : error.message)
      status = 1
    }
  }
  return status
}

export const exports: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'fnp')
  if (parsed === null) return 2
  const { options, operands } = parsed
  if (operands.length === 0) return await list(shell, 'export', ({ exported }) => exported)
  if (options.has('f')) {
    await shell.complain('export: -f: functions cannot be exported here')
    return 1
  }
  const on = !options.has('n')
  return await declareAll(shell, operands, {
    command: 'export',
    isLocal: false,
    mark: (variable) => (variable.exported = on),
  })
}

export const readonlys: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'fp')
  if (parsed === null) return 2
  if (parsed.operands.length === 0) return await list(shell, 'readonly', ({ readonly }) => readonly)
  return await declareAll(shell, parsed.operands, {
    command: 'readonly',
    isLocal: false,
    mark: (variable) => (variable.readonly = true),
  })
}

export const local: Builtin = async (shell, words) => {
  if (shell.calls === 0) {
    await shell.complain('local: can only be used in a function')
    return 1
  }
  const parsed = await readOptions(shell, words, 'rx')
  if (parsed === null) return 2
  return await declareAll(shell, parsed.operands, {
    command: 'local',
    isLocal: true,
    mark: (variable) => setFlags(variable, parsed.options),
  })
}

const setFlags = (variable: Variable, options: ReadonlyMap<string, unknown>): void => {
  if (options.has('x')) variable.exported = true
  if (options.has('r')) variable.readonly = true
}

/** `declare` and `typeset`: without the types that this shell has not (arrays, integers, references). */
export const declare: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'fFprxg')
  if (parsed === null) return 2
  const { options, operands } = parsed
  if (options.has('f') || options.has('F')) return await declareFunctions(shell, operands, options.has('F'))
  if (options.has('p') || operands.length === 0) return await printVariables(shell, words[0] as string, operands)
  return await declareAll(shell, operands, {
    command: words[0] as string,
    isLocal: shell.calls > 0 && !options.has('g'),
    mark: (variable) => setFlags(variable, options),
  })
}

const printVariables = async (shell: Shell, command: string, operands: readonly string[]): Promise<number> => {
  if (operands.length === 0) return await list(shell, command, () => true)
  let status = 0
  for (const name of operands) {
    const variable = shell.variables.find(name)
    if (variable !== undefined) await shell.print(declaration(name, variable), command)
    else {
      await shell.complain(`${command}: ${name}: not found`)
      status = 1
    }
  }
  return status
}

const declareFunctions = async (shell: Shell, names: readonly string[], namesOnly: boolean): Promise<number> => {
  const wanted = names.length === 0 ? [...shell.functions.keys()].sort() : names
  let status = 0
  for (const name of wanted) {
    const fn = shell.functions.get(name)
    if (fn === undefined) status = 1
    else if (namesOnly) await shell.print(names.length === 0 ? `declare -f ${name}\n` : `${name}\n`)
    else await shell.print(`${functionText(fn.definition)}\n`)
  }
  return status
}

export const unset: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'fv')
  if (parsed === null) return 2
  const { options, operands } = parsed
  let status = 0
  for (const name of operands) {
    if (options.has('f')) {
      shell.functions.delete(name)
      continue
    }
    if (!isName(name)) {
      if (shell.functions.delete(name) || !options.has('v')) continue
      await shell.complain(`unset: \`${name}': not a valid identifier`)
      status = 1
      continue
    }
    try {
      if (!shell.variables.unset(name) && !options.has('v')) shell.functions.delete(name)
    } catch (error) {
      if (!(error instanceof ExpansionError)) throw error
      await shell.complain(`unset: ${error.message}`)
      status = 1
    }
  }
  return status
}

/** A value as `set` prints it: quoted where it must be. */
const shown = (value: string): string =>
  value === '' || /^[\w%+,\-./:=@^~]+$/.test(value) ? value : singleQuote(value)

export const set: Builtin = async (shell, words) => {
  const args = words.slice(1)
  if (args.length === 0) return await shell.print(listing(shell), 'set')
  let at = 0
  for (; at < args.length; at++) {
    const arg = args[at] as string
    if (arg === '--' || arg === '-') {
      if (arg === '-') for (const name of ['verbose', 'xtrace'] as const) shell.options.set(name, false)
      if (arg === '--' || at + 1 < args.length) shell.positional = args.slice(at + 1)
      return 0
    }
    if (!/^[-+]./.test(arg)) break
    const on = arg.startsWith('-')
    for (const letter of arg.slice(1)) {
      const status = letter === 'o' ? await longOption(shell, args[++at], on) : await shortOption(shell, letter, on)
      if (status !== 0) return status
      // `set -o` alone has listed the options.
      if (letter === 'o' && args[at] === undefined) return 0
    }
  }
  if (at < args.length) shell.positional = args.slice(at)
  return 0
}

const listing = (shell: Shell): string => {
  const variables = shell.variables
    .list()
    .filter(([, { value }]) => value !== undefined)
    .map(([name, { value }]) => `${name}=${shown(value as string)}\n`)
  const functions = [...shell.functions.values()].map(({ definition }) => `${functionText(definition)}\n`)
  return [...variables, ...functions].join('')
}

const shortOption = async (shell: Shell, letter: string, on: boolean): Promise<number> => {
  // Always on here, as in every bash: hashing and brace expansion.
  if ((letter === 'h' || letter === 'B') && on) return 0
  const name = optionOfLetter(letter)
  if (name === undefined) {
    await shell.complain(`set: ${on ? '-' : '+'}${letter}: invalid option`)
    return await usage(shell, 'set')
  }
  return await turn(shell, name, on)
}

const longOption = async (shell: Shell, text: string | undefined, on: boolean): Promise<number> => {
  if (text === undefined) {
    const lines = OPTIONS.map(([name]) => {
      const state = shell.options.has(name)
      return on ? `${name.padEnd(15)}\t${state ? 'on' : 'off'}\n` : `set ${state ? '-' : '+'}o ${name}\n`
    })
    return await shell.print(lines.join(''), 'set')
  }
  const name = optionOfName(text)
  if (name === undefined) {
    await shell.complain(`set: ${text}: invalid option name`)
    return 2
  }
  return await turn(shell, name, on)
}

const turn = async (shell: Shell, name: OptionName, on: boolean): Promise<number> => {
  if (name === 'monitor' && on && shell.process.controllingTerminal === null && shell.isSubshell) return 1
  shell.options.set(name, on)
  return 0
}

export const shift: Builtin = async (shell, words) => {
  const [, text] = words
  const count = text === undefined ? 1 : await numeric(shell, 'shift', text)
  if (count === null) return 1
  if (count < 0) {
    await shell.complain(`shift: ${text}: shift count out of range`)
    return 1
  }
  if (count > shell.positional.length) return 1
  shell.positional = shell.positional.slice(count)
  return 0
}

export const lets: Builtin = async (shell, words) => {
  const args = words.slice(1)
  if (args.length === 0) {
    await shell.complain('let: expression expected')
    return 1
  }
  let value = 0n
  for (const arg of args) {
    try {
      value = await evaluateArithmetic(arg, shell.environment)
    } catch (error) {
      if (!(error instanceof ExpansionError)) throw error
      await shell.complain(`let: ${error.message}`)
      return 1
    }
  }
  return value === 0n ? 1 : 0
}
