import { isName } from '../grammar/index.ts'
import type { Builtin } from './index.ts'
import { usage } from './options.ts'

/** POSIX getopts. OPTIND counts arguments; where in a bundle (`-ab`) it is, the shell remembers. */
export const getopts: Builtin = async (shell, words) => {
  const [, spec, name, ...given] = words
  if (spec === undefined || name === undefined) return await usage(shell, 'getopts')
  if (!isName(name)) {
    await shell.complain(`getopts: \`${name}': not a valid identifier`)
    return 1
  }
  const args = given.length > 0 ? given : shell.positional
  const { variables } = shell
  const set = (key: string, value: string): void => shell.environment.set(key, value)
  const index = Math.max(1, Number(variables.get('OPTIND') ?? '1') || 1)
  if (index === 1 && shell.getoptsIndex !== 1) shell.getoptsAt = 0
  shell.getoptsIndex = index
  const arg = args[index - 1]
  const finish = (next: number): number => {
    set('OPTIND', String(next))
    shell.getoptsIndex = next
    shell.getoptsAt = 0
    set(name, '?')
    return 1
  }
  if (arg === undefined || !/^-./.test(arg)) return finish(index)
  if (arg === '--') return finish(index + 1)
  const at = shell.getoptsAt === 0 ? 1 : shell.getoptsAt
  const letter = arg[at] as string
  const isLast = at + 1 >= arg.length
  const advance = (next: number, position: number): void => {
    set('OPTIND', String(next))
    shell.getoptsIndex = next
    shell.getoptsAt = position
  }
  const quiet = spec.startsWith(':')
  const known = letter === ':' ? -1 : spec.indexOf(letter, quiet ? 1 : 0)
  if (known < 0) {
    advance(isLast ? index + 1 : index, isLast ? 0 : at + 1)
    set(name, '?')
    if (quiet) set('OPTARG', letter)
    else {
      variables.unset('OPTARG')
      if (variables.get('OPTERR') !== '0') await shell.write(2, `${shell.name}: illegal option -- ${letter}\n`)
    }
    return 0
  }
  if (spec[known + 1] !== ':') {
    advance(isLast ? index + 1 : index, isLast ? 0 : at + 1)
    variables.unset('OPTARG')
    set(name, letter)
    return 0
  }
  const value = isLast ? args[index] : arg.slice(at + 1)
  advance(index + (isLast ? 2 : 1), 0)
  if (value !== undefined) {
    set('OPTARG', value)
    set(name, letter)
    return 0
  }
  advance(index + 1, 0)
  set(name, quiet ? ':' : '?')
  if (quiet) set('OPTARG', letter)
  else {
    variables.unset('OPTARG')
    await shell.write(2, `${shell.name}: option requires an argument -- ${letter}\n`)
  }
  return 0
}
