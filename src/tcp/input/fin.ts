/** Eighth check: FIN (RFC 9293 3.10.7.4). */
import { Bit } from '../bits.ts'
import { sendAck } from '../emit.ts'
import { ready } from '../notify.ts'
import { ackSoon } from '../output.ts'
import { transition } from '../states.ts'
import type { Tcb } from '../tcb.ts'
import { Poll, TcpState } from '../types.ts'

const S = TcpState

/** The peer's FIN is next in line: count it, acknowledge it, tell the reader. */
export const processFin = (tcb: Tcb): void => {
  tcb.rcvNxt = (tcb.rcvNxt + 1) | 0
  tcb.bits |= Bit.FIN_RECEIVED | Bit.RCV_SHUTDOWN
  if (tcb.reassembly !== null) {
    // Nothing comes after the end of the stream.
    tcb.reassembly.clear()
    tcb.reassembly = null
  }
  switch (tcb.state) {
    case S.SYN_RECEIVED:
    case S.ESTABLISHED:
      transition(tcb, S.CLOSE_WAIT)
      // A talk in turns ends here: acknowledge at once, the application may be long (tcp_fin).
      tcb.bits |= Bit.INTERACTIVE
      ackSoon(tcb)
      break
    case S.FIN_WAIT_1:
      // Our FIN is not acknowledged yet (that would be FIN-WAIT-2): both closed at once.
      transition(tcb, S.CLOSING)
      ackSoon(tcb)
      break
    case S.FIN_WAIT_2:
      sendAck(tcb)
      ready(tcb, Poll.IN | Poll.RDHUP)
      tcb.tcp.enterTimeWait(tcb)
      return
    default:
      ackSoon(tcb)
      return
  }
  const both = (tcb.bits & Bit.SND_SHUTDOWN) !== 0
  ready(tcb, Poll.IN | Poll.RDHUP | (both ? Poll.HUP : 0))
}
