/** IPv4 options of what arrives and of what is answered (RFC 791 3.1, RFC 1122 3.2.1.8, Linux's ip_options.c). */
import type { Address } from '../wire/address.ts'
import { get32, put32 } from '../wire/bytes.ts'
import { findOption, IP_OPTION_COPIED, IpOption } from '../wire/ipv4.ts'

/** Longest option list: a header has 60 octets at most. */
const MOST = 40
const ROUTE_START = 4

const isSourceRoute = (type: number): boolean =>
  type === IpOption.LOOSE_SOURCE_ROUTE || type === IpOption.STRICT_SOURCE_ROUTE

/** Index of a source route option, or -1. */
export const sourceRouteAt = (options: Uint8Array): number => {
  const loose = findOption(options, IpOption.LOOSE_SOURCE_ROUTE)
  return loose >= 0 ? loose : findOption(options, IpOption.STRICT_SOURCE_ROUTE)
}

/**
 * Octet of the header at which the options are wrong, or 0 (ip_options_compile): two source routes (RFC 1122 3.2.1.8),
 * and route or timestamp options whose pointer or length cannot be.
 */
export const optionProblem = (options: Uint8Array): number => {
  const HEADER = 20
  let routes = 0
  for (let at = 0; at < options.length; ) {
    const type = options[at] as number
    if (type === IpOption.EOL) break
    if (type === IpOption.NOP) {
      at++
      continue
    }
    const length = options[at + 1] ?? 0
    if (length < 2 || at + length > options.length) return HEADER + at
    const pointer = options[at + 2] ?? 0
    if (isSourceRoute(type)) {
      if (length < 3) return HEADER + at + 1
      if (pointer < ROUTE_START) return HEADER + at + 2
      if (++routes > 1) return HEADER + at
    } else if (type === IpOption.RECORD_ROUTE) {
      if (length < 3) return HEADER + at + 1
      if (pointer < ROUTE_START) return HEADER + at + 2
      if (pointer <= length && pointer + 3 > length) return HEADER + at + 2
    } else if (type === IpOption.TIMESTAMP) {
      if (length < 4) return HEADER + at + 1
      if (pointer < 5) return HEADER + at + 2
    }
    at += length
  }
  return 0
}

/**
 * A router's or host's own address and time into Record Route and Timestamp options that have room (RFC 791 3.1). A copy:
 * the packet's own options may be shared with whoever sent it.
 */
export const recordRoute = (options: Uint8Array, own: Address, milliseconds: number): Uint8Array => {
  const out = options.slice()
  const route = findOption(out, IpOption.RECORD_ROUTE)
  if (route >= 0) {
    const pointer = out[route + 2] as number
    if (pointer + 3 <= (out[route + 1] as number)) {
      put32(out, route + pointer - 1, own.w3)
      out[route + 2] = pointer + 4
    }
  }
  const stamp = findOption(out, IpOption.TIMESTAMP)
  if (stamp >= 0) recordTime(out, stamp, own, milliseconds)
  return out
}

const recordTime = (out: Uint8Array, at: number, own: Address, milliseconds: number): void => {
  const length = out[at + 1] as number
  const pointer = out[at + 2] as number
  const flags = (out[at + 3] as number) & 15
  const size = flags === 0 ? 4 : 8
  if (pointer - 1 + size > length) {
    // Full: count who could not write (4 bits, RFC 791).
    const overflow = (out[at + 3] as number) >>> 4
    if (overflow < 15) out[at + 3] = ((overflow + 1) << 4) | flags
    return
  }
  let place = at + pointer - 1
  // Prespecified: only the one named writes.
  if (flags === 3 && get32(out, place) !== own.w3) return
  if (flags !== 0) {
    put32(out, place, own.w3)
    place += 4
  }
  put32(out, place, milliseconds)
  out[at + 2] = pointer + size
}

/**
 * Options of an answer (ip_options_echo): a source route reversed (RFC 1122 3.2.1.8 (e)), Record Route and Timestamp as they
 * came. Null when nothing is left. `first`: where a source-routed answer goes, else null.
 */
export const echoOptions = (
  options: Uint8Array,
  src: Address,
): { readonly options: Uint8Array | null; readonly first: number | null } => {
  const out: number[] = []
  let first: number | null = null
  for (let at = 0; at < options.length; ) {
    const type = options[at] as number
    if (type === IpOption.EOL) break
    const length = type === IpOption.NOP ? 1 : Math.max(2, options[at + 1] as number)
    if (isSourceRoute(type)) {
      // The hops gone through, last first, then the source: the last one is where the answer starts.
      const used = Math.min(options[at + 2] as number, length + 1) - ROUTE_START
      const hops: number[] = []
      for (let i = 0; i + 4 <= used; i += 4) hops.unshift(get32(options, at + 3 + i))
      hops.push(src.w3)
      first = hops.shift() as number
      if (hops.length > 0)
        out.push(
          type,
          3 + 4 * hops.length,
          ROUTE_START,
          ...hops.flatMap((w) => [w >>> 24, (w >>> 16) & 255, (w >>> 8) & 255, w & 255]),
        )
    } else if (type === IpOption.RECORD_ROUTE || type === IpOption.TIMESTAMP)
      out.push(...options.subarray(at, at + length))
    at += length
  }
  while ((out.length & 3) !== 0) out.push(IpOption.EOL)
  return { options: out.length === 0 || out.length > MOST ? null : Uint8Array.from(out), first }
}

/** What later fragments carry: the options with the copied flag (RFC 791 3.1). Null when none has it. */
export const copiedOptions = (options: Uint8Array): Uint8Array | null => {
  const out: number[] = []
  for (let at = 0; at < options.length; ) {
    const type = options[at] as number
    if (type === IpOption.EOL) break
    const length = type === IpOption.NOP ? 1 : Math.max(2, options[at + 1] as number)
    if (type !== IpOption.NOP && (type & IP_OPTION_COPIED) !== 0) out.push(...options.subarray(at, at + length))
    at += length
  }
  while ((out.length & 3) !== 0) out.push(IpOption.EOL)
  return out.length === 0 ? null : Uint8Array.from(out)
}
