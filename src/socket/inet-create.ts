import { EINVAL, EPERM, EPROTONOSUPPORT, ESOCKTNOSUPPORT } from '../wire/errno.ts'
import type { Caller } from './caller.ts'
import { IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM } from './constants.ts'
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
      if (protocol !== 0 && protocol !== IPPROTO_UDP) return -EPROTONOSUPPORT
      return new InetDatagram(sockets, 'udp', type, IPPROTO_UDP, sockets.udp.create(family, caller.uid))
    case SOCK_RAW:
      if (!caller.privileged) return -EPERM
      return -EPROTONOSUPPORT
    default:
      return -ESOCKTNOSUPPORT
  }
}
