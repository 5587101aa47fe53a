/** The line on the screen: prompt and text, over as many rows as they need. Knows where the cursor is, and nothing of keys. */
import { characterWidth, visible } from './width.ts'

interface Position {
  readonly row: number
  readonly column: number
}

/** `\[` and `\]` of a prompt, round what takes no columns. */
export const INVISIBLE_START = '\x01'
export const INVISIBLE_END = '\x02'

/** Columns of a prompt's last line. */
const promptWidth = (prompt: string): number => {
  let width = 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: marks, and the terminal's own sequences
  const shown = prompt.replace(/\x01[^\x02]*\x02/g, '').replace(/\x1b(?:\[[0-9;?]*[@-~]|\][^\x07]*\x07)/g, '')
  for (const character of shown) width += characterWidth(character)
  return width
}

export class LineView {
  readonly #write: (text: string) => Promise<unknown>
  readonly #columns: () => number
  /** Lines of the prompt above the one that the text is on. */
  #above = ''
  #prompt = ''
  #promptWidth = 0
  #row = 0
  /** What is on the screen now. */
  #shown: readonly string[] = []
  #cursor = 0

  constructor(write: (text: string) => Promise<unknown>, columns: () => number) {
    this.#write = write
    this.#columns = columns
  }

  /** Show a prompt on a fresh line. */
  async begin(prompt: string): Promise<void> {
    this.setPrompt(prompt)
    this.#row = 0
    this.#shown = []
    this.#cursor = 0
    await this.#write(this.#above + this.#prompt)
    this.#row = this.#position([], 0).row
  }

  setPrompt(prompt: string): void {
    const last = prompt.lastIndexOf('\n') + 1
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the marks of \[ and \]
    const clean = (text: string): string => text.replace(/[\x01\x02]/g, '')
    this.#above = clean(prompt.slice(0, last)).replaceAll('\n', '\r\n')
    this.#prompt = clean(prompt.slice(last))
    this.#promptWidth = promptWidth(prompt.slice(last))
  }

  /** Where the character at `index` stands, from the prompt's row on. */
  #position(characters: readonly string[], index: number): Position {
    const columns = Math.max(2, this.#columns())
    let row = Math.floor(this.#promptWidth / columns)
    let column = this.#promptWidth % columns
    for (let i = 0; i < index; i++) {
      const character = characters[i] as string
      if (character === '\n') {
        row++
        column = 0
        continue
      }
      const width = characterWidth(character)
      if (column + width > columns) {
        row++
        column = 0
      }
      column += width
      if (column === columns) {
        row++
        column = 0
      }
    }
    return { row, column }
  }

  /** Show the line as it is now. */
  async show(characters: readonly string[], cursor: number): Promise<void> {
    const before = this.#shown
    const same = (): boolean => before.every((character, i) => character === characters[i])
    if (cursor === this.#cursor && characters.length === before.length && same()) return
    const appended =
      this.#cursor === before.length &&
      cursor === characters.length &&
      characters.length === before.length + 1 &&
      same()
    const last = characters.at(-1)
    if (appended && last !== undefined && last !== '\n') {
      const position = this.#position(characters, characters.length)
      // Typing at the end within a row needs no more than the character.
      if (position.row === this.#row && position.column > 0) {
        this.#shown = [...characters]
        this.#cursor = cursor
        await this.#write(visible(last))
        return
      }
    }
    await this.redraw(characters, cursor)
  }

  /** Write prompt and line anew over what is there. */
  async redraw(characters: readonly string[], cursor: number): Promise<void> {
    let out = this.#row > 0 ? `\x1b[${this.#row}A\r` : '\r'
    out += this.#prompt
    for (const character of characters) out += character === '\n' ? '\x1b[K\r\n' : visible(character)
    const end = this.#position(characters, characters.length)
    // A full last row leaves the terminal's cursor hanging at its edge: go on to the next one.
    const full = end.column === 0 && characters.length > 0 && characters.at(-1) !== '\n'
    if (full || (characters.length === 0 && end.row > 0 && end.column === 0)) out += '\r\n'
    out += '\x1b[J'
    const at = this.#position(characters, cursor)
    if (end.row > at.row) out += `\x1b[${end.row - at.row}A`
    if (at.row !== end.row || at.column !== end.column) out += at.column > 0 ? `\r\x1b[${at.column}C` : '\r'
    this.#row = at.row
    this.#shown = [...characters]
    this.#cursor = cursor
    await this.#write(out)
  }

  /** The window has another size, and the terminal has wrapped what is there anew. */
  async resized(): Promise<void> {
    this.#row = this.#position(this.#shown, this.#cursor).row
    await this.redraw(this.#shown, this.#cursor)
  }

  async clearScreen(characters: readonly string[], cursor: number): Promise<void> {
    this.#row = 0
    await this.#write(`\x1b[H\x1b[2J${this.#above}`)
    await this.redraw(characters, cursor)
  }

  /** Leave the line: the cursor goes below it. */
  async finish(note = ''): Promise<void> {
    const end = this.#position(this.#shown, this.#shown.length)
    const down = end.row - this.#row
    await this.#write(`${down > 0 ? `\x1b[${down}B` : ''}${note}\r\n`)
    this.#row = 0
  }

  /** Print text below the line, then the prompt and the line again. */
  async below(text: string): Promise<void> {
    const [shown, cursor] = [this.#shown, this.#cursor]
    await this.finish()
    await this.#write(`${text.replaceAll('\n', '\r\n')}${this.#above}`)
    await this.redraw(shown, cursor)
  }
}
