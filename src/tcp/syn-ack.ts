/** SYN,ACK of a half-open connection, and what happens when nobody answers it. */
import { MS } from '../time/scheduler.ts'
import { Fragment, Protocol, TcpFlag, TcpOption } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import { Bit } from './bits.ts'
import type { HalfOpen } from './half-open.ts'
import { announcedMss } from './handshake-options.ts'
import { listenQueue } from './listen-queue.ts'
import { MAX_WINDOW } from './window.ts'

/** A segment of a half-open connection: SYN,ACK, or an ACK that repeats what is known. */
export const sendFromHalfOpen = (halfOpen: HalfOpen, flags: number): void => {
  const { tcp, listener, path } = halfOpen
  const settings = listener.settings
  const packet = tcp.memory.packet()
  packet.src = halfOpen.localAddress
  packet.dst = halfOpen.remoteAddress
  packet.protocol = Protocol.TCP
  packet.ttl = settings.ttl >= 0 ? settings.ttl : tcp.ip.defaultTtl
  packet.tos = settings.tos
  packet.fragment = settings.mtuDiscover === 0 ? 0 : Fragment.DF
  packet.mark = settings.mark
  packet.srcPort = halfOpen.localPort
  packet.dstPort = halfOpen.remotePort
  packet.hint = halfOpen.peer
  packet.origin = halfOpen
  const isSyn = (flags & TcpFlag.SYN) !== 0
  packet.seq = isSyn ? halfOpen.iss : (halfOpen.iss + 1) | 0
  packet.ack = (halfOpen.irs + 1) | 0
  packet.flags = flags
  // Windows of SYNs are not scaled (RFC 7323 2.2).
  packet.window = Math.min(halfOpen.rcvWnd >> (isSyn ? 0 : halfOpen.scales & 15), MAX_WINDOW)
  if (isSyn) {
    packet.optionBits |= TcpOption.MSS
    packet.mss = announcedMss(path, settings.maxSegment)
    if ((halfOpen.offered & Bit.SACK) !== 0) packet.optionBits |= TcpOption.SACK_PERMITTED
    if ((halfOpen.offered & Bit.WSCALE) !== 0) {
      packet.optionBits |= TcpOption.WSCALE
      packet.wscale = halfOpen.scales & 15
    }
  }
  if ((halfOpen.offered & Bit.TIMESTAMPS) !== 0) {
    packet.optionBits |= TcpOption.TIMESTAMPS
    packet.tsVal = (tcp.nowMs() + halfOpen.tsOffset) | 0
    packet.tsEcr = halfOpen.tsRecent
  }
  tcp.telemetry.count(Mib.TcpOutSegs)
  tcp.ip.send(packet, path)
}

/**
 * Time-out of the n-th SYN,ACK: doubling from a second (tcp_timeout_init). The first one is waited for by the listener's
 * queue, for all its half-open connections in turn: most are answered long before.
 */
export const armSynAck = (halfOpen: HalfOpen): void => {
  const { clock, config } = halfOpen.tcp
  let rto = config.rtoInitialUs / 1000
  for (let i = halfOpen.retransmits; i > 0 && rto < config.rtoMaxMs; i--) rto *= 2
  rto = Math.min(rto, config.rtoMaxMs)
  const at = clock.now + rto * MS
  halfOpen.dueMs = Math.ceil(at / MS)
  if (halfOpen.retransmits === 0) listenQueue(halfOpen.listener).await(halfOpen)
  else clock.arm(halfOpen, at)
}

/** Nobody acknowledged our SYN (MUST-22 for a passive open; tcp_synack_retries). */
export const synAckTimeout = (halfOpen: HalfOpen): void => {
  const { tcp, listener } = halfOpen
  const deferAccept = listener.settings.deferAccept
  const limit = Math.max(listener.settings.synCount || tcp.config.synackRetries, deferAccept)
  if (halfOpen.retransmits >= limit) {
    tcp.telemetry.note(Reason.TcpEndTimeout, null, halfOpen)
    tcp.telemetry.count(Mib.TcpAttemptFails)
    halfOpen.drop()
    return
  }
  halfOpen.retransmits++
  // Whose last ACK is only held back for TCP_DEFER_ACCEPT is not asked again until the last time (syn_ack_recalc).
  const silent = halfOpen.acknowledged && deferAccept > 0 && halfOpen.retransmits < deferAccept
  if (!silent) {
    tcp.telemetry.note(Reason.TcpRetransmitSynAck, null, halfOpen)
    tcp.telemetry.count(Mib.TcpRetransSegs)
    sendFromHalfOpen(halfOpen, TcpFlag.SYN | TcpFlag.ACK)
  }
  armSynAck(halfOpen)
}
