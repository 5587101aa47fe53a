/** Fifth check: ACK (RFC 9293 3.10.7.4, RFC 5961 5.2). */
import { type Packet, TcpFlag, TcpOption } from '../../wire/packet.ts'
import { Reason } from '../../wire/reason.ts'
import { Mib } from '../../wire/telemetry.ts'
import { tuneSendBuffer } from '../autotune.ts'
import { Bit } from '../bits.ts'
import { challenge } from '../challenge.ts'
import { orphanInFinWait2 } from '../close.ts'
import { establish } from '../handshake.ts'
import { finish } from '../lifetime.ts'
import type { LossState } from '../loss.ts'
import { ready, wakeWriter } from '../notify.ts'
import { trimSendBuffer } from '../output.ts'
import { afterAck } from '../recovery.ts'
import { replyReset } from '../reply.ts'
import { restartRto, sampleRtt } from '../rto.ts'
import { applySacks } from '../sack.ts'
import { Mark } from '../send-buffer.ts'
import { transition } from '../states.ts'
import type { Tcb } from '../tcb.ts'
import { clearTimer, TimerKind } from '../timers.ts'
import { Poll, TcpState } from '../types.ts'
import { sndShift } from '../window.ts'

const S = TcpState

export const checkAck = (tcb: Tcb, packet: Packet): boolean => {
  const { tcp } = tcb
  if ((packet.flags & TcpFlag.ACK) === 0) {
    tcp.telemetry.drop(packet, Reason.TcpNoAck, tcb)
    return false
  }
  tcb.lastSegmentMs = tcp.nowMs()
  if (tcb.state === S.SYN_RECEIVED && !ackOfSyn(tcb, packet)) return false
  const ahead = (packet.ack - tcb.sndUna) | 0
  if (((packet.ack - tcb.sndNxt) | 0) > 0) {
    // Of what was never sent: say where we are.
    challenge(tcb, packet)
    tcp.telemetry.drop(packet, Reason.TcpAckUnsent, tcb)
    return false
  }
  if (ahead < 0) {
    // RFC 5961 5.2: older than the largest window ever offered; it may be injected.
    if (-ahead > tcb.sndWndMax) {
      challenge(tcb, packet)
      tcp.telemetry.drop(packet, Reason.TcpAckTooOld, tcb)
      return false
    }
    if (packet.sackCount > 0) takeAck(tcb, packet, 0, true)
    return true
  }
  takeAck(tcb, packet, ahead, false)
  return ahead === 0 || afterOurFin(tcb, packet)
}

/** SYN-RECEIVED: an acceptable ACK establishes, another one is reset. */
const ackOfSyn = (tcb: Tcb, packet: Packet): boolean => {
  if (((packet.ack - tcb.sndUna) | 0) <= 0 || ((packet.ack - tcb.sndNxt) | 0) > 0) {
    replyReset(tcb.tcp, packet, Reason.TcpResetBadAck)
    tcb.tcp.telemetry.drop(packet, Reason.TcpBadAckInHandshake, tcb)
    return false
  }
  tcb.sndWnd = packet.window << sndShift(tcb)
  tcb.sndWndMax = tcb.sndWnd
  tcb.sndWl1 = packet.seq
  tcb.sndWl2 = packet.ack
  const buffer = tcb.sending
  const first = buffer === null ? null : buffer.first
  if (buffer !== null && first !== null) {
    // The SYN of a simultaneous open.
    if ((first.marks & Mark.EVER_RETRANSMITTED) === 0) sampleRtt(tcb, (tcb.tcp.nowUs() - first.sentUs) >>> 0)
    buffer.shift()
    clearTimer(tcb, TimerKind.RETRANSMIT)
    trimSendBuffer(tcb)
  }
  tcb.sndUna = (tcb.iss + 1) | 0
  tcb.loss = null
  establish(tcb)
  return true
}

