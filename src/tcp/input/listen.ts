/** RFC 9293 3.10.7.2, LISTEN. */
import { type Packet, TcpFlag, TcpOption } from '../../wire/packet.ts'
import { Reason } from '../../wire/reason.ts'
import { Mib } from '../../wire/telemetry.ts'
import { Bit } from '../bits.ts'
import type { TcpConfig } from '../config.ts'
import { checkCookie, sendCookie } from '../cookie.ts'
import { HalfOpen } from '../half-open.ts'
import { announcedMss, peerMss, TIMESTAMP_BYTES } from '../handshake-options.ts'
import { initialSequence } from '../isn.ts'
import { type ListenQueue, listenQueue } from '../listen-queue.ts'
import { replyReset } from '../reply.ts'
import { stateName } from '../states.ts'
import { armSynAck, sendFromHalfOpen } from '../syn-ack.ts'
import type { Tcb } from '../tcb.ts'
import { TcpState } from '../types.ts'
import { chooseShift, initialWindow, MAX_SHIFT } from '../window.ts'

/** Twice a cookie's period. */
const COOKIE_LIFE_MS = 128_000

export const listenSegment = (listener: Tcb, packet: Packet): void => {
  const { tcp } = listener
  const flags = packet.flags
  // First RST, second ACK, third SYN.
  if ((flags & TcpFlag.RST) !== 0) {
    tcp.telemetry.drop(packet, Reason.TcpListenRst, listener)
    return
  }
  if ((flags & TcpFlag.ACK) !== 0) {
    if ((flags & TcpFlag.SYN) === 0 && openFromCookie(listener, packet)) return
    replyReset(tcp, packet, Reason.TcpResetListenAck)
    tcp.telemetry.drop(packet, Reason.TcpListenNoSyn, listener)
    return
  }
  if ((flags & TcpFlag.SYN) === 0 || (flags & TcpFlag.FIN) !== 0) {
    tcp.telemetry.drop(packet, Reason.TcpListenNoSyn, listener)
    return
  }
  open(listener, packet, 0, false)
}

/** A SYN that took over TIME-WAIT (RFC 6191): our ISN is not below `floor`. */
export const openFromTimeWait = (listener: Tcb, packet: Packet, floor: number): void =>
  open(listener, packet, floor, true)

/** Is there room for one more? Null, or the reason why not. */
const refusal = (queue: ListenQueue, isLocal: boolean, config: TcpConfig): number => {
  if (queue.isFull) return Reason.TcpAcceptQueueFull
  // On this very host Linux completes a handshake before the next SYN comes, so what is half open here counts as there.
  if (isLocal) return queue.length + queue.halfOpen > queue.backlog ? Reason.TcpAcceptQueueFull : -1
  // Without cookies the last quarter of tcp_max_syn_backlog is kept for proven peers: here, nobody.
  const most = config.syncookies === 0 ? config.maxSynBacklog - (config.maxSynBacklog >> 2) : Infinity
  return queue.halfOpen >= Math.min(most, Math.max(1, queue.backlog)) ? Reason.TcpSynQueueFull : -1
}

const open = (listener: Tcb, packet: Packet, floor: number, hasFloor: boolean): void => {
  const { tcp } = listener
  const queue = listenQueue(listener)
  const path = tcp.ip.path(packet.src, { local: packet.dst })
  if (typeof path === 'number') {
    tcp.telemetry.drop(packet, Reason.IpNoRoute, listener)
    return
  }
  const reason = refusal(queue, path.isLocal, tcp.config)
  if (tcp.config.syncookies === 2 || (reason === Reason.TcpSynQueueFull && tcp.config.syncookies === 1)) {
    queue.overflowMs = tcp.nowMs()
    queue.hasOverflowed = true
    tcp.telemetry.count(Mib.TcpExtTCPReqQFullDoCookies)
    sendCookie(listener, packet, path)
    tcp.telemetry.drop(packet, Reason.TcpSynCookie, listener)
    return
  }
  if (reason >= 0) {
    tcp.telemetry.count(reason === Reason.TcpAcceptQueueFull ? Mib.TcpExtListenOverflows : Mib.TcpExtTCPReqQFullDrop)
    tcp.telemetry.count(Mib.TcpExtListenDrops)
    tcp.telemetry.drop(packet, reason, listener)
    return
  }
  const halfOpen = new HalfOpen(listener, packet, path)
  halfOpen.iss = hasFloor ? floor : initialSequence(tcp, packet.dst, packet.dstPort, packet.src, packet.srcPort)
  readSyn(halfOpen, packet)
  if (!tcp.addFlow(halfOpen))
    throw new Error('invariant: a segment reaches a listener only when no flow has its five-tuple')
  queue.add(halfOpen)
  tcp.register(halfOpen)
  halfOpen.sentUs = tcp.nowUs()
  if (tcp.telemetry.observer === null) tcp.telemetry.note(Reason.TcpSegment)
  else
    tcp.telemetry.note(
      Reason.TcpSegment,
      packet,
      halfOpen,
      `${stateName(TcpState.LISTEN)} -> ${stateName(TcpState.SYN_RECEIVED)}`,
    )
  packet.free()
  armSynAck(halfOpen)
  sendFromHalfOpen(halfOpen, TcpFlag.SYN | TcpFlag.ACK)
}

