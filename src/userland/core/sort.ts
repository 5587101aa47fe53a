import type { Program } from '../../host/index.ts'
import { strerror } from '../../wire/errno.ts'
import { type GnuArguments, readArguments } from './gnu.ts'
import { closeInput, complain, Output, openInput, textLines } from './output.ts'
import { quote } from './quote.ts'

/** A key of `-k`: fields and characters from 1; `end` undefined: the line's end. */
interface Key {
  readonly start: { readonly field: number; readonly char: number }
  readonly end: { readonly field: number; readonly char: number } | undefined
  readonly flags: string
}

const KEY = /^(\d+)(?:\.(\d+))?([bdfghinrV]*)(?:,(\d+)(?:\.(\d+))?([bdfghinrV]*))?$/

const parseKey = (text: string): Key | string => {
  const match = KEY.exec(text)
  if (match === null) return `invalid number at field start: invalid count at start of ${quote(text)}`
  const [, field, char = '1', flags = '', endField, endChar = '0', endFlags = ''] = match
  if (Number(field) === 0) return `field number is zero: invalid field specification ${quote(text)}`
  if (Number(char) === 0) return `character offset is zero: invalid field specification ${quote(text)}`
  return {
    start: { field: Number(field), char: Number(char) },
    end: endField === undefined ? undefined : { field: Number(endField), char: Number(endChar) },
    flags: flags + endFlags,
  }
}

/** Where each field begins and ends. Without a separator a field holds the blanks before it. */
const fieldsOf = (line: string, separator: string | undefined): [from: number, to: number][] => {
  const fields: [number, number][] = []
  if (separator === undefined) {
    for (const match of line.matchAll(/[ \t]*[^ \t]+|[ \t]+$/g))
      fields.push([match.index, match.index + match[0].length])
    return fields
  }
  let from = 0
  for (let at = line.indexOf(separator); at >= 0; at = line.indexOf(separator, from)) {
    fields.push([from, at])
    from = at + separator.length
  }
  fields.push([from, line.length])
  return fields
}

const keyText = (line: string, key: Key, separator: string | undefined): string => {
  const fields = fieldsOf(line, separator)
  const skip = key.flags.includes('b')
  const begin = (field: number): number => {
    const range = fields[field - 1]
    if (range === undefined) return line.length
    let from = range[0]
    if (skip) while (from < range[1] && /[ \t]/.test(line[from] as string)) from++
    return from
  }
  const from = Math.min(line.length, begin(key.start.field) + key.start.char - 1)
  if (key.end === undefined) return line.slice(from)
  const to = key.end.char === 0 ? (fields[key.end.field - 1]?.[1] ?? line.length) : begin(key.end.field) + key.end.char
  return line.slice(from, Math.max(from, to))
}

const SUFFIXES = 'KMGTPEZY'

/** The leading number of a text; with `h`, by its suffix first. */
const numberOf = (text: string): number => {
  const match = /^[ \t]*(-?\d*\.?\d*)/.exec(text)
  const value = Number(match?.[1] ?? '')
  return Number.isNaN(value) ? 0 : value
}

const humanOrder = (text: string): [sign: number, suffix: number, value: number] => {
  const value = numberOf(text)
  const letter = /^[ \t]*-?[\d.]+([A-Za-z])/.exec(text)?.[1]?.toUpperCase()
  return [Math.sign(value), letter === undefined ? 0 : SUFFIXES.indexOf(letter) + 1, value]
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** `1.10` after `1.9`. */
const compareVersions = (a: string, b: string): number => {
  const parts = (text: string): readonly string[] => text.match(/\d+|\D+/g) ?? []
  const [x, y] = [parts(a), parts(b)]
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const [p = '', q = ''] = [x[i], y[i]]
    const order = /^\d/.test(p) && /^\d/.test(q) ? Number(p) - Number(q) : compareText(p, q)
    if (order !== 0) return order
  }
  return 0
}

const compareKeys = (a: string, b: string, flags: string): number => {
  if (flags.includes('n') || flags.includes('g')) return numberOf(a) - numberOf(b)
  if (flags.includes('h')) {
    const [x, y] = [humanOrder(a), humanOrder(b)]
    return x[0] - y[0] || (x[1] - y[1]) * (x[0] || 1) || x[2] - y[2]
  }
  if (flags.includes('V')) return compareVersions(a, b)
  let [x, y] = [a, b]
  if (flags.includes('b')) [x, y] = [x.replace(/^[ \t]+/, ''), y.replace(/^[ \t]+/, '')]
  if (flags.includes('d')) [x, y] = [x.replace(/[^\w\s]|_/g, ''), y.replace(/[^\w\s]|_/g, '')]
  if (flags.includes('f')) [x, y] = [x.toUpperCase(), y.toUpperCase()]
  return compareText(x, y)
}

