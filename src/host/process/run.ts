/** Running a program's `main` as a process, and what its end means. */
import { EAGAIN, EPIPE } from '../../wire/errno.ts'
import type { Process } from './process.ts'
import { Signal } from './signals.ts'

/** Start `main` in a callback of its own; its result is the process's exit code. */
export const runMain = (process: Process, main: (process: Process) => Promise<number> | number): void => {
  const { gate } = process
  // After an exec the old main goes on in vain: its gate is dead, and so is its result.
  const current = (): boolean => process.isAlive && process.gate === gate
  const finish = (code: number): void => {
    if (current()) void process.exit(code)
  }
  const fail = (error: unknown): void => {
    if (current()) void process.exit(report(process, error))
  }
  process.host.callback(() => {
    if (!current()) return
    try {
      const result = main(process)
      if (typeof result === 'number') finish(result)
      else result.then(finish, fail)
    } catch (error) {
      fail(error)
    }
  })
}

/** What only a mistake in a program's code throws. */
const isBug = (error: unknown): boolean =>
  !(error instanceof Error) ||
  error instanceof TypeError ||
  error instanceof RangeError ||
  error instanceof ReferenceError ||
  error.name === 'AssertionError'

/** Tell standard error, and choose the exit code: 1, or for a bug 134 as after abort(3). */
const report = (process: Process, error: unknown): number => {
  const bug = isBug(error)
  const text = error instanceof Error ? (bug ? (error.stack ?? error.message) : error.message) : String(error)
  say(process, bug ? `${process.comm}: internal error: ${text}\n` : `${process.comm}: ${text}\n`)
  return bug ? 128 + Signal.SIGABRT : 1
}

/** Last words: what cannot be written at once is lost. */
const say = (process: Process, text: string): void => {
  const bytes = new TextEncoder().encode(text)
  const file = process.descriptors.get(2)
  if (file === null) return
  let at = 0
  while (at < bytes.length) {
    const n = file.write(bytes, at, bytes.length)
    if (n === -EAGAIN || n === -EPIPE || n <= 0) return
    at += n
  }
}
