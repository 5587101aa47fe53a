import { get16 } from '../bytes.ts'
import { finish, sum } from '../checksum.ts'
import { ICMP_HEADER } from '../icmp.ts'
import { IPV4_HEADER } from '../ipv4.ts'
import { FRAGMENT_HEADER, IPV6_HEADER } from '../ipv6.ts'
import { Fragment, Protocol } from '../packet.ts'
import { icmpText, isIcmpError } from './icmp.ts'
import { icmp6Text } from './icmp6.ts'
import { type Around, type DescribeOptions, hex, hostText, read4, read6, u32 } from './options.ts'
import { tcpText } from './tcp.ts'
import { udpText } from './udp.ts'

const PROTOCOLS: Readonly<Record<number, string>> = {
  [Protocol.HOPOPT]: 'Options',
  [Protocol.ICMP]: 'ICMP',
  [Protocol.IGMP]: 'IGMP',
  4: 'IPIP',
  [Protocol.TCP]: 'TCP',
  [Protocol.UDP]: 'UDP',
  41: 'IPv6',
  47: 'GRE',
  50: 'ESP',
  51: 'AH',
  [Protocol.IPV6_ROUTE]: 'Routing',
  [Protocol.IPV6_FRAG]: 'Fragment',
  [Protocol.ICMPV6]: 'ICMPv6',
  [Protocol.IPV6_NONXT]: 'no next header',
  [Protocol.IPV6_DSTOPTS]: 'Options',
  89: 'OSPF',
  132: 'SCTP',
}

const protocolText = (protocol: number): string => `${PROTOCOLS[protocol] ?? 'unknown'} (${protocol})`

const addresses = (around: Around, o: DescribeOptions): string =>
  around.bare ? '' : `${hostText(o, around.src)} > ${hostText(o, around.dst)}: `

const payloadText = (
  protocol: number,
  b: Uint8Array,
  at: number,
  end: number,
  around: Around,
  o: DescribeOptions,
  cut: number,
): string => {
  if (protocol === Protocol.TCP) return tcpText(b, at, end, around, o, cut)
  if (protocol === Protocol.UDP) return udpText(b, at, end, around, o, cut)
  const told = addresses(around, o)
  if (protocol === Protocol.ICMP && around.src.family === 4) {
    let text = told + icmpText(b, at, end, around.fragmented, o, cut)
    if ((o.verbose ?? 0) > 0 && isIcmpError(b[at] as number) && end - at >= ICMP_HEADER + IPV4_HEADER) {
      // With -e the link header names the protocol, and ip_print does not.
      const prefix = o.link === true ? '' : ip4Prefix(b, at + ICMP_HEADER, end)
      text += `\n\t${prefix}${ip4Text(b, at + ICMP_HEADER, end, o, true)}`
    }
    return text
  }
  if (protocol === Protocol.ICMPV6) return told + icmp6Text(b, at, end, around, o, cut)
  if (protocol === Protocol.IPV6_NONXT) return `${told}no next header`
  const name = o.protocolName?.(protocol)
  return `${told} ${name ?? `ip-proto-${protocol}`} ${end - at + cut}`
}

const FRAGMENT_FLAGS: readonly (readonly [number, string])[] = [
  [Fragment.MF, '+'],
  [Fragment.DF, 'DF'],
  [0x8000, 'rsvd'],
]

const ECN: readonly string[] = ['', ',ECT(1)', ',ECT(0)', ',CE']

/** `(tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto TCP (6), length 60)` and the line break after it. */
const header4Text = (b: Uint8Array, at: number, header: number): string => {
  const tos = b[at + 1] as number
  const word = get16(b, at + 6)
  const flags = FRAGMENT_FLAGS.filter(([bit]) => (word & bit) !== 0).map(([, name]) => name)
  const ttl = b[at + 8] as number
  let text = `(tos 0x${hex(tos)}${ECN[tos & 3]}${ttl > 0 ? `, ttl ${ttl}` : ''}, id ${get16(b, at + 4)}`
  text += `, offset ${(word & Fragment.OFFSET) * 8}, flags [${flags.join(', ') || 'none'}]`
  text += `, proto ${protocolText(b[at + 9] as number)}, length ${get16(b, at + 2)}`
  if (header > IPV4_HEADER) text += `, options (${header - IPV4_HEADER} octets)`
  const s = sum(b, at, at + header)
  const found = get16(b, at + 10)
  if (s !== 0xffff) text += `, bad cksum ${hex(found)} (->${hex(finish(s + (~found & 0xffff)))})!`
  return `${text})\n    `
}

/** Nothing before what is too short to be told, and no blank before the version that is not 4. */
export const ip4Prefix = (b: Uint8Array, at: number, end: number): string => {
  if (end - at < IPV4_HEADER) return ''
  return (b[at] as number) >>> 4 === 4 ? 'IP ' : 'IP'
}

