/** The part of Python that assertions need: `assert`, `print`, assignments; comparison chains, and/or/not, arithmetic, calls. */
import type { CodeExpr, CodeStatement } from './ast.ts'
import { Scanner } from './scanner.ts'

/** Comments, and line ends where a backslash or an open parenthesis joins lines; a statement ends at a line's end otherwise. */
const SPACE = /(?:[ \t\r]+|\\\r?\n|#[^\n]*)*/y
const INSIDE = /(?:\s+|\\\n|#[^\n]*)*/y
const ENDS = /(?:\s+|;|\\\r?\n|#[^\n]*)*/y

/** The statements of a block whose text begins on line `line`. */
export const code = (text: string, line: number): CodeStatement[] => new CodeParser(text, line).statements()

class CodeParser {
  readonly #outer: Scanner
  readonly #inner: Scanner
  #depth = 0

  constructor(text: string, line: number) {
    this.#outer = new Scanner(text, line, SPACE)
    this.#inner = new Scanner(text, line, INSIDE)
  }

  /** Where reading goes on: in parentheses line ends are white space. */
  get #scanner(): Scanner {
    return this.#depth > 0 ? this.#inner : this.#outer
  }

  #open(): void {
    if (this.#depth++ === 0) this.#inner.at = this.#outer.at
  }

  #close(): void {
    this.#scanner.expect(')', 'here')
    if (--this.#depth === 0) this.#outer.at = this.#inner.at
  }

  statements(): CodeStatement[] {
    const found: CodeStatement[] = []
    const scanner = this.#outer
    for (;;) {
      scanner.take(ENDS)
      if (scanner.done) return found
      const from = scanner.at
      const line = scanner.line
      const body = this.#statement()
      found.push({ ...body, line, text: scanner.text.slice(from, scanner.at).trim() } as CodeStatement)
      scanner.skip()
      if (!scanner.done && !scanner.sees(';') && !scanner.sees('\n')) throw scanner.error('the end of the statement')
    }
  }

  #statement(): object {
    const scanner = this.#outer
    const keyword = scanner.take(/(?:assert|print)\b/y)
    if (keyword === 'assert') {
      const test = this.#expression()
      return { kind: 'assert', test, message: scanner.eat(',') ? this.#expression() : null }
    }
    if (keyword === 'print') return { kind: 'print', values: this.#printed() }
    const name = scanner.take(/[A-Za-z_]\w*(?=\s*(?:[-+*/%|&]|\/\/)?=(?!=))/y)
    if (name === null) throw scanner.error('assert, print or an assignment')
    const operator = scanner.want(/[^=]*=/y, '=').slice(0, -1)
    const value = this.#expression()
    if (operator === '') return { kind: 'assign', name, value }
    return { kind: 'assign', name, value: { kind: 'binary', operator, left: { kind: 'name', name }, right: value } }
  }

  /** `print a, b`, or `print(a, b)`, which reads the same. */
  #printed(): CodeExpr[] {
    const scanner = this.#outer
    if (scanner.done || scanner.sees('\n') || scanner.sees(';')) return []
    const before = scanner.at
    if (scanner.eat('(')) {
      this.#open()
      const values = this.#list()
      this.#close()
      scanner.skip()
      if (scanner.done || scanner.sees('\n') || scanner.sees(';')) return values
      scanner.at = before
    }
    const values: CodeExpr[] = []
    do values.push(this.#expression())
    while (scanner.eat(','))
    return values
  }

  #list(): CodeExpr[] {
    const values: CodeExpr[] = []
    if (this.#scanner.sees(')')) return values
    do values.push(this.#expression())
    while (this.#scanner.eat(','))
    return values
  }

  #expression(): CodeExpr {
    let left = this.#conjunction()
    while (this.#scanner.take(/or\b/y) !== null)
      left = { kind: 'logic', operator: 'or', left, right: this.#conjunction() }
    return left
  }

  #conjunction(): CodeExpr {
    let left = this.#negation()
    while (this.#scanner.take(/and\b/y) !== null)
      left = { kind: 'logic', operator: 'and', left, right: this.#negation() }
    return left
  }

  #negation(): CodeExpr {
    if (this.#scanner.take(/not\b/y) === null) return this.#comparison()
    return { kind: 'unary', operator: 'not', operand: this.#negation() }
  }

  #comparison(): CodeExpr {
    const first = this.#binary(0)
    const rest: (readonly [string, CodeExpr])[] = []
    for (;;) {
      const operator = this.#scanner.take(/==|!=|<=|>=|<(?!<)|>(?!>)/y)
      if (operator === null) return rest.length === 0 ? first : { kind: 'compare', first, rest }
      rest.push([operator, this.#binary(0)])
    }
  }

  /** Python's levels, loosest first. */
  #binary(level: number): CodeExpr {
    const pattern = LEVELS[level]
    if (pattern === undefined) return this.#unary()
    let left = this.#binary(level + 1)
    for (let operator = this.#scanner.take(pattern); operator !== null; operator = this.#scanner.take(pattern))
      left = { kind: 'binary', operator, left, right: this.#binary(level + 1) }
    return left
  }

  #unary(): CodeExpr {
    const operator = this.#scanner.take(/[-+~]/y)
    if (operator !== null) return { kind: 'unary', operator: operator as '-', operand: this.#unary() }
    const atom = this.#atom()
    if (this.#scanner.sees('**')) throw this.#scanner.error('an operator of this language, which has no **')
    return atom
  }

  #atom(): CodeExpr {
    const scanner = this.#scanner
    const digits = scanner.take(/0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\.\d+/y)
    if (digits !== null) return { kind: 'number', value: Number(digits) }
    const quoted = scanner.take(/"[^"\n]*"|'[^'\n]*'/y)
    if (quoted !== null) return { kind: 'string', value: quoted.slice(1, -1) }
    if (scanner.eat('(')) {
      this.#open()
      const items = this.#list()
      this.#close()
      const [first, ...others] = items
      if (first === undefined) throw scanner.error('a value in the parentheses')
      return others.length === 0 ? first : { kind: 'tuple', items }
    }
    const name = scanner.want(/[A-Za-z_]\w*/y, 'a value')
    if (name === 'True' || name === 'False') return { kind: 'boolean', value: name === 'True' }
    if (RESERVED.has(name)) throw scanner.error('a value', scanner.at - name.length)
    if (!scanner.eat('(')) return { kind: 'name', name }
    this.#open()
    const args = this.#list()
    this.#close()
    return { kind: 'call', name, args }
  }
}

const LEVELS = [/\|/y, /\^/y, /&/y, /<<|>>/y, /[-+]/y, /\*(?!\*)|\/\/|\/|%/y]
const RESERVED = new Set(['and', 'or', 'not', 'if', 'else', 'for', 'in', 'is', 'lambda', 'assert', 'print', 'None'])
