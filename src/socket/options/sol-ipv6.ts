import type { DatagramCore } from '../../udp/index.ts'
import { EINVAL, ENODEV } from '../../wire/errno.ts'
import { parseAddress } from '../../wire/parse.ts'
import {
  IPV6_ADD_MEMBERSHIP,
  IPV6_DROP_MEMBERSHIP,
  IPV6_FREEBIND,
  IPV6_MTU,
  IPV6_MTU_DISCOVER,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_IF,
  IPV6_MULTICAST_LOOP,
  IPV6_RECVERR,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVPKTINFO,
  IPV6_RECVTCLASS,
  IPV6_TCLASS,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  SOL_IPV6,
} from '../constants.ts'
import type { InetFile } from '../inet-file.ts'
import { Switch } from '../switch.ts'
import {
  ALL,
  addressOf,
  DATAGRAM,
  flag,
  integer,
  littleInt,
  type Membership,
  type SocketOption,
  stored,
  structured,
  TCP,
} from './option.ts'
import { mtuOf, setFreebind, setMtuDiscover, setTos } from './sol-ip.ts'

const L = SOL_IPV6

const datagram = (file: InetFile): DatagramCore => file.endpoint as DatagramCore

const switched = (name: number, symbol: string, bit: number): readonly SocketOption[] => [
  flag(
    L,
    name,
    symbol,
    DATAGRAM,
    (file) => file.has(bit),
    (file, on) => file.turn(bit, on) as undefined,
  ),
  stored(L, name, symbol, TCP, 'bool', 0),
]

/** Not after bind (ipv6(7)). */
const setV6only = (file: InetFile, on: boolean): number => {
  if (file.endpoint.localPort !== 0) return -EINVAL
  file.endpoint.v6only = on
  return 0
}

const setHops = (file: InetFile, value: number): number => {
  if (value < -1 || value > 255) return -EINVAL
  file.endpoint.ttl = value
  return 0
}

/** struct ipv6_mreq: 16 bytes of group and an interface index; or the object form. */
const membership =
  (join: boolean) =>
  (file: InetFile, value: Membership | Uint8Array): number => {
    let wanted: Membership
    if (value instanceof Uint8Array) {
      if (value.length < 20) return -EINVAL
      wanted = { group: addressOf(value, 0, 16), ifindex: littleInt(value, 16) }
    } else if (typeof value === 'object' && 'group' in value) wanted = value
    else return -EINVAL
    const group = typeof wanted.group === 'string' ? parseAddress(wanted.group) : wanted.group
    if (group === null || group.family !== 6) return -EINVAL
    const index = wanted.ifindex ?? 0
    const iface = index === 0 ? null : file.sockets.interfaceAt(index)
    if (index !== 0 && iface === null) return -ENODEV
    return join ? datagram(file).joinGroup(group, iface) : datagram(file).leaveGroup(group, iface)
  }

const multicast: readonly SocketOption[] = [
  integer(
    L,
    IPV6_MULTICAST_IF,
    'IPV6_MULTICAST_IF',
    DATAGRAM,
    (file) => datagram(file).multicastInterface?.index ?? 0,
    (file, value) => {
      const iface = value === 0 ? null : file.sockets.interfaceAt(value)
      if (value !== 0 && iface === null) return -ENODEV
      datagram(file).multicastInterface = iface
      return 0
    },
  ),
  integer(
    L,
    IPV6_MULTICAST_HOPS,
    'IPV6_MULTICAST_HOPS',
    DATAGRAM,
    (file) => datagram(file).multicastTtl,
    (file, value) => {
      if (value < -1 || value > 255) return -EINVAL
      datagram(file).multicastTtl = value === -1 ? 1 : value
      return 0
    },
  ),
  integer(
    L,
    IPV6_MULTICAST_LOOP,
    'IPV6_MULTICAST_LOOP',
    DATAGRAM,
    (file) => (datagram(file).multicastLoop ? 1 : 0),
    (file, value) => {
      if (value !== 0 && value !== 1) return -EINVAL
      datagram(file).multicastLoop = value === 1
      return 0
    },
  ),
  structured(L, IPV6_ADD_MEMBERSHIP, 'IPV6_ADD_MEMBERSHIP', DATAGRAM, 'record', null, membership(true)),
  structured(L, IPV6_DROP_MEMBERSHIP, 'IPV6_DROP_MEMBERSHIP', DATAGRAM, 'record', null, membership(false)),
]

/** Hop limit and traffic class are one field with IP_TTL and IP_TOS: a dual-stack socket uses it for both families. */
export const ipv6Options: readonly SocketOption[] = [
  flag(L, IPV6_V6ONLY, 'IPV6_V6ONLY', ALL, (file) => file.endpoint.v6only, setV6only),
  integer(
    L,
    IPV6_UNICAST_HOPS,
    'IPV6_UNICAST_HOPS',
    ALL,
    (file) => (file.endpoint.ttl < 0 ? file.sockets.ip.defaultTtl : file.endpoint.ttl),
    setHops,
  ),
  integer(
    L,
    IPV6_TCLASS,
    'IPV6_TCLASS',
    ALL,
    (file) => file.endpoint.tos,
    (file, value) => setTos(file, value === -1 ? 0 : value),
  ),
  integer(L, IPV6_MTU_DISCOVER, 'IPV6_MTU_DISCOVER', ALL, (file) => file.endpoint.mtuDiscover, setMtuDiscover),
  integer(L, IPV6_MTU, 'IPV6_MTU', ALL, mtuOf, null),
  flag(
    L,
    IPV6_RECVERR,
    'IPV6_RECVERR',
    ALL,
    (file) => file.endpoint.recvErr,
    (file, on) => {
      file.endpoint.recvErr = on
      return 0
    },
  ),
  flag(L, IPV6_FREEBIND, 'IPV6_FREEBIND', ALL, (file) => file.has(Switch.FREEBIND), setFreebind),
  ...switched(IPV6_RECVPKTINFO, 'IPV6_RECVPKTINFO', Switch.RECVPKTINFO6),
  ...switched(IPV6_RECVHOPLIMIT, 'IPV6_RECVHOPLIMIT', Switch.RECVHOPLIMIT),
  ...switched(IPV6_RECVTCLASS, 'IPV6_RECVTCLASS', Switch.RECVTCLASS),
  ...multicast,
]
