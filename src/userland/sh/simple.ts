/** Simple commands: assignments, functions, builtins and programs. */
import { S_IFDIR, S_IFMT } from '../../host/index.ts'
import { EACCES, EISDIR, ELOOP, ENOENT, ENOEXEC, ENOTDIR, strerror } from '../../wire/errno.ts'
import type { Builtin } from './builtins/index.ts'
import { fork, forkFailed } from './children.ts'
import { callFunction } from './functions.ts'
import {
  type Assignment,
  asAssignment,
  commandText,
  expandAssignment,
  expandWord,
  type SimpleCommand,
  type Word,
} from './grammar/index.ts'
import { finishForeground } from './jobs/control.ts'
import { remember } from './lookup.ts'
import { redirect, Saved } from './redirect.ts'
import type { Shell } from './shell.ts'
import { tracedWord, traceLine } from './trace.ts'
import type { Variable } from './variables.ts'

/** Builtins whose arguments that look like assignments are expanded as such (POSIX 2.9.1.1). */
const DECLARING = ['export', 'readonly', 'local', 'declare', 'typeset']

export const runSimple = async (shell: Shell, command: SimpleCommand, forked = false): Promise<number> => {
  shell.line = command.line + shell.lineBase
  shell.substituted = false
  const words = await expandCommand(shell, command.words)
  const [name] = words
  if (name === undefined) return await assignOnly(shell, command)
  const fn = shell.functions.get(name)
  const builtin = shell.engine.builtins.get(name)
  if (fn === undefined && builtin === undefined) {
    if (forked) return await become(shell, command, words)
    return await runProgram(shell, command, words)
  }
  const saved = new Saved(shell)
  if (!(await redirect(shell, command.redirections, saved))) return 1
  try {
    return await withAssignments(shell, command.assignments, async () => {
      await trace(shell, words)
      if (fn !== undefined) return await callFunction(shell, fn, words)
      // `exec` without a command: its redirections are the shell's from now on.
      if (name === 'exec' && words.length === 1) saved.forget()
      return await (builtin as Builtin)(shell, words)
    })
  } finally {
    saved.undo()
  }
}

const expandCommand = async (shell: Shell, words: readonly Word[]): Promise<string[]> => {
  const fields: string[] = []
  for (const word of words) {
    const declares = fields[0] !== undefined && DECLARING.includes(fields[0])
    const assignment = declares ? asAssignment(word) : undefined
    if (assignment === undefined) fields.push(...(await expandWord(word, shell.environment)))
    else {
      const value = await expandAssignment(assignment, shell.environment)
      fields.push(`${assignment.name}${assignment.append ? '+' : ''}=${value}`)
    }
  }
  return fields
}

const trace = async (shell: Shell, words: readonly string[]): Promise<void> => {
  if (shell.options.has('xtrace')) await traceLine(shell, words.map(tracedWord).join(' '))
}

/** `x=1 y=2 > file`: the variables are the shell's, the file is made. */
const assignOnly = async (shell: Shell, command: SimpleCommand): Promise<number> => {
  for (const assignment of command.assignments) await assign(shell, assignment)
  const status = shell.substituted ? shell.lastStatus : 0
  const saved = new Saved(shell)
  if (!(await redirect(shell, command.redirections, saved))) return 1
  saved.undo()
  return status
}

const assign = async (shell: Shell, assignment: Assignment): Promise<void> => {
  const value = await assignedValue(shell, assignment)
  if (shell.options.has('xtrace')) await traceLine(shell, `${assignment.name}=${value === '' ? '' : tracedWord(value)}`)
  shell.environment.set(assignment.name, value)
}

const assignedValue = async (shell: Shell, assignment: Assignment): Promise<string> => {
  const value = await expandAssignment(assignment, shell.environment)
  return assignment.append ? (shell.variables.get(assignment.name) ?? '') + value : value
}

/** `x=1 command`: the variable is there, and exported, while the command runs. */
const withAssignments = async (
  shell: Shell,
  assignments: readonly Assignment[],
  run: () => Promise<number>,
): Promise<number> => {
  if (assignments.length === 0) return await run()
  const { variables } = shell
  const before: [string, Variable | undefined][] = []
  try {
    for (const assignment of assignments) {
      const { name } = assignment
      const value = await assignedValue(shell, assignment)
      const old = variables.find(name)
      if (old?.readonly === true) {
        // bash says so, and runs the command all the same.
        await shell.complain(`${name}: readonly variable`)
        continue
      }
      before.push([name, old === undefined ? undefined : { ...old }])
      variables.set(name, value).exported = true
    }
    return await run()
  } finally {
    for (const [name, old] of before.reverse()) variables.restore(name, old)
  }
}

/** A program as a child, and a job of its own. */
const runProgram = async (shell: Shell, command: SimpleCommand, words: readonly string[]): Promise<number> => {
  remember(shell, words[0] as string)
  const { isMonitoring } = shell
  const child = fork(shell, (self) => become(self, command, words), {
    ...(isMonitoring ? { pgid: 0, foreground: true } : {}),
  })
  if (typeof child === 'number') return await forkFailed(shell, child)
  const processes = [{ pid: child.pid, text: commandText(command), status: null }]
  return await finishForeground(shell, shell.jobs.add(processes, isMonitoring ? child.pid : 0, shell.process.cwd, true))
}

/** Replace this process by a program, after its redirections. Its exit code when that fails. */
const become = async (shell: Shell, command: SimpleCommand, words: readonly string[]): Promise<number> => {
  if (!(await redirect(shell, command.redirections, null))) return 1
  return await withAssignments(shell, command.assignments, async () => {
    await trace(shell, words)
    return await execProgram(shell, words)
  })
}

/** execve(2): the program takes over, and this never goes on; or the exit code of what went wrong. */
export const execProgram = async (shell: Shell, words: readonly string[], label = ''): Promise<number> => {
  const [name = '', ...args] = words
  const env = shell.variables.environment()
  const path = shell.variables.get('PATH')
  const hasSlash = name.includes('/')
  const error = !hasSlash && path === undefined ? -ENOENT : shell.process.exec(name, args, withPath(env, path))
  if (error === 0) return await new Promise<number>(() => undefined)
  if (error === -ENOEXEC) return await runFile(shell, name, args)
  const stat = shell.process.stat(name)
  if (error === -ENOENT || error === -ENOTDIR) {
    if (!hasSlash && path !== undefined && path !== '')
      await shell.complain(`${label}${name}: ${label === '' ? 'command ' : ''}not found`)
    // The file is there: what its first line names is not.
    else if (typeof stat !== 'number') await shell.complain(`${label}${name}: cannot execute: required file not found`)
    else await shell.complain(`${label}${name}: ${strerror(hasSlash ? stat : error)}`)
    return error === -ENOTDIR ? 126 : 127
  }
  const isDirectory = hasSlash && typeof stat !== 'number' && (stat.mode & S_IFMT) === S_IFDIR
  await shell.complain(`${label}${name}: ${strerror(isDirectory ? EISDIR : error === -ELOOP ? ELOOP : EACCES)}`)
  return 126
}

/** The search is by the shell's PATH even when that is not exported. */
const withPath = (env: Record<string, string>, path: string | undefined): Record<string, string> =>
  path === undefined ? env : { ...env, PATH: path }

/** A text without `#!`: this shell reads it (execvp(3) falls back to the shell). */
const runFile = async (shell: Shell, name: string, args: readonly string[]): Promise<number> =>
  await shell.engine.file(shell, name, args)
