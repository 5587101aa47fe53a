/** The size of a full segment follows the path's MTU (MUST-16, RFC 1191 6.4, RFC 8201 5.4). */
import { Mib } from '../wire/telemetry.ts'
import { Bit } from './bits.ts'
import { headerBytes, TIMESTAMP_BYTES } from './handshake-options.ts'
import { lossOf } from './loss.ts'
import { Mark, type Sent } from './send-buffer.ts'
import type { Tcb } from './tcb.ts'

/** Reckon the MSS anew when the path's MTU is not what it was. True when segments in flight became too large. */
export const syncMss = (tcb: Tcb): boolean => {
  const path = tcb.path
  if (path === null || path.mtu === tcb.pathMtu) return false
  const before = tcb.mss
  tcb.pathMtu = path.mtu
  computeMss(tcb)
  // The MSS may stand while the path stops taking segments that stand for many: those in flight are too large then.
  const shrank = tcb.mss < before || path.largeSegment === 0
  if (!shrank || tcb.sndNxt === tcb.sndUna) return false
  return markOversized(tcb)
}

/** Smaller of the peer's MSS and the path's, less the options that every segment carries. */
export const computeMss = (tcb: Tcb): void => {
  const path = tcb.path
  if (path === null) return
  tcb.pathMtu = path.mtu
  let mss = Math.min(path.mtu, 65_535) - headerBytes(path.remote.family)
  if (mss > tcb.mssClamp) mss = tcb.mssClamp
  if ((tcb.bits & Bit.TIMESTAMPS) !== 0) mss -= TIMESTAMP_BYTES
  const least = tcb.tcp.config.minSndMss
  if (mss < least) mss = least
  if (mss < tcb.mss && tcb.cwnd > 0 && tcb.sndNxt !== tcb.sndUna) {
    // RFC 5681 3.1: cwnd shrinks in proportion with the segment.
    tcb.cwnd = Math.max(mss, Math.floor((tcb.cwnd * mss) / tcb.mss))
  }
  tcb.mss = mss
}

/** Mark what no longer fits as lost, to be cut up and sent again, without slowing down (tcp_simple_retransmit). */
const markOversized = (tcb: Tcb): boolean => {
  const buffer = tcb.sending
  if (buffer === null) return false
  let found = false
  for (let sent: Sent | null = buffer.first; sent !== null; sent = sent.next) {
    if (sent.end - sent.start <= tcb.mss || (sent.marks & (Mark.SACKED | Mark.LOST)) !== 0) continue
    const loss = lossOf(tcb)
    const length = (sent.endSeq - sent.seq) | 0
    if ((sent.marks & Mark.RETRANSMITTED) !== 0) {
      sent.marks &= ~Mark.RETRANSMITTED
      loss.retransmitted -= length
    }
    sent.marks |= Mark.LOST
    loss.lost += length
    loss.hint = null
    found = true
  }
  if (found) tcb.tcp.telemetry.count(Mib.TcpExtTCPMTUPFail)
  return found
}
