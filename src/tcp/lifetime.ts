/** How connections end: CLOSED with or without an error, and what a socket nobody holds leaves behind. */
import { Mib } from '../wire/telemetry.ts'
import { Bit } from './bits.ts'
import { dropLoss } from './loss.ts'
import { ready, setError } from './notify.ts'
import { giveSendBuffer } from './send-buffer.ts'
import { inStates, OPENING, transition } from './states.ts'
import type { Tcb } from './tcb.ts'
import { dropTimers } from './timers.ts'
import { Poll, TcpState } from './types.ts'

/** Drop what is written and not acknowledged. */
export const purgeSend = (tcb: Tcb): void => {
  const buffer = tcb.sending
  if (buffer !== null) {
    tcb.sending = null
    giveSendBuffer(buffer)
  }
  dropLoss(tcb)
}

export const purgeReceive = (tcb: Tcb): void => {
  if (tcb.receiving !== null) {
    tcb.receiving.clear()
    tcb.receiving = null
  }
  if (tcb.reassembly !== null) {
    tcb.reassembly.clear()
    tcb.reassembly = null
  }
}

/** Take the connection out of the flow table. */
export const unhash = (tcb: Tcb): void => {
  if ((tcb.bits & Bit.HASHED) === 0) return
  tcb.bits &= ~Bit.HASHED
  tcb.tcp.removeFlow(tcb)
}

/** The connection is over (Linux's tcp_done). What was received stays readable; an orphan is destroyed. */
export const finish = (tcb: Tcb, reason: number): void => {
  if (tcb.state === TcpState.CLOSED) return
  if (inStates(tcb.state, OPENING)) tcb.tcp.telemetry.count(Mib.TcpAttemptFails)
  unhash(tcb)
  transition(tcb, TcpState.CLOSED, reason)
  settle(tcb)
}

/** CLOSED already: give back what only a live connection needs. */
export const settle = (tcb: Tcb): void => {
  dropTimers(tcb)
  purgeSend(tcb)
  if (tcb.reassembly !== null) {
    tcb.reassembly.clear()
    tcb.reassembly = null
  }
  tcb.peer = null
  tcb.congestionState = null
  tcb.autotune = null
  tcb.bits = (tcb.bits | Bit.RCV_SHUTDOWN | Bit.SND_SHUTDOWN) & ~(Bit.ACK_NOW | Bit.ACK_DELAYED | Bit.NO_SPACE)
  // A port that was not asked for by bind() is free again (tcp_set_state).
  if ((tcb.bits & Bit.BOUND_PORT) === 0) tcb.tcp.ports.release(tcb)
  if ((tcb.bits & Bit.ORPHAN) !== 0) destroy(tcb)
  else ready(tcb, Poll.IN | Poll.OUT | Poll.RDHUP | Poll.HUP | (tcb.errors & 0xffff ? Poll.ERR : 0))
}

/** End with an error for the application (positive errno). */
export const fail = (tcb: Tcb, errno: number, reason: number): void => {
  setError(tcb, errno)
  finish(tcb, reason)
}

/** Nobody refers to this socket any more. */
export const destroy = (tcb: Tcb): void => {
  const tcp = tcb.tcp
  if ((tcb.bits & Bit.ORPHAN) !== 0) {
    tcb.bits &= ~Bit.ORPHAN
    tcp.orphans--
  }
  dropTimers(tcb)
  purgeSend(tcb)
  purgeReceive(tcb)
  tcb.urgent = null
  tcb.peer = null
  tcb.listening = null
  tcb.owner = null
  tcp.ports.release(tcb)
  tcp.unregister(tcb)
}
