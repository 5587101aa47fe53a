/** Builtins that change what runs next. */
import { S_IFDIR, S_IFMT } from '../../../host/index.ts'
import { EISDIR, strerror } from '../../../wire/errno.ts'
import { LoopExit, ReturnExit } from '../control.ts'
import { ExpansionError } from '../grammar/index.ts'
import { notify } from '../jobs/control.ts'
import { runExitTrap } from '../pending.ts'
import type { Shell } from '../shell.ts'
import { execProgram } from '../simple.ts'
import type { Builtin } from './index.ts'
import { numeric, readOptions, usage } from './options.ts'

export const colon: Builtin = () => 0
export const fail: Builtin = () => 1

/** `exit` and `logout`. Stopped jobs hold an interactive shell back once. */
export const exit: Builtin = async (shell, words) => {
  const [name = 'exit', ...operands] = words.filter((word, i) => i !== 1 || word !== '--')
  if (name === 'logout' && !shell.letters.includes('l')) {
    await shell.complain("logout: not login shell: use `exit'")
    return 1
  }
  const [text] = operands
  if (text !== undefined && (await numeric(shell, name, text)) === null) shell.exit(2)
  // As bash: the rest of the line is not run.
  if (operands.length > 1) throw new ExpansionError(`${name}: too many arguments`)
  if (shell.isInteractive && !shell.isSubshell) {
    await shell.write(2, `${name}\n`)
    if (await isHeld(shell)) return 1
  }
  return shell.exit(text === undefined ? shell.lastStatus : Number(text))
}

/** Whether stopped jobs keep the shell: the first attempt to leave is answered with a warning. */
export const isHeld = async (shell: Shell): Promise<boolean> => {
  if (shell.hasWarned || !shell.jobs.jobs.some(({ state }) => state === 'stopped')) return false
  shell.hasWarned = true
  await shell.write(2, 'There are stopped jobs.\n')
  await notify(shell)
  return true
}

export const returns: Builtin = async (shell, words) => {
  const [, text] = words
  const status = text === undefined ? shell.lastStatus : await numeric(shell, 'return', text)
  if (shell.calls === 0 && shell.sources === 0) {
    await shell.complain("return: can only `return' from a function or sourced script")
    return 2
  }
  throw new ReturnExit((status ?? 2) & 255)
}

const leave =
  (name: string, again: boolean): Builtin =>
  async (shell, words) => {
    if (shell.loops === 0) {
      await shell.complain(`${name}: only meaningful in a \`for', \`while', or \`until' loop`)
      return 0
    }
    const [, text] = words
    const levels = text === undefined ? 1 : await numeric(shell, name, text)
    if (levels === null) return shell.exit(128)
    if (levels < 1) {
      await shell.complain(`${name}: ${text}: loop count out of range`)
      throw new LoopExit(shell.loops, false)
    }
    throw new LoopExit(levels, again)
  }

export const breaks: Builtin = leave('break', false)
export const continues: Builtin = leave('continue', true)

export const evals: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, '')
  if (parsed === null) return 2
  const text = parsed.operands.join(' ')
  return text.trim() === '' ? 0 : await shell.engine.text(shell, text, shell.line, 'eval')
}

/** `. file args`: looked for along PATH unless it has a slash, then in the working directory. */
export const source: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, '')
  if (parsed === null) return 2
  const [name = '.'] = words
  const [file, ...args] = parsed.operands
  if (file === undefined) {
    await shell.complain(`${name}: filename argument required`)
    return await usage(shell, name)
  }
  const path = locate(shell, file)
  const stat = shell.process.stat(path)
  const isDirectory = typeof stat !== 'number' && (stat.mode & S_IFMT) === S_IFDIR
  const text = isDirectory ? -EISDIR : shell.process.readText(path)
  if (typeof text === 'number') {
    await shell.complain(isDirectory ? `${name}: ${file}: is a directory` : `${file}: ${strerror(text)}`)
    return 1
  }
  return await runSourced(shell, file, text, args)
}

const locate = (shell: Shell, file: string): string => {
  if (file.includes('/')) return file
  const dirs = (shell.variables.get('PATH') ?? '').split(':')
  const found = dirs
    .map((dir) => `${dir === '' ? '.' : dir}/${file}`)
    .find((path) => {
      const text = shell.process.stat(path)
      return typeof text !== 'number' && (text.mode & S_IFMT) !== S_IFDIR
    })
  return found ?? file
}

/** A text in this shell, under its file's name. */
export const runSourced = async (
  shell: Shell,
  file: string,
  text: string,
  args: readonly string[],
): Promise<number> => {
  const { messageName, positional, loops, line, lineBase } = shell
  shell.messageName = shell.isInteractive ? messageName : file
  if (args.length > 0) shell.positional = args
  shell.sources++
  try {
    return await shell.engine.text(shell, text, 1)
  } catch (error) {
    if (!(error instanceof ReturnExit)) throw error
    return error.status
  } finally {
    shell.sources--
    Object.assign(shell, { messageName, loops, line, lineBase })
    if (args.length > 0) shell.positional = positional
  }
}

/** `exec command`: the program takes the shell's place. */
export const exec: Builtin = async (shell, words) => {
  const parsed = await readOptions(shell, words, 'cla:')
  if (parsed === null) return 2
  const { operands, options } = parsed
  if (operands.length === 0) return 0
  if (options.size > 0) {
    await shell.complain('exec: -a, -c and -l are not supported')
    return 2
  }
  const status = await execProgram(shell, operands, 'exec: ')
  if (shell.isInteractive) return status
  return shell.exit(await runExitTrap(shell, status))
}
