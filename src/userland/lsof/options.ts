import { type AddressSpec, parseAddressSpec } from './address-spec.ts'
import type { LsofSource } from './types.ts'

/** What the command line asks for. */
export interface LsofOptions {
  /** -a: all selections must hold; else any. */
  and: boolean
  /** -i: null not given; an empty list is any internet file. */
  inet: AddressSpec[] | null
  unix: boolean
  pids: { value: number; exclude: boolean }[]
  pgids: { value: number; exclude: boolean }[]
  showPgid: boolean
  showPpid: boolean
  users: { uid: number; exclude: boolean }[]
  commands: { test: (command: string) => boolean; exclude: boolean }[]
  fds: { test: (fd: string | number) => boolean; exclude: boolean }[]
  states: { protocol: string; state: string; exclude: boolean }[]
  names: string[]
  numericHosts: boolean
  numericPorts: boolean
  numericUsers: boolean
  terse: boolean
  fields: string | null
  commandWidth: number
  /** -s, -o: what SIZE/OFF shows. */
  sizes: 'both' | 'size' | 'offset'
  /** -T: TCP state in NAME; -T off, -Tq queues, -Ts state. */
  tcpState: boolean
  tcpQueues: boolean
  noFiles: boolean
}

/** A wrong command line: what lsof says of it. */
export class UsageError extends Error {}
/** -h and -v: text and success. */
export class Information extends Error {
  readonly kind: 'help' | 'version'

  constructor(kind: 'help' | 'version') {
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
  fields: null,
  commandWidth: 9,
  sizes: 'both',
  tcpState: true,
  tcpQueues: false,
  noFiles: false,
})

/** Options whose value is optional: it follows at once, or in the next word when that does not begin with - or +. */
const OPTIONAL = 'FgisT'
const REQUIRED = 'cdpuo'
const FLAGS = 'abhlnOPRtUvVwX'

export const parseOptions = (argv: readonly string[], source: LsofSource): LsofOptions => {
  const o = blank()
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string
    if (word === '--') {
      o.names.push(...argv.slice(i + 1))
      break
    }
    if (word.startsWith('+c') || word.startsWith('+w')) {
      if (word.startsWith('+c')) o.commandWidth = Number(word.slice(2) || argv[++i])
      continue
    }
    if (!word.startsWith('-') || word === '-') {
      o.names.push(word)
      continue
    }
    i += cluster(o, word.slice(1), argv, i, source)
  }
  return o
}

/** The letters of one word; how many further words they used. */
const cluster = (o: LsofOptions, letters: string, argv: readonly string[], at: number, source: LsofSource): number => {
  for (let k = 0; k < letters.length; k++) {
    const letter = letters[k] as string
    const rest = letters.slice(k + 1)
    if (FLAGS.includes(letter)) {
      flag(o, letter)
      continue
    }
    if (REQUIRED.includes(letter)) {
      const value = rest !== '' ? rest : argv[at + 1]
      if (value === undefined || (rest === '' && value === '')) throw new UsageError(missing(letter))
      required(o, letter, value, source)
      return rest !== '' ? 0 : 1
    }
    if (OPTIONAL.includes(letter)) {
      const next = argv[at + 1]
      const separate =
        rest === '' && next !== undefined && !next.startsWith('-') && !next.startsWith('+') && fits(letter, next)
      optional(o, letter, rest !== '' ? rest : separate ? next : '', source)
      return separate ? 1 : 0
    }
    throw new UsageError(`illegal option character: ${letter}`)
  }
  return 0
}

/** Only -i takes any next word; the others take those that look like their values. */
const fits = (letter: string, next: string): boolean =>
  letter === 'i' || (letter === 'g' && /^[\d^,]+$/.test(next)) || (letter === 's' && /^(TCP|UDP):/i.test(next))

const missing = (letter: string): string =>
  letter === 'p' ? 'no process ID specified' : letter === 'c' ? 'missing -c argument' : `missing argument of -${letter}`

