import type { NetworkInterface } from '../../link/interface.ts'
import type { DatagramCore } from '../../udp/index.ts'
import type { Address } from '../../wire/address.ts'
import { EADDRNOTAVAIL, EINVAL, ENODEV, ENOTCONN, EPERM } from '../../wire/errno.ts'
import { parseAddress } from '../../wire/parse.ts'
import type { Caller } from '../caller.ts'
import {
  IP_ADD_MEMBERSHIP,
  IP_DROP_MEMBERSHIP,
  IP_FREEBIND,
  IP_HDRINCL,
  IP_LOCAL_PORT_RANGE,
  IP_MINTTL,
  IP_MTU,
  IP_MTU_DISCOVER,
  IP_MULTICAST_ALL,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_OPTIONS,
  IP_PKTINFO,
  IP_RECVERR,
  IP_RECVOPTS,
  IP_RECVTOS,
  IP_RECVTTL,
  IP_TOS,
  IP_TRANSPARENT,
  IP_TTL,
  SOL_IP,
} from '../constants.ts'
import type { InetFile } from '../inet-file.ts'
import { OptionError } from '../socket-file.ts'
import { Switch } from '../switch.ts'
import {
  ALL,
  addressOf,
  DATAGRAM,
  flag,
  integer,
  littleInt,
  type Membership,
  RAW,
  refused,
  type SocketOption,
  stored,
  structured,
  TCP,
} from './option.ts'

const L = SOL_IP

const datagram = (file: InetFile): DatagramCore => file.endpoint as DatagramCore

const switched = (name: number, symbol: string, bit: number): SocketOption =>
  flag(
    L,
    name,
    symbol,
    DATAGRAM,
    (file) => file.has(bit),
    (file, on) => file.turn(bit, on) as undefined,
  )

/** TCP keeps the two ECN bits to itself. */
export const setTos = (file: InetFile, value: number): number => {
  if (value < 0 || value > 255) return -EINVAL
  file.endpoint.tos = file.kind === 'tcp' ? (value & ~3) | (file.endpoint.tos & 3) : value
  return 0
}

const setTtl = (file: InetFile, value: number): number => {
  if (value !== -1 && (value < 1 || value > 255)) return -EINVAL
  file.endpoint.ttl = value
  return 0
}

export const setMtuDiscover = (file: InetFile, value: number): number => {
  if (value < 0 || value > 3) return -EINVAL
  file.endpoint.mtuDiscover = value
  return 0
}

const setMulticastTtl = (file: InetFile, value: number): number => {
  if (value < -1 || value > 255) return -EINVAL
  datagram(file).multicastTtl = value === -1 ? 1 : value
  return 0
}

/** IP_TRANSPARENT needs CAP_NET_ADMIN; it allows what IP_FREEBIND does, and to receive for any address by the firewall's help. */
const setTransparent = (file: InetFile, on: boolean, caller: Caller): number => {
  if (on && !caller.privileged) return -EPERM
  file.turn(Switch.TRANSPARENT, on)
  file.endpoint.freebind = on || file.has(Switch.FREEBIND)
  return 0
}

export const setFreebind = (file: InetFile, on: boolean): number => {
  file.turn(Switch.FREEBIND, on)
  file.endpoint.freebind = on || file.has(Switch.TRANSPARENT)
  return 0
}

export const mtuOf = (file: InetFile): number | OptionError => {
  const mtu = file.pathMtu()
  return mtu > 0 ? mtu : new OptionError(mtu === 0 ? -ENOTCONN : mtu)
}

/** The interface that a membership or IP_MULTICAST_IF names by index or address: null for none named, or errno. */
const namedInterface = (
  file: InetFile,
  of: { address?: string | Address; ifindex?: number },
): NetworkInterface | null | number => {
  if (of.ifindex !== undefined && of.ifindex !== 0) return file.sockets.interfaceAt(of.ifindex) ?? -ENODEV
  if (of.address === undefined) return null
  const address = typeof of.address === 'string' ? parseAddress(of.address) : of.address
  if (address === null) return -EINVAL
  if (address.isUnspecified) return null
  return file.sockets.interfaceOf(address) ?? -ENODEV
}

/** struct ip_mreq (8 bytes) or ip_mreqn (12), or the object form. */
const membershipOf = (value: Membership | Uint8Array): Membership | number => {
  if (!(value instanceof Uint8Array)) return typeof value === 'object' && 'group' in value ? value : -EINVAL
  if (value.length < 8) return -EINVAL
  const ifindex = value.length >= 12 ? littleInt(value, 8) : 0
  return { group: addressOf(value, 0, 4), address: addressOf(value, 4, 4), ifindex }
}

const membership =
  (join: boolean) =>
  (file: InetFile, value: Membership | Uint8Array): number => {
    const wanted = membershipOf(value)
    if (typeof wanted === 'number') return wanted
    const group = typeof wanted.group === 'string' ? parseAddress(wanted.group) : wanted.group
    if (group === null || group.family !== 4) return -EINVAL
    const iface = namedInterface(file, wanted)
    if (typeof iface === 'number') return iface
    return join ? datagram(file).joinGroup(group, iface) : datagram(file).leaveGroup(group, iface)
  }

