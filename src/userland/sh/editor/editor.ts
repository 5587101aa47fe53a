/**
 * Reading a line on a terminal in raw mode, with readline's emacs keys, history, search and completion.
 *
 * It sees bytes and gives out bytes: what the terminal is, and who completes, is the shell's affair.
 */
import { LineBuffer } from './buffer.ts'
import { EDITING } from './commands.ts'
import type { Completer } from './completion.ts'
import type { History } from './history.ts'
import { type Key, readKey } from './keys.ts'
import { listCandidates } from './listing.ts'
import { search } from './search.ts'
import { LineView } from './view.ts'

export interface EditorTerminal {
  /** A byte, or negative at the end. */
  read(): Promise<number>
  write(text: string): Promise<unknown>
  readonly columns: number
}

export type Edited =
  | { readonly kind: 'line'; readonly text: string }
  /** ^D on an empty line, or the terminal is gone. */
  | { readonly kind: 'end' }
  /** ^C */
  | { readonly kind: 'interrupted' }

const KILLING = ['^K', '^U', '^W', 'M-d', 'M-^?', 'M-^H']

export class LineEditor {
  readonly terminal: EditorTerminal
  readonly history: History
  readonly view: LineView
  readonly #complete: Completer
  readonly #killed: string[] = []
  buffer = new LineBuffer(this.#killed)
  prompt = ''
  /** Where in the history we are: its length is the new line. */
  #at = 0
  /** The new line, while older ones are looked at. */
  #draft = ''
  /** Lines of the history as they were edited before one of them was taken. */
  readonly #edits = new Map<number, string>()
  #lastKey = ''
  /** How far back M-. has gone, and the place of what it put in. */
  #argument: { at: number; from: number; to: number } | null = null

  constructor(terminal: EditorTerminal, history: History, complete: Completer) {
    this.terminal = terminal
    this.history = history
    this.#complete = complete
    this.view = new LineView(
      (text) => terminal.write(text),
      () => terminal.columns,
    )
  }

  async edit(prompt: string): Promise<Edited> {
    this.prompt = prompt
    this.buffer = new LineBuffer(this.#killed)
    this.#at = this.history.lines.length
    this.#draft = ''
    this.#edits.clear()
    this.#lastKey = ''
    await this.view.begin(prompt)
    for (;;) {
      const key = await readKey(() => this.terminal.read())
      if (key === null) return { kind: 'end' }
      const done = await this.#press(key)
      if (done !== null) return done
    }
  }

  async #press(key: Key): Promise<Edited | null> {
    const name = key.kind === 'key' ? key.name : ''
    this.buffer.begin(KILLING.includes(name), name === '^Y' || name === 'M-y')
    if (name !== 'M-.' && name !== 'M-_') this.#argument = null
    let done: Edited | null = null
    if (key.kind !== 'key') {
      this.buffer.insert(key.text)
      await this.draw()
    } else done = await this.#command(name)
    this.#lastKey = name
    return done
  }

  draw(): Promise<void> {
    return this.view.show(this.buffer.characters, this.buffer.cursor)
  }

  async #command(name: string): Promise<Edited | null> {
    switch (name) {
      case '^M':
      case '^J':
        return await this.#accept()
      case '^C':
        await this.view.finish('^C')
        return { kind: 'interrupted' }
      case '^D':
        if (this.buffer.characters.length === 0) return { kind: 'end' }
        if (this.buffer.deleteForward()) await this.draw()
        return null
      case '^L':
        await this.view.clearScreen(this.buffer.characters, this.buffer.cursor)
        return null
      case '^I':
        await this.#completeWord()
        return null
      case '^R':
      case '^S':
        return await this.#search(name === '^R')
      case '^V':
      case '^Q':
        await this.#quoted()
        return null
      default:
    }
    if (this.#recall(name) || EDITING[name]?.(this.buffer) === true) await this.draw()
    return null
  }

  async #accept(): Promise<Edited> {
    await this.view.show(this.buffer.characters, this.buffer.cursor)
    await this.view.finish()
    return { kind: 'line', text: this.buffer.text }
  }

  /** ^V: the next byte stands for itself. */
  async #quoted(): Promise<void> {
    const byte = await this.terminal.read()
    if (byte < 0) return
    this.buffer.insert(String.fromCharCode(byte))
    await this.draw()
  }

  /** Keys that bring lines of the history. False: none of them, or there is no such line. */
  #recall(name: string): boolean {
    const { length } = this.history.lines
    switch (name) {
      case 'up':
      case '^P':
        return this.#goTo(this.#at - 1)
      case 'down':
      case '^N':
        return this.#goTo(this.#at + 1)
      case 'M-<':
      case 'page-up':
        return this.#goTo(0)
      case 'M->':
      case 'page-down':
        return this.#goTo(length)
      case 'M-.':
      case 'M-_':
        return this.#lastArgument()
      default:
        return false
    }
  }

  #goTo(at: number): boolean {
    const { lines } = this.history
    if (at < 0 || at > lines.length || at === this.#at) return false
    if (this.#at === lines.length) this.#draft = this.buffer.text
    else this.#edits.set(this.#at, this.buffer.text)
    this.#at = at
    this.buffer.replace(at === lines.length ? this.#draft : (this.#edits.get(at) ?? lines[at] ?? ''))
    return true
  }

  /** M-. puts in the last word of the line before; again, of the one before that. */
  #lastArgument(): boolean {
    const { lines } = this.history
    const place = this.#argument ?? { at: lines.length, from: this.buffer.cursor, to: this.buffer.cursor }
    const word = lines[place.at - 1]?.trim().split(/\s+/).at(-1)
    if (word === undefined) return false
    this.buffer.splice(place.from, place.to, word)
    this.#argument = { at: place.at - 1, from: place.from, to: this.buffer.cursor }
    return true
  }

  async #search(backward: boolean): Promise<Edited | null> {
    const result = await search(this, backward)
    if (result === null) return { kind: 'end' }
    if (result.line !== null) this.#at = result.line
    this.view.setPrompt(this.prompt)
    if (result.kind === 'interrupted') {
      await this.view.finish('^C')
      return { kind: 'interrupted' }
    }
    await this.view.redraw(this.buffer.characters, this.buffer.cursor)
    return result.key === null ? null : await this.#press(result.key)
  }

  /** Tab: what all candidates have in common; a second one lists them. */
  async #completeWord(): Promise<void> {
    const { buffer } = this
    const before = buffer.characters.slice(0, buffer.cursor).join('')
    const { start, candidates, common } = await this.#complete(before)
    const from = Array.from(before.slice(0, start)).length
    const typed = before.slice(start)
    if (candidates.length === 0) {
      await this.terminal.write('\x07')
      return
    }
    if (common !== typed && (common.length > typed.length || candidates.length === 1)) {
      buffer.splice(from, buffer.cursor, common)
      await this.draw()
    } else if (this.#lastKey === '^I') await this.view.below(await listCandidates(candidates, this.terminal))
    else await this.terminal.write('\x07')
  }
}