const flag = (o: LsofOptions, letter: string): void => {
  if (letter === 'h') throw new Information('help')
  if (letter === 'v') throw new Information('version')
  if (letter === 'a') o.and = true
  else if (letter === 'U') o.unix = true
  else if (letter === 'n') o.numericHosts = true
  else if (letter === 'P') o.numericPorts = true
  else if (letter === 'l') o.numericUsers = true
  else if (letter === 'R') o.showPpid = true
  else if (letter === 't') o.terse = true
}

const each = (value: string, visit: (word: string, exclude: boolean) => void): void => {
  for (const word of value.split(',')) visit(word.replace(/^\^/, ''), word.startsWith('^'))
}

const required = (o: LsofOptions, letter: string, value: string, source: LsofSource): void => {
  if (letter === 'p')
    each(value, (word, exclude) => {
      if (!/^\d+$/.test(word)) throw new UsageError(`illegal process ID: ${word}`)
      o.pids.push({ value: Number(word), exclude })
    })
  else if (letter === 'u')
    each(value, (word, exclude) => {
      const uid = /^\d+$/.test(word) ? Number(word) : source.uidOf(word)
      if (uid === null) throw new UsageError(`can't get UID for ${word}`)
      o.users.push({ uid, exclude })
    })
  else if (letter === 'c') commandTest(o, value)
  else if (letter === 'd')
    each(value, (word, exclude) => {
      const range = /^(\d+)-(\d+)$/.exec(word)
      if (range === null) o.fds.push({ test: (fd) => String(fd) === word, exclude })
      else
        o.fds.push({
          test: (fd) => typeof fd === 'number' && fd >= Number(range[1]) && fd <= Number(range[2]),
          exclude,
        })
    })
}

/** `-c name` is a prefix, `-c /regex/i` an expression, `-c ^name` excludes. */
const commandTest = (o: LsofOptions, value: string): void => {
  const regex = /^\/(.*)\/([bix]*)$/.exec(value)
  if (regex !== null) {
    const expression = new RegExp(regex[1] as string, (regex[2] as string).includes('i') ? 'i' : '')
    o.commands.push({ test: (c) => expression.test(c), exclude: false })
    return
  }
  const exclude = value.startsWith('^')
  const prefix = exclude ? value.slice(1) : value
  o.commands.push({ test: (c) => c.startsWith(prefix), exclude })
}

const optional = (o: LsofOptions, letter: string, value: string, source: LsofSource): void => {
  if (letter === 'i') {
    o.inet ??= []
    if (value !== '') o.inet.push(parseAddressSpec(value, source))
  } else if (letter === 'F') {
    o.fields = value === '' ? 'cfnpPRTtu' : value
  } else if (letter === 'g') {
    o.showPgid = true
    if (value !== '') each(value, (word, exclude) => o.pgids.push({ value: Number(word), exclude }))
  } else if (letter === 'T') {
    o.tcpState = value.includes('s')
    o.tcpQueues = value.includes('q')
  } else if (value === '') o.sizes = 'size'
  else states(o, value)
}

/** `-sTCP:LISTEN,^CLOSE_WAIT`. */
const states = (o: LsofOptions, value: string): void => {
  const colon = value.indexOf(':')
  if (colon < 0) throw new UsageError(`unrecognized protocol: ${value}`)
  const protocol = value.slice(0, colon).toUpperCase()
  if (protocol !== 'TCP' && protocol !== 'UDP') throw new UsageError(`unrecognized protocol: ${value.slice(0, colon)}`)
  each(value.slice(colon + 1), (word, exclude) => {
    const state = word.toUpperCase()
    if (protocol === 'TCP' && !TCP_STATES.includes(state)) throw new UsageError(`unknown TCP state name: ${word}`)
    o.states.push({ protocol, state, exclude })
  })
}

/** lsof's names of the TCP states, and of no state. */
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
