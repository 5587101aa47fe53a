/** First check: timestamps and sequence number (RFC 9293 3.10.7.4, RFC 7323 5.3). */
import { type Packet, TcpFlag, TcpOption } from '../../wire/packet.ts'
import { Reason } from '../../wire/reason.ts'
import { Mib } from '../../wire/telemetry.ts'
import { Bit } from '../bits.ts'
import { mayAnswer } from '../challenge.ts'
import { ackSoon } from '../output.ts'
import { Reassembly } from '../reassembly.ts'
import { segmentLength } from '../reply.ts'
import type { Tcb } from '../tcb.ts'
import { announced } from '../window.ts'

/** RFC 7323 5.5: a timestamp older than this proves nothing. */
const TS_RECENT_LIFE_MS = 24 * 24 * 3600 * 1000

export const checkSequence = (tcb: Tcb, packet: Packet): boolean => {
  if ((tcb.bits & Bit.TIMESTAMPS) !== 0 && !checkTimestamp(tcb, packet)) return false
  const { seq } = packet
  const ahead = (seq - tcb.rcvNxt) | 0
  const window = announced(tcb)
  const length = segmentLength(packet)
  const isReset = (packet.flags & TcpFlag.RST) !== 0
  // Nothing beyond the right edge. With a closed window ACK, URG and RST at its place still count (MUST-66), and the text
  // of a probe is trimmed away later.
  const pastEdge = window === 0 ? ahead > 0 : ahead >= window
  // What is old by no more than the last ACK brings may bring news in its ACK field (appendix A.2).
  const tooOld = ((seq + length - tcb.rcvWup) | 0) < 0 || (length > 0 && isReset && ahead < 0)
  if (!pastEdge && !tooOld) return true
  if (isReset) {
    tcb.tcp.telemetry.drop(packet, Reason.TcpRstOutOfWindow, tcb)
    return false
  }
  // A SYN anywhere gets its challenge ACK from the fourth check (RFC 5961 4.2).
  if ((packet.flags & TcpFlag.SYN) !== 0) return true
  reportDuplicate(tcb, seq, (seq + length) | 0, ahead < 0)
  if (mayAnswer(tcb.tcp, tcb, packet, Mib.TcpExtTCPACKSkippedSeq)) ackSoon(tcb)
  tcb.tcp.telemetry.drop(packet, pastEdge ? Reason.TcpOutOfWindow : Reason.TcpOldDuplicate, tcb)
  return false
}

/** Tell the sender that the segment came before (RFC 2883). */
export const reportDuplicate = (tcb: Tcb, left: number, right: number, isOld: boolean): void => {
  if (!isOld || left === right || (tcb.bits & Bit.SACK) === 0 || tcb.tcp.config.dsack === 0) return
  tcb.reassembly ??= new Reassembly()
  tcb.reassembly.duplicate(left, ((right - tcb.rcvNxt) | 0) > 0 ? tcb.rcvNxt : right)
  tcb.tcp.telemetry.count(Mib.TcpExtTCPDSACKOldSent)
}

/** PAWS. Never for a RST (RFC 7323 5.2). */
const checkTimestamp = (tcb: Tcb, packet: Packet): boolean => {
  const { tcp } = tcb
  if ((packet.flags & TcpFlag.RST) !== 0) return true
  if ((packet.optionBits & TcpOption.TIMESTAMPS) === 0) {
    // RFC 7323 3.2: dropped without a word, and no reason to end the connection.
    tcp.telemetry.drop(packet, Reason.TcpNoTimestamp, tcb)
    return false
  }
  const newer = (packet.tsVal - tcb.tsRecent) | 0
  if (newer < 0) {
    if ((tcp.nowMs() - tcb.tsRecentMs) >>> 0 < TS_RECENT_LIFE_MS) {
      tcp.telemetry.count(Mib.TcpExtPAWSEstab)
      if (mayAnswer(tcp, tcb, packet, Mib.TcpExtTCPACKSkippedPAWS)) ackSoon(tcb)
      tcp.telemetry.drop(packet, Reason.TcpPaws, tcb)
      return false
    }
    tcb.tsRecent = packet.tsVal
  }
  // RFC 7323 4.3: only what is not beyond the last ACK sent.
  if (((packet.seq - tcb.rcvWup) | 0) <= 0) {
    tcb.tsRecent = packet.tsVal
    tcb.tsRecentMs = tcp.nowMs()
  }
  return true
}
