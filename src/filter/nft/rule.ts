/** Rules as text to statements (nft(8), "Expressions", "Statements"), tidied as nft does before it loads them. */
import type { TableFamily } from '../chain.ts'
import { type Field, isField } from '../field.ts'
import type { BitsMatch, Item, ValueMatch } from '../match.ts'
import type { Statement } from '../rule.ts'
import { CT_STATES, type Known, parseItem, setOf, TCP_FLAGS } from '../values.ts'
import { REJECT_CODES, type RejectWith, type Verdict } from '../verdict.ts'
import type { Cursor } from './cursor.ts'
import { NftError, STATEMENTS, type Token, unexpected } from './lexer.ts'
import { RuleProtocols } from './protocols.ts'
import { tidy } from './tidy.ts'

export interface ParsedRule {
  readonly statements: Statement[]
  readonly comment: string | null
  /** Where the chain stands that the rule leads to. */
  readonly leadsTo: Token | null
}

const GROUPS: ReadonlySet<string> = new Set(['tcp', 'udp', 'th', 'ip', 'ip6', 'meta', 'icmp', 'icmpv6', 'ct'])
/** What nft 1.0.6 knows of `meta`; here `l4proto`, `nfproto` and the interfaces are understood. */
const META_KEYS =
  'length, protocol, priority, mark, iif, oif, iifname, oifname, iiftype, oiftype, skuid, skgid, nftrace, rtclassid, ' +
  'secmark, nfproto, l4proto, ibrname, obrname, pkttype, cpu, iifgroup, oifgroup, cgroup, random, ipsec, iifkind, ' +
  'oifkind, ibrpvid, ibrvproto, time, day, hour, sdif, sdifname'

const ALONE: ReadonlySet<string> = new Set(['iif', 'oif', 'iifname', 'oifname'])

class RuleParser {
  readonly #cursor: Cursor
  readonly #family: TableFamily
  readonly #known: Known
  readonly #out: Statement[] = []
  readonly #protocols: RuleProtocols
  /** Where the last comparison's field stands. */
  #span: Pick<Token, 'start' | 'stop'> = { start: 0, stop: 0 }
  #leadsTo: Token | null = null
  #terminal: Token | null = null

  constructor(cursor: Cursor, family: TableFamily, known: Known) {
    this.#cursor = cursor
    this.#family = family
    this.#known = known
    this.#protocols = new RuleProtocols(family)
  }

