/** Rules as text to statements (nft(8), "Expressions", "Statements"), tidied as nft does before it loads them. */
import type { TableFamily } from '../chain.ts'
import { type Field, isField } from '../field.ts'
import type { BitsMatch, Item } from '../match.ts'
import type { Statement } from '../rule.ts'
import { CT_STATES, type Known, parseItem, setOf, TCP_FLAGS } from '../values.ts'
import { REJECT_CODES, type RejectWith, type Verdict } from '../verdict.ts'
import type { Cursor } from './cursor.ts'
import { NftError, type Token, unexpected } from './lexer.ts'

export interface ParsedRule {
  readonly statements: Statement[]
  readonly comment: string | null
  /** Where the chain stands that the rule leads to. */
  readonly leadsTo: Token | null
}

const GROUPS: ReadonlySet<string> = new Set(['tcp', 'udp', 'th', 'ip', 'ip6', 'meta', 'icmp', 'icmpv6', 'ct'])
const ALONE: ReadonlySet<string> = new Set(['iif', 'oif', 'iifname', 'oifname'])

class RuleParser {
  readonly #cursor: Cursor
  readonly #family: TableFamily
  readonly #known: Known
  readonly #out: Statement[] = []
  #leadsTo: Token | null = null
  #terminal: Token | null = null

  constructor(cursor: Cursor, family: TableFamily, known: Known) {
    this.#cursor = cursor
    this.#family = family
    this.#known = known
  }

  parse(): ParsedRule {
    const cursor = this.#cursor
    let comment: string | null = null
    while (cursor.token.kind !== 'end' && !cursor.is('}')) {
      const { token } = cursor
      if (cursor.take('comment')) {
        comment = cursor.value().text
        break
      }
      if (this.#terminal !== null) throw new NftError('Statement after terminal statement has no effect', token)
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
    } else if (cursor.take('reject')) this.#verdict(token, { kind: 'reject', with: this.#reject() })
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

  #reject(): RejectWith {
    const cursor = this.#cursor
    const kindOfFamily = this.#family === 'inet' ? 'icmpx' : this.#family === 'ip' ? 'icmp' : 'icmpv6'
    if (!cursor.take('with')) return { kind: kindOfFamily, code: 'port-unreachable' }
    const kind = cursor.next()
    if (kind.text === 'tcp') {
      const reset = cursor.expect('reset')
      this.#checkReset(reset)
      return { kind: 'tcp-reset' }
    }
    if (kind.text !== 'icmp' && kind.text !== 'icmpv6' && kind.text !== 'icmpx') throw unexpected(kind)
    cursor.take('type')
    const code = cursor.name()
    if (REJECT_CODES[kind.text][code.text] === undefined) throw new NftError(`Could not parse ${kind.text} code`, code)
    return { kind: kind.text, code: code.text }
  }

  /** A reset answers TCP alone: the rule may not be about something else, and about what is needs saying. */
  #checkReset(reset: Token): void {
    for (const one of this.#out) {
      if (one.kind === 'bits' && one.field === 'tcp flags') return
      if (one.kind !== 'match') continue
      if (one.field.startsWith('tcp ')) return
      if (/^(udp|icmp|icmpv6) /.test(one.field))
        throw new NftError('you cannot use tcp reset with this protocol', reset)
      if (one.field === 'meta l4proto' || one.field === 'ip protocol' || one.field === 'ip6 nexthdr') return
    }
    const [tcp] = [parseItem('meta l4proto', 'tcp', this.#known)]
    if (typeof tcp === 'object' && this.#family === 'inet')
      this.#out.push({ kind: 'match', field: 'meta l4proto', negated: false, items: [tcp], isSet: false })
  }

  #field(): Field {
    const cursor = this.#cursor
    const first = cursor.next()
    if (first.kind === 'word' && ALONE.has(first.text) && isField(first.text)) return first.text
    if (first.kind !== 'word' || !GROUPS.has(first.text)) {
      if (first.kind === 'word' && unexpected(first).message.endsWith('unexpected string'))
        throw new NftError('No symbol type information', first)
      throw unexpected(first)
    }
    const second = cursor.next()
    if (first.text === 'meta' && ALONE.has(second.text) && isField(second.text)) return second.text
    const field = `${first.text} ${second.text}`
    if (!isField(field)) throw unexpected(second)
    const wrong = this.#family === 'ip' ? 'ip6' : this.#family === 'ip6' ? 'ip' : null
    if (first.text === wrong)
      throw new NftError(`conflicting protocols specified: ${this.#family} vs. ${wrong}`, {
        start: first.start,
        stop: second.stop,
      })
    return field
  }

  #match(): void {
    const cursor = this.#cursor
    const field = this.#field()
    const negated = cursor.take('!=')
    const isEqual = !negated && cursor.take('==')
    if ((field === 'ct state' || field === 'tcp flags') && !cursor.is('{')) {
      this.#out.push(this.#bits(field, negated ? '!=' : isEqual ? '==' : 'any'))
      return
    }
    if (!cursor.take('{')) {
      this.#out.push({ kind: 'match', field, negated, items: [this.#item(field)], isSet: false })
      return
    }
    const items: Item[] = []
    do {
      if (cursor.is('}')) break
      items.push(this.#item(field))
    } while (cursor.take(','))
    cursor.expect('}')
    if (items.length === 0) throw unexpected(cursor.last)
    // A set of one is no set.
    this.#out.push({ kind: 'match', field, negated, items: setOf(items), isSet: items.length > 1 })
  }

  #item(field: Field): Item {
    const token = this.#cursor.value()
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
      return { kind: 'bits', field, test: isNot ? '!=' : '==', value: this.#names(of), mask }
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

/** `meta l4proto tcp` before a field of TCP says nothing; neighbouring ports of one header are compared in its order. */
const tidy = (statements: readonly Statement[], family: TableFamily): Statement[] => {
  const out: Statement[] = []
  for (const one of statements) {
    const last = out.at(-1)
    if (last !== undefined && last.kind === 'match' && 'field' in one) {
      if (isImplied(last.field, last.items, one.field) && !last.negated) out.pop()
      else if (one.kind === 'match' && isPortPair(last, one)) {
        out.splice(-1, 0, one)
        continue
      }
    }
    // A reset answers TCP alone, which in a table of one family needs no saying.
    const isReset = one.kind === 'verdict' && one.verdict.kind === 'reject' && one.verdict.with.kind === 'tcp-reset'
    if (isReset && family === 'ip' && last?.kind === 'match' && last.field === 'ip protocol') out.pop()
    out.push(one)
  }
  return out
}

const isImplied = (field: Field, items: readonly Item[], next: Field): boolean => {
  const [item] = items
  if (field !== 'meta l4proto' || items.length !== 1 || item?.kind !== 'number' || item.low !== item.high) return false
  return next.startsWith(`${{ 6: 'tcp', 17: 'udp' }[item.low] ?? 'no'} `)
}

const isPortPair = (a: Statement, b: Statement): boolean => {
  if (a.kind !== 'match' || b.kind !== 'match' || a.isSet || b.isSet || a.negated || b.negated) return false
  const [protocol, end] = a.field.split(' ')
  if (end !== 'dport' || b.field !== `${protocol} sport`) return false
  return [a.items[0], b.items[0]].every((item) => item?.kind === 'number' && item.low === item.high)
}

export const parseRule = (cursor: Cursor, family: TableFamily, known: Known): ParsedRule =>
  new RuleParser(cursor, family, known).parse()
