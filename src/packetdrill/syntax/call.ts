import type { CallAction, CallResult, Expr, Field } from './ast.ts'
import { INTEGER, type Scanner, WORD } from './scanner.ts'

/** `name(arguments) = result`. */
export const call = (scanner: Scanner): CallAction => {
  const name = scanner.want(WORD, 'a system call, a packet, a command or %{ code }%')
  scanner.expect('(', `after ${name}`)
  const args = list(scanner, ')')
  scanner.expect('=', `and the result of ${name}`)
  return { kind: 'call', name, args, result: result(scanner) }
}

/** Expressions with commas between them, and what closes them. */
const list = (scanner: Scanner, close: string): Expr[] => {
  const items: Expr[] = []
  if (scanner.eat(close)) return items
  do items.push(expression(scanner))
  while (scanner.eat(','))
  scanner.expect(close, 'or "," here')
  return items
}

/** An errno stands on the line of its result: the next line may begin with anything. */
const ERRNO = /[ \t]*E[A-Z0-9]+\b/y
const NOTE = /[ \t]*\([^()\n]*\)/y

const result = (scanner: Scanner): CallResult => {
  const value = scanner.eat('...') ? null : expression(scanner)
  ERRNO.lastIndex = scanner.at
  const errno = ERRNO.exec(scanner.text)?.[0] ?? null
  if (errno !== null) scanner.at += errno.length
  NOTE.lastIndex = scanner.at
  const note = NOTE.exec(scanner.text)?.[0]
  if (note !== undefined) scanner.at += note.length
  return { value, errno: errno === null ? null : errno.trim() }
}

const expression = (scanner: Scanner): Expr => {
  const first = term(scanner)
  if (!scanner.eat('|')) return first
  const parts = [first]
  do parts.push(term(scanner))
  while (scanner.eat('|'))
  return { kind: 'or', parts }
}

const STRING = /"(?:[^"\\\n]|\\.)*"/y

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0' }

const text = (quoted: string): string =>
  quoted.slice(1, -1).replace(/\\(.)/g, (_all, letter: string) => escapes[letter] ?? letter)

const term = (scanner: Scanner): Expr => {
  if (scanner.eat('...')) return { kind: 'ellipsis' }
  if (scanner.eat('[')) return { kind: 'list', items: list(scanner, ']') }
  if (scanner.eat('{')) return { kind: 'struct', fields: fields(scanner) }
  const quoted = scanner.take(STRING)
  if (quoted !== null) return { kind: 'string', value: text(quoted) }
  const minus = scanner.eat('-')
  const digits = scanner.take(INTEGER)
  if (digits !== null) return { kind: 'number', value: minus ? -Number(digits) : Number(digits) }
  if (minus) throw scanner.error('a number after "-"')
  const name = scanner.want(WORD, 'an argument')
  if (scanner.eat('(')) return { kind: 'apply', name, args: list(scanner, ')') }
  return { kind: 'symbol', name }
}

/** `name=value`, `name(size)=value`, or a value alone. */
const NAMED = /[A-Za-z_]\w*(?=\s*(?:=|\([^()]*\)\s*=))/y

const fields = (scanner: Scanner): Field[] => {
  const found: Field[] = []
  if (scanner.eat('}')) return found
  do {
    const name = scanner.take(NAMED) ?? ''
    const size = name !== '' && scanner.eat('(') ? list(scanner, ')') : []
    if (name !== '') scanner.expect('=', `after ${name}`)
    found.push({ name, size: size[0] ?? null, value: expression(scanner) })
  } while (scanner.eat(','))
  scanner.expect('}', 'or "," here')
  return found
}
