/** Round-trip time and retransmission time-out (RFC 6298), in integers as Linux keeps them. */

import { US } from '../time/scheduler.ts'
import type { Tcb } from './tcb.ts'
import { armTimer, TimerKind } from './timers.ts'

/**
 * A round trip took `us`. RTTVAR before SRTT before RTO (RFC 6298 2.3), alpha 1/8, beta 1/4.
 *
 * Linux adds at least tcp_rto_min to SRTT, so that a delayed ACK of a steady path does not look like a loss; with the sysctl
 * at one second that keeps RFC 6298's lower bound too.
 */
export const sampleRtt = (tcb: Tcb, us: number): void => {
  if (tcb.srtt === 0) {
    tcb.srtt = Math.max(1, us << 3)
    tcb.rttvar = us << 1
  } else {
    const error = us - (tcb.srtt >> 3)
    tcb.rttvar += (error < 0 ? -error : error) - (tcb.rttvar >> 2)
    tcb.srtt = Math.max(1, tcb.srtt + error)
  }
  setRto(tcb)
}

/** RTO = SRTT + max(G, 4 * RTTVAR), bounded by tcp_rto_max. */
export const setRto = (tcb: Tcb): void => {
  const { rtoMinUs, rtoMaxMs } = tcb.tcp.config
  const variation = tcb.rttvar < rtoMinUs ? rtoMinUs : tcb.rttvar
  tcb.rto = Math.min((tcb.srtt >> 3) + variation, rtoMaxMs * 1000)
}

const RETRANSMITS = 0xff
const BACKOFF_SHIFT = 8
const PROBES_SHIFT = 16

export const retransmits = (tcb: Tcb): number => tcb.retries & RETRANSMITS
export const backoff = (tcb: Tcb): number => (tcb.retries >> BACKOFF_SHIFT) & 0xff
export const probes = (tcb: Tcb): number => (tcb.retries >> PROBES_SHIFT) & 0xff

const bump = (tcb: Tcb, shift: number): void => {
  if (((tcb.retries >> shift) & 0xff) < 0xff) tcb.retries += 1 << shift
}
export const countRetransmit = (tcb: Tcb): void => bump(tcb, 0)
export const countBackoff = (tcb: Tcb): void => bump(tcb, BACKOFF_SHIFT)
export const countProbe = (tcb: Tcb): void => bump(tcb, PROBES_SHIFT)

/** The time-out with its doublings, microseconds. */
export const currentRto = (tcb: Tcb): number => {
  let rto = tcb.rto
  const max = tcb.tcp.config.rtoMaxMs * 1000
  for (let i = backoff(tcb); i > 0 && rto < max; i--) rto *= 2
  return rto < max ? rto : max
}

/** Start the retransmission timer anew. */
export const restartRto = (tcb: Tcb): void =>
  armTimer(tcb, TimerKind.RETRANSMIT, tcb.tcp.clock.now + currentRto(tcb) * US)
