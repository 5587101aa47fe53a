/** Probing a closed window (RFC 9293 3.8.6.1), and sending what the window is too small for. */

import { US } from '../time/scheduler.ts'
import { ETIMEDOUT } from '../wire/errno.ts'
import { TcpFlag } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import { Bit } from './bits.ts'
import { sendReset } from './emit.ts'
import { sendProbe } from './keepalive.ts'
import { fail } from './lifetime.ts'
import { transmitSent } from './retransmit.ts'
import { countBackoff, countProbe, currentRto, probes, restartRto } from './rto.ts'
import type { Tcb } from './tcb.ts'
import { armTimer, TimerKind } from './timers.ts'

export const persistTimeout = (tcb: Tcb): void => {
  const { tcp } = tcb
  const buffer = tcb.sending
  if (buffer === null || tcb.sndNxt !== tcb.sndUna) return
  if (gaveUp(tcb)) {
    if ((tcb.bits & Bit.ORPHAN) !== 0) sendReset(tcb, Reason.TcpEndTimeout)
    fail(tcb, tcb.errors >>> 16 || ETIMEDOUT, Reason.TcpEndTimeout)
    return
  }
  const window = (tcb.sndUna + tcb.sndWnd - tcb.sndNxt) | 0
  if (window > 0 && buffer.unsent > 0) {
    // The override timer of RFC 9293 3.8.6.2.1: better a small segment than none.
    const length = Math.min(window, buffer.unsent, tcb.mss)
    const sent = buffer.take(tcp.memory, length, tcb.sndNxt)
    tcb.sndNxt = (tcb.sndNxt + length) | 0
    tcb.sndSml = tcb.sndNxt
    restartRto(tcb)
    transmitSent(tcb, sent, TcpFlag.ACK | TcpFlag.PSH)
    return
  }
  countProbe(tcb)
  tcp.telemetry.count(Mib.TcpExtTCPWinProbe)
  sendProbe(tcb, Reason.TcpZeroWindowProbe)
  // Ever longer, up to tcp_rto_max (SHLD-30).
  countBackoff(tcb)
  armTimer(tcb, TimerKind.PERSIST, tcp.clock.now + currentRto(tcb) * US)
}

/**
 * As long as the peer acknowledges probes the connection stays (MUST-37): an answer sets the count back to zero. Unanswered
 * ones are counted against tcp_retries2, of orphans against tcp_orphan_retries, or timed by TCP_USER_TIMEOUT.
 */
const gaveUp = (tcb: Tcb): boolean => {
  const { config } = tcb.tcp
  const userTimeout = tcb.settings.userTimeout
  if (userTimeout > 0) {
    const quiet = (tcb.tcp.nowMs() - Math.max(tcb.lastSegmentMs, tcb.lastSndMs)) >>> 0
    return probes(tcb) > 0 && quiet >= userTimeout
  }
  let limit = config.retries2
  if ((tcb.bits & Bit.ORPHAN) !== 0) limit = config.orphanRetries || 8
  return probes(tcb) >= limit
}