/** Does this ACK answer a cookie? Only asked for a while after one was sent. */
const openFromCookie = (listener: Tcb, packet: Packet): boolean => {
  const { tcp } = listener
  const queue = listenQueue(listener)
  if (!queue.hasOverflowed || (tcp.nowMs() - queue.overflowMs) >>> 0 > COOKIE_LIFE_MS) return false
  const mss = checkCookie(tcp, packet)
  const path = mss === 0 ? -1 : tcp.ip.path(packet.src, { local: packet.dst })
  if (typeof path === 'number') {
    tcp.telemetry.count(Mib.TcpExtSyncookiesFailed)
    return false
  }
  tcp.telemetry.count(Mib.TcpExtSyncookiesRecv)
  const halfOpen = new HalfOpen(listener, packet, path)
  halfOpen.iss = (packet.ack - 1) | 0
  halfOpen.irs = (packet.seq - 1) | 0
  halfOpen.peer = packet.origin
  halfOpen.mss = mss
  halfOpen.rcvWnd = initialWindow(listener.rcvBuf, listener.settings, announcedMss(path, listener.settings.maxSegment))
  halfOpen.sentUs = tcp.nowUs()
  tcp.addFlow(halfOpen)
  queue.add(halfOpen)
  tcp.register(halfOpen)
  armSynAck(halfOpen)
  halfOpen.segment(packet)
  return true
}

/** What the SYN says, within what this host wants. */
const readSyn = (halfOpen: HalfOpen, packet: Packet): void => {
  const { tcp, listener } = halfOpen
  const { config } = tcp
  const { settings } = listener
  const bits = packet.optionBits
  halfOpen.irs = packet.seq
  halfOpen.peer = packet.origin
  halfOpen.sndWnd = packet.window
  halfOpen.mss = peerMss(config, packet, settings.maxSegment)
  if (config.sack !== 0 && (bits & TcpOption.SACK_PERMITTED) !== 0) halfOpen.offered |= Bit.SACK
  if (config.timestamps !== 0 && (bits & TcpOption.TIMESTAMPS) !== 0) {
    halfOpen.offered |= Bit.TIMESTAMPS
    halfOpen.tsRecent = packet.tsVal
    halfOpen.tsOffset = tcp.timestampOffsets.of(packet.dst, packet.src)
  }
  let shifts = 0
  if (config.windowScaling !== 0 && (bits & TcpOption.WSCALE) !== 0) {
    halfOpen.offered |= Bit.WSCALE
    // RFC 7323 2.3: a shift above 14 is taken as 14.
    shifts = (Math.min(packet.wscale, MAX_SHIFT) << 4) | chooseShift(config, settings)
  }
  halfOpen.scales = shifts
  // Whole segments of what the peer will send, so without the options in each (tcp_openreq_init_rwin).
  const mss = announcedMss(halfOpen.path, settings.maxSegment)
  const options = (halfOpen.offered & Bit.TIMESTAMPS) !== 0 ? TIMESTAMP_BYTES : 0
  halfOpen.rcvWnd = initialWindow(listener.rcvBuf, settings, mss - options)
}
