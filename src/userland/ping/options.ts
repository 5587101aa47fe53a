import { parseArguments } from '../args.ts'
import { USAGE } from './usage.ts'

export interface PingOptions {
  readonly target: string
  family: 4 | 6 | null
  /** -c; 0: no end. */
  count: number
  /** -i, microseconds. */
  interval: number
  /** -w, seconds; 0: none. */
  deadline: number
  /** -W, microseconds. */
  linger: number
  size: number
  ttl: number | null
  tos: number
  numeric: boolean
  quiet: boolean
  flood: boolean
  adaptive: boolean
  audible: boolean
  timestamps: boolean
  outstanding: boolean
  broadcast: boolean
  source: string | null
  preload: number
  mark: number
  /** IP_PMTUDISC_*; null: the default. */
  discover: number | null
  sendBuffer: number
  pattern: readonly number[] | null
}

export interface Ended {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

const INT_MAX = 2_147_483_647
const LONG_MAX = '9223372036854775807'

/** Wrong use: the message, without the program's name, and the exit code. */
class WrongUse extends Error {
  readonly code: number

  constructor(message: string, code = 1) {
    super(message)
    this.code = code
  }
}

const whole = (text: string, least: number, most: number, mostText = String(most)): number => {
  const value = /^0x[0-9a-f]+$/i.test(text) || /^[-+]?\d+$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(value)) throw new WrongUse(`invalid argument: '${text}'`)
  if (value < least || value > most)
    throw new WrongUse(`invalid argument: '${text}': out of range: ${least} <= value <= ${mostText}`)
  return value
}

const decimal = (text: string, what: string): number => {
  if (!/^\d*\.?\d+$|^\d+\.$/.test(text)) throw new WrongUse(`${what}: ${text}`, 2)
  return Math.round(Number(text) * 1e6)
}

const DISCOVER: Readonly<Record<string, number>> = { dont: 0, want: 1, do: 2, probe: 3 }

export const parseOptions = (argv: readonly string[]): PingOptions | Ended => {
  const parsed = parseArguments('ping', argv, { short: 'h46bAac:Dfi:I:l:M:m:nOp:qQ:s:S:t:VW:w:' })
  const options = blank(parsed.operands.at(-1) ?? '')
  try {
    for (const { name, value = '' } of parsed.options) {
      if (name === 'h') return { stdout: '', stderr: USAGE, code: 2 }
      if (name === 'V') return { stdout: VERSION, stderr: '', code: 0 }
      if (name === '4' || name === '6') options.family = name === '4' ? 4 : 6
      else if (!flag(options, name)) valued(options, name, value)
    }
  } catch (error) {
    if (error instanceof WrongUse) return { stdout: '', stderr: `ping: ${error.message}\n`, code: error.code }
    throw error
  }
  if (parsed.error !== undefined) return { stdout: '', stderr: `${parsed.error}\n${USAGE}`, code: 2 }
  if (parsed.operands.length === 0)
    return { stdout: '', stderr: 'ping: usage error: Destination address required\n', code: 1 }
  return options
}

const VERSION = 'ping from iputils 20221126\n'

const blank = (target: string): PingOptions => ({
  target,
  family: null,
  count: 0,
  interval: 1e6,
  deadline: 0,
  linger: 10e6,
  size: 56,
  ttl: null,
  tos: 0,
  numeric: false,
  quiet: false,
  flood: false,
  adaptive: false,
  audible: false,
  timestamps: false,
  outstanding: false,
  broadcast: false,
  source: null,
  preload: 1,
  mark: 0,
  discover: null,
  sendBuffer: 0,
  pattern: null,
})

const flag = (o: PingOptions, name: string): boolean => {
  if (name === 'b') o.broadcast = true
  else if (name === 'A') o.adaptive = true
  else if (name === 'a') o.audible = true
  else if (name === 'D') o.timestamps = true
  else if (name === 'n') o.numeric = true
  else if (name === 'O') o.outstanding = true
  else if (name === 'q') o.quiet = true
  else if (name === 'f') {
    o.flood = true
    o.interval = 0
  } else return false
  return true
}

const valued = (o: PingOptions, name: string, value: string): void => {
  if (name === 'c') o.count = whole(value, 1, Number(LONG_MAX), LONG_MAX)
  else if (name === 'i') o.interval = decimal(value, 'bad timing interval')
  else if (name === 'W') o.linger = decimal(value, 'bad linger time')
  else if (name === 'w') o.deadline = whole(value, 0, INT_MAX)
  else if (name === 's') o.size = whole(value, 0, INT_MAX)
  else if (name === 'S') o.sendBuffer = whole(value, 1, INT_MAX)
  else if (name === 't') o.ttl = whole(value, 0, 255)
  else if (name === 'Q') o.tos = whole(value, 0, 255)
  else if (name === 'l') o.preload = whole(value, 1, 65_536)
  else if (name === 'm') o.mark = whole(value, 0, 4_294_967_295)
  else if (name === 'I') o.source = value
  else if (name === 'M') {
    const found = DISCOVER[value]
    if (found === undefined) throw new WrongUse(`invalid -M argument: ${value}`, 2)
    o.discover = found
  } else if (name === 'p') {
    if (!/^[0-9a-f]*$/i.test(value)) throw new WrongUse('patterns must be specified as hex digits', 2)
    o.pattern = (value.match(/..?/g) ?? []).map((pair) => Number.parseInt(pair, 16))
  }
}
