/** ip route: show, add and its kin, delete, flush, get. */
import type { RouteEntry, RouteMatch, RouteMode, RouteSpec } from '../../ip/index.ts'
import type { NetworkInterface } from '../../link/interface.ts'
import type { Address, Family } from '../../wire/address.ts'
import { EHOSTUNREACH, EINVAL, ENETDOWN, ENETUNREACH } from '../../wire/errno.ts'
import { isInPrefix, networkOf } from '../../wire/parse.ts'
import {
  type Context,
  explained,
  Failure,
  garbage,
  invalidArgument,
  matches,
  type Prefix,
  parseNumber,
  refused,
  type Words,
} from './context.ts'
import { getText } from './route-get.ts'
import { isListed, type Listing, localText, routeText } from './route-text.ts'
import { ROUTE_USAGE } from './usage.ts'

const TYPES = ['unicast', 'blackhole', 'unreachable', 'prohibit'] as const
const PROTOCOLS = ['kernel', 'static', 'boot', 'redirect'] as const
const SCOPES = ['host', 'link', 'global'] as const

const oneOf = <T extends string>(all: readonly T[], word: string, text: string): T => {
  const found = all.find((one) => one === word)
  if (found === undefined) throw invalidArgument(text, word)
  return found
}

interface Selector extends Listing {
  family: Family
  kind: 'exact' | 'root' | 'match'
  to: Prefix | null
}

const readSelector = (context: Context, words: Words): Selector => {
  const selector: Selector = {
    family: context.options.family === 6 ? 6 : 4,
    table: 'main',
    kind: 'exact',
    to: null,
    via: null,
    src: null,
    iface: null,
    protocol: null,
    scope: null,
    type: null,
  }
  while (words.more) {
    let word = words.take()
    if (word === 'dev' || word === 'oif') selector.iface = context.device(words.take())
    else if (word === 'table')
      selector.table = oneOf(['main', 'local', 'all'] as const, words.take(), 'table id value is invalid')
    else if (word === 'proto' || word === 'protocol')
      selector.protocol = oneOf(PROTOCOLS, words.take(), '"protocol" value is invalid')
    else if (word === 'scope') selector.scope = oneOf(SCOPES, words.take(), 'invalid "scope" value')
    else if (word === 'type') selector.type = oneOf(TYPES, words.take(), 'node type value is invalid')
    else if (word === 'via') selector.via = context.address(words.take())
    else if (word === 'src') selector.src = context.address(words.take())
    else if (matches(word, 'help')) throw new Failure(ROUTE_USAGE, 255)
    else {
      if (word === 'to') word = words.take()
      if (word === 'exact' || word === 'root' || word === 'match') {
        selector.kind = word
        word = words.take()
      }
      if (selector.to !== null) throw garbage('to', word)
      selector.to = context.prefix(word)
      selector.family = selector.to.address.family
    }
  }
  return selector
}

const fitsPrefix = ({ to, kind }: Selector, destination: Address, length: number): boolean => {
  if (to === null) return true
  if (kind === 'exact') return length === to.length && destination.equals(to.address)
  if (kind === 'root') return length >= to.length && isInPrefix(destination, to.address, to.length)
  return length <= to.length && isInPrefix(to.address, destination, length)
}

const selected = (context: Context, selector: Selector): RouteEntry[] => {
  const { via, src, iface, protocol, scope, type } = selector
  const routes = context.ip
    .routes(selector.family)
    .filter(
      (one) =>
        isListed(one) &&
        fitsPrefix(selector, one.destination, one.prefixLength) &&
        (via === null || one.gateway?.equals(via) === true) &&
        (src === null || one.source?.equals(src) === true) &&
        (iface === null || (one.type === 'unicast' && one.iface === iface)) &&
        (protocol === null || one.protocol === protocol) &&
        (scope === null || one.scope === scope) &&
        (type === null || one.type === type),
    )
  // fib6 walks the default route's leaf last.
  if (selector.family === 6) routes.sort((a, b) => Number(a.prefixLength === 0) - Number(b.prefixLength === 0))
  return routes
}

const show = (context: Context, words: Words): void => {
  const selector = readSelector(context, words)
  const { family, table, iface } = selector
  if (table !== 'local') for (const one of selected(context, selector)) context.print(`${routeText(one, selector)}\n`)
  if (table === 'main') return
  const locals = context.ip
    .localRoutes()
    .filter(
      (one) =>
        one.destination.family === family &&
        (iface === null || one.iface === iface) &&
        fitsPrefix(selector, one.destination, one.prefixLength),
    )
    .sort((a, b) => (a.destination.w3 >>> 0) - (b.destination.w3 >>> 0) || a.prefixLength - b.prefixLength)
  for (const one of locals) context.print(`${localText(one, selector)}\n`)
}

interface Draft {
  type: RouteEntry['type'] | null
  to: Prefix | null
  via: Address | null
  iface: NetworkInterface | null
  source: Address | null
  metric: number | null
  protocol: RouteEntry['protocol'] | null
  scope: RouteEntry['scope'] | null
  mtu: number
  onlink: boolean
}

const numberOf = (word: string, text: string): number => {
  const value = parseNumber(word)
  if (value === null) throw invalidArgument(text, word)
  return value
}

