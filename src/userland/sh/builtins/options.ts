import { parseArguments } from '../../args.ts'
import type { Shell } from '../shell.ts'
import { USAGE } from './usage.ts'

export interface BuiltinOptions {
  readonly options: ReadonlyMap<string, string | undefined>
  readonly operands: readonly string[]
}

/** Options before the operands. Null: one was wrong, the user has been told, and the builtin's status is 2. */
export const readOptions = async (
  shell: Shell,
  words: readonly string[],
  short: string,
): Promise<BuiltinOptions | null> => {
  const [name = '', ...args] = words
  const parsed = parseArguments(name, args, { short, permute: false })
  if (parsed.error === undefined)
    return {
      options: new Map(parsed.options.map((option) => [option.name, option.value])),
      operands: parsed.operands,
    }
  // bash words getopt's complaints in its own way.
  const letter = /-- '(.)'$/u.exec(parsed.error)?.[1] ?? ''
  const what = parsed.error.includes('requires') ? 'option requires an argument' : 'invalid option'
  await shell.complain(`${name}: -${letter}: ${what}`)
  await usage(shell, name)
  return null
}

/** `NAME: usage: ...` on standard error; status 2. */
export const usage = (shell: Shell, name: string): Promise<number> =>
  shell.usage(`${name}: usage: ${USAGE[name]?.[0] ?? name}`)

/** A whole number, or null after `NAME: x: numeric argument required`. */
export const numeric = async (shell: Shell, name: string, text: string): Promise<number | null> => {
  if (/^[-+]?[0-9]+$/.test(text.trim())) return Number(text)
  await shell.complain(`${name}: ${text}: numeric argument required`)
  return null
}
