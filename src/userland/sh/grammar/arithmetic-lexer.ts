import { ExpansionError } from './expansion-error.ts'

export interface ArithmeticToken {
  readonly kind: 'number' | 'name' | 'operator' | 'other' | 'end'
  readonly text: string
  readonly start: number
}

/** Longest first. */
const OPERATORS = [
  ...['<<=', '>>=', '**', '++', '--', '<<', '>>', '<=', '>=', '==', '!=', '&&', '||', '+=', '-=', '*=', '/=', '%='],
  ...['&=', '^=', '|=', '+', '-', '*', '/', '%', '<', '>', '=', '!', '~', '&', '|', '^', '?', ':', ',', '(', ')'],
]

/** The tokens of an arithmetic expression, and its errors as bash words them. */
export class ArithmeticLexer {
  readonly #text: string
  #pos = 0
  /** Where the last token but the end starts: from there errors quote the expression. */
  #last = 0
  token: ArithmeticToken
  /** Whether what was just evaluated is a bare name, which alone may be assigned to. */
  wasName = false

  constructor(expression: string) {
    this.#text = expression.replace(/^[ \t\n]+/, '')
    this.token = this.#read()
  }

  next(): void {
    const { kind, text } = this.token
    this.wasName = kind === 'name'
    this.token = this.#read()
    const operand = kind === 'name' || kind === 'number' || text === ')'
    if (operand && this.token.kind === 'other') this.fail('syntax error: invalid arithmetic operator')
  }

  clearName(): void {
    this.wasName = false
  }

  get atEnd(): boolean {
    return this.token.kind === 'end'
  }

  is(operator: string): boolean {
    return this.token.kind === 'operator' && this.token.text === operator
  }

  accept(operator: string): boolean {
    if (!this.is(operator)) return false
    this.next()
    return true
  }

  fail(message: string): never {
    throw new ExpansionError(this.describe(message, this.#last))
  }

  describe(message: string, at: number): string {
    return `${this.#text}: ${message} (error token is "${this.#text.slice(at)}")`
  }

  #read(): ArithmeticToken {
    const text = this.#text
    while (/\s/.test(text[this.#pos] ?? '')) this.#pos++
    const start = this.#pos
    const c = text[start]
    if (c === undefined) return { kind: 'end', text: '', start }
    this.#last = start
    const word = /^(?:[0-9][0-9A-Za-z_@#]*|[A-Za-z_][A-Za-z0-9_]*)/.exec(text.slice(start))?.[0]
    const found = word ?? OPERATORS.find((operator) => text.startsWith(operator, start)) ?? c
    this.#pos += found.length
    if (word !== undefined) return { kind: c >= '0' && c <= '9' ? 'number' : 'name', text: word, start }
    return { kind: OPERATORS.includes(found) ? 'operator' : 'other', text: found, start }
  }

  /** The number at hand: `12`, `017`, `0x1f`, `16#ff`; digits go 0-9 a-z A-Z @ _ . */
  number(): bigint {
    const { text } = this.token
    const hash = text.indexOf('#')
    let base = 10
    let digits = text
    if (hash > 0) {
      base = Number(text.slice(0, hash))
      digits = text.slice(hash + 1)
      if (!(base >= 2 && base <= 64)) this.fail('invalid arithmetic base')
      if (digits === '') this.fail('invalid integer constant')
    } else if (/^0[xX]/.test(text)) {
      base = 16
      digits = text.slice(2)
    } else if (text.startsWith('0')) base = 8
    let value = 0n
    for (const digit of digits) {
      const worth = digitValue(digit, base)
      if (worth === undefined) this.fail('invalid number')
      if (worth >= base) this.fail('value too great for base')
      value = BigInt.asIntN(64, value * BigInt(base) + BigInt(worth))
    }
    return value
  }
}

function digitValue(digit: string, base: number): number | undefined {
  if (digit >= '0' && digit <= '9') return digit.charCodeAt(0) - 48
  if (digit >= 'a' && digit <= 'z') return digit.charCodeAt(0) - 87
  // Up to base 36 capitals and small letters are the same.
  if (digit >= 'A' && digit <= 'Z') return digit.charCodeAt(0) - (base <= 36 ? 55 : 29)
  return digit === '@' ? 62 : digit === '_' ? 63 : undefined
}
