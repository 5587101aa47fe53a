/** The commands that a shell runs itself. */
import type { Shell } from '../shell.ts'
import { cd, pwd } from './directory.ts'
import { breaks, colon, continues, evals, exec, exit, fail, returns, source } from './flow.ts'
import { getopts } from './getopts.ts'
import { bg, disown, fg, jobs, kill, wait } from './jobs.ts'
import { alias, builtin, command, hash, help, type, unalias } from './names.ts'
import { echo, printf } from './output.ts'
import { read } from './read.ts'
import { history, times, trap, ulimit, umask } from './system.ts'
import { test } from './test.ts'
import { declare, exports, lets, local, readonlys, set, shift, unset } from './variables.ts'

/** `words[0]` is its name. The exit code. */
export type Builtin = (shell: Shell, words: readonly string[]) => Promise<number> | number

export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['.', source],
  [':', colon],
  ['[', test],
  ['alias', alias],
  ['bg', bg],
  ['break', breaks],
  ['builtin', builtin],
  ['cd', cd],
  ['command', command],
  ['continue', continues],
  ['declare', declare],
  ['disown', disown],
  ['echo', echo],
  ['eval', evals],
  ['exec', exec],
  ['exit', exit],
  ['export', exports],
  ['false', fail],
  ['fg', fg],
  ['getopts', getopts],
  ['hash', hash],
  ['help', help],
  ['history', history],
  ['jobs', jobs],
  ['kill', kill],
  ['let', lets],
  ['local', local],
  ['logout', exit],
  ['printf', printf],
  ['pwd', pwd],
  ['read', read],
  ['readonly', readonlys],
  ['return', returns],
  ['set', set],
  ['shift', shift],
  ['source', source],
  ['test', test],
  ['times', times],
  ['trap', trap],
  ['true', colon],
  ['type', type],
  ['typeset', declare],
  ['ulimit', ulimit],
  ['umask', umask],
  ['unalias', unalias],
  ['unset', unset],
  ['wait', wait],
])
