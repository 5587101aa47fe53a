/** How routes are written (iproute.c print_route). */
import type { LocalRoute, RouteEntry } from '../../ip/index.ts'
import type { NetworkInterface } from '../../link/interface.ts'
import type { Address } from '../../wire/address.ts'
import { EACCES, EHOSTUNREACH, EINVAL } from '../../wire/errno.ts'
import { prefixText } from './context.ts'

/** What a listing selected by, and so does not repeat on every line. */
export interface Listing {
  table: 'main' | 'local' | 'all'
  iface: NetworkInterface | null
  protocol: RouteEntry['protocol'] | null
  scope: RouteEntry['scope'] | null
  type: RouteEntry['type'] | null
  via: Address | null
  src: Address | null
}

/** Linux has no route over an interface that is down; here the connected ones wait for it to come up. */
export const isListed = (route: RouteEntry): boolean => route.type !== 'unicast' || route.iface.up

const ERRORS = { blackhole: -EINVAL, unreachable: -EHOSTUNREACH, prohibit: -EACCES, unicast: 0 } as const

export const routeText = (route: RouteEntry, listing: Listing): string => {
  const { destination, prefixLength, gateway, iface, source, metric, scope, protocol, type, mtu, onlink } = route
  const four = destination.family === 4
  const words: string[] = []
  if (type !== 'unicast' && listing.type === null) words.push(type)
  words.push(prefixText(destination, prefixLength))
  if (gateway !== null && listing.via === null) words.push('via', `${gateway}`)
  if (listing.iface === null && (type === 'unicast' || !four)) words.push('dev', iface.name)
  if (protocol !== 'boot' && listing.protocol === null) words.push('proto', protocol)
  if (four && scope !== 'global' && listing.scope === null) words.push('scope', scope)
  if (source !== null && listing.src === null) words.push('src', `${source}`)
  if (metric !== 0) words.push('metric', `${metric}`)
  if (onlink) words.push('onlink')
  if (type === 'unicast' && iface.up && !iface.running) words.push('linkdown')
  if (mtu !== 0) words.push('mtu', `${mtu}`)
  if (!four && type !== 'unicast') words.push('error', `${ERRORS[type]}`)
  return four ? `${words.join(' ')} ` : `${words.join(' ')} pref medium`
}

export const localText = ({ destination, prefixLength, kind, iface, source }: LocalRoute, listing: Listing): string => {
  const words: string[] = [kind, prefixText(destination, prefixLength)]
  if (listing.iface === null) words.push('dev', iface.name)
  if (listing.table === 'all') words.push('table', 'local')
  words.push('proto', 'kernel')
  if (destination.family === 6) return `${words.join(' ')} metric 0 pref medium`
  return `${words.join(' ')} scope ${kind === 'local' ? 'host' : 'link'} src ${source} `
}
