import type { ParameterOperation, ParameterPart, Word } from './ast.ts'
import type { Cursor } from './cursor.ts'
import type { WordMode } from './modes.ts'

/** Reads `$name` or `${…}` at the `$`; undefined when nothing that follows can be a parameter. */
export function readParameter(cursor: Cursor, quoted: boolean): ParameterPart | undefined {
  const from = cursor.pos
  if (cursor.peek(1) === '{') return readBraced(cursor, quoted)
  const name = nameAt(cursor, 1, false)
  if (name === '') return undefined
  cursor.skip(1 + name.length)
  return {
    kind: 'parameter',
    name,
    indirect: false,
    operation: { op: 'value' },
    source: cursor.text.slice(from, cursor.pos),
  }
}

/** The name `ahead` of the cursor. Without braces `$12` is `$1` followed by a 2. */
function nameAt(cursor: Cursor, ahead: number, braced: boolean): string {
  const c = cursor.peek(ahead)
  if (c === '' || '@*#?-$!'.includes(c)) return c
  let length = 0
  const digits = c >= '0' && c <= '9'
  if (digits && !braced) return c
  const wanted = digits ? /[0-9]/ : /[A-Za-z0-9_]/
  while (wanted.test(cursor.peek(ahead + length))) length++
  return cursor.text.slice(cursor.pos + ahead, cursor.pos + ahead + length)
}

function readBraced(cursor: Cursor, quoted: boolean): ParameterPart {
  const { line, pos: from } = cursor
  cursor.skip(2)
  cursor.enter()
  let name = ''
  let indirect = false
  let operation: ParameterOperation | undefined
  if (cursor.peek() === '#' && lengthFollows(cursor)) {
    name = nameAt(cursor, 1, true)
    cursor.skip(1 + name.length)
    operation = { op: 'length' }
  } else {
    indirect = cursor.peek() === '!' && /[A-Za-z0-9_@*#]/.test(cursor.peek(1))
    if (indirect) cursor.skip()
    name = nameAt(cursor, 0, true)
    cursor.skip(name.length)
    operation = name === '' ? undefined : readOperation(cursor, quoted)
  }
  if (operation === undefined || cursor.peek() !== '}') {
    // Bash reads on to the closing brace and complains only when it expands.
    if (!cursor.atEnd) cursor.context.parts(cursor, operand('}', quoted, false))
    operation = { op: 'bad' }
  }
  if (cursor.peek() !== '}') cursor.failUnmatched('}', line)
  cursor.skip()
  cursor.leave()
  return { kind: 'parameter', name, indirect, operation, source: cursor.text.slice(from, cursor.pos) }
}

/** `${#x}` against `${#}`, `${#-w}`, `${##pat}`: after the `#` a name and then the brace at once. */
function lengthFollows(cursor: Cursor): boolean {
  const name = nameAt(cursor, 1, true)
  return name !== '' && cursor.peek(1 + name.length) === '}'
}

/**
 * How the word after an operator reads. In double quotes a `'` is an ordinary character, except in the patterns of
 * `# % /`, where quoting starts anew (POSIX 2.6.2).
 */
function operand(stops: string, quoted: boolean, pattern: boolean): WordMode {
  if (pattern || !quoted) return { stops, single: true, double: true, escapes: undefined, quoted: false }
  return { stops, single: false, double: true, escapes: '$`"\\}', quoted: true }
}

function readOperand(cursor: Cursor, mode: WordMode): Word {
  return { parts: cursor.context.parts(cursor, mode) }
}

function readOperation(cursor: Cursor, quoted: boolean): ParameterOperation | undefined {
  const c = cursor.peek()
  const next = cursor.peek(1)
  switch (c) {
    case '}':
      return { op: 'value' }
    case ':':
      if (next === '-' || next === '=' || next === '?' || next === '+') {
        cursor.skip(2)
        return { op: next, colon: true, word: readOperand(cursor, operand('}', quoted, false)) }
      }
      return readSubstring(cursor)
    case '-':
    case '=':
    case '?':
    case '+':
      cursor.skip()
      return { op: c, colon: false, word: readOperand(cursor, operand('}', quoted, false)) }
    case '#':
    case '%':
    case '^':
    case ',': {
      const double = next === c
      cursor.skip(double ? 2 : 1)
      const op = (double ? c + c : c) as '#' | '##' | '%' | '%%' | '^' | '^^' | ',' | ',,'
      return { op, word: readOperand(cursor, operand('}', quoted, true)) }
    }
    case '/':
      return readReplacement(cursor, quoted)
    default:
      return undefined
  }
}

function readReplacement(cursor: Cursor, quoted: boolean): ParameterOperation {
  const next = cursor.peek(1)
  const anchored = next === '/' || next === '#' || next === '%'
  cursor.skip(anchored ? 2 : 1)
  const op = (anchored ? `/${next}` : '/') as '/' | '//' | '/#' | '/%'
  const word = readOperand(cursor, operand('/}', quoted, true))
  if (cursor.peek() !== '/') return { op, word, replacement: undefined }
  cursor.skip()
  return { op, word, replacement: readOperand(cursor, operand('}', quoted, true)) }
}

/** `${x:offset:length}`; the offset ends at the first colon outside parentheses that no `?` before it claims. */
function readSubstring(cursor: Cursor): ParameterOperation | undefined {
  cursor.skip()
  const close = expressionEnd(cursor, false)
  if (close === undefined || (close === cursor.pos && cursor.peek() === '}')) return undefined
  const offset = cursor.arithmetic(cursor.pos, close)
  cursor.skip(close - cursor.pos)
  if (cursor.peek() !== ':') return { op: ':', offset, length: undefined }
  cursor.skip()
  const end = expressionEnd(cursor, true)
  if (end === undefined) return undefined
  const length = cursor.arithmetic(cursor.pos, end)
  cursor.skip(end - cursor.pos)
  return { op: ':', offset, length }
}

function expressionEnd(cursor: Cursor, last: boolean): number | undefined {
  let depth = 0
  let questions = 0
  for (let i = cursor.pos; i < cursor.end; i++) {
    const c = cursor.text[i]
    if (c === '(' || c === '{') depth++
    else if (c === '}' && depth === 0) return i
    else if (c === ')' || c === '}') depth--
    else if (c === '?') questions++
    else if (c === ':' && depth === 0 && !last) {
      if (questions === 0) return i
      questions--
    }
  }
  return undefined
}
