/**
 * Loss recovery: when to believe that segments are lost, and how fast to go on until they are repaired.
 *
 * With SACK by RFC 6675's scoreboard, without by duplicate ACKs (RFC 5681, RFC 6582), each duplicate standing for one
 * segment that left the network; what is sent in recovery is paced by proportional rate reduction (RFC 6937). The states are
 * Linux's: open, disorder (duplicates, not enough), recovery, loss (after a time-out).
 */
import { Mib } from '../wire/telemetry.ts'
import { Bit } from './bits.ts'
import type { AckSample } from './congestion/types.ts'
import { CaState, dropLoss, type LossState, lossOf, pipe } from './loss.ts'
import { markLost, markLostBySack } from './sack.ts'
import { Mark, type SendBuffer, type Sent } from './send-buffer.ts'
import type { Tcb } from './tcb.ts'

/** An ACK has been taken into the queue and the scoreboard: draw the conclusions. */
export const afterAck = (tcb: Tcb, sample: AckSample, isDuplicate: boolean, sacked: number): void => {
  if (tcb.loss === null && !isDuplicate) {
    // All is well, as nearly always.
    if (sample.acked > 0) tcb.congestion.onAck(tcb, sample)
    return
  }
  const loss = lossOf(tcb)
  const usesSack = (tcb.bits & Bit.SACK) !== 0
  loss.foundLost = false
  if (!usesSack) countDuplicates(tcb, loss, sample, isDuplicate)
  // Without SACK nothing tells whether the text beside a retransmission had arrived before.
  if (!usesSack && loss.retransmittedAcked) loss.originalArrived = false
  loss.newDataFirst = false
  if (tryUndo(tcb, loss, sample)) return
  if (loss.caState === CaState.LOSS) inLoss(tcb, loss, sample, isDuplicate, sacked)
  else if (loss.caState === CaState.RECOVERY) inRecovery(tcb, loss, sample, isDuplicate)
  else inOpen(tcb, loss, sample, isDuplicate, sacked)
}

/** Without SACK: a duplicate ACK is a segment that arrived (tcp_add_reno_sack, tcp_remove_reno_sacks). */
const countDuplicates = (tcb: Tcb, loss: LossState, sample: AckSample, isDuplicate: boolean): void => {
  if (isDuplicate) {
    loss.dupAcks++
    const most = ((tcb.sndNxt - tcb.sndUna) | 0) - tcb.mss
    const more = Math.min(tcb.mss, most - loss.sacked)
    if (more > 0) {
      loss.sacked += more
      sample.delivered += more
    }
    return
  }
  if (sample.acked === 0) return
  // One of the acknowledged segments filled the hole, the others had been counted as they made duplicates.
  const counted = Math.min(loss.sacked, Math.max(0, sample.acked - tcb.mss))
  loss.sacked -= counted
  sample.delivered -= Math.min(counted, sample.delivered)
  if (loss.caState !== CaState.RECOVERY) {
    loss.dupAcks = 0
    loss.sacked = 0
  }
}

const inOpen = (tcb: Tcb, loss: LossState, sample: AckSample, isDuplicate: boolean, sacked: number): void => {
  const buffer = tcb.sending
  const usesSack = (tcb.bits & Bit.SACK) !== 0
  if (usesSack && isDuplicate && sacked > 0) loss.dupAcks++
  if (sample.acked > 0) loss.dupAcks = 0
  const reordering = tcb.tcp.config.reordering
  let isLost = false
  if (buffer !== null) {
    if (usesSack) isLost = markLostBySack(tcb, buffer) || (loss.dupAcks >= reordering && loss.sacked > 0)
    else isLost = loss.dupAcks >= reordering || loss.lost > 0
  }
  if (isLost && buffer !== null && buffer.first !== null) {
    enterRecovery(tcb, loss, buffer, usesSack)
    reduceProportionally(tcb, loss, sample)
    return
  }
  if (sample.acked > 0) tcb.congestion.onAck(tcb, sample)
  loss.caState = loss.sacked > 0 || loss.dupAcks > 0 ? CaState.DISORDER : CaState.OPEN
  if (loss.caState === CaState.OPEN && loss.lost === 0 && loss.retransmitted === 0) dropLoss(tcb)
}

