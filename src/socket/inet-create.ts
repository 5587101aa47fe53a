import type { RawSocket } from '../udp/index.ts'
import { EACCES, EINVAL, EPERM, EPROTONOSUPPORT, ESOCKTNOSUPPORT } from '../wire/errno.ts'
import type { Caller } from './caller.ts'
import {
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
} from './constants.ts'
import { InetDatagram } from './inet-datagram.ts'
import { InetStream } from './inet-stream.ts'
import type { SocketFile } from './socket-file.ts'
import type { Sockets } from './sockets.ts'

/** IPPROTO_MAX. */
const PROTOCOLS = 262

/** socket(2) for AF_INET and AF_INET6 (inet_create): 0 is the type's own protocol. */
export const createInet = (
  sockets: Sockets,
  caller: Caller,
  family: 4 | 6,
  type: number,
  protocol: number,
): SocketFile | number => {
  if (protocol < 0 || protocol >= PROTOCOLS) return -EINVAL
  switch (type) {
    case SOCK_STREAM:
      if (protocol !== 0 && protocol !== IPPROTO_TCP) return -EPROTONOSUPPORT
      return new InetStream(sockets, sockets.tcp.create(family, caller.uid))
    case SOCK_DGRAM:
      return createDatagram(sockets, caller, family, protocol)
    case SOCK_RAW:
      // IPPROTO_IP is no protocol (inet_create finds none for the wild card).
      if (protocol === 0) return -EPROTONOSUPPORT
      if (!caller.privileged) return -EPERM
      return new InetDatagram(sockets, 'raw', type, protocol, rawEndpoint(sockets, caller, family, protocol))
    default:
      return -ESOCKTNOSUPPORT
  }
}

const createDatagram = (sockets: Sockets, caller: Caller, family: 4 | 6, protocol: number): SocketFile | number => {
  const { udp } = sockets
  if (protocol === 0 || protocol === IPPROTO_UDP)
    return new InetDatagram(sockets, 'udp', SOCK_DGRAM, IPPROTO_UDP, udp.create(family, caller.uid))
  if (protocol !== (family === 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)) return -EPROTONOSUPPORT
  if (!udp.ping.allows(caller.gid)) return -EACCES
  const endpoint = udp.ping.create(family, caller.uid, udp.rmemDefault, udp.wmemDefault)
  return new InetDatagram(sockets, 'ping', SOCK_DGRAM, protocol, endpoint)
}

const rawEndpoint = (sockets: Sockets, caller: Caller, family: 4 | 6, protocol: number): RawSocket =>
  sockets.udp.raw.create(family, protocol, caller.uid, sockets.udp.rmemDefault, sockets.udp.wmemDefault)
