import { O_CLOEXEC } from '../../socket/file.ts'
import { EINTR, strerror } from '../../wire/errno.ts'
import { fork, forkFailed } from './children.ts'
import { Abandon } from './control.ts'
import type { Script } from './grammar/index.ts'
import { waitPid } from './jobs/control.ts'
import type { Shell } from './shell.ts'

/** `$(…)`: what a subshell writes to its standard output. `$?` is its status. */
export const substitute = async (shell: Shell, script: Script): Promise<string> => {
  const pipe = shell.process.pipe(O_CLOEXEC)
  if (typeof pipe === 'number') {
    await shell.complain(`cannot make pipe for command substitution: ${strerror(pipe)}`)
    throw new Abandon(1)
  }
  const [reader, writer] = pipe
  const body = (child: Shell): Promise<number> => {
    // As bash: `set -e` does not reach into a command substitution.
    child.options.set('errexit', false)
    child.substitutions++
    return child.engine.script(child, script)
  }
  const child = fork(shell, body, { stdio: [existing(shell, 0), writer], close: [reader, writer] })
  shell.process.close(writer)
  if (typeof child === 'number') {
    shell.process.close(reader)
    throw new Abandon(await forkFailed(shell, child))
  }
  const text = await readAll(shell, reader)
  shell.process.close(reader)
  shell.substituted = true
  shell.lastStatus = await waitPid(shell, child.pid)
  return text
}

/** A descriptor for `stdio`, or null if the shell has it closed. */
export const existing = (shell: Shell, fd: number): number | null =>
  shell.process.descriptors.get(fd) === null ? null : fd

const readAll = async (shell: Shell, fd: number): Promise<string> => {
  const decoder = new TextDecoder()
  const buf = new Uint8Array(65_536)
  let text = ''
  for (;;) {
    const n = await shell.process.promises.readResult(fd, buf)
    if (n === -EINTR && !shell.interrupted) continue
    if (n <= 0) return text + decoder.decode()
    text += decoder.decode(buf.subarray(0, n), { stream: true })
  }
}
