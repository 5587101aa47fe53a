/** Backslash escapes of echo(1) and printf(1). */
import { byteText } from './bytes.ts'

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
}

/** How octal numbers are written: `\0nnn` (echo, `%b`), `\nnn` (printf's format), or both (`%b`). */
export type OctalForm = 'zero' | 'plain' | 'both'

export interface Unescaped {
  readonly text: string
  /** `\c` was met: nothing more is to be printed. */
  readonly stopped: boolean
}

/** `quotes`: `\"` and `\'` are escapes too (printf's format). */
export const unescapeText = (text: string, octal: OctalForm, quotes = false): Unescaped => {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string
    if (c !== '\\' || i + 1 >= text.length) {
      out += c
      continue
    }
    const rest = text.slice(i + 1)
    const letter = rest[0] as string
    if (letter === 'c' && octal !== 'plain') return { text: out, stopped: true }
    const simple = SIMPLE[letter] ?? (quotes && (letter === '"' || letter === "'") ? letter : undefined)
    const numeric = simple === undefined ? number(rest, octal) : undefined
    if (simple !== undefined) {
      out += simple
      i++
    } else if (numeric !== undefined) {
      out += numeric.text
      i += numeric.length
    } else out += c
  }
  return { text: out, stopped: false }
}

const number = (rest: string, octal: OctalForm): { text: string; length: number } | undefined => {
  const forms: readonly (readonly [RegExp, number, boolean])[] = [
    [/^x([0-9a-fA-F]{1,2})/, 16, false],
    [/^u([0-9a-fA-F]{1,4})/, 16, true],
    [/^U([0-9a-fA-F]{1,8})/, 16, true],
    ...(octal === 'plain' ? [] : [[/^0([0-7]{0,3})/, 8, false] as const]),
    ...(octal === 'zero' ? [] : [[/^([0-7]{1,3})/, 8, false] as const]),
  ]
  for (const [form, radix, unicode] of forms) {
    const match = form.exec(rest)
    if (match === null) continue
    const value = Number.parseInt(match[1] === '' ? '0' : (match[1] as string), radix)
    const text = unicode ? String.fromCodePoint(value > 0x10ffff ? 0xfffd : value) : byteText(value & 255)
    return { text, length: match[0].length }
  }
  return undefined
}
