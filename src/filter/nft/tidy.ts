/** Rules as nft lists them: what another part of the rule says already is left out (payload_dependency_kill and its kin). */
import type { TableFamily } from '../chain.ts'
import type { Field } from '../field.ts'
import type { Item, ValueMatch } from '../match.ts'
import type { Statement } from '../rule.ts'
import type { RejectWith } from '../verdict.ts'

const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6' }
const NETWORKS: Readonly<Record<number, string>> = { 2: 'ip', 10: 'ip6' }

/** The value of a plain comparison with one number; -1 for anything else. */
const plainValue = ({ items, negated, isSet }: ValueMatch): number => {
  const [item] = items
  if (negated || isSet || items.length !== 1 || item?.kind !== 'number' || item.low !== item.high) return -1
  return item.low
}

/** Fields that name the protocol of the next header, in tables where they alone decide. */
const namesTransport = (field: Field, family: TableFamily): boolean =>
  field === 'meta l4proto' ||
  (field === 'ip protocol' && family === 'ip') ||
  (field === 'ip6 nexthdr' && family === 'ip6')

/** `meta l4proto tcp` before a field of TCP, `meta nfproto ipv4` before one of IPv4: the field says it as well. */
const isImplied = (last: ValueMatch, next: string, family: TableFamily): boolean => {
  const value = plainValue(last)
  if (value < 0) return false
  if (last.field === 'meta nfproto') return next === NETWORKS[value]
  return namesTransport(last.field, family) && next === PROTOCOLS[value]
}

/** The family or protocol that an answer belongs to. */
const groupOf = (answer: RejectWith): string =>
  answer.kind === 'icmp' ? 'ip' : answer.kind === 'icmpv6' ? 'ip6' : answer.kind === 'tcp-reset' ? 'tcp' : ''

/** What a statement is about: `tcp` of `tcp dport`; of a reset, `tcp` where the table need not say more. */
const subjectOf = (one: Statement, family: TableFamily): string => {
  if ('field' in one) return one.field.split(' ')[0] as string
  if (one.kind !== 'verdict' || one.verdict.kind !== 'reject') return ''
  const group = groupOf(one.verdict.with)
  return group === 'tcp' && family === 'inet' ? '' : group
}

/** Ports of a rule that is about TCP or UDP alone are that protocol's. */
const named = (transport: string, one: Statement): Statement => {
  if (one.kind !== 'match' || (transport !== 'tcp' && transport !== 'udp')) return one
  if (one.field === 'th sport') return { ...one, field: `${transport} sport` }
  return one.field === 'th dport' ? { ...one, field: `${transport} dport` } : one
}

/** The transport protocol that a comparison settles, or ''. */
const transportOf = (one: Statement): string => {
  if (one.kind !== 'match') return ''
  const [group = '', rest] = one.field.split(' ')
  if (group === 'tcp' || group === 'udp') return group
  const tells = one.field === 'meta l4proto' || rest === 'protocol' || rest === 'nexthdr'
  return tells ? (PROTOCOLS[plainValue(one)] ?? '') : ''
}

const isOne = (item: Item | undefined): boolean => item?.kind === 'number' && item.low === item.high

/** Neighbouring ports of one header are compared in its order. */
const isPortPair = (a: Statement, b: Statement): boolean => {
  if (a.kind !== 'match' || b.kind !== 'match' || a.isSet || b.isSet || a.negated || b.negated) return false
  const [protocol, end] = a.field.split(' ')
  if (end !== 'dport' || b.field !== `${protocol} sport`) return false
  return isOne(a.items[0]) && isOne(b.items[0])
}

export const tidy = (statements: readonly Statement[], family: TableFamily): Statement[] => {
  const out: Statement[] = []
  let transport = ''
  for (const written of statements) {
    const last = out.at(-1)
    const one = named(transport, written)
    transport ||= transportOf(one)
    if (last?.kind === 'match' && isImplied(last, subjectOf(one, family), family)) out.pop()
    else if (last !== undefined && isPortPair(last, one)) {
      out.splice(-1, 0, one)
      continue
    }
    out.push(one)
  }
  return out
}
