/**
 * Shell patterns (POSIX 2.14): `*`, `?`, `[…]`, backslash quotes the next character. Used by `case`, by `${v%pat}` and
 * its kin and, a path component at a time, by pathname expansion.
 */
export interface Pattern {
  readonly tokens: readonly PatternToken[]
}

type PatternToken =
  | { readonly kind: 'character'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'star' }
  | { readonly kind: 'set'; readonly negated: boolean; readonly matches: (text: string) => boolean }

const ANY: PatternToken = { kind: 'any' }
const STAR: PatternToken = { kind: 'star' }

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /^[\p{L}\p{N}]$/u,
  alpha: /^\p{L}$/u,
  blank: /^[ \t]$/,
  cntrl: /^\p{Cc}$/u,
  digit: /^[0-9]$/,
  graph: /^[^\s\p{Cc}]$/u,
  lower: /^\p{Ll}$/u,
  print: /^[^\p{Cc}]$/u,
  punct: /^[\p{P}\p{S}]$/u,
  space: /^\s$/,
  upper: /^\p{Lu}$/u,
  word: /^[\p{L}\p{N}_]$/u,
  xdigit: /^[0-9A-Fa-f]$/,
}

export function compilePattern(pattern: string): Pattern {
  const chars = Array.from(pattern)
  const tokens: PatternToken[] = []
  for (let i = 0; i < chars.length; i++) {
    const c = chars[i] as string
    if (c === '*') {
      if (tokens.at(-1) !== STAR) tokens.push(STAR)
    } else if (c === '?') tokens.push(ANY)
    else if (c === '\\' && i + 1 < chars.length) tokens.push({ kind: 'character', text: chars[++i] as string })
    else {
      const set = c === '[' ? readSet(chars, i) : undefined
      if (set !== undefined) i = set.last
      tokens.push(set?.token ?? { kind: 'character', text: c })
    }
  }
  return { tokens }
}

/** Whether any character of `pattern` is active: if not, it matches only itself (after removing backslashes). */
export function hasGlob(pattern: string): boolean {
  return compilePattern(pattern).tokens.some(({ kind }) => kind !== 'character')
}

/** The text a pattern without active characters stands for. */
export function literalOf({ tokens }: Pattern): string {
  return tokens.map((token) => (token.kind === 'character' ? token.text : '')).join('')
}

/** `text` with a backslash before each character that a pattern would take for more than itself. */
export function quotePattern(text: string): string {
  return text.replaceAll(/[\\*?[\]^!-]/g, '\\$&')
}

/** Whether the pattern matches the whole of `text`. */
export function matches(pattern: Pattern | string, text: string): boolean {
  const { tokens } = typeof pattern === 'string' ? compilePattern(pattern) : pattern
  const chars = Array.from(text)
  return ends(tokens, chars, 0)[chars.length] === 1
}

/** Length of the shortest or longest prefix of `chars` from `from` on that the pattern matches; -1: none. */
export function prefixLength(pattern: Pattern, chars: readonly string[], from: number, longest: boolean): number {
  const reached = ends(pattern.tokens, chars, from)
  const at = longest ? reached.lastIndexOf(1) : reached.indexOf(1)
  return at === -1 ? -1 : at - from
}

/** The same for suffixes: the pattern and the text are read backwards. */
export function suffixLength(pattern: Pattern, chars: readonly string[], longest: boolean): number {
  return prefixLength({ tokens: pattern.tokens.toReversed() }, chars.toReversed(), 0, longest)
}

/**
 * The places where a match that starts at `from` may end, as ones in a table: all of them are followed at once, so no
 * pattern takes more than its length times the text's.
 */
function ends(tokens: readonly PatternToken[], chars: readonly string[], from: number): Uint8Array {
  let at = new Uint8Array(chars.length + 1)
  at[from] = 1
  for (const token of tokens) {
    const next = new Uint8Array(chars.length + 1)
    if (token.kind === 'star') next.fill(1, at.indexOf(1) === -1 ? next.length : at.indexOf(1))
    else {
      for (let i = from; i < chars.length; i++) if (at[i] === 1 && accepts(token, chars[i] as string)) next[i + 1] = 1
    }
    at = next
  }
  return at
}

function accepts(token: PatternToken, c: string): boolean {
  if (token.kind === 'character') return token.text === c
  return token.kind === 'set' ? token.matches(c) !== token.negated : true
}

/** Reads `[…]` at `open`; undefined when it is not closed, and the bracket stands for itself. */
function readSet(chars: readonly string[], open: number): { token: PatternToken; last: number } | undefined {
  let i = open + 1
  const negated = chars[i] === '!' || chars[i] === '^'
  if (negated) i++
  const tests: ((c: string) => boolean)[] = []
  for (let first = true; ; first = false) {
    const c = chars[i]
    if (c === undefined) return undefined
    if (c === ']' && !first) break
    const named = c === '[' && chars[i + 1] === ':' ? className(chars, i) : undefined
    if (named !== undefined) {
      const test = CLASSES[named.name]
      tests.push((text) => test?.test(text) ?? false)
      i = named.last + 1
      continue
    }
    const low = setCharacter(chars, i)
    i = low.last + 1
    if (chars[i] === '-' && chars[i + 1] !== undefined && chars[i + 1] !== ']') {
      const high = setCharacter(chars, i + 1)
      const [from, to] = [low.code, high.code]
      tests.push((text) => (text.codePointAt(0) ?? -1) >= from && (text.codePointAt(0) ?? -1) <= to)
      i = high.last + 1
    } else tests.push((text) => text.codePointAt(0) === low.code)
  }
  return { token: { kind: 'set', negated, matches: (text) => tests.some((test) => test(text)) }, last: i }
}

function setCharacter(chars: readonly string[], at: number): { code: number; last: number } {
  const last = chars[at] === '\\' && chars[at + 1] !== undefined ? at + 1 : at
  return { code: chars[last]?.codePointAt(0) ?? 0, last }
}

function className(chars: readonly string[], open: number): { name: string; last: number } | undefined {
  const close = chars.indexOf(':', open + 2)
  if (close === -1 || chars[close + 1] !== ']') return undefined
  return { name: chars.slice(open + 2, close).join(''), last: close + 1 }
}
