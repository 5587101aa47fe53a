/** RST for a segment that belongs to no connection, or to one that is not synchronized (RFC 9293 3.5.2). */
import { Fragment, type Packet, Protocol, TcpFlag, TcpOption } from '../wire/packet.ts'
import { Mib } from '../wire/telemetry.ts'
import type { Tcp } from './tcp.ts'

/** Sequence space that a segment takes: SYN and FIN count one each. */
export const segmentLength = (packet: Packet): number =>
  packet.end - packet.start + (packet.flags & TcpFlag.SYN ? 1 : 0) + (packet.flags & TcpFlag.FIN ? 1 : 0)

/** Answer `packet` with RST; the packet stays the caller's. Never in answer to RST (9293-3.5.2-e). */
export const replyReset = (tcp: Tcp, packet: Packet, reason: number): void => {
  if ((packet.flags & TcpFlag.RST) !== 0) return
  const path = tcp.ip.path(packet.src, { local: packet.dst })
  if (typeof path === 'number') return
  const reset = tcp.memory.packet()
  reset.src = packet.dst
  reset.dst = packet.src
  reset.protocol = Protocol.TCP
  reset.ttl = tcp.ip.defaultTtl
  reset.fragment = Fragment.DF
  reset.srcPort = packet.dstPort
  reset.dstPort = packet.srcPort
  reset.hint = packet.origin
  if ((packet.flags & TcpFlag.ACK) !== 0) {
    reset.seq = packet.ack
    reset.flags = TcpFlag.RST
  } else {
    reset.flags = TcpFlag.RST | TcpFlag.ACK
    reset.ack = (packet.seq + segmentLength(packet)) | 0
  }
  // RFC 7323 5.2: TSecr is the TSval of the segment that caused it, TSval zero.
  if ((packet.optionBits & TcpOption.TIMESTAMPS) !== 0 && (packet.flags & TcpFlag.ACK) !== 0) {
    reset.optionBits = TcpOption.TIMESTAMPS
    reset.tsEcr = packet.tsVal
  }
  tcp.telemetry.note(reason, reset, null)
  tcp.telemetry.count(Mib.TcpOutRsts)
  tcp.telemetry.count(Mib.TcpOutSegs)
  tcp.ip.send(reset, path)
}