/** A congestion event: ssthresh falls, RecoveryPoint is where we are, the first hole is to be resent (RFC 6675 5). */
const enterRecovery = (tcb: Tcb, loss: LossState, buffer: SendBuffer, usesSack: boolean): void => {
  tcb.tcp.telemetry.count(usesSack ? Mib.TcpExtTCPSackRecovery : Mib.TcpExtTCPRenoRecovery)
  loss.priorCwnd = tcb.cwnd
  loss.priorSsthresh = tcb.ssthresh
  loss.undoMarker = tcb.sndUna
  loss.undoRetransmits = 0
  loss.canUndo = true
  // Of cwnd, so what limited transmit sent does not count (RFC 5681 3.2).
  tcb.ssthresh = tcb.congestion.onLoss(tcb)
  beginReduction(tcb, loss)
  loss.caState = CaState.RECOVERY
  loss.rescued = false
  markLost(tcb, buffer.first as Sent)
}

const beginReduction = (tcb: Tcb, loss: LossState): void => {
  loss.highSeq = tcb.sndNxt
  loss.prrDelivered = 0
  loss.prrOut = 0
}

/**
 * RFC 6937 with the slow-start bound: cwnd follows what is delivered down to ssthresh. In whole segments, and of cwnd where the RFC
 * has RecoverFS (tcp_cwnd_reduction).
 */
const reduceProportionally = (tcb: Tcb, loss: LossState, sample: AckSample): void => {
  if (sample.delivered <= 0) return
  const { mss } = tcb
  const segments = (bytes: number): number => Math.ceil(bytes / mss)
  loss.prrDelivered += sample.delivered
  const inFlight = pipe(tcb)
  const delivered = segments(loss.prrDelivered)
  const out = segments(loss.prrOut)
  const ssthresh = segments(tcb.ssthresh)
  const spare = ssthresh - segments(inFlight)
  let allowed: number
  if (spare < 0) allowed = Math.ceil((ssthresh * delivered) / Math.max(1, segments(loss.priorCwnd))) - out
  else {
    allowed = Math.max(delivered - out, segments(sample.delivered))
    // Progress, and no news of further losses: one more, to get back to ssthresh.
    if (sample.acked > 0 && !loss.foundLost) allowed++
    allowed = Math.min(spare, allowed)
  }
  // The fast retransmission itself always goes.
  allowed = Math.max(allowed, loss.prrOut === 0 ? 1 : 0)
  tcb.cwnd = Math.max(inFlight + allowed * mss, mss)
}

const inRecovery = (tcb: Tcb, loss: LossState, sample: AckSample, isDuplicate: boolean): void => {
  const buffer = tcb.sending
  const usesSack = (tcb.bits & Bit.SACK) !== 0
  const past = (tcb.sndUna - loss.highSeq) | 0
  // Without SACK duplicates of what was resent may still come: wait until something newer is acknowledged (RFC 6582 3.2).
  if (past > 0 || (past === 0 && (usesSack || tcb.sndNxt === tcb.sndUna || buffer === null))) {
    tcb.cwnd = Math.min(tcb.ssthresh, Math.max(pipe(tcb), tcb.mss) + tcb.mss)
    tcb.cwnd = Math.max(tcb.cwnd, Math.min(tcb.ssthresh, loss.priorCwnd))
    endEpisode(tcb, loss)
    return
  }
  if (past === 0) {
    tcb.cwnd = Math.min(tcb.cwnd, tcb.ssthresh)
    return
  }
  // Late, not lost: retransmissions are under way that need not be, so nothing more is judged lost (tcp_try_undo_partial).
  const isLate = sample.acked > 0 && loss.canUndo && loss.isEchoOld
  if (buffer !== null && !isLate) {
    if (usesSack) {
      markLostBySack(tcb, buffer)
      // A partial ACK leaves the next hole in front, if anything arrived from behind it.
      if (
        sample.acked > 0 &&
        loss.sacked > 0 &&
        buffer.first !== null &&
        (buffer.first.marks & Mark.RETRANSMITTED) === 0
      )
        markLost(tcb, buffer.first)
    } else if (sample.acked > 0 && !isDuplicate && buffer.first !== null) {
      // RFC 6582 3.2 step 3: a partial ACK means that the next segment is lost too.
      markLost(tcb, buffer.first)
    }
    rescue(tcb, loss, buffer)
  }
  // RFC 6582: only the first partial ACK restarts the timer.
  loss.holdsTimer = sample.acked > 0 && loss.partialAcks++ > 0 && !usesSack
  reduceProportionally(tcb, loss, sample)
}

/** RFC 6675 NextSeg rule 4: nothing to resend and nothing new, the last segment may be lost as well: once a recovery. */
const rescue = (tcb: Tcb, loss: LossState, buffer: SendBuffer): void => {
  if (loss.rescued || (tcb.bits & Bit.SACK) === 0 || loss.lost > loss.retransmitted || buffer.unsent > 0) return
  const last = buffer.last
  if (last === null || (last.marks & (Mark.SACKED | Mark.LOST | Mark.RETRANSMITTED)) !== 0) return
  if (pipe(tcb) >= tcb.mss * 2) return
  loss.rescued = true
  markLost(tcb, last)
}

