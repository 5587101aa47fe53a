import type { Command, Conditional, Word } from './ast.ts'
import type { Token } from './lexer.ts'
import type { Parser } from './parser.ts'

const UNARY = /^-[abcdefghknoprstuvwxzGLNOS]$/
const BINARY = ['=', '==', '!=', '=~', '-eq', '-ne', '-lt', '-le', '-gt', '-ge', '-nt', '-ot', '-ef']

/** `[[ … ]]`, whose first word has been read. */
export function conditionalCommand(parser: Parser, line: number): Command {
  const expression = either(parser)
  skipNewlines(parser)
  parser.expectReserved(']]')
  return { kind: 'conditional', expression, redirections: parser.redirections(), line }
}

function either(parser: Parser): Conditional {
  let left = both(parser)
  while (acceptOperator(parser, '||')) left = { op: '||', left, right: both(parser) }
  return left
}

function both(parser: Parser): Conditional {
  let left = term(parser)
  while (acceptOperator(parser, '&&')) left = { op: '&&', left, right: term(parser) }
  return left
}

function skipNewlines(parser: Parser): void {
  while (parser.isOperator('newline')) parser.lexer.next()
}

function acceptOperator(parser: Parser, text: string): boolean {
  skipNewlines(parser)
  if (!parser.isOperator(text)) return false
  parser.lexer.next()
  return true
}

function term(parser: Parser): Conditional {
  if (acceptOperator(parser, '(')) {
    const inner = either(parser)
    skipNewlines(parser)
    parser.expectOperator(')')
    return { op: 'group', inner }
  }
  const first = wordToken(parser)
  if (first.plain === '!') return { op: 'not', inner: term(parser) }
  const next = parser.lexer.peek()
  const isOperand = next.kind === 'word' && next.plain !== ']]'
  if (first.plain !== undefined && UNARY.test(first.plain) && isOperand && !isBinary(next)) {
    parser.lexer.next()
    return { op: 'unary', operator: first.plain, word: next.word }
  }
  if (next.kind === 'operator' && (next.text === '<' || next.text === '>')) {
    parser.lexer.next()
    return { op: 'binary', operator: next.text, left: first.word, right: wordToken(parser).word }
  }
  if (!isBinary(next)) return { op: 'word', word: first.word }
  parser.lexer.next()
  const operator = next.kind === 'word' ? (next.plain ?? '') : ''
  const right = operator === '=~' ? parser.lexer.regex() : wordToken(parser).word
  return { op: 'binary', operator, left: first.word, right: right ?? parser.expectedWord(parser.lexer.peek()) }
}

function isBinary(token: Token): boolean {
  return token.kind === 'word' && token.plain !== undefined && BINARY.includes(token.plain)
}

/** A word, which `]]` is not. */
function wordToken(parser: Parser): { readonly word: Word; readonly plain: string | undefined } {
  const token = parser.lexer.peek()
  if (token.kind !== 'word' || token.plain === ']]') return parser.expectedWord(token)
  parser.lexer.next()
  return token
}
