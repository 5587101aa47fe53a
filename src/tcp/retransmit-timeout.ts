/** The retransmission timer ran out (RFC 6298 5.4 to 5.7, RFC 9293 3.8.3). */
import { MS } from '../time/scheduler.ts'
import { ETIMEDOUT } from '../wire/errno.ts'
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import { Bit } from './bits.ts'
import { sendReset } from './emit.ts'
import { sendSyn } from './handshake.ts'
import { fail } from './lifetime.ts'
import { CaState, lossOf } from './loss.ts'
import { retransmit } from './retransmit.ts'
import { countBackoff, countRetransmit, restartRto, retransmits } from './rto.ts'
import { Mark, type SendBuffer, type Sent } from './send-buffer.ts'
import { inStates, OPENING } from './states.ts'
import type { Tcb } from './tcb.ts'
import { armTimer, TimerKind, timerTime } from './timers.ts'
import { TcpState } from './types.ts'

export const retransmitTimeout = (tcb: Tcb): void => {
  const buffer = tcb.sending
  if (buffer === null || buffer.first === null) return
  if (inStates(tcb.state, OPENING)) {
    synTimeout(tcb, buffer.first)
    return
  }
  tcb.tcp.telemetry.count(Mib.TcpExtTCPTimeouts)
  const isClosed = tcb.sndWnd === 0
  if (isClosed) {
    // The window shrank below what was sent: no reason to give up while the peer is there (SHLD-17).
    if (quietFor(tcb) > tcb.tcp.config.rtoMaxMs) {
      giveUp(tcb, Reason.TcpEndTimeout)
      return
    }
  } else if (isOverdue(tcb)) return
  enterLoss(tcb, buffer)
  if (!isClosed) countRetransmit(tcb)
  const result = retransmit(tcb, buffer, buffer.first as Sent, tcb.mss, Reason.TcpRetransmitTimeout)
  if (result < 0) tcb.tcp.telemetry.count(Mib.TcpExtTCPRetransFail)
  // The time behind a closed window does not count.
  if (isClosed && tcb.loss !== null) tcb.loss.isTiming = false
  countBackoff(tcb)
  restartRto(tcb)
  clampToUserTimeout(tcb)
}

/** The timer that will find TCP_USER_TIMEOUT over comes when it is over, not up to an RTO later (tcp_clamp_rto_to_user_timeout). */
const clampToUserTimeout = (tcb: Tcb): void => {
  const { settings, loss, tcp } = tcb
  if (settings.userTimeout === 0 || loss === null || !loss.isTiming) return
  const left = Math.max(1, settings.userTimeout - ((tcp.nowMs() - loss.sinceMs) >>> 0))
  const at = tcp.clock.now + left * MS
  if (at < timerTime(tcb, TimerKind.RETRANSMIT)) armTimer(tcb, TimerKind.RETRANSMIT, at)
}

const quietFor = (tcb: Tcb): number => (tcb.tcp.nowMs() - tcb.lastSegmentMs) >>> 0

const giveUp = (tcb: Tcb, reason: number): void => {
  tcb.tcp.telemetry.count(Mib.TcpExtTCPAbortOnTimeout)
  if ((tcb.bits & Bit.ORPHAN) !== 0) sendReset(tcb, reason)
  // A soft error met on the way is the better explanation (tcp_write_err).
  fail(tcb, tcb.errors >>> 16 || ETIMEDOUT, reason)
}

/** SYN or SYN,ACK unanswered: a second apart for tcp_syn_linear_timeouts, then doubling (MUST-22, MUST-23). */
const synTimeout = (tcb: Tcb, sent: Sent): void => {
  const { tcp, settings } = tcb
  const { config } = tcp
  const isSynSent = tcb.state === TcpState.SYN_SENT
  const retries = isSynSent ? settings.synCount || config.synRetries : config.synackRetries
  const linear = isSynSent ? config.synLinearTimeouts : 0
  const done = retransmits(tcb)
  if (done === 0) tcb.bits |= Bit.SYN_RETRANSMITTED
  const over =
    settings.userTimeout > 0
      ? done > 0 && (tcp.nowMs() - lossOf(tcb).sinceMs) >>> 0 >= settings.userTimeout
      : done >= retries + linear
  if (over) {
    giveUp(tcb, settings.userTimeout > 0 ? Reason.TcpEndUserTimeout : Reason.TcpEndTimeout)
    return
  }
  const loss = lossOf(tcb)
  if (!loss.isTiming) {
    loss.isTiming = true
    loss.sinceMs = tcp.nowMs()
  }
  countRetransmit(tcb)
  if (done >= linear) countBackoff(tcb)
  tcb.totalRetransmits = (tcb.totalRetransmits + 1) | 0
  sent.marks |= Mark.EVER_RETRANSMITTED
  tcp.telemetry.note(isSynSent ? Reason.TcpRetransmitSyn : Reason.TcpRetransmitSynAck, null, tcb)
  tcp.telemetry.count(Mib.TcpRetransSegs)
  tcp.telemetry.count(Mib.TcpExtTCPSynRetrans)
  sendSyn(tcb, sent)
  restartRto(tcb)
  clampToUserTimeout(tcb)
}

