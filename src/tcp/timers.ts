/**
 * The timers of a connection behind one deadline in the clock's heap.
 *
 * Arming writes a number; the heap is touched only when the earliest time moves forward. So a timer that is set and
 * cleared with each segment costs nothing, and one that came true too early looks at the numbers and sleeps again. The
 * object is there only while something is armed.
 */
import { Pool } from './pool.ts'
import type { Tcb } from './tcb.ts'

export const TimerKind = {
  /** Retransmission of the first unacknowledged segment (RFC 6298). */
  RETRANSMIT: 0,
  /** Probe of a closed window, or the end of a cork (RFC 9293 3.8.6.1). */
  PERSIST: 1,
  DELAYED_ACK: 2,
  /** Keep-alive; FIN-WAIT-2 of an orphan. */
  KEEPALIVE: 3,
  KINDS: 4,
} as const

/** Place in `at` of the time that the heap knows. */
const HEAP = TimerKind.KINDS

class Timers {
  /** Absolute times, ns; Infinity: not armed. */
  readonly at: Float64Array = new Float64Array(HEAP + 1).fill(Infinity)
}

export type { Timers }

const pool = new Pool<Timers>(() => new Timers(), 4096)

/** Arm (or move) a timer to `time`, ns. */
export const armTimer = (tcb: Tcb, kind: number, time: number): void => {
  let timers = tcb.timers
  if (timers === null) {
    timers = pool.take()
    tcb.timers = timers
  }
  timers.at[kind] = time
  if (time < (timers.at[HEAP] as number)) {
    timers.at[HEAP] = time
    tcb.tcp.clock.arm(tcb, time)
  }
}

export const clearTimer = (tcb: Tcb, kind: number): void => {
  const timers = tcb.timers
  if (timers !== null) timers.at[kind] = Infinity
}

/** When a timer is due, ns; Infinity when it is not armed. */
export const timerTime = (tcb: Tcb, kind: number): number => {
  const timers = tcb.timers
  return timers === null ? Infinity : (timers.at[kind] as number)
}

export const isArmed = (tcb: Tcb, kind: number): boolean => timerTime(tcb, kind) !== Infinity

/** The heap's deadline came: the first timer that is due, disarmed; -1: none (any more). */
export const takeDue = (tcb: Tcb, now: number): number => {
  const timers = tcb.timers
  if (timers === null) return -1
  timers.at[HEAP] = Infinity
  for (let kind = 0; kind < HEAP; kind++) {
    if ((timers.at[kind] as number) <= now) {
      timers.at[kind] = Infinity
      return kind
    }
  }
  return -1
}

/** After expiry: wait for the next timer, or give the object back. */
export const rearm = (tcb: Tcb): void => {
  const timers = tcb.timers
  if (timers === null) return
  let next = Infinity
  for (let kind = 0; kind < HEAP; kind++) if ((timers.at[kind] as number) < next) next = timers.at[kind] as number
  if (next === Infinity) {
    dropTimers(tcb)
  } else if (next < (timers.at[HEAP] as number)) {
    timers.at[HEAP] = next
    tcb.tcp.clock.arm(tcb, next)
  }
}

/** Disarm everything. */
export const dropTimers = (tcb: Tcb): void => {
  const timers = tcb.timers
  if (timers === null) return
  tcb.tcp.clock.disarm(tcb)
  for (let i = 0; i <= HEAP; i++) timers.at[i] = Infinity
  tcb.timers = null
  pool.give(timers)
}
