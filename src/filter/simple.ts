import type { IpLayer } from '../ip/types.ts'
import { type Field, isAddressField } from './field.ts'
import type { Item } from './match.ts'
import type { Statement } from './rule.ts'
import { CT_STATES, parseItem, setOf, TCP_FLAGS } from './values.ts'
import { REJECT_CODES, type RejectWith } from './verdict.ts'

type Some<T> = T | readonly T[]

/** A rule of `Firewall.add`. What is absent matches everything; a list matches any of its members. */
export interface RuleInit {
  readonly chain: 'input' | 'output' | 'forward'
  readonly protocol?: 'tcp' | 'udp' | 'icmp' | 'icmpv6'
  /** `10.0.0.1`, `10.0.0.0/8`, `10.0.0.1-10.0.0.9`, or IPv6. */
  readonly saddr?: Some<string>
  readonly daddr?: Some<string>
  /** A port, or a range `1000-2000`. Needs `protocol` tcp or udp. */
  readonly sport?: Some<number | string>
  readonly dport?: Some<number | string>
  /** Interfaces by name; `eth*` is all that begin so. */
  readonly iif?: Some<string>
  readonly oif?: Some<string>
  readonly state?: Some<'new' | 'established' | 'related' | 'invalid'>
  /** TCP flags that must be set and, of `among`, no others: `{ set: 'syn', among: ['syn', 'ack'] }`. */
  readonly flags?: { readonly set: Some<string>; readonly among?: Some<string> }
  /** `echo-request` or a number, of the `protocol` icmp or icmpv6. */
  readonly icmpType?: Some<number | string>
  readonly counter?: boolean
  readonly verdict: 'accept' | 'drop' | 'reject'
  /** What a rejected packet is answered with. Default `port-unreachable`. */
  readonly with?: 'tcp-reset' | 'port-unreachable' | 'host-unreachable' | 'admin-prohibited' | 'no-route'
  readonly comment?: string
  /** Default `end`. */
  readonly at?: 'start' | 'end'
}

const listOf = <T>(some: Some<T>): readonly T[] => (Array.isArray(some) ? some : [some as T])

const bits = (names: Some<string>, of: Readonly<Record<string, number>>): number =>
  listOf(names).reduce((sum, name) => {
    const bit = of[name]
    if (bit === undefined) throw new Error(`${name}: not one of ${Object.keys(of).join(', ')}`)
    return sum | bit
  }, 0)

const values = (field: Field, some: Some<string | number>, ip: IpLayer): Statement => {
  const items = listOf(some).map((value): Item => {
    const item = parseItem(field, String(value), ip)
    if (typeof item === 'string') throw new Error(`${field} ${value}: ${item}`)
    return item
  })
  const set = items.length > 1 ? setOf(items) : items
  return { kind: 'match', field, negated: false, items: set, isSet: items.length > 1 }
}

const addressField = (some: Some<string>, end: 'saddr' | 'daddr'): Field => {
  const field: Field = String(listOf(some)[0]).includes(':') ? `ip6 ${end}` : `ip ${end}`
  return isAddressField(field) ? field : `ip ${end}`
}

const matchesOf = (init: RuleInit, ip: IpLayer): Statement[] => {
  const { protocol, saddr, daddr, sport, dport, iif, oif, state, flags, icmpType } = init
  const out: Statement[] = []
  if (iif !== undefined) out.push(values('iifname', iif, ip))
  if (oif !== undefined) out.push(values('oifname', oif, ip))
  if (state !== undefined)
    out.push({ kind: 'bits', field: 'ct state', test: 'any', value: bits(state, CT_STATES), mask: null })
  if (saddr !== undefined) out.push(values(addressField(saddr, 'saddr'), saddr, ip))
  if (daddr !== undefined) out.push(values(addressField(daddr, 'daddr'), daddr, ip))
  if (sport !== undefined) out.push(values(`${portProtocol(protocol)} sport`, sport, ip))
  if (dport !== undefined) out.push(values(`${portProtocol(protocol)} dport`, dport, ip))
  if (icmpType !== undefined) out.push(values(protocol === 'icmpv6' ? 'icmpv6 type' : 'icmp type', icmpType, ip))
  if (flags !== undefined) {
    const value = bits(flags.set, TCP_FLAGS)
    const mask = value | (flags.among === undefined ? 0 : bits(flags.among, TCP_FLAGS))
    out.push({ kind: 'bits', field: 'tcp flags', test: '==', value, mask })
  }
  const isImplied = sport !== undefined || dport !== undefined || icmpType !== undefined || flags !== undefined
  if (protocol !== undefined && !isImplied) out.push(values('meta l4proto', protocol, ip))
  return out
}

const portProtocol = (protocol: RuleInit['protocol']): 'tcp' | 'udp' => {
  if (protocol === 'tcp' || protocol === 'udp') return protocol
  throw new Error('ports belong to a protocol: tcp or udp')
}

const answerOf = ({ with: answer = 'port-unreachable' }: RuleInit): RejectWith => {
  if (answer === 'tcp-reset') return { kind: 'tcp-reset' }
  if (REJECT_CODES.icmpx[answer] === undefined) throw new Error(`${answer}: no packet is rejected so`)
  return { kind: 'icmpx', code: answer }
}

/** The statements of a rule; throws where a part of it means nothing. */
export const statementsOf = (init: RuleInit, ip: IpLayer): Statement[] => {
  const out = matchesOf(init, ip)
  if (init.counter === true) out.push({ kind: 'counter', packets: 0, bytes: 0 })
  const { verdict } = init
  out.push({
    kind: 'verdict',
    verdict: verdict === 'reject' ? { kind: 'reject', with: answerOf(init) } : { kind: verdict },
  })
  return out
}
