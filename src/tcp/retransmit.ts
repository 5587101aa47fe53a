/** Sending a segment of the retransmission queue (again). */
import { EMSGSIZE } from '../wire/errno.ts'
import type { Chunk } from '../wire/memory.ts'
import { type Packet, TcpFlag } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import { hand, segment } from './emit.ts'
import { lossOf, pipe } from './loss.ts'
import { syncMss } from './mtu.ts'
import { Mark, type SendBuffer, type Sent } from './send-buffer.ts'
import type { Tcb } from './tcb.ts'

/** Make a packet of a queued segment and hand it to IP. */
export const transmitSent = (tcb: Tcb, sent: Sent, flags: number): number => {
  sent.sentUs = tcb.tcp.nowUs()
  const packet: Packet = segment(tcb, sent.seq, flags)
  if (sent.chunk !== null) {
    packet.setPayload(sent.chunk as Chunk, sent.start, sent.end)
    tcb.lastSndMs = tcb.tcp.nowMs()
  }
  return hand(tcb, packet)
}

/** Payload bytes that one packet may carry: large segments where the link takes them. */
export const segmentLimit = (tcb: Tcb): number => {
  const large = tcb.path === null ? 0 : tcb.path.largeSegment
  return large > tcb.mss ? large : tcb.mss
}

/**
 * Send a segment again, as much of it as `room` allows (at least a full segment's worth). Zero or a negative errno.
 */
export const retransmit = (tcb: Tcb, buffer: SendBuffer, sent: Sent, room: number, reason: number): number => {
  if (syncMss(tcb)) room = Math.min(room, tcb.mss)
  const mss = tcb.mss
  let length = Math.min(sent.end - sent.start, segmentLimit(tcb))
  // Inside the window as it is now; the first segment goes out even into a closed one (SHLD-16, SHLD-17).
  const window = (tcb.sndUna + tcb.sndWnd - sent.seq) | 0
  if (length > window) length = window > 0 ? window : Math.min(length, mss)
  if (length > room) length = room >= mss ? room - (room % mss) : Math.min(length, mss)
  if (length < sent.end - sent.start && length > 0) buffer.split(sent, length)
  const loss = lossOf(tcb)
  const size = (sent.endSeq - sent.seq) | 0
  if ((sent.marks & Mark.RETRANSMITTED) === 0) loss.retransmitted += size
  sent.marks |= Mark.RETRANSMITTED | Mark.EVER_RETRANSMITTED
  loss.prrOut += size
  if (loss.canUndo) {
    loss.undoRetransmits++
    loss.wasRetransmitted = true
  }
  if (!loss.isTiming) {
    loss.isTiming = true
    loss.sinceMs = tcb.tcp.nowMs()
  }
  tcb.totalRetransmits = (tcb.totalRetransmits + 1) | 0
  const telemetry = tcb.tcp.telemetry
  telemetry.note(reason, null, tcb)
  telemetry.count(Mib.TcpRetransSegs)
  const push = buffer.unsent === 0 && sent.next === null && sent.end > sent.start ? TcpFlag.PSH : 0
  const result = transmitSent(tcb, sent, TcpFlag.ACK | (sent.flags & TcpFlag.FIN) | push)
  if (result === -EMSGSIZE) syncMss(tcb)
  return result
}

/** Send again what is judged lost, in order, as far as cwnd allows (RFC 6675 NextSeg rule 1). */
export const retransmitLost = (tcb: Tcb, buffer: SendBuffer): void => {
  const loss = tcb.loss
  if (loss === null || loss.lost === 0 || loss.newDataFirst) return
  let sent = loss.hint ?? buffer.first
  while (sent !== null && loss.lost > 0) {
    if ((sent.marks & (Mark.LOST | Mark.RETRANSMITTED | Mark.SACKED)) === Mark.LOST) {
      const room = tcb.cwnd - pipe(tcb)
      if (room < tcb.mss && room < ((sent.endSeq - sent.seq) | 0)) break
      // Only inside the announced window, but for the first one.
      if (sent !== buffer.first && ((sent.seq - (tcb.sndUna + tcb.sndWnd)) | 0) >= 0) break
      const reason = loss.caState === LOSS ? Reason.TcpRetransmitTimeout : Reason.TcpFastRetransmit
      if (retransmit(tcb, buffer, sent, room, reason) < 0) break
      tcb.tcp.telemetry.count(loss.caState === LOSS ? Mib.TcpExtTCPSlowStartRetrans : Mib.TcpExtTCPFastRetrans)
    }
    sent = sent.next
  }
  loss.hint = sent
}

const LOSS = 4
