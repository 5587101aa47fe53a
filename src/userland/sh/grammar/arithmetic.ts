import { ArithmeticLexer } from './arithmetic-lexer.ts'
import { ExpansionError } from './expansion-error.ts'

/** Where an expression's names get their values. Both may throw {@link ExpansionError} (`set -u`, `readonly`). */
export interface ArithmeticVariables {
  get(name: string): string | undefined
  set(name: string, value: string): void
}

/** Left-associative binary operators, loosest first; the logical ones come before them, `**` after. */
const LEVELS: readonly (readonly string[])[] = [
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
]

/** How deep variables may name expressions that name variables, and parentheses may nest. */
const MAX_DEPTH = 256

/** Evaluates an integer expression as bash does: 64 bits, wrapping; names without `$`; an empty one is 0. */
export function evaluateArithmetic(expression: string, variables: ArithmeticVariables): bigint {
  return new Evaluator(expression, variables, 0).whole()
}

class Evaluator {
  readonly #lexer: ArithmeticLexer
  readonly #variables: ArithmeticVariables
  #depth: number
  /** Above zero in an operand that short-circuiting passes over: nothing is assigned, nothing fails. */
  #idle = 0

  constructor(expression: string, variables: ArithmeticVariables, depth: number) {
    this.#lexer = new ArithmeticLexer(expression)
    this.#variables = variables
    this.#depth = depth
  }

  whole(): bigint {
    this.#enter()
    if (this.#lexer.atEnd) return 0n
    const value = this.#comma()
    if (!this.#lexer.atEnd) this.#lexer.fail('syntax error in expression')
    return value
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) this.#lexer.fail('expression recursion level exceeded')
  }

  #comma(): bigint {
    let value = this.#assignment()
    while (this.#lexer.accept(',')) value = this.#assignment()
    return value
  }

  #assignment(): bigint {
    const lexer = this.#lexer
    const name = lexer.token.kind === 'name' ? lexer.token.text : undefined
    const value = this.#conditional()
    const operator = lexer.token.kind === 'operator' ? lexer.token.text : ''
    if (operator === '=' || (operator.endsWith('=') && !['==', '!=', '<=', '>='].includes(operator))) {
      if (name === undefined || !lexer.wasName) return lexer.fail('attempted assignment to non-variable')
      lexer.next()
      const { start } = lexer.token
      const right = this.#assignment()
      const result = operator === '=' ? right : this.#apply(operator.slice(0, -1), value, right, start)
      return this.#store(name, result)
    }
    return value
  }

  #store(name: string, value: bigint): bigint {
    if (this.#idle === 0) this.#variables.set(name, String(value))
    return value
  }

