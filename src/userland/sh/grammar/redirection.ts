import type { Redirection, Word } from './ast.ts'
import type { WordToken } from './lexer.ts'
import type { Parser } from './parser.ts'
import { wordText } from './print.ts'

const TAKES_INPUT = ['<', '<>', '<&', '<<', '<<-', '<<<']
const OPERATORS = [...TAKES_INPUT, '>', '>>', '>|', '>&', '&>', '&>>']

/** Reads one redirection; undefined, and nothing consumed, when the next token starts none. */
export function readRedirection(parser: Parser): Redirection | undefined {
  const { lexer } = parser
  const first = lexer.peek()
  if (first.kind !== 'descriptor' && !(first.kind === 'operator' && OPERATORS.includes(first.text))) return undefined
  lexer.next()
  const operator = first.kind === 'descriptor' ? lexer.next() : first
  // A descriptor token is only ever read right before `<` or `>`.
  const op = operator.kind === 'operator' ? operator.text : ''
  const fd = first.kind === 'descriptor' ? first.fd : TAKES_INPUT.includes(op) ? 0 : 1
  const target = lexer.peek()
  if (target.kind !== 'word') return parser.expectedWord(target)
  lexer.next()
  switch (op) {
    case '<<':
    case '<<-':
      return hereDocument(parser, op, fd, target)
    case '<<<':
      return { op, fd, target: target.word }
    case '&>':
    case '&>>':
      return { op, ampersandLast: false, target: target.word }
    case '<&':
      return { op, fd, target: target.word }
    case '>&': {
      // Without a descriptor and with a plain file name this is the csh spelling of `&>`.
      const file = first.kind === 'operator' && target.plain !== undefined && !/^([0-9]+-?|-)$/.test(target.plain)
      return file ? { op: '&>', ampersandLast: true, target: target.word } : { op, fd, target: target.word }
    }
    default:
      return { op: op as '<' | '>' | '>>' | '>|' | '<>', fd, target: target.word }
  }
}

function hereDocument(parser: Parser, op: '<<' | '<<-', fd: number, token: WordToken): Redirection {
  const quoted = token.word.parts.some(({ kind }) => kind === 'single' || kind === 'double' || kind === 'escaped')
  const node = { op, fd, delimiter: unquoted(token.word), quoted, body: { parts: [] } }
  parser.lexer.expectDocument({ node, line: token.line })
  return node
}

/** The word after quote removal alone: a delimiter is never expanded (POSIX 2.7.4). */
function unquoted(word: Word): string {
  return word.parts
    .map((part) => {
      if (part.kind === 'literal' || part.kind === 'escaped' || part.kind === 'single') return part.text
      return part.kind === 'double' ? unquoted({ parts: part.parts }) : wordText({ parts: [part] })
    })
    .join('')
}

/** A word used as a name, with its quotes removed. */
export function plainWord(token: WordToken): string {
  return token.plain ?? unquoted(token.word)
}
