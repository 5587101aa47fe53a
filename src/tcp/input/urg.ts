/** Sixth check: URG (RFC 9293 3.8.5, 3.10.7.4; Linux's tcp_check_urg). */
import { type Packet, TcpFlag } from '../../wire/packet.ts'
import { Bit } from '../bits.ts'
import { ready } from '../notify.ts'
import { inStates, TAKES_TEXT } from '../states.ts'
import type { Tcb } from '../tcb.ts'
import { Poll } from '../types.ts'
import { Urgent, UrgentState } from '../urgent.ts'

export const processUrgent = (tcb: Tcb, packet: Packet): void => {
  if ((packet.flags & TcpFlag.URG) !== 0 && inStates(tcb.state, TAKES_TEXT)) pointer(tcb, packet)
  const urgent = tcb.urgent
  if (urgent === null || urgent.state !== UrgentState.AWAITED) return
  // The byte itself, if this segment brings it.
  const at = (urgent.rcvUrg - packet.seq) | 0
  if (at < 0 || at >= packet.end - packet.start) return
  urgent.byte = packet.buf[packet.start + at] as number
  urgent.state = UrgentState.HERE
  ready(tcb, Poll.PRI)
}

/** A new urgent pointer: it names the octet after the last urgent one (MUST-62). */
const pointer = (tcb: Tcb, packet: Packet): void => {
  const last = (packet.seq + packet.urgent - 1) | 0
  // Old news, or read already.
  if (((last - readPoint(tcb)) | 0) < 0) return
  const known = tcb.urgent
  if (known !== null && known.state !== UrgentState.NONE && ((last - known.rcvUrg) | 0) <= 0) return
  const urgent = known ?? new Urgent()
  tcb.urgent = urgent
  urgent.rcvUrg = last
  urgent.state = UrgentState.AWAITED
  // Tell once for each new end of urgent data (9293-3.10.7.4-o; SIGURG and POLLPRI).
  ready(tcb, Poll.PRI)
}

/** Sequence number of the next byte the application will read (Linux's copied_seq). */
export const readPoint = (tcb: Tcb): number => {
  const unread = tcb.receiving === null ? 0 : tcb.receiving.bytes
  return (tcb.rcvNxt - unread - ((tcb.bits & Bit.FIN_RECEIVED) !== 0 ? 1 : 0)) | 0
}
