import type { Script, Word, WordPart } from './ast.ts'
import { IN_ARITHMETIC, type WordMode } from './modes.ts'

/** Why a text is no script, as bash words it. */
export interface SyntaxFailure {
  /** The text ends too early and more lines could complete it: an interactive shell shows PS2 (`> `) and reads on. */
  readonly incomplete: boolean
  /** Without the `bash: line N: ` before it. */
  readonly message: string
  /** From 1. */
  readonly line: number
  /** The offending line, which bash prints after the message when it runs a script. Undefined at the end of the text. */
  readonly sourceLine: string | undefined
}

/** A remark that does not stop parsing (a here-document that the end of the file ends). */
export interface SyntaxWarning {
  readonly message: string
  readonly line: number
}

/** Unwinds the recursive descent; caught where parsing was started and never seen outside the grammar. */
export class SyntaxStop extends Error {
  readonly failure: SyntaxFailure
  constructor(failure: SyntaxFailure) {
    super(failure.message)
    this.failure = failure
  }
}

/** What all cursors over one text, and over texts nested in it, have in common. */
export interface ParseContext {
  /** No more text can follow: a here-document may end with it, a last backslash stands for itself. */
  readonly final: boolean
  readonly warnings: SyntaxWarning[]
  /** `readParts`: a slot, because words hold parameters and parameters hold words. */
  readonly parts: (cursor: Cursor, mode: WordMode) => WordPart[]
  /** Reads commands up to the `)` that closes `$(`, which it consumes. A slot, so that words need not know the parser. */
  readonly substitution: (cursor: Cursor) => Script
  /** Reads a whole text (of backquotes). */
  readonly whole: (text: string, line: number) => Script
  /** How deep compound commands and substitutions are nested just now. */
  depth: number
}

/** Enough for any script and little enough for every JavaScript stack. */
const MAX_DEPTH = 200

/** A place in a text, or in a range of it that ends at `end`. */
export class Cursor {
  readonly text: string
  readonly end: number
  readonly context: ParseContext
  pos: number
  line: number

  constructor(text: string, pos: number, end: number, line: number, context: ParseContext) {
    this.text = text
    this.pos = pos
    this.end = end
    this.line = line
    this.context = context
  }

  /** The character `ahead` places on; empty past the end. */
  peek(ahead = 0): string {
    const at = this.pos + ahead
    return at < this.end ? (this.text[at] as string) : ''
  }

  startsWith(text: string): boolean {
    return this.pos + text.length <= this.end && this.text.startsWith(text, this.pos)
  }

  get atEnd(): boolean {
    return this.pos >= this.end
  }

  /** Goes on by `count` characters and counts the lines it crosses. */
  skip(count = 1): void {
    for (let i = 0; i < count && this.pos < this.end; i++) {
      if (this.text[this.pos] === '\n') this.line++
      this.pos++
    }
  }

  /** Consumes a backslash-newline at this place, if there is one. */
  skipContinuation(): boolean {
    if (this.peek() !== '\\' || this.peek(1) !== '\n') return false
    this.skip(2)
    if (this.atEnd && !this.context.final) this.failAtEnd('syntax error: unexpected end of file')
    return true
  }

  /** The arithmetic expression in a range of the text, which is known to end where it should. */
  arithmetic(from: number, to: number): Word {
    const range = new Cursor(this.text, from, to, this.line, this.context)
    return { parts: this.context.parts(range, IN_ARITHMETIC) }
  }

  enter(): void {
    if (++this.context.depth > MAX_DEPTH) this.fail('syntax error: maximum nesting level exceeded', this.line)
  }

  leave(): void {
    this.context.depth--
  }

  fail(message: string, line: number): never {
    throw new SyntaxStop({ incomplete: false, message, line, sourceLine: lineAt(this.text, this.pos) })
  }

  failAtEnd(message: string, line: number = this.endLine()): never {
    throw new SyntaxStop({ incomplete: true, message, line, sourceLine: undefined })
  }

  failUnmatched(quote: string, line: number): never {
    return this.failAtEnd(`unexpected EOF while looking for matching \`${quote}'`, line)
  }

  /** The line after the last one: that is where bash sees the end of the file. */
  endLine(): number {
    let line = this.line
    for (let i = this.pos; i < this.end; i++) if (this.text[i] === '\n') line++
    return this.end > 0 && this.text[this.end - 1] !== '\n' ? line + 1 : line
  }
}

/** The line of `text` that holds `pos`; at a line's end, that line. */
export function lineAt(text: string, pos: number): string {
  const from = pos === 0 ? 0 : text.lastIndexOf('\n', pos - 1) + 1
  const to = text.indexOf('\n', from)
  return text.slice(from, to === -1 ? text.length : to)
}
