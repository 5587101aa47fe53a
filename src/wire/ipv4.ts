/** The IPv4 header (RFC 791 3.1). */
import { copyBytes, get16, put16, put32 } from './bytes.ts'
import { finish, sum } from './checksum.ts'
import { readAddress4 } from './known.ts'
import { EtherType, Form, Fragment, type Packet } from './packet.ts'
import { Reason } from './reason.ts'

export const IPV4_HEADER = 20
/** The most octets an IPv4 datagram has, header included. */
export const IPV4_MAX = 65_535

/** Octets of the header with its options, which are padded to words. */
export const ipv4HeaderLength = (p: Packet): number =>
  p.ipOptions === null ? IPV4_HEADER : IPV4_HEADER + ((p.ipOptions.length + 3) & ~3)

/** The header of a datagram of `total` octets. */
export const encodeIpv4 = (p: Packet, b: Uint8Array, at: number, total: number): number => {
  if (total > IPV4_MAX) throw new Error('invariant: an IPv4 datagram has at most 65535 octets')
  const header = ipv4HeaderLength(p)
  b[at] = 0x40 | (header >>> 2)
  b[at + 1] = p.tos
  put16(b, at + 2, total)
  put16(b, at + 4, p.ipId)
  put16(b, at + 6, p.fragment)
  b[at + 8] = p.ttl
  b[at + 9] = p.protocol
  put16(b, at + 10, 0)
  put32(b, at + 12, p.src.w3)
  put32(b, at + 16, p.dst.w3)
  const end = at + header
  if (p.ipOptions !== null) {
    let i = copyBytes(p.ipOptions, 0, p.ipOptions.length, b, at + IPV4_HEADER)
    while (i < end) b[i++] = 0
  }
  put16(b, at + 10, finish(sum(b, at, end)))
  return end
}

/** From `buf[start, end)`; what is left is the datagram's payload, link padding cut off. */
export const decodeIpv4 = (p: Packet): Reason | -1 => {
  const b = p.buf
  const at = p.start
  const arrived = p.end - at
  if (arrived < IPV4_HEADER) return Reason.IpTruncated
  const first = b[at] as number
  // RFC 1122 3.2.1.1
  if (first >>> 4 !== 4) return Reason.IpHeaderError
  const header = (first & 15) << 2
  if (header < IPV4_HEADER) return Reason.IpHeaderError
  if (header > arrived) return Reason.IpTruncated
  // RFC 1122 3.2.1.2: before any other field is believed.
  if (sum(b, at, at + header) !== 0xffff) return Reason.IpChecksum
  const total = get16(b, at + 2)
  if (total < header) return Reason.IpHeaderError
  if (total > arrived) return Reason.IpTruncated
  let options: Uint8Array | null = null
  if (header > IPV4_HEADER) {
    options = b.slice(at + IPV4_HEADER, at + header)
    if (optionError(options) >= 0) return Reason.IpOptionError
  }
  p.etherType = EtherType.IPV4
  p.tos = b[at + 1] as number
  p.ipId = get16(b, at + 4)
  p.fragment = get16(b, at + 6) & (Fragment.DF | Fragment.MF | Fragment.OFFSET)
  p.ttl = b[at + 8] as number
  p.protocol = b[at + 9] as number
  p.src = readAddress4(b, at + 12)
  p.dst = readAddress4(b, at + 16)
  p.ipOptions = options
  p.form = Form.NETWORK
  p.start = at + header
  p.end = at + total
  return -1
}

export const IpOption = {
  EOL: 0,
  NOP: 1,
  RECORD_ROUTE: 7,
  TIMESTAMP: 68,
  SECURITY: 130,
  LOOSE_SOURCE_ROUTE: 131,
  STREAM_ID: 136,
  STRICT_SOURCE_ROUTE: 137,
  ROUTER_ALERT: 148,
} as const

/** The copied flag of an option's type: it goes into every fragment (RFC 791 3.1). */
export const IP_OPTION_COPIED = 0x80

/** Index of the octet of the first option that does not fit, or -1. Both single-octet kinds, then type-length-data (RFC 791 3.1). */
export const optionError = (options: Uint8Array): number => {
  let at = 0
  while (at < options.length) {
    const type = options[at] as number
    if (type === IpOption.EOL) return -1
    if (type === IpOption.NOP) {
      at++
      continue
    }
    const length = options[at + 1] ?? 0
    if (length < 2 || at + length > options.length) return at
    at += length
  }
  return -1
}

/** Index in `options` of an option of this type, or -1. */
export const findOption = (options: Uint8Array, type: number): number => {
  let at = 0
  while (at < options.length) {
    const found = options[at] as number
    if (found === type) return at
    if (found === IpOption.EOL) return -1
    at += found === IpOption.NOP ? 1 : Math.max(2, options[at + 1] ?? 2)
  }
  return -1
}
