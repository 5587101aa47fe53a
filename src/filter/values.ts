/** Values of fields as nft(8) reads and writes them. */
import type { NetworkInterface } from '../link/interface.ts'
import { Address } from '../wire/address.ts'
import { parseAddress } from '../wire/parse.ts'
import { type Field, isAddressField, isNameField } from './field.ts'
import { compareAddresses, type Item } from './match.ts'

/** getprotobyname(3), as far as Debian's /etc/protocols goes for what this stack knows. */
const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  st: 5,
  tcp: 6,
  udp: 17,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  sctp: 132,
  udplite: 136,
}

const ICMP_TYPES: Readonly<Record<string, number>> = {
  'echo-reply': 0,
  'destination-unreachable': 3,
  'source-quench': 4,
  redirect: 5,
  'echo-request': 8,
  'router-advertisement': 9,
  'router-solicitation': 10,
  'time-exceeded': 11,
  'parameter-problem': 12,
  'timestamp-request': 13,
  'timestamp-reply': 14,
  'info-request': 15,
  'info-reply': 16,
  'address-mask-request': 17,
  'address-mask-reply': 18,
}

const ICMP6_TYPES: Readonly<Record<string, number>> = {
  'destination-unreachable': 1,
  'packet-too-big': 2,
  'time-exceeded': 3,
  'parameter-problem': 4,
  'echo-request': 128,
  'echo-reply': 129,
  'mld-listener-query': 130,
  'mld-listener-report': 131,
  'mld-listener-done': 132,
  'nd-router-solicit': 133,
  'nd-router-advert': 134,
  'nd-neighbor-solicit': 135,
  'nd-neighbor-advert': 136,
  'nd-redirect': 137,
}

export const CT_STATES: Readonly<Record<string, number>> = {
  invalid: 1,
  new: 8,
  established: 2,
  related: 4,
  untracked: 64,
}

export const TCP_FLAGS: Readonly<Record<string, number>> = {
  fin: 1,
  syn: 2,
  rst: 4,
  psh: 8,
  ack: 16,
  urg: 32,
  ecn: 64,
  cwr: 128,
}

/** Names of the numbers of a field; none: numbers alone. */
export const namesOf = (field: Field): Readonly<Record<string, number>> => {
  switch (field) {
    case 'ip protocol':
    case 'ip6 nexthdr':
    case 'meta l4proto':
      return PROTOCOLS
    case 'meta nfproto':
      return { ipv4: 2, ipv6: 10 }
    case 'icmp type':
      return ICMP_TYPES
    case 'icmp code':
      return {
        'net-unreachable': 0,
        'host-unreachable': 1,
        'prot-unreachable': 2,
        'port-unreachable': 3,
        'frag-needed': 4,
        'net-prohibited': 9,
        'host-prohibited': 10,
        'admin-prohibited': 13,
      }
    case 'icmpv6 type':
      return ICMP6_TYPES
    case 'icmpv6 code':
      return {
        'no-route': 0,
        'admin-prohibited': 1,
        'addr-unreachable': 3,
        'port-unreachable': 4,
        'policy-fail': 5,
        'reject-route': 6,
      }
    case 'ct state':
      return CT_STATES
    case 'tcp flags':
      return TCP_FLAGS
    default:
      return {}
  }
}

export const isPortField = (field: Field): boolean => field.endsWith(' sport') || field.endsWith(' dport')

/** What can be asked while values are read. */
export interface Known {
  readonly interfaces: readonly NetworkInterface[]
  /** Number of a service by name; negative: unknown. */
  readonly service?: (name: string) => number
}

const numberOf = (field: Field, text: string, known: Known): number | string => {
  if (field === 'iif' || field === 'oif') {
    const found = known.interfaces.find(({ name }) => name === text)
    return found === undefined ? 'Interface does not exist' : found.index
  }
  const named = namesOf(field)[field === 'ip6 nexthdr' && text === 'icmpv6' ? 'ipv6-icmp' : text]
  if (named !== undefined) return named
  if (/^[0-9]+$/.test(text) || /^0x[0-9a-f]+$/i.test(text)) {
    const value = Number(text)
    if (isPortField(field)) return value <= 65535 ? value : 'Service out of range'
    return value <= 255 ? value : `Value ${text} exceeds valid range 0-255`
  }
  if (isPortField(field)) {
    const port = known.service?.(text) ?? -1
    return port >= 0 ? port : 'Could not resolve service: Servname not supported for ai_socktype'
  }
  if (field.endsWith('proto') || field === 'ip protocol' || field === 'ip6 nexthdr')
    return text === 'icmpv6' ? 58 : 'Could not resolve protocol name'
  return `Could not parse ${field === 'icmp type' ? 'ICMP type' : field === 'icmpv6 type' ? 'ICMPv6 type' : field}`
}

const words = (a: Address): [number, number, number, number] => [a.w0, a.w1, a.w2, a.w3]

/** First and last address of a prefix. */
const prefixOf = (address: Address, length: number): [Address, Address] => {
  const base = address.family === 4 ? 96 : 0
  const ends = [0, -1].map((fill) => {
    const w = words(address).map((word, i) => {
      const bits = Math.min(32, Math.max(0, base + length - 32 * i))
      const mask = bits === 0 ? 0 : -1 << (32 - bits)
      return (word & mask) | (fill & ~mask)
    }) as [number, number, number, number]
    return address.family === 4 ? Address.v4(w[3]) : Address.v6(...w)
  })
  return ends as [Address, Address]
}

