import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
} from '../../socket/constants.ts'
import type { Address } from '../../wire/address.ts'
import { parseAddress } from '../../wire/parse.ts'
import { parseHosts } from '../etc/hosts.ts'
import { parseResolvConf, type ResolvConf } from '../etc/resolv-conf.ts'
import { parseServices } from '../etc/services.ts'
import type { ResolverCalls, ResolverContext } from './calls.ts'
import {
  AI_ADDRCONFIG,
  AI_ALL,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  AI_PASSIVE,
  AI_V4MAPPED,
} from './constants.ts'
import { type DnsResult, query } from './dns.ts'
import { ResolverError } from './errors.ts'

const KNOWN_FLAGS = 0x43f

export interface AddrInfoHints {
  readonly family?: number
  readonly socktype?: number
  readonly protocol?: number
  readonly flags?: number
}

/** One way to reach the service (struct addrinfo). */
export interface AddrInfo {
  readonly family: number
  readonly socktype: number
  readonly protocol: number
  readonly address: string
  readonly port: number
  /** With AI_CANONNAME, on the first entry. */
  readonly canonname?: string
}

/** The host side that the order of results depends on. */
export interface AddressOrder {
  /** Whether an address of the family is configured beside loopback (AI_ADDRCONFIG), and reachable at all. */
  configured(family: 4 | 6): boolean
}

const KINDS: readonly (readonly [number, number])[] = [
  [SOCK_STREAM, IPPROTO_TCP],
  [SOCK_DGRAM, IPPROTO_UDP],
  [SOCK_RAW, 0],
]

/**
 * getaddrinfo(3): numeric addresses, /etc/hosts, the localhost names (RFC 6761 6.3), then DNS.
 *
 * @throws ResolverError
 */
export const getaddrinfo = async (
  calls: ResolverCalls,
  context: ResolverContext,
  order: AddressOrder,
  node: string | null,
  service: string | number | null,
  hints: AddrInfoHints = {},
): Promise<AddrInfo[]> => {
  const { family = AF_UNSPEC, socktype = 0, protocol = 0, flags = 0 } = hints
  const name = node ?? ''
  if ((flags & ~KNOWN_FLAGS) !== 0 || ((flags & AI_CANONNAME) !== 0 && node === null))
    throw new ResolverError('BADFLAGS', name)
  if (node === null && service === null) throw new ResolverError('NONAME', name)
  if (family !== AF_UNSPEC && family !== AF_INET && family !== AF_INET6) throw new ResolverError('FAMILY', name)
  const kinds = KINDS.filter(
    ([t, p]) => (socktype === 0 || t === socktype) && (protocol === 0 || p === protocol || p === 0),
  )
  if (kinds.length === 0) throw new ResolverError('SOCKTYPE', name)
  const ports = kinds.map(([t]) => portOf(context, service, t, flags, name))
  if (ports.every((p) => p === null)) throw new ResolverError('SERVICE', name)
  const found = node === null ? passive(flags) : await addressesOf(calls, context, order, node, family, flags)
  const mapped = map(found.addresses, family, flags)
  // The wildcards keep glibc's order: IPv4 first, which a server binds first.
  const wanted = node === null && (flags & AI_PASSIVE) !== 0 ? mapped : sorted(mapped)
  if (wanted.length === 0) throw new ResolverError('NONAME', name)
  const results: AddrInfo[] = []
  for (const address of wanted)
    for (const [i, [t, p]] of kinds.entries()) {
      const port = ports[i] ?? null
      if (port === null) continue
      const canon = (flags & AI_CANONNAME) !== 0 && results.length === 0 ? { canonname: found.canonical } : {}
      results.push({
        family: address.family === 4 ? AF_INET : AF_INET6,
        socktype: t,
        protocol: p === 0 ? protocol : p,
        address: address.toString(),
        port,
        ...canon,
      })
    }
  return results
}

interface Found {
  readonly addresses: readonly Address[]
  readonly canonical: string
}

const passive = (flags: number): Found => {
  const texts = (flags & AI_PASSIVE) !== 0 ? ['0.0.0.0', '::'] : ['127.0.0.1', '::1']
  return { addresses: texts.map((t) => parseAddress(t) as Address), canonical: '' }
}

/** null: the service has no such protocol. */
const portOf = (
  context: ResolverContext,
  service: string | number | null,
  socktype: number,
  flags: number,
  name: string,
): number | null => {
  if (service === null || service === '') return 0
  if (/^\d+$/.test(String(service))) return Number(service) & 0xffff
  if ((flags & AI_NUMERICSERV) !== 0) throw new ResolverError('NONAME', name)
  if (socktype === SOCK_RAW) return null
  const table = parseServices(context.file('/etc/services') ?? '')
  return table.byName(String(service), socktype === SOCK_DGRAM ? 'udp' : 'tcp')?.port ?? null
}

