/** Keep-alive (RFC 9293 3.8.4): off by default, two hours, nine probes (MUST-24 to MUST-29). */

import { MS, SECOND } from '../time/scheduler.ts'
import { ETIMEDOUT } from '../wire/errno.ts'
import { TcpFlag } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import { hand, segment, sendReset } from './emit.ts'
import { fail } from './lifetime.ts'
import { countProbe, probes } from './rto.ts'
import type { Tcb } from './tcb.ts'
import { armTimer, TimerKind } from './timers.ts'

const idleSeconds = (tcb: Tcb): number => tcb.settings.keepIdle || tcb.tcp.config.keepaliveTime
const intervalSeconds = (tcb: Tcb): number => tcb.settings.keepInterval || tcb.tcp.config.keepaliveIntvl
const probeLimit = (tcb: Tcb): number => tcb.settings.keepCount || tcb.tcp.config.keepaliveProbes

/** Time since anything came from the peer, ns. */
const idle = (tcb: Tcb): number => ((tcb.tcp.nowMs() - tcb.lastSegmentMs) >>> 0) * MS

export const armKeepAlive = (tcb: Tcb): void => {
  const left = idleSeconds(tcb) * SECOND - idle(tcb)
  armTimer(tcb, TimerKind.KEEPALIVE, tcb.tcp.clock.now + (left > 0 ? left : 0))
}

/** A segment without text just below the window: the peer must answer with an ACK (SHLD-12). */
export const sendProbe = (tcb: Tcb, reason: number): void => {
  tcb.tcp.telemetry.note(reason, null, tcb)
  hand(tcb, segment(tcb, (tcb.sndUna - 1) | 0, TcpFlag.ACK))
}

export const keepAliveTimeout = (tcb: Tcb): void => {
  if (!tcb.settings.keepAlive) return
  const { tcp, settings } = tcb
  const again = (ns: number): void => armTimer(tcb, TimerKind.KEEPALIVE, tcp.clock.now + ns)
  // Only with nothing outstanding (MUST-26): else retransmission finds out.
  if (tcb.sndNxt !== tcb.sndUna || tcb.sending !== null) {
    again(idleSeconds(tcb) * SECOND)
    return
  }
  const quiet = idle(tcb)
  if (quiet < idleSeconds(tcb) * SECOND) {
    again(idleSeconds(tcb) * SECOND - quiet)
    return
  }
  const sent = probes(tcb)
  const expired = settings.userTimeout > 0 ? quiet >= settings.userTimeout * MS && sent > 0 : sent >= probeLimit(tcb)
  if (expired) {
    sendReset(tcb, Reason.TcpEndKeepAlive)
    fail(tcb, ETIMEDOUT, Reason.TcpEndKeepAlive)
    return
  }
  countProbe(tcb)
  tcp.telemetry.count(Mib.TcpExtTCPKeepAlive)
  sendProbe(tcb, Reason.TcpKeepAliveProbe)
  again(intervalSeconds(tcb) * SECOND)
}
