/** close(2), shutdown(2) and abort, state by state (RFC 9293 3.10.4, 3.10.5; Linux's tcp_close, inet_shutdown). */

import { SECOND } from '../time/scheduler.ts'
import { ECONNRESET, EINVAL, ENOTCONN } from '../wire/errno.ts'
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import { Bit } from './bits.ts'
import { sendReset } from './emit.ts'
import { destroy, fail, finish, purgeReceive, purgeSend } from './lifetime.ts'
import { stopListening } from './listen-queue.ts'
import { ready } from './notify.ts'
import { transmit } from './output.ts'
import { takeSendBuffer } from './send-buffer.ts'
import { inStates, RESETS_ON_ABORT, transition } from './states.ts'
import type { Tcb } from './tcb.ts'
import { armTimer, TimerKind } from './timers.ts'
import { Poll, TcpState } from './types.ts'

const S = TcpState

/** Queue a FIN behind the data and move to the state that waits for its ACK. */
const sendFinAfterData = (tcb: Tcb): void => {
  transition(tcb, tcb.state === S.CLOSE_WAIT ? S.LAST_ACK : S.FIN_WAIT_1, Reason.TcpUserCall)
  tcb.bits |= Bit.FIN_QUEUED
  tcb.sending ??= takeSendBuffer()
  transmit(tcb)
}

/** Half or all of a close; `true` when a FIN is on its way (tcp_close_state). */
const closeState = (tcb: Tcb): void => {
  switch (tcb.state) {
    case S.SYN_RECEIVED:
      // Our SYN is not acknowledged yet: the FIN follows from ESTABLISHED (RFC 9293 3.10.4).
      tcb.bits |= Bit.FIN_QUEUED
      break
    case S.ESTABLISHED:
    case S.CLOSE_WAIT:
      sendFinAfterData(tcb)
      break
    case S.SYN_SENT:
      // 9293-3.10.4-a: no segment is sent.
      finish(tcb, Reason.TcpUserCall)
      break
    default:
      break
  }
}

/** Give up: RST where the peer has a connection to lose, then CLOSED. */
export const abort = (tcb: Tcb, reason: number): void => {
  if (inStates(tcb.state, RESETS_ON_ABORT) || (inStates(tcb.state, CLOSING_STATES) && hasUnsent(tcb)))
    sendReset(tcb, reason)
  finish(tcb, reason)
}

const CLOSING_STATES = (1 << S.CLOSING) | (1 << S.LAST_ACK)

const hasUnsent = (tcb: Tcb): boolean => tcb.sending !== null && tcb.sending.unsent > 0

export const close = (tcb: Tcb): void => {
  const telemetry = tcb.tcp.telemetry
  tcb.owner = null
  tcb.bits |= Bit.RCV_SHUTDOWN | Bit.SND_SHUTDOWN
  if (tcb.state === S.LISTEN || tcb.state === S.CLOSED) {
    if (tcb.state === S.LISTEN) stopListening(tcb)
    destroy(tcb)
    return
  }
  const unread = tcb.receiving !== null && tcb.receiving.bytes > 0
  tcb.bits |= Bit.ORPHAN
  tcb.tcp.orphans++
  purgeReceive(tcb)
  if (unread) {
    // SHLD-3: data will never be read, so the peer is told at once.
    telemetry.count(Mib.TcpExtTCPAbortOnClose)
    if (tcb.state !== S.SYN_SENT) sendReset(tcb, Reason.TcpResetUnreadData)
    finish(tcb, Reason.TcpResetUnreadData)
    return
  }
  if (tcb.settings.linger === 0) {
    telemetry.count(Mib.TcpExtTCPAbortOnData)
    abort(tcb, Reason.TcpResetAbort)
    return
  }
  closeState(tcb)
  if (tcb.state === S.FIN_WAIT_2) orphanInFinWait2(tcb)
  else if ((tcb.state as TcpState) !== S.CLOSED && tcb.tcp.orphans > tcb.tcp.config.maxOrphans) {
    telemetry.count(Mib.TcpExtTCPAbortOnMemory)
    sendReset(tcb, Reason.TcpOrphanLimit)
    finish(tcb, Reason.TcpOrphanLimit)
  }
}