  #conditional(): bigint {
    const test = this.#logicalOr()
    const lexer = this.#lexer
    if (!lexer.accept('?')) return test
    if (lexer.token.kind === 'end' || lexer.is(':')) lexer.fail('expression expected')
    const yes = this.#unless(test === 0n, () => this.#comma())
    if (!lexer.accept(':')) lexer.fail("`:' expected for conditional expression")
    if (lexer.token.kind === 'end') lexer.fail('expression expected')
    const no = this.#unless(test !== 0n, () => this.#conditional())
    lexer.clearName()
    return test === 0n ? no : yes
  }

  #unless(idle: boolean, read: () => bigint): bigint {
    if (idle) this.#idle++
    const value = read()
    if (idle) this.#idle--
    return value
  }

  #logicalOr(): bigint {
    let left = this.#logicalAnd()
    while (this.#lexer.accept('||')) {
      const right = this.#unless(left !== 0n, () => this.#logicalAnd())
      left = left !== 0n || right !== 0n ? 1n : 0n
      this.#lexer.clearName()
    }
    return left
  }

  #logicalAnd(): bigint {
    let left = this.#binary(0)
    while (this.#lexer.accept('&&')) {
      const right = this.#unless(left === 0n, () => this.#binary(0))
      left = left !== 0n && right !== 0n ? 1n : 0n
      this.#lexer.clearName()
    }
    return left
  }

  #binary(level: number): bigint {
    const operators = LEVELS[level]
    if (operators === undefined) return this.#power()
    let left = this.#binary(level + 1)
    for (;;) {
      const operator = operators.find((candidate) => this.#lexer.is(candidate))
      if (operator === undefined) return left
      this.#lexer.next()
      const { start } = this.#lexer.token
      left = this.#apply(operator, left, this.#binary(level + 1), start)
      this.#lexer.clearName()
    }
  }

  #power(): bigint {
    const base = this.#unary()
    if (!this.#lexer.accept('**')) return base
    const exponent = this.#power()
    this.#lexer.clearName()
    if (exponent < 0n && this.#idle === 0) this.#lexer.fail('exponent less than 0')
    return raise(base, exponent)
  }

  #unary(): bigint {
    const lexer = this.#lexer
    for (const operator of ['-', '+', '!', '~', '++', '--']) {
      if (!lexer.is(operator)) continue
      lexer.next()
      if (operator.length === 2 && lexer.token.kind === 'name') return this.#step(operator)
      this.#enter()
      const value = this.#unary()
      this.#depth--
      lexer.clearName()
      if (operator === '-') return BigInt.asIntN(64, -value)
      if (operator === '!') return value === 0n ? 1n : 0n
      // `++1` and `--1` are two signs.
      return operator === '~' ? ~value : value
    }
    return this.#primary()
  }

  /** `++name`, `--name`. */
  #step(operator: string): bigint {
    const { text } = this.#lexer.token
    this.#lexer.next()
    this.#lexer.clearName()
    return this.#store(text, BigInt.asIntN(64, this.#value(text) + (operator === '++' ? 1n : -1n)))
  }

  #primary(): bigint {
    const lexer = this.#lexer
    const { kind, text } = lexer.token
    if (kind === 'number') {
      const value = lexer.number()
      lexer.next()
      return value
    }
    if (kind === 'name') {
      lexer.next()
      for (const operator of ['++', '--']) {
        if (!lexer.accept(operator)) continue
        const value = this.#value(text)
        this.#store(text, BigInt.asIntN(64, value + (operator === '++' ? 1n : -1n)))
        lexer.clearName()
        return value
      }
      // Only read when used: `x=1` must not fail for an unset x under `set -u`.
      return lexer.is('=') ? 0n : this.#value(text)
    }
    if (!lexer.accept('(')) return lexer.fail('syntax error: operand expected')
    this.#enter()
    const value = this.#comma()
    this.#depth--
    if (!lexer.accept(')')) lexer.fail("missing `)'")
    lexer.clearName()
    return value
  }

  #value(name: string): bigint {
    if (this.#idle > 0) return 0n
    const text = this.#variables.get(name) ?? ''
    return text === '' ? 0n : new Evaluator(text, this.#variables, this.#depth).whole()
  }

  #apply(operator: string, left: bigint, right: bigint, at: number): bigint {
    if ((operator === '/' || operator === '%') && right === 0n) {
      if (this.#idle > 0) return 0n
      throw new ExpansionError(this.#lexer.describe('division by 0', at))
    }
    return BigInt.asIntN(64, combine(operator, left, right))
  }
}

function combine(operator: string, left: bigint, right: bigint): bigint {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return left / right
    case '%':
      return left % right
    case '&':
      return left & right
    case '|':
      return left | right
    case '^':
      return left ^ right
    // As the processor shifts: the count counts modulo 64.
    case '<<':
      return left << (right & 63n)
    case '>>':
      return left >> (right & 63n)
    case '==':
      return left === right ? 1n : 0n
    case '!=':
      return left === right ? 0n : 1n
    case '<':
      return left < right ? 1n : 0n
    case '>':
      return left > right ? 1n : 0n
    case '<=':
      return left <= right ? 1n : 0n
    default:
      return left >= right ? 1n : 0n
  }
}

/** By squaring, within 64 bits. */
function raise(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let left = exponent, square = base; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = BigInt.asIntN(64, result * square)
    square = BigInt.asIntN(64, square * square)
  }
  return result
}
