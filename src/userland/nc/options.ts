/** The command line of nc, and what is wrong with it: OpenBSD's texts. */
import { parseArguments } from '../args.ts'

export interface NcOptions {
  readonly listen: boolean
  readonly keepOpen: boolean
  readonly udp: boolean
  readonly unix: boolean
  readonly scan: boolean
  readonly verbose: boolean
  readonly numeric: boolean
  readonly shutdownAtEof: boolean
  readonly noStdin: boolean
  readonly crlf: boolean
  readonly four: boolean
  readonly six: boolean
  /** Seconds; null: for ever. */
  readonly timeout: number | null
  /** Seconds after the end of input; negative: for ever. */
  readonly quit: number | null
  readonly sourcePort: string | null
  readonly source: string | null
  /** Destination, or path with -U. */
  readonly host: string | null
  readonly port: string | null
}

export const USAGE = `usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]
\t  [-m minttl] [-O length] [-P proxy_username] [-p source_port]
\t  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]
\t  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]
\t  [destination] [port]
`

const seconds = (text: string | undefined): number | null =>
  text !== undefined && /^-?[0-9]+$/.test(text) && Math.abs(Number(text)) <= 2_147_483 ? Number(text) : null

/** The options, or what goes to standard error before exit code 1. */
export const readOptions = (args: readonly string[]): NcOptions | string => {
  const parsed = parseArguments('nc', args, { short: '46CdklNnUuvzp:q:s:w:', permute: false })
  if (parsed.error !== undefined) return `${parsed.error}\n${USAGE}`
  const has = (letter: string): boolean => parsed.options.some(({ name }) => name === letter)
  const value = (letter: string): string | undefined => parsed.options.findLast(({ name }) => name === letter)?.value
  const timeout = seconds(value('w'))
  if (has('w') && (timeout === null || timeout < 0)) return `nc: timeout invalid: ${value('w')}\n`
  const quit = seconds(value('q'))
  if (has('q') && quit === null) return `nc: quit timer invalid: ${value('q')}\n`
  const [first, second, ...more] = parsed.operands
  if (more.length > 0 && portError(second ?? '') === null) return USAGE
  if (has('l') && has('z')) return 'nc: cannot use -z and -l\n'
  if (has('k') && !has('l')) return 'nc: must use -l with -k\n'
  const common = {
    ...{ listen: has('l'), keepOpen: has('k'), udp: has('u'), unix: has('U'), scan: has('z'), verbose: has('v') },
    ...{ numeric: has('n'), shutdownAtEof: has('N'), noStdin: has('d'), crlf: has('C'), four: has('4'), six: has('6') },
    ...{ timeout, quit, sourcePort: value('p') ?? null, source: value('s') ?? null },
  }
  if (has('U')) return first === undefined || second !== undefined ? USAGE : { ...common, host: first, port: null }
  if (first === undefined && !has('l')) return USAGE
  // `nc -l PORT`, `nc -l HOST PORT`, `nc -l -p PORT [HOST]`.
  const one = has('l') && second === undefined && !has('p')
  const host = one ? null : (first ?? null)
  const port = has('l') && has('p') ? (second ?? value('p')) : one ? first : second
  if (port === undefined) return 'nc: missing port number\n'
  return { ...common, host: has('l') ? (host ?? common.source) : host, port }
}

const portError = (text: string): string | null => {
  if (!/^[0-9]+$/.test(text)) return `nc: port number invalid: ${text}\n`
  const port = Number(text)
  return port < 1
    ? `nc: port number too small: ${text}\n`
    : port > 65_535
      ? `nc: port number too large: ${text}\n`
      : null
}

/** Ports of `80`, `http` or `20-25` in order, or the complaint. */
export const portsOf = (text: string, byName: (name: string) => number | null): readonly number[] | string => {
  const named = byName(text)
  if (named !== null) return [named]
  const [low = '', high, ...more] = text.split('-')
  const error = portError(low) ?? (high === undefined ? null : portError(more.length > 0 ? text : high))
  if (error !== null) return error
  const [from, to] = [Number(low), Number(high ?? low)].sort((a, b) => a - b) as [number, number]
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}
