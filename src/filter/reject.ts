/** Answers to rejected packets (nft_reject): an ICMP error, or the RST that a closed port would send. */
import type { IpLayer } from '../ip/types.ts'
import type { NetworkInterface } from '../link/interface.ts'
import { Icmp6Type, IcmpType } from '../wire/icmp.ts'
import { Form, Fragment, LinkCast, type Packet, Protocol, TcpFlag } from '../wire/packet.ts'
import { type RejectWith, rejectCode } from './verdict.ts'

/** Whether the answer is of a kind that this packet can have: the family fits, a reset answers TCP. */
export const canReject = (packet: Packet, answer: RejectWith): boolean =>
  answer.kind === 'tcp-reset' ? packet.protocol === Protocol.TCP : rejectCode(answer, packet.src.family) >= 0

/** The packet stays the caller's. */
export const reject = (ip: IpLayer, packet: Packet, answer: RejectWith, iif: NetworkInterface | null): void => {
  if (answer.kind === 'tcp-reset') {
    reset(ip, packet, iif)
    return
  }
  const type = packet.src.family === 4 ? IcmpType.UNREACHABLE : Icmp6Type.UNREACHABLE
  ip.sendIcmpError(packet, type, rejectCode(answer, packet.src.family), 0)
}

/** nf_send_reset: none for a fragment, a broken checksum, a group, or another RST (RFC 9293 3.10.7.1). */
const reset = (ip: IpLayer, packet: Packet, iif: NetworkInterface | null): void => {
  if (packet.form !== Form.FULL || (packet.fragment & Fragment.OFFSET) !== 0) return
  if ((packet.flags & TcpFlag.RST) !== 0 || packet.dst.isMulticast || ip.isBroadcast(packet.dst)) return
  if (packet.linkCast === LinkCast.BROADCAST || packet.linkCast === LinkCast.MULTICAST) return
  const { src } = packet
  const iface = src.family === 6 && src.isLinkLocal ? iif : null
  const path = ip.path(src, { local: packet.dst, freebind: true, iface })
  if (typeof path === 'number') return
  const answer = packet.memory.packet()
  answer.src = packet.dst
  answer.dst = src
  answer.protocol = Protocol.TCP
  answer.srcPort = packet.dstPort
  answer.dstPort = packet.srcPort
  answer.fragment = Fragment.DF
  answer.flags = TcpFlag.RST
  if ((packet.flags & TcpFlag.ACK) !== 0) answer.seq = packet.ack
  else {
    const syn = (packet.flags & TcpFlag.SYN) === 0 ? 0 : 1
    const fin = (packet.flags & TcpFlag.FIN) === 0 ? 0 : 1
    answer.ack = (packet.seq + packet.length + syn + fin) | 0
    answer.flags = TcpFlag.RST | TcpFlag.ACK
  }
  ip.send(answer, path)
}
