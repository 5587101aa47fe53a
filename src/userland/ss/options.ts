import { parseArguments } from '../args.ts'
import { type Expression, FilterError, parseFilter } from './filter.ts'
import { ALL_STATES, CONNECTED, StateError, scanState } from './states.ts'
import type { SsSource } from './types.ts'
import { USAGE } from './usage.ts'

/** ss's tables of sockets, in the order in which it shows them. */
export type Table = 'p_dgr' | 'p_raw' | 'u_dgr' | 'u_str' | 'u_seq' | 'raw' | 'udp' | 'tcp'

export interface SsOptions {
  /** States to show, as bits; null: each table's usual ones. */
  states: number
  tables: ReadonlySet<Table>
  family: 4 | 6 | 'unix' | 'link' | null
  numeric: boolean
  resolve: boolean
  processes: boolean
  extended: boolean
  timers: boolean
  memory: boolean
  info: boolean
  /** Not Linux's: the program's lines. */
  where: boolean
  summary: boolean
  header: boolean
  oneLine: boolean
  filter: Expression | null
}

/** What ss ends with before it shows anything. */
export interface Ended {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

const PACKET: readonly Table[] = ['p_dgr', 'p_raw']
const UNIX: readonly Table[] = ['u_dgr', 'u_str', 'u_seq']
const INET: readonly Table[] = ['raw', 'udp', 'tcp']
const ALL: readonly Table[] = [...PACKET, ...UNIX, ...INET]

const QUERIES: Readonly<Record<string, readonly Table[]>> = {
  all: ALL,
  inet: INET,
  tcp: ['tcp'],
  udp: ['udp'],
  raw: ['raw'],
  unix: UNIX,
  unix_stream: ['u_str'],
  u_str: ['u_str'],
  unix_dgram: ['u_dgr'],
  u_dgr: ['u_dgr'],
  unix_seqpacket: ['u_seq'],
  u_seq: ['u_seq'],
  packet: PACKET,
  packet_raw: ['p_raw'],
  p_raw: ['p_raw'],
  packet_dgram: ['p_dgr'],
  p_dgr: ['p_dgr'],
}

const FAMILIES: Readonly<Record<string, SsOptions['family']>> = { inet: 4, inet6: 6, unix: 'unix', link: 'link' }

const SYNTAX = {
  short: 'halnoemprisHO460tuwxVvf:A:',
  long: {
    help: 'h',
    all: 'a',
    listening: 'l',
    numeric: 'n',
    options: 'o',
    extended: 'e',
    memory: 'm',
    processes: 'p',
    resolve: 'r',
    info: 'i',
    summary: 's',
    'no-header': 'H',
    oneline: 'O',
    ipv4: '4',
    ipv6: '6',
    packet: '0',
    tcp: 't',
    udp: 'u',
    raw: 'w',
    unix: 'x',
    version: 'V',
    family: { as: 'f', argument: 'required' },
    query: { as: 'A', argument: 'required' },
    socket: { as: 'A', argument: 'required' },
    where: {},
  },
} as const

/** What a table shows when nothing is said of states. */
const usualStates = (table: Table): number =>
  table === 'udp' || table === 'raw' ? 1 << 1 : PACKET.includes(table) ? 1 << 7 : CONNECTED

const TABLE_LETTERS: Readonly<Record<string, readonly Table[]>> = {
  t: ['tcp'],
  u: ['udp'],
  w: ['raw'],
  x: UNIX,
  '0': PACKET,
}

const fail = (message: string): Ended => ({ stdout: '', stderr: `ss: ${message}\n${USAGE}`, code: 255 })

export const parseOptions = (argv: readonly string[], source: SsSource): SsOptions | Ended => {
  const parsed = parseArguments('ss', argv, SYNTAX)
  const o: SsOptions = {
    states: 0,
    tables: new Set(),
    family: null,
    numeric: false,
    resolve: false,
    processes: false,
    extended: false,
    timers: false,
    memory: false,
    info: false,
    where: false,
    summary: false,
    header: true,
    oneLine: false,
    filter: null,
  }
  const tables = new Set<Table>()
  let states: number | null = null
  for (const { name, value = '' } of parsed.options) {
    if (name === 'h') return { stdout: USAGE, stderr: '', code: 0 }
    if (name === 'V' || name === 'v') return { stdout: 'ss utility, iproute2-6.1.0\n', stderr: '', code: 0 }
    if (name === 'a') states = ALL_STATES
    else if (name === 'l') states = (1 << 10) | (1 << 7)
    else if (name === 'A') {
      const wrong = query(tables, value)
      if (wrong !== null) return fail(`"${wrong}" is illegal socket table id`)
    } else if (name === 'f') {
      const family = FAMILIES[value]
      if (family === undefined) return fail(`"${value}" is invalid family`)
      o.family = family
    } else if (name === '4' || name === '6') o.family = name === '4' ? 4 : 6
    else if (TABLE_LETTERS[name] !== undefined) for (const table of TABLE_LETTERS[name]) tables.add(table)
    else flag(o, name)
  }
  if (parsed.error !== undefined) return { stdout: '', stderr: `${parsed.error}\n${USAGE}`, code: 255 }
  return finish(o, tables, states, parsed.operands, source)
}

const flag = (o: SsOptions, name: string): void => {
  if (name === 'n') o.numeric = true
  else if (name === 'r') o.resolve = true
  else if (name === 'p') o.processes = true
  else if (name === 'e') o.extended = o.timers = true
  else if (name === 'o') o.timers = true
  else if (name === 'm') o.memory = true
  else if (name === 'i') o.info = true
  else if (name === 'where') o.where = true
  else if (name === 's') o.summary = true
  else if (name === 'H') o.header = false
  else if (name === 'O') o.oneLine = true
}

/** `-A tcp,!udp`: the word that is no table, or null. */
const query = (tables: Set<Table>, value: string): string | null => {
  for (const word of value.split(',')) {
    const exclude = word.startsWith('!')
    const of = QUERIES[exclude ? word.slice(1) : word]
    if (of === undefined) return word
    for (const table of of) {
      if (exclude) tables.delete(table)
      else tables.add(table)
    }
  }
  return null
}

const finish = (
  o: SsOptions,
  chosen: ReadonlySet<Table>,
  option: number | null,
  operands: readonly string[],
  source: SsSource,
): SsOptions | Ended => {
  const implied = o.family === 'unix' ? UNIX : o.family === 'link' ? PACKET : o.family === null ? ALL : INET
  const tables = chosen.size > 0 ? chosen : new Set(implied)
  const usual =
    chosen.size === 0 && o.family === null
      ? CONNECTED
      : [...tables].reduce((bits, table) => bits | usualStates(table), 0)
  let states: number | null = null
  let at = 0
  try {
    for (; at + 1 < operands.length; at += 2) {
      const word = operands[at] as string
      if (word === 'state') states = (states ?? 0) | scanState(operands[at + 1] as string)
      else if (word === 'exclude' || word === 'excl')
        states = (states ?? ALL_STATES) & ~scanState(operands[at + 1] as string)
      else break
    }
    const filter = parseFilter(operands.slice(at).join(' '), source)
    return { ...o, tables, states: states ?? option ?? usual, filter }
  } catch (error) {
    if (error instanceof StateError)
      return { stdout: '', stderr: `ss: wrong state name: ${error.message}\n`, code: 255 }
    if (!(error instanceof FilterError)) throw error
    if (error.isSyntax) return fail('bison bellows (while parsing filter): "syntax error!" Sorry.')
    return { stdout: '', stderr: `${error.message}\nCannot parse dst/src address.\n`, code: 1 }
  }
}
