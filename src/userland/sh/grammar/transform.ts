import { matches, type Pattern, prefixLength, suffixLength } from './match.ts'

/** The string operations of `${…}`. All count in characters, not in UTF-16 units. */

/** `${x#pattern}`, `${x##pattern}` */
export function removePrefix(value: string, pattern: Pattern, longest: boolean): string {
  const chars = Array.from(value)
  const length = prefixLength(pattern, chars, 0, longest)
  return length === -1 ? value : chars.slice(length).join('')
}

/** `${x%pattern}`, `${x%%pattern}` */
export function removeSuffix(value: string, pattern: Pattern, longest: boolean): string {
  const chars = Array.from(value)
  const length = suffixLength(pattern, chars, longest)
  return length === -1 ? value : chars.slice(0, chars.length - length).join('')
}

/** `${x/pattern/replacement}` and its kin: always the longest match. */
export function replaceMatches(
  value: string,
  pattern: Pattern,
  replacement: (match: string) => string,
  op: '/' | '//' | '/#' | '/%',
): string {
  const chars = Array.from(value)
  const replaced = (match: readonly string[]): string => replacement(match.join(''))
  if (op === '/#') {
    const length = prefixLength(pattern, chars, 0, true)
    return length === -1 ? value : replaced(chars.slice(0, length)) + chars.slice(length).join('')
  }
  if (op === '/%') {
    const length = suffixLength(pattern, chars, true)
    const from = chars.length - length
    return length === -1 ? value : chars.slice(0, from).join('') + replaced(chars.slice(from))
  }
  // An empty pattern finds nothing.
  if (pattern.tokens.length === 0) return value
  let out = ''
  let i = 0
  do {
    const length = prefixLength(pattern, chars, i, true)
    // An empty match counts only where there is nothing else to match.
    if (length > 0 || (length === 0 && chars.length === 0)) {
      out += replaced(chars.slice(i, i + length))
      i += length
      if (op === '/') break
    } else out += chars[i++] ?? ''
  } while (i < chars.length)
  return out + chars.slice(i).join('')
}

/** `${x^pattern}` upper and `${x,pattern}` lower case, of the first character or (doubled) of all that match. */
export function changeCase(value: string, pattern: Pattern | undefined, op: '^' | '^^' | ',' | ',,'): string {
  const change = (c: string): string => (op.startsWith('^') ? c.toUpperCase() : c.toLowerCase())
  return Array.from(value)
    .map((c, i) => ((i === 0 || op.length === 2) && (pattern === undefined || matches(pattern, c)) ? change(c) : c))
    .join('')
}
