/**
 * The IPv6 header and its extension headers (RFC 8200).
 *
 * `Packet.ipOptions` keeps Hop-by-Hop, Routing and Destination Options headers in their order, each as on the wire except
 * that its first byte is its own type: the type of the next one follows from the next one, and the last one's from
 * `protocol`. A Fragment header is `fragment` and `ipId`; it is written after the others, if `fragment` has an offset or MF.
 * One that says neither (an atomic fragment) is processed on its own (RFC 6946 4), so nothing of it is kept.
 */
import { copyBytes, get16, get32, put16, put32 } from './bytes.ts'
import { readAddress6 } from './known.ts'
import { EtherType, Form, Fragment, type Packet, Protocol } from './packet.ts'
import { Reason } from './reason.ts'

export const IPV6_HEADER = 40
export const FRAGMENT_HEADER = 8
/** The most octets that a payload length tells. */
export const IPV6_MAX_PAYLOAD = 65_535

const SPLIT = Fragment.MF | Fragment.OFFSET

/** Octets of all headers of the network layer: IPv6 and extensions. */
export const ipv6HeaderLength = (p: Packet): number =>
  IPV6_HEADER + (p.ipOptions === null ? 0 : p.ipOptions.length) + ((p.fragment & SPLIT) === 0 ? 0 : FRAGMENT_HEADER)

/** All headers of a packet of `total` octets, those of IPv6 included. */
export const encodeIpv6 = (p: Packet, b: Uint8Array, at: number, total: number): number => {
  if (total - IPV6_HEADER > IPV6_MAX_PAYLOAD) throw new Error('invariant: an IPv6 payload has at most 65535 octets')
  const split = (p.fragment & SPLIT) !== 0
  const last = split ? Protocol.IPV6_FRAG : p.protocol
  put32(b, at, 0x60000000 | (p.tos << 20) | p.flowLabel)
  put16(b, at + 4, total - IPV6_HEADER)
  b[at + 6] = p.ipOptions === null ? last : (p.ipOptions[0] ?? last)
  b[at + 7] = p.ttl
  put32(b, at + 8, p.src.w0)
  put32(b, at + 12, p.src.w1)
  put32(b, at + 16, p.src.w2)
  put32(b, at + 20, p.src.w3)
  put32(b, at + 24, p.dst.w0)
  put32(b, at + 28, p.dst.w1)
  put32(b, at + 32, p.dst.w2)
  put32(b, at + 36, p.dst.w3)
  at += IPV6_HEADER
  if (p.ipOptions !== null) at = encodeExtensions(p.ipOptions, b, at, last)
  if (!split) return at
  b[at] = p.protocol
  b[at + 1] = 0
  put16(b, at + 2, ((p.fragment & Fragment.OFFSET) << 3) | ((p.fragment & Fragment.MF) === 0 ? 0 : 1))
  put32(b, at + 4, p.ipId)
  return at + FRAGMENT_HEADER
}

const encodeExtensions = (headers: Uint8Array, b: Uint8Array, at: number, last: number): number => {
  const end = copyBytes(headers, 0, headers.length, b, at)
  while (at < end) {
    const next = at + extensionLength(b, at)
    if (next > end) throw new Error('invariant: ipOptions holds whole extension headers')
    b[at] = next < end ? (b[next] as number) : last
    at = next
  }
  return end
}

/** Octets of the extension header at `b[at]`, which is not a Fragment header. */
const extensionLength = (b: Uint8Array, at: number): number => ((b[at + 1] as number) + 1) << 3

/** From `buf[start, end)`; what is left is what follows the extension headers, padding cut off. */
export const decodeIpv6 = (p: Packet): Reason | -1 => {
  const b = p.buf
  const at = p.start
  const arrived = p.end - at
  if (arrived < IPV6_HEADER) return Reason.IpTruncated
  if ((b[at] as number) >>> 4 !== 6) return Reason.IpHeaderError
  const length = get16(b, at + 4)
  // RFC 8200 3
  if (IPV6_HEADER + length > arrived) return Reason.IpTruncated
  p.etherType = EtherType.IPV6
  p.tos = (get16(b, at) >>> 4) & 0xff
  p.flowLabel = get32(b, at) & 0xfffff
  p.protocol = b[at + 6] as number
  p.ttl = b[at + 7] as number
  p.src = readAddress6(b, at + 8)
  p.dst = readAddress6(b, at + 24)
  p.ipId = 0
  p.fragment = 0
  p.ipOptions = null
  p.form = Form.NETWORK
  p.start = at + IPV6_HEADER
  p.end = at + IPV6_HEADER + length
  return decodeExtensions(p, true)
}

/** A Hop-by-Hop header counts directly after the IPv6 header alone (RFC 8200 4); elsewhere it is an unknown protocol. */
const isExtension = (protocol: number, first: boolean): boolean =>
  protocol === Protocol.IPV6_ROUTE ||
  protocol === Protocol.IPV6_DSTOPTS ||
  protocol === Protocol.IPV6_FRAG ||
  (first && protocol === Protocol.HOPOPT)

/**
 * Take the extension headers at the start of the payload into the packet's fields, in any order and number (RFC 8200 4.1),
 * as far as a Fragment header that splits. `first`: they follow the IPv6 header, not a reassembled Fragment header.
 */
export const decodeExtensions = (p: Packet, first: boolean): Reason | -1 => {
  const b = p.buf
  let at = p.start
  let protocol = p.protocol
  if (!isExtension(protocol, first)) return -1
  let kept: number[] = p.ipOptions === null ? [] : [...p.ipOptions]
  let fragment = 0
  while (fragment === 0 && isExtension(protocol, first)) {
    first = false
    if (at + 8 > p.end) return Reason.IpHeaderError
    const next = b[at] as number
    if (protocol === Protocol.IPV6_FRAG) {
      const word = get16(b, at + 2)
      fragment = (word >>> 3) | ((word & 1) === 0 ? 0 : Fragment.MF)
      if (fragment !== 0) p.ipId = get32(b, at + 4)
      at += FRAGMENT_HEADER
    } else {
      const end = at + extensionLength(b, at)
      if (end > p.end) return Reason.IpHeaderError
      kept = kept.concat(protocol, ...b.subarray(at + 1, end))
      at = end
    }
    protocol = next
  }
  p.protocol = protocol
  p.fragment = fragment
  p.ipOptions = kept.length === 0 ? null : Uint8Array.from(kept)
  p.start = at
  return -1
}
