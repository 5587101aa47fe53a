/**
 * Ethernet II (RFC 894), and whole frames: sizes, `Form.FULL` or `NETWORK` to bytes, and bytes to fields with every check.
 *
 * Short frames are not padded to 60 octets (no wire here needs it); padding that arrives is ignored.
 */

import { MAC_NONE } from './address.ts'
import { ARP_LENGTH, decodeArp, encodeArp } from './arp.ts'
import { copyBytes, get16, put16, put32 } from './bytes.ts'
import { decodeIpv4, encodeIpv4, ipv4HeaderLength } from './ipv4.ts'
import { decodeIpv6, encodeIpv6, ipv6HeaderLength } from './ipv6.ts'
import { readMac } from './known.ts'
import { EtherType, Form, type Packet } from './packet.ts'
import { Reason } from './reason.ts'
import { decodeTransport, encodeTransportHeader, transportHeaderLength } from './transport.ts'

/** Octets of the header; a link's MTU does not count them. */
export const ETHERNET_HEADER = 14
/** Smaller type fields are lengths of IEEE 802.3 frames. */
const LOWEST_TYPE = 0x0600
/** LLC and SNAP before the EtherType in an IEEE 802 frame (RFC 1042). */
const SNAP_HEADER = 8
/** Where `toFrame` puts a frame in its chunk, so that IP and everything after it lie on words. */
const ALIGN = 2

/** The packet's EtherType; where nobody has filled it, the addresses tell. */
const etherTypeOf = (p: Packet): number => {
  if (p.etherType !== 0) return p.etherType
  return p.src.family === 4 ? EtherType.IPV4 : EtherType.IPV6
}

/** Octets of the packet without its link header: what an MTU bounds. For IPv4 the total length. */
export const networkLength = (p: Packet): number => {
  const payload = p.end - p.start
  if (p.form === Form.FRAME) return payload - ETHERNET_HEADER
  const type = etherTypeOf(p)
  if (type === EtherType.IPV4) return ipv4HeaderLength(p) + transportHeaderLength(p) + payload
  if (type === EtherType.IPV6) return ipv6HeaderLength(p) + transportHeaderLength(p) + payload
  return type === EtherType.ARP ? ARP_LENGTH : payload
}

/** Octets of the frame. */
export const frameLength = (p: Packet): number =>
  p.form === Form.FRAME ? p.end - p.start : ETHERNET_HEADER + networkLength(p)

/** Headers from the network's on; returns where the payload goes. */
const encodeHeaders = (p: Packet, b: Uint8Array, at: number): number => {
  const type = etherTypeOf(p)
  if (type === EtherType.IPV4) return encodeTransportHeader(p, b, encodeIpv4(p, b, at, networkLength(p)))
  if (type === EtherType.IPV6) return encodeTransportHeader(p, b, encodeIpv6(p, b, at, networkLength(p)))
  return type === EtherType.ARP ? encodeArp(p, b, at) : at
}

/** The packet without its link header at `out[at]`, all checksums computed. Returns the index after it. */
export const encodeNetwork = (p: Packet, out: Uint8Array, at: number): number => {
  if (p.form === Form.FRAME) return copyBytes(p.buf, p.start + ETHERNET_HEADER, p.end, out, at)
  return copyBytes(p.buf, p.start, p.end, out, encodeHeaders(p, out, at))
}

/** Room for the headers of a packet that is quoted; longer ones (IPv6 extensions) get their own. */
const scratch = new Uint8Array(256)

/**
 * The first `limit` octets of the datagram at `out[at]`, as an ICMP error quotes it: headers unchanged (RFC 1122 3.2.2), with the
 * checksums that the whole datagram has. Returns the index after them.
 */
export const encodeQuote = (p: Packet, out: Uint8Array, at: number, limit: number): number => {
  const total = networkLength(p)
  if (total <= limit) return encodeNetwork(p, out, at)
  if (p.form === Form.FRAME) {
    const from = p.start + ETHERNET_HEADER
    return copyBytes(p.buf, from, from + limit, out, at)
  }
  const length = total - (p.end - p.start)
  const headers = length <= scratch.length ? scratch : new Uint8Array(length)
  encodeHeaders(p, headers, 0)
  if (limit <= length) return copyBytes(headers, 0, limit, out, at)
  return copyBytes(p.buf, p.start, p.start + limit - length, out, copyBytes(headers, 0, length, out, at))
}

