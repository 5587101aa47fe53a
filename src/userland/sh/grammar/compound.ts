import type { CaseArm, Command, Script, Word } from './ast.ts'
import { conditionalCommand } from './conditional.ts'
import type { Token } from './lexer.ts'
import type { Parser } from './parser.ts'
import { plainWord } from './redirection.ts'
import { arithmeticEnd } from './words.ts'

const OPENING = ['if', 'while', 'until', 'for', 'case', 'function', '{', '[[']

/** Whether a token at the place of a command opens a compound one. */
export function startsCompound(token: Token): boolean {
  if (token.kind === 'operator') return token.text === '('
  return token.kind === 'word' && token.plain !== undefined && OPENING.includes(token.plain)
}

/** Reads the compound command that `token`, still to be consumed, opens. */
export function parseCompound(parser: Parser, token: Token): Command {
  const { line } = token
  if (token.kind === 'operator') return parenthesis(parser, token)
  parser.lexer.next()
  switch (token.kind === 'word' ? token.plain : undefined) {
    case 'if':
      return ifCommand(parser, line)
    case 'while':
      return whileCommand(parser, false, line)
    case 'until':
      return whileCommand(parser, true, line)
    case 'for':
      return forCommand(parser, line)
    case 'case':
      return caseCommand(parser, line)
    case 'function':
      return functionCommand(parser, line)
    case '[[':
      return conditionalCommand(parser, line)
    default: {
      const body = parser.list()
      parser.expectReserved('}')
      return { kind: 'group', body, redirections: parser.redirections(), line }
    }
  }
}

/** `((expression))` when the parentheses close together, else a subshell. */
function parenthesis(parser: Parser, token: Token): Command {
  const { line } = token
  const arithmetic = arithmeticRange(parser, token)
  if (arithmetic !== undefined) {
    const { expression, source } = arithmetic()
    return { kind: 'arithmetic', expression, source, redirections: parser.redirections(), line }
  }
  parser.lexer.next()
  const body = parser.list()
  parser.expectOperator(')')
  return { kind: 'subshell', body, redirections: parser.redirections(), line }
}

/** When `token` is the first `(` of `((…))`: how to consume it all. */
function arithmeticRange(parser: Parser, token: Token): (() => { expression: Word; source: string }) | undefined {
  const { lexer, cursor } = parser
  if (!lexer.followedBy(token, '(')) return undefined
  const from = token.end + 1
  const close = arithmeticEnd(cursor, from)
  if (close === undefined) return undefined
  return () => {
    const expression = cursor.arithmetic(from, close)
    lexer.jump(close + 2, token)
    return { expression, source: cursor.text.slice(from, close) }
  }
}

function ifCommand(parser: Parser, line: number): Command {
  const branches: { condition: Script; body: Script }[] = []
  let otherwise: Script | undefined
  do {
    const condition = parser.list()
    parser.expectReserved('then')
    branches.push({ condition, body: parser.list() })
  } while (accept(parser, 'elif'))
  if (accept(parser, 'else')) otherwise = parser.list()
  parser.expectReserved('fi')
  return { kind: 'if', branches, otherwise, redirections: parser.redirections(), line }
}

function accept(parser: Parser, reserved: string): boolean {
  if (!parser.isReserved(reserved)) return false
  parser.lexer.next()
  return true
}

function whileCommand(parser: Parser, until: boolean, line: number): Command {
  const condition = parser.list()
  const body = doGroup(parser)
  return { kind: 'while', until, condition, body, redirections: parser.redirections(), line }
}

function doGroup(parser: Parser): Script {
  parser.expectReserved('do')
  const body = parser.list()
  parser.expectReserved('done')
  return body
}

/** After `for … ;`: `do … done`, or bash's `{ …; }`. */
function forBody(parser: Parser): Script {
  parser.skipNewlines()
  if (!accept(parser, '{')) return doGroup(parser)
  const body = parser.list()
  parser.expectReserved('}')
  return body
}

