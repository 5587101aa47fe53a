import { parseArguments } from '../args.ts'

export interface TcpdumpOptions {
  /** -i; null: the first that is not the loopback. */
  interface: string | null
  /** -c; 0: no end. */
  count: number
  snapLength: number
  numeric: boolean
  link: boolean
  verbose: number
  /** Times -t. */
  timestamps: number
  dump: 'hex' | 'both' | 'text' | null
  dumpLink: boolean
  absolute: boolean
  quick: boolean
  numbered: boolean
  /** -Q. */
  direction: 'in' | 'out' | 'inout'
  read: string | null
  write: string | null
  print: boolean
  list: boolean
  filter: string
}

export interface Ended {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

const VERSION = 'tcpdump version 4.99.3\nlibpcap version 1.10.3\n'

const USAGE = `${VERSION}Usage: tcpdump [-ADehlnNpqStUvxX#] [ -c count ]
\t\t[ -i interface ] [ --immediate-mode ] [ --number ] [ --print ]
\t\t[ -Q in|out|inout ] [ -r file ] [ -s snaplen ] [ --version ]
\t\t[ -w file ] [ expression ]
`

const MAX_SNAP = 262_144

export const parseOptions = (argv: readonly string[]): TcpdumpOptions | Ended => {
  const parsed = parseArguments('tcpdump', argv, {
    short: 'ADehlnNpqStUvxX#c:i:Q:r:s:w:',
    long: {
      'immediate-mode': 'p',
      number: '#',
      print: 'print',
      version: 'version',
      help: 'h',
      interface: { as: 'i', argument: 'required' },
      'list-interfaces': 'D',
      'snapshot-length': { as: 's', argument: 'required' },
      direction: { as: 'Q', argument: 'required' },
      'no-promiscuous-mode': 'p',
      'packet-buffered': 'U',
      'absolute-tcp-sequence-numbers': 'S',
    },
  })
  const o = blank(parsed.operands.join(' '))
  for (const { name, value = '' } of parsed.options) {
    if (name === 'h') return { stdout: '', stderr: USAGE, code: 0 }
    if (name === 'version') return { stdout: '', stderr: VERSION, code: 0 }
    const wrong = valued(o, name, value)
    if (wrong !== null) return { stdout: '', stderr: `tcpdump: ${wrong}\n`, code: 1 }
    flag(o, name)
  }
  if (parsed.error !== undefined) return { stdout: '', stderr: `${parsed.error}\n${USAGE}`, code: 1 }
  return o
}

const blank = (filter: string): TcpdumpOptions => ({
  interface: null,
  count: 0,
  snapLength: MAX_SNAP,
  numeric: false,
  link: false,
  verbose: 0,
  timestamps: 0,
  dump: null,
  dumpLink: false,
  absolute: false,
  quick: false,
  numbered: false,
  direction: 'inout',
  read: null,
  write: null,
  print: false,
  list: false,
  filter,
})

/** What is wrong with it, or null. */
const valued = (o: TcpdumpOptions, name: string, value: string): string | null => {
  if (name === 'i') o.interface = value
  else if (name === 'r') o.read = value
  else if (name === 'w') o.write = value
  else if (name === 'c') {
    if (!/^\d+$/.test(value) || Number(value) === 0) return `invalid packet count ${value}`
    o.count = Number(value)
  } else if (name === 's') {
    if (!/^\d+$/.test(value) || Number(value) > MAX_SNAP)
      return `invalid snaplen ${value} (must be >= 0 and <= ${MAX_SNAP})`
    o.snapLength = Number(value) === 0 ? MAX_SNAP : Number(value)
  } else if (name === 'Q') {
    if (value !== 'in' && value !== 'out' && value !== 'inout') return `unknown capture direction '${value}'`
    o.direction = value
  }
  return null
}

const flag = (o: TcpdumpOptions, name: string): void => {
  if (name === 'n') o.numeric = true
  else if (name === 'e') o.link = true
  else if (name === 'v') o.verbose++
  else if (name === 't') o.timestamps = Math.min(5, o.timestamps + 1)
  else if (name === 'S') o.absolute = true
  else if (name === 'q') o.quick = true
  else if (name === '#') o.numbered = true
  else if (name === 'print') o.print = true
  else if (name === 'D') o.list = true
  else if (name === 'A') o.dump = 'text'
  else if (name === 'x' || name === 'X') {
    const kind = name === 'X' ? 'both' : 'hex'
    if (o.dump === kind) o.dumpLink = true
    o.dump = kind
  }
}
