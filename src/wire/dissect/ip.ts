import type { Address } from '../address.ts'
import { get16, get32 } from '../bytes.ts'
import { sum } from '../checksum.ts'
import { IPV4_HEADER } from '../ipv4.ts'
import { FRAGMENT_HEADER, IPV6_HEADER } from '../ipv6.ts'
import { readAddress4, readAddress6 } from '../known.ts'
import { Fragment, Protocol } from '../packet.ts'
import { TCP_HEADER } from '../tcp.ts'
import { dissectIcmp, dissectIcmp6, dissectUdp } from './datagram.ts'
import { ChecksumStatus, hex4, type Reader, statusText } from './field.ts'
import { dissectQuotedTcp, dissectTcp } from './tcp.ts'

/** The IP packet around a transport. `whole`: all of its payload is there, so that a checksum can be judged. */
export interface Within {
  readonly src: Address
  readonly dst: Address
  readonly whole: boolean
}

const transport = (r: Reader, protocol: number, at: number, end: number, within: Within, quoted: boolean): void => {
  if (protocol === Protocol.TCP) {
    if (quoted && end - at < TCP_HEADER) dissectQuotedTcp(r, at, end)
    else dissectTcp(r, at, end, within)
  } else if (protocol === Protocol.UDP) dissectUdp(r, at, end, within)
  else if (protocol === Protocol.ICMP && within.src.family === 4) dissectIcmp(r, at, end, within, dissectQuoted4)
  else if (protocol === Protocol.ICMPV6 && within.src.family === 6) dissectIcmp6(r, at, end, within, dissectQuoted6)
  else r.bytes('data.data', 'Data', at, end)
}

const dissectQuoted4 = (r: Reader, at: number, end: number): void => {
  if (end - at >= IPV4_HEADER) dissectIpv4(r, at, end, true)
}

const dissectQuoted6 = (r: Reader, at: number, end: number): void => {
  if (end - at >= IPV6_HEADER) dissectIpv6(r, at, end, true)
}

const flags4 = (i: Reader, at: number): void => {
  const word = get16(i.b, at)
  const f = i.add('ip.flags', word >>> 13, 'Flags', at, 1, `0x${(word >>> 13).toString(16)}`)
  f.flag('ip.flags.rb', 'Reserved bit', at, 1, 0x80)
  f.flag('ip.flags.df', "Don't fragment", at, 1, 0x40)
  f.flag('ip.flags.mf', 'More fragments', at, 1, 0x20)
  const offset = word & Fragment.OFFSET
  i.add('ip.frag_offset', offset, 'Fragment Offset', at, 2, `${offset * 8} bytes`)
}

/** The datagram in `b[at, end)`; link padding is left out. */
export const dissectIpv4 = (r: Reader, at: number, end: number, quoted = false): void => {
  const { b } = r
  const header = ((b[at] as number) & 15) << 2
  if (end - at < IPV4_HEADER || end - at < header) {
    r.bytes('ip.truncated', 'Truncated IP header', at, end)
    return
  }
  const src = readAddress4(b, at + 12)
  const dst = readAddress4(b, at + 16)
  const i = r.add(
    'ip',
    '',
    '',
    at,
    Math.max(header, IPV4_HEADER),
    `Internet Protocol Version 4, Src: ${src}, Dst: ${dst}`,
  )
  i.add('ip.version', (b[at] as number) >>> 4, 'Version', at, 1)
  i.add('ip.hdr_len', header, 'Header Length', at, 1, `${header} bytes`)
  const tos = b[at + 1] as number
  const ds = i.u8('ip.dsfield', 'Differentiated Services Field', at + 1)
  ds.add('ip.dsfield.dscp', tos >>> 2, 'DSCP', at + 1, 1)
  ds.add('ip.dsfield.ecn', tos & 3, 'ECN', at + 1, 1)
  i.u16('ip.len', 'Total Length', at + 2)
  i.u16('ip.id', 'Identification', at + 4, hex4(get16(b, at + 4)))
  flags4(i, at + 6)
  i.u8('ip.ttl', 'Time to Live', at + 8)
  i.u8('ip.proto', 'Protocol', at + 9)
  const good = header >= IPV4_HEADER && sum(b, at, at + header) === 0xffff
  const status = good ? ChecksumStatus.GOOD : ChecksumStatus.BAD
  i.u16('ip.checksum', 'Header Checksum', at + 10, `${hex4(get16(b, at + 10))} [${statusText(status)}]`)
  i.add('ip.checksum.status', status, 'Header Checksum Status', at + 12, 0, statusText(status))
  i.add('ip.src', src.toString(), 'Source Address', at + 12, 4)
  i.add('ip.dst', dst.toString(), 'Destination Address', at + 16, 4)
  if (header > IPV4_HEADER) i.bytes('ip.options', 'Options', at + IPV4_HEADER, at + header)
  const total = get16(b, at + 2)
  if (header < IPV4_HEADER || total < header) return
  const last = Math.min(end, at + total)
  const word = get16(b, at + 6)
  if ((word & (Fragment.MF | Fragment.OFFSET)) !== 0) r.bytes('data.data', 'Data (fragment)', at + header, last)
  else transport(r, b[at + 9] as number, at + header, last, { src, dst, whole: last === at + total }, quoted)
}

