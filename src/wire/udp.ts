/** UDP (RFC 768, RFC 8200 8.1). */
import { get16, put16 } from './bytes.ts'
import { finish, pseudoHeader, sum, sumPayload } from './checksum.ts'
import { Form, type Packet, Protocol } from './packet.ts'
import { Reason } from './reason.ts'

export const UDP_HEADER = 8

export const encodeUdp = (p: Packet, b: Uint8Array, at: number): number => {
  const length = UDP_HEADER + p.end - p.start
  put16(b, at, p.srcPort)
  put16(b, at + 2, p.dstPort)
  put16(b, at + 4, length)
  put16(b, at + 6, 0)
  // Only IPv4 knows datagrams without a checksum (RFC 8200 8.1).
  if (!p.noChecksum || p.src.family === 6) {
    const s = sum(b, at, at + UDP_HEADER, pseudoHeader(p.src, p.dst, Protocol.UDP, length))
    // A computed zero goes out as all ones, since zero means none (RFC 768).
    put16(b, at + 6, finish(sumPayload(p, p.start, p.end, s)) || 0xffff)
  }
  return at + UDP_HEADER
}

/** From `buf[start, end)`. What IP carries beyond UDP's length is not part of the datagram. */
export const decodeUdp = (p: Packet, verify: boolean): Reason | -1 => {
  const b = p.buf
  const at = p.start
  if (p.end - at < UDP_HEADER) return Reason.UdpHeaderError
  const length = get16(b, at + 4)
  if (length < UDP_HEADER || length > p.end - at) return Reason.UdpHeaderError
  const end = at + length
  const none = get16(b, at + 6) === 0
  if (none && verify && p.src.family === 6) return Reason.UdpChecksum
  if (!none && verify) {
    const s = sumPayload(p, at, end, pseudoHeader(p.src, p.dst, Protocol.UDP, length))
    if (s !== 0xffff) return Reason.UdpChecksum
  }
  p.srcPort = get16(b, at)
  p.dstPort = get16(b, at + 2)
  p.noChecksum = none
  p.form = Form.FULL
  p.start = at + UDP_HEADER
  p.end = end
  return -1
}