/**
 * R1 tells IP that the path may be bad; R2 ends the connection (MUST-20). R2 is a time: what tcp_retries2 doublings
 * from 200 ms would take, 924.6 s (retransmits_timed_out), or TCP_USER_TIMEOUT.
 */
const isOverdue = (tcb: Tcb): boolean => {
  const { tcp, settings } = tcb
  const { config } = tcp
  const done = retransmits(tcb)
  if (done >= config.retries1 && tcb.path !== null) tcp.ip.doubt(tcb.path)
  if (done === 0) return false
  const elapsed = tcb.loss === null ? 0 : (tcp.nowMs() - tcb.loss.sinceMs) >>> 0
  if (settings.userTimeout > 0) {
    if (elapsed < settings.userTimeout) return false
    tcp.telemetry.count(Mib.TcpExtTCPUserTimeout)
    giveUp(tcb, Reason.TcpEndUserTimeout)
    return true
  }
  let retries = config.retries2
  if ((tcb.bits & Bit.ORPHAN) !== 0) {
    retries = config.orphanRetries || 8
  }
  if (elapsed < timeOf(retries, config.rtoMinUs / 1000, config.rtoMaxMs)) return false
  giveUp(tcb, Reason.TcpEndTimeout)
  return true
}

/** Milliseconds that `retries` time-outs take, doubling from `base` up to `max`. */
const timeOf = (retries: number, base: number, max: number): number => {
  let sum = 0
  let rto = base
  for (let i = 0; i <= retries; i++) {
    sum += rto
    rto = Math.min(rto * 2, max)
  }
  return sum
}

/** Everything in flight counts as lost; slow start from one segment (RFC 5681 3.1, RFC 6675 5.1; tcp_enter_loss). */
const enterLoss = (tcb: Tcb, buffer: SendBuffer): void => {
  const loss = lossOf(tcb)
  const first = buffer.first as Sent
  // RFC 5682 3, step 1; not when the time-out comes in the middle of a recovery (tcp_enter_loss).
  loss.frto = tcb.tcp.config.frto !== 0 && (loss.caState < CaState.RECOVERY || retransmits(tcb) > 0)
  loss.newDataFirst = false
  // A segment that was sent again already does not lower ssthresh a second time (RFC 5681 3.1).
  if (loss.caState !== CaState.LOSS || tcb.sndUna === loss.highSeq) {
    loss.priorCwnd = tcb.cwnd
    loss.priorSsthresh = tcb.ssthresh
    loss.undoMarker = tcb.sndUna
    loss.undoRetransmits = 0
    loss.canUndo = true
    tcb.ssthresh = tcb.congestion.onLoss(tcb)
    tcb.congestion.onTimeout(tcb)
  }
  // The first one SACKed and still unacknowledged: the receiver reneged (RFC 2018 8).
  const reneged = (first.marks & Mark.SACKED) !== 0
  if (reneged) tcb.tcp.telemetry.count(Mib.TcpExtTCPSACKReneging)
  loss.sacked = 0
  loss.lost = 0
  loss.retransmitted = 0
  for (let sent: Sent | null = first; sent !== null; sent = sent.next) {
    const length = (sent.endSeq - sent.seq) | 0
    if (reneged) sent.marks &= ~Mark.SACKED
    sent.marks &= ~Mark.RETRANSMITTED
    if ((sent.marks & Mark.SACKED) !== 0) loss.sacked += length
    else {
      sent.marks |= Mark.LOST
      loss.lost += length
    }
  }
  loss.dupAcks = 0
  loss.rescued = false
  loss.hint = null
  loss.caState = CaState.LOSS
  loss.highSeq = tcb.sndNxt
  tcb.cwnd = tcb.mss
}