const EXTENSIONS: Readonly<Record<number, readonly [string, string]>> = {
  [Protocol.HOPOPT]: ['ipv6.hopopts', 'Hop-by-Hop Options'],
  [Protocol.IPV6_ROUTE]: ['ipv6.routing', 'Routing Header'],
  [Protocol.IPV6_DSTOPTS]: ['ipv6.dstopts', 'Destination Options'],
}

const fragmentHeader = (i: Reader, at: number): void => {
  const { b } = i
  const f = i.add('ipv6.fraghdr', '', '', at, FRAGMENT_HEADER, 'Fragment Header')
  f.u8('ipv6.fraghdr.nxt', 'Next header', at)
  f.add('ipv6.fraghdr.offset', get16(b, at + 2) >>> 3, 'Offset', at + 2, 2, `${get16(b, at + 2) & 0xfff8} bytes`)
  f.flag('ipv6.fraghdr.more', 'More Fragments', at + 2, 2, 1)
  f.u32('ipv6.fraghdr.ident', 'Identification', at + 4, `0x${(get32(b, at + 4) >>> 0).toString(16).padStart(8, '0')}`)
}

/** Where the last header of the network layer ends: IPv6 and the extension headers up to a Fragment header that splits. */
const headersEnd = (b: Uint8Array, at: number, last: number): number => {
  let protocol = b[at + 6] as number
  let next = at + IPV6_HEADER
  while (next + 8 <= last && (protocol === Protocol.IPV6_FRAG || EXTENSIONS[protocol] !== undefined)) {
    const isFragment = protocol === Protocol.IPV6_FRAG
    const length = isFragment ? FRAGMENT_HEADER : ((b[next + 1] as number) + 1) << 3
    if (next + length > last) return next
    protocol = b[next] as number
    next += length
    if (isFragment && (get16(b, next - 6) & 0xfff9) !== 0) return next
  }
  return next
}

/** The packet in `b[at, end)`; link padding is left out. */
export const dissectIpv6 = (r: Reader, at: number, end: number, quoted = false): void => {
  const { b } = r
  if (end - at < IPV6_HEADER) {
    r.bytes('ipv6.truncated', 'Truncated IPv6 header', at, end)
    return
  }
  const src = readAddress6(b, at + 8)
  const dst = readAddress6(b, at + 24)
  const whole = at + IPV6_HEADER + get16(b, at + 4)
  const last = Math.min(end, whole)
  const i = r.add(
    'ipv6',
    '',
    '',
    at,
    headersEnd(b, at, last) - at,
    `Internet Protocol Version 6, Src: ${src}, Dst: ${dst}`,
  )
  i.add('ipv6.version', (b[at] as number) >>> 4, 'Version', at, 1)
  const tclass = (get16(b, at) >>> 4) & 0xff
  const t = i.add('ipv6.tclass', tclass, 'Traffic Class', at, 4)
  t.add('ipv6.tclass.dscp', tclass >>> 2, 'Differentiated Services Codepoint', at, 4)
  t.add('ipv6.tclass.ecn', tclass & 3, 'Explicit Congestion Notification', at, 4)
  i.add('ipv6.flow', get32(b, at) & 0xfffff, 'Flow Label', at + 1, 3)
  i.u16('ipv6.plen', 'Payload Length', at + 4)
  i.u8('ipv6.nxt', 'Next Header', at + 6)
  i.u8('ipv6.hlim', 'Hop Limit', at + 7)
  i.add('ipv6.src', src.toString(), 'Source Address', at + 8, 16)
  i.add('ipv6.dst', dst.toString(), 'Destination Address', at + 24, 16)
  let protocol = b[at + 6] as number
  let next = at + IPV6_HEADER
  let split = false
  while (!split && next + 8 <= last) {
    const known = EXTENSIONS[protocol]
    if (protocol === Protocol.IPV6_FRAG) {
      fragmentHeader(i, next)
      split = (get16(b, next + 2) & 0xfff9) !== 0
      protocol = b[next] as number
      next += FRAGMENT_HEADER
    } else if (known !== undefined) {
      const length = ((b[next + 1] as number) + 1) << 3
      if (next + length > last) break
      const x = i.add(known[0], '', '', next, length, known[1])
      x.u8(`${known[0]}.nxt`, 'Next Header', next)
      x.u8(`${known[0]}.len`, 'Length', next + 1)
      protocol = b[next] as number
      next += length
    } else break
  }
  if (split) r.bytes('data.data', 'Data (fragment)', next, last)
  else transport(r, protocol, next, last, { src, dst, whole: last === whole }, quoted)
}
