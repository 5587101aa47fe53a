import { TcpFlag } from '../../wire/packet.ts'
import { OptionKind } from '../../wire/tcp-options.ts'
import type { IcmpSpec, IpSpec, PacketAction, SequenceSpec, TcpOptionSpec, TcpSpec, UdpSpec } from './ast.ts'
import { INTEGER, integer, type Scanner, WORD } from './scanner.ts'

/** What `<` or `>` begins. */
export const packet = (scanner: Scanner): PacketAction => {
  const from = scanner.at
  const direction = scanner.eat('<') ? 'in' : 'out'
  if (direction === 'out') scanner.expect('>', 'or "<" before a packet')
  let ip = ipFields(scanner)
  const ports = portPair(scanner)
  if (ports !== null && ip === NO_IP) ip = ipFields(scanner)
  const body =
    scanner.take(/udp\b/y) !== null ? udp(scanner) : scanner.take(/icmp\b/y) !== null ? icmp(scanner) : tcp(scanner)
  const text = scanner.text.slice(from, scanner.at).replace(/\s+/g, ' ').trim()
  return { kind: 'packet', direction, ip, ports, body, text }
}

const NO_IP: IpSpec = { ecn: null, tos: null, ttl: null }
const ECN = /noecn\b|ect01\b|ect0\b|ect1\b|ce\b/y

/** `[ect0]`, `[tos 0x10]`, `[ttl 64, ce]`. */
const ipFields = (scanner: Scanner): IpSpec => {
  if (!scanner.eat('[')) return NO_IP
  let { ecn, tos, ttl } = NO_IP
  do {
    const mark = scanner.take(ECN)
    if (mark !== null) ecn = mark as NonNullable<IpSpec['ecn']>
    else if (scanner.take(/tos\b/y) !== null) tos = integer(scanner, 'a type of service')
    else if (scanner.take(/ttl\b/y) !== null) ttl = integer(scanner, 'a time to live')
    else throw scanner.error('noecn, ect0, ect1, ect01, ce, tos or ttl')
  } while (scanner.eat(','))
  scanner.expect(']', 'after the fields of the IP header')
  return { ecn, tos, ttl }
}

const PORTS = /\d+\s*>\s*\d+/y

const portPair = (scanner: Scanner): PacketAction['ports'] => {
  const both = scanner.take(PORTS)
  if (both === null) return null
  const [source, destination] = both.split('>').map(Number) as [number, number]
  if (source > 65_535 || destination > 65_535) throw scanner.error('ports up to 65535')
  return { source, destination }
}

const udp = (scanner: Scanner): UdpSpec => {
  scanner.expect('(', 'and the length of the payload after udp')
  const length = integer(scanner, 'a length')
  scanner.expect(')', 'after the length')
  return { kind: 'udp', length }
}

const icmp = (scanner: Scanner): IcmpSpec => {
  const type = scanner.want(WORD, 'a type of ICMP message')
  const code = scanner.take(/(?!mtu\b)[A-Za-z_]\w*/y)
  const mtu = scanner.take(/mtu\b/y) === null ? null : integer(scanner, 'an MTU')
  if (!scanner.eat('[')) return { kind: 'icmp', type, code, mtu, quoted: null }
  const quoted = scanner.take(/udp\b/y) !== null ? udp(scanner) : sequence(scanner)
  scanner.expect(']', 'after what the message quotes')
  return { kind: 'icmp', type, code, mtu, quoted }
}

const FLAGS = /-(?!\d)|[FSRPUEW.]+/y
const bits: Readonly<Record<string, number>> = {
  F: TcpFlag.FIN,
  S: TcpFlag.SYN,
  R: TcpFlag.RST,
  P: TcpFlag.PSH,
  '.': TcpFlag.ACK,
  U: TcpFlag.URG,
  E: TcpFlag.ECE,
  W: TcpFlag.CWR,
  '-': 0,
}

