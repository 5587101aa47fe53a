import type { ListItem, Script } from './ast.ts'
import { Cursor, type ParseContext, type SyntaxFailure, SyntaxStop, type SyntaxWarning } from './cursor.ts'
import { Parser } from './parser.ts'
import { readParts } from './words.ts'

/** Where in a text the next line of commands starts. */
export interface Place {
  readonly offset: number
  /** From 1. */
  readonly line: number
}

export type ParseResult =
  | { readonly ok: true; readonly script: Script; readonly warnings: readonly SyntaxWarning[] }
  | ({ readonly ok: false } & SyntaxFailure)

export type LineResult =
  | {
      readonly ok: true
      /** Undefined when only blanks and comments were left. */
      readonly script: Script | undefined
      /** Where to go on once this has run. */
      readonly next: Place
      readonly warnings: readonly SyntaxWarning[]
    }
  | ({ readonly ok: false } & SyntaxFailure)

const START: Place = { offset: 0, line: 1 }

/**
 * Reads one line of commands: up to the newline after a complete list, which may span several lines (`if`, quotes,
 * here-documents). A shell runs it before it reads on, so that `echo hi` runs although the next line is an error.
 *
 * @param text the whole text
 * @param from where to start; `next` of the result before
 * @param final no more text can follow (a file, `-c`). False for what is typed: then a here-document without its end
 *   and a last line that ends in a backslash are incomplete too.
 */
export function parseLine(text: string, from: Place = START, final = true): LineResult {
  const context = createContext(final)
  const cursor = new Cursor(text, from.offset, text.length, from.line, context)
  return guarded(() => {
    const script = new Parser(cursor).line()
    const next = { offset: cursor.pos, line: cursor.line }
    return { ok: true, script, next, warnings: context.warnings }
  })
}

/** Reads a whole text. For running scripts use {@link parseLine}; this is for `eval`-like uses and tests. */
export function parse(text: string, options: { readonly final?: boolean } = {}): ParseResult {
  const context = createContext(options.final ?? true)
  return guarded(() => ({ ok: true, script: readWhole(text, 1, context), warnings: context.warnings }))
}

function guarded<Result>(read: () => Result): Result | ({ ok: false } & SyntaxFailure) {
  try {
    return read()
  } catch (stop) {
    if (stop instanceof SyntaxStop) return { ok: false, ...stop.failure }
    throw stop
  }
}

function createContext(final: boolean, warnings: SyntaxWarning[] = [], depth = 0): ParseContext {
  const context: ParseContext = {
    final,
    warnings,
    depth,
    parts: readParts,
    substitution: readSubstitution,
    whole: (text, line) => readBackquotes(text, line, context),
  }
  return context
}

function readWhole(text: string, line: number, context: ParseContext): Script {
  const parser = new Parser(new Cursor(text, 0, text.length, line, context))
  const items: ListItem[] = []
  for (let script = parser.line(); script !== undefined; script = parser.line()) items.push(...script.items)
  return { items }
}

function readSubstitution(cursor: Cursor): Script {
  const parser = new Parser(cursor, ')')
  const script = parser.list(true)
  const token = parser.lexer.peek()
  if (token.kind !== 'operator' || token.text !== ')') return parser.unexpected(token)
  parser.lexer.next()
  return script
}

/** What ends too early inside closed backquotes is an error at once: no further line can complete it. */
function readBackquotes(text: string, line: number, outer: ParseContext): Script {
  outer.depth++
  const context = createContext(true, outer.warnings, outer.depth)
  const result = guarded(() => ({ ok: true as const, script: readWhole(text, line, context) }))
  outer.depth--
  if (result.ok) return result.script
  throw new SyntaxStop({ ...result, incomplete: false, message: `command substitution: ${result.message}` })
}
