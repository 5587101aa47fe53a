/**
 * When data leaves: window, congestion window, Nagle, corking, silly-window avoidance (RFC 9293 3.8.6.2.1, 3.7.4).
 */

import { US } from '../time/scheduler.ts'
import { EMSGSIZE } from '../wire/errno.ts'
import { TcpFlag } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import { Bit } from './bits.ts'
import { noteStall, sackBytes, sendAck } from './emit.ts'
import { type LossState, pipe } from './loss.ts'
import { syncMss } from './mtu.ts'
import { retransmitLost, segmentLimit, transmitSent } from './retransmit.ts'
import { currentRto, restartRto } from './rto.ts'
import { giveSendBuffer, type SendBuffer } from './send-buffer.ts'
import { inStates, OPENING, TRANSMITS } from './states.ts'
import type { Tcb } from './tcb.ts'
import { armTimer, clearTimer, isArmed, TimerKind } from './timers.ts'
import { TcpState } from './types.ts'

/** Linux's TCP_RTO_MIN, whatever tcp_rto_min_us says (tcp_probe0_base). */
const LEAST_PROBE_US = 200_000

/** Let `run` come after all packets that are queued now. */
export const post = (tcb: Tcb): void => {
  if ((tcb.bits & Bit.POSTED) !== 0) return
  tcb.bits |= Bit.POSTED
  tcb.tcp.clock.post(tcb)
}

export const ackSoon = (tcb: Tcb): void => {
  tcb.bits |= Bit.ACK_NOW
  post(tcb)
}

/** Send what may be sent, then the ACK if nothing carried it. */
export const flush = (tcb: Tcb): void => {
  if (tcb.state === TcpState.CLOSED || tcb.state === TcpState.LISTEN) return
  transmit(tcb)
  if ((tcb.bits & Bit.ACK_NOW) !== 0 && !inStates(tcb.state, OPENING)) sendAck(tcb)
}

/**
 * Send lost segments, then new ones, then the FIN, as far as the windows go.
 *
 * `fromCall`: the application may go on writing. Then the short rest behind full segments waits until these have left, so that what
 * comes next fills it up (Linux's autocorking).
 */
export const transmit = (tcb: Tcb, fromCall = false): void => {
  const buffer = tcb.sending
  if (buffer === null || !inStates(tcb.state, TRANSMITS)) return
  syncMss(tcb)
  if (tcb.loss !== null) retransmitLost(tcb, buffer)
  let hasSent = false
  tcb.bits &= ~Bit.CWND_REACHED
  while (buffer.unsent > 0) {
    if (hasSent && fromCall && buffer.unsent < tcb.mss && tcb.tcp.config.autocorking !== 0) {
      // What MSG_MORE holds waits for longer than that.
      if ((tcb.bits & Bit.CORKED_CALL) === 0) post(tcb)
      break
    }
    const length = nextLength(tcb, buffer)
    if (length === 0 || !sendNew(tcb, buffer, length)) break
    hasSent = true
  }
  if (hasSent || (tcb.bits & Bit.CWND_REACHED) !== 0) noteUsage(tcb, buffer)
  if (tcb.loss?.newDataFirst) afterNewData(tcb, buffer, tcb.loss)
  if (buffer.unsent === 0 && (tcb.bits & (Bit.FIN_QUEUED | Bit.FIN_SENT)) === Bit.FIN_QUEUED) sendFin(tcb, buffer)
  // With nothing in flight no ACK will come to go on with: probe (RFC 9293 3.8.6.1).
  if (tcb.sndNxt === tcb.sndUna && wantsToSend(tcb, buffer)) armPersist(tcb)
}

/**
 * How much of cwnd is used: once a window, or when more is (tcp_cwnd_validate). What was limited stays so until the window is
 * acknowledged.
 */
const noteUsage = (tcb: Tcb, buffer: SendBuffer): void => {
  const isLimited = (tcb.bits & Bit.CWND_REACHED) !== 0 || pipe(tcb) + tcb.mss > tcb.cwnd
  const out = (tcb.sndNxt - tcb.sndUna) | 0
  const isNewWindow = buffer.mostOut === 0 || ((tcb.sndUna - buffer.usageEnd) | 0) >= 0
  if (!isNewWindow && !isLimited && ((tcb.bits & Bit.CWND_LIMITED) !== 0 || out <= buffer.mostOut)) return
  if (isLimited) tcb.bits |= Bit.CWND_LIMITED
  else tcb.bits &= ~Bit.CWND_LIMITED
  buffer.mostOut = out
  buffer.usageEnd = tcb.sndNxt
}

