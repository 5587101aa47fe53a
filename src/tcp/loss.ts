/**
 * What a connection remembers while segments are missing: the sender's scoreboard in sums, and where recovery stands. The
 * marks themselves are on the segments of the retransmission queue. Not there while all is well.
 */
import { Pool } from './pool.ts'
import type { Sent } from './send-buffer.ts'
import type { Tcb } from './tcb.ts'

/** Linux's TCP_CA_* as TCP_INFO shows them; CWR (2) would come with ECN. */
export const CaState = { OPEN: 0, DISORDER: 1, RECOVERY: 3, LOSS: 4 } as const

export class LossState {
  caState = 0
  /** RFC 6582's "recover", RFC 6675's RecoveryPoint: recovery ends here. */
  highSeq = 0
  dupAcks = 0
  /** Bytes SACKed (or, without SACK, what duplicate ACKs stand for), judged lost, and sent again. */
  sacked = 0
  lost = 0
  retransmitted = 0
  /** Right edge of the highest SACKed segment. */
  highSacked = 0
  /** Where to look for the next segment to resend; null: from the first. */
  hint: Sent | null = null
  /** Milliseconds when the first segment was sent again (Linux's retrans_stamp); 0 with `retransmitted` never. */
  sinceMs = 0
  isTiming = false
  // Proportional rate reduction (RFC 6937), and what to restore when it proves spurious.
  prrDelivered = 0
  prrOut = 0
  /** This ACK told of losses that were not known before. */
  foundLost = false
  priorCwnd = 0
  priorSsthresh = 0
  /** Undo: SND.UNA at the start of the episode, and retransmissions not yet reported as duplicates. */
  undoMarker = 0
  undoRetransmits = 0
  canUndo = false
  wasRetransmitted = false
  /** What this ACK tells: text that was sent once and before `highSeq` arrived; an ACK of text sent twice; an echo from before that. */
  originalArrived = false
  retransmittedAcked = false
  isEchoOld = false
  /** F-RTO is under way (RFC 5682), and now new data go before what is lost. */
  frto = false
  newDataFirst = false
  /** Partial ACKs of this recovery, and that the timer is not to be restarted by this one (RFC 6582). */
  partialAcks = 0
  holdsTimer = false
  /** One rescue retransmission a recovery (RFC 6675 NextSeg rule 4). */
  rescued = false
}

const pool = new Pool<LossState>(() => new LossState(), 256)

/** The connection's loss state, made when it has none. */
export const lossOf = (tcb: Tcb): LossState => {
  let loss = tcb.loss
  if (loss === null) {
    loss = pool.take()
    loss.highSacked = tcb.sndUna
    tcb.loss = loss
  }
  return loss
}

/** All is well again. */
export const dropLoss = (tcb: Tcb): void => {
  const loss = tcb.loss
  if (loss === null) return
  tcb.loss = null
  loss.caState = CaState.OPEN
  loss.highSeq = 0
  loss.dupAcks = 0
  loss.sacked = 0
  loss.lost = 0
  loss.retransmitted = 0
  loss.hint = null
  loss.sinceMs = 0
  loss.isTiming = false
  loss.canUndo = false
  loss.undoRetransmits = 0
  loss.rescued = false
  loss.wasRetransmitted = false
  loss.partialAcks = 0
  loss.holdsTimer = false
  loss.originalArrived = false
  loss.retransmittedAcked = false
  loss.isEchoOld = false
  loss.frto = false
  loss.newDataFirst = false
  pool.give(loss)
}

export const caStateOf = (tcb: Tcb): number => (tcb.loss === null ? CaState.OPEN : tcb.loss.caState)

/** Estimate of bytes in the network (RFC 6675 4, SetPipe). */
export const pipe = (tcb: Tcb): number => {
  const flight = (tcb.sndNxt - tcb.sndUna) | 0
  const loss = tcb.loss
  return loss === null ? flight : flight - loss.sacked - loss.lost + loss.retransmitted
}
