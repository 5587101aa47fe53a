import { ENOENT, strerror } from '../../../wire/errno.ts'
import type { Shell } from '../shell.ts'
import type { Builtin } from './index.ts'
import { readOptions } from './options.ts'

/** The logical working directory: `$PWD` while it is where we are (POSIX cd), else the physical one. */
const workingDirectory = (shell: Shell): string => {
  const logical = shell.variables.get('PWD')
  if (logical?.startsWith('/') === true) {
    const [here, there] = [shell.process.stat('.'), shell.process.stat(logical)]
    if (typeof here !== 'number' && typeof there !== 'number' && here.ino === there.ino && here.dev === there.dev)
      return logical
  }
  return shell.process.cwd
}

/** `dir` from `base`, without `.` and `..`. */
const resolve = (base: string, dir: string): string => {
  const parts: string[] = []
  for (const part of (dir.startsWith('/') ? dir : `${base}/${dir}`).split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

export const cd: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'LPe')
  if (parsed === null) return 2
  const { operands, options } = parsed
  if (operands.length > 1) {
    await shell.complain('cd: too many arguments')
    return 1
  }
  const [operand] = operands
  const variable = operand === undefined ? 'HOME' : operand === '-' ? 'OLDPWD' : undefined
  const target = variable === undefined ? operand : shell.variables.get(variable)
  if (target === undefined) {
    await shell.complain(`cd: ${variable} not set`)
    return 1
  }
  const { path, isShown } = search(shell, target, variable === undefined)
  const physical = options.has('P')
  const before = workingDirectory(shell)
  const logical = resolve(before, path)
  let error = shell.process.chdir(physical || path === '' ? path || '.' : logical)
  if (error === -ENOENT && !physical) error = shell.process.chdir(path)
  if (error < 0) {
    await shell.complain(`cd: ${target}: ${strerror(error)}`)
    return 1
  }
  setVariable(shell, 'OLDPWD', before)
  setVariable(shell, 'PWD', physical || path === '' ? shell.process.cwd : logical)
  if (operand === '-' || isShown) await shell.print(`${shell.variables.get('PWD') ?? ''}\n`, 'cd')
  return 0
}

const setVariable = (shell: Shell, name: string, value: string): void => {
  shell.variables.set(name, value)
}

/** CDPATH, for directories that do not begin with a dot or slash. */
const search = (shell: Shell, target: string, isOperand: boolean): { path: string; isShown: boolean } => {
  const cdpath = shell.variables.get('CDPATH')
  if (!isOperand || cdpath === undefined || /^\.{0,2}(\/|$)/.test(target)) return { path: target, isShown: false }
  for (const dir of cdpath.split(':')) {
    const path = dir === '' ? target : `${dir.replace(/\/$/, '')}/${target}`
    if (typeof shell.process.readdir(path) !== 'number') return { path, isShown: dir !== '' && dir !== '.' }
  }
  return { path: target, isShown: false }
}

export const pwd: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'LP')
  if (parsed === null) return 2
  return await shell.print(`${parsed.options.has('P') ? shell.process.cwd : workingDirectory(shell)}\n`, 'pwd')
}