/** F-RTO needed new data to leave; when none did it is over, and what is lost goes (tcp_xmit_recovery). */
const afterNewData = (tcb: Tcb, buffer: SendBuffer, loss: LossState): void => {
  if (((tcb.sndNxt - loss.highSeq) | 0) > 0) return
  loss.newDataFirst = false
  loss.frto = false
  retransmitLost(tcb, buffer)
}

const wantsToSend = (tcb: Tcb, buffer: SendBuffer): boolean =>
  buffer.unsent > 0 || (tcb.bits & (Bit.FIN_QUEUED | Bit.FIN_SENT)) === Bit.FIN_QUEUED

/**
 * The first probe one RTO after the window closed (SHLD-29). The same timer ends a cork when no ACK can (tcp_check_probe_timer), so
 * that tcp(7)'s 200 ms is the RTO in truth.
 */
const armPersist = (tcb: Tcb): void => {
  if (isArmed(tcb, TimerKind.PERSIST)) return
  armTimer(tcb, TimerKind.PERSIST, tcb.tcp.clock.now + Math.max(currentRto(tcb), LEAST_PROBE_US) * US)
  if (tcb.sndWnd === 0) noteStall(tcb, Reason.TcpZeroWindow)
}

/** Length of the next new segment; 0: wait. */
const nextLength = (tcb: Tcb, buffer: SendBuffer): number => {
  const sacks = sackBytes(tcb)
  const mss = tcb.mss - sacks
  const unsent = buffer.unsent
  const window = (tcb.sndUna + tcb.sndWnd - tcb.sndNxt) | 0
  if (window <= 0) return 0
  const room = tcb.cwnd - pipe(tcb)
  if (room < mss && room < unsent) {
    tcb.bits |= Bit.CWND_REACHED
    return 0
  }
  let length = segmentLimit(tcb) - sacks
  const contiguous = buffer.contiguous
  // A large segment ends where its chunk does; one of MSS size is gathered across.
  if (length > contiguous) length = contiguous >= mss ? contiguous : Math.min(unsent, mss)
  if (length > unsent) length = unsent
  if (length > room) {
    length = room - (room % mss)
    tcb.bits |= Bit.CWND_REACHED
  }
  if (length > window) length = window >= mss ? window - (window % mss) : window
  if (length >= mss) {
    // Whole segments go; a short rest of all that is buffered has to ask Nagle.
    const rest = length % mss
    return rest !== 0 && length === unsent && holdsShort(tcb) ? length - rest : length
  }
  // The window cuts it short: worth sending only when it is half of the largest window seen.
  if (length < unsent && length < tcb.sndWndMax >> 1) return 0
  if (length === unsent && holdsShort(tcb)) return 0
  return length
}

/** Does a short segment wait (Nagle as Minshall changed it, and corking)? */
const holdsShort = (tcb: Tcb): boolean => {
  const bits = tcb.bits
  if ((bits & (Bit.FIN_QUEUED | Bit.PUSH_PENDING)) !== 0) return false
  if (tcb.urgent?.isSending || tcb.loss?.newDataFirst) return false
  const settings = tcb.settings
  // MSG_MORE holds in the call that says it; an ACK, and what sends without one, does not ask (tcp_push).
  if (settings.cork || (bits & Bit.CORKED_CALL) !== 0) {
    noteStall(tcb, Reason.TcpCorked)
    return true
  }
  if (settings.noDelay) return false
  // RFC 9293 A.3: hold only while another short segment is unacknowledged.
  const held = ((tcb.sndSml - tcb.sndUna) | 0) > 0 && ((tcb.sndSml - tcb.sndNxt) | 0) <= 0
  if (held) noteStall(tcb, Reason.TcpNagle)
  return held
}

