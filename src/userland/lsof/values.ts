/** The options of lsof that have values. */
import { parseAddressSpec } from './address-spec.ts'
import { Information, type LsofOptions, UsageError } from './request.ts'
import type { LsofSource } from './types.ts'

export const REQUIRED = 'cdpu'

/** Whether the next word is this option's value: -i and -F take any that is no option, the others what looks like theirs. */
export const attached = (letter: string, next: string): boolean => {
  if (letter === 'i' || letter === 'F') return !/^[-+]/.test(next)
  if (letter === 'g') return /^[\d^]/.test(next)
  if (letter === 's') return /^[A-Za-z]+:/.test(next)
  if (letter === 'r') return /^\d/.test(next)
  return letter === 'T' && /^[fqsw]+$/.test(next)
}

const MISSING: Readonly<Record<string, string>> = {
  c: 'missing -c option value',
  d: 'no file descriptor specified',
  p: 'no process ID specified',
  u: 'no login name or UID specified',
}

/** Words of a list with their `^`. */
const each = (value: string, visit: (word: string, exclude: boolean) => void): void => {
  for (const word of value.split(',')) if (word !== '') visit(word.replace(/^\^/, ''), word.startsWith('^'))
}

export const required = (o: LsofOptions, letter: string, value: string | undefined, source: LsofSource): void => {
  if (value === undefined || value === '') throw new UsageError(MISSING[letter] as string)
  if (letter === 'c') command(o, value)
  else if (letter === 'p')
    each(value, (word, exclude) => {
      if (!/^\d+$/.test(word)) throw new UsageError(`illegal process ID: ${value}`)
      o.pids.push({ text: word, exclude, matches: (pid) => pid === Number(word) })
    })
  else if (letter === 'u')
    each(value, (word, exclude) => {
      const uid = /^\d+$/.test(word) ? Number(word) : source.uidOf(word)
      if (uid === null) throw new UsageError(`can't get UID for ${word}`)
      o.users.push({ text: word, exclude, matches: (of) => of === uid })
    })
  else each(value, (word, exclude) => descriptor(o, word, exclude))
}

const descriptor = (o: LsofOptions, word: string, exclude: boolean): void => {
  const range = /^(\w+)-(\w+)$/.exec(word)
  if (range === null) {
    o.fds.push({ text: word, exclude, matches: (fd) => String(fd) === word })
    return
  }
  const [from, to] = [range[1] as string, range[2] as string]
  if (!/^\d+$/.test(from) || !/^\d+$/.test(to)) throw new UsageError(`non-digit in -d FD range: ${word}`)
  if (Number(from) >= Number(to)) throw new UsageError(`-d FD range's low >= its high: ${word}`)
  const matches = (fd: string | number): boolean => typeof fd === 'number' && fd >= Number(from) && fd <= Number(to)
  o.fds.push({ text: word, exclude, matches })
}

/** `-c name` is a prefix, `-c /regex/i` an expression, `-c ^name` excludes. */
const command = (o: LsofOptions, value: string): void => {
  const regex = /^\/(.*)\/([bix]*)$/.exec(value)
  if (regex === null) {
    const exclude = value.startsWith('^')
    const prefix = exclude ? value.slice(1) : value
    o.commands.push({ text: prefix, exclude, matches: (c) => c.startsWith(prefix) })
    return
  }
  let expression: RegExp
  try {
    expression = new RegExp(regex[1] as string, (regex[2] as string).includes('i') ? 'i' : '')
  } catch {
    throw new UsageError(`regexp error: ${value}: Invalid regular expression`)
  }
  o.commands.push({ text: value, exclude: false, matches: (c) => expression.test(c) })
}

/** @param source - null only for `r`, which needs none */
export const optional = (
  o: LsofOptions,
  letter: string,
  value: string,
  source: LsofSource | null,
  isPlus: boolean,
): void => {
  if (letter === 'i') {
    o.inet ??= []
    if (value !== '' && source !== null) o.inet.push(parseAddressSpec(value, source))
  } else if (letter === 'F') fields(o, value)
  else if (letter === 'g') {
    o.showPgid = true
    each(value, (word, exclude) => {
      if (!/^\d+$/.test(word)) throw new UsageError(`illegal process group ID: ${value}`)
      o.pgids.push({ text: word, exclude, matches: (pgid) => pgid === Number(word) })
    })
  } else if (letter === 'T') {
    const wrong = /[^qs]/.exec(value)
    if (wrong !== null) throw new UsageError(`unsupported TCP/TPI info selection: ${wrong[0]}`)
    o.tcp = value === '' ? null : { state: value.includes('s'), queues: value.includes('q') }
  } else if (letter === 'r') {
    if (!/^\d*$/.test(value)) throw new UsageError(`illegal -r argument: ${value}`)
    o.repeat = { seconds: value === '' ? 15 : Number(value), untilNone: isPlus }
  } else if (letter === 'o') {
    // Digits that an offset may have as 0t<decimal>: any here.
    if (!/^\d*$/.test(value)) throw new UsageError(`illegal offset digits: ${value}`)
    if (value === '') o.sizes = 'offset'
  } else if (value === '') o.sizes = 'size'
  else states(o, value)
}

const ALL_FIELDS = 'acdDfGgiklLnoPRstTu'

const fields = (o: LsofOptions, value: string): void => {
  if (value === '?') throw new Information('fields')
  const unknown = [...value].find((letter) => !`${ALL_FIELDS}p0`.includes(letter))
  if (unknown !== undefined) throw new UsageError(`unknown field: ${unknown}`)
  const letters = value.replaceAll('0', '')
  o.nul = value.includes('0')
  o.fields = letters === '' ? ALL_FIELDS : letters
}

/** lsof's names of the TCP states. */
const TCP_STATES = [
  'CLOSED',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
]

/** `-sTCP:LISTEN,^CLOSE_WAIT`. */
const states = (o: LsofOptions, value: string): void => {
  const colon = value.indexOf(':')
  const protocol = value.slice(0, Math.max(colon, 0)).toUpperCase()
  if (protocol !== 'TCP' && protocol !== 'UDP') throw new UsageError(`unknown -s protocol: "${value}"`)
  if (protocol === 'UDP') throw new UsageError(`no UDP state names available: ${value}`)
  each(value.slice(colon + 1), (word, exclude) => {
    const state = word.toUpperCase()
    if (!TCP_STATES.includes(state)) throw new UsageError(`unknown TCP state name: ${word}`)
    o.states.push({ state, exclude })
  })
}