const addressOf = (field: Field, text: string): Address | string => {
  const address = parseAddress(text)
  if (address === null) return 'Could not resolve hostname: Name or service not known'
  if (address.family === (field.startsWith('ip6') ? 6 : 4)) return address
  return 'Could not resolve hostname: Address family for hostname not supported'
}

/** An item from its text (`80`, `80-90`, `10.0.0.0/8`, `eth*`), or what is wrong with it in nft's words. */
export const parseItem = (field: Field, text: string, known: Known): Item | string => {
  if (isNameField(field)) {
    const wild = text.endsWith('*')
    const name = wild ? text.slice(0, -1) : text
    return name.length > 15 ? 'String exceeds maximum length of 16' : { kind: 'name', name, wild }
  }
  if (isAddressField(field)) return addressItem(field, text)
  const exact = numberOf(field, text, known)
  if (typeof exact === 'number') return { kind: 'number', low: exact, high: exact }
  const dash = /^([^-]+)-([^-]+)$/.exec(text)
  if (dash === null || field === 'iif' || field === 'oif') return exact
  const low = numberOf(field, dash[1] as string, known)
  const high = numberOf(field, dash[2] as string, known)
  if (typeof low === 'string') return low
  if (typeof high === 'string') return high
  return low > high ? 'Range has zero or negative size' : { kind: 'number', low, high, isRange: true }
}

const addressItem = (field: Field, text: string): Item | string => {
  const [first = '', length] = text.split('/')
  const [from = '', to] = first.split('-')
  const low = addressOf(field, from)
  if (typeof low === 'string') return low
  if (to !== undefined) {
    const high = addressOf(field, to)
    if (typeof high === 'string') return high
    return compareAddresses(low, high) > 0
      ? 'Range has zero or negative size'
      : { kind: 'address', low, high, prefix: null, isRange: true }
  }
  if (length === undefined) return { kind: 'address', low, high: low, prefix: null }
  const most = low.family === 4 ? 32 : 128
  const prefix = /^[0-9]+$/.test(length) ? Number(length) : Infinity
  if (prefix > most) return `Prefix length ${length} is invalid for type of ${most} bits width`
  const [start, end] = prefixOf(low, prefix)
  return { kind: 'address', low: start, high: end, prefix: prefix === most ? null : prefix }
}

const compareItems = (a: Item, b: Item): number => {
  if (a.kind === 'number' && b.kind === 'number') return a.low - b.low
  if (a.kind === 'address' && b.kind === 'address') return compareAddresses(a.low, b.low)
  if (a.kind === 'name' && b.kind === 'name') return compareNames(a.name, b.name)
  return 0
}

/** As nft sorts them: sixteen octets read as one number, the last octet first. */
const compareNames = (a: string, b: string): number => {
  for (let i = 15; i >= 0; i--) {
    const d = (i < a.length ? a.charCodeAt(i) : 0) - (i < b.length ? b.charCodeAt(i) : 0)
    if (d !== 0) return d
  }
  return 0
}

const isSingle = (item: Item): boolean => item.kind === 'name' || item.low === item.high || compareEnds(item) === 0

const compareEnds = (item: Item): number =>
  item.kind === 'number' ? item.high - item.low : item.kind === 'address' ? compareAddresses(item.high, item.low) : 0

/** The address after this one; the last one's is the first. */
const next = (address: Address): Address => {
  const w = words(address)
  for (let i = 3; i >= 0; i--) {
    w[i] = ((w[i] as number) + 1) | 0
    if (w[i] !== 0) break
  }
  return address.family === 4 ? Address.v4(w[3]) : Address.v6(...w)
}

/** The length of the prefix that the range is, or null. */
const prefixLength = (low: Address, high: Address): number | null => {
  const bits = low.family === 4 ? 32 : 128
  for (let length = 0; length < bits; length++) {
    const [first, last] = prefixOf(low, length)
    if (first.equals(low) && last.equals(high)) return length
  }
  return null
}

type Range = Extract<Item, { kind: 'address' }>

/** A range of a set: written as a prefix when it is one. */
const rangeOf = (low: Address, high: Address): Range => ({
  kind: 'address',
  low,
  high,
  prefix: prefixLength(low, high),
})

/** Elements of a set as the kernel keeps them: in order, once each; neighbours of a set with ranges become one. */
export const setOf = (items: readonly Item[]): Item[] => {
  const sorted = [...items].sort(compareItems)
  const joins = items.some((item) => !isSingle(item))
  const out: Item[] = []
  for (const item of sorted) {
    const last = out.at(-1)
    if (item.kind === 'number') {
      if (last?.kind !== 'number' || item.low > (joins ? last.high + 1 : last.high))
        out.push({ kind: 'number', low: item.low, high: item.high })
      else out[out.length - 1] = { kind: 'number', low: last.low, high: Math.max(last.high, item.high) }
    } else if (item.kind === 'address') {
      if (last?.kind === 'address' && touches(last, item, joins)) {
        if (compareAddresses(item.high, last.high) > 0) out[out.length - 1] = rangeOf(last.low, item.high)
      } else out.push(rangeOf(item.low, item.high))
    } else if (last === undefined || compareItems(last, item) !== 0) out.push(item)
  }
  return out
}

const touches = (last: Range, item: Range, joins: boolean): boolean =>
  compareAddresses(item.low, last.high) <= 0 || (joins && next(last.high).equals(item.low))
