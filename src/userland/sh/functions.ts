import { ReturnExit } from './control.ts'
import type { Shell, ShellFunction } from './shell.ts'

/** Calls in calls: bash would run out of its stack somewhere there. */
const MAX_CALLS = 5000

export const callFunction = async (shell: Shell, fn: ShellFunction, words: readonly string[]): Promise<number> => {
  const [name = '', ...args] = words
  if (shell.calls >= MAX_CALLS) {
    await shell.complain(`${name}: maximum function nesting level exceeded (${MAX_CALLS})`)
    return 1
  }
  const { positional, messageName, lineBase, loops, line } = shell
  shell.variables.push()
  shell.positional = args
  shell.messageName = fn.source
  shell.lineBase = 0
  shell.loops = 0
  shell.calls++
  try {
    return await shell.engine.command(shell, fn.definition.body)
  } catch (error) {
    if (!(error instanceof ReturnExit)) throw error
    return error.status
  } finally {
    shell.calls--
    shell.variables.pop()
    Object.assign(shell, { positional, messageName, lineBase, loops, line })
  }
}
