import type { NetworkInterface } from '../link/interface.ts'
import { type Address, LOOPBACK4, LOOPBACK6 } from '../wire/address.ts'
import { EACCES, EHOSTUNREACH, EINVAL, ENETUNREACH } from '../wire/errno.ts'
import type { Ip } from './ip.ts'
import type { Neighbour } from './neighbours.ts'
import type { Exception } from './pmtu.ts'
import type { RouteEntry } from './routes.ts'
import type { Path, PathOptions } from './types.ts'

/** Linux's IP_MAX_MTU: no datagram is larger, whatever the link. */
const IP_MAX_MTU = 65_535

/**
 * A way to a destination with what routing found: kept by a connection, looked up again when anything it depends on
 * changed (`Ip.generation`) or ran out (`expires`). The neighbour is kept too, so that an ordinary packet costs neither a
 * route nor an ARP look-up.
 */
export class RoutePath implements Path {
  readonly ip: Ip
  remote: Address
  local: Address
  iface: NetworkInterface
  isLocal = false
  isBroadcast = false
  isMulticast = false
  largeSegment = 0
  gateway: Address | null = null
  route: RouteEntry | null = null
  neighbour: Neighbour | null = null
  exception: Exception | null = null
  /** The destination's MTU is below what is agreed to be discovered: DF is cleared. */
  mtuLocked = false
  /** `Ip.generation` at the last look-up. */
  generation = -1
  /** Network time, ns, when something of it must be looked up again. */
  expires = Infinity
  /** MTU as of the last look-up. */
  knownMtu = 0
  readonly wantedLocal: Address | null
  readonly wantedIface: NetworkInterface | null
  readonly freebind: boolean
  /** IP_MULTICAST_LOOP: members on this host hear what leaves by this path. */
  readonly multicastLoop: boolean

  constructor(ip: Ip, remote: Address, options: PathOptions, iface: NetworkInterface) {
    this.ip = ip
    this.remote = remote
    this.local = remote
    this.iface = iface
    this.wantedLocal = options.local == null || options.local.isUnspecified ? null : options.local
    this.wantedIface = options.iface ?? null
    this.freebind = options.freebind === true
    this.multicastLoop = options.multicastLoop !== false
  }

  get isStale(): boolean {
    return this.generation !== this.ip.generation || !this.iface.up || this.ip.clock.now >= this.expires
  }

  /** Path MTU, bytes, as known now. */
  get mtu(): number {
    if (this.isStale) resolve(this)
    return this.knownMtu
  }
}

/** Look the way up, or again. Zero or a negative errno; then the path is as it was. */
export const resolve = (path: RoutePath): number => {
  const { ip } = path
  let remote = path.remote
  const wanted = path.wantedLocal
  if (wanted !== null) {
    if (wanted.family !== remote.family) return -EINVAL
    const isOwn = ip.isLocal(wanted) || ip.config.nonlocalBind !== 0
    // ip_route_output_key: the source is one of ours (RFC 1122 3.2.1.3 (b)).
    if (wanted.isMulticast || wanted.isLimitedBroadcast || !(path.freebind || isOwn)) return -EINVAL
  }
  // An unspecified destination is this host: the source, or the loopback address.
  if (remote.isUnspecified) remote = wanted ?? (remote.family === 4 ? LOOPBACK4 : LOOPBACK6)
  path.remote = remote
  const result = remote.family === 4 ? resolve4(path, remote, wanted) : resolve6(path, remote, wanted)
  if (result < 0) return result
  settle(path)
  return 0
}

/** What follows from interface and route: MTU, large segments, generation. */
const settle = (path: RoutePath): void => {
  const { ip, iface, route } = path
  let mtu = iface.mtu > IP_MAX_MTU && path.remote.family === 4 ? IP_MAX_MTU : iface.mtu
  if (route !== null && route.mtu !== 0 && route.mtu < mtu) mtu = route.mtu
  const largest = mtu
  const exception = path.isLocal ? null : ip.exceptions.find(path.remote)
  path.exception = exception
  path.expires = Infinity
  path.mtuLocked = false
  if (exception !== null) {
    if (exception.mtu !== 0) {
      if (exception.mtu < mtu) mtu = exception.mtu
      path.mtuLocked = exception.locked
      path.expires = exception.mtuExpires
    }
    if (exception.gateway !== null && exception.gatewayExpires < path.expires) path.expires = exception.gatewayExpires
  }
  path.knownMtu = mtu
  // A link further on takes less than ours: what stands for many segments could not be cut there.
  path.largeSegment = mtu < largest ? 0 : iface.largeSegment
  path.neighbour = null
  path.generation = ip.generation
}

