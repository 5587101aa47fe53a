/** Commands of every kind: compound ones are run here, simple ones in simple.ts. */
import { fork, forkFailed } from './children.ts'
import { runConditional } from './conditional.ts'
import { LoopExit } from './control.ts'
import {
  type ArithmeticForCommand,
  type CaseCommand,
  type Command,
  commandText,
  compilePattern,
  expandArithmetic,
  expandPattern,
  expandString,
  expandWords,
  type ForCommand,
  type IfCommand,
  matches,
  type Script,
  type SubshellCommand,
  type WhileCommand,
  wordText,
} from './grammar/index.ts'
import { finishForeground } from './jobs/control.ts'
import { checkpoint } from './pending.ts'
import { redirect, Saved } from './redirect.ts'
import type { Shell } from './shell.ts'
import { runSimple } from './simple.ts'
import { traceLine } from './trace.ts'

/** The exit code. `forked`: this process is the command's own, so that a program may take its place. */
export const runCommand = async (shell: Shell, command: Command, forked = false): Promise<number> => {
  if (command.kind === 'simple') return await runSimple(shell, command, forked)
  shell.line = command.line + shell.lineBase
  if (command.kind === 'function') {
    shell.functions.set(command.name, { definition: command, source: shell.sourceName })
    return 0
  }
  if (command.kind === 'subshell' && !forked) return await runSubshell(shell, command)
  const saved = new Saved(shell)
  if (!(await redirect(shell, command.redirections, saved))) return 1
  try {
    return await runCompound(shell, command)
  } finally {
    saved.undo()
  }
}

const runCompound = async (
  shell: Shell,
  command: Exclude<Command, { kind: 'simple' | 'function' }>,
): Promise<number> => {
  switch (command.kind) {
    case 'group':
    case 'subshell':
      return await shell.engine.script(shell, command.body)
    case 'if':
      return await runIf(shell, command)
    case 'while':
      return await runWhile(shell, command)
    case 'for':
      return await runFor(shell, command)
    case 'arithmetic-for':
      return await runArithmeticFor(shell, command)
    case 'case':
      return await runCase(shell, command)
    case 'arithmetic':
      return (await expandArithmetic(command.expression, shell.environment)) === 0n ? 1 : 0
    case 'conditional':
      if (shell.options.has('xtrace')) await traceLine(shell, commandText({ ...command, redirections: [] }))
      return await runConditional(shell, command.expression)
  }
}

const runSubshell = async (shell: Shell, command: SubshellCommand): Promise<number> => {
  const child = fork(shell, (self) => runCommand(self, command, true), {
    ...(shell.isMonitoring ? { pgid: 0, foreground: true } : {}),
  })
  if (typeof child === 'number') return await forkFailed(shell, child)
  const processes = [{ pid: child.pid, text: commandText(command), status: null }]
  const job = shell.jobs.add(processes, shell.isMonitoring ? child.pid : 0, shell.process.cwd, true)
  return await finishForeground(shell, job)
}

/** A condition: what fails in it is no error to `set -e`. */
const holds = async (shell: Shell, condition: Script): Promise<boolean> => {
  shell.tested++
  try {
    return (await shell.engine.script(shell, condition)) === 0
  } finally {
    shell.tested--
  }
}

const runIf = async (shell: Shell, { branches, otherwise }: IfCommand): Promise<number> => {
  for (const { condition, body } of branches)
    if (await holds(shell, condition)) return await shell.engine.script(shell, body)
  return otherwise === undefined ? 0 : await shell.engine.script(shell, otherwise)
}

/** Run a loop's body once. False: the loop is to be left. */
const iterate = async (shell: Shell, body: Script): Promise<boolean> => {
  try {
    await shell.engine.script(shell, body)
    return true
  } catch (error) {
    if (!(error instanceof LoopExit)) throw error
    if (error.levels > 1 && shell.loops > 1) {
      error.levels--
      throw error
    }
    shell.lastStatus = 0
    return error.again
  }
}

/** Count the loop while it runs, for `break`. */
const looping = async (shell: Shell, run: () => Promise<number>): Promise<number> => {
  shell.loops++
  try {
    return await run()
  } finally {
    shell.loops--
  }
}

const runWhile = (shell: Shell, { condition, body, until }: WhileCommand): Promise<number> =>
  looping(shell, async () => {
    let status = 0
    for (;;) {
      await checkpoint(shell)
      let goesOn: boolean
      try {
        goesOn = (await holds(shell, condition)) !== until
      } catch (error) {
        // `while break; do` leaves the loop too.
        if (!(error instanceof LoopExit) || (error.levels > 1 && shell.loops > 1)) throw error
        if (!error.again) return 0
        continue
      }
      if (!goesOn) return status
      if (!(await iterate(shell, body))) return 0
      status = shell.lastStatus
    }
  })

const runFor = async (shell: Shell, command: ForCommand): Promise<number> => {
  const { name, words, body } = command
  const values = words === undefined ? shell.positional : await expandWords(words, shell.environment)
  return await looping(shell, async () => {
    let status = 0
    for (const value of values) {
      await checkpoint(shell)
      if (shell.options.has('xtrace')) {
        const list = words === undefined ? '"$@"' : commandText({ ...command, body: { items: [] } })
        await traceLine(shell, words === undefined ? `for ${name} in ${list}` : forHeader(list))
      }
      shell.environment.set(name, value)
      if (!(await iterate(shell, body))) return 0
      status = shell.lastStatus
    }
    return status
  })
}

/** `for x in a b` of the reprinted command. */
const forHeader = (text: string): string => text.slice(0, text.indexOf(';\n'))

const runArithmeticFor = (shell: Shell, { init, test, step, body }: ArithmeticForCommand): Promise<number> =>
  looping(shell, async () => {
    const { environment } = shell
    let status = 0
    await expandArithmetic(init, environment)
    for (;;) {
      await checkpoint(shell)
      if (test.parts.length > 0 && (await expandArithmetic(test, environment)) === 0n) return status
      if (!(await iterate(shell, body))) return 0
      status = shell.lastStatus
      await expandArithmetic(step, environment)
    }
  })

const runCase = async (shell: Shell, { subject, arms }: CaseCommand): Promise<number> => {
  const text = await expandString(subject, shell.environment)
  if (shell.options.has('xtrace')) await traceLine(shell, `case ${wordText(subject)} in`)
  let status = 0
  let falls = false
  for (const { patterns, body, end } of arms) {
    if (!falls) {
      let found = false
      for (const pattern of patterns) {
        found = matches(compilePattern(await expandPattern(pattern, shell.environment)), text)
        if (found) break
      }
      if (!found) continue
    }
    status = body.items.length === 0 ? 0 : await shell.engine.script(shell, body)
    if (end === ';;') return status
    falls = end === ';&'
  }
  return status
}
