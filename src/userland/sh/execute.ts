/** Lists: what runs after what, in the foreground or not, and when `set -e` ends it all. */

import { O_CLOEXEC } from '../../socket/file.ts'
import { strerror } from '../../wire/errno.ts'
import { expandAliases } from './alias.ts'
import { fork, forkFailed } from './children.ts'
import { runCommand } from './compound.ts'
import { Abandon, ShellExit } from './control.ts'
import {
  type AndOrList,
  type Command,
  commandText,
  ExpansionError,
  jobText,
  type ListItem,
  type Pipeline,
  parseLine,
  type Script,
  type SyntaxFailure,
} from './grammar/index.ts'
import { finishForeground } from './jobs/control.ts'
import type { JobProcess } from './jobs/job.ts'
import { checkpoint, runErrorTrap } from './pending.ts'
import type { Shell } from './shell.ts'
import { existing } from './substitution.ts'
import { reportTimes } from './time.ts'

export const runScript = async (shell: Shell, script: Script): Promise<number> => {
  for (const item of script.items) await runItem(shell, item)
  return shell.lastStatus
}

const runItem = async (shell: Shell, { list, background }: ListItem): Promise<void> => {
  await checkpoint(shell)
  if (shell.options.has('noexec') && !shell.isInteractive) return
  const expanded = shell.expandsAliases ? expandAliases(shell, list) : list
  if (background) await startBackground(shell, expanded)
  else await runList(shell, expanded)
}

const runList = async (shell: Shell, { first, rest }: AndOrList): Promise<void> => {
  const pipelines: readonly { readonly op: '&&' | '||' | ''; readonly pipeline: Pipeline }[] = [
    { op: '', pipeline: first },
    ...rest,
  ]
  for (const [i, { op, pipeline }] of pipelines.entries()) {
    if (op === '&&' && shell.lastStatus !== 0) continue
    if (op === '||' && shell.lastStatus === 0) continue
    const isLast = i === pipelines.length - 1
    const status = await tested(shell, pipeline.negated || !isLast, () => runPipeline(shell, pipeline))
    shell.lastStatus = pipeline.negated ? Number(status === 0) : status
    if (isLast && !pipeline.negated) await failed(shell)
  }
}

/** Run something whose failure is looked at, so that `set -e` does not act on it. */
const tested = async <T>(shell: Shell, isTested: boolean, run: () => Promise<T>): Promise<T> => {
  if (!isTested) return await run()
  shell.tested++
  try {
    return await run()
  } finally {
    shell.tested--
  }
}

/** After a command that nobody looks at: the ERR trap, and the end of the shell under `set -e`. */
const failed = async (shell: Shell): Promise<void> => {
  const { lastStatus } = shell
  if (lastStatus === 0 || shell.tested > 0) return
  await runErrorTrap(shell)
  if (shell.options.has('errexit')) throw new ShellExit(lastStatus)
}

const runPipeline = async (shell: Shell, pipeline: Pipeline): Promise<number> => {
  const { commands, timed } = pipeline
  const start = shell.process.host.clock.now
  let status = 0
  if (commands.length === 1) status = await runCommand(shell, commands[0] as Command)
  else if (commands.length > 1) status = await runConnected(shell, commands)
  if (timed !== 'no') await reportTimes(shell, timed === 'posix', start)
  return status
}

const runConnected = async (shell: Shell, commands: readonly Command[]): Promise<number> => {
  const processes = await launch(shell, commands, false)
  if (typeof processes === 'number') return processes
  return await finishForeground(shell, addJob(shell, processes, true))
}

const addJob = (shell: Shell, processes: readonly JobProcess[], isForeground: boolean) => {
  const pgid = shell.isMonitoring ? (processes[0] as JobProcess).pid : 0
  return shell.jobs.add(processes, pgid, shell.process.cwd, isForeground)
}

