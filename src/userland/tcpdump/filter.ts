/**
 * pcap's filter language (pcap-filter(7)): primitives with qualifiers, `and or not ( )`, arithmetic. Alternation and concatenation have
 * the same precedence and are taken from left to right; an id alone repeats the qualifiers before it (`port 80 or 443`).
 */
import type { Address } from '../../wire/address.ts'
import { EtherType, LinkCast, Protocol } from '../../wire/packet.ts'
import { parseAddress } from '../../wire/parse.ts'
import { beginsArithmetic, isNumber, relation } from './arithmetic.ts'
import type { FrameView } from './frame.ts'
import {
  addressTest,
  type Direction,
  type Filter,
  isGroup,
  isIpMulticast,
  macTest,
  netTest,
  portTest,
} from './primitives.ts'
import { FilterError, FilterWords } from './words.ts'

export type { Filter } from './primitives.ts'
export { FilterError } from './words.ts'

/** How names become numbers. */
export interface FilterNames {
  addresses(name: string): readonly Address[]
  port(name: string, protocol: 'tcp' | 'udp'): number | null
  protocol(name: string): number | null
}

const PROTOCOLS = ['ether', 'ip', 'ip6', 'arp', 'tcp', 'udp', 'icmp', 'icmp6', 'sctp', 'igmp'] as const
type ProtocolName = (typeof PROTOCOLS)[number]
type Kind = 'host' | 'net' | 'port' | 'portrange' | 'proto'

interface Qualifiers {
  readonly protocol: ProtocolName | null
  readonly direction: Direction
  readonly kind: Kind
}

const IP_PROTOCOLS: Partial<Record<ProtocolName, number>> = {
  tcp: Protocol.TCP,
  udp: Protocol.UDP,
  icmp: Protocol.ICMP,
  icmp6: Protocol.ICMPV6,
  sctp: 132,
  igmp: 2,
}

const isOf = (frame: FrameView, protocol: ProtocolName): boolean => {
  switch (protocol) {
    case 'ether':
      return true
    case 'ip':
      return frame.etherType === EtherType.IPV4
    case 'ip6':
      return frame.etherType === EtherType.IPV6
    case 'arp':
      return frame.etherType === EtherType.ARP
    case 'icmp':
      return frame.family === 4 && frame.protocol === Protocol.ICMP
    default:
      return frame.protocol === IP_PROTOCOLS[protocol]
  }
}

/** null: an empty expression, which everything meets. Throws FilterError. */
export const parseFilter = (text: string, names: FilterNames): Filter | null => {
  const words = new FilterWords(text)
  if (words.done) return null
  const parser = new FilterParser(words, names)
  const filter = parser.expression()
  if (!words.done) throw new FilterError()
  return filter
}

class FilterParser {
  readonly #words: FilterWords
  readonly #names: FilterNames
  #last: Qualifiers | null = null

  constructor(words: FilterWords, names: FilterNames) {
    this.#words = words
    this.#names = names
  }

  expression(): Filter {
    let left = this.#term()
    for (;;) {
      const word = this.#words.peek()
      const isOr = word === 'or' || word === '||'
      if (!isOr && word !== 'and' && word !== '&&') return left
      this.#words.take()
      const [a, b] = [left, this.#term()]
      left = isOr ? (frame) => a(frame) || b(frame) : (frame) => a(frame) && b(frame)
    }
  }

  #term(): Filter {
    const word = this.#words.peek()
    if (word === 'not' || word === '!') {
      this.#words.take()
      const inner = this.#term()
      return (frame) => !inner(frame)
    }
    if (word === '(') return this.#parenthesis()
    return this.#primitive()
  }

  /** Around a condition, or around numbers: `(tcp[13] & 2) != 0`. */
  #parenthesis(): Filter {
    const start = this.#words.position
    try {
      this.#words.take()
      const inner = this.expression()
      this.#words.expect(')')
      return inner
    } catch (error) {
      if (!(error instanceof FilterError)) throw error
      this.#words.rewind(start)
      return relation(this.#words)
    }
  }

