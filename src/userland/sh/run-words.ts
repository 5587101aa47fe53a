import { fork, forkFailed } from './children.ts'
import { finishForeground } from './jobs/control.ts'
import { remember } from './lookup.ts'
import type { Shell } from './shell.ts'
import { execProgram } from './simple.ts'
import { tracedWord } from './trace.ts'

/** Run a program whose words are known already, as a job in the foreground (`command ls`). */
export const execOrFork = async (shell: Shell, words: readonly string[]): Promise<number> => {
  remember(shell, words[0] as string)
  const { isMonitoring } = shell
  const child = fork(shell, (self) => execProgram(self, words), isMonitoring ? { pgid: 0, foreground: true } : {})
  if (typeof child === 'number') return await forkFailed(shell, child)
  const processes = [{ pid: child.pid, text: words.map(tracedWord).join(' '), status: null }]
  return await finishForeground(shell, shell.jobs.add(processes, isMonitoring ? child.pid : 0, shell.process.cwd, true))
}
