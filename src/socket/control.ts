/** Control messages of inet sockets: what a sender chooses, what a receiver is told (ip(7), ipv6(7), socket(7)). */
import type { DatagramInfo, QueuedError, SendChoices } from '../udp/index.ts'
import { Msg } from '../wire/call.ts'
import { EINVAL, ENODEV } from '../wire/errno.ts'
import {
  IP_PKTINFO,
  IP_RECVERR,
  IP_TOS,
  IP_TTL,
  IPV6_HOPLIMIT,
  IPV6_PKTINFO,
  IPV6_RECVERR,
  IPV6_TCLASS,
  SO_EE_ORIGIN_ICMP,
  SO_EE_ORIGIN_ICMP6,
  SO_EE_ORIGIN_LOCAL,
  SO_RXQ_OVFL,
  SO_TIMESTAMP,
  SO_TIMESTAMPNS,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
} from './constants.ts'
import { showEnd } from './inet-address.ts'
import type { InetDatagram } from './inet-datagram.ts'
import { type ControlMessage, type InMessage, type PacketInfo, putControl } from './message.ts'
import type { Sockets } from './sockets.ts'
import { Switch } from './switch.ts'

type Choices = { -readonly [K in keyof SendChoices]: SendChoices[K] }

/** ip_cmsg_send and ip6_datagram_send_ctl; -EINVAL for what they do not know. */
export const sendChoices = (
  sockets: Sockets,
  family: 4 | 6,
  control: readonly ControlMessage[],
): SendChoices | number => {
  const choices: Choices = {}
  for (const { level, type, data } of control) {
    if (level !== SOL_IP && level !== SOL_IPV6) return -EINVAL
    if (family === 4 && level === SOL_IPV6) continue
    const result =
      typeof data === 'number'
        ? chooseNumber(choices, level, type, data)
        : isPacketInfo(data) && type === (level === SOL_IP ? IP_PKTINFO : IPV6_PKTINFO)
          ? choosePacketInfo(sockets, choices, data)
          : -EINVAL
    if (result !== 0) return result
  }
  return choices
}

const isPacketInfo = (data: object): data is PacketInfo => 'addr' in data

const chooseNumber = (choices: Choices, level: number, type: number, value: number): number => {
  if (type === (level === SOL_IP ? IP_TTL : IPV6_HOPLIMIT)) {
    if (value < 1 || value > 255) return -EINVAL
    choices.ttl = value
    return 0
  }
  if (type !== (level === SOL_IP ? IP_TOS : IPV6_TCLASS) || value < 0 || value > 255) return -EINVAL
  choices.tos = value
  return 0
}

const choosePacketInfo = (sockets: Sockets, choices: Choices, info: PacketInfo): number => {
  const source = (info.specDst ?? info.addr).unmapped()
  if (info.ifindex !== 0) {
    const iface = sockets.interfaceAt(info.ifindex)
    if (iface === null) return -ENODEV
    choices.iface = iface
  }
  if (!source.isUnspecified) {
    if (!sockets.ip.isLocal(source)) return -EINVAL
    choices.source = source
  }
  return 0
}

/** sock_recv_cmsgs, ip_cmsg_recv and ip6_datagram_recv_ctl, in their order. */
export const receiveControl = (file: InetDatagram, sockets: Sockets, info: DatagramInfo, message: InMessage): void => {
  if (file.switches === 0) return
  if (file.has(Switch.TIMESTAMP_NS)) {
    const { seconds, nanoseconds } = sockets.wallClock(info.time)
    putControl(message, SOL_SOCKET, SO_TIMESTAMPNS, 16, { seconds, fraction: nanoseconds })
  } else if (file.has(Switch.TIMESTAMP)) {
    const { seconds, nanoseconds } = sockets.wallClock(info.time)
    putControl(message, SOL_SOCKET, SO_TIMESTAMP, 16, { seconds, fraction: Math.floor(nanoseconds / 1000) })
  }
  if (file.has(Switch.RXQ_OVFL)) putControl(message, SOL_SOCKET, SO_RXQ_OVFL, 4, file.endpoint.drops)
  const four = info.local.family === 4
  if (four) {
    if (file.has(Switch.PKTINFO)) {
      const specDst = sockets.ip.isLocal(info.local) ? info.local : sockets.primaryAddress(info.ifindex)
      putControl(message, SOL_IP, IP_PKTINFO, 12, { ifindex: info.ifindex, specDst, addr: info.local })
    }
    if (file.has(Switch.RECVTTL)) putControl(message, SOL_IP, IP_TTL, 4, info.ttl)
    if (file.has(Switch.RECVTOS)) putControl(message, SOL_IP, IP_TOS, 1, info.tos)
  }
  if (file.endpoint.family === 4) return
  if (file.has(Switch.RECVPKTINFO6))
    putControl(message, SOL_IPV6, IPV6_PKTINFO, 20, { ifindex: info.ifindex, addr: info.local.mapped() })
  if (file.has(Switch.RECVHOPLIMIT)) putControl(message, SOL_IPV6, IPV6_HOPLIMIT, 4, info.ttl)
  if (file.has(Switch.RECVTCLASS)) putControl(message, SOL_IPV6, IPV6_TCLASS, 4, info.tos)
}

const origins = { local: SO_EE_ORIGIN_LOCAL, icmp: SO_EE_ORIGIN_ICMP, icmp6: SO_EE_ORIGIN_ICMP6 } as const

/** ip_recv_error: the datagram's bytes, where it was going, and what became of it. */
export const receiveError = (family: 4 | 6, error: QueuedError, room: Uint8Array, message: InMessage): number => {
  const n = Math.min(room.length, error.data.length)
  room.set(error.data.subarray(0, n))
  message.outFlags |= Msg.ERRQUEUE | (error.data.length > n ? Msg.TRUNC : 0)
  if (message.wantAddress) message.address = showEnd(family, error.address, error.port)
  const four = family === 4 || error.address.family === 4
  putControl(message, four ? SOL_IP : SOL_IPV6, four ? IP_RECVERR : IPV6_RECVERR, four ? 32 : 44, {
    errno: error.errno,
    origin: origins[error.origin],
    type: error.type,
    code: error.code,
    info: error.info,
    offender: error.offender,
  })
  return n
}