const found = (
  path: RoutePath,
  iface: NetworkInterface,
  local: Address,
  route: RouteEntry | null,
  gateway: Address | null,
): number => {
  // RFC 1122 3.2.1.3 (g): a loopback address must not leave the host.
  if (local.isLoopback && iface.kind !== 'loopback' && path.ip.confs.of(iface).routeLocalnet === 0) return -EINVAL
  path.iface = iface
  path.local = local
  path.route = route
  path.gateway = gateway
  return 0
}

const refusal = (route: RouteEntry): number => {
  if (route.type === 'blackhole') return -EINVAL
  return route.type === 'prohibit' ? -EACCES : -EHOSTUNREACH
}

/** ip_route_output_key_hash_rcu. */
const resolve4 = (path: RoutePath, remote: Address, wanted: Address | null): number => {
  const { ip } = path
  const addresses = ip.owned
  let iface = path.wantedIface
  path.isMulticast = remote.isMulticast
  path.isLocal = false
  path.isBroadcast = false
  if (iface !== null && !iface.up) return -ENETUNREACH
  const onAll = remote.isMulticast || remote.isLimitedBroadcast
  if (onAll) {
    path.isBroadcast = remote.isLimitedBroadcast
    // The source tells the interface, as old programs expect it.
    if (iface === null && wanted !== null) iface = ip.interfaceOf(wanted)
    if (iface !== null) {
      const local = wanted ?? addresses.select4(iface, null, true)
      return local === null ? -ENETUNREACH : found(path, iface, local, null, null)
    }
  } else {
    const entry = addresses.find(remote)
    if (entry !== null && entry.kind === 'local') {
      const lo = ip.loopback
      if (lo === null) return -ENETUNREACH
      path.isLocal = true
      // 127.0.0.2 is reached from 127.0.0.1; an address of an interface from itself.
      return found(path, lo, wanted ?? (entry.prefixLength === 32 ? remote : entry.source), null, null)
    }
    if (entry !== null && (iface === null || entry.iface === iface) && entry.iface.up) {
      path.isBroadcast = true
      return found(path, entry.iface, wanted ?? entry.source, null, null)
    }
  }
  const route = ip.routes4.find(remote, iface, ip.isDeadGateway)
  if (route === null) {
    if (iface === null) return -ENETUNREACH
    // "Apparently, routing tables are wrong. Assume, that the destination is on link." (net/ipv4/route.c)
    const local = wanted ?? addresses.select4(iface, null, true)
    return local === null ? -ENETUNREACH : found(path, iface, local, null, null)
  }
  if (route.type !== 'unicast') return refusal(route)
  const gateway = onAll ? null : (ip.exceptions.find(remote)?.gateway ?? route.gateway)
  const local = wanted ?? route.source ?? addresses.select4(route.iface, gateway ?? remote, route.scope === 'link')
  if (local === null) return -ENETUNREACH
  return found(path, route.iface, local, route, gateway)
}

const resolve6 = (path: RoutePath, remote: Address, wanted: Address | null): number => {
  const { ip } = path
  const addresses = ip.owned
  const iface = path.wantedIface
  path.isMulticast = remote.isMulticast
  path.isLocal = false
  path.isBroadcast = false
  if (iface !== null && !iface.up) return -ENETUNREACH
  if (remote.isMulticast) {
    const on = iface ?? ip.multicastInterface6()
    const local = on === null ? null : (wanted ?? addresses.select6(on, remote))
    return on === null || local === null ? -ENETUNREACH : found(path, on, local, null, null)
  }
  if (addresses.find(remote) !== null) {
    const lo = ip.loopback
    if (lo === null) return -ENETUNREACH
    path.isLocal = true
    return found(path, lo, wanted ?? remote, null, null)
  }
  // RFC 4007 6: a link-local destination needs its zone.
  if (remote.isLinkLocal && iface === null) return -EINVAL
  const route = ip.routes6.find(remote, iface, ip.isDeadGateway)
  if (route === null) return -ENETUNREACH
  if (route.type !== 'unicast') return refusal(route)
  const local = wanted ?? route.source ?? addresses.select6(route.iface, remote)
  if (local === null) return -ENETUNREACH
  return found(path, route.iface, local, route, ip.exceptions.find(remote)?.gateway ?? route.gateway)
}
