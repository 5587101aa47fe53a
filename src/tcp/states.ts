/**
 * The connection states and what each of them allows (RFC 9293 3.3.2).
 *
 * ```
 *                              CLOSED
 *              listen /          |  ^  \ connect: send SYN
 *                     v   close  |  |   v
 *                 LISTEN --------+  +- SYN-SENT
 *     rcv SYN: send SYN,ACK \          / | rcv SYN,ACK: send ACK
 *                            v        /  |
 *                       SYN-RECEIVED <   |  (rcv SYN alone: simultaneous open)
 *              rcv ACK of SYN |          v
 *                             +---> ESTABLISHED ---+
 *            close: send FIN /                      \ rcv FIN: send ACK
 *                           v                        v
 *   +----------------- FIN-WAIT-1              CLOSE-WAIT
 *   | rcv ACK of FIN        | rcv FIN               | close: send FIN
 *   v                       v                       v
 * FIN-WAIT-2             CLOSING                LAST-ACK
 *   | rcv FIN               | rcv ACK of FIN        | rcv ACK of FIN
 *   +------> TIME-WAIT <----+                       v
 *               | 2 MSL                           CLOSED
 *               +-------------------------------->
 * ```
 *
 * As in Linux a passive SYN-RECEIVED is a small `HalfOpen` until its last ACK, and TIME-WAIT is a small `TimeWait`: a
 * socket whose connection went there is CLOSED itself.
 */
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import type { Tcb } from './tcb.ts'
import { TcpState } from './types.ts'

/** A set of states, as bits `1 << state`. */
export type StateSet = number

const set = (...states: TcpState[]): StateSet => states.reduce<number>((bits, s) => bits | (1 << s), 0)

const S = TcpState
/** Both ends know both sequence spaces (RFC 9293 3.3.2: ESTABLISHED and later). */
export const SYNCHRONIZED: StateSet = set(
  S.ESTABLISHED,
  S.FIN_WAIT_1,
  S.FIN_WAIT_2,
  S.CLOSE_WAIT,
  S.CLOSING,
  S.LAST_ACK,
  S.TIME_WAIT,
)
/** The application may send data that leaves at once. */
export const CAN_SEND: StateSet = set(S.ESTABLISHED, S.CLOSE_WAIT)
/** Data queued before a close may still leave. */
export const TRANSMITS: StateSet = set(S.ESTABLISHED, S.CLOSE_WAIT, S.FIN_WAIT_1, S.CLOSING, S.LAST_ACK)
/** Segment text is taken (RFC 9293 3.10.7.4, seventh check). */
export const TAKES_TEXT: StateSet = set(S.ESTABLISHED, S.FIN_WAIT_1, S.FIN_WAIT_2)
/** An abort sends RST (RFC 9293 3.10.5). */
export const RESETS_ON_ABORT: StateSet = set(S.SYN_RECEIVED, S.ESTABLISHED, S.FIN_WAIT_1, S.FIN_WAIT_2, S.CLOSE_WAIT)
/** Our FIN was queued or sent. */
export const CLOSED_BY_US: StateSet = set(S.FIN_WAIT_1, S.FIN_WAIT_2, S.CLOSING, S.LAST_ACK, S.TIME_WAIT)
export const OPENING: StateSet = set(S.SYN_SENT, S.SYN_RECEIVED)

export const inStates = (state: TcpState, states: StateSet): boolean => (states & (1 << state)) !== 0

/** Successors of each state: the diagram above as a table. CLOSED may follow any state. */
const successors: readonly StateSet[] = [
  0,
  set(S.FIN_WAIT_1, S.CLOSE_WAIT),
  set(S.SYN_RECEIVED, S.ESTABLISHED),
  set(S.ESTABLISHED, S.FIN_WAIT_1, S.CLOSE_WAIT),
  set(S.FIN_WAIT_2, S.CLOSING, S.TIME_WAIT),
  set(S.TIME_WAIT),
  0,
  set(S.LISTEN, S.SYN_SENT, S.SYN_RECEIVED),
  set(S.LAST_ACK),
  0,
  0,
  set(S.TIME_WAIT),
]

const names = [
  '',
  'ESTABLISHED',
  'SYN-SENT',
  'SYN-RECEIVED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  'CLOSED',
  'CLOSE-WAIT',
  'LAST-ACK',
  'LISTEN',
  'CLOSING',
] as const

/** The RFC's name of a state. */
export const stateName = (state: TcpState): string => names[state] as string

/** Whether the diagram has an arrow from one state to the other. */
export const mayFollow = (from: TcpState, to: TcpState): boolean =>
  to === S.CLOSED || ((successors[from] as number) & (1 << to)) !== 0

/** The only place where a connection changes state. `reason` says why. */
export const transition = (tcb: Tcb, to: TcpState, reason: number = Reason.TcpSegment): void => {
  const from = tcb.state
  if (!mayFollow(from, to)) throw new Error(`invariant: ${stateName(to)} follows ${stateName(from)} in no diagram`)
  const telemetry = tcb.tcp.telemetry
  // RFC 4022: tcpCurrEstab counts ESTABLISHED and CLOSE-WAIT.
  const change = (inStates(to, CAN_SEND) ? 1 : 0) - (inStates(from, CAN_SEND) ? 1 : 0)
  if (change !== 0) telemetry.count(Mib.TcpCurrEstab, change)
  tcb.state = to
  if (telemetry.observer === null) telemetry.note(reason, null, tcb)
  else telemetry.note(reason, null, tcb, `${stateName(from)} -> ${stateName(to)}`)
}