/** An orphan does not wait for ever for the peer's FIN (tcp_fin_timeout, TCP_LINGER2). */
export const orphanInFinWait2 = (tcb: Tcb): void => {
  const linger2 = tcb.settings.linger2
  if (linger2 < 0) {
    tcb.tcp.telemetry.count(Mib.TcpExtTCPAbortOnLinger)
    sendReset(tcb, Reason.TcpResetLinger2)
    finish(tcb, Reason.TcpResetLinger2)
    return
  }
  const seconds = linger2 > 0 ? linger2 : tcb.tcp.config.finTimeout
  armTimer(tcb, TimerKind.KEEPALIVE, tcb.tcp.clock.now + seconds * SECOND)
}

/** shutdown(2). */
export const shutdown = (tcb: Tcb, how: number): number => {
  if (how < 0 || how > 2) return -EINVAL
  if ((tcb.bits & Bit.CONNECTING) !== 0) {
    tcb.bits &= ~Bit.CONNECTING
    if (tcb.state !== S.SYN_SENT && tcb.state !== S.SYN_RECEIVED && tcb.state !== S.CLOSED) tcb.bits |= Bit.CONNECTED
  }
  const reading = how !== 1
  const writing = how !== 0
  if (tcb.state === S.LISTEN) {
    if (reading) {
      stopListening(tcb)
      ready(tcb, Poll.IN | Poll.OUT | Poll.HUP | Poll.RDHUP)
    }
    return 0
  }
  if (tcb.state === S.SYN_SENT) {
    reopen(tcb)
    ready(tcb, Poll.IN | Poll.OUT | Poll.HUP)
    return 0
  }
  const result = tcb.state === S.CLOSED ? -ENOTCONN : 0
  if (reading) tcb.bits |= Bit.RCV_SHUTDOWN
  if (writing) {
    tcb.bits |= Bit.SND_SHUTDOWN
    if (tcb.state === S.ESTABLISHED || tcb.state === S.CLOSE_WAIT || tcb.state === S.SYN_RECEIVED) closeState(tcb)
  }
  ready(tcb, (reading ? Poll.IN | Poll.RDHUP : 0) | (writing ? Poll.OUT : 0) | (reading && writing ? Poll.HUP : 0))
  return result
}

/** Make the socket one that was never connected (tcp_disconnect): connect() with AF_UNSPEC, shutdown in SYN-SENT. */
export const reopen = (tcb: Tcb): void => {
  const from = tcb.state
  if (from === S.LISTEN) stopListening(tcb)
  else if (from === S.SYN_SENT) fail(tcb, ECONNRESET, Reason.TcpUserCall)
  else if (from !== S.CLOSED) {
    if (inStates(from, RESETS_ON_ABORT) || (inStates(from, CLOSING_STATES) && hasUnsent(tcb)))
      sendReset(tcb, Reason.TcpResetAbort)
    fail(tcb, ECONNRESET, Reason.TcpUserCall)
  }
  purgeSend(tcb)
  purgeReceive(tcb)
  tcb.urgent = null
  tcb.remoteAddress = null
  tcb.remotePort = 0
  tcb.path = null
  if ((tcb.bits & Bit.BOUND_ADDRESS) === 0) tcb.localAddress = null
  if ((tcb.bits & Bit.BOUND_PORT) === 0) {
    tcb.tcp.ports.release(tcb)
    tcb.localPort = 0
  }
  const kept = Bit.ORPHAN | Bit.BOUND_ADDRESS | Bit.BOUND_PORT | Bit.RCVBUF_LOCKED | Bit.SNDBUF_LOCKED | Bit.POSTED
  tcb.bits &= kept
  tcb.srtt = 0
  tcb.rttvar = 0
  tcb.retries = 0
  tcb.scales = 0
}
