/**
 * When received text is acknowledged (RFC 9293 3.8.6.3): every second full segment at once, the rest after 40 ms or with
 * data of our own; at first, and after silence, at once (Linux's quick ACKs).
 */
import { MS } from '../time/scheduler.ts'
import { Bit } from './bits.ts'
import { ATO_MIN } from './emit.ts'
import { peerSegment } from './handshake-options.ts'
import { ackSoon } from './output.ts'
import type { Tcb } from './tcb.ts'
import { armTimer, TimerKind, timerTime } from './timers.ts'
import { freeWindow, rcvShift } from './window.ts'

const MAX_QUICK = 16
const ATO_MAX = 200
const ATO_MAX_BULK = 500

const incrementQuick = (tcb: Tcb): void => {
  const quick = Math.min(MAX_QUICK, Math.floor(tcb.rcvWnd / (2 * tcb.rcvMss)))
  if (tcb.quick < quick) tcb.quick = Math.max(quick, 2)
}

/** `length` bytes of text came in order (tcp_event_data_recv, __tcp_ack_snd_check). */
export const textArrived = (tcb: Tcb, length: number): void => {
  if (length > tcb.rcvMss && tcb.path !== null) tcb.rcvMss = Math.min(length, peerSegment(tcb, tcb.path))
  const now = tcb.tcp.nowMs()
  if (tcb.ato === 0) {
    incrementQuick(tcb)
    tcb.ato = ATO_MIN
  } else {
    const gap = (now - tcb.lastRcvMs) >>> 0
    if (gap <= ATO_MIN / 2) tcb.ato = (tcb.ato >> 1) + ATO_MIN / 2
    else if (gap < tcb.ato) tcb.ato = Math.min((tcb.ato >> 1) + gap, Math.floor(tcb.rto / 1000))
    else if (gap > tcb.rto / 1000) incrementQuick(tcb)
  }
  tcb.lastRcvMs = now
  if ((tcb.bits & Bit.ACK_NOW) !== 0) return
  const unacked = (tcb.rcvNxt - tcb.rcvWup) | 0
  const isQuick = tcb.quick > 0 && (tcb.bits & Bit.INTERACTIVE) === 0
  // SHLD-19: more than one full segment. But what shrinks the window says little that the reader's own ACK (`readAcknowledges`)
  // will not say better.
  if (isQuick || (unacked > tcb.rcvMss && keepsWindow(tcb))) ackSoon(tcb)
  else delayAck(tcb)
}

/** An ACK now would announce no less than the last one did (__tcp_ack_snd_check). */
const keepsWindow = (tcb: Tcb): boolean => {
  const step = (1 << rcvShift(tcb)) - 1
  return ((freeWindow(tcb) + step) & ~step) >= tcb.rcvWnd
}

/** The application read, and more than one full segment waits to be acknowledged (__tcp_cleanup_rbuf). */
export const readAcknowledges = (tcb: Tcb): boolean =>
  (tcb.bits & Bit.ACK_DELAYED) !== 0 && ((tcb.rcvNxt - tcb.rcvWup) | 0) > tcb.rcvMss

/** tcp_send_delayed_ack. */
const delayAck = (tcb: Tcb): void => {
  let ato = tcb.ato
  if (ato > ATO_MIN) {
    let most = (tcb.bits & Bit.INTERACTIVE) !== 0 ? ATO_MAX : ATO_MAX_BULK - 1
    if (tcb.srtt !== 0) most = Math.min(most, Math.max(tcb.srtt / 8000, ATO_MIN))
    ato = Math.min(ato, Math.floor(most))
  }
  const at = tcb.tcp.clock.now + ato * MS
  const armed = (tcb.bits & Bit.ACK_DELAYED) !== 0 ? timerTime(tcb, TimerKind.DELAYED_ACK) : Infinity
  tcb.bits |= Bit.ACK_DELAYED
  if (at < armed) armTimer(tcb, TimerKind.DELAYED_ACK, at)
}