/** The IPv4 datagram in `b[at, end)`. `quoted`: in an ICMP error, so that it may end early. */
export const ip4Text = (b: Uint8Array, at: number, end: number, o: DescribeOptions, quoted = false): string => {
  if (end - at < IPV4_HEADER) return ' [|ip]'
  if ((b[at] as number) >>> 4 !== 4) return `${(b[at] as number) >>> 4} (invalid)`
  const header = ((b[at] as number) & 15) << 2
  if (header < IPV4_HEADER) return `bad-hlen ${header}`
  const total = get16(b, at + 2)
  if (total < header) return `bad-len ${total}`
  if (end - at < header) return ' [|ip]'
  const cut = Math.max(0, total - (end - at))
  const last = Math.min(end, at + total)
  let text = cut > 0 && !quoted ? `truncated-ip - ${cut} bytes missing! ` : ''
  if ((o.verbose ?? 0) > 0) text += header4Text(b, at, header)
  const word = get16(b, at + 6)
  const protocol = b[at + 9] as number
  const fragmented = (word & (Fragment.MF | Fragment.OFFSET)) !== 0
  const around: Around = { src: read4(b, at + 12), dst: read4(b, at + 16), fragmented, bare: false }
  if ((word & Fragment.OFFSET) === 0) return text + payloadText(protocol, b, at + header, last, around, o, cut)
  // The rest of a datagram: its transport header was in another fragment.
  return `${text}${addresses(around, o)}${o.protocolName?.(protocol) ?? `ip-proto-${protocol}`}`
}

const header6Text = (b: Uint8Array, at: number): string => {
  const tclass = (get16(b, at) >>> 4) & 0xff
  const flow = u32(b, at) & 0xfffff
  const told = `${tclass === 0 ? '' : `class 0x${hex(tclass, 2)}, `}${flow === 0 ? '' : `flowlabel 0x${hex(flow, 5)}, `}`
  return `(${told}hlim ${b[at + 7]}, next-header ${protocolText(b[at + 6] as number)} payload length: ${get16(b, at + 4)}) `
}

const fragment6Text = (b: Uint8Array, at: number, end: number, verbose: number): string => {
  const word = get16(b, at + 2)
  const id = verbose > 0 ? `0x${hex(u32(b, at + 4), 8)}:` : ''
  return `frag (${id}${word & 0xfff8}|${end - at - FRAGMENT_HEADER}) `
}

const EXTENSION_NAMES: Readonly<Record<number, string>> = {
  [Protocol.HOPOPT]: 'HBH ',
  [Protocol.IPV6_DSTOPTS]: 'DSTOPT ',
  [Protocol.IPV6_ROUTE]: 'srcrt ',
}

/** `(padn)`: the options of a Hop-by-Hop or Destination header. */
const extensionOptions = (b: Uint8Array, at: number, end: number): string => {
  let text = ''
  while (at < end) {
    const type = b[at] as number
    if (type === 0) {
      text += '(pad1)'
      at++
      continue
    }
    const length = b[at + 1] ?? 0
    if (at + 2 + length > end) return `${text}(trunc)`
    if (type === 1) text += '(padn)'
    else if (type === 5 && length === 2) text += `(rtalert: 0x${hex(get16(b, at + 2), 4)}) `
    else text += `(opt_type 0x${hex(type, 2)}: len=${length})`
    at += 2 + length
  }
  return text
}

/** The IPv6 packet in `b[at, end)`. */
export const ip6Text = (b: Uint8Array, at: number, end: number, o: DescribeOptions): string => {
  if (end - at < IPV6_HEADER) return ' [|ip6]'
  if ((b[at] as number) >>> 4 !== 6) return `version error: ${(b[at] as number) >>> 4} != 6`
  const payload = get16(b, at + 4)
  const cut = Math.max(0, payload - (end - at - IPV6_HEADER))
  const last = Math.min(end, at + IPV6_HEADER + payload)
  const src = read6(b, at + 8)
  const dst = read6(b, at + 24)
  let text = cut > 0 ? `truncated-ip6 - ${cut} bytes missing!` : ''
  if ((o.verbose ?? 0) > 0) text += header6Text(b, at)
  let protocol = b[at + 6] as number
  let extensions = ''
  let fragmented = false
  let i = at + IPV6_HEADER
  while (i + 8 <= last) {
    const name = EXTENSION_NAMES[protocol]
    if (name === undefined && protocol !== Protocol.IPV6_FRAG) break
    const next = b[i] as number
    if (protocol === Protocol.IPV6_FRAG) {
      extensions += fragment6Text(b, i, last + cut, o.verbose ?? 0)
      fragmented = true
      if ((get16(b, i + 2) & 0xfff8) !== 0)
        return `${text}${hostText(o, src)} > ${hostText(o, dst)}: ${extensions}`.trimEnd()
    } else {
      const end = Math.min(last, i + (((b[i + 1] as number) + 1) << 3))
      const told = (o.verbose ?? 0) > 0 && protocol !== Protocol.IPV6_ROUTE ? extensionOptions(b, i + 2, end) : ''
      extensions += `${name}${told}${told === '' ? '' : ' '}`
    }
    i += protocol === Protocol.IPV6_FRAG ? FRAGMENT_HEADER : ((b[i + 1] as number) + 1) << 3
    protocol = next
  }
  const around: Around = { src, dst, fragmented, bare: extensions !== '' }
  const before = extensions === '' ? '' : `${hostText(o, src)} > ${hostText(o, dst)}: ${extensions}`
  return text + before + payloadText(protocol, b, Math.min(i, last), last, around, o, cut)
}
