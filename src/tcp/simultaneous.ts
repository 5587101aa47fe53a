/** Both ends opened at once (RFC 9293 3.5, MUST-10). */
import { sendSyn } from './handshake.ts'
import type { Tcb } from './tcb.ts'

/** Send our SYN again, now with the ACK of the peer's. */
export const transmitSyn = (tcb: Tcb): void => {
  const first = tcb.sending === null ? null : tcb.sending.first
  if (first !== null) sendSyn(tcb, first)
}
