/** Forking: the shell's children and what they are before they run anything. */
import { type Process, Signal } from '../../host/index.ts'
import { strerror } from '../../wire/errno.ts'
import { Abandon, LoopExit, ReturnExit, ShellExit } from './control.ts'
import { runExitTrap } from './pending.ts'
import type { Shell } from './shell.ts'
import { defineDynamic } from './start.ts'

export interface ForkOptions {
  /** Descriptors 0, 1 ... of the child; absent ones are the parent's. */
  readonly stdio?: readonly (number | null)[]
  /** Descriptors of the parent that the child closes. */
  readonly close?: readonly number[]
  /** A new process group (0) or one that exists, under job control. */
  readonly pgid?: number
  readonly foreground?: boolean
  /** Without job control: deaf to ^C and ^\, reading from /dev/null (POSIX 2.11). */
  readonly isBackground?: boolean
}

/**
 * A child in which `body` runs with a copy of the shell, made now. The child, or a negative errno, of which the user has been
 * told.
 */
export const fork = (
  shell: Shell,
  body: (child: Shell) => Promise<number>,
  options: ForkOptions = {},
): Process | number => {
  const copy = shell.copy()
  const ignored = (signal: number): boolean => shell.traps.ignores(signal)
  return shell.process.fork((process) => start(copy, process, body, options), {
    ...(options.stdio === undefined ? {} : { stdio: options.stdio }),
    ...(options.pgid === undefined ? {} : { pgid: options.pgid }),
    foreground: options.foreground === true,
    defaultSignals: shell.restoredSignals.filter((signal) => !ignored(signal)),
  })
}

const start = async (
  shell: Shell,
  process: Process,
  body: (child: Shell) => Promise<number>,
  options: ForkOptions,
): Promise<number> => {
  shell.process = process
  defineDynamic(shell)
  const given = options.stdio?.length ?? 0
  for (const fd of options.close ?? []) if (fd >= given) process.close(fd)
  if (options.isBackground === true) {
    process.sigaction(Signal.SIGINT, 'ignore')
    process.sigaction(Signal.SIGQUIT, 'ignore')
  }
  return await unwind(shell, () => body(shell))
}

/** The status of a shell that runs `body` to its end, whatever way that comes. */
export const unwind = async (shell: Shell, body: () => Promise<number>): Promise<number> => {
  let status: number
  try {
    status = await body()
  } catch (error) {
    if (error instanceof ShellExit || error instanceof ReturnExit || error instanceof Abandon) status = error.status
    else if (error instanceof LoopExit) status = 0
    else throw error
  }
  return await runExitTrap(shell, status)
}

export const forkFailed = async (shell: Shell, errno: number): Promise<number> => {
  await shell.complain(`fork: ${errno === -11 ? 'retry: ' : ''}${strerror(errno)}`)
  return 254
}