/** The frame at `out[at]`, all checksums computed; a `FRAME` is copied. Returns the index after it. */
export const encodeFrame = (p: Packet, out: Uint8Array, at: number): number => {
  if (p.form === Form.FRAME) return copyBytes(p.buf, p.start, p.end, out, at)
  put16(out, at, p.dstMac.high)
  put32(out, at + 2, p.dstMac.low)
  put16(out, at + 6, p.srcMac.high)
  put32(out, at + 8, p.srcMac.low)
  put16(out, at + 12, etherTypeOf(p))
  return encodeNetwork(p, out, at + ETHERNET_HEADER)
}

/** To `Form.FRAME` in place, in a chunk of the packet's memory. The header fields mean nothing afterwards. */
export const toFrame = (p: Packet): void => {
  if (p.form === Form.FRAME) return
  const length = frameLength(p)
  const chunk = p.memory.chunk(ALIGN + length)
  encodeFrame(p, chunk.bytes, ALIGN)
  const before = p.chunk
  p.setPayload(chunk, ALIGN, ALIGN + length)
  chunk.release()
  if (before !== null) before.release()
  p.form = Form.FRAME
}

/** What a record's earlier life may have left in fields that this frame's protocol does not use. */
const forget = (p: Packet): void => {
  p.ipOptions = null
  p.flowLabel = 0
  p.fragment = 0
  p.ipId = 0
  p.protocol = 0
  p.ttl = 0
  p.tos = 0
  p.srcPort = 0
  p.dstPort = 0
  p.seq = 0
  p.ack = 0
  p.flags = 0
  p.window = 0
  p.urgent = 0
  p.optionBits = 0
  p.mss = 0
  p.wscale = 0
  p.tsVal = 0
  p.tsEcr = 0
  p.sackCount = 0
  p.otherOptions = null
  p.icmpType = 0
  p.icmpCode = 0
  p.icmpRest = 0
  p.arpSource = MAC_NONE
  p.arpTarget = MAC_NONE
  p.noChecksum = false
}

const decodeNetworkLayer = (p: Packet, type: number): Reason | -1 => {
  if (type === EtherType.IPV4) return decodeIpv4(p)
  if (type === EtherType.IPV6) return decodeIpv6(p)
  return type === EtherType.ARP ? decodeArp(p) : Reason.UnknownEtherType
}

/** Where the EtherType lies in `buf`: after the addresses, or after LLC and SNAP (RFC 1122 2.3.3 asks to receive both). */
const findEtherType = (b: Uint8Array, at: number, end: number): number => {
  const type = get16(b, at + 12)
  const isSnap =
    type < LOWEST_TYPE &&
    end - at >= ETHERNET_HEADER + SNAP_HEADER &&
    get16(b, at + 14) === 0xaaaa &&
    get16(b, at + 16) === 0x0300 &&
    get16(b, at + 18) === 0
  return isSnap ? at + 12 + SNAP_HEADER : at + 12
}

/**
 * Link and network headers of a `FRAME`, in place: `NETWORK`, or `FULL` for ARP. Returns -1, or the reason to drop it; the packet
 * is then still the `FRAME` it was.
 */
export const decodeNetwork = (p: Packet): Reason | -1 => {
  const b = p.buf
  const at = p.start
  const end = p.end
  if (end - at < ETHERNET_HEADER) return Reason.FrameTooShort
  forget(p)
  p.dstMac = readMac(b, at)
  p.srcMac = readMac(b, at + 6)
  const typeAt = findEtherType(b, at, end)
  const type = get16(b, typeAt)
  p.etherType = type
  p.start = typeAt + 2
  const reason = decodeNetworkLayer(p, type)
  if (reason >= 0) restore(p, at, end)
  return reason
}

/**
 * All headers of a `FRAME`, in place, with every check of the RFCs. Returns -1, or the reason to drop it; the packet is then
 * still the `FRAME` it was. A fragment or an unknown protocol ends as `NETWORK`. The payload stays where it is in its chunk.
 */
export const decodeFrame = (p: Packet): Reason | -1 => {
  const at = p.start
  const end = p.end
  let reason = decodeNetwork(p)
  if (reason >= 0) return reason
  reason = decodeTransport(p)
  if (reason >= 0) restore(p, at, end)
  return reason
}

const restore = (p: Packet, start: number, end: number): void => {
  p.form = Form.FRAME
  p.start = start
  p.end = end
}
