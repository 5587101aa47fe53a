/** A terminal's screen, as far as a shell and its editor need one: what somebody would see. */
import { characterWidth } from '../../../src/userland/sh/editor/width.ts'

export class Screen {
  readonly #columns: number
  readonly #lines: string[][] = [[]]
  row = 0
  column = 0
  bells = 0

  constructor(columns: number, output: string) {
    this.#columns = columns
    this.#write(output)
  }

  /** Lines without blanks at their ends; the last ones that are empty are left out. */
  get text(): string {
    return this.#lines
      .map((line) =>
        Array.from(line, (c) => c ?? ' ')
          .join('')
          .trimEnd(),
      )
      .join('\n')
      .trimEnd()
  }

  #line(): string[] {
    while (this.#lines.length <= this.row) this.#lines.push([])
    return this.#lines[this.row] as string[]
  }

  #write(output: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal gets
    for (const [token] of output.matchAll(/\x1b\[[0-9;?]*[@-~]|[\s\S]/gu)) {
      if (token.startsWith('\x1b[')) this.#sequence(token)
      else if (token === '\r') this.column = 0
      else if (token === '\n') this.row++
      else if (token === '\b') this.column = Math.max(0, this.column - 1)
      else if (token === '\x07') this.bells++
      else this.#put(token)
    }
    this.#line()
  }

  #put(character: string): void {
    const width = characterWidth(character)
    // The cursor hangs at the edge until something more is written.
    if (this.column + width > this.#columns) {
      this.row++
      this.column = 0
    }
    this.#line()[this.column] = character
    for (let i = 1; i < width; i++) this.#line()[this.column + i] = ''
    this.column += width
  }

  #sequence(token: string): void {
    const count = Number(token.slice(2, -1) || '1')
    switch (token.at(-1)) {
      case 'A':
        this.row = Math.max(0, this.row - count)
        break
      case 'B':
        this.row += count
        break
      case 'C':
        this.column = Math.min(this.#columns - 1, Math.min(this.column, this.#columns - 1) + count)
        break
      case 'D':
        this.column = Math.max(0, this.column - count)
        break
      case 'H':
        this.row = 0
        this.column = 0
        break
      case 'J':
        if (token === '\x1b[2J') for (const line of this.#lines) line.length = 0
        else {
          this.#line().length = Math.min(this.#line().length, this.column)
          this.#lines.length = this.row + 1
        }
        break
      case 'K':
        this.#line().length = Math.min(this.#line().length, this.column)
        break
      default:
    }
  }
}
