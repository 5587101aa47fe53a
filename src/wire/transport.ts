/** The transport part of a packet, whatever its protocol: sizes, header, and the step between `Form.NETWORK` and `Form.FULL`. */
import { copyBytes } from './bytes.ts'
import { decodeIcmp, encodeIcmp, ICMP_HEADER } from './icmp.ts'
import { decodeExtensions } from './ipv6.ts'
import { Form, Fragment, type Packet, Protocol } from './packet.ts'
import type { Reason } from './reason.ts'
import { decodeTcp, encodeTcp, tcpHeaderLength } from './tcp.ts'
import { decodeUdp, encodeUdp, UDP_HEADER } from './udp.ts'

/** Whether the packet's protocol is one of those with a codec; ICMP belongs to IPv4 alone, ICMPv6 to IPv6. */
export const isKnownTransport = (p: Packet): boolean => {
  const protocol = p.protocol
  if (protocol === Protocol.TCP || protocol === Protocol.UDP) return true
  return protocol === (p.src.family === 4 ? Protocol.ICMP : Protocol.ICMPV6)
}

/** Octets of the transport header. Zero unless the packet is `FULL`: then the header is part of the payload. */
export const transportHeaderLength = (p: Packet): number => {
  if (p.form !== Form.FULL) return 0
  if (p.protocol === Protocol.TCP) return tcpHeaderLength(p)
  if (p.protocol === Protocol.UDP) return UDP_HEADER
  return isKnownTransport(p) ? ICMP_HEADER : 0
}

/** Write the transport header of a `FULL` packet, checksum included; returns where the payload goes. */
export const encodeTransportHeader = (p: Packet, b: Uint8Array, at: number): number => {
  if (p.form !== Form.FULL) return at
  if (p.protocol === Protocol.TCP) return encodeTcp(p, b, at)
  if (p.protocol === Protocol.UDP) return encodeUdp(p, b, at)
  return isKnownTransport(p) ? encodeIcmp(p, b, at) : at
}

/** `FULL` to `NETWORK` in place, as before fragmentation: the payload becomes header and payload, in a chunk of its own. */
export const encodeTransport = (p: Packet): void => {
  if (p.form !== Form.FULL) return
  const length = transportHeaderLength(p) + p.end - p.start
  const chunk = p.memory.chunk(length)
  const at = encodeTransportHeader(p, chunk.bytes, 0)
  copyBytes(p.buf, p.start, p.end, chunk.bytes, at)
  const before = p.chunk
  p.setPayload(chunk, 0, length)
  chunk.release()
  if (before !== null) before.release()
  p.form = Form.NETWORK
}

/**
 * `NETWORK` to `FULL` in place, as after reassembly. A fragment and an unknown protocol stay as they are (-1); so does a packet
 * that is refused. `verify: false` reads past checksums, for showing a damaged packet.
 */
export const decodeTransport = (p: Packet, verify = true): Reason | -1 => {
  if (p.form !== Form.NETWORK || (p.fragment & (Fragment.MF | Fragment.OFFSET)) !== 0) return -1
  if (p.src.family === 6) {
    const reason = decodeExtensions(p, false)
    if (reason >= 0) return reason
  }
  if (p.protocol === Protocol.TCP) return decodeTcp(p, verify)
  if (p.protocol === Protocol.UDP) return decodeUdp(p, verify)
  return isKnownTransport(p) ? decodeIcmp(p, verify) : -1
}
