/** umask, ulimit, times, history, trap. */
import { strerror } from '../../../wire/errno.ts'
import { modeLetters, parseMode } from '../../core/mode.ts'
import { signalTable } from '../../core/signal-table.ts'
import { singleQuote } from '../grammar/index.ts'
import type { Shell } from '../shell.ts'
import { usualSignal } from '../signals.ts'
import { minutes } from '../time.ts'
import { parseTrap, trapName } from '../traps.ts'
import type { Builtin } from './index.ts'
import { numeric, readOptions, usage } from './options.ts'

export const umask: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'pS')
  if (parsed === null) return 2
  const { options, operands } = parsed
  const { process } = shell
  const [text] = operands
  if (text === undefined) {
    const mask = options.has('S') ? symbolic(process.umask) : process.umask.toString(8).padStart(4, '0')
    const before = options.has('p') ? (options.has('S') ? 'umask -S ' : 'umask ') : ''
    return await shell.print(`${before}${mask}\n`, 'umask')
  }
  if (/^\d/.test(text)) {
    if (!/^[0-7]+$/.test(text) || Number.parseInt(text, 8) > 0o7777) {
      await shell.complain(`umask: ${text}: octal number out of range`)
      return 1
    }
    process.umask = Number.parseInt(text, 8) & 0o777
    return 0
  }
  const mode = parseMode(text, ~process.umask & 0o777, 0, false)
  if (mode === null) {
    await shell.complain(`umask: \`${text[0]}': invalid symbolic mode character`)
    return 1
  }
  process.umask = ~mode & 0o777
  return 0
}

const symbolic = (mask: number): string => {
  const letters = modeLetters(~mask & 0o777).replaceAll('-', ' ')
  const part = (at: number): string => letters.slice(at, at + 3).replaceAll(' ', '')
  return `u=${part(0)},g=${part(3)},o=${part(6)}`
}

/** Only the limits that a virtual host keeps: open files and processes. */
export const ulimit: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'SHanu')
  if (parsed === null) return 2
  const { options, operands } = parsed
  const { limits, descriptors, uid } = shell.process
  if (options.has('a')) {
    const [files, processes] = [limits.get('NOFILE').soft, limits.get('NPROC').soft]
    return await shell.print(
      `open files                          (-n) ${files}\nmax user processes                  (-u) ${processes}\n`,
      'ulimit',
    )
  }
  const name = options.has('u') ? 'NPROC' : 'NOFILE'
  if (!options.has('n') && !options.has('u')) return await shell.print('unlimited\n', 'ulimit')
  const [text] = operands
  const now = limits.get(name)
  if (text === undefined) return await shell.print(`${options.has('H') ? now.hard : now.soft}\n`, 'ulimit')
  const value = text === 'unlimited' || text === 'hard' ? now.hard : text === 'soft' ? now.soft : Number(text)
  if (!Number.isInteger(value) || value < 0) {
    await shell.complain(`ulimit: ${text}: invalid number`)
    return 1
  }
  const label = name === 'NOFILE' ? 'open files' : 'max user processes'
  const hard = options.has('S') ? now.hard : value
  const soft = options.has('H') && !options.has('S') ? Math.min(now.soft, value) : value
  if (soft > hard || (hard > now.hard && uid !== 0)) {
    await shell.complain(`ulimit: ${label}: cannot modify limit: ${strerror(soft > hard ? 22 : 1)}`)
    return 1
  }
  limits.set(name, { soft, hard })
  if (name === 'NOFILE') descriptors.limit = soft
  return 0
}

/** Programs of a virtual host take no processor time: all zero. */
export const times: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, '')
  if (parsed === null) return 2
  const none = minutes(0)
  return await shell.print(`${none} ${none}\n${none} ${none}\n`, 'times')
}

export const history: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'cd:')
  if (parsed === null) return 2
  const { options, operands } = parsed
  const { history: list } = shell
  if (list === null) return 0
  if (options.has('c')) {
    list.clear()
    return 0
  }
  const offset = options.get('d')
  if (offset !== undefined) {
    if (/^\d+$/.test(offset) && list.remove(Number(offset))) return 0
    await shell.complain(`history: ${offset}: history position out of range`)
    return 1
  }
  const [text] = operands
  const count = text === undefined ? list.lines.length : await numeric(shell, 'history', text)
  if (count === null) return 1
  const from = Math.max(0, list.lines.length - count)
  const lines = list.lines.slice(from).map((line, i) => `${String(list.first + from + i).padStart(5)}  ${line}\n`)
  return await shell.print(lines.join(''), 'history')
}

export const trap: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'lp')
  if (parsed === null) return 2
  const { options, operands } = parsed
  if (options.has('l')) return await shell.print(signalTable(), 'trap')
  if (operands.length === 0 || options.has('p')) return await listTraps(shell, operands)
  const [first = '', ...rest] = operands
  // One operand that is a signal, or a number first: back to the usual (POSIX).
  const resets = first === '-' || (rest.length === 0 && parseTrap(first) !== undefined) || /^\d+$/.test(first)
  const names = first === '-' || !resets ? rest : operands
  if (names.length === 0) return await usage(shell, 'trap')
  let status = 0
  for (const text of names) {
    const name = parseTrap(text)
    if (name === undefined) {
      await shell.complain(`trap: ${text}: invalid signal specification`)
      status = 1
    } else shell.traps.set(name, resets ? null : first, shell.process, () => usualSignal(shell, Number(name)))
  }
  return status
}

const listTraps = async (shell: Shell, operands: readonly string[]): Promise<number> => {
  let status = 0
  const wanted = operands.map(parseTrap)
  for (const [i, name] of wanted.entries()) {
    if (name !== undefined) continue
    await shell.complain(`trap: ${operands[i]}: invalid signal specification`)
    status = 1
  }
  for (const [name, command] of shell.traps.list())
    if (operands.length === 0 || wanted.includes(name))
      await shell.print(`trap -- ${singleQuote(command)} ${trapName(name)}\n`, 'trap')
  return status
}
