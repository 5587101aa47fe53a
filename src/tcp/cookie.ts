/**
 * SYN cookies (RFC 4987 3.6): when the half-open queue is full a connection is answered without being remembered. All that is
 * kept is in our ISN: a time, the peer's MSS to the nearest of eight, and a keyed hash over both and the four-tuple.
 *
 * What the ISN has no room for (scaling, SACK, timestamps) is not negotiated.
 */
import type { Path } from '../ip/types.ts'
import { SECOND } from '../time/scheduler.ts'
import { Fragment, type Packet, Protocol, TcpFlag, TcpOption } from '../wire/packet.ts'
import { Mib } from '../wire/telemetry.ts'
import { announcedMss, peerMss } from './handshake-options.ts'
import type { Tcb } from './tcb.ts'
import type { Tcp } from './tcp.ts'
import { initialWindow, MAX_WINDOW } from './window.ts'

/** A cookie is good for this and the following period. */
const PERIOD = 64 * SECOND
/** Low first; the largest that does not exceed the peer's. */
const SIZES = [48, 536, 1024, 1220, 1360, 1440, 1460, 8940] as const

const sizeIndex = (mss: number): number => {
  let index = 0
  while (index < SIZES.length - 1 && (SIZES[index + 1] as number) <= mss) index++
  return index
}

const period = (tcp: Tcp): number => Math.floor(tcp.clock.now / PERIOD)

/** 24 bits that only this host can make of a SYN. */
const digest = (tcp: Tcp, packet: Packet, irs: number, count: number, index: number): number => {
  const { hash } = tcp
  const tuple = hash.tuple(packet.dst, packet.dstPort, packet.src, packet.srcPort, (count << 3) | index)
  return (hash.tuple(packet.dst, packet.dstPort, packet.src, packet.srcPort, tuple ^ irs) >>> 8) & 0xffffff
}

/** Answer a SYN and forget it. */
export const sendCookie = (listener: Tcb, packet: Packet, path: Path): void => {
  const { tcp, settings } = listener
  const count = period(tcp)
  const index = sizeIndex(peerMss(tcp.config, packet, settings.maxSegment))
  const answer = tcp.memory.packet()
  answer.src = packet.dst
  answer.dst = packet.src
  answer.protocol = Protocol.TCP
  answer.ttl = settings.ttl >= 0 ? settings.ttl : tcp.ip.defaultTtl
  answer.tos = settings.tos
  answer.fragment = Fragment.DF
  answer.srcPort = packet.dstPort
  answer.dstPort = packet.srcPort
  answer.hint = packet.origin
  answer.seq = ((count & 31) << 27) | (index << 24) | digest(tcp, packet, packet.seq, count, index)
  answer.ack = (packet.seq + 1) | 0
  answer.flags = TcpFlag.SYN | TcpFlag.ACK
  const mss = announcedMss(path, settings.maxSegment)
  answer.window = Math.min(initialWindow(listener.rcvBuf, settings, mss), MAX_WINDOW)
  answer.optionBits = TcpOption.MSS
  answer.mss = mss
  tcp.telemetry.count(Mib.TcpExtSyncookiesSent)
  tcp.telemetry.count(Mib.TcpOutSegs)
  tcp.ip.send(answer, path)
}

/** The MSS in the cookie that `packet` acknowledges; 0 when it is none of ours or too old. */
export const checkCookie = (tcp: Tcp, packet: Packet): number => {
  const cookie = (packet.ack - 1) | 0
  const now = period(tcp)
  const age = (now - (cookie >>> 27)) & 31
  if (age > 1) return 0
  const index = (cookie >>> 24) & 7
  if (digest(tcp, packet, (packet.seq - 1) | 0, now - age, index) !== (cookie & 0xffffff)) return 0
  return SIZES[index] as number
}