/** After a time-out: slow start over what is lost, until all that was sent then is acknowledged. */
const inLoss = (tcb: Tcb, loss: LossState, sample: AckSample, isDuplicate: boolean, sacked: number): void => {
  const isOver = ((tcb.sndUna - loss.highSeq) | 0) >= 0
  if (loss.frto) detectSpuriousTimeout(tcb, loss, sample.acked > 0 && !isOver, isDuplicate || sacked > 0)
  if (sample.acked > 0) tcb.congestion.onAck(tcb, sample)
  if (isOver) {
    endEpisode(tcb, loss)
    return
  }
  if (sample.acked > 0 && tcb.sending !== null && tcb.sending.first !== null && !isDuplicate)
    markLost(tcb, tcb.sending.first)
}

/**
 * F-RTO, after the first ACK (RFC 5682 3, steps 2 and 3a; tcp_process_loss): new data go first, and what they bring back tells
 * whether the old data are lost. What shows that they are not is step 3b, in `tryUndo`.
 */
const detectSpuriousTimeout = (tcb: Tcb, loss: LossState, advanced: boolean, isDuplicate: boolean): void => {
  if (((tcb.sndNxt - loss.highSeq) | 0) > 0) {
    if (isDuplicate) loss.frto = false
    return
  }
  if (!advanced) return
  loss.highSeq = tcb.sndNxt
  const buffer = tcb.sending
  const window = (tcb.sndUna + tcb.sndWnd - tcb.sndNxt) | 0
  if (buffer !== null && buffer.unsent > 0 && window > 0) loss.newDataFirst = true
  else loss.frto = false
}

/** Recovery is over. SACK marks above the ACK stay (RFC 6675 5). */
const endEpisode = (tcb: Tcb, loss: LossState): void => {
  loss.canUndo = false
  loss.partialAcks = 0
  loss.holdsTimer = false
  loss.dupAcks = 0
  loss.isTiming = false
  if ((tcb.bits & Bit.SACK) === 0) loss.sacked = 0
  loss.caState = loss.sacked > 0 ? CaState.DISORDER : CaState.OPEN
  if (loss.caState === CaState.OPEN && loss.lost === 0 && loss.retransmitted === 0) dropLoss(tcb)
}

/** Was nothing lost? Then the windows are what they were. */
const tryUndo = (tcb: Tcb, loss: LossState, sample: AckSample): boolean => {
  const isLoss = loss.caState === CaState.LOSS
  if (!loss.canUndo || !(isLoss || loss.caState === CaState.RECOVERY)) return false
  // RFC 5682 3, step 3b: the time-out came too early.
  const wasEarly = isLoss && loss.frto && loss.originalArrived
  if (!wasEarly && !wasNeedless(tcb, loss, sample.acked > 0)) return false
  const { telemetry } = tcb.tcp
  if (wasEarly) telemetry.count(Mib.TcpExtTCPSpuriousRTOs)
  telemetry.count(isLoss ? Mib.TcpExtTCPLossUndo : Mib.TcpExtTCPDSACKUndo)
  tcb.cwnd = Math.max(tcb.cwnd, loss.priorCwnd)
  tcb.ssthresh = Math.max(tcb.ssthresh, loss.priorSsthresh)
  const buffer = tcb.sending
  for (let sent = buffer === null ? null : buffer.first; sent !== null; sent = sent.next) sent.marks &= ~Mark.LOST
  loss.lost = 0
  loss.wasRetransmitted = false
  endEpisode(tcb, loss)
  if (sample.acked > 0) tcb.congestion.onAck(tcb, sample)
  return true
}

/**
 * Every retransmission of the episode was reported as a duplicate (RFC 3708 3; tcp_try_undo_dsack), or what is acknowledged had
 * left before the first of them (Eifel: RFC 3522 3.2, RFC 4015 3.2). In the middle of a recovery the latter counts once no
 * retransmission is under way (tcp_try_undo_partial).
 */
const wasNeedless = (tcb: Tcb, loss: LossState, advanced: boolean): boolean => {
  if (!loss.wasRetransmitted) return false
  if (loss.undoRetransmits === 0) return true
  if (!advanced || !loss.isEchoOld) return false
  return loss.caState === CaState.LOSS || loss.retransmitted === 0 || ((tcb.sndUna - loss.highSeq) | 0) >= 0
}
