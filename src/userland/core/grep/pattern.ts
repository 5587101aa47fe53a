/** POSIX regular expressions, basic and extended with GNU's additions, as JavaScript's. */

/** A pattern that is wrong; the message is grep's. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}

export type Dialect = 'basic' | 'extended' | 'fixed' | 'perl'

const CLASSES: Readonly<Record<string, string>> = {
  alnum: '\\p{L}\\p{N}',
  alpha: '\\p{L}',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e\\u00a1-\\u{10ffff}',
  lower: '\\p{Ll}',
  print: '\\x20-\\x7e\\u00a0-\\u{10ffff}',
  punct: '!-/:-@\\[-`{-~',
  space: '\\s',
  upper: '\\p{Lu}',
  xdigit: '0-9A-Fa-f',
}

export const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

/** Bracket expression from `[` on: what it is in JavaScript, and where it ends. */
const bracket = (text: string, from: number): { source: string; end: number } => {
  let at = from + 1
  const negated = text[at] === '^'
  if (negated) at++
  let source = ''
  const start = at
  for (;;) {
    const c = text[at]
    if (c === undefined) throw new PatternError('Invalid regular expression')
    if (c === ']' && at > start) break
    const named = /^\[:(\w+):\]/.exec(text.slice(at))
    if (named !== null) {
      const known = CLASSES[named[1] as string]
      if (known === undefined) throw new PatternError('Invalid character class name')
      source += known
      at += named[0].length
      continue
    }
    source += c === '\\' || c === '[' || c === '&' || c === '^' || (c === ']' && at === start) ? `\\${c}` : c
    at++
  }
  // A hyphen at either end is itself.
  source = source.replace(/^-/, '\\-').replace(/(?<!\\)-$/, '\\-')
  return { source: `[${negated ? '^' : ''}${source}]`, end: at + 1 }
}

/** The source of a JavaScript expression (with the `u` flag) that matches the same. */
export const translate = (text: string, dialect: Dialect): string => {
  if (dialect === 'fixed') return escapeRegExp(text)
  if (dialect === 'perl') return text
  const basic = dialect === 'basic'
  let out = ''
  let depth = 0
  /** Nothing that could be repeated stands before. */
  let atStart = true
  for (let i = 0; i < text.length; ) {
    const c = text[i] as string
    const next = text[i + 1]
    if (c === '[') {
      const { source, end } = bracket(text, i)
      out += source
      i = end
      atStart = false
      continue
    }
    // An operator: plain in extended, after a backslash in basic expressions.
    const special = c === '\\' && next !== undefined ? next : c
    const escaped = c === '\\'
    if (escaped && next === undefined) throw new PatternError('Trailing backslash')
    const isOperator = '(){}|+?'.includes(special) && escaped === basic
    i += escaped ? 2 : 1
    if (isOperator) {
      if (special === '(') {
        depth++
        out += '('
        atStart = true
      } else if (special === ')') {
        if (depth === 0) {
          if (basic) throw new PatternError('Unmatched ) or \\)')
          out += '\\)'
        } else {
          depth--
          out += ')'
        }
        atStart = false
      } else if (special === '|') {
        out += '|'
        atStart = true
      } else if (special === '{') {
        const match = /^(\d*)(,?)(\d*)/.exec(text.slice(i)) as RegExpExecArray
        const close = basic ? '\\}' : '}'
        const ended = text.startsWith(close, i + match[0].length)
        if (!ended || match[0] === '' || match[0] === ',') {
          if (basic) throw new PatternError(ended ? 'Invalid content of \\{\\}' : 'Unmatched \\{')
          out += '\\{'
          continue
        }
        out += `{${match[1] === '' ? '0' : match[1]}${match[2]}${match[3]}}`
        i += match[0].length + close.length
      } else if (special === '}') out += '\\}'
      else out += atStart ? `\\${special}` : special
      continue
    }
    if (escaped) {
      out += escapeSequence(special)
      atStart = false
    } else if (c === '*') {
      if (atStart) out += '\\*'
      else if (!/(?<!\\)\*$/.test(out)) out += '*'
    } else if (c === '^') {
      const anchors = !basic || atStart
      out += anchors ? '^' : '\\^'
      if (!anchors) atStart = false
    } else if (c === '$') {
      const anchors = !basic || i === text.length || text.startsWith('\\)', i) || text.startsWith('\\|', i)
      out += anchors ? '$' : '\\$'
      atStart = false
    } else {
      out += c === '.' ? '.' : escapeRegExp(c)
      atStart = false
    }
  }
  if (depth > 0) throw new PatternError('Unmatched ( or \\(')
  return out
}

/** GNU's `\w \W \s \S \b \B \< \>`, back-references, or the character itself. */
const escapeSequence = (letter: string): string => {
  if (/[wWsSbB1-9]/.test(letter)) return `\\${letter}`
  if (letter === '<') return '\\b(?=\\w)'
  if (letter === '>') return '\\b(?<=\\w)'
  return escapeRegExp(letter)
}
