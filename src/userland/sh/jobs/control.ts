/** Waiting for jobs, handing them the terminal, and telling the user what became of them. */
import { exitCodeOf, Signal, SystemError, signalText, WCONTINUED, WUNTRACED } from '../../../host/index.ts'
import { ECHILD, EINTR } from '../../../wire/errno.ts'
import { Abandon } from '../control.ts'
import type { Shell } from '../shell.ts'
import { endedLine, endingSignal, type Job, jobLine } from './job.ts'

const CHANGES = WUNTRACED | WCONTINUED

const note = (shell: Shell, pid: number, status: Parameters<Shell['jobs']['note']>[1]): void => {
  if (shell.jobs.note(pid, status) === null && status.kind !== 'stopped' && status.kind !== 'continued')
    shell.strays.set(pid, status)
}

/** Take in what has become of children without waiting. */
export const reap = (shell: Shell): void => {
  for (;;) {
    const change = shell.process.waitpid(-1, CHANGES)
    if (change === null || typeof change === 'number') return
    note(shell, change.pid, change.status)
  }
}

/** Wait for any child to change. A negative errno: a handled signal came (EINTR), or there is no child. */
export const waitChange = async (shell: Shell): Promise<number> => {
  try {
    const change = await shell.process.promises.waitpid(-1, CHANGES)
    if (change !== null) note(shell, change.pid, change.status)
    return 0
  } catch (error) {
    if (error instanceof SystemError) return error.errno
    throw error
  }
}

/** The exit code of a child that is no job. */
export const waitPid = async (shell: Shell, pid: number): Promise<number> => {
  for (;;) {
    const status = shell.strays.get(pid)
    if (status !== undefined) {
      shell.strays.delete(pid)
      return exitCodeOf(status)
    }
    if ((await waitChange(shell)) === -ECHILD) return 127
  }
}

/** Wait until a job is no longer running. `interruptible`: -EINTR when a trap or ^C comes first. */
export const waitJob = async (shell: Shell, job: Job, interruptible = false): Promise<number> => {
  while (job.state === 'running') {
    const result = await waitChange(shell)
    if (result === -ECHILD) return result
    if (result === -EINTR && interruptible && (shell.interrupted || shell.traps.hasPending)) return result
  }
  return 0
}

/** See a job in the foreground through: its exit code, or 128 plus the signal that stopped it. */
export const finishForeground = async (shell: Shell, job: Job): Promise<number> => {
  await waitJob(shell, job)
  if (shell.isMonitoring) takeTerminal(shell, job)
  const signal = endingSignal(job)
  if (job.state === 'stopped') {
    await notify(shell)
    const stopped = job.processes.find(({ status }) => status?.kind === 'stopped')?.status
    return stopped?.kind === 'stopped' ? 128 + stopped.signal : 128
  }
  const code = job.code(shell.options.has('pipefail'))
  shell.jobs.remove(job)
  if (shell.isInteractive && shell.isMonitoring) {
    if (signal === Signal.SIGINT) {
      await shell.write(2, '\n')
      if (shell.traps.get(Signal.SIGINT) === undefined) throw new Abandon(code)
    } else if (signal !== 0 && signal !== Signal.SIGPIPE) await shell.write(2, `${signalText(signal)}\n`)
  } else if (!shell.isInteractive) {
    if (isTold(signal)) await shell.write(2, `${shell.prefix()}${endedLine(job)}`)
    else if (signal === Signal.SIGTERM) await shell.write(2, `${signalText(signal)}\n`)
    await notify(shell)
  }
  return code
}

/** Whether a script says that a signal ended a job: bash keeps quiet of these (DONT_REPORT_SIGPIPE, DONT_REPORT_SIGTERM). */
const isTold = (signal: number): boolean =>
  signal !== 0 && signal !== Signal.SIGINT && signal !== Signal.SIGPIPE && signal !== Signal.SIGTERM

/** The terminal is the shell's again, with the settings that a program expects unless this one ended well. */
export const takeTerminal = (shell: Shell, job: Job | null): void => {
  const { process } = shell
  const terminal = process.controllingTerminal
  if (terminal === null) return
  process.setForeground(terminal, process.pgid)
  if (!shell.isInteractive) return
  if (job?.state === 'done' && endingSignal(job) === 0) shell.cookedTermios = { ...terminal.termios }
  else if (shell.cookedTermios !== null) process.setTermios(terminal, shell.cookedTermios)
}

/** Tell of jobs that changed and forget those that ended: before a prompt; in a script after each wait. */
export const notify = async (shell: Shell): Promise<void> => {
  for (const job of [...shell.jobs.jobs]) {
    if (job.isForeign || job.isNotified || job.state === 'running') continue
    job.isNotified = true
    if (shell.isInteractive || shell.isMonitoring) {
      const line = jobLine(job, shell.jobs.mark(job), polite(shell, job))
      await shell.write(2, job.state === 'stopped' ? `\n${line}` : line)
    } else if (job.state === 'done' && isTold(endingSignal(job)))
      await shell.write(2, `${shell.prefix()}${endedLine(job)}`)
    if (job.state === 'done') shell.jobs.remove(job)
  }
}

/** Where a job was started, as it is shown: with `~`; empty when the shell is there. */
export const polite = (shell: Shell, job: Job): string => {
  if (job.cwd === shell.process.cwd) return ''
  const home = shell.variables.get('HOME')
  if (home === undefined || home === '/' || home === '') return job.cwd
  return job.cwd === home ? '~' : job.cwd.startsWith(`${home}/`) ? `~${job.cwd.slice(home.length)}` : job.cwd
}

/** Let a stopped (or running) job go on, in the foreground: its exit code. */
export const foreground = async (shell: Shell, job: Job): Promise<number> => {
  const { process } = shell
  const terminal = process.controllingTerminal
  job.foreground = true
  if (terminal !== null) {
    if (shell.cookedTermios !== null) process.setTermios(terminal, shell.cookedTermios)
    if (job.pgid > 0) process.setForeground(terminal, job.pgid)
  }
  resume(shell, job)
  return await finishForeground(shell, job)
}

/** SIGCONT to all of it. */
export const resume = (shell: Shell, job: Job): void => {
  if (job.state !== 'running') {
    job.isNotified = true
    for (const process of job.processes) if (process.status?.kind === 'stopped') process.status = null
  }
  signalJob(shell, job, Signal.SIGCONT)
}

/** Zero or a negative errno. */
export const signalJob = (shell: Shell, job: Job, signal: number): number => {
  if (job.pgid > 0) return shell.process.kill(-job.pgid, signal)
  let result = 0
  for (const { pid, status } of job.processes)
    if (status === null || status.kind === 'stopped') result = shell.process.kill(pid, signal) || result
  return result
}
