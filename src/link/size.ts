/** Sizes of frames: what a link carries in one piece. */
import { get16 } from '../wire/bytes.ts'
import { ETHERNET_HEADER, frameLength } from '../wire/ethernet.ts'
import { EtherType, Form, type Packet, Protocol } from '../wire/packet.ts'

/** TCP payload that fits an IPv4 packet of 65,535 bytes with the longest IP and TCP headers (60 bytes each). */
export const LARGE_SEGMENT = 65_415

/** Most headers of a FULL packet without IP options and extension headers: 40 of IPv6, 8 of a fragment, 60 of TCP. */
const HEADERS = 108

const isTcpFrame = (b: Uint8Array, at: number): boolean => {
  const type = get16(b, at + 12)
  if (type === EtherType.IPV4) return b[at + 23] === Protocol.TCP
  return type === EtherType.IPV6 && b[at + 20] === Protocol.TCP
}

/** Whether a packet larger than the MTU is one that an offloading link carries in one piece: a TCP segment. */
export const isLargeSegment = (packet: Packet, largeSegment: number): boolean => {
  if (largeSegment === 0) return false
  const payload = packet.end - packet.start
  if (packet.form === Form.FULL) return packet.protocol === Protocol.TCP && payload <= largeSegment
  return (
    packet.form === Form.FRAME &&
    payload <= ETHERNET_HEADER + HEADERS + largeSegment &&
    isTcpFrame(packet.buf, packet.start)
  )
}

/** Whether a link takes the frame. Most packets are short of the MTU by more than any header: no length is computed. */
export const fits = (frame: Packet, mtu: number, largeSegment: number): boolean =>
  (frame.form === Form.FULL && frame.ipOptions === null && frame.end - frame.start + HEADERS <= mtu) ||
  isLargeSegment(frame, largeSegment) ||
  frameLength(frame) - ETHERNET_HEADER <= mtu

/** Octets of headers, Ethernet's included, before the TCP payload of a large segment. */
const segmentHeaders = (frame: Packet, length: number): number => {
  if (frame.form === Form.FULL) return length - (frame.end - frame.start)
  const b = frame.buf
  const ip = frame.start + ETHERNET_HEADER
  const network = (b[ip] as number) >>> 4 === 4 ? ((b[ip] as number) & 15) * 4 : 40
  return ETHERNET_HEADER + network + ((b[ip + network + 12] as number) >>> 4) * 4
}

/** How many frames of the link's MTU a frame stands for: one, unless it is a large segment. */
export const frameCount = (frame: Packet, mtu: number): number => {
  const length = frameLength(frame)
  if (length - ETHERNET_HEADER <= mtu) return 1
  const headers = segmentHeaders(frame, length)
  return Math.ceil((length - headers) / (mtu + ETHERNET_HEADER - headers))
}

/**
 * Octets that a frame takes on a link of a given rate, without preamble and check sequence (as tc(8) counts). A large
 * segment takes what the full-sized frames take that it stands for, each with its headers. A connection whose segments
 * are smaller than the link's MTU allows would send more headers: the link cannot see that, and it must not matter
 * whether a packet is a record or bytes.
 */
export const linkSize = (frame: Packet, mtu: number): number => {
  const length = frameLength(frame)
  if (length - ETHERNET_HEADER <= mtu) return length
  return length + (frameCount(frame, mtu) - 1) * segmentHeaders(frame, length)
}
