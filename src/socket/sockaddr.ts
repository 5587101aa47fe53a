/**
 * Socket addresses: the object form of the faces, struct sockaddr as bytes, and `SockAddr`, which the kinds of socket see.
 *
 * Bytes are taken so that what C programs can do wrong (short lengths, unterminated paths) can be done here too, and so that
 * truncation can be seen: `copyOut` fills what there is room for and returns the full length, as Linux does.
 */
import { Address, ANY4, ANY6 } from '../wire/address.ts'
import { EINVAL } from '../wire/errno.ts'
import { parseAddress } from '../wire/parse.ts'
import { AF_INET, AF_INET6, AF_PACKET, AF_UNIX, AF_UNSPEC } from './constants.ts'

export interface InetSocketAddress {
  /** AF_INET or AF_INET6; absent: what `address` is. */
  readonly family?: number
  /** Text, or an `Address` (no parsing on hot paths). */
  readonly address: string | Address
  readonly port: number
  /** Interface index of a link-local IPv6 address. */
  readonly scopeId?: number
}

export interface UnixSocketAddress {
  readonly family?: number
  /** A path; one that starts with NUL is abstract; '' is unnamed. */
  readonly path: string
}

/** AF_PACKET: an interface by index (0: all), and an EtherType. */
export interface PacketSocketAddress {
  readonly family: number
  readonly ifindex: number
  readonly etherType?: number
}

/** Nothing but a family: AF_UNSPEC dissolves an association, AF_UNIX binds automatically. */
export interface FamilyOnlyAddress {
  readonly family: number
}

/** What Berkeley calls take: an object, or the bytes of a struct sockaddr (their number is the length given). */
export type SocketAddress = InetSocketAddress | UnixSocketAddress | PacketSocketAddress | FamilyOnlyAddress | Uint8Array

/** A socket address inside: one shape for all families. */
export class SockAddr {
  readonly family: number
  /** The length given with it, bytes; kinds judge whether it is enough. */
  readonly length: number
  readonly address: Address
  readonly port: number
  /** Interface index: sin6_scope_id, sll_ifindex. */
  readonly scopeId: number
  readonly flowInfo: number
  /** Unix path; null for other families. */
  readonly path: string | null

  constructor(
    family: number,
    length: number,
    address: Address,
    port: number,
    scopeId: number,
    flowInfo: number,
    path: string | null,
  ) {
    this.family = family
    this.length = length
    this.address = address
    this.port = port
    this.scopeId = scopeId
    this.flowInfo = flowInfo
    this.path = path
  }

  /** sockaddr_in or sockaddr_in6, by the family of the address. */
  static inet(address: Address, port: number, scopeId = 0): SockAddr {
    return address.family === 4
      ? new SockAddr(AF_INET, 16, address, port, 0, 0, null)
      : new SockAddr(AF_INET6, 28, address, port, scopeId, 0, null)
  }

  /** sockaddr_un as Linux reports it: with the NUL of a path name; '' is two bytes. */
  static unix(path: string): SockAddr {
    return new SockAddr(AF_UNIX, unixLength(path), ANY4, 0, 0, 0, path)
  }
}

export const SOCKADDR_IN = 16
export const SOCKADDR_IN6 = 28
/** What Linux asks of sockaddr_in6 at least: up to the scope (RFC 2133). */
export const SOCKADDR_IN6_SHORT = 24
const SOCKADDR_UN = 110
/** What move_addr_to_kernel takes at most. */
const SOCKADDR_STORAGE = 128
export const SOCKADDR_LL = 20

const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder()

const unixLength = (path: string): number => {
  if (path === '') return 2
  const bytes = utf8.encode(path).length
  return 2 + bytes + (path.charCodeAt(0) === 0 ? 0 : 1)
}

/** The inside form of what a caller gave; -EINVAL for fewer than two bytes, a malformed address or a port beyond 16 bits. */
export const toSockAddr = (given: SocketAddress): SockAddr | number => {
  if (given instanceof Uint8Array) return decode(given)
  if ('address' in given) return fromInet(given)
  if ('path' in given) return SockAddr.unix(given.path)
  if ('ifindex' in given)
    return new SockAddr(given.family, SOCKADDR_LL, ANY4, given.etherType ?? 0, given.ifindex, 0, null)
  return familyOnly(given.family)
}

const fromInet = (given: InetSocketAddress): SockAddr | number => {
  const address = typeof given.address === 'string' ? parseAddress(given.address) : given.address
  if (address === null || !(given.port >= 0 && given.port <= 65_535)) return -EINVAL
  const family = given.family ?? (address.family === 4 ? AF_INET : AF_INET6)
  // An IPv4 address in an IPv6 structure is what C programs write as ::ffff:a.b.c.d.
  const fitting = family === AF_INET6 ? address.mapped() : address
  const length = fitting.family === 4 ? SOCKADDR_IN : SOCKADDR_IN6
  return new SockAddr(family, length, fitting, given.port, given.scopeId ?? 0, 0, null)
}

