import { get16, get32 } from '../bytes.ts'
import { pseudoHeader, sum } from '../checksum.ts'
import { tcpFlagsText } from '../describe/tcp.ts'
import { Protocol, TcpFlag } from '../packet.ts'
import { TCP_HEADER } from '../tcp.ts'
import { OptionKind } from '../tcp-options.ts'
import { ChecksumStatus, hex4, hexText, type Reader, statusText } from './field.ts'
import type { Within } from './ip.ts'

const FLAGS: readonly (readonly [string, string, number])[] = [
  ['tcp.flags.cwr', 'Congestion Window Reduced', TcpFlag.CWR],
  ['tcp.flags.ece', 'ECN-Echo', TcpFlag.ECE],
  ['tcp.flags.urg', 'Urgent', TcpFlag.URG],
  ['tcp.flags.ack', 'Acknowledgment', TcpFlag.ACK],
  ['tcp.flags.push', 'Push', TcpFlag.PSH],
  ['tcp.flags.reset', 'Reset', TcpFlag.RST],
  ['tcp.flags.syn', 'Syn', TcpFlag.SYN],
  ['tcp.flags.fin', 'Fin', TcpFlag.FIN],
]

const OPTIONS: Readonly<Record<number, readonly [string, string]>> = {
  [OptionKind.MSS]: ['tcp.options.mss', 'Maximum segment size'],
  [OptionKind.WSCALE]: ['tcp.options.wscale', 'Window scale'],
  [OptionKind.SACK_PERMITTED]: ['tcp.options.sack_perm', 'SACK permitted'],
  [OptionKind.SACK]: ['tcp.options.sack', 'SACK'],
  [OptionKind.TIMESTAMPS]: ['tcp.options.timestamp', 'Timestamps'],
  [OptionKind.MD5]: ['tcp.options.md5', 'MD5 signature'],
  [OptionKind.USER_TIMEOUT]: ['tcp.options.user_to', 'User timeout'],
  [OptionKind.FAST_OPEN]: ['tcp.options.tfo', 'Fast Open'],
}

/** The value of an option whose kind and length are known and right. */
const readValue = (r: Reader, kind: number, length: number, at: number): void => {
  if (kind === OptionKind.MSS && length === 4) r.u16('tcp.options.mss_val', 'MSS Value', at + 2)
  else if (kind === OptionKind.WSCALE && length === 3) r.u8('tcp.options.wscale.shift', 'Shift count', at + 2)
  else if (kind === OptionKind.TIMESTAMPS && length === 10) {
    r.u32('tcp.options.timestamp.tsval', 'Timestamp value', at + 2)
    r.u32('tcp.options.timestamp.tsecr', 'Timestamp echo reply', at + 6)
  } else if (kind === OptionKind.SACK)
    for (let i = at + 2; i + 8 <= at + length; i += 8) {
      r.u32('tcp.options.sack_le', 'left edge', i)
      r.u32('tcp.options.sack_re', 'right edge', i + 4)
    }
}

const readOptions = (r: Reader, at: number, end: number): void => {
  const { b } = r
  const options = r.add('tcp.options', end - at, 'Options', at, end - at, `${end - at} bytes`)
  while (at < end) {
    const kind = b[at] as number
    if (kind === OptionKind.EOL || kind === OptionKind.NOP) {
      const isEnd = kind === OptionKind.EOL
      const one = options.add(
        isEnd ? 'tcp.options.eol' : 'tcp.options.nop',
        kind,
        '',
        at,
        1,
        isEnd ? 'End of Option List' : 'No-Operation',
      )
      one.u8('tcp.option_kind', 'Kind', at)
      if (isEnd) return
      at++
      continue
    }
    const length = at + 1 < end ? (b[at + 1] as number) : 0
    if (length < 2 || at + length > end) {
      options.add('tcp.options.malformed', kind, '', at, end - at, `Option ${kind} of an illegal length`)
      return
    }
    const [name, label] = OPTIONS[kind] ?? ['tcp.options.unknown', `Unknown option ${kind}`]
    const one = options.add(name, hexText(b, at, at + length), '', at, length, label)
    one.u8('tcp.option_kind', 'Kind', at)
    one.u8('tcp.option_len', 'Length', at + 1)
    readValue(one, kind, length, at)
    at += length
  }
}

/** The segment in `b[at, end)`. */
export const dissectTcp = (r: Reader, at: number, end: number, within: Within): void => {
  const { b } = r
  if (end - at < TCP_HEADER) {
    r.bytes('tcp.truncated', 'Truncated TCP header', at, end)
    return
  }
  const header = ((b[at + 12] as number) >>> 4) << 2
  const flags = b[at + 13] as number
  const size = Math.min(Math.max(header, TCP_HEADER), end - at)
  const t = r.add(
    'tcp',
    '',
    '',
    at,
    size,
    `Transmission Control Protocol, ${get16(b, at)} → ${get16(b, at + 2)} [${tcpFlagsText(flags)}]`,
  )
  t.u16('tcp.srcport', 'Source Port', at)
  t.u16('tcp.dstport', 'Destination Port', at + 2)
  t.u32('tcp.seq_raw', 'Sequence Number (raw)', at + 4)
  t.u32('tcp.ack_raw', 'Acknowledgment Number (raw)', at + 8)
  t.add('tcp.hdr_len', header, 'Header Length', at + 12, 1, `${header} bytes`)
  const f = t.add('tcp.flags', get16(b, at + 12) & 0xfff, 'Flags', at + 12, 2, `[${tcpFlagsText(flags)}]`)
  for (const [name, label, mask] of FLAGS) f.flag(name, label, at + 13, 1, mask)
  t.u16('tcp.window_size_value', 'Window', at + 14)
  const s = sum(b, at, end, pseudoHeader(within.src, within.dst, Protocol.TCP, end - at))
  const status = within.whole ? (s === 0xffff ? ChecksumStatus.GOOD : ChecksumStatus.BAD) : ChecksumStatus.UNVERIFIED
  t.u16('tcp.checksum', 'Checksum', at + 16, `${hex4(get16(b, at + 16))} [${statusText(status)}]`)
  t.add('tcp.checksum.status', status, 'Checksum Status', at + 18, 0, statusText(status))
  t.u16('tcp.urgent_pointer', 'Urgent Pointer', at + 18)
  if (header < TCP_HEADER || at + header > end) return
  if (header > TCP_HEADER) readOptions(t, at + TCP_HEADER, at + header)
  t.add('tcp.len', end - at - header, 'TCP Segment Len', at + 12, 0)
  // What a reset carries is a diagnosis, not data (RFC 9293 3.5.3).
  if ((flags & TcpFlag.RST) === 0) t.bytes('tcp.payload', 'TCP payload', at + header, end)
  else t.bytes('tcp.reset_cause', 'Reset cause', at + header, end)
}

/** Ports and sequence number of a transport header of which an ICMP error quotes eight octets. */
export const dissectQuotedTcp = (r: Reader, at: number, end: number): void => {
  if (end - at < 8) return
  const t = r.add('tcp', '', '', at, end - at, 'Transmission Control Protocol, quoted')
  t.u16('tcp.srcport', 'Source Port', at)
  t.u16('tcp.dstport', 'Destination Port', at + 2)
  t.add('tcp.seq_raw', get32(r.b, at + 4) >>> 0, 'Sequence Number (raw)', at + 4, 4)
}