  #primitive(): Filter {
    const words = this.#words
    const word = words.peek() ?? ''
    const next = words.peek(1)
    if (beginsArithmetic(word, next) || (isNumber(word) && /^[-+*/%&|^<>=!]/.test(next ?? ''))) return relation(words)
    const simple = this.#simple(word)
    if (simple !== null) return simple
    return this.#qualified()
  }

  /** Those that stand by themselves. */
  #simple(word: string): Filter | null {
    const words = this.#words
    const number = (): number => {
      words.take()
      const text = words.take()
      if (!isNumber(text)) throw new FilterError()
      return Number(text)
    }
    if (word === 'less') {
      const most = number()
      return (frame) => frame.length <= most
    }
    if (word === 'greater') {
      const least = number()
      return (frame) => frame.length >= least
    }
    if (word === 'inbound' || word === 'outbound') {
      words.take()
      return (frame) => (frame.cast === LinkCast.OUTGOING) === (word === 'outbound')
    }
    if (word === 'broadcast' || word === 'multicast') {
      words.take()
      return (frame) => isGroup(frame, word === 'broadcast')
    }
    if (word === 'ifname') {
      words.take()
      const name = words.take()
      return (frame) => frame.via?.name === name
    }
    return null
  }

  #qualified(): Filter {
    const words = this.#words
    const protocol = PROTOCOLS.find((name) => name === words.peek()) ?? null
    if (protocol !== null) words.take()
    const after = words.peek()
    if (protocol !== null && (after === 'broadcast' || after === 'multicast')) {
      words.take()
      return protocol === 'ip' || protocol === 'ip6'
        ? (frame) => isOf(frame, protocol) && isIpMulticast(frame)
        : (frame) => isGroup(frame, after === 'broadcast')
    }
    const direction = this.#direction()
    const kind = (['host', 'net', 'port', 'portrange', 'proto'] as const).find((one) => one === words.peek()) ?? null
    if (kind !== null) words.take()
    if (protocol !== null && direction === null && kind === null && !this.#atId())
      return (frame) => isOf(frame, protocol)
    if (protocol === null && direction === null && kind === null) {
      if (this.#last === null || !this.#atId()) return this.#bareHost()
      return this.#test(this.#last)
    }
    this.#last = { protocol, direction: direction ?? 'either', kind: kind ?? 'host' }
    return this.#test(this.#last)
  }

  /** Without any qualifier an id is a host, if it looks like an address. */
  #bareHost(): Filter {
    const word = this.#words.peek()
    if (word === undefined || parseAddress(word) === null) throw new FilterError()
    this.#last = { protocol: null, direction: 'either', kind: 'host' }
    return this.#test(this.#last)
  }

  #direction(): Direction | null {
    const words = this.#words
    const first = words.peek()
    if (first !== 'src' && first !== 'dst') return null
    words.take()
    const joint = words.peek()
    const second = words.peek(1)
    if ((joint === 'or' || joint === 'and') && (second === 'src' || second === 'dst') && second !== first) {
      words.take()
      words.take()
      return joint === 'or' ? 'either' : 'both'
    }
    return first
  }

  #atId(): boolean {
    const word = this.#words.peek()
    return word !== undefined && /^[A-Za-z0-9_.:\\]/.test(word) && !['and', 'or', 'not'].includes(word)
  }

  #test(q: Qualifiers): Filter {
    if (!this.#atId()) throw new FilterError()
    const id = this.#words.take()
    const inner = this.#idTest(q, id)
    const { protocol } = q
    return protocol === null || protocol === 'ether' ? inner : (frame) => isOf(frame, protocol) && inner(frame)
  }

  #idTest(q: Qualifiers, id: string): Filter {
    switch (q.kind) {
      case 'host':
        return q.protocol === 'ether' ? macTest(q.direction, id) : this.#hostTest(q.direction, id)
      case 'net':
        return netTest(q.direction, this.#netText(id))
      case 'port': {
        const port = this.#port(id, q.protocol)
        return portTest(q.direction, port, port)
      }
      case 'portrange': {
        const [, from = '', to = ''] = /^(.+)-(.+)$/.exec(id) ?? []
        if (from === '') throw new FilterError(`invalid port range '${id}'`)
        return portTest(q.direction, this.#port(from, q.protocol), this.#port(to, q.protocol))
      }
      case 'proto':
        return this.#protocolTest(q.protocol, id.replace(/^\\/, ''))
    }
  }

  #hostTest(direction: Direction, id: string): Filter {
    const literal = parseAddress(id)
    const wanted = literal === null ? this.#names.addresses(id) : [literal]
    if (wanted.length === 0) throw new FilterError(`unknown host '${id}'`)
    return addressTest(direction, (address) => wanted.some((one) => one.equals(address)))
  }

  /** `net 10.0.0.0 mask 255.255.255.0` is the same as `net 10.0.0.0/24`. */
  #netText(id: string): string {
    if (this.#words.peek() !== 'mask') return id
    this.#words.take()
    const mask = parseAddress(this.#words.take())
    if (mask === null) throw new FilterError()
    return `${id}/${Math.clz32(~mask.w3)}`
  }

  #port(id: string, protocol: ProtocolName | null): number {
    if (/^\d+$/.test(id)) {
      if (Number(id) > 65_535) throw new FilterError(`illegal port number ${id} > 65535`)
      return Number(id)
    }
    const asked = protocol === 'tcp' || protocol === 'udp' ? [protocol] : (['tcp', 'udp'] as const)
    for (const one of asked) {
      const port = this.#names.port(id, one)
      if (port !== null) return port
    }
    throw new FilterError(`unknown port '${id}'`)
  }

  #protocolTest(of: ProtocolName | null, id: string): Filter {
    if (of === 'ether') {
      const types: Readonly<Record<string, number>> = { ip: EtherType.IPV4, ip6: EtherType.IPV6, arp: EtherType.ARP }
      const type = isNumber(id) ? Number(id) : types[id]
      if (type === undefined) throw new FilterError(`unknown ether proto '${id}'`)
      return (frame) => frame.etherType === type
    }
    const number = isNumber(id) ? Number(id) : this.#names.protocol(id)
    if (number === null) throw new FilterError(`unknown ip proto '${id}'`)
    return (frame) => frame.protocol === number
  }
}