  parse(): ParsedRule {
    const cursor = this.#cursor
    let comment: string | null = null
    while (cursor.token.kind !== 'end' && !cursor.is('}')) {
      const { token } = cursor
      if (this.#out.length > 0 && cursor.take('comment')) {
        comment = cursor.value().text
        break
      }
      if (this.#terminal !== null)
        throw new NftError('Statement after terminal statement has no effect', token, this.#terminal)
      this.#statement(token)
    }
    cursor.end()
    if (this.#out.length === 0) throw unexpected(cursor.token)
    return { statements: tidy(this.#out, this.#family), comment, leadsTo: this.#leadsTo }
  }

  #statement(token: Token): void {
    const cursor = this.#cursor
    if (cursor.take('counter')) this.#counter()
    else if (cursor.take('accept') || cursor.take('drop') || cursor.take('return'))
      this.#verdict(token, { kind: token.text as 'accept' | 'drop' | 'return' })
    else if (cursor.take('jump') || cursor.take('goto')) {
      this.#leadsTo = cursor.name()
      this.#verdict(token, { kind: token.text as 'jump' | 'goto', chain: this.#leadsTo.text })
    } else if (cursor.take('reject')) this.#verdict(token, { kind: 'reject', with: this.#reject(token) })
    else this.#match()
  }

  #verdict(token: Token, verdict: Verdict): void {
    this.#terminal = token
    this.#out.push({ kind: 'verdict', verdict })
  }

  #counter(): void {
    const cursor = this.#cursor
    let packets = 0
    let bytes = 0
    if (cursor.take('packets')) {
      packets = cursor.number().value
      cursor.expect('bytes')
      bytes = cursor.number().value
    }
    this.#out.push({ kind: 'counter', packets, bytes })
  }

  #reject(statement: Token): RejectWith {
    const cursor = this.#cursor
    const kindOfFamily = this.#family === 'inet' ? 'icmpx' : this.#family === 'ip' ? 'icmp' : 'icmpv6'
    if (!cursor.take('with')) return { kind: kindOfFamily, code: 'port-unreachable' }
    const kind = cursor.next()
    if (kind.text === 'tcp') {
      cursor.expect('reset')
      this.#checkReset(statement)
      return { kind: 'tcp-reset' }
    }
    if (kind.text !== 'icmp' && kind.text !== 'icmpv6' && kind.text !== 'icmpx')
      throw unexpected(kind, 'icmp or icmpv6 or tcp or icmpx')
    cursor.take('type')
    const code = cursor.name()
    if (REJECT_CODES[kind.text][code.text] === undefined) throw new NftError(`Could not parse ${kind.text} code`, code)
    this.#protocols.reject(kind.text, code, statement)
    return { kind: kind.text, code: code.text }
  }

  /** A reset answers TCP alone: the rule may not be about something else, and about what is needs saying. */
  #checkReset(statement: Token): void {
    for (const one of this.#out) {
      if (one.kind === 'bits' && one.field === 'tcp flags') return
      if (one.kind !== 'match') continue
      if (one.field.startsWith('tcp ')) return
      if (/^(udp|icmp|icmpv6) /.test(one.field))
        throw new NftError('you cannot use tcp reset with this protocol', statement, this.#span)
      if (one.field === 'meta l4proto' || one.field === 'ip protocol' || one.field === 'ip6 nexthdr') return
    }
    const [tcp] = [parseItem('meta l4proto', 'tcp', this.#known)]
    if (typeof tcp === 'object' && this.#family === 'inet')
      this.#out.push({ kind: 'match', field: 'meta l4proto', negated: false, items: [tcp], isSet: false })
  }

  #field(): Field {
    const cursor = this.#cursor
    const first = cursor.next()
    this.#span = first
    if (first.kind === 'word' && ALONE.has(first.text) && isField(first.text)) return first.text
    if (first.kind !== 'word' || !GROUPS.has(first.text)) {
      // A name may stand for much; what follows says that it stands for nothing.
      if (first.kind === 'word' && unexpected(first).message.endsWith('unexpected string'))
        throw unexpected(cursor.token)
      throw unexpected(first)
    }
    const second = cursor.next()
    const span = { start: first.start, stop: second.stop }
    this.#span = span
    if (first.text === 'meta' && ALONE.has(second.text) && isField(second.text)) return second.text
    const field = `${first.text} ${second.text}`
    if (!isField(field)) {
      if (first.text !== 'meta' || second.kind !== 'word') throw unexpected(second)
      throw new NftError(`syntax error, unexpected ${second.text}, known keys are ${META_KEYS}`, span)
    }
    return field
  }

  #match(): void {
    const field = this.#field()
    const span = this.#span
    const match = this.#comparison(field)
    this.#protocols.field(field.split(' ')[0] as string, span)
    if (match.kind === 'match') this.#protocols.match(match, span)
    this.#out.push(match)
  }

  #comparison(field: Field): ValueMatch | BitsMatch {
    const cursor = this.#cursor
    if ((field === 'ct state' || field === 'tcp flags') && cursor.take('!')) {
      return this.#bits(field, 'none')
    }
    const negated = cursor.take('!=')
    const isEqual = !negated && cursor.take('==')
    if ((field === 'ct state' || field === 'tcp flags') && !cursor.is('{')) {
      return this.#bits(field, negated ? '!=' : isEqual ? '==' : 'any')
    }
    if (cursor.take('{')) return this.#set(field, negated)
    return { kind: 'match', field, negated, items: [this.#item(field)], isSet: false }
  }

  /** What stands in braces; a set of one is no set. */
  #set(field: Field, negated: boolean): ValueMatch {
    const cursor = this.#cursor
    const items: Item[] = []
    // Lines may end anywhere between the elements.
    cursor.skipEnds()
    do {
      cursor.skipEnds()
      if (cursor.is('}')) break
      items.push(this.#item(field))
      cursor.skipEnds()
    } while (cursor.take(','))
    cursor.expect('}')
    if (items.length === 0) throw unexpected(cursor.last)
    const isSet = items.length > 1
    return { kind: 'match', field, negated, items: isSet ? setOf(items) : items, isSet }
  }

  #item(field: Field): Item {
    const token = this.#cursor.value()
    if (token.kind === 'word' && STATEMENTS.has(token.text)) throw unexpected(token)
    // nft reads the whole first: a family that does not fit comes before what is wrong with the value.
    this.#protocols.field(field.split(' ')[0] as string, this.#span)
    const item = parseItem(field, token.text, this.#known)
    if (typeof item === 'string') throw new NftError(item, token)
    return item
  }

  /** `established,related`; `syn`; `syn / syn,ack`; `& (syn|ack) == syn`. */
  #bits(field: BitsMatch['field'], test: BitsMatch['test']): BitsMatch {
    const cursor = this.#cursor
    const of = field === 'ct state' ? CT_STATES : TCP_FLAGS
    if (field === 'tcp flags' && cursor.take('&')) {
      const mask = this.#names(of)
      const isNot = cursor.take('!=')
      if (!isNot) cursor.take('==')
      const value = this.#names(of)
      if (value === 0) return { kind: 'bits', field, test: isNot ? 'any' : 'none', value: mask, mask: null }
      return { kind: 'bits', field, test: isNot ? '!=' : '==', value, mask }
    }
    const value = this.#names(of)
    if (field === 'tcp flags' && cursor.take('/'))
      return { kind: 'bits', field, test: test === 'any' ? '==' : test, value, mask: this.#names(of) }
    return { kind: 'bits', field, test, value, mask: null }
  }

  #names(of: Readonly<Record<string, number>>): number {
    const cursor = this.#cursor
    const isInBrackets = cursor.take('(')
    let value = 0
    do {
      const token = cursor.value()
      const bit = of[token.text] ?? (/^0x[0-9a-f]+$|^[0-9]+$/i.test(token.text) ? Number(token.text) : undefined)
      if (bit === undefined)
        throw new NftError(of === CT_STATES ? 'Could not parse conntrack state' : 'Could not parse TCP flag', token)
      value |= bit
    } while (cursor.take(',') || cursor.take('|'))
    if (isInBrackets) cursor.expect(')')
    return value
  }
}

export const parseRule = (cursor: Cursor, family: TableFamily, known: Known): ParsedRule =>
  new RuleParser(cursor, family, known).parse()
