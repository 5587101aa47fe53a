/** Arithmetic of filters: `tcp[tcpflags] & (tcp-syn|tcp-ack) != 0`, `len > 100`, `ip[8] < 5` (pcap-filter(7)). */
import { EtherType, Protocol } from '../../wire/packet.ts'
import type { FrameView } from './frame.ts'
import { FilterError, type FilterWords } from './words.ts'

/** null: a byte that the frame has not. */
export type Value = (frame: FrameView) => number | null

const NAMED: Readonly<Record<string, number>> = {
  tcpflags: 13,
  'tcp-fin': 1,
  'tcp-syn': 2,
  'tcp-rst': 4,
  'tcp-push': 8,
  'tcp-ack': 16,
  'tcp-urg': 32,
  'tcp-ece': 64,
  'tcp-cwr': 128,
  icmptype: 0,
  icmpcode: 1,
  'icmp-echoreply': 0,
  'icmp-unreach': 3,
  'icmp-sourcequench': 4,
  'icmp-redirect': 5,
  'icmp-echo': 8,
  'icmp-timxceed': 11,
  'icmp-paramprob': 12,
  icmp6type: 0,
  icmp6code: 1,
  'icmp6-echo': 128,
  'icmp6-echoreply': 129,
}

/** Where a protocol's bytes begin; -1: the frame is not of it. */
const BASES: Readonly<Record<string, (frame: FrameView) => number>> = {
  ether: () => 0,
  link: () => 0,
  ip: (f) => (f.family === 4 ? f.network : -1),
  ip6: (f) => (f.family === 6 ? f.network : -1),
  arp: (f) => (f.etherType === EtherType.ARP ? f.network : -1),
  tcp: (f) => transportOf(f, Protocol.TCP),
  udp: (f) => transportOf(f, Protocol.UDP),
  icmp: (f) => transportOf(f, Protocol.ICMP),
  icmp6: (f) => transportOf(f, Protocol.ICMPV6),
}

const transportOf = (f: FrameView, protocol: number): number => (f.protocol === protocol ? f.transport : -1)

/** Whether an arithmetic expression may begin with this word. */
export const beginsArithmetic = (word: string, next: string | undefined): boolean =>
  word === 'len' || NAMED[word] !== undefined || word === '-' || (BASES[word] !== undefined && next === '[')

export const isNumber = (word: string): boolean => /^(0x[0-9a-f]+|\d+)$/i.test(word)

const LEVELS: readonly Readonly<Record<string, (a: number, b: number) => number | null>>[] = [
  { '|': (a, b) => (a | b) >>> 0, '^': (a, b) => (a ^ b) >>> 0 },
  { '&': (a, b) => (a & b) >>> 0 },
  { '<<': (a, b) => (a << b) >>> 0, '>>': (a, b) => a >>> b },
  { '+': (a, b) => (a + b) >>> 0, '-': (a, b) => (a - b) >>> 0 },
  {
    '*': (a, b) => Math.imul(a, b) >>> 0,
    '/': (a, b) => (b === 0 ? null : Math.floor(a / b)),
    '%': (a, b) => (b === 0 ? null : a % b),
  },
]

export const arithmetic = (words: FilterWords, level = 0): Value => {
  const operators = LEVELS[level]
  if (operators === undefined) return factor(words)
  let left = arithmetic(words, level + 1)
  for (let apply = operators[words.peek() ?? '']; apply !== undefined; apply = operators[words.peek() ?? '']) {
    words.take()
    const [a, b, operate] = [left, arithmetic(words, level + 1), apply]
    left = (frame) => {
      const x = a(frame)
      const y = x === null ? null : b(frame)
      return x === null || y === null ? null : operate(x, y)
    }
  }
  return left
}

const factor = (words: FilterWords): Value => {
  const word = words.take()
  if (word === '-') {
    const inner = factor(words)
    return (frame) => {
      const value = inner(frame)
      return value === null ? null : -value >>> 0
    }
  }
  if (word === '(') {
    const inner = arithmetic(words)
    words.expect(')')
    return inner
  }
  if (isNumber(word)) {
    const value = Number(word)
    return () => value
  }
  if (word === 'len') return (frame) => frame.length
  const named = NAMED[word]
  if (named !== undefined) return () => named
  const base = BASES[word]
  if (base === undefined || words.peek() !== '[') throw new FilterError()
  words.take()
  const offset = arithmetic(words)
  let size = 1
  if (words.peek() === ':') {
    words.take()
    size = Number(words.take())
    if (size !== 1 && size !== 2 && size !== 4) throw new FilterError('data size must be 1, 2, or 4')
  }
  words.expect(']')
  return (frame) => {
    const at = base(frame)
    const more = offset(frame)
    return at < 0 || more === null ? null : frame.read(at + more, size)
  }
}

const RELATIONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
}

/** `arithmetic relation arithmetic`. */
export const relation = (words: FilterWords): ((frame: FrameView) => boolean) => {
  const left = arithmetic(words)
  const compare = RELATIONS[words.take()]
  if (compare === undefined) throw new FilterError()
  const right = arithmetic(words)
  return (frame) => {
    const a = left(frame)
    const b = a === null ? null : right(frame)
    return a !== null && b !== null && compare(a, b)
  }
}
