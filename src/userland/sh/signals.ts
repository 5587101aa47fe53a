/** What a shell does upon signals that no trap has (bash(1), SIGNALS). */
import { type Disposition, Signal } from '../../host/index.ts'
import { reap, signalJob } from './jobs/control.ts'
import type { Shell } from './shell.ts'

const DEAF = [Signal.SIGTSTP, Signal.SIGTTIN, Signal.SIGTTOU, Signal.SIGQUIT, Signal.SIGTERM] as const

/** Set a signal to what this shell usually does upon it. */
export const usualSignal = (shell: Shell, signal: number): void => {
  shell.process.sigaction(signal, dispositionOf(shell, signal))
}

const dispositionOf = (shell: Shell, signal: number): Disposition => {
  if (!shell.isInteractive) return 'default'
  if (signal === Signal.SIGINT) return { run: () => (shell.interrupted = true), restart: false }
  if (signal === Signal.SIGHUP) return { run: () => hangUp(shell), restart: false }
  return DEAF.some((each) => each === signal) ? 'ignore' : 'default'
}

/** An interactive shell: deaf to what is meant for its jobs, and told of children at once. */
export const takeSignals = (shell: Shell): void => {
  shell.hasJobSignals = true
  for (const signal of [...DEAF, Signal.SIGINT, Signal.SIGHUP]) usualSignal(shell, signal)
  shell.process.onSignal(Signal.SIGCHLD, () => reap(shell))
}

/** The terminal is gone: so are all jobs, and the shell. */
const hangUp = (shell: Shell): void => {
  for (const job of shell.jobs.jobs) {
    if (job.state === 'done') continue
    signalJob(shell, job, Signal.SIGHUP)
    if (job.state === 'stopped') signalJob(shell, job, Signal.SIGCONT)
  }
  shell.history?.save(shell.process)
  void shell.process.exit(128 + Signal.SIGHUP)
}
