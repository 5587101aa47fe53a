/**
 * A place in a text, and what can be read there. The language is context-dependent (`.` is a flag, a fraction or part of `...`), so
 * each rule asks for the word it needs.
 */
import { ScriptError } from '../failure.ts'

/** White space and the three kinds of comment. */
const BLANK = /(?:\s+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y

export class Scanner {
  readonly text: string
  at = 0
  readonly #lineStarts: number[] = [0]
  readonly #firstLine: number
  readonly #blank: RegExp

  /** @param blank - sticky: what is skipped between words */
  constructor(text: string, firstLine = 1, blank: RegExp = BLANK) {
    this.text = text
    this.#firstLine = firstLine
    this.#blank = blank
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) this.#lineStarts.push(i + 1)
  }

  /** Line of an index, from `firstLine`. */
  lineOf(at: number): number {
    let low = 0
    let high = this.#lineStarts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#lineStarts[middle] as number) <= at) low = middle
      else high = middle
    }
    return low + this.#firstLine
  }

  get line(): number {
    return this.lineOf(this.at)
  }

  get column(): number {
    return this.at - (this.#lineStarts[this.line - this.#firstLine] as number) + 1
  }

  get done(): boolean {
    return this.at >= this.text.length
  }

  skip(): void {
    this.#blank.lastIndex = this.at
    this.#blank.test(this.text)
    this.at = Math.max(this.at, this.#blank.lastIndex)
  }

  /** What a sticky expression matches here, after white space; null: nothing, and the place is the same. */
  take(pattern: RegExp): string | null {
    this.skip()
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (found === null) return null
    this.at += found[0].length
    return found[0]
  }

  /** Whether the next characters are these; they are passed then. */
  eat(text: string): boolean {
    this.skip()
    if (!this.text.startsWith(text, this.at)) return false
    this.at += text.length
    return true
  }

  /** Whether the next characters are these. */
  sees(text: string): boolean {
    this.skip()
    return this.text.startsWith(text, this.at)
  }

  expect(text: string, where: string): void {
    if (!this.eat(text)) throw this.error(`expected "${text}" ${where}`)
  }

  want(pattern: RegExp, what: string): string {
    const found = this.take(pattern)
    if (found === null) throw this.error(`expected ${what}`)
    return found
  }

  /** A syntax error here, with the text that is in the way. */
  error(message: string, at = this.at): ScriptError {
    this.at = at
    this.skip()
    const rest = /[^\n]{0,20}/y
    rest.lastIndex = this.at
    const seen = (rest.exec(this.text)?.[0] ?? '').trim()
    const text = `syntax error: ${message}, but found ${seen === '' ? 'the end' : `"${seen}"`}`
    return new ScriptError('syntax', this.line, this.column, text)
  }
}

export const INTEGER = /0x[0-9a-fA-F]+|\d+/y
export const WORD = /[A-Za-z_]\w*/y

/** A number as C writes it: decimal or hexadecimal. */
export const integer = (scanner: Scanner, what: string): number => Number(scanner.want(INTEGER, what))