function forCommand(parser: Parser, line: number): Command {
  const { lexer } = parser
  const name = lexer.peek()
  if (name.kind === 'operator' && name.text === '(') return arithmeticFor(parser, name, line)
  if (name.kind !== 'word') return parser.expectedWord(name)
  lexer.next()
  let words: Word[] | undefined
  if (parser.isOperator(';')) lexer.next()
  else {
    parser.skipNewlines()
    if (accept(parser, 'in')) {
      words = []
      for (let token = lexer.peek(); token.kind === 'word'; token = lexer.peek()) {
        words.push(token.word)
        lexer.next()
      }
      if (!parser.isOperator(';') && !parser.isOperator('newline')) return parser.unexpected(lexer.peek())
      lexer.next()
    }
  }
  const body = forBody(parser)
  return { kind: 'for', name: plainWord(name), words, body, redirections: parser.redirections(), line }
}

function arithmeticFor(parser: Parser, token: Token, line: number): Command {
  const { cursor } = parser
  const from = token.end + 1
  const arithmetic = arithmeticRange(parser, token)
  if (arithmetic === undefined) return parser.unexpected(token)
  const { source } = arithmetic()
  const bounds = [-1]
  for (let i = 0; i < source.length; i++) if (source[i] === ';') bounds.push(i)
  bounds.push(source.length)
  if (bounds.length !== 4) return cursor.fail('syntax error: arithmetic expression required', line)
  const part = (index: number): Word =>
    cursor.arithmetic(from + (bounds[index] as number) + 1, from + (bounds[index + 1] as number))
  if (parser.isOperator(';')) parser.lexer.next()
  const loop = { init: part(0), test: part(1), step: part(2), source }
  const body = forBody(parser)
  return { kind: 'arithmetic-for', ...loop, body, redirections: parser.redirections(), line }
}

function caseCommand(parser: Parser, line: number): Command {
  const { lexer } = parser
  const subject = lexer.peek()
  if (subject.kind !== 'word') return parser.expectedWord(subject)
  lexer.next()
  parser.skipNewlines()
  parser.expectReserved('in')
  parser.skipNewlines()
  const arms: CaseArm[] = []
  while (!accept(parser, 'esac')) {
    const arm = caseArm(parser)
    arms.push(arm.arm)
    if (!arm.terminated) {
      parser.expectReserved('esac')
      break
    }
    parser.skipNewlines()
  }
  return { kind: 'case', subject: subject.word, arms, redirections: parser.redirections(), line }
}

function caseArm(parser: Parser): { arm: CaseArm; terminated: boolean } {
  const { lexer } = parser
  if (parser.isOperator('(')) lexer.next()
  else if (lexer.peek().kind === 'end') return parser.unexpected(lexer.peek())
  const patterns: Word[] = []
  for (;;) {
    const token = lexer.peek()
    if (token.kind !== 'word') return parser.expectedWord(token)
    lexer.next()
    patterns.push(token.word)
    if (!parser.isOperator('|')) break
    lexer.next()
  }
  if (!parser.isOperator(')')) return parser.expectedWord(lexer.peek())
  lexer.next()
  const body = parser.list(true)
  const token = lexer.peek()
  const terminated = token.kind === 'operator' && (token.text === ';;' || token.text === ';&' || token.text === ';;&')
  if (terminated) lexer.next()
  const end = terminated ? (token.text as CaseArm['end']) : ';;'
  return { arm: { patterns, body, end }, terminated }
}

function functionCommand(parser: Parser, line: number): Command {
  const { lexer } = parser
  const name = lexer.next()
  if (name.kind !== 'word') return parser.expectedWord(name)
  if (parser.isOperator('(')) {
    lexer.next()
    parser.expectOperator(')')
  }
  return parser.functionBody(plainWord(name), line)
}
