/** ip address: show, add, replace, delete, flush. */
import type { OwnAddress } from '../../ip/index.ts'
import type { NetworkInterface } from '../../link/interface.ts'
import type { Address } from '../../wire/address.ts'
import { EADDRNOTAVAIL, EEXIST, EINVAL, EOPNOTSUPP } from '../../wire/errno.ts'
import { broadcastOf, isInPrefix, networkOf, parseAddress } from '../../wire/parse.ts'
import {
  type Context,
  explained,
  Failure,
  garbage,
  invalidArgument,
  matches,
  type Prefix,
  refused,
  type Words,
} from './context.ts'
import { briefHead, linkText, statisticsText } from './link.ts'
import { ADDRESS_USAGE } from './usage.ts'

interface Filter {
  only: NetworkInterface | null
  up: boolean
  scope: string | null
  to: Prefix | null
  primary: boolean | null
}

const readFilter = (context: Context, words: Words): Filter => {
  const filter: Filter = { only: null, up: false, scope: null, to: null, primary: null }
  while (words.more) {
    let word = words.take()
    if (word === 'up') filter.up = true
    else if (word === 'scope') filter.scope = words.take()
    else if (word === 'to') filter.to = context.prefix(words.take())
    else if (word === 'primary' || word === 'secondary') filter.primary = word === 'primary'
    else if (matches(word, 'help')) throw new Failure(ADDRESS_USAGE, 255)
    else {
      if (word === 'dev') word = words.take()
      if (filter.only !== null) throw garbage('dev', word)
      filter.only = context.shownDevice(word)
    }
  }
  return filter
}

const selected = (context: Context, filter: Filter, iface: NetworkInterface): OwnAddress[] => {
  const { scope, to, primary } = filter
  return context.ip
    .addresses(iface)
    .filter(
      (own) =>
        context.wants(own.address.family) &&
        (scope === null || scope === own.scope) &&
        (primary === null || primary !== own.secondary) &&
        (to === null || isInPrefix(own.address, to.address, to.length)),
    )
    .sort((a, b) => a.address.family - b.address.family)
}

const addressText = (context: Context, iface: NetworkInterface, own: OwnAddress): string => {
  const { address, prefixLength, broadcast, scope, secondary } = own
  const four = address.family === 4
  const lead = context.options.oneline ? `${iface.index}: ${iface.name}    ` : '    '
  return (
    `${lead}${four ? 'inet' : 'inet6'} ${address}/${prefixLength}${broadcast === null ? '' : ` brd ${broadcast}`} ` +
    `scope ${scope} ${four && secondary ? 'secondary ' : ''}${four ? iface.name : ''}` +
    `${context.nl}       valid_lft forever preferred_lft forever\n`
  )
}

const show = (context: Context, words: Words): void => {
  const filter = readFilter(context, words)
  const { brief, oneline, family, statistics } = context.options
  const isNarrow = family !== 0 || filter.scope !== null || filter.to !== null || filter.primary !== null
  for (const iface of context.ip.interfaces) {
    if ((filter.only !== null && iface !== filter.only) || (filter.up && !iface.up)) continue
    const list = selected(context, filter, iface)
    if (isNarrow && list.length === 0) continue
    if (brief) {
      const all = list.map(({ address, prefixLength }) => `${address}/${prefixLength} `)
      context.print(`${briefHead(iface)}${all.join('')}\n`)
      continue
    }
    if (!oneline) context.print(`${linkText(context, iface, false)}\n`)
    for (const own of list) context.print(addressText(context, iface, own))
    if (statistics && !oneline && family === 0) context.print(`${statisticsText(context, iface)}\n`)
  }
}

interface Change {
  readonly prefix: Prefix
  readonly iface: NetworkInterface
  readonly broadcast: Address | null
}

const SCOPES = ['host', 'link', 'global']

/** `+`: all bits of the host set; `-`: none; not where no two hosts fit. */
const broadcastFrom = (word: string, { address, length }: Prefix): Address | null => {
  if (word !== '+' && word !== '-') {
    const given = parseAddress(word)
    if (given === null || given.family !== address.family)
      throw new Failure(
        `Error: ${address.family === 4 ? 'inet' : 'inet6'} address is expected rather than "${word}".`,
        1,
      )
    return given
  }
  if (address.family === 6) throw new Failure('Broadcast can be set only for IPv4 addresses', 1)
  if (length > 30) return null
  return word === '+' ? broadcastOf(address, length) : networkOf(address, length)
}