const tcp = (scanner: Scanner): TcpSpec => {
  let flags = 0
  for (const letter of scanner.want(FLAGS, 'TCP flags (F S R P U E W . or -), udp or icmp'))
    flags |= bits[letter] as number
  const range = sequence(scanner)
  const ack = numbered(scanner, /ack\b/y, 'an acknowledgment number')
  const window = numbered(scanner, /win\b/y, 'a window')
  const urgent = numbered(scanner, /urg\b/y, 'an urgent pointer')
  return { kind: 'tcp', flags, sequence: range, ack, window, urgent, options: options(scanner) }
}

const numbered = (scanner: Scanner, word: RegExp, what: string): number | null =>
  scanner.take(word) === null ? null : integer(scanner, what)

/** `start:end(length)`. */
const sequence = (scanner: Scanner): SequenceSpec => {
  const at = scanner.at
  const start = integer(scanner, 'a sequence number')
  scanner.expect(':', 'after the first sequence number')
  const end = integer(scanner, 'a sequence number')
  scanner.expect('(', 'and the length of the payload')
  const length = integer(scanner, 'a length')
  scanner.expect(')', 'after the length')
  if ((start + length) >>> 0 !== end >>> 0) throw scanner.error(`a range of ${length} octets`, at)
  return { start, length }
}

/** Options begin on the packet's line: a `<` on the next one is another packet. */
const options = (scanner: Scanner): TcpSpec['options'] => {
  const line = scanner.line
  const before = scanner.at
  scanner.skip()
  const same = scanner.line === line
  scanner.at = before
  if (!same || !scanner.eat('<')) return []
  if (scanner.eat('...')) {
    scanner.expect('>', 'after <...')
    return null
  }
  const found: TcpOptionSpec[] = []
  do found.push(option(scanner))
  while (scanner.eat(','))
  scanner.expect('>', 'or "," after a TCP option')
  return found
}

const option = (scanner: Scanner): TcpOptionSpec => {
  const at = scanner.at
  const name = scanner.want(WORD, 'a TCP option')
  switch (name) {
    case 'mss':
    case 'wscale':
      return { kind: name, value: integer(scanner, `the value of ${name}`) }
    case 'sackOK':
    case 'nop':
    case 'eol':
      return { kind: name }
    case 'TS': {
      scanner.want(/val\b/y, '"val"')
      const value = integer(scanner, 'a timestamp')
      scanner.want(/ecr\b/y, '"ecr"')
      return { kind: 'TS', value, echo: integer(scanner, 'a timestamp') }
    }
    case 'sack':
      return { kind: 'sack', blocks: blocks(scanner) }
    case 'kind':
      return raw(integer(scanner, 'the number of the option'), scanner)
    case 'FO':
      return raw(OptionKind.FAST_OPEN, scanner)
    case 'FOEXP':
      return raw(OptionKind.EXPERIMENT_2, scanner, FAST_OPEN_MAGIC)
    default:
      throw scanner.error(
        `mss, wscale, sackOK, TS, sack, nop, eol, FO, FOEXP or kind, not the TCP option "${name}"`,
        at,
      )
  }
}

const blocks = (scanner: Scanner): (readonly [number, number])[] => {
  const found: (readonly [number, number])[] = []
  for (let left = scanner.take(INTEGER); left !== null; left = scanner.take(INTEGER)) {
    scanner.expect(':', 'between the edges of a SACK block')
    found.push([Number(left), integer(scanner, 'the right edge')])
  }
  if (found.length === 0) throw scanner.error('a SACK block')
  return found
}

/** What tells the experimental option of Fast Open from others of its kind (RFC 7413 appendix A.1, RFC 6994). */
const FAST_OPEN_MAGIC = [0xf9, 0x89]

/** `kind 254 f989`, `FO 0102030405060708`: an option by number, and its bytes in hexadecimal. */
const raw = (number: number, scanner: Scanner, first: readonly number[] = []): TcpOptionSpec => {
  const hex = scanner.take(/(?:[0-9a-fA-F]{2})+/y) ?? ''
  const bytes = (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))
  return { kind: 'raw', number, bytes: [...first, ...bytes] }
}
