/**
 * SYN-RECEIVED after a passive open (RFC 9293 3.10.7.4 where it names that state; Linux's tcp_check_req): the last ACK
 * makes a socket of it, a RST or SYN sends it back to LISTEN.
 */
import { type Packet, TcpFlag, TcpOption } from '../../wire/packet.ts'
import { Reason } from '../../wire/reason.ts'
import { Mib } from '../../wire/telemetry.ts'
import { Bit } from '../bits.ts'
import { mayAnswer } from '../challenge.ts'
import type { HalfOpen } from '../half-open.ts'
import { listenQueue } from '../listen-queue.ts'
import { ready } from '../notify.ts'
import { replyReset, segmentLength } from '../reply.ts'
import { sampleRtt } from '../rto.ts'
import { sendFromHalfOpen } from '../syn-ack.ts'
import type { Tcb } from '../tcb.ts'
import { Poll, TcpState } from '../types.ts'

export const halfOpenSegment = (halfOpen: HalfOpen, packet: Packet): void => {
  const { tcp } = halfOpen
  const { telemetry } = tcp
  const { flags } = packet
  const length = segmentLength(packet)
  const rcvNxt = (halfOpen.irs + 1) | 0
  if ((flags & (TcpFlag.SYN | TcpFlag.ACK | TcpFlag.RST)) === TcpFlag.SYN && packet.seq === halfOpen.irs) {
    // The SYN again: our answer was lost.
    telemetry.count(Mib.TcpRetransSegs)
    telemetry.note(Reason.TcpRetransmitSynAck, null, halfOpen)
    sendFromHalfOpen(halfOpen, TcpFlag.SYN | TcpFlag.ACK)
    telemetry.drop(packet, Reason.TcpOldDuplicate, halfOpen)
    return
  }
  if (!isAcceptable(packet.seq, length, rcvNxt, halfOpen.rcvWnd) || isTooOld(halfOpen, packet)) {
    if ((flags & TcpFlag.RST) === 0 && mayAnswer(tcp, halfOpen, packet, Mib.TcpExtTCPACKSkippedSynRecv))
      sendFromHalfOpen(halfOpen, TcpFlag.ACK)
    telemetry.drop(packet, flags & TcpFlag.RST ? Reason.TcpRstOutOfWindow : Reason.TcpOutOfWindow, halfOpen)
    return
  }
  if ((flags & TcpFlag.RST) !== 0) {
    resetArrives(halfOpen, packet, packet.seq === rcvNxt)
    return
  }
  if ((flags & TcpFlag.SYN) !== 0) {
    // Fourth check: a SYN in the window of a passive open returns it to LISTEN; Linux tells the peer.
    telemetry.count(Mib.TcpExtEmbryonicRsts)
    replyReset(tcp, packet, Reason.TcpResetBadAck)
    backToListen(halfOpen, packet, Reason.TcpEndReset)
    return
  }
  if ((flags & TcpFlag.ACK) === 0) {
    telemetry.drop(packet, Reason.TcpNoAck, halfOpen)
    return
  }
  if (packet.ack !== ((halfOpen.iss + 1) | 0)) {
    replyReset(tcp, packet, Reason.TcpResetBadAck)
    telemetry.drop(packet, Reason.TcpBadAckInHandshake, halfOpen)
    return
  }
  complete(halfOpen, packet)
}

/** The four cases of the first check. */
const isAcceptable = (seq: number, length: number, rcvNxt: number, window: number): boolean => {
  const ahead = (seq - rcvNxt) | 0
  if (length === 0) return ahead === 0 || (ahead > 0 && ahead < window)
  const end = (ahead + length - 1) | 0
  return (ahead >= 0 && ahead < window) || (end >= 0 && end < window)
}

const isTooOld = (halfOpen: HalfOpen, packet: Packet): boolean =>
  (halfOpen.offered & Bit.TIMESTAMPS) !== 0 &&
  (packet.optionBits & TcpOption.TIMESTAMPS) !== 0 &&
  (packet.flags & TcpFlag.RST) === 0 &&
  ((packet.tsVal - halfOpen.tsRecent) | 0) < 0

