import type { AddressSpec } from './address-spec.ts'
import type { LsofSource } from './types.ts'
import { attached, optional, REQUIRED, required } from './values.ts'

export interface Selector<T> {
  /** As it was written, for -V. */
  readonly text: string
  readonly exclude: boolean
  readonly matches: (value: T) => boolean
}

/** What the command line asks for. */
export interface LsofOptions {
  /** -a: all selections must hold; else any. */
  and: boolean
  /** -i: null not given; an empty list is any internet file. */
  inet: AddressSpec[] | null
  unix: boolean
  pids: Selector<number>[]
  pgids: Selector<number>[]
  showPgid: boolean
  showPpid: boolean
  users: Selector<number>[]
  commands: Selector<string>[]
  fds: Selector<string | number>[]
  states: { readonly state: string; readonly exclude: boolean }[]
  names: string[]
  numericHosts: boolean
  numericPorts: boolean
  numericUsers: boolean
  terse: boolean
  /** -Q: nothing found is no failure. */
  quiet: boolean
  /** -V: tell what was not found. */
  verbose: boolean
  /** -F: the fields' letters; null without. */
  fields: string | null
  /** -F...0: fields end in NUL, sets in a newline. */
  nul: boolean
  commandWidth: number
  /** -s, -o: what SIZE/OFF shows. */
  sizes: 'both' | 'size' | 'offset'
  /** -T: what NAME tells of TCP beside the ends; null: nothing (plain -T). */
  tcp: { readonly state: boolean; readonly queues: boolean } | null
  /** -r, +r: seconds between reports. `+r` ends when nothing is listed. */
  repeat: { readonly seconds: number; readonly untilNone: boolean } | null
}

/** A wrong command line: what lsof says of it. */
export class UsageError extends Error {}

/** -h, -v and -F?: text and success. */
export class Information extends Error {
  readonly kind: 'help' | 'version' | 'fields'

  constructor(kind: 'help' | 'version' | 'fields') {
    super(kind)
    this.kind = kind
  }
}

const blank = (): LsofOptions => ({
  and: false,
  inet: null,
  unix: false,
  pids: [],
  pgids: [],
  showPgid: false,
  showPpid: false,
  users: [],
  commands: [],
  fds: [],
  states: [],
  names: [],
  numericHosts: false,
  numericPorts: false,
  numericUsers: false,
  terse: false,
  quiet: false,
  verbose: false,
  fields: null,
  nul: false,
  commandWidth: 9,
  sizes: 'both',
  tcp: { state: true, queues: false },
  repeat: null,
})

/** Options whose value is optional: it follows at once, or in the next word when it looks like one. */
const OPTIONAL = 'FgiorsT'
/** -b, -w and -O are about blocking kernels and warnings, of which there are none: Linux's lsof prints the same with them. */
const FLAGS = 'abhlnOPQRtUvVwM?'

export const parseOptions = (argv: readonly string[], source: LsofSource): LsofOptions => {
  const o = blank()
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string
    // lsof's getopt ends at the first name: what follows are names too, whatever they look like.
    if (word === '--' || !/^[-+]./.test(word)) {
      o.names.push(...argv.slice(word === '--' ? i + 1 : i))
      break
    }
    i += word.startsWith('+') ? plus(o, word, argv[i + 1]) : cluster(o, word.slice(1), argv, i, source)
  }
  return o
}

/** `+c 12`, `+r`, `+w`, `+M`; how many further words it used. */
const plus = (o: LsofOptions, word: string, next: string | undefined): number => {
  const letter = word[1] as string
  const rest = word.slice(2)
  if (letter === 'w' || letter === 'M') {
    if (rest !== '') throw new UsageError(`illegal option character: ${rest[0]}`)
    return 0
  }
  if (letter === 'r') {
    const separate = rest === '' && next !== undefined && /^\d/.test(next)
    optional(o, 'r', separate ? next : rest, null, true)
    return separate ? 1 : 0
  }
  if (letter !== 'c') throw new UsageError(`illegal option character: ${letter}`)
  const value = rest === '' ? next : rest
  if (value === undefined || !/^\d+$/.test(value)) throw new UsageError('missing +c option value')
  const width = Number(value)
  o.commandWidth = width === 0 ? Number.POSITIVE_INFINITY : Math.max(width, 'COMMAND'.length)
  return rest === '' ? 1 : 0
}

/** The letters of one word; how many further words they used. */
const cluster = (o: LsofOptions, letters: string, argv: readonly string[], at: number, source: LsofSource): number => {
  for (let k = 0; k < letters.length; k++) {
    const letter = letters[k] as string
    const rest = letters.slice(k + 1)
    const next = argv[at + 1]
    if (REQUIRED.includes(letter)) {
      required(o, letter, rest !== '' ? rest : next, source)
      return rest !== '' ? 0 : 1
    }
    if (OPTIONAL.includes(letter)) {
      const value = rest !== '' ? rest : next !== undefined && attached(letter, next) ? next : ''
      optional(o, letter, value, source, false)
      return rest === '' && value !== '' ? 1 : 0
    }
    if (!FLAGS.includes(letter)) throw new UsageError(`illegal option character: ${letter}`)
    flag(o, letter)
  }
  return 0
}

const flag = (o: LsofOptions, letter: string): void => {
  if (letter === 'h' || letter === '?') throw new Information('help')
  if (letter === 'v') throw new Information('version')
  if (letter === 'a') o.and = true
  else if (letter === 'U') o.unix = true
  else if (letter === 'n') o.numericHosts = true
  else if (letter === 'P') o.numericPorts = true
  else if (letter === 'l') o.numericUsers = true
  else if (letter === 'R') o.showPpid = true
  else if (letter === 't') o.terse = true
  else if (letter === 'Q') o.quiet = true
  else if (letter === 'V') o.verbose = true
}
