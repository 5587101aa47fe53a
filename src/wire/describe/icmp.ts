import { get16 } from '../bytes.ts'
import { finish, sum } from '../checksum.ts'
import { ICMP_HEADER, IcmpType, IcmpUnreachable } from '../icmp.ts'
import { Protocol } from '../packet.ts'
import { type DescribeOptions, hex, hostText, portText, read4, u32 } from './options.ts'

/** By code; `%` is the quoted datagram's destination. */
const UNREACHABLE: readonly string[] = [
  'net % unreachable',
  'host % unreachable',
  '', // protocol
  '', // port
  '', // fragmentation needed
  '% unreachable - source route failed',
  'net % unreachable - unknown',
  'host % unreachable - unknown',
  '% unreachable - source host isolated',
  'net % unreachable - admin prohibited',
  'host % unreachable - admin prohibited',
  'net % unreachable - tos prohibited',
  'host % unreachable - tos prohibited',
  'host % unreachable - admin prohibited filter',
  'host % unreachable - host precedence violation',
  'host % unreachable - precedence cutoff',
]

const REDIRECT: readonly string[] = [
  'redirect % to net ',
  'redirect % to host ',
  'redirect-tos % to net ',
  'redirect-tos % to host ',
]

const OTHER: Readonly<Record<number, string>> = {
  [IcmpType.SOURCE_QUENCH]: 'source quench',
  [IcmpType.ROUTER_ADVERTISEMENT]: 'router advertisement',
  [IcmpType.ROUTER_SOLICITATION]: 'router solicitation',
  15: 'information request',
  16: 'information reply',
  [IcmpType.ADDRESS_MASK]: 'address mask request',
}

/** What `tcp port 80` an unreachable port is, from the quoted datagram at `at`. */
const portOf = (b: Uint8Array, at: number, end: number, o: DescribeOptions): string | null => {
  const header = ((b[at] as number) & 15) << 2
  if (at + header + 4 > end) return null
  const protocol = b[at + 9] as number
  const port = get16(b, at + header + 2)
  if (protocol === Protocol.TCP) return `tcp port ${portText(o, port, protocol)}`
  if (protocol === Protocol.UDP) return `udp port ${portText(o, port, protocol)}`
  return `protocol ${protocol} port ${port}`
}

const unreachableText = (b: Uint8Array, at: number, end: number, o: DescribeOptions): string | null => {
  const quoted = at + ICMP_HEADER
  if (quoted + 20 > end) return null
  const code = b[at + 1] as number
  const dst = hostText(o, read4(b, quoted + 16))
  if (code === IcmpUnreachable.PROTOCOL) return `${dst} protocol ${b[quoted + 9]} unreachable`
  if (code === IcmpUnreachable.PORT) {
    const port = portOf(b, quoted, end, o)
    return port === null ? null : `${dst} ${port} unreachable`
  }
  if (code === IcmpUnreachable.FRAGMENTATION_NEEDED) {
    const mtu = get16(b, at + 6)
    return `${dst} unreachable - need to frag${mtu === 0 ? '' : ` (mtu ${mtu})`}`
  }
  return UNREACHABLE[code]?.replace('%', dst) ?? `${dst} unreachable - #${code}`
}

/** Milliseconds since midnight, as hours to milliseconds. */
const clockText = (t: number): string => {
  const two = (n: number): string => String(n).padStart(2, '0')
  const s = Math.floor(t / 1000)
  return `${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}.${String(t % 1000).padStart(3, '0')}`
}

const timeText = (b: Uint8Array, at: number, end: number): string | null => {
  const numbers = `id ${get16(b, at + 4)} seq ${get16(b, at + 6)}`
  if (b[at] === IcmpType.TIMESTAMP) return `time stamp query ${numbers}`
  if (at + 20 > end) return null
  const [org, recv, xmit] = [8, 12, 16].map((i) => clockText(u32(b, at + i)))
  return `time stamp reply ${numbers}: org ${org}, recv ${recv}, xmit ${xmit}`
}

const messageText = (b: Uint8Array, at: number, end: number, o: DescribeOptions): string | null => {
  const type = b[at] as number
  const code = b[at + 1] as number
  switch (type) {
    case IcmpType.ECHO:
    case IcmpType.ECHO_REPLY:
      return `echo ${type === IcmpType.ECHO ? 'request' : 'reply'}, id ${get16(b, at + 4)}, seq ${get16(b, at + 6)}`
    case IcmpType.UNREACHABLE:
      return unreachableText(b, at, end, o)
    case IcmpType.REDIRECT: {
      if (at + ICMP_HEADER + 20 > end) return null
      const dst = hostText(o, read4(b, at + ICMP_HEADER + 16))
      const gateway = hostText(o, read4(b, at + 4))
      return (REDIRECT[code]?.replace('%', dst) ?? `redirect-#${code} ${dst} to net `) + gateway
    }
    case IcmpType.TIME_EXCEEDED:
      return ['time exceeded in-transit', 'ip reassembly time exceeded'][code] ?? `time exceeded-#${code}`
    case IcmpType.PARAMETER_PROBLEM:
      return code === 0 ? `parameter problem - octet ${b[at + 4]}` : `parameter problem - code ${code}`
    case IcmpType.TIMESTAMP:
    case IcmpType.TIMESTAMP_REPLY:
      return timeText(b, at, end)
    case IcmpType.ADDRESS_MASK_REPLY:
      return at + 12 > end ? null : `address mask is 0x${hex(u32(b, at + 8), 8)}`
    default:
      return OTHER[type] ?? `type-#${type}`
  }
}

/** Whether a message of this type quotes a datagram. */
export const isIcmpError = (type: number): boolean =>
  type === IcmpType.UNREACHABLE ||
  type === IcmpType.SOURCE_QUENCH ||
  type === IcmpType.REDIRECT ||
  type === IcmpType.TIME_EXCEEDED ||
  type === IcmpType.PARAMETER_PROBLEM

/** `ICMP echo request, id 1, seq 1, length 64` of the message in `b[at, end)`, the addresses left to the caller. */
export const icmpText = (
  b: Uint8Array,
  at: number,
  end: number,
  fragmented: boolean,
  o: DescribeOptions,
  cut = 0,
): string => {
  const told = end - at < ICMP_HEADER ? null : messageText(b, at, end, o)
  if (told === null) return ' [|icmp]'
  let text = `ICMP ${told}, length ${end - at + cut}`
  if ((o.verbose ?? 0) > 0 && !fragmented && cut === 0) {
    const s = sum(b, at, end)
    const found = get16(b, at + 2)
    if (s !== 0xffff) text += ` (wrong icmp cksum ${hex(found)} (->${hex(finish(s + (~found & 0xffff)))})!)`
  }
  return text
}