const addressesOf = async (
  calls: ResolverCalls,
  context: ResolverContext,
  order: AddressOrder,
  node: string,
  family: number,
  flags: number,
): Promise<Found> => {
  const numeric = parseAddress(node)
  if (numeric !== null) return { addresses: [numeric], canonical: node }
  if ((flags & AI_NUMERICHOST) !== 0) throw new ResolverError('NONAME', node)
  const want4 = family !== AF_INET6 || (flags & AI_V4MAPPED) !== 0
  const want6 = family !== AF_INET
  const bare = node.replace(/\.$/, '').toLowerCase()
  const hosts = parseHosts(context.file('/etc/hosts') ?? '')
  const listed = hosts.lookup(bare).flatMap((text) => parseAddress(text) ?? [])
  const usable = listed.filter((a) => (a.family === 4 ? want4 : want6))
  if (usable.length > 0) return { addresses: usable, canonical: hosts.canonical(bare) ?? node }
  if (bare === 'localhost' || bare.endsWith('.localhost')) {
    const own = [...(want4 ? ['127.0.0.1'] : []), ...(want6 && listed.length === 0 ? ['::1'] : [])]
    return { addresses: own.map((t) => parseAddress(t) as Address), canonical: node }
  }
  if (bare === 'invalid' || bare.endsWith('.invalid')) throw new ResolverError('NONAME', node)
  const configured = (f: 4 | 6): boolean => (flags & AI_ADDRCONFIG) === 0 || order.configured(f)
  return lookup(calls, context, node, want4 && configured(4), want6 && configured(6))
}

/** Candidate names by the search list (resolv.conf(5) ndots), each asked for what is wanted. */
const lookup = async (
  calls: ResolverCalls,
  context: ResolverContext,
  node: string,
  want4: boolean,
  want6: boolean,
): Promise<Found> => {
  const conf = parseResolvConf(context.file('/etc/resolv.conf') ?? '')
  // glibc would ask 127.0.0.1; nobody answers there, and the result is the same.
  if (conf.nameservers.length === 0) throw new ResolverError('AGAIN', node)
  let temporary = false
  let exists = false
  for (const name of candidates(node, conf).filter(isDomainName)) {
    const results = await Promise.all([
      ...(want4 ? [query(calls, context, conf, name, 'A')] : []),
      ...(want6 ? [query(calls, context, conf, name, 'AAAA')] : []),
    ])
    const addresses = results.flatMap(addressesIn)
    if (addresses.length > 0) return { addresses, canonical: name.replace(/\.$/, '') }
    if (results.some((r) => r.status === 'timeout' || r.status === 'failure')) temporary = true
    if (results.some((r) => r.status === 'ok')) exists = true
  }
  throw new ResolverError(exists ? 'NODATA' : temporary ? 'AGAIN' : 'NONAME', node)
}

const addressesIn = (result: DnsResult): Address[] =>
  result.answers.flatMap((a) => (typeof a.data === 'string' ? (parseAddress(a.data) ?? []) : []))

/** RFC 1035 2.3.4: labels of 1 to 63 octets, 255 in all with their lengths and the root. */
const isDomainName = (name: string): boolean =>
  name.length <= 253 && name.split('.').every((label) => label.length >= 1 && label.length <= 63)

/** RFC 1123 6.1.4.3: a trailing dot ends the name, nothing is appended. */
export const candidates = (name: string, conf: Pick<ResolvConf, 'search' | 'ndots'>): string[] => {
  if (name.endsWith('.')) return [name.slice(0, -1)]
  const searched = conf.search.map((domain) => `${name}.${domain.replace(/\.$/, '')}`)
  const dots = name.split('.').length - 1
  return dots >= conf.ndots ? [name, ...searched] : [...searched, name]
}

const map = (addresses: readonly Address[], family: number, flags: number): Address[] => {
  if (family === AF_INET) return addresses.filter((a) => a.family === 4)
  if (family !== AF_INET6) return [...addresses]
  const six = addresses.filter((a) => a.family === 6)
  if ((flags & AI_V4MAPPED) === 0 || (six.length > 0 && (flags & AI_ALL) === 0)) return six
  return [...six, ...addresses.filter((a) => a.family === 4).map((a) => a.mapped())]
}

/**
 * RFC 6724 section 6 as far as one configured address of each family lets its rules differ: loopback and link-local
 * scopes first, then the order of the answer; IPv6 before IPv4 by the default policy table.
 */
const sorted = (addresses: readonly Address[]): Address[] => {
  const rank = (a: Address): number => (a.isLoopback ? 0 : a.family === 6 ? 1 : 2)
  const unique = addresses.filter((a, i) => addresses.findIndex((b) => a.equals(b)) === i)
  return unique
    .map((a, i) => ({ a, i }))
    .sort((x, y) => rank(x.a) - rank(y.a) || x.i - y.i)
    .map(({ a }) => a)
}
