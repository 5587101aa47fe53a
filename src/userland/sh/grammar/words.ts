import type { ArithmeticPart, CommandPart, SingleQuotedPart, WordPart } from './ast.ts'
import type { Cursor } from './cursor.ts'
import { IN_DOUBLE, type WordMode } from './modes.ts'
import { readParameter } from './parameter.ts'
import { decodeAnsi } from './quoting.ts'

/** Reads parts up to a stop character or the end, neither of which it consumes. */
export function readParts(cursor: Cursor, mode: WordMode): WordPart[] {
  const parts: WordPart[] = []
  let literal = ''
  const flush = (): void => {
    if (literal !== '') parts.push({ kind: 'literal', text: literal })
    literal = ''
  }
  const push = (part: WordPart): void => {
    flush()
    parts.push(part)
  }
  while (!cursor.atEnd) {
    const c = cursor.peek()
    if (mode.stops.includes(c)) break
    if (c === '\\') {
      if (cursor.skipContinuation()) continue
      const next = cursor.peek(1)
      if (next !== '' && (mode.escapes === undefined || mode.escapes.includes(next))) {
        push({ kind: 'escaped', text: next })
        cursor.skip(2)
        continue
      }
    } else if (c === "'" && mode.single) {
      push(readSingle(cursor))
      continue
    } else if (c === '"' && mode.double) {
      push(readDouble(cursor))
      continue
    } else if (c === '`') {
      push(readBackquoted(cursor, mode.quoted))
      continue
    } else if (c === '$') {
      const part = readDollar(cursor, mode)
      if (part !== undefined) {
        push(part)
        continue
      }
    }
    literal += c
    cursor.skip()
  }
  flush()
  return parts
}

function readSingle(cursor: Cursor): SingleQuotedPart {
  const { line, pos } = cursor
  const close = cursor.text.indexOf("'", pos + 1)
  if (close === -1 || close >= cursor.end) cursor.failUnmatched("'", line)
  cursor.skip(close + 1 - pos)
  return { kind: 'single', text: cursor.text.slice(pos + 1, close) }
}

function readDouble(cursor: Cursor): WordPart {
  const { line } = cursor
  cursor.skip()
  const parts = readParts(cursor, IN_DOUBLE)
  if (cursor.peek() !== '"') cursor.failUnmatched('"', line)
  cursor.skip()
  return { kind: 'double', parts }
}

function readAnsi(cursor: Cursor): SingleQuotedPart {
  const { line } = cursor
  cursor.skip(2)
  const from = cursor.pos
  while (cursor.peek() !== "'") {
    if (cursor.atEnd) cursor.failUnmatched("'", line)
    cursor.skip(cursor.peek() === '\\' ? 2 : 1)
  }
  const text = decodeAnsi(cursor.text.slice(from, cursor.pos))
  cursor.skip()
  return { kind: 'single', text }
}

/** Backquotes: the text up to the next one that no backslash quotes, then its own script (POSIX 2.6.3). */
function readBackquoted(cursor: Cursor, quoted: boolean): CommandPart {
  const { line } = cursor
  cursor.skip()
  const from = cursor.pos
  let inner = ''
  while (cursor.peek() !== '`') {
    if (cursor.atEnd) cursor.failUnmatched('`', line)
    const next = cursor.peek(1)
    if (cursor.peek() === '\\' && (next === '`' || next === '$' || next === '\\' || (quoted && next === '"'))) {
      inner += next
      cursor.skip(2)
    } else {
      inner += cursor.peek()
      cursor.skip()
    }
  }
  const backquoted = cursor.text.slice(from, cursor.pos)
  cursor.skip()
  return { kind: 'command', script: cursor.context.whole(inner, line), backquoted }
}

/** What a `$` starts; undefined when it stands for itself. */
function readDollar(cursor: Cursor, mode: WordMode): WordPart | undefined {
  const next = cursor.peek(1)
  if (next === "'" && mode.single) return readAnsi(cursor)
  if (next === '"' && mode.double && !mode.quoted) {
    cursor.skip()
    return readDouble(cursor)
  }
  if (next !== '(') return readParameter(cursor, mode.quoted)
  if (cursor.peek(2) === '(') {
    const close = arithmeticEnd(cursor, cursor.pos + 3)
    if (close !== undefined) return readArithmetic(cursor, close)
  }
  cursor.skip(2)
  cursor.enter()
  const script = cursor.context.substitution(cursor)
  cursor.leave()
  return { kind: 'command', script, backquoted: undefined }
}

function readArithmetic(cursor: Cursor, close: number): ArithmeticPart {
  const from = cursor.pos + 3
  cursor.enter()
  const expression = cursor.arithmetic(from, close)
  cursor.leave()
  cursor.skip(close + 2 - cursor.pos)
  return { kind: 'arithmetic', expression, source: cursor.text.slice(from, close) }
}

/**
 * Where the `))` stands that closes the `((` before `from`. Undefined when the parentheses close apart: then it was
 * a subshell in a substitution or in a subshell, which POSIX 2.6.3 wants written with a space and all shells accept.
 */
export function arithmeticEnd(cursor: Cursor, from: number): number | undefined {
  const { text, end } = cursor
  let depth = 0
  for (let i = from; i < end; i++) {
    const c = text[i]
    if (c === '\\') i++
    else if (c === '(') depth++
    else if (c === ')') {
      if (depth === 0) {
        if (i + 1 < end) return text[i + 1] === ')' ? i : undefined
        break
      }
      depth--
    } else if (c === '"' || c === "'" || c === '`') {
      i = quoteEnd(text, i, end)
      if (i === -1) cursor.failUnmatched(c, cursor.line)
    }
  }
  return cursor.failUnmatched(')', cursor.line)
}

function quoteEnd(text: string, open: number, end: number): number {
  const quote = text[open]
  for (let i = open + 1; i < end; i++) {
    if (text[i] === quote) return i
    if (text[i] === '\\' && quote !== "'") i++
  }
  return -1
}
