/**
 * TCP options: which octets a set of them takes, and both directions.
 *
 * They leave in the order and with the padding of Linux's tcp_options_write(): MSS, then SACK-Permitted and Timestamps
 * sharing their words, then Window Scale, SACK, all others. They are read in any order, in any segment (MUST-5), on any
 * boundary (MUST-64). A set that exceeds 40 octets because of padding alone is written without it.
 */
import { copyBytes, get16, get32, put16, put32 } from './bytes.ts'
import { type Packet, TcpOption } from './packet.ts'

export const OptionKind = {
  EOL: 0,
  NOP: 1,
  MSS: 2,
  WSCALE: 3,
  SACK_PERMITTED: 4,
  SACK: 5,
  TIMESTAMPS: 8,
  MD5: 19,
  USER_TIMEOUT: 28,
  AUTHENTICATION: 29,
  MULTIPATH: 30,
  FAST_OPEN: 34,
  EXPERIMENT_1: 253,
  EXPERIMENT_2: 254,
} as const

/** The most that a data offset of 15 leaves. */
export const MAX_OPTIONS = 40
/** Blocks of a SACK option: 4 fill the header (RFC 2018 3). */
export const MAX_SACKS = 4

const others = (p: Packet): number => {
  if ((p.optionBits & TcpOption.OTHER) === 0 || p.otherOptions === null) return 0
  return p.otherOptions.length
}

/** Octets with each option on its word, as Linux writes them; not rounded up at the end. */
const alignedLength = (p: Packet): number => {
  const bits = p.optionBits
  let n = 0
  if ((bits & TcpOption.MSS) !== 0) n += 4
  if ((bits & TcpOption.TIMESTAMPS) !== 0) n += 12
  else if ((bits & TcpOption.SACK_PERMITTED) !== 0) n += 4
  if ((bits & TcpOption.WSCALE) !== 0) n += 4
  if ((bits & TcpOption.SACK) !== 0) n += 4 + 8 * p.sackCount
  return n + others(p)
}

const packedLength = (p: Packet): number => {
  const bits = p.optionBits
  let n = 0
  if ((bits & TcpOption.MSS) !== 0) n += 4
  if ((bits & TcpOption.TIMESTAMPS) !== 0) n += 10
  if ((bits & TcpOption.SACK_PERMITTED) !== 0) n += 2
  if ((bits & TcpOption.WSCALE) !== 0) n += 3
  if ((bits & TcpOption.SACK) !== 0) n += 2 + 8 * p.sackCount
  return n + others(p)
}

/** Octets of the options, padded to words. */
export const optionsLength = (p: Packet): number => {
  const bits = p.optionBits
  if (bits === 0) return 0
  if (bits === TcpOption.TIMESTAMPS) return 12
  let n = alignedLength(p)
  if (n > MAX_OPTIONS) n = packedLength(p)
  if (n > MAX_OPTIONS) throw new Error('invariant: the options of a TCP segment fit 40 octets')
  return (n + 3) & ~3
}

/** Write the options to `b[at, end)`; `end` is as `optionsLength` says. What is left over is End-of-List and zeros (MUST-69). */
export const encodeOptions = (p: Packet, b: Uint8Array, at: number, end: number): void => {
  const bits = p.optionBits
  const packed = alignedLength(p) > end - at
  if ((bits & TcpOption.MSS) !== 0) {
    put16(b, at, (OptionKind.MSS << 8) | 4)
    put16(b, at + 2, p.mss)
    at += 4
  }
  let permitted = (bits & TcpOption.SACK_PERMITTED) !== 0
  if ((bits & TcpOption.TIMESTAMPS) !== 0) {
    if (permitted) at = writePermitted(b, at)
    else if (!packed) at = writeNops(b, at, 2)
    permitted = false
    put16(b, at, (OptionKind.TIMESTAMPS << 8) | 10)
    put32(b, at + 2, p.tsVal)
    put32(b, at + 6, p.tsEcr)
    at += 10
  }
  if (permitted) at = writePermitted(b, packed ? at : writeNops(b, at, 2))
  if ((bits & TcpOption.WSCALE) !== 0) {
    if (!packed) at = writeNops(b, at, 1)
    put16(b, at, (OptionKind.WSCALE << 8) | 3)
    b[at + 2] = p.wscale
    at += 3
  }
  if ((bits & TcpOption.SACK) !== 0 && p.sacks !== null)
    at = writeSacks(p, p.sacks, b, packed ? at : writeNops(b, at, 2))
  if ((bits & TcpOption.OTHER) !== 0 && p.otherOptions !== null)
    at = copyBytes(p.otherOptions, 0, p.otherOptions.length, b, at)
  while (at < end) b[at++] = OptionKind.EOL
}

