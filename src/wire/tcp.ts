/** The TCP header (RFC 9293 3.1); its options are in `tcp-options.ts`. */
import { get16, get32, put16, put32 } from './bytes.ts'
import { finish, pseudoHeader, sum, sumPayload } from './checksum.ts'
import { Form, type Packet, Protocol, type TcpOption } from './packet.ts'
import { Reason } from './reason.ts'
import { decodeOptions, encodeOptions, optionsLength } from './tcp-options.ts'

/** Octets of a header without options. */
export const TCP_HEADER = 20

/** Octets of the header with the options that the packet carries, padded to words. */
export const tcpHeaderLength = (p: Packet): number => TCP_HEADER + optionsLength(p)

/** The header with its checksum, which is never left out (MUST-2). */
export const encodeTcp = (p: Packet, b: Uint8Array, at: number): number => {
  const header = tcpHeaderLength(p)
  put16(b, at, p.srcPort)
  put16(b, at + 2, p.dstPort)
  put32(b, at + 4, p.seq)
  put32(b, at + 8, p.ack)
  // The reserved bits are zero (RFC 9293 3.1).
  b[at + 12] = header << 2
  b[at + 13] = p.flags
  put16(b, at + 14, p.window)
  put16(b, at + 16, 0)
  put16(b, at + 18, p.urgent)
  const end = at + header
  if (header > TCP_HEADER) encodeOptions(p, b, at + TCP_HEADER, end)
  const s = sum(b, at, end, pseudoHeader(p.src, p.dst, Protocol.TCP, header + p.end - p.start))
  put16(b, at + 16, finish(sumPayload(p, p.start, p.end, s)))
  return end
}

/** From `buf[start, end)`. Checks the data offset and the checksum (MUST-3). Reserved bits are ignored. */
export const decodeTcp = (p: Packet, verify: boolean): Reason | -1 => {
  const b = p.buf
  const at = p.start
  const length = p.end - at
  if (length < TCP_HEADER) return Reason.TcpHeaderError
  const header = ((b[at + 12] as number) >>> 4) << 2
  if (header < TCP_HEADER || header > length) return Reason.TcpHeaderError
  if (verify && sumPayload(p, at, p.end, pseudoHeader(p.src, p.dst, Protocol.TCP, length)) !== 0xffff)
    return Reason.TcpChecksum
  p.srcPort = get16(b, at)
  p.dstPort = get16(b, at + 2)
  p.seq = get32(b, at + 4)
  p.ack = get32(b, at + 8)
  p.flags = b[at + 13] as number
  p.window = get16(b, at + 14)
  p.urgent = get16(b, at + 18)
  if (header > TCP_HEADER) decodeOptions(p, b, at + TCP_HEADER, at + header)
  else p.optionBits = 0
  p.form = Form.FULL
  p.start = at + header
  return -1
}

/** Whether any of these options is present. */
export const hasOption = (p: Packet, option: (typeof TcpOption)[keyof typeof TcpOption]): boolean =>
  (p.optionBits & option) !== 0