/** Segments newly acknowledged leave the queue; the window, the RTT and congestion control hear of it. */
export const takeAck = (tcb: Tcb, packet: Packet, acked: number, isOld: boolean): void => {
  const { tcp } = tcb
  const sample = tcp.sample
  const una = tcb.sndUna
  const mostOut = tcb.sending === null ? 0 : tcb.sending.mostOut
  sample.nowUs = tcp.nowUs()
  sample.acked = acked
  sample.delivered = 0
  sample.rttUs = -1
  if (tcb.loss !== null) readEcho(tcb, tcb.loss, packet)
  const windowMoved = isOld ? false : updateWindow(tcb, packet, acked)
  const hadData = tcb.sndNxt !== una
  if (acked > 0) {
    if ((packet.ack - tcb.iss) >>> 0 < (una - tcb.iss) >>> 0) tcb.wraps += 0x10000
    tcb.sndUna = packet.ack
    removeAcked(tcb, packet)
    tcb.retries = 0
  } else if (!isOld) tcb.retries &= ~(0xff << 16)
  const sacked = packet.sackCount > 0 && (tcb.bits & Bit.SACK) !== 0 && hadData ? applySacks(tcb, packet) : 0
  sample.delivered += sacked
  if (hadData) {
    const isDuplicate =
      acked === 0 && !isOld && !windowMoved && packet.start === packet.end && (packet.flags & TcpFlag.FIN) === 0
    sample.isCwndLimited = (tcb.bits & Bit.CWND_LIMITED) !== 0 || (tcb.cwnd < tcb.ssthresh && tcb.cwnd < 2 * mostOut)
    afterAck(tcb, sample, isDuplicate, sacked)
  }
  if (acked > 0) newDataAcked(tcb)
  else if (tcb.sndNxt === tcb.sndUna && tcb.sending !== null) windowAfterProbe(tcb)
}

/** Was this ACK caused by what was sent before the first retransmission (RFC 3522 3.2, step 4; tcp_packet_delayed)? */
const readEcho = (tcb: Tcb, loss: LossState, packet: Packet): void => {
  loss.originalArrived = false
  loss.retransmittedAcked = false
  loss.isEchoOld =
    loss.isTiming &&
    (packet.optionBits & TcpOption.TIMESTAMPS) !== 0 &&
    (tcb.bits & Bit.TIMESTAMPS) !== 0 &&
    packet.tsEcr !== 0 &&
    ((packet.tsEcr - tcb.tsOffset - loss.sinceMs) | 0) < 0
}

/** F-RTO asks whether something arrived that was sent once only, and before the time-out (RFC 5682 3, step 3b). */
const noteArrival = (loss: LossState, marks: number, end: number): void => {
  if ((marks & Mark.EVER_RETRANSMITTED) !== 0) loss.retransmittedAcked = true
  else if ((marks & Mark.SACKED) === 0 && ((end - loss.highSeq) | 0) <= 0) loss.originalArrived = true
}

/** SND.WND from a segment that is newer (9293-3.10.7.4-m). True when it changed. */
export const updateWindow = (tcb: Tcb, packet: Packet, acked: number): boolean => {
  const window = packet.window << sndShift(tcb)
  const newer = (packet.seq - tcb.sndWl1) | 0
  if (!(newer > 0 || (newer === 0 && ((packet.ack - tcb.sndWl2) | 0) >= 0) || acked > 0)) return false
  tcb.sndWl1 = packet.seq
  tcb.sndWl2 = packet.ack
  if (tcb.sndWnd === window) return false
  tcb.sndWnd = window
  if (window > tcb.sndWndMax) tcb.sndWndMax = window
  return true
}

/** Take wholly acknowledged segments off the queue, cut the first of the rest, measure the round trip. */
const removeAcked = (tcb: Tcb, packet: Packet): void => {
  const buffer = tcb.sending
  if (buffer === null) return
  const { sample } = tcb.tcp
  const loss = tcb.loss
  const una = tcb.sndUna
  let retransmitted = false
  for (let sent = buffer.first; sent !== null && ((sent.endSeq - una) | 0) <= 0; sent = buffer.first) {
    const length = (sent.endSeq - sent.seq) | 0
    const { marks } = sent
    if (loss !== null) {
      noteArrival(loss, marks, sent.endSeq)
      if ((marks & Mark.SACKED) !== 0) loss.sacked -= length
      else sample.delivered += length
      if ((marks & Mark.LOST) !== 0) loss.lost -= length
      if ((marks & Mark.RETRANSMITTED) !== 0) loss.retransmitted -= length
      if (loss.hint === sent) loss.hint = sent.next
    } else sample.delivered += length
    // Karn: what was sent again gives no sample; of the others the first sent is the cautious choice.
    if ((marks & Mark.EVER_RETRANSMITTED) !== 0) retransmitted = true
    else if (sample.rttUs < 0 && (marks & Mark.SACKED) === 0) sample.rttUs = (sample.nowUs - sent.sentUs) >>> 0
    buffer.shift()
  }
  const first = buffer.first
  if (first !== null && ((una - first.seq) | 0) > 0) {
    const count = (una - first.seq) | 0
    if (loss !== null) {
      noteArrival(loss, first.marks, una)
      if ((first.marks & Mark.LOST) !== 0) loss.lost -= count
      if ((first.marks & Mark.RETRANSMITTED) !== 0) loss.retransmitted -= count
      if ((first.marks & Mark.SACKED) !== 0) loss.sacked -= count
    }
    sample.delivered += count
    buffer.trimFirst(count)
  }
  if (retransmitted) sample.rttUs = -1
  if (sample.rttUs < 0 && (tcb.bits & Bit.TIMESTAMPS) !== 0 && packet.tsEcr !== 0) {
    // RFC 7323 4.1: only from a segment that acknowledges new data.
    const ms = (tcb.tcp.nowMs() + tcb.tsOffset - packet.tsEcr) | 0
    if (ms >= 0 && (packet.optionBits & TcpOption.TIMESTAMPS) !== 0) sample.rttUs = ms * 1000
  }
  if (sample.rttUs >= 0) sampleRtt(tcb, sample.rttUs)
}

