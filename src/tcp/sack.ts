/** What SACK blocks tell the sender (RFC 2018 5, RFC 6675 4 and 5, RFC 2883). The receiver's side is in `reassembly.ts`. */
import type { Packet } from '../wire/packet.ts'
import { Mib } from '../wire/telemetry.ts'
import { lossOf } from './loss.ts'
import { Mark, type SendBuffer, type Sent } from './send-buffer.ts'
import type { Tcb } from './tcb.ts'

/** Enter a packet's blocks into the scoreboard. Returns how many bytes are newly SACKed. */
export const applySacks = (tcb: Tcb, packet: Packet): number => {
  const buffer = tcb.sending
  const sacks = packet.sacks
  if (buffer === null || sacks === null) return 0
  let newly = 0
  for (let i = 0; i < packet.sackCount; i++) {
    const left = sacks[2 * i] as number
    const right = sacks[2 * i + 1] as number
    if (((right - left) | 0) <= 0) {
      tcb.tcp.telemetry.count(Mib.TcpExtTCPSACKDiscard)
      continue
    }
    if (i === 0 && isDuplicate(packet.ack, left, right, sacks, packet.sackCount)) {
      duplicateSeen(tcb, left, right)
      continue
    }
    // Only what is in flight: anything else is old or made up.
    if (((left - tcb.sndUna) | 0) < 0 || ((right - tcb.sndNxt) | 0) > 0) {
      tcb.tcp.telemetry.count(Mib.TcpExtTCPSACKDiscard)
      continue
    }
    newly += markRange(tcb, buffer, left, right)
  }
  return newly
}

/** RFC 2883 4: below the packet's own ACK, or within its second block. */
const isDuplicate = (ack: number, left: number, right: number, sacks: Int32Array, count: number): boolean => {
  if (((right - ack) | 0) <= 0 || ((left - ack) | 0) < 0) return true
  if (count < 2) return false
  return ((left - (sacks[2] as number)) | 0) >= 0 && ((right - (sacks[3] as number)) | 0) <= 0
}

/** A retransmission proved needless. When all of an episode were, it was no loss (recovery.ts undoes it). */
const duplicateSeen = (tcb: Tcb, left: number, right: number): void => {
  tcb.tcp.telemetry.count(Mib.TcpExtTCPDSACKRecv)
  const loss = tcb.loss
  if (loss === null || !loss.canUndo) return
  if (((left - loss.undoMarker) | 0) >= 0 && ((right - tcb.sndNxt) | 0) <= 0 && loss.undoRetransmits > 0)
    loss.undoRetransmits--
}

const markRange = (tcb: Tcb, buffer: SendBuffer, left: number, right: number): number => {
  const loss = lossOf(tcb)
  let newly = 0
  // Blocks are about the end of the queue as a rule: look from there.
  let sent: Sent | null = buffer.last
  while (sent !== null && ((sent.seq - left) | 0) > 0) sent = sent.prev
  if (sent === null) sent = buffer.first
  while (sent !== null && ((sent.seq - right) | 0) < 0) {
    if (((sent.endSeq - left) | 0) > 0 && (sent.marks & Mark.SACKED) === 0) {
      const before = (left - sent.seq) | 0
      if (before > 0) {
        // A block that begins inside a (large) segment: cut it.
        if (before >= sent.end - sent.start) {
          sent = sent.next
          continue
        }
        sent = buffer.split(sent, before)
      }
      const inside = (right - sent.seq) | 0
      if (((sent.endSeq - right) | 0) > 0) {
        if (inside >= sent.end - sent.start) break
        buffer.split(sent, inside)
      }
      newly += markOne(tcb, sent)
    }
    sent = sent.next
  }
  if (((right - loss.highSacked) | 0) > 0 || loss.sacked === newly) loss.highSacked = right
  return newly
}

const markOne = (tcb: Tcb, sent: Sent): number => {
  const loss = lossOf(tcb)
  const length = (sent.endSeq - sent.seq) | 0
  if ((sent.marks & Mark.EVER_RETRANSMITTED) === 0 && ((sent.endSeq - loss.highSeq) | 0) <= 0)
    loss.originalArrived = true
  if ((sent.marks & Mark.LOST) !== 0) loss.lost -= length
  if ((sent.marks & Mark.RETRANSMITTED) !== 0) loss.retransmitted -= length
  sent.marks = (sent.marks & ~(Mark.LOST | Mark.RETRANSMITTED)) | Mark.SACKED
  loss.sacked += length
  return length
}

/**
 * Judge segments lost: those with more than two full segments, or three separate blocks, SACKed above them (RFC 6675 4, IsLost).
 * True when some are.
 */
export const markLostBySack = (tcb: Tcb, buffer: SendBuffer): boolean => {
  const loss = lossOf(tcb)
  const enough = (tcb.tcp.config.reordering - 1) * tcb.mss
  let above = 0
  let blocks = 0
  let inBlock = false
  // From the top down to the first segment that has enough above it.
  let sent: Sent | null = buffer.last
  while (sent !== null && above <= enough && blocks < tcb.tcp.config.reordering) {
    if ((sent.marks & Mark.SACKED) !== 0) {
      above += (sent.endSeq - sent.seq) | 0
      if (!inBlock) blocks++
      inBlock = true
    } else inBlock = false
    sent = sent.prev
  }
  if (above <= enough && blocks < tcb.tcp.config.reordering) return loss.lost > 0
  for (; sent !== null; sent = sent.prev) {
    if ((sent.marks & (Mark.SACKED | Mark.LOST)) !== 0) continue
    // A retransmission in flight is not judged by what was SACKed before it.
    if ((sent.marks & Mark.RETRANSMITTED) !== 0) continue
    markLost(tcb, sent)
  }
  return loss.lost > 0
}

export const markLost = (tcb: Tcb, sent: Sent): void => {
  const loss = lossOf(tcb)
  if ((sent.marks & (Mark.SACKED | Mark.LOST)) !== 0) return
  const length = (sent.endSeq - sent.seq) | 0
  sent.marks |= Mark.LOST
  loss.lost += length
  loss.foundLost = true
  // Look from the start again: this one may lie before the hint.
  if (loss.hint === null || ((sent.seq - loss.hint.seq) | 0) < 0) loss.hint = sent
}