/** Send `length` new bytes. False when IP refused and sending should stop. */
const sendNew = (tcb: Tcb, buffer: SendBuffer, length: number): boolean => {
  const tcp = tcb.tcp
  if (tcb.sndNxt === tcb.sndUna) startOfFlight(tcb)
  const sent = buffer.take(tcp.memory, length, tcb.sndNxt)
  let flags: number = TcpFlag.ACK
  let next = (tcb.sndNxt + length) | 0
  if (buffer.unsent === 0) {
    // PSH on the last of what is buffered (MUST-61), unless more is to come (tcp_mark_push).
    if ((tcb.bits & Bit.MORE) === 0 || (tcb.bits & Bit.FIN_QUEUED) !== 0) flags |= TcpFlag.PSH
    tcb.bits &= ~Bit.PUSH_PENDING
    if ((tcb.bits & Bit.FIN_QUEUED) !== 0 && ((tcb.sndUna + tcb.sndWnd - next) | 0) > 0) {
      flags |= TcpFlag.FIN
      sent.flags |= TcpFlag.FIN
      next = (next + 1) | 0
      sent.endSeq = next
      tcb.bits |= Bit.FIN_SENT
    }
  } else if (((next - tcb.sndSml) | 0) > tcb.sndWndMax >> 1) flags |= TcpFlag.PSH
  if (length < tcb.mss - sackBytes(tcb)) tcb.sndSml = next
  advanceSent(tcb, next)
  if (tcb.loss !== null) tcb.loss.prrOut += length
  tcp.telemetry.count(Mib.TcpExtTCPOrigDataSent)
  const result = transmitSent(tcb, sent, flags)
  if (result !== -EMSGSIZE) return result >= 0
  // Larger than the path now takes: cut it up and send it again at once (RFC 1191 6.4).
  if (syncMss(tcb)) retransmitLost(tcb, buffer)
  return true
}

const advanceSent = (tcb: Tcb, next: number): void => {
  const first = tcb.sndNxt === tcb.sndUna
  if ((next - tcb.iss) >>> 0 < (tcb.sndNxt - tcb.iss) >>> 0) tcb.wraps += 0x10000
  tcb.sndNxt = next
  const now = tcb.tcp.nowMs()
  // An answer within the ACK delay: both ends talk in turn (tcp_event_data_sent).
  if ((now - tcb.lastRcvMs) >>> 0 < tcb.ato) tcb.bits |= Bit.INTERACTIVE
  if (first || !isArmed(tcb, TimerKind.RETRANSMIT)) restartRto(tcb)
  if (tcb.timers !== null) clearTimer(tcb, TimerKind.PERSIST)
}

/** After an idle time longer than the RTO cwnd may say nothing about the path any more (RFC 5681 4.1). */
const startOfFlight = (tcb: Tcb): void => {
  const config = tcb.tcp.config
  if (config.slowStartAfterIdle === 0) return
  const rtoMs = Math.ceil(tcb.rto / 1000)
  let idle = (tcb.tcp.nowMs() - tcb.lastSndMs) >>> 0
  if (idle <= rtoMs) return
  const restart = Math.min(config.initialWindow * tcb.mss, tcb.cwnd)
  tcb.ssthresh = Math.max(tcb.ssthresh, (tcb.cwnd >> 1) + (tcb.cwnd >> 2))
  let cwnd = tcb.cwnd
  while ((idle -= rtoMs) > 0 && cwnd > restart) cwnd >>= 1
  tcb.cwnd = Math.max(cwnd, restart)
  tcb.congestion.onRestart(tcb)
}

const sendFin = (tcb: Tcb, buffer: SendBuffer): void => {
  if (((tcb.sndUna + tcb.sndWnd - tcb.sndNxt) | 0) <= 0) return
  const sent = buffer.pushControl(tcb.sndNxt, TcpFlag.FIN)
  tcb.bits |= Bit.FIN_SENT
  advanceSent(tcb, (tcb.sndNxt + 1) | 0)
  transmitSent(tcb, sent, TcpFlag.FIN | TcpFlag.ACK)
}

/** Forget send-queue memory once everything is acknowledged (an idle connection holds no buffers). */
export const trimSendBuffer = (tcb: Tcb): void => {
  const buffer = tcb.sending
  if (buffer === null || !buffer.isEmpty || wantsToSend(tcb, buffer)) return
  tcb.sending = null
  giveSendBuffer(buffer)
}
