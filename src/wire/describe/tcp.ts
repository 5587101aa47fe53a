import { get16 } from '../bytes.ts'
import { finish, pseudoHeader, sum } from '../checksum.ts'
import { Protocol, TcpFlag } from '../packet.ts'
import { TCP_HEADER } from '../tcp.ts'
import { OptionKind } from '../tcp-options.ts'
import { httpText, isHttpPort } from './http.ts'
import { type Around, type DescribeOptions, ends, hex, hostText, u32 } from './options.ts'

const FLAGS: readonly (readonly [number, string])[] = [
  [TcpFlag.FIN, 'F'],
  [TcpFlag.SYN, 'S'],
  [TcpFlag.RST, 'R'],
  [TcpFlag.PSH, 'P'],
  [TcpFlag.ACK, '.'],
  [TcpFlag.URG, 'U'],
  [TcpFlag.ECE, 'E'],
  [TcpFlag.CWR, 'W'],
]

/** `S.`, `P.`, `none`: as tcpdump abbreviates them. */
export const tcpFlagsText = (flags: number): string =>
  FLAGS.filter(([bit]) => (flags & bit) !== 0)
    .map(([, letter]) => letter)
    .join('') || 'none'

const OPTION_NAMES: Readonly<Record<number, string>> = {
  [OptionKind.EOL]: 'eol',
  [OptionKind.NOP]: 'nop',
  [OptionKind.MSS]: 'mss',
  [OptionKind.WSCALE]: 'wscale',
  [OptionKind.SACK_PERMITTED]: 'sackOK',
  [OptionKind.SACK]: 'sack',
  6: 'echo',
  7: 'echoreply',
  [OptionKind.TIMESTAMPS]: 'TS',
  11: 'cc',
  12: 'ccnew',
  [OptionKind.MD5]: 'md5',
  20: 'scps',
  [OptionKind.USER_TIMEOUT]: 'uto',
  [OptionKind.AUTHENTICATION]: 'tcp-ao',
  [OptionKind.MULTIPATH]: 'mptcp',
  [OptionKind.FAST_OPEN]: 'tfo',
  [OptionKind.EXPERIMENT_2]: 'exp',
}

const hexBytes = (b: Uint8Array, at: number, end: number): string => {
  let text = ''
  for (; at < end; at++) text += hex(b[at] as number, 2)
  return text
}

const blocksText = (b: Uint8Array, at: number, end: number, base: number): string => {
  const blocks: string[] = []
  for (; at + 8 <= end; at += 8) blocks.push(`{${(u32(b, at) - base) >>> 0}:${(u32(b, at + 4) - base) >>> 0}}`)
  return ` ${blocks.length} ${blocks.join('')}`
}

/** Octets that the value of an option of this kind has; the length byte of a bad one says something else. */
const VALUE_LENGTH: Readonly<Record<number, number>> = {
  [OptionKind.MSS]: 2,
  [OptionKind.WSCALE]: 1,
  [OptionKind.SACK_PERMITTED]: 0,
  [OptionKind.TIMESTAMPS]: 8,
  [OptionKind.USER_TIMEOUT]: 2,
}

const fastOpenText = (b: Uint8Array, at: number, end: number): string => {
  const length = end - at
  if (length === 0) return '  cookiereq'
  return length < 4 || length > 16 || length % 2 !== 0 ? ' [bad TFO cookie length]' : `  cookie ${hexBytes(b, at, end)}`
}

/** The value of an option in `b[at, end)`, kind and length left off. */
const valueText = (kind: number, b: Uint8Array, at: number, end: number, base: number): string => {
  if (kind === OptionKind.MSS) return ` ${get16(b, at)}`
  if (kind === OptionKind.WSCALE) return ` ${b[at]}`
  if (kind === OptionKind.SACK_PERMITTED) return ''
  if (kind === OptionKind.TIMESTAMPS) return ` val ${u32(b, at)} ecr ${u32(b, at + 4)}`
  if (kind === OptionKind.SACK) return (end - at) % 8 === 0 ? blocksText(b, at, end, base) : ' invalid sack'
  if (kind === OptionKind.USER_TIMEOUT) {
    const timeout = get16(b, at)
    // The unit is taken from the lowest bit, as tcpdump does; RFC 5482 has it in the highest.
    return ` 0x${hex(timeout)} ${(timeout >>> 1) * ((timeout & 1) === 0 ? 1 : 60)}`
  }
  if (kind === OptionKind.FAST_OPEN) return fastOpenText(b, at, end)
  return end === at ? '' : ` 0x${hexBytes(b, at, end)}`
}

