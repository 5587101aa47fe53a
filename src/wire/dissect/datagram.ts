import { get16 } from '../bytes.ts'
import { pseudoHeader, sum } from '../checksum.ts'
import { ICMP_HEADER, Icmp6Type, IcmpType, IcmpUnreachable } from '../icmp.ts'
import { readAddress4, readAddress6 } from '../known.ts'
import { Protocol } from '../packet.ts'
import { UDP_HEADER } from '../udp.ts'
import { ChecksumStatus, hex4, type Reader, statusText } from './field.ts'
import type { Within } from './ip.ts'

/** Dissects a datagram that an ICMP error quotes; given by `ip.ts`, which is above this file. */
export type Quoted = (r: Reader, at: number, end: number) => void

/** The UDP datagram in `b[at, end)`. */
export const dissectUdp = (r: Reader, at: number, end: number, within: Within): void => {
  const { b } = r
  if (end - at < UDP_HEADER) {
    r.bytes('udp.truncated', 'Truncated UDP header', at, end)
    return
  }
  const length = get16(b, at + 4)
  const last = Math.min(end, at + Math.max(UDP_HEADER, length))
  const u = r.add('udp', '', '', at, UDP_HEADER, `User Datagram Protocol, ${get16(b, at)} → ${get16(b, at + 2)}`)
  u.u16('udp.srcport', 'Source Port', at)
  u.u16('udp.dstport', 'Destination Port', at + 2)
  u.u16('udp.length', 'Length', at + 4)
  const found = get16(b, at + 6)
  let status: number = ChecksumStatus.NOT_PRESENT
  if (found !== 0 || within.src.family === 6) {
    const s = sum(b, at, last, pseudoHeader(within.src, within.dst, Protocol.UDP, last - at))
    status = s === 0xffff && found !== 0 ? ChecksumStatus.GOOD : ChecksumStatus.BAD
    if (!within.whole || at + length > end) status = ChecksumStatus.UNVERIFIED
  }
  u.u16('udp.checksum', 'Checksum', at + 6, `${hex4(found)} [${statusText(status)}]`)
  u.add('udp.checksum.status', status, 'Checksum Status', at + 8, 0, statusText(status))
  u.bytes('udp.payload', 'UDP payload', at + UDP_HEADER, last)
}

const header = (r: Reader, at: number, end: number, family: 'icmp' | 'icmpv6', s: number, whole: boolean): Reader => {
  const label = family === 'icmp' ? 'Internet Control Message Protocol' : 'Internet Control Message Protocol v6'
  const m = r.add(family, '', '', at, end - at, label)
  m.u8(`${family}.type`, 'Type', at)
  m.u8(`${family}.code`, 'Code', at + 1)
  const status = whole ? (s === 0xffff ? ChecksumStatus.GOOD : ChecksumStatus.BAD) : ChecksumStatus.UNVERIFIED
  m.u16(`${family}.checksum`, 'Checksum', at + 2, `${hex4(get16(r.b, at + 2))} [${statusText(status)}]`)
  m.add(`${family}.checksum.status`, status, 'Checksum Status', at + 4, 0, statusText(status))
  return m
}

const ICMP_QUOTES = new Set<number>([
  IcmpType.UNREACHABLE,
  IcmpType.SOURCE_QUENCH,
  IcmpType.REDIRECT,
  IcmpType.TIME_EXCEEDED,
  IcmpType.PARAMETER_PROBLEM,
])

/** The ICMP message in `b[at, end)`. */
export const dissectIcmp = (r: Reader, at: number, end: number, within: Within, quoted: Quoted): void => {
  const { b } = r
  if (end - at < ICMP_HEADER) {
    r.bytes('icmp.truncated', 'Truncated ICMP header', at, end)
    return
  }
  const m = header(r, at, end, 'icmp', sum(b, at, end), within.whole)
  const type = b[at] as number
  const code = b[at + 1] as number
  if (type === IcmpType.ECHO || type === IcmpType.ECHO_REPLY) {
    m.u16('icmp.ident', 'Identifier', at + 4)
    m.u16('icmp.seq', 'Sequence Number', at + 6)
    m.bytes('data.data', 'Data', at + ICMP_HEADER, end)
  } else if (type === IcmpType.UNREACHABLE && code === IcmpUnreachable.FRAGMENTATION_NEEDED)
    m.u16('icmp.mtu', 'MTU of next hop', at + 6)
  else if (type === IcmpType.REDIRECT)
    m.add('icmp.redir_gw', readAddress4(b, at + 4).toString(), 'Gateway Address', at + 4, 4)
  else if (type === IcmpType.PARAMETER_PROBLEM) m.u8('icmp.pointer', 'Pointer', at + 4)
  if (ICMP_QUOTES.has(type)) quoted(m, at + ICMP_HEADER, end)
}

/** The ICMPv6 message in `b[at, end)`. */
export const dissectIcmp6 = (r: Reader, at: number, end: number, within: Within, quoted: Quoted): void => {
  const { b } = r
  if (end - at < ICMP_HEADER) {
    r.bytes('icmpv6.truncated', 'Truncated ICMPv6 header', at, end)
    return
  }
  const s = sum(b, at, end, pseudoHeader(within.src, within.dst, Protocol.ICMPV6, end - at))
  const m = header(r, at, end, 'icmpv6', s, within.whole)
  const type = b[at] as number
  if (type === Icmp6Type.ECHO || type === Icmp6Type.ECHO_REPLY) {
    m.u16('icmpv6.echo.identifier', 'Identifier', at + 4)
    m.u16('icmpv6.echo.sequence_number', 'Sequence', at + 6)
    m.bytes('data.data', 'Data', at + ICMP_HEADER, end)
  } else if (type === Icmp6Type.PACKET_TOO_BIG) m.u32('icmpv6.mtu', 'MTU', at + 4)
  else if (type === Icmp6Type.PARAMETER_PROBLEM) m.u32('icmpv6.pointer', 'Pointer', at + 4)
  else if (type === Icmp6Type.NEIGHBOUR_SOLICITATION && end - at >= 24)
    m.add('icmpv6.nd.ns.target_address', readAddress6(b, at + 8).toString(), 'Target Address', at + 8, 16)
  else if (type === Icmp6Type.NEIGHBOUR_ADVERTISEMENT && end - at >= 24)
    m.add('icmpv6.nd.na.target_address', readAddress6(b, at + 8).toString(), 'Target Address', at + 8, 16)
  if (type < Icmp6Type.ECHO) quoted(m, at + ICMP_HEADER, end)
}
