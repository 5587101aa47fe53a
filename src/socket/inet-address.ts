/** What bind(2), connect(2) and sendto(2) check of an inet address before the protocol sees it, in Linux's order. */
import type { IpLayer } from '../ip/types.ts'
import { type Address, ANY4, ANY6 } from '../wire/address.ts'
import { EACCES, EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL } from '../wire/errno.ts'
import type { Caller } from './caller.ts'
import { AF_INET, AF_INET6, AF_UNSPEC } from './constants.ts'
import { SOCKADDR_IN, SOCKADDR_IN6_SHORT, SockAddr } from './sockaddr.ts'

/** The part of a socket that matters here. */
export interface Bindable {
  readonly family: 4 | 6
  readonly v6only: boolean
  readonly freebind: boolean
}

/** What a bind asks for: null the wildcard, else an address in the packets' form; or a negative errno. */
export type BindTarget = Address | null | number

/** __inet_bind up to the question whether the socket is bound already. */
const bindTarget4 = (ip: IpLayer, socket: Bindable, given: SockAddr): BindTarget => {
  if (given.length < SOCKADDR_IN) return -EINVAL
  // Compatibility: AF_UNSPEC is taken with INADDR_ANY.
  if (given.family !== AF_INET && (given.family !== AF_UNSPEC || !given.address.isUnspecified)) return -EAFNOSUPPORT
  if (given.address.isUnspecified) return null
  return mayHold(ip, socket, given.address) ? given.address : -EADDRNOTAVAIL
}

/** __inet6_bind. */
const bindTarget6 = (ip: IpLayer, socket: Bindable, given: SockAddr, stream: boolean): BindTarget => {
  if (given.length < SOCKADDR_IN6_SHORT) return -EINVAL
  if (given.family !== AF_INET6) return -EAFNOSUPPORT
  const { address } = given
  if (address.isMulticast && stream) return -EINVAL
  if (address.isUnspecified) return null
  if (address.isMapped) {
    if (socket.v6only) return -EINVAL
    const four = address.unmapped()
    return four.isUnspecified || mayHold(ip, socket, four) ? four : -EADDRNOTAVAIL
  }
  if (address.isLinkLocal && given.scopeId === 0) return -EINVAL
  return mayHold(ip, socket, address) ? address : -EADDRNOTAVAIL
}

/** inet_addr_valid_or_nonlocal: ours, a group, a broadcast, or whatever IP_FREEBIND allows. */
const mayHold = (ip: IpLayer, socket: Bindable, address: Address): boolean =>
  socket.freebind || address.isMulticast || ip.isLocal(address) || ip.isBroadcast(address)

/** All checks of a bind that come before EINVAL for a bound socket and EADDRINUSE. */
export const checkBind = (
  ip: IpLayer,
  ports: { needsPrivilege(port: number): boolean },
  caller: Caller,
  socket: Bindable,
  given: SockAddr,
  stream: boolean,
): BindTarget => {
  const target = socket.family === 4 ? bindTarget4(ip, socket, given) : bindTarget6(ip, socket, given, stream)
  if (typeof target === 'number') return target
  if (ports.needsPrivilege(given.port) && !caller.privileged) return -EACCES
  return target
}

/** A destination in the packets' form, or a negative errno. Not for AF_UNSPEC, which callers handle first. */
export const checkDestination = (socket: Bindable, given: SockAddr, shortFamily: number): Address | number => {
  if (socket.family === 4) {
    if (given.length < SOCKADDR_IN) return -EINVAL
    if (given.family !== AF_INET) return -shortFamily
    return given.address
  }
  if (given.length < SOCKADDR_IN6_SHORT) return -EINVAL
  if (given.family !== AF_INET6) return -shortFamily
  return given.address.unmapped()
}

/** How a socket of `family` shows an end: wildcards of its family, IPv4 mapped on an IPv6 socket. */
export const showEnd = (family: 4 | 6, address: Address | null, port: number, scopeId = 0): SockAddr => {
  if (address === null) return SockAddr.inet(family === 4 ? ANY4 : ANY6, port)
  return family === 6 ? SockAddr.inet(address.mapped(), port, scopeId) : SockAddr.inet(address, port)
}