const writeNops = (b: Uint8Array, at: number, n: number): number => {
  for (; n > 0; n--) b[at++] = OptionKind.NOP
  return at
}

const writePermitted = (b: Uint8Array, at: number): number => {
  put16(b, at, (OptionKind.SACK_PERMITTED << 8) | 2)
  return at + 2
}

const writeSacks = (p: Packet, sacks: Int32Array, b: Uint8Array, at: number): number => {
  const edges = 2 * p.sackCount
  put16(b, at, (OptionKind.SACK << 8) | (2 + 4 * edges))
  at += 2
  for (let i = 0; i < edges; i++, at += 4) put32(b, at, sacks[i] as number)
  return at
}

/** An established connection's options: two No-Operations and Timestamps. */
const ALIGNED_TIMESTAMPS = 0x0101080a

/**
 * Read the options in `b[at, end)`. An option whose length byte is below 2 or leads past the end stops the reading, as in
 * Linux's tcp_parse_options(): what came before counts, and `MALFORMED` is noted (MUST-7). One of a known kind with a wrong
 * length, and all unknown kinds, are skipped by their length (MUST-6) and kept as they are in `otherOptions`.
 */
export const decodeOptions = (p: Packet, b: Uint8Array, at: number, end: number): void => {
  if (end - at === 12 && get32(b, at) === ALIGNED_TIMESTAMPS) {
    p.optionBits = TcpOption.TIMESTAMPS
    p.tsVal = get32(b, at + 4)
    p.tsEcr = get32(b, at + 8)
    return
  }
  p.optionBits = 0
  let unknown = 0
  const first = at
  while (at < end) {
    const kind = b[at] as number
    if (kind === OptionKind.EOL) break
    if (kind === OptionKind.NOP) {
      at++
      continue
    }
    const length = at + 1 < end ? (b[at + 1] as number) : 0
    if (length < 2 || at + length > end) {
      p.optionBits |= TcpOption.MALFORMED
      break
    }
    if (!decodeOption(p, b, at, kind, length)) unknown += length
    at += length
  }
  if (unknown > 0) keepOthers(p, b, first, at, unknown)
}

/** One option of a kind and a length that we know; false otherwise. A repeated option replaces the earlier one, as in Linux. */
const decodeOption = (p: Packet, b: Uint8Array, at: number, kind: number, length: number): boolean => {
  if (kind === OptionKind.MSS && length === 4) {
    p.optionBits |= TcpOption.MSS
    p.mss = get16(b, at + 2)
  } else if (kind === OptionKind.WSCALE && length === 3) {
    p.optionBits |= TcpOption.WSCALE
    p.wscale = b[at + 2] as number
  } else if (kind === OptionKind.SACK_PERMITTED && length === 2) {
    p.optionBits |= TcpOption.SACK_PERMITTED
  } else if (kind === OptionKind.TIMESTAMPS && length === 10) {
    p.optionBits |= TcpOption.TIMESTAMPS
    p.tsVal = get32(b, at + 2)
    p.tsEcr = get32(b, at + 6)
  } else if (kind === OptionKind.SACK && length >= 10 && (length & 7) === 2) {
    p.optionBits |= TcpOption.SACK
    p.sacks ??= new Int32Array(2 * MAX_SACKS)
    p.sackCount = (length - 2) >> 3
    for (let i = 0; i < 2 * p.sackCount; i++) p.sacks[i] = get32(b, at + 2 + 4 * i)
  } else return false
  return true
}

/** Collect the options that `decodeOption` refused, in their order. */
const keepOthers = (p: Packet, b: Uint8Array, at: number, end: number, total: number): void => {
  const kept = new Uint8Array(total)
  let n = 0
  while (at < end) {
    const kind = b[at] as number
    const length = kind === OptionKind.NOP ? 1 : (b[at + 1] as number)
    if (kind !== OptionKind.NOP && !decodeOption(p, b, at, kind, length)) n = copyBytes(b, at, at + length, kept, n)
    at += length
  }
  p.otherOptions = kept
  p.optionBits |= TcpOption.OTHER
}
