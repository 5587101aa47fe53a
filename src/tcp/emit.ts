/** One place that fills a segment's header, and the segments without text: ACK, RST. */
import type { Path } from '../ip/types.ts'
import { Fragment, type Packet, Protocol, TcpFlag, TcpOption } from '../wire/packet.ts'
import { Mib } from '../wire/telemetry.ts'
import { Bit } from './bits.ts'
import type { Tcb } from './tcb.ts'
import { clearTimer, TimerKind } from './timers.ts'
import { selectWindow } from './window.ts'

/** SACK blocks that fit beside timestamps, and without them. */
const blocksThatFit = (tcb: Tcb): number => ((tcb.bits & Bit.TIMESTAMPS) !== 0 ? 3 : 4)

/** Bytes that SACK blocks will take in the next segment. */
export const sackBytes = (tcb: Tcb): number => {
  const reassembly = tcb.reassembly
  if (reassembly === null || (tcb.bits & Bit.SACK) === 0) return 0
  const count = reassembly.blockCount(blocksThatFit(tcb))
  return count === 0 ? 0 : 4 + 8 * count
}

/** Fill in addresses and what goes with them. */
export const address = (tcb: Tcb, packet: Packet): void => {
  const settings = tcb.settings
  packet.src = tcb.localAddress as NonNullable<Tcb['localAddress']>
  packet.dst = tcb.remoteAddress as NonNullable<Tcb['remoteAddress']>
  packet.protocol = Protocol.TCP
  packet.ttl = settings.ttl >= 0 ? settings.ttl : tcb.tcp.ip.defaultTtl
  packet.tos = settings.tos
  packet.fragment = settings.mtuDiscover === 0 ? 0 : Fragment.DF
  packet.mark = settings.mark
  packet.srcPort = tcb.localPort
  packet.dstPort = tcb.remotePort
  packet.hint = tcb.peer
  packet.origin = tcb
}

/** A segment of a synchronized connection: window, timestamps, SACK; it acknowledges everything received. */
export const segment = (tcb: Tcb, seq: number, flags: number): Packet => {
  const packet = tcb.tcp.memory.packet()
  address(tcb, packet)
  packet.seq = seq
  packet.ack = tcb.rcvNxt
  packet.flags = flags
  packet.window = selectWindow(tcb)
  if ((tcb.bits & Bit.TIMESTAMPS) !== 0) {
    packet.optionBits = TcpOption.TIMESTAMPS
    packet.tsVal = (tcb.tcp.nowMs() + tcb.tsOffset) | 0
    packet.tsEcr = tcb.tsRecent
  }
  const reassembly = tcb.reassembly
  if (reassembly !== null && (tcb.bits & Bit.SACK) !== 0) {
    reassembly.write(packet, blocksThatFit(tcb))
    if (packet.sackCount > 0) packet.optionBits |= TcpOption.SACK
  }
  const urgent = tcb.urgent
  if (urgent?.isSending) urgent.mark(packet, seq)
  acknowledged(tcb)
  return packet
}

/** Whatever was to be acknowledged is, by the segment that leaves now. */
const acknowledged = (tcb: Tcb): void => {
  if ((tcb.bits & Bit.ACK_DELAYED) !== 0) clearTimer(tcb, TimerKind.DELAYED_ACK)
  if (tcb.quick > 0) {
    // Out of quick ACKs: start delaying, from the shortest interval (tcp_dec_quickack_mode).
    tcb.quick--
    if (tcb.quick === 0) tcb.ato = ATO_MIN
  }
  tcb.bits &= ~(Bit.ACK_NOW | Bit.ACK_DELAYED)
}

/** Shortest delay of an ACK, ms (Linux's TCP_ATO_MIN; well under the half second of MUST-40). */
export const ATO_MIN = 40

/** Hand a segment to IP. Zero or a negative errno. */
export const hand = (tcb: Tcb, packet: Packet): number => {
  const tcp = tcb.tcp
  tcb.segsOut = (tcb.segsOut + 1) | 0
  tcp.telemetry.count(Mib.TcpOutSegs)
  return tcp.ip.send(packet, tcb.path as Path)
}

/** An ACK now, with the duplicates that a sender without SACK counts. */
export const sendAck = (tcb: Tcb): void => {
  hand(tcb, segment(tcb, tcb.sndNxt, TcpFlag.ACK))
  const reassembly = tcb.reassembly
  if (reassembly === null) return
  if ((tcb.bits & Bit.SACK) === 0) {
    for (let owed = reassembly.owedAcks; owed > 1; owed--) hand(tcb, segment(tcb, tcb.sndNxt, TcpFlag.ACK))
  }
  reassembly.owedAcks = 0
  if (reassembly.isIdle) tcb.reassembly = null
}

/** RST of a connection that is given up (RFC 9293 3.10.5): SEQ = SND.NXT. */
export const sendReset = (tcb: Tcb, reason: number): void => {
  const packet = tcb.tcp.memory.packet()
  address(tcb, packet)
  packet.seq = tcb.sndNxt
  packet.ack = tcb.rcvNxt
  packet.flags = TcpFlag.RST | TcpFlag.ACK
  if ((tcb.bits & Bit.TIMESTAMPS) !== 0) {
    packet.optionBits = TcpOption.TIMESTAMPS
    packet.tsVal = (tcb.tcp.nowMs() + tcb.tsOffset) | 0
    packet.tsEcr = tcb.tsRecent
  }
  const telemetry = tcb.tcp.telemetry
  telemetry.note(reason, packet, tcb)
  telemetry.count(Mib.TcpOutRsts)
  hand(tcb, packet)
}

/** Note why data waits; once per wait would be better, but a counter is cheap. */
export const noteStall = (tcb: Tcb, reason: number): void => {
  tcb.tcp.telemetry.note(reason, null, tcb)
}
