/**
 * Socket calls as lines of text with the results that Linux gave. A script is its own expectation: it is played, each result is
 * written behind its call again, and the text must come out as it went in. The same text is played here and on a real kernel.
 *
 *     a = tcp                       a new socket, non-blocking: tcp tcp6 udp udp6 unix unixgram
 *     bind a 127.0.0.1:5000 -> 0    a count or zero, or the name of the errno
 *     accept l s -> ok              `ok` for a new descriptor
 *     recv s 10 -> 'four'           text as received
 *     name c -> 127.0.0.1:E1        ephemeral ports are E1, E2 ... in order of appearance
 *     wait 1.2                      seconds
 */
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_BROADCAST,
  SO_ERROR,
  SO_LINGER,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_MAXSEG,
  TCP_NODELAY,
} from '../../src/socket/index.ts'
import { parseAddress } from '../../src/wire/parse.ts'

/** One call, as data that any executor can carry out. Bytes are hexadecimal text. */
export type Call = readonly [operation: string, ...arguments_: (string | number)[]]

/** A number (negative: none), the name of an errno, or hexadecimal bytes for calls that give some. */
export type Executor = (call: Call) => Promise<string | number>

const KINDS: Readonly<Record<string, readonly [number, number]>> = {
  tcp: [AF_INET, SOCK_STREAM],
  tcp6: [AF_INET6, SOCK_STREAM],
  udp: [AF_INET, SOCK_DGRAM],
  udp6: [AF_INET6, SOCK_DGRAM],
  unix: [AF_UNIX, SOCK_STREAM],
  unixgram: [AF_UNIX, SOCK_DGRAM],
}

const OPTIONS: Readonly<Record<string, readonly [number, number]>> = {
  reuseaddr: [SOL_SOCKET, SO_REUSEADDR],
  reuseport: [SOL_SOCKET, SO_REUSEPORT],
  broadcast: [SOL_SOCKET, SO_BROADCAST],
  error: [SOL_SOCKET, SO_ERROR],
  rcvbuf: [SOL_SOCKET, SO_RCVBUF],
  sndbuf: [SOL_SOCKET, SO_SNDBUF],
  v6only: [IPPROTO_IPV6, IPV6_V6ONLY],
  maxseg: [IPPROTO_TCP, TCP_MAXSEG],
  nodelay: [IPPROTO_TCP, TCP_NODELAY],
  keepidle: [IPPROTO_TCP, TCP_KEEPIDLE],
  keepintvl: [IPPROTO_TCP, TCP_KEEPINTVL],
  keepcnt: [IPPROTO_TCP, TCP_KEEPCNT],
}

const FLAGS: Readonly<Record<string, number>> = { oob: MSG_OOB, peek: MSG_PEEK, trunc: MSG_TRUNC }
const HOW: Readonly<Record<string, number>> = { rd: SHUT_RD, wr: SHUT_WR, rdwr: SHUT_RDWR }
const POLL = [
  [1, 'IN'],
  [2, 'PRI'],
  [4, 'OUT'],
  [8, 'ERR'],
  [16, 'HUP'],
  [0x2000, 'RDHUP'],
] as const
const STATES = 'ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSE CLOSE-WAIT LAST-ACK LISTEN CLOSING'.split(
  ' ',
)

const hex = (bytes: Iterable<number>): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
const text = (value: string): Uint8Array => Uint8Array.from(value, (c) => c.charCodeAt(0))
const native32 = (value: number): string => hex(new Uint8Array(Int32Array.of(value).buffer))

