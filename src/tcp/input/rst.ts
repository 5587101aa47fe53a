/** Second check: RST (RFC 9293 3.10.7.4, RFC 5961 3.2). */
import { ECONNREFUSED, ECONNRESET, EPIPE } from '../../wire/errno.ts'
import { type Packet, TcpFlag } from '../../wire/packet.ts'
import { Reason } from '../../wire/reason.ts'
import { Mib } from '../../wire/telemetry.ts'
import { challenge } from '../challenge.ts'
import { fail } from '../lifetime.ts'
import { inStates, OPENING } from '../states.ts'
import type { Tcb } from '../tcb.ts'
import { TcpState } from '../types.ts'

export const checkReset = (tcb: Tcb, packet: Packet): boolean => {
  if ((packet.flags & TcpFlag.RST) === 0) return true
  const { telemetry } = tcb.tcp
  if (packet.seq !== tcb.rcvNxt) {
    // In the window but not at its edge: it may be a guess.
    challenge(tcb, packet)
    telemetry.drop(packet, Reason.TcpRstChallenged, tcb)
    return false
  }
  packet.free()
  resetConnection(tcb)
  return false
}

/** The peer has given the connection up (Linux's tcp_reset). */
export const resetConnection = (tcb: Tcb): void => {
  if (inStates(tcb.state, OPENING)) {
    fail(tcb, ECONNREFUSED, Reason.TcpEndRefused)
    return
  }
  if (tcb.state === TcpState.ESTABLISHED || tcb.state === TcpState.CLOSE_WAIT)
    tcb.tcp.telemetry.count(Mib.TcpEstabResets)
  fail(tcb, tcb.state === TcpState.CLOSE_WAIT ? EPIPE : ECONNRESET, Reason.TcpEndReset)
}