/** in_addr, ip_mreqn, an address as text, or an object with `ifindex` or `address`; the any-address takes the choice back. */
const setMulticastInterface = (
  file: InetFile,
  value: string | Uint8Array | { address?: string; ifindex?: number },
): number => {
  let of: { address?: string | Address; ifindex?: number }
  if (value instanceof Uint8Array) {
    if (value.length < 4) return -EINVAL
    of =
      value.length >= 12
        ? { address: addressOf(value, 4, 4), ifindex: littleInt(value, 8) }
        : { address: addressOf(value, 0, 4) }
  } else of = typeof value === 'string' ? { address: value } : value
  const iface = namedInterface(file, of)
  if (typeof iface === 'number') return iface === -ENODEV ? -EADDRNOTAVAIL : iface
  datagram(file).multicastInterface = iface
  return 0
}

const multicastInterface = (file: InetFile): { readonly address: string; readonly ifindex: number } => {
  const iface = datagram(file).multicastInterface
  const address = iface === null ? undefined : file.sockets.ip.addresses(iface).find((one) => one.address.family === 4)
  return { address: address?.address.toString() ?? '0.0.0.0', ifindex: iface?.index ?? 0 }
}

const multicast: readonly SocketOption[] = [
  structured(L, IP_MULTICAST_IF, 'IP_MULTICAST_IF', DATAGRAM, 'record', multicastInterface, setMulticastInterface),
  integer(
    L,
    IP_MULTICAST_TTL,
    'IP_MULTICAST_TTL',
    DATAGRAM,
    (file) => datagram(file).multicastTtl,
    setMulticastTtl,
    'byte',
  ),
  integer(
    L,
    IP_MULTICAST_LOOP,
    'IP_MULTICAST_LOOP',
    DATAGRAM,
    (file) => (datagram(file).multicastLoop ? 1 : 0),
    (file, value) => {
      datagram(file).multicastLoop = value !== 0
      return 0
    },
    'byte',
  ),
  integer(
    L,
    IP_MULTICAST_ALL,
    'IP_MULTICAST_ALL',
    DATAGRAM,
    (file) => (datagram(file).multicastAll ? 1 : 0),
    (file, value) => {
      if (value !== 0 && value !== 1) return -EINVAL
      datagram(file).multicastAll = value === 1
      return 0
    },
    'byte',
  ),
  structured(L, IP_ADD_MEMBERSHIP, 'IP_ADD_MEMBERSHIP', DATAGRAM, 'record', null, membership(true)),
  structured(L, IP_DROP_MEMBERSHIP, 'IP_DROP_MEMBERSHIP', DATAGRAM, 'record', null, membership(false)),
]

const received: readonly SocketOption[] = [
  switched(IP_PKTINFO, 'IP_PKTINFO', Switch.PKTINFO),
  switched(IP_RECVTTL, 'IP_RECVTTL', Switch.RECVTTL),
  switched(IP_RECVTOS, 'IP_RECVTOS', Switch.RECVTOS),
  stored(L, IP_PKTINFO, 'IP_PKTINFO', TCP, 'bool', 0),
  stored(L, IP_RECVTTL, 'IP_RECVTTL', TCP, 'bool', 0),
  stored(L, IP_RECVTOS, 'IP_RECVTOS', TCP, 'bool', 0),
]

export const ipOptions: readonly SocketOption[] = [
  integer(L, IP_TOS, 'IP_TOS', ALL, (file) => file.endpoint.tos, setTos, 'byte'),
  integer(
    L,
    IP_TTL,
    'IP_TTL',
    ALL,
    (file) => (file.endpoint.ttl < 0 ? file.sockets.ip.defaultTtl : file.endpoint.ttl),
    setTtl,
    'byte',
  ),
  integer(L, IP_MTU_DISCOVER, 'IP_MTU_DISCOVER', ALL, (file) => file.endpoint.mtuDiscover, setMtuDiscover, 'byte'),
  integer(L, IP_MTU, 'IP_MTU', ALL, mtuOf, null),
  integer(
    L,
    IP_RECVERR,
    'IP_RECVERR',
    ALL,
    (file) => (file.endpoint.recvErr ? 1 : 0),
    (file, value) => {
      file.endpoint.recvErr = value !== 0
      return 0
    },
    'byte',
  ),
  flag(L, IP_FREEBIND, 'IP_FREEBIND', ALL, (file) => file.has(Switch.FREEBIND), setFreebind),
  flag(L, IP_TRANSPARENT, 'IP_TRANSPARENT', ALL, (file) => file.has(Switch.TRANSPARENT), setTransparent),
  flag(
    L,
    IP_HDRINCL,
    'IP_HDRINCL',
    RAW,
    (file) => (file.endpoint as unknown as { headerIncluded: boolean }).headerIncluded,
    (file, on) => {
      ;(file.endpoint as unknown as { headerIncluded: boolean }).headerIncluded = on
      return 0
    },
  ),
  refused(L, IP_OPTIONS, 'IP_OPTIONS', ALL),
  refused(L, IP_RECVOPTS, 'IP_RECVOPTS', ALL),
  refused(L, IP_MINTTL, 'IP_MINTTL', ALL),
  refused(L, IP_LOCAL_PORT_RANGE, 'IP_LOCAL_PORT_RANGE', ALL),
  ...received,
  ...multicast,
]
