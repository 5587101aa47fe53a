/**
 * Header prediction (Van Jacobson; Linux's tcp_rcv_established): in-order text or an ACK of new data on an ESTABLISHED
 * connection with nothing unusual about it. What does not fit goes through the eight checks, with the same result.
 */
import { type Packet, TcpFlag, TcpOption } from '../../wire/packet.ts'
import { Mib } from '../../wire/telemetry.ts'
import { Bit } from '../bits.ts'
import { post } from '../output.ts'
import type { Tcb } from '../tcb.ts'
import { announced } from '../window.ts'
import { takeAck, updateWindow } from './ack.ts'
import { inOrder } from './text.ts'

export const fastSegment = (tcb: Tcb, packet: Packet): boolean => {
  if ((packet.flags & ~TcpFlag.PSH) !== TcpFlag.ACK || packet.seq !== tcb.rcvNxt) return false
  if (tcb.loss !== null || tcb.reassembly !== null || tcb.urgent !== null) return false
  const hasTimestamps = (tcb.bits & Bit.TIMESTAMPS) !== 0
  if (packet.optionBits !== (hasTimestamps ? TcpOption.TIMESTAMPS : 0)) return false
  const acked = (packet.ack - tcb.sndUna) | 0
  const length = packet.end - packet.start
  if (acked < 0 || ((packet.ack - tcb.sndNxt) | 0) > 0 || (acked === 0 && length === 0)) return false
  if (length > announced(tcb)) return false
  const { tcp } = tcb
  if (hasTimestamps) {
    if (((packet.tsVal - tcb.tsRecent) | 0) < 0) return false
    if (((packet.seq - tcb.rcvWup) | 0) <= 0) {
      tcb.tsRecent = packet.tsVal
      tcb.tsRecentMs = tcp.nowMs()
    }
  }
  tcb.segsIn = (tcb.segsIn + 1) | 0
  tcb.lastSegmentMs = tcp.nowMs()
  if (packet.origin !== null) tcb.peer = packet.origin
  if (acked > 0 || tcb.sending !== null) {
    tcp.telemetry.count(length > 0 ? Mib.TcpExtTCPHPAcks : Mib.TcpExtTCPPureAcks)
    takeAck(tcb, packet, acked, false)
  } else updateWindow(tcb, packet, 0)
  if (length > 0) {
    tcp.telemetry.count(Mib.TcpExtTCPHPHits)
    inOrder(tcb, packet, packet.start, length)
  }
  packet.free()
  if (tcb.sending !== null) post(tcb)
  return true
}
