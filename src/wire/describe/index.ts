/**
 * Packets in words: one line as tcpdump prints it.
 *
 * It works on bytes, so that damaged and foreign frames are told as far as they can be; a record is encoded first. Nothing here
 * runs unless somebody watches.
 */
import { ARP_LENGTH } from '../arp.ts'
import { get16 } from '../bytes.ts'
import { ETHERNET_HEADER, encodeFrame, frameLength } from '../ethernet.ts'
import { IPV6_HEADER } from '../ipv6.ts'
import { readMac } from '../known.ts'
import { EtherType, Form, type Packet } from '../packet.ts'
import { arpText } from './arp.ts'
import { ip4Prefix, ip4Text, ip6Text } from './ip.ts'
import { type DescribeOptions, hex, macText } from './options.ts'

export { asciiDump, hexDump } from './dump.ts'
export { ip4Text, ip6Text } from './ip.ts'
export type { DescribeOptions } from './options.ts'
export { Sequences } from './sequences.ts'
export { tcpFlagsText } from './tcp.ts'

const ETHER_TYPES: Readonly<Record<number, string>> = {
  [EtherType.IPV4]: 'IPv4',
  [EtherType.ARP]: 'ARP',
  [EtherType.IPV6]: 'IPv6',
  33024: '802.1Q',
  35020: 'LLDP',
}

const linkText = (b: Uint8Array, at: number, end: number, o: DescribeOptions): string => {
  const dst = macText(o, readMac(b, at))
  const src = macText(o, readMac(b, at + 6))
  const type = get16(b, at + 12)
  const name = ETHER_TYPES[type] ?? 'Unknown'
  return `${src} > ${dst}, ethertype ${name} (0x${hex(type, 4)}), length ${end - at}: `
}

/** The Ethernet frame in `b[start, end)`. */
export const describeFrame = (b: Uint8Array, start: number, end: number, options: DescribeOptions = {}): string => {
  if (end - start < ETHERNET_HEADER) return '[|ether]'
  const at = start + ETHERNET_HEADER
  const type = get16(b, start + 12)
  const link = options.link === true ? linkText(b, start, end, options) : null
  if (type === EtherType.IPV4) return (link ?? ip4Prefix(b, at, end)) + ip4Text(b, at, end, options)
  if (type === EtherType.IPV6) return (link ?? (end - at < IPV6_HEADER ? '' : 'IP6 ')) + ip6Text(b, at, end, options)
  if (type === EtherType.ARP) return (link ?? (end - at < ARP_LENGTH ? '' : 'ARP, ')) + arpText(b, at, end, options)
  return link ?? linkText(b, start, end, options)
}

/** The bytes of a packet's frame: its own if it is one, else freshly encoded. */
export const bytesOf = (packet: Packet): Uint8Array => {
  if (packet.form === Form.FRAME) return packet.buf.subarray(packet.start, packet.end)
  const bytes = new Uint8Array(frameLength(packet))
  encodeFrame(packet, bytes, 0)
  return bytes
}

/** The packet in one line (with `-v`, several). */
export const describe = (packet: Packet, options: DescribeOptions = {}): string => {
  const bytes = bytesOf(packet)
  return describeFrame(bytes, 0, bytes.length, options)
}
