/** What a shell does between two commands: signals that came, traps that are due, jobs that changed. */
import { Signal } from '../../host/index.ts'
import { Abandon, ReturnExit, ShellExit } from './control.ts'
import type { Shell } from './shell.ts'

const NOTHING: [] = []

/**
 * Let others run, stop here while the process is stopped, and act on what came. Before each command, so that an endless loop
 * of builtins can be stopped and killed.
 */
export const checkpoint = async (shell: Shell): Promise<void> => {
  await shell.process.promises.pollResult(NOTHING, 0)
  if (shell.traps.hasPending) await runTraps(shell)
  if (!shell.interrupted) return
  shell.interrupted = false
  if (shell.isInteractive) await shell.write(2, '\n')
  throw new Abandon(128 + Signal.SIGINT)
}

const runTraps = async (shell: Shell): Promise<void> => {
  for (let signal = shell.traps.take(); signal !== undefined; signal = shell.traps.take()) {
    const command = shell.traps.get(signal)
    if (command !== undefined) await runTrap(shell, command)
  }
}

/** `$?` is the same before and after, unless the command exits. */
const runTrap = async (shell: Shell, command: string): Promise<void> => {
  const { lastStatus, line } = shell
  await shell.engine.text(shell, command, line)
  shell.lastStatus = lastStatus
}

export const runErrorTrap = async (shell: Shell): Promise<void> => {
  const command = shell.traps.get('ERR')
  // Functions and subshells do not inherit it (`set -E` does not exist here).
  if (command !== undefined && command !== '' && shell.calls === 0) await runTrap(shell, command)
}

/** The EXIT trap, once. The status that the shell ends with. */
export const runExitTrap = async (shell: Shell, status: number): Promise<number> => {
  const command = shell.traps.get('EXIT')
  if (command === undefined || command === '') return status
  shell.traps.set('EXIT', null, shell.process, () => undefined)
  shell.lastStatus = status
  try {
    await shell.engine.text(shell, command, shell.line)
  } catch (error) {
    if (error instanceof ShellExit || error instanceof ReturnExit || error instanceof Abandon) return error.status
    throw error
  }
  return status
}