/** struct sockaddr of `127.0.0.1:5000`, `*:0`, `[::1]:80`, `path:NAME` (with its NUL), `name:X` (abstract), `bytes:HEX`, `unspec`. */
const sockaddr = (word: string): string => {
  if (word === 'unspec') return '0000'.padEnd(32, '0')
  if (word.startsWith('bytes:')) return word.slice(6)
  if (word.startsWith('path:')) {
    const [, name = '', times = '1'] = /^path:([^*]*)(?:\*(\d+))?$/.exec(word) ?? []
    return hex([1, 0, ...text(name.repeat(Number(times))), 0])
  }
  if (word.startsWith('name:')) return hex([1, 0, 0, ...text(word.slice(5))])
  const [, six, four, port = ''] = /^(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(word) ?? []
  const address = parseAddress(six ?? (four === '*' ? '0.0.0.0' : (four ?? '')))
  if (address === null) throw new Error(`${word} is no address`)
  const n = Number(port)
  const octets = (w: number): number[] => [w >>> 24, (w >>> 16) & 255, (w >>> 8) & 255, w & 255]
  if (six === undefined) return hex([2, 0, n >> 8, n & 255, ...octets(address.w3), 0, 0, 0, 0, 0, 0, 0, 0])
  const { w0, w1, w2, w3 } = address
  return hex([10, 0, n >> 8, n & 255, 0, 0, 0, 0, ...[w0, w1, w2, w3].flatMap(octets), 0, 0, 0, 0])
}

const payload = (word: string): string =>
  word.startsWith('#') ? '00'.repeat(Number(word.slice(1))) : word === "''" ? '' : hex(text(word))

/** The call that a line asks for; `null` when nothing is printed behind it. */
const callOf = (words: readonly string[]): Call => {
  const [verb = '', one = '', two = '', three = ''] = words
  if (one === '=') {
    const kind = KINDS[two]
    return kind === undefined ? ['socket', verb, ...words.slice(3).map(Number)] : ['socket', verb, kind[0], kind[1], 0]
  }
  const flags = (word: string): number => FLAGS[word] ?? 0
  const option = (name: string): readonly [number, number] => OPTIONS[name] ?? [SOL_SOCKET, Number(name)]
  switch (verb) {
    case 'bind':
    case 'connect':
      return [verb, one, sockaddr(two)]
    case 'send':
      return ['sendto', one, payload(two), '', flags(three)]
    case 'sendto':
      return ['sendto', one, payload(two), sockaddr(three), 0]
    case 'recv':
      return ['recv', one, Number(two), flags(three)]
    case 'shutdown':
      return [verb, one, HOW[two] ?? 0]
    case 'set':
      return [verb, one, ...option(two), two === 'linger0' ? native32(1) + native32(0) : native32(Number(three))]
    case 'get':
      return [verb, one, ...option(two)]
    case 'reset':
      return ['set', one, SOL_SOCKET, SO_LINGER, native32(1) + native32(0)]
    case 'listen':
    case 'uid':
    case 'wait':
      return words.length > 2 ? [verb, one, Number(two)] : [verb, Number(one)]
    case 'sysctl':
      return [verb, one, words.slice(2).join(' ')]
    default:
      return [verb, ...words.slice(1)]
  }
}

/** Calls whose success says nothing. */
const SILENT = new Set(['wait', 'sysctl', 'uid', 'close', 'reset', 'file'])

class Printer {
  readonly #ephemeral = new Map<number, string>()

  show(verb: string, result: string | number): string {
    if (typeof result === 'string' && /^E[A-Z]/.test(result)) return result
    if (verb === 'accept' || verb === '=') return Number(result) >= 0 ? 'ok' : String(result)
    if (verb === 'poll') return this.#bits(Number(result))
    if (verb === 'recv') return typeof result === 'number' ? String(result) : `'${this.#latin(result)}'`
    if (verb === 'name' || verb === 'peer') return this.#address(String(result))
    if (verb === 'states') return this.#states(String(result))
    return String(result)
  }

  #bits(bits: number): string {
    const names = POLL.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name)
    return names.length === 0 ? 'none' : names.join(' ')
  }

  #latin(bytes: string): string {
    return (bytes.match(/../g) ?? []).map((pair) => String.fromCharCode(Number.parseInt(pair, 16))).join('')
  }

  #port(port: number): string {
    if (port < 32_768 || port > 60_999) return String(port)
    const known = this.#ephemeral.get(port) ?? `E${this.#ephemeral.size + 1}`
    this.#ephemeral.set(port, known)
    return known
  }

  #address(bytes: string): string {
    const b = (bytes.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))
    const port = ((b[2] ?? 0) << 8) | (b[3] ?? 0)
    if (b[0] === 2) return `${b.slice(4, 8).join('.')}:${this.#port(port)}`
    if (b[0] === 1) {
      const path = String.fromCharCode(...b.slice(2))
      return b.length <= 2 ? 'unnamed' : path.startsWith('\0') ? `name:${path.slice(1)}` : `path:${path.split('\0')[0]}`
    }
    const groups = Array.from({ length: 8 }, (_, i) => ((b[8 + 2 * i] ?? 0) << 8) | (b[9 + 2 * i] ?? 0))
    const mapped = groups.slice(0, 5).every((g) => g === 0) && groups[5] === 0xffff
    const short = mapped
      ? `::ffff:${b.slice(20, 24).join('.')}`
      : groups
          .map((g) => g.toString(16))
          .join(':')
          .replace(/^(0:)+/, '::')
          .replace(/^::0$/, '::')
    return `[${short}]:${this.#port(port)}`
  }

  /** The states in /proc/net/tcp and tcp6, in order of the alphabet. */
  #states(tables: string): string {
    const lines = tables.split('\n').filter((line) => /^ *\d+: /.test(line))
    const found = lines.map((line) => STATES[Number.parseInt(line.trim().split(/\s+/)[3] ?? '', 16) - 1] ?? '?')
    return found.sort().join(' ') || 'none'
  }
}

/** The script again, with the results that the executor gave. */
export const play = async (script: string, execute: Executor): Promise<string> => {
  const printer = new Printer()
  const out: string[] = []
  for (const line of script.trim().split('\n')) {
    const [call = ''] = line.split(' -> ')
    const words = call.trim().split(' ')
    const isSocket = words[1] === '='
    const result = await execute(callOf(words))
    if (words[0] === 'reset') await execute(['close', words[1] as string])
    const verb = isSocket ? '=' : (words[0] as string)
    const shown = printer.show(verb, result)
    const isQuiet = SILENT.has(verb) || (isSocket && words[2] !== 'socket')
    out.push(isQuiet && (isSocket ? shown === 'ok' : shown === '0') ? call.trim() : `${call.trim()} -> ${shown}`)
  }
  return out.join('\n')
}

/** A script without the blanks that the source's indentation puts before its lines. */
export const trimmed = (script: string): string =>
  script
    .trim()
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