/** `mss 1460,sackOK,nop`, and whether all of them fit; the first that does not ends the line, as in tcpdump. */
const optionsText = (b: Uint8Array, at: number, end: number, base: number): { text: string; good: boolean } => {
  const parts: string[] = []
  while (at < end) {
    const kind = b[at] as number
    const name = OPTION_NAMES[kind] ?? `unknown-${kind}`
    if (kind === OptionKind.EOL || kind === OptionKind.NOP) {
      parts.push(name)
      at++
      if (kind === OptionKind.EOL) break
      continue
    }
    const length = at + 1 < end ? (b[at + 1] as number) : 0
    const value = VALUE_LENGTH[kind] ?? length - 2
    if (length < 2 || at + length > end || at + 2 + value > end) {
      parts.push('[bad opt]')
      return { text: parts.join(','), good: false }
    }
    const told = valueText(kind, b, at + 2, at + 2 + value, base)
    parts.push(name + told + (value === length - 2 ? '' : `[len ${length}]`))
    at += 2 + value
  }
  return { text: parts.join(','), good: true }
}

const checksumText = (b: Uint8Array, at: number, end: number, around: Around): string => {
  const found = get16(b, at + 16)
  const s = sum(b, at, end, pseudoHeader(around.src, around.dst, Protocol.TCP, end - at))
  if (s === 0xffff) return `, cksum 0x${hex(found, 4)} (correct)`
  const right = finish(s + (~found & 0xffff))
  return `, cksum 0x${hex(found, 4)} (incorrect -> 0x${hex(right, 4)})`
}

/** tcpdump shows this much of what a reset carries (RFC 9293 3.5.3 allows text as a diagnosis). */
const RESET_TEXT = 30

/** Text as vis(3) has it: `^A` for a control character, `M-` for the high half. */
const visible = (c: number): string => {
  const low = c & 0x7f
  const text = low >= 0x20 && low < 0x7f ? String.fromCharCode(low) : `^${String.fromCharCode(low ^ 0x40)}`
  return c > 0x7f ? `M-${text}` : text
}

const resetText = (b: Uint8Array, at: number, end: number): string => {
  const cut = end - at > RESET_TEXT
  let text = ''
  for (let i = at; i < (cut ? at + RESET_TEXT : end); i++) text += visible(b[i] as number)
  return ` [RST${cut ? '+' : ''} ${text}]`
}

/** A segment in `b[at, end)`. `cut`: octets that the IP header announces and that are not there. */
export const tcpText = (
  b: Uint8Array,
  at: number,
  end: number,
  around: Around,
  o: DescribeOptions,
  cut = 0,
): string => {
  if (end - at < 4) return `${hostText(o, around.src)} > ${hostText(o, around.dst)}: [|tcp]`
  let text = `${ends(o, around, b, at, Protocol.TCP)}: `
  if (end - at < TCP_HEADER) return `${text} [|tcp]`
  const header = ((b[at + 12] as number) >>> 4) << 2
  if (header < TCP_HEADER) return `${text} [bad hdr length ${header} - too short, < ${TCP_HEADER}]`
  const length = end - at + cut - header
  const flags = b[at + 13] as number
  const [sport, dport] = [get16(b, at), get16(b, at + 2)]
  const [rawSeq, rawAck] = [u32(b, at + 4), u32(b, at + 8)]
  const told = o.sequences?.relative(around.src, sport, around.dst, dport, flags, rawSeq, rawAck)
  const seq = told?.seq ?? rawSeq
  const verbose = o.verbose ?? 0
  text += `Flags [${tcpFlagsText(flags)}]`
  if (length < 0) return `${text} [bad hdr length ${header} - too long, > ${end - at + cut}]`
  if (verbose > 0 && !around.fragmented && cut === 0) text += checksumText(b, at, end, around)
  if (verbose > 1 || length > 0 || (flags & (TcpFlag.SYN | TcpFlag.FIN | TcpFlag.RST)) !== 0)
    text += `, seq ${seq}${length > 0 ? `:${(seq + length) >>> 0}` : ''}`
  if ((flags & TcpFlag.ACK) !== 0) text += `, ack ${told?.ack ?? rawAck}`
  text += `, win ${get16(b, at + 14)}`
  if ((flags & TcpFlag.URG) !== 0) text += `, urg ${get16(b, at + 18)}`
  const payload = Math.min(end, at + header)
  if (header > TCP_HEADER) {
    const options = optionsText(b, at + TCP_HEADER, payload, told?.base ?? 0)
    text += `, options [${options.text}]`
    if (!options.good) return text
  }
  text += `, length ${length}`
  if (length > 0 && (flags & TcpFlag.RST) !== 0) return verbose > 0 ? text + resetText(b, payload, end) : text
  if (length > 0 && (isHttpPort(sport) || isHttpPort(dport))) text += `: ${httpText(b, payload, end, verbose)}`
  return text
}