/** Second check, with RFC 5961's exact match. */
const resetArrives = (halfOpen: HalfOpen, packet: Packet, exact: boolean): void => {
  const { tcp } = halfOpen
  if (exact) {
    tcp.telemetry.count(Mib.TcpExtEmbryonicRsts)
    backToListen(halfOpen, packet, Reason.TcpEndReset)
    return
  }
  if (tcp.challenges.allow(tcp)) {
    tcp.telemetry.count(Mib.TcpExtTCPChallengeACK)
    sendFromHalfOpen(halfOpen, TcpFlag.ACK)
  }
  tcp.telemetry.drop(packet, Reason.TcpRstChallenged, halfOpen)
}

const backToListen = (halfOpen: HalfOpen, packet: Packet, reason: number): void => {
  const { telemetry } = halfOpen.tcp
  telemetry.count(Mib.TcpAttemptFails)
  halfOpen.drop()
  telemetry.note(reason, packet, halfOpen)
  packet.free()
}

/** The last ACK: make the socket, unless the listener wants data first or has no room. */
const complete = (halfOpen: HalfOpen, packet: Packet): void => {
  const { tcp, listener } = halfOpen
  const { telemetry } = tcp
  const queue = listenQueue(listener)
  const bare = packet.end === packet.start && (packet.flags & TcpFlag.FIN) === 0
  if (bare && halfOpen.retransmits < listener.settings.deferAccept) {
    halfOpen.acknowledged = true
    telemetry.drop(packet, Reason.TcpAcceptDeferred, halfOpen)
    return
  }
  if (queue.isFull) {
    telemetry.count(Mib.TcpExtListenOverflows)
    telemetry.count(Mib.TcpExtListenDrops)
    halfOpen.acknowledged = true
    if (tcp.config.abortOnOverflow !== 0) {
      replyReset(tcp, packet, Reason.TcpResetAcceptOverflow)
      halfOpen.drop()
    }
    telemetry.drop(packet, Reason.TcpAcceptQueueFull, halfOpen)
    return
  }
  telemetry.count(Mib.TcpPassiveOpens)
  const child = tcp.childOf(halfOpen)
  become(child, halfOpen)
  tcp.clock.disarm(halfOpen)
  tcp.unregister(halfOpen)
  queue.remove(halfOpen)
  halfOpen.peer = null
  queue.push(child)
  child.segment(packet)
  ready(listener, Poll.IN)
}

/** Give the child all that the half-open connection knows. */
const become = (child: Tcb, halfOpen: HalfOpen): void => {
  child.state = TcpState.SYN_RECEIVED
  child.bits |= halfOpen.offered
  child.iss = halfOpen.iss
  child.sndUna = halfOpen.iss
  child.sndNxt = (halfOpen.iss + 1) | 0
  child.irs = halfOpen.irs
  child.rcvNxt = (halfOpen.irs + 1) | 0
  child.rcvWup = child.rcvNxt
  child.rcvWnd = halfOpen.rcvWnd
  child.rcvAdv = (child.rcvNxt + halfOpen.rcvWnd) | 0
  child.rcvSsthresh = halfOpen.rcvWnd
  child.sndWl1 = halfOpen.irs
  child.sndWl2 = child.sndUna
  child.sndWnd = halfOpen.sndWnd
  child.scales = halfOpen.scales
  child.mssClamp = halfOpen.mss
  child.mss = halfOpen.mss
  child.rcvMss = Math.max(88, Math.min(halfOpen.mss, 536, halfOpen.rcvWnd >> 1))
  child.tsRecent = halfOpen.tsRecent
  child.tsOffset = halfOpen.tsOffset
  child.tsRecentMs = child.tcp.nowMs()
  child.peer = halfOpen.peer
  child.retries = halfOpen.retransmits
  // The last ACK came just now: a sample, unless our SYN was sent again (Karn).
  if (halfOpen.retransmits > 0) child.bits |= Bit.SYN_RETRANSMITTED
  else sampleRtt(child, (child.tcp.nowUs() - halfOpen.sentUs) >>> 0)
}
