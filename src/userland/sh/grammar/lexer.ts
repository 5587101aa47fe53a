import type { HereDocument, Word, WordPart } from './ast.ts'
import { Cursor } from './cursor.ts'
import { COMMAND_WORD, HERE_DOCUMENT, REGEX_WORD } from './modes.ts'
import { readParts } from './words.ts'

export type Token = WordToken | OperatorToken | DescriptorToken | EndToken

interface TokenPlace {
  readonly start: number
  readonly end: number
  readonly line: number
}

export interface WordToken extends TokenPlace {
  readonly kind: 'word'
  readonly word: Word
  /** The whole word when no part of it is quoted or expanded: only such a word can be a reserved one. */
  readonly plain: string | undefined
}

export interface OperatorToken extends TokenPlace {
  readonly kind: 'operator'
  /** The operator, or `newline`. */
  readonly text: string
}

/** Digits right before `<` or `>`. */
export interface DescriptorToken extends TokenPlace {
  readonly kind: 'descriptor'
  readonly fd: number
}

export interface EndToken extends TokenPlace {
  readonly kind: 'end'
}

/** A here-document whose body comes after the next newline. The parser puts `node` into the tree at once. */
export interface PendingDocument {
  readonly node: { -readonly [K in keyof HereDocument]: HereDocument[K] }
  readonly line: number
}

/** Longest first: the first that fits is the token. */
const OPERATORS = [
  ';;&',
  '<<-',
  '<<<',
  '&>>',
  '&&',
  '||',
  ';;',
  ';&',
  '<<',
  '<&',
  '<>',
  '>>',
  '>&',
  '>|',
  '&>',
  '|&',
  '|',
  '&',
  ';',
  '(',
  ')',
  '<',
  '>',
]

/** Cuts the text at a cursor into tokens, on demand, because reserved words and patterns depend on the place. */
export class Lexer {
  readonly cursor: Cursor
  readonly #pending: PendingDocument[] = []
  #peeked: Token | undefined

  constructor(cursor: Cursor) {
    this.cursor = cursor
  }

  peek(): Token {
    return (this.#peeked ??= this.#read())
  }

  next(): Token {
    const token = this.peek()
    this.#peeked = undefined
    return token
  }

  /** A regular expression after `=~`: up to a blank, whatever operators it holds. Undefined when there is none. */
  regex(): Word | undefined {
    this.#peeked = undefined
    this.#skipBlanks()
    const parts = readParts(this.cursor, REGEX_WORD)
    return parts.length === 0 ? undefined : { parts }
  }

  expectDocument(document: PendingDocument): void {
    this.#pending.push(document)
  }

  /** After an operator token: nothing but this character follows it at once. */
  followedBy(token: Token, text: string): boolean {
    return this.cursor.text.startsWith(text, token.end) && token.end + text.length <= this.cursor.end
  }

  /** Drops the token looked at and goes on reading at `pos`. */
  jump(pos: number, from: Token): void {
    this.#peeked = undefined
    this.cursor.pos = from.end
    this.cursor.line = from.line
    this.cursor.skip(pos - from.end)
  }

  #read(): Token {
    const { cursor } = this
    this.#skipBlanks()
    const start = cursor.pos
    const { line } = cursor
    if (cursor.atEnd) {
      this.#readDocuments()
      return { kind: 'end', start, end: start, line }
    }
    if (cursor.peek() === '\n') {
      cursor.skip()
      this.#readDocuments()
      return { kind: 'operator', text: 'newline', start, end: start, line }
    }
    const digits = /^[0-9]+(?=[<>])/.exec(cursor.text.slice(start, Math.min(start + 12, cursor.end)))
    if (digits !== null) {
      cursor.skip(digits[0].length)
      return { kind: 'descriptor', fd: Number(digits[0]), start, end: cursor.pos, line }
    }
    for (const text of OPERATORS) {
      if (cursor.startsWith(text)) {
        cursor.skip(text.length)
        return { kind: 'operator', text, start, end: cursor.pos, line }
      }
    }
    const parts = readParts(cursor, COMMAND_WORD)
    if (parts.length === 0) return this.#read()
    return { kind: 'word', word: { parts }, plain: plainText(parts), start, end: cursor.pos, line }
  }

  #skipBlanks(): void {
    const { cursor } = this
    for (;;) {
      const c = cursor.peek()
      if (c === ' ' || c === '\t') cursor.skip()
      else if (c === '#') {
        while (!cursor.atEnd && cursor.peek() !== '\n') cursor.skip()
      } else if (!cursor.skipContinuation()) return
    }
  }

  #readDocuments(): void {
    for (const document of this.#pending.splice(0)) this.#readDocument(document)
  }

  #readDocument({ node, line }: PendingDocument): void {
    const { cursor } = this
    const from = cursor.line
    let body = ''
    for (;;) {
      if (cursor.atEnd) {
        const message = `here-document at line ${line} delimited by end-of-file (wanted \`${node.delimiter}')`
        if (!cursor.context.final) cursor.failAtEnd(message)
        cursor.context.warnings.push({ message: `warning: ${message}`, line: cursor.line })
        break
      }
      const text = this.#documentLine(node)
      if (text === node.delimiter || text === `${node.delimiter}\n`) break
      body += text
    }
    node.body = node.quoted
      ? { parts: [{ kind: 'single', text: body }] }
      : { parts: readParts(new Cursor(body, 0, body.length, from, cursor.context), HERE_DOCUMENT) }
  }

  /** One line with its newline; an unquoted document joins lines at a backslash (POSIX 2.7.4). */
  #documentLine(node: HereDocument): string {
    const { cursor } = this
    let text = ''
    for (;;) {
      const newline = cursor.text.indexOf('\n', cursor.pos)
      const end = newline === -1 || newline >= cursor.end ? cursor.end : newline + 1
      let piece = cursor.text.slice(cursor.pos, end)
      if (node.op === '<<-' && text === '') piece = piece.replace(/^\t+/, '')
      cursor.skip(end - cursor.pos)
      const backslashes = /(\\*)\n$/.exec(piece)?.[1]?.length ?? 0
      if (node.quoted || backslashes % 2 === 0 || cursor.atEnd) return text + piece
      text += piece.slice(0, -2)
    }
  }
}

function plainText(parts: readonly WordPart[]): string | undefined {
  const only = parts[0]
  return parts.length === 1 && only?.kind === 'literal' ? only.text : undefined
}