const comparison = (args: GnuArguments, keys: readonly Key[]): ((a: string, b: string) => number) => {
  const global = ['b', 'd', 'f', 'g', 'h', 'n', 'V'].filter((letter) => args.has(letter)).join('')
  const reverse = args.has('r')
  const separator = args.value('t')
  const whole: Key = { start: { field: 1, char: 1 }, end: undefined, flags: '' }
  const all = (keys.length === 0 ? [whole] : keys).map((key) =>
    // Global options hold for keys without any of their own.
    key.flags === '' ? { ...key, flags: `${global}${reverse ? 'r' : ''}` } : key,
  )
  const isLine = keys.length === 0
  return (a, b) => {
    for (const key of all) {
      const [x, y] = isLine ? [a, b] : [keyText(a, key, separator), keyText(b, key, separator)]
      const order = compareKeys(x, y, key.flags)
      if (order !== 0) return key.flags.includes('r') ? -order : order
    }
    return 0
  }
}

export const program: Program = {
  name: 'sort',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'sort',
      short: 'bcdfghk:no:rst:uV',
      long: {
        check: 'c',
        'dictionary-order': 'd',
        'field-separator': { as: 't', argument: 'required' },
        'human-numeric-sort': 'h',
        'ignore-case': 'f',
        'ignore-leading-blanks': 'b',
        key: { as: 'k', argument: 'required' },
        'numeric-sort': 'n',
        output: { as: 'o', argument: 'required' },
        reverse: 'r',
        stable: 's',
        unique: 'u',
        'version-sort': 'V',
      },
      usage: ['sort [OPTION]... [FILE]...'],
      does: 'Write sorted concatenation of all FILE(s) to standard output.',
      code: 2,
    })
    if (typeof args === 'number') return args
    const keys: Key[] = []
    for (const { name, value = '' } of args.options) {
      if (name === 't' && value.length !== 1 && value !== '\\0') {
        await complain(proc, value === '' ? 'sort: empty tab' : `sort: multi-character tab ${quote(value)}`)
        return 2
      }
      if (name !== 'k') continue
      const key = parseKey(value)
      if (typeof key === 'string') {
        await complain(proc, `sort: ${key}`)
        return 2
      }
      keys.push(key)
    }
    const lines: string[] = []
    for (const path of args.operands.length === 0 ? ['-'] : args.operands) {
      const fd = await openInput(proc, path)
      if (fd < 0) {
        await complain(proc, `sort: cannot read: ${path}: ${strerror(fd)}`)
        return 2
      }
      for await (const line of textLines(proc, fd)) {
        if (typeof line === 'string') lines.push(line)
        else {
          await complain(proc, `sort: read failed: ${path}: ${strerror(line)}`)
          return 2
        }
      }
      closeInput(proc, fd)
    }
    const compare = comparison(args, keys)
    if (args.has('c')) {
      const at = lines.findIndex((line, i) => i > 0 && compare(lines[i - 1] as string, line) > (args.has('u') ? -1 : 0))
      if (at < 0) return 0
      await complain(proc, `sort: ${args.operands[0] ?? '-'}:${at + 1}: disorder: ${lines[at]}`)
      return 1
    }
    // Lines whose keys are equal are ordered by all their bytes, unless the sort is stable.
    const last = args.has('s') || args.has('u') ? () => 0 : compareText
    const sign = args.has('r') ? -1 : 1
    lines.sort((a, b) => compare(a, b) || sign * last(a, b))
    const kept = args.has('u')
      ? lines.filter((line, i) => i === 0 || compare(lines[i - 1] as string, line) !== 0)
      : lines
    const text = kept.map((line) => `${line}\n`)
    const output = args.value('o')
    if (output !== undefined) {
      const error = proc.writeFile(output, text.join(''))
      if (error === 0) return 0
      await complain(proc, `sort: open failed: ${output}: ${strerror(error)}`)
      return 2
    }
    const out = new Output(proc, 'sort')
    for (const line of text) if (!(await out.put(line))) return 2
    return (await out.flush()) ? 0 : 2
  },
}