/** Fork a process for each command, joined by pipes, all before the first of them runs. An exit code when that failed. */
const launch = async (
  shell: Shell,
  commands: readonly Command[],
  isBackground: boolean,
): Promise<readonly JobProcess[] | number> => {
  const processes: JobProcess[] = []
  let input: number | null = null
  for (const [i, command] of commands.entries()) {
    const isLast = i === commands.length - 1
    const pipe: readonly [number, number] | number | null = isLast ? null : shell.process.pipe(O_CLOEXEC)
    if (typeof pipe === 'number') {
      await shell.complain(`pipe error: ${strerror(pipe)}`)
      return 254
    }
    const detached = isBackground && !shell.isMonitoring
    const child = fork(
      shell,
      async (self) => {
        if (detached && i === 0) detachInput(self)
        return await runCommand(self, command, true)
      },
      {
        stdio: [input ?? existing(shell, 0), pipe?.[1] ?? existing(shell, 1)],
        close: [...(input === null ? [] : [input]), ...(pipe ?? [])],
        ...groupOf(shell, processes[0]?.pid ?? 0),
        foreground: shell.isMonitoring && !isBackground && i === 0,
        isBackground: detached,
      },
    )
    if (input !== null) shell.process.close(input)
    if (pipe !== null) shell.process.close(pipe[1])
    input = pipe?.[0] ?? null
    if (typeof child === 'number') {
      if (input !== null) shell.process.close(input)
      return await forkFailed(shell, child)
    }
    processes.push({ pid: child.pid, text: commandText(command), status: null })
  }
  return processes
}

/** A job is a process group of its own when there is job control. */
const groupOf = (shell: Shell, leader: number): { pgid?: number } => (shell.isMonitoring ? { pgid: leader } : {})

/** Nobody types to a command in the background of a script (POSIX 2.9.3.1). */
const detachInput = (shell: Shell): void => {
  const { process } = shell
  const opened = process.open('/dev/null')
  const file = process.descriptors.get(opened)
  if (opened <= 0 || file === null) return
  process.descriptors.replace(0, file)
  process.close(opened)
}

const startBackground = async (shell: Shell, list: AndOrList): Promise<void> => {
  const { first, rest } = list
  const isPlain = rest.length === 0 && !first.negated && first.timed === 'no' && first.commands.length > 0
  const processes = isPlain ? await launch(shell, first.commands, true) : await launchList(shell, list)
  if (typeof processes === 'number') {
    shell.lastStatus = processes
    return
  }
  const job = addJob(shell, processes, false)
  shell.lastBackgroundPid = job.last.pid
  shell.lastStatus = 0
  if (shell.isInteractive) await shell.write(2, `[${job.number}] ${job.last.pid}\n`)
}

/** `a && b &`: one process that is a shell. */
const launchList = async (shell: Shell, list: AndOrList): Promise<readonly JobProcess[] | number> => {
  const detached = !shell.isMonitoring
  const child = fork(
    shell,
    async (self) => {
      if (detached) detachInput(self)
      await runList(self, list)
      return self.lastStatus
    },
    { ...groupOf(shell, 0), isBackground: detached },
  )
  if (typeof child === 'number') return await forkFailed(shell, child)
  return [{ pid: child.pid, text: jobText(list), status: null }]
}

/** Run a whole text (a file, `-c`, `eval`, a trap), each line before the next is read. */
export const runText = async (shell: Shell, text: string, line: number, label = ''): Promise<number> => {
  const { lineBase } = shell
  shell.lineBase = line - 1
  try {
    let place = { offset: 0, line: 1 }
    let status = 0
    for (;;) {
      const result = parseLine(text, place)
      if (!result.ok) {
        await complainOfSyntax(shell, result, label)
        shell.lastStatus = 2
        return 2
      }
      for (const warning of result.warnings)
        await shell.write(2, `${shell.prefix(warning.line + shell.lineBase)}warning: ${warning.message}\n`)
      if (result.script === undefined) return status
      place = result.next
      status = await runLine(shell, result.script)
    }
  } finally {
    shell.lineBase = lineBase
  }
}

/** One line's commands. An error that stops them is told here, and the next line goes on where bash's does. */
export const runLine = async (shell: Shell, script: Script): Promise<number> => {
  try {
    return await runScript(shell, script)
  } catch (error) {
    if (!(error instanceof ExpansionError)) throw error
    await shell.complain(error.message)
    shell.lastStatus = 1
    if (shell.isInteractive) throw new Abandon(1)
    if (error.isFatal) throw new ShellExit(127)
    if (shell.isSubshell) throw new ShellExit(1)
    return 1
  }
}

/** `bash: -c: line 2: syntax error ...` and, where there is one, the line itself. */
export const complainOfSyntax = async (shell: Shell, failure: SyntaxFailure, label: string): Promise<void> => {
  const { message, sourceLine } = failure
  const where = label === '' ? '' : `${label}: `
  const prefix = shell.isTypedTo
    ? `${shell.messageName}: ${label === '-c' ? '' : where}`
    : `${shell.messageName}: ${where}line ${failure.line + shell.lineBase}: `
  await shell.write(2, `${prefix}${message}\n`)
  if (sourceLine !== undefined && !shell.isTypedTo) await shell.write(2, `${prefix}\`${sourceLine}'\n`)
}
