import { Bit } from '../bits.ts'
import { readPoint } from '../input/urg.ts'
import { listenQueue } from '../listen-queue.ts'
import { isWritable } from '../notify.ts'
import { inStates, OPENING } from '../states.ts'
import type { Tcb } from '../tcb.ts'
import { Poll, TcpState } from '../types.ts'
import { UrgentState } from '../urgent.ts'

const BOTH = Bit.RCV_SHUTDOWN | Bit.SND_SHUTDOWN

/** poll(2) on a TCP socket (tcp_poll). */
export const poll = (tcb: Tcb): number => {
  if (tcb.state === TcpState.LISTEN) return listenQueue(tcb).length > 0 ? Poll.IN : 0
  const { bits } = tcb
  let events = 0
  if ((bits & BOTH) === BOTH || tcb.state === TcpState.CLOSED) events |= Poll.HUP
  if ((bits & Bit.RCV_SHUTDOWN) !== 0) events |= Poll.IN | Poll.RDHUP
  if (!inStates(tcb.state, OPENING)) {
    if (isReadable(tcb)) events |= Poll.IN
    if ((bits & Bit.SND_SHUTDOWN) !== 0) events |= Poll.OUT
    else if (isWritable(tcb)) events |= Poll.OUT
    else tcb.bits |= Bit.NO_SPACE
    const urgent = tcb.urgent
    if (urgent !== null && urgent.state === UrgentState.HERE) events |= Poll.PRI
  }
  if ((tcb.errors & 0xffff) !== 0) events |= Poll.ERR
  return events
}

const isReadable = (tcb: Tcb): boolean => {
  const buffer = tcb.receiving
  if (buffer === null) return false
  let target = tcb.settings.rcvLowat
  const urgent = tcb.urgent
  // The urgent byte that is next is not readable as such.
  if (
    urgent !== null &&
    urgent.state !== UrgentState.NONE &&
    !tcb.settings.oobInline &&
    urgent.rcvUrg === readPoint(tcb)
  )
    target++
  return buffer.bytes >= target && buffer.bytes > 0
}