const familyOnly = (family: number): SockAddr => {
  if (family === AF_UNIX) return SockAddr.unix('')
  if (family === AF_INET6) return new SockAddr(family, SOCKADDR_IN6, ANY6, 0, 0, 0, null)
  return new SockAddr(family, SOCKADDR_IN, ANY4, 0, 0, 0, null)
}

const word = (b: Uint8Array, at: number): number =>
  ((b[at] as number) << 24) | ((b[at + 1] as number) << 16) | ((b[at + 2] as number) << 8) | (b[at + 3] as number)

const littleWord = (b: Uint8Array, at: number): number =>
  (b[at] as number) | ((b[at + 1] as number) << 8) | ((b[at + 2] as number) << 16) | ((b[at + 3] as number) << 24)

const decode = (given: Uint8Array): SockAddr | number => {
  const length = given.length
  if (length < 2 || length > SOCKADDR_STORAGE) return -EINVAL
  const family = (given[0] as number) | ((given[1] as number) << 8)
  // unix_validate_addr.
  if (family === AF_UNIX) return length > SOCKADDR_UN ? -EINVAL : decodeUnix(given)
  const b = new Uint8Array(SOCKADDR_IN6)
  b.set(given.subarray(0, SOCKADDR_IN6))
  const port = ((b[2] as number) << 8) | (b[3] as number)
  if (family === AF_INET6) {
    const address = Address.v6(word(b, 8), word(b, 12), word(b, 16), word(b, 20))
    return new SockAddr(family, length, address, port, littleWord(b, 24), word(b, 4), null)
  }
  if (family === AF_PACKET) return new SockAddr(family, length, ANY4, port, littleWord(b, 4), 0, null)
  return new SockAddr(family, length, Address.v4(word(b, 4)), port, 0, 0, null)
}

/** A path ends at its first NUL, or unterminated at the length; an abstract name is every byte of the length (unix(7)). */
const decodeUnix = (given: Uint8Array): SockAddr => {
  const bytes = given.subarray(2)
  const nul = bytes[0] === 0 ? -1 : bytes.indexOf(0)
  const path = fromUtf8.decode(nul < 0 ? bytes : bytes.subarray(0, nul))
  return new SockAddr(AF_UNIX, given.length, ANY4, 0, 0, 0, path)
}

/** The object form of an inside address. */
export const fromSockAddr = (
  inside: SockAddr,
):
  | { readonly family: number; readonly address: string; readonly port: number; readonly scopeId?: number }
  | UnixSocketAddress
  | PacketSocketAddress => {
  if (inside.path !== null) return { family: inside.family, path: inside.path }
  if (inside.family === AF_PACKET) return { family: inside.family, ifindex: inside.scopeId, etherType: inside.port }
  const { family, address, port, scopeId } = inside
  return scopeId === 0
    ? { family, address: address.toString(), port }
    : { family, address: address.toString(), port, scopeId }
}

/** struct sockaddr as bytes. */
export const encodeSockAddr = (inside: SockAddr): Uint8Array => {
  if (inside.path !== null) return encodeUnix(inside.path)
  const v6 = inside.family === AF_INET6
  const b = new Uint8Array(v6 ? SOCKADDR_IN6 : inside.family === AF_PACKET ? SOCKADDR_LL : SOCKADDR_IN)
  const view = new DataView(b.buffer)
  view.setUint16(0, inside.family, true)
  view.setUint16(2, inside.port)
  const { address } = inside
  if (v6) {
    view.setInt32(4, inside.flowInfo)
    view.setInt32(8, address.w0)
    view.setInt32(12, address.w1)
    view.setInt32(16, address.w2)
    view.setInt32(20, address.w3)
    view.setInt32(24, inside.scopeId, true)
  } else if (inside.family === AF_PACKET) view.setInt32(4, inside.scopeId, true)
  else if (inside.family !== AF_UNSPEC) view.setInt32(4, address.w3)
  return b
}

const encodeUnix = (path: string): Uint8Array => {
  const b = new Uint8Array(unixLength(path))
  b[0] = AF_UNIX
  b.set(utf8.encode(path), 2)
  return b
}

/** Fill `room` as far as it reaches and return the full length: the caller sees that the address was cut (accept(2)). */
export const copyOut = (inside: SockAddr, room: Uint8Array): number => {
  const bytes = encodeSockAddr(inside)
  room.set(bytes.subarray(0, Math.min(room.length, bytes.length)))
  return bytes.length
}
