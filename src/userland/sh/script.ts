/** Scripts: a file, the text of `-c`, or standard input, and the shell that reads them. */
import { type Process, S_IFDIR, S_IFMT } from '../../host/index.ts'
import { EINTR, ENOENT, strerror } from '../../wire/errno.ts'
import { unwind } from './children.ts'
import { complainOfSyntax, runLine, runText } from './execute.ts'
import { parseLine } from './grammar/index.ts'
import type { OptionName } from './options.ts'
import { type Engine, Shell } from './shell.ts'
import { initialise } from './start.ts'

/** A shell that is not interactive. */
export const createShell = (
  process: Process,
  engine: Engine,
  name: string,
  positional: readonly string[],
  letters: string,
  options: Iterable<OptionName>,
): Shell => {
  const shell = new Shell(
    process,
    { name, messageName: name, positional, options, isInteractive: false, letters },
    engine,
  )
  initialise(shell)
  return shell
}

export const runCommandText = (shell: Shell, text: string): Promise<number> =>
  unwind(shell, () => runText(shell, text, 1, '-c'))

/** `sh file args`: what the shell that is already there does in a process that a program was to take over. */
export const runScriptFile = async (shell: Shell, path: string, args: readonly string[]): Promise<number> => {
  const { process } = shell
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, shell.variables.environment())
  process.argv = [path, ...args]
  process.setComm(path)
  return await runFile(createShell(process, shell.engine, path, args, '', []), path)
}

/** A file from its first line to its last. */
export const runFile = async (shell: Shell, path: string): Promise<number> => {
  const { process } = shell
  const stat = process.stat(path)
  const isDirectory = typeof stat !== 'number' && (stat.mode & S_IFMT) === S_IFDIR
  const text = isDirectory ? 0 : process.readText(path)
  if (typeof text === 'number') {
    const program = shell.startedAs
    await shell.write(2, `${program}: ${path}: ${isDirectory ? 'Is a directory' : strerror(text)}\n`)
    return text === -ENOENT ? 127 : 126
  }
  const inode = process.tree.find(process, path)
  if (typeof inode !== 'number' && inode.kind === 'file' && inode.program !== null) {
    await shell.write(2, `${path}: ${path}: cannot execute binary file\n`)
    return 126
  }
  return await unwind(shell, () => runText(shell, text, 1))
}

/** Standard input, a line at a time and no byte further: the commands it holds may read what follows. */
export const runInput = (shell: Shell): Promise<number> =>
  unwind(shell, async () => {
    let text = ''
    let line = 1
    for (;;) {
      const more = await readLine(shell)
      text += more
      if (text === '') return shell.lastStatus
      const result = parseLine(text, undefined, more === '')
      if (!result.ok) {
        if (result.incomplete && more !== '') continue
        shell.lineBase = line - 1
        await complainOfSyntax(shell, result, '')
        shell.lastStatus = 2
        return 2
      }
      shell.lineBase = line - 1
      if (shell.options.has('verbose')) await shell.write(2, text)
      if (result.script !== undefined) await runLine(shell, result.script)
      line += text.split('\n').length - 1
      text = ''
    }
  })

/** With its newline; empty at the end. */
const readLine = async (shell: Shell): Promise<string> => {
  const bytes: number[] = []
  const buf = new Uint8Array(1)
  for (;;) {
    const n = await shell.process.promises.readResult(0, buf)
    if (n === -EINTR) continue
    if (n <= 0) break
    bytes.push(buf[0] as number)
    if (buf[0] === 10) break
  }
  return new TextDecoder().decode(Uint8Array.from(bytes))
}