/** One keyword and its value; false for a word that is none. */
const readAttribute = (context: Context, draft: Draft, word: string, words: Words): boolean => {
  if (word === 'via') {
    let next = words.take()
    if (next === 'inet' || next === 'inet6') next = words.take()
    draft.via = context.address(next)
  } else if (word === 'dev' || word === 'oif') draft.iface = context.device(words.take())
  else if (word === 'src') draft.source = context.address(words.take())
  else if (matches(word, 'metric', 'priority', 'preference') && word.length > 1)
    draft.metric = numberOf(words.take(), '"metric" value is invalid')
  else if (word === 'proto' || word === 'protocol')
    draft.protocol = oneOf(PROTOCOLS, words.take(), '"protocol" value is invalid')
  else if (word === 'scope') draft.scope = oneOf(SCOPES, words.take(), 'invalid "scope" value')
  else if (word === 'mtu') draft.mtu = numberOf(words.take(), '"mtu" value is invalid')
  else if (word === 'onlink') draft.onlink = true
  else if (word === 'table') oneOf(['main', '254'] as const, words.take(), 'table id value is invalid')
  else return false
  return true
}

const readDraft = (context: Context, words: Words): Draft => {
  if (!words.more) throw new Failure(ROUTE_USAGE, 255)
  const draft: Draft = {
    type: null,
    to: null,
    via: null,
    iface: null,
    source: null,
    metric: null,
    protocol: null,
    scope: null,
    mtu: 0,
    onlink: false,
  }
  while (words.more) {
    let word = words.take()
    if (readAttribute(context, draft, word, words)) continue
    if (word === 'to') word = words.take()
    const type = TYPES.find((one) => one === word)
    if (type !== undefined && draft.to === null) {
      draft.type = type
      word = words.take()
    }
    if (matches(word, 'help')) throw new Failure(ROUTE_USAGE, 255)
    if (draft.to !== null) throw garbage('to', word)
    draft.to = context.prefix(word)
  }
  return draft
}

/** Where it goes: `default` is of the family of its gateway. */
const destinationOf = (
  context: Context,
  { to, via, source }: Draft,
): { destination: Address; prefixLength: number } => {
  const family = (via ?? source)?.family ?? (context.options.family || to?.address.family || 4)
  const prefix = to !== null && (to.length > 0 || to.address.family === family) ? to : null
  const word = family === 6 ? '::/0' : '0.0.0.0/0'
  const { address, length } = prefix ?? context.prefix(word)
  // ip6_route_add masks what IPv4 refuses.
  return { destination: address.family === 6 ? networkOf(address, length) : address, prefixLength: length }
}

const routeFailure6 = ({ source }: RouteSpec, error: number): Failure => {
  if (error === -ENETDOWN) return explained('Nexthop device is not up.')
  if (error === -EINVAL)
    return explained(source == null ? 'Gateway can not be a local address.' : 'Invalid source address.')
  return refused(error === -ENETUNREACH ? -EHOSTUNREACH : error)
}

const routeFailure = (draft: Draft, spec: RouteSpec, error: number): Failure => {
  const { destination, prefixLength } = spec
  if (destination.family === 6) return routeFailure6(spec, error)
  if (error === -ENETUNREACH) return explained('Nexthop has invalid gateway.')
  if (error === -ENETDOWN) return explained('Device for nexthop is not up.')
  if (error !== -EINVAL) return refused(error)
  if (!networkOf(destination, prefixLength).equals(destination))
    return explained('Invalid prefix for given prefix length.')
  return explained(
    draft.via === null || draft.source !== null ? 'Invalid prefsrc address.' : 'Nexthop has invalid gateway.',
  )
}

const add = (context: Context, words: Words, mode: RouteMode): void => {
  const draft = readDraft(context, words)
  const { metric, protocol, type, scope, via, iface, source, mtu, onlink } = draft
  const spec: RouteSpec = {
    ...destinationOf(context, draft),
    gateway: via,
    iface,
    source,
    mtu,
    onlink,
    protocol: protocol ?? 'boot',
    ...(metric === null ? {} : { metric }),
    ...(type === null ? {} : { type }),
    ...(scope === null ? {} : { scope }),
  }
  context.demandRoot()
  const error = context.ip.addRoute(spec, mode)
  if (error < 0) throw routeFailure(draft, spec, error)
}

const remove = (context: Context, words: Words): void => {
  const draft = readDraft(context, words)
  const { metric, protocol, type, scope, via, iface, source } = draft
  const match: RouteMatch = {
    ...destinationOf(context, draft),
    gateway: via,
    iface,
    source,
    ...(metric === null ? {} : { metric }),
    ...(protocol === null ? {} : { protocol }),
    ...(type === null ? {} : { type }),
    ...(scope === null ? {} : { scope }),
  }
  context.demandRoot()
  const error = context.ip.deleteRoute(match)
  if (error < 0) throw refused(error)
}

const flush = (context: Context, words: Words): void => {
  if (!words.more) throw new Failure('"ip route flush" requires arguments.', 1)
  const selector = readSelector(context, words)
  // The local table is the addresses' own.
  if (selector.table === 'local') throw invalidArgument('table id value is invalid', 'local')
  const chosen = new Set(selected(context, selector))
  if (chosen.size > 0) context.demandRoot()
  const routes = selector.family === 4 ? context.ip.routes4 : context.ip.routes6
  routes.purge((one) => chosen.has(one))
}

const MODES: readonly (readonly [RouteMode, readonly string[]])[] = [
  ['add', ['add']],
  ['change', ['change', 'chg']],
  ['replace', ['replace']],
  ['prepend', ['prepend']],
  ['append', ['append']],
]

export const route = (context: Context, command: string, words: Words): void => {
  const mode = MODES.find(([, names]) => matches(command, ...names))
  if (matches(command, 'list', 'show', 'lst')) show(context, words)
  else if (matches(command, 'get')) context.print(getText(context, words))
  else if (mode !== undefined) add(context, words, mode[0])
  else if (matches(command, 'delete')) remove(context, words)
  else if (matches(command, 'flush')) flush(context, words)
  else if (matches(command, 'help')) throw new Failure(ROUTE_USAGE, 255)
  else throw new Failure(`Command "${command}" is unknown, try "ip route help".`, 255)
}
