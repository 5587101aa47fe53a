/** Challenge ACKs against blind attacks (RFC 5961), and the limits on answers to segments outside the window. */

import { SECOND } from '../time/scheduler.ts'
import type { Packet } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import { ackSoon } from './output.ts'
import type { Tcb } from './tcb.ts'
import type { Tcp } from './tcp.ts'

/** At most tcp_challenge_ack_limit a second for the whole host (RFC 5961 7). */
export class ChallengeLimit {
  #second = -1
  #left = 0

  allow(tcp: Tcp): boolean {
    const second = Math.floor(tcp.clock.now / SECOND)
    if (second !== this.#second) {
      this.#second = second
      // Half of the limit and a random part, so that it cannot be measured from outside (Linux, CVE-2016-5696).
      const limit = tcp.config.challengeAckLimit
      const half = Math.ceil(limit / 2)
      this.#left = half + tcp.random.below(limit)
      if (limit === 2_147_483_647) this.#left = Infinity
    }
    if (this.#left <= 0) return false
    this.#left--
    return true
  }
}

/** When no such answer has been given yet: so long ago that any interval has passed. */
export const LONG_AGO_MS = -0x40000000

/**
 * May a segment without text be answered? Two confused peers would answer each other's ACKs for ever, so each
 * connection does it once in tcp_invalid_ratelimit (Linux's tcp_oow_rate_limited); what carries text is always answered.
 */
export const mayAnswer = (tcp: Tcp, asked: { answeredMs: number }, packet: Packet, skipped: number): boolean => {
  if (packet.end > packet.start) return true
  const now = tcp.nowMs()
  if ((now - asked.answeredMs) >>> 0 < tcp.config.invalidRatelimitMs) {
    tcp.telemetry.count(skipped)
    return false
  }
  asked.answeredMs = now
  return true
}

/** Tell the peer where we are, so that a RST or SYN of a real peer can be told from a guess. */
export const challenge = (tcb: Tcb, packet: Packet): void => {
  const { tcp } = tcb
  if (!mayAnswer(tcp, tcb, packet, Mib.TcpExtTCPACKSkippedChallenge)) return
  if (!tcp.challenges.allow(tcp)) {
    tcp.telemetry.note(Reason.TcpChallengeLimited, null, tcb)
    tcp.telemetry.count(Mib.TcpExtTCPACKSkippedChallenge)
    return
  }
  tcp.telemetry.count(Mib.TcpExtTCPChallengeACK)
  ackSoon(tcb)
}
