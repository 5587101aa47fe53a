/** The deadline of a connection came: which timers are due, and what they do. */
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import { Bit } from './bits.ts'
import { ATO_MIN, sendAck } from './emit.ts'
import { keepAliveTimeout } from './keepalive.ts'
import { finish } from './lifetime.ts'
import { persistTimeout } from './persist.ts'
import { retransmitTimeout } from './retransmit-timeout.ts'
import type { Tcb } from './tcb.ts'
import { rearm, TimerKind, takeDue } from './timers.ts'
import { TcpState } from './types.ts'

export const expire = (tcb: Tcb): void => {
  const now = tcb.tcp.clock.now
  for (let kind = takeDue(tcb, now); kind >= 0; kind = takeDue(tcb, now)) {
    if (kind === TimerKind.RETRANSMIT) retransmitTimeout(tcb)
    else if (kind === TimerKind.PERSIST) persistTimeout(tcb)
    else if (kind === TimerKind.DELAYED_ACK) delayedAckTimeout(tcb)
    else keepTimeout(tcb)
  }
  rearm(tcb)
}

/** An ACK was held back long enough (MUST-40; tcp_delack_timer_handler). */
const delayedAckTimeout = (tcb: Tcb): void => {
  if ((tcb.bits & Bit.ACK_DELAYED) === 0) return
  if ((tcb.bits & Bit.INTERACTIVE) === 0) {
    // Missed the piggyback: wait longer next time.
    tcb.ato = Math.min(tcb.ato * 2, Math.floor(tcb.rto / 1000))
  } else {
    tcb.bits &= ~Bit.INTERACTIVE
    tcb.ato = ATO_MIN
  }
  tcb.tcp.telemetry.count(Mib.TcpExtDelayedACKs)
  sendAck(tcb)
}

const keepTimeout = (tcb: Tcb): void => {
  if (tcb.state === TcpState.FIN_WAIT_2 && (tcb.bits & Bit.ORPHAN) !== 0) finish(tcb, Reason.TcpEndFinWait2)
  else keepAliveTimeout(tcb)
}
