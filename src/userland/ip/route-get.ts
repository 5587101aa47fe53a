/** ip route get: which way a packet would take. */
import type { RoutePath } from '../../ip/index.ts'
import type { NetworkInterface } from '../../link/interface.ts'
import type { Address } from '../../wire/address.ts'
import { type Context, Failure, garbage, refused, type Words } from './context.ts'
import { ROUTE_USAGE } from './usage.ts'

interface Question {
  readonly to: Address
  readonly from: Address | null
  readonly iface: NetworkInterface | null
}

const readQuestion = (context: Context, words: Words): Question => {
  let to: Address | null = null
  let from: Address | null = null
  let iface: NetworkInterface | null = null
  while (words.more) {
    let word = words.take()
    if (word === 'from') from = context.address(words.take())
    else if (word === 'oif' || word === 'dev') iface = context.device(words.take())
    else if (word === 'help') throw new Failure(ROUTE_USAGE, 255)
    else {
      if (word === 'to') word = words.take()
      if (to !== null) throw garbage('to', word)
      to = context.prefix(word).address
    }
  }
  if (to === null) throw new Failure('need at least a destination address', 1)
  return { to, from, iface }
}

/** RTCF_LOCAL and its like, where packets go that this host hears itself. */
const cacheFlags = (path: RoutePath): string => {
  if (path.isBroadcast) return '<local,brd> '
  if (path.isMulticast) return '<mc> '
  return path.isLocal ? '<local> ' : ''
}

const get4 = (context: Context, { from }: Question, path: RoutePath): string => {
  const kind = path.isBroadcast ? 'broadcast' : path.isMulticast ? 'multicast' : path.isLocal ? 'local' : null
  const words = kind === null ? [] : [kind]
  words.push(`${path.remote}`)
  if (from !== null) words.push('from', `${from}`)
  if (path.gateway !== null) words.push('via', `${path.gateway}`)
  const device = path.isLocal ? (context.ip.loopback ?? path.iface) : path.iface
  words.push('dev', device.name)
  if (from === null) words.push('src', `${path.local}`)
  words.push('uid', `${context.proc.uid}`)
  const mtu = path.exception === null || path.exception.mtu === 0 ? '' : `${expiry(context, path)}mtu ${path.mtu} `
  return `${words.join(' ')} ${context.nl}    cache ${cacheFlags(path)}${mtu}\n`
}

const expiry = ({ ip }: Context, path: RoutePath): string => {
  const left = Math.floor(((path.exception?.mtuExpires ?? 0) - ip.clock.now) / 1e9)
  return left > 0 && Number.isFinite(left) ? `expires ${left}sec ` : ''
}

const get6 = (context: Context, { from }: Question, path: RoutePath): string => {
  const head = `${path.isLocal ? 'local ' : ''}${path.remote} from ${from ?? '::'}`
  if (path.isLocal) {
    const device = context.ip.loopback ?? path.iface
    return `${head} dev ${device.name} table local proto kernel src ${path.local} metric 0 pref medium\n`
  }
  const via = path.gateway === null ? '' : ` via ${path.gateway}`
  const protocol = path.route === null || path.route.protocol === 'boot' ? '' : ` proto ${path.route.protocol}`
  const metric = path.route === null ? '' : ` metric ${path.route.metric}`
  return `${head}${via} dev ${path.iface.name}${protocol} src ${path.local}${metric} pref medium\n`
}

export const getText = (context: Context, words: Words): string => {
  const question = readQuestion(context, words)
  const { to, from, iface } = question
  const path = context.ip.path(to, { local: from, iface })
  if (typeof path === 'number') throw refused(path)
  return to.family === 4 ? get4(context, question, path) : get6(context, question, path)
}