/** RFC 6298 5.2, 5.3: nothing left, timer off; else from now on. */
const newDataAcked = (tcb: Tcb): void => {
  if (tcb.path !== null) tcb.tcp.confirm(tcb.path)
  if (tcb.urgent !== null) tcb.urgent.acknowledged(tcb.sndUna)
  if (tcb.sndUna === tcb.sndNxt) {
    clearTimer(tcb, TimerKind.RETRANSMIT)
    trimSendBuffer(tcb)
  } else if (tcb.loss === null || !tcb.loss.holdsTimer) restartRto(tcb)
  if (tcb.loss !== null && tcb.sndUna === tcb.sndNxt) tcb.loss.isTiming = false
  if (tcb.cwnd > tcb.sndBuf >> 1) tuneSendBuffer(tcb)
  wakeWriter(tcb)
}

/** An answer to a probe: go on sending if the window opened, else keep probing (output arms the timer again). */
const windowAfterProbe = (tcb: Tcb): void => {
  if (tcb.sndWnd > 0) {
    clearTimer(tcb, TimerKind.PERSIST)
    tcb.retries = 0
  }
}

/** Our FIN is acknowledged: the states that waited for it move on. False when the packet was taken. */
const afterOurFin = (tcb: Tcb, packet: Packet): boolean => {
  if ((tcb.bits & Bit.FIN_SENT) === 0 || tcb.sndUna !== tcb.sndNxt) return true
  switch (tcb.state) {
    case S.FIN_WAIT_1:
      transition(tcb, S.FIN_WAIT_2)
      tcb.bits |= Bit.SND_SHUTDOWN
      if ((tcb.bits & Bit.ORPHAN) === 0) {
        ready(tcb, Poll.OUT)
        return true
      }
      // Data for it is refused by the next check.
      if (packet.end > packet.start && ((packet.seq + packet.end - packet.start - tcb.rcvNxt) | 0) > 0) return true
      if (tcb.settings.linger2 < 0) {
        // Nobody waits for the peer's FIN (TCP_LINGER2): to this segment the connection is gone already (tcp_rcv_state_process).
        refuse(tcb, packet, Reason.TcpResetLinger2)
        return false
      }
      orphanInFinWait2(tcb)
      return true
    case S.CLOSING:
      tcb.tcp.enterTimeWait(tcb)
      break
    case S.LAST_ACK:
      finish(tcb, Reason.TcpEndLastAck)
      break
    default:
      return true
  }
  packet.free()
  return false
}

/** Data for a socket whose reader is gone will never be read: RST (SHLD-3; tcp_rcv_state_process). */
export const refusesText = (tcb: Tcb, packet: Packet): boolean => {
  if ((tcb.bits & Bit.RCV_SHUTDOWN) === 0 || (tcb.state !== S.FIN_WAIT_1 && tcb.state !== S.FIN_WAIT_2)) return false
  const length = packet.end - packet.start
  if (length === 0 || ((packet.seq + length - tcb.rcvNxt) | 0) <= 0) return false
  refuse(tcb, packet, Reason.TcpResetDataAfterClose)
  return true
}

/** End the connection, then answer the segment as one that belongs to none: RST at SEG.ACK, without an ACK (RFC 9293 3.10.7.1). */
const refuse = (tcb: Tcb, packet: Packet, reason: number): void => {
  const { tcp } = tcb
  tcp.telemetry.count(Mib.TcpExtTCPAbortOnData)
  finish(tcb, reason)
  replyReset(tcp, packet, reason)
  packet.free()
}
