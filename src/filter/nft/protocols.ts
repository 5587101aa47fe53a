/** What a rule has said of its packets' protocols so far: a rule about two of one layer matches nothing, and nft refuses it. */
import type { TableFamily } from '../chain.ts'
import type { ValueMatch } from '../match.ts'
import { NftError } from './lexer.ts'

interface Span {
  readonly start: number
  readonly stop: number
}

const NETWORK: ReadonlySet<string> = new Set(['ip', 'ip6'])
const TRANSPORT: ReadonlySet<string> = new Set(['tcp', 'udp', 'icmp', 'icmpv6'])
const NUMBERS: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6' }

export class RuleProtocols {
  readonly #family: TableFamily
  #network: string | null
  #transport: string | null = null

  constructor(family: TableFamily) {
    this.#family = family
    this.#network = family === 'inet' ? null : family
  }

  /** A field of `group` (`tcp` of `tcp dport`) is read; throws where that cannot be. */
  field(group: string, span: Span): void {
    if (NETWORK.has(group)) this.#network = agree(this.#network, group, span)
    if (TRANSPORT.has(group)) this.#transport = agree(this.#transport, group, span)
  }

  /** What a comparison settles about the protocols. */
  match(match: ValueMatch, span: Span): void {
    const { field, negated, items, isSet } = match
    if (field === 'meta nfproto' && this.#family !== 'inet')
      throw new NftError('meta nfproto is only useful in the inet family', span)
    const [item] = items
    if (negated || isSet || item?.kind !== 'number' || item.low !== item.high) return
    if (field === 'meta nfproto') this.#network = agree(this.#network, item.low === 2 ? 'ip' : 'ip6', span)
    else if (field === 'meta l4proto' || field === 'ip protocol' || field === 'ip6 nexthdr') {
      const name = NUMBERS[item.low]
      if (name !== undefined) this.#transport = agree(this.#transport, name, span)
    }
  }

  /** Whether `reject with KIND` can be in this table. */
  reject(kind: 'icmp' | 'icmpv6' | 'icmpx', code: Span, statement: Span): void {
    if (this.#family === 'inet') return
    if (kind === 'icmpx') throw new NftError('abstracted ICMP unreachable not supported', code, statement)
    if ((kind === 'icmp') !== (this.#family === 'ip'))
      throw new NftError('conflicting protocols specified: ip vs ip6', code, statement)
  }
}

const agree = (known: string | null, now: string, span: Span): string => {
  if (known !== null && known !== now) throw new NftError(`conflicting protocols specified: ${known} vs. ${now}`, span)
  return now
}
