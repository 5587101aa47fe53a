/** The shell that somebody types to: prompts, lines, jobs told of, and the terminal's modes. */
import { rawTermios, Signal, type Terminal } from '../../host/index.ts'
import { EINTR } from '../../wire/errno.ts'
import { isHeld, runSourced } from './builtins/flow.ts'
import { createCompleter } from './completer.ts'
import { Abandon, LoopExit, ReturnExit, ShellExit } from './control.ts'
import { LineEditor } from './editor/editor.ts'
import { History } from './editor/history.ts'
import { complainOfSyntax, runLine } from './execute.ts'
import { type Place, parseLine } from './grammar/index.ts'
import { notify, takeTerminal } from './jobs/control.ts'
import { checkpoint, runExitTrap } from './pending.ts'
import { promptText } from './prompt.ts'
import type { Shell } from './shell.ts'
import { takeSignals } from './signals.ts'

/** Debian's for a prompt of bash without its `debian_chroot`. */
const PS1 = '\\u@\\h:\\w\\$ '
/** ^D so often in a row ends the shell under `set -o ignoreeof`. */
const EOF_LIMIT = 10

class Interaction {
  readonly #shell: Shell
  readonly #terminal: Terminal
  readonly #editor: LineEditor
  readonly #history: History
  /** A line is being edited. */
  #editing = false
  #ends = 0

  constructor(shell: Shell, terminal: Terminal) {
    this.#shell = shell
    this.#terminal = terminal
    const home = shell.variables.get('HOME')
    const path = shell.variables.get('HISTFILE') ?? (home === undefined ? null : `${home}/.bash_history`)
    this.#history = new History(path)
    shell.history = this.#history
    const buf = new Uint8Array(1)
    this.#editor = new LineEditor(
      {
        read: async () => {
          for (;;) {
            // One byte at a time: what is typed ahead is the next program's.
            const n = await shell.process.promises.readResult(0, buf)
            if (n === 1) return buf[0] as number
            if (n !== -EINTR) return -1
          }
        },
        write: (text) => shell.write(2, text),
        get columns() {
          return terminal.columns
        },
      },
      this.#history,
      createCompleter(shell),
    )
  }

  async run(startup: string | null): Promise<number> {
    const shell = this.#shell
    takeSignals(shell)
    shell.cookedTermios = { ...this.#terminal.termios }
    takeTerminal(shell, null)
    this.#followWindow()
    this.#history.load(shell.process)
    for (const [name, value] of [
      ['PS1', PS1],
      ['PS2', '> '],
    ] as const)
      if (shell.variables.get(name) === undefined) shell.variables.set(name, value)
    if (startup !== null) await this.#guarded(() => this.#source(startup))
    let status = 0
    try {
      for (;;) {
        const ended = await this.#once()
        if (ended) {
          status = shell.lastStatus
          break
        }
      }
    } catch (error) {
      if (!(error instanceof ShellExit)) throw error
      status = error.status
    }
    this.#history.save(shell.process)
    return await runExitTrap(shell, status)
  }

  async #source(path: string): Promise<void> {
    const text = this.#shell.process.readText(path)
    if (typeof text === 'string') await runSourced(this.#shell, path, text, [])
  }

  #followWindow(): void {
    const { variables, process } = this.#shell
    const follow = (): void => {
      variables.set('COLUMNS', String(this.#terminal.columns))
      variables.set('LINES', String(this.#terminal.rows))
      if (this.#editing) void this.#editor.view.resized()
    }
    follow()
    process.onSignal(Signal.SIGWINCH, follow)
  }

  /** Prompt, read, run. True at the end of the input. */
  async #once(): Promise<boolean> {
    const shell = this.#shell
    shell.interrupted = false
    await notify(shell)
    await this.#guarded(async () => {
      const command = shell.variables.get('PROMPT_COMMAND')
      const { lastStatus } = shell
      if (command !== undefined && command !== '') await shell.engine.text(shell, command, 1)
      shell.lastStatus = lastStatus
    })
    let text = ''
    for (;;) {
      const line = await this.#readLine(text === '' ? 'PS1' : 'PS2')
      if (line === 'interrupted') {
        shell.lastStatus = 128 + Signal.SIGINT
        return false
      }
      if (line === null) return text === '' ? await this.#endOfInput() : await this.#cutShort(text)
      this.#ends = 0
      text += `${line}\n`
      const result = parseLine(text, undefined, false)
      if (result.ok || !result.incomplete) break
    }
    this.#history.add(text.slice(0, -1))
    await this.#runAll(text)
    return false
  }

  /** Null at the end. */
  async #readLine(variable: 'PS1' | 'PS2'): Promise<string | null | 'interrupted'> {
    const shell = this.#shell
    const prompt = await promptText(shell, shell.variables.get(variable) ?? '')
    const { process } = shell
    shell.cookedTermios = { ...this.#terminal.termios }
    process.setTermios(this.#terminal, {
      ...rawTermios(this.#terminal.termios),
      opost: this.#terminal.termios.opost,
    })
    this.#editing = true
    const edited = await this.#editor.edit(prompt)
    this.#editing = false
    process.setTermios(this.#terminal, shell.cookedTermios)
    if (edited.kind === 'line') return `${edited.text}`
    return edited.kind === 'end' ? null : 'interrupted'
  }

  async #cutShort(text: string): Promise<boolean> {
    const shell = this.#shell
    await shell.write(2, '\n')
    const result = parseLine(text, undefined, true)
    if (!result.ok) await complainOfSyntax(shell, result, '')
    shell.lastStatus = 2
    return false
  }

  async #endOfInput(): Promise<boolean> {
    const shell = this.#shell
    if (this.#terminal.isHungUp) return true
    if (shell.options.has('ignoreeof') && ++this.#ends < EOF_LIMIT) {
      await shell.write(2, 'Use "exit" to leave the shell.\n')
      return false
    }
    await shell.write(2, 'exit\n')
    return !(await isHeld(shell))
  }

  async #runAll(text: string): Promise<void> {
    const shell = this.#shell
    const warned = shell.hasWarned
    await this.#guarded(async () => {
      let place: Place = { offset: 0, line: 1 }
      for (;;) {
        const result = parseLine(text, place)
        if (!result.ok) {
          await complainOfSyntax(shell, result, '')
          shell.lastStatus = 2
          return
        }
        if (result.script === undefined) break
        place = result.next
        await runLine(shell, result.script)
      }
      // ^C in the last command.
      await checkpoint(shell)
    })
    // The second `exit` in a row leaves; any other command takes the warning back.
    if (warned) shell.hasWarned = false
  }

  /** What ends a command line does not end the shell; `exit` does. */
  async #guarded(run: () => Promise<void>): Promise<void> {
    const shell = this.#shell
    try {
      await run()
    } catch (error) {
      if (error instanceof Abandon) shell.lastStatus = error.status
      else if (error instanceof ReturnExit) shell.lastStatus = error.status
      else if (!(error instanceof LoopExit)) throw error
      shell.tested = 0
      shell.loops = 0
      shell.calls = 0
    }
  }
}

/** @param startup - a file to read first (`~/.bashrc`), or null */
export const runInteractive = (shell: Shell, terminal: Terminal, startup: string | null): Promise<number> =>
  new Interaction(shell, terminal).run(startup)