/** The local address and device of a change. The scope that the kernel here derives by itself may be said, but no other. */
const readChange = (context: Context, words: Words): Change => {
  let prefix: Prefix | null = null
  let name: string | null = null
  let broadcast: string | null = null
  let scope: string | null = null
  while (words.more) {
    let word = words.take()
    if (word === 'dev') name = words.take()
    else if (matches(word, 'broadcast') || word === 'brd') broadcast = words.take()
    else if (word === 'scope') {
      scope = words.take()
      if (!SCOPES.includes(scope)) throw invalidArgument('invalid scope value.', scope)
    } else if (matches(word, 'help')) throw new Failure(ADDRESS_USAGE, 255)
    else {
      if (word === 'local') word = words.take()
      if (prefix !== null) throw garbage('local', word)
      prefix = context.prefix(word)
    }
  }
  if (name === null) throw new Failure('Not enough information: "dev" argument is required.', 1)
  const iface = context.device(name)
  if (prefix === null) throw refused(-EOPNOTSUPP)
  const { address } = prefix
  if (scope !== null && scope !== (iface.kind === 'loopback' && address.family === 4 ? 'host' : 'global'))
    throw refused(-EOPNOTSUPP)
  return { prefix, iface, broadcast: broadcast === null ? null : broadcastFrom(broadcast, prefix) }
}

/** The kernel's own words for what is wrong with an address (__inet_insert_ifa, ipv6_add_addr). */
const addFailure = ({ address }: Prefix, error: number): Failure => {
  const four = address.family === 4
  if (error === -EEXIST) return explained(four ? 'ipv4: Address already assigned.' : 'ipv6: address already assigned.')
  if (error !== -EINVAL || four) return refused(error)
  return explained(
    address.isMulticast
      ? 'ipv6: Cannot assign multicast address without "IFA_F_MCAUTOJOIN" flag.'
      : 'ipv6: Invalid address.',
  )
}

const add = (context: Context, words: Words, isReplace: boolean): void => {
  const { prefix, iface, broadcast } = readChange(context, words)
  context.demandRoot()
  const error = context.ip.addAddress(iface, prefix.address, prefix.length, broadcast)
  if (error < 0 && !(isReplace && error === -EEXIST)) throw addFailure(prefix, error)
}

const WILDCARD = (prefix: Prefix): string =>
  'Warning: Executing wildcard deletion to stay compatible with old scripts.\n' +
  `         Explicitly specify the prefix length (${prefix.address}/${prefix.length}) to avoid this warning.\n` +
  '         This special behaviour is likely to disappear in further releases,\n         fix your scripts!\n'

const remove = (context: Context, words: Words): void => {
  const { prefix, iface } = readChange(context, words)
  const { address, length, written } = prefix
  if (!written && address.family === 4) context.err += WILDCARD(prefix)
  context.demandRoot()
  const own = context.ip.addresses(iface).find((one) => one.address.equals(address))
  const fits = own !== undefined && ((!written && address.family === 4) || own.prefixLength === length)
  const error = fits ? context.ip.removeAddress(iface, address) : -EADDRNOTAVAIL
  if (error < 0) throw explained(address.family === 4 ? 'ipv4: Address not found.' : 'ipv6: address not found.')
}

const flush = (context: Context, words: Words): void => {
  if (!words.more) throw new Failure('Flush requires arguments.', 1)
  const filter = readFilter(context, words)
  const chosen = context.ip.interfaces
    .filter((iface) => (filter.only === null || iface === filter.only) && (!filter.up || iface.up))
    .flatMap((iface) => selected(context, filter, iface).map((own) => ({ iface, own })))
  if (chosen.length > 0) context.demandRoot()
  // Secondaries go with their primaries, so some may be gone when their turn comes.
  for (const { iface, own } of chosen) context.ip.removeAddress(iface, own.address)
}

export const address = (context: Context, command: string, words: Words): void => {
  if (matches(command, 'add')) add(context, words, false)
  else if (matches(command, 'change', 'chg', 'replace')) add(context, words, true)
  else if (matches(command, 'delete')) remove(context, words)
  else if (matches(command, 'show', 'list', 'lst')) show(context, words)
  else if (matches(command, 'flush')) flush(context, words)
  else if (matches(command, 'help')) throw new Failure(ADDRESS_USAGE, 255)
  else throw new Failure(`Command "${command}" is unknown, try "ip address help".`, 255)
}
