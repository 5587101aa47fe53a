/** RFC 9293 3.10.7.3, SYN-SENT. */
import { MS } from '../../time/scheduler.ts'
import { ECONNREFUSED } from '../../wire/errno.ts'
import { type Packet, TcpFlag, TcpOption } from '../../wire/packet.ts'
import { Reason } from '../../wire/reason.ts'
import { Bit } from '../bits.ts'
import { establish, sendSyn } from '../handshake.ts'
import { peerMss } from '../handshake-options.ts'
import { fail } from '../lifetime.ts'
import { ackSoon } from '../output.ts'
import { replyReset } from '../reply.ts'
import { retransmits, sampleRtt } from '../rto.ts'
import { giveSendBuffer } from '../send-buffer.ts'
import { transition } from '../states.ts'
import type { Tcb } from '../tcb.ts'
import { armTimer, clearTimer, TimerKind } from '../timers.ts'
import { TcpState } from '../types.ts'
import { MAX_SHIFT } from '../window.ts'
import { processFin } from './fin.ts'
import { processText } from './text.ts'
import { processUrgent } from './urg.ts'

const AGAIN_NS = 2 * MS

export const synSentSegment = (tcb: Tcb, packet: Packet): void => {
  const { tcp } = tcb
  const { telemetry } = tcp
  const { flags } = packet
  tcb.segsIn = (tcb.segsIn + 1) | 0
  const hasAck = (flags & TcpFlag.ACK) !== 0
  // First: an ACK of anything but our SYN is from another life.
  if (hasAck && packet.ack !== tcb.sndNxt) {
    replyReset(tcp, packet, Reason.TcpResetBadAck)
    // The RST may have ended what the peer still had of that life: Linux opens again at once (TCP_TIMEOUT_MIN).
    if (retransmits(tcb) === 0) armTimer(tcb, TimerKind.RETRANSMIT, tcp.clock.now + AGAIN_NS)
    telemetry.drop(packet, Reason.TcpBadAckInHandshake, tcb)
    return
  }
  // Second: RST, believed only if it acknowledges the SYN (RFC 5961 3.2).
  if ((flags & TcpFlag.RST) !== 0) {
    if (!hasAck) {
      telemetry.drop(packet, Reason.TcpSynSentRst, tcb)
      return
    }
    packet.free()
    fail(tcb, ECONNREFUSED, Reason.TcpEndRefused)
    return
  }
  // Third is security, fourth SYN.
  if ((flags & TcpFlag.SYN) === 0) {
    telemetry.drop(packet, Reason.TcpSynSentNoFlags, tcb)
    return
  }
  readSyn(tcb, packet)
  if (hasAck) synAcked(tcb, packet)
  else simultaneousOpen(tcb, packet)
}

/** What the peer's SYN says (RFC 9293 3.10.7.3, RFC 7323 2.3). */
const readSyn = (tcb: Tcb, packet: Packet): void => {
  const { config } = tcb.tcp
  const bits = packet.optionBits
  tcb.irs = packet.seq
  tcb.rcvNxt = (packet.seq + 1) | 0
  tcb.rcvWup = tcb.rcvNxt
  tcb.rcvAdv = (tcb.rcvNxt + Math.min(tcb.rcvWnd, 0xffff)) | 0
  tcb.mssClamp = peerMss(config, packet, tcb.settings.maxSegment)
  tcb.peer = packet.origin
  if (config.sack !== 0 && (bits & TcpOption.SACK_PERMITTED) !== 0) tcb.bits |= Bit.SACK
  if (config.timestamps !== 0 && (bits & TcpOption.TIMESTAMPS) !== 0) {
    tcb.bits |= Bit.TIMESTAMPS
    tcb.tsRecent = packet.tsVal
    tcb.tsRecentMs = tcb.tcp.nowMs()
  }
  if (config.windowScaling !== 0 && (bits & TcpOption.WSCALE) !== 0) {
    tcb.bits |= Bit.WSCALE
    tcb.scales = (tcb.scales & 15) | (Math.min(packet.wscale, MAX_SHIFT) << 4)
  }
}

/** SYN,ACK: ESTABLISHED, and an ACK (9293-3.10.7.3-c). */
const synAcked = (tcb: Tcb, packet: Packet): void => {
  const { tcp } = tcb
  const buffer = tcb.sending
  if (buffer !== null && buffer.first !== null) {
    // Karn: a SYN sent again gives no sample, unless the timestamp tells which one was answered.
    if (retransmits(tcb) === 0) sampleRtt(tcb, (tcp.nowUs() - buffer.first.sentUs) >>> 0)
    else if ((tcb.bits & Bit.TIMESTAMPS) !== 0 && packet.tsEcr !== 0)
      sampleRtt(tcb, ((tcp.nowMs() + tcb.tsOffset - packet.tsEcr) >>> 0) * 1000)
    buffer.shift()
    tcb.sending = null
    giveSendBuffer(buffer)
  }
  tcb.loss = null
  clearTimer(tcb, TimerKind.RETRANSMIT)
  tcb.sndUna = packet.ack
  tcb.sndWnd = packet.window
  tcb.sndWndMax = packet.window
  tcb.sndWl1 = packet.seq
  tcb.sndWl2 = packet.ack
  establish(tcb)
  rest(tcb, packet)
  ackSoon(tcb)
}

/** Data and FIN that came with the SYN (step six and on). */
const rest = (tcb: Tcb, packet: Packet): void => {
  packet.seq = (packet.seq + 1) | 0
  packet.flags &= ~TcpFlag.SYN
  processUrgent(tcb, packet)
  if (processText(tcb, packet)) processFin(tcb)
  packet.free()
}

/** A bare SYN: SYN-RECEIVED, and a SYN,ACK with the same ISS (9293-3.10.7.3-d, MUST-10). */
const simultaneousOpen = (tcb: Tcb, packet: Packet): void => {
  transition(tcb, TcpState.SYN_RECEIVED)
  tcb.sndWnd = packet.window
  tcb.sndWndMax = packet.window
  tcb.sndWl1 = packet.seq
  tcb.sndWl2 = tcb.sndUna
  const first = tcb.sending === null ? null : tcb.sending.first
  if (first !== null) sendSyn(tcb, first)
  packet.free()
}
