/** What rules look at: the fields of a packet by their nft(8) names, each read as a number, an address or a name. */
import type { NetworkInterface } from '../link/interface.ts'
import type { Address } from '../wire/address.ts'
import { get16 } from '../wire/bytes.ts'
import { Form, Fragment, type Packet, Protocol } from '../wire/packet.ts'
import { stateOf } from './conntrack.ts'

type In = NetworkInterface | null

/** A number of a packet, or -1 where it has none: then the rule does not match. */
export type NumberReader = (packet: Packet, iif: In, oif: In) => number

/** The transport protocol's first octets are at hand: no later fragment, and no headers of IPv6 before them. */
const hasTransport = (packet: Packet, protocol: number): boolean => {
  if (packet.protocol !== protocol || packet.form === Form.FRAME) return false
  if (packet.form === Form.FULL) return true
  return (packet.fragment & Fragment.OFFSET) === 0 && packet.src.family === 4
}

const source = (packet: Packet): number => {
  if (packet.form === Form.FULL) return packet.srcPort
  return packet.end - packet.start >= 2 ? get16(packet.buf, packet.start) : -1
}

const destination = (packet: Packet): number => {
  if (packet.form === Form.FULL) return packet.dstPort
  return packet.end - packet.start >= 4 ? get16(packet.buf, packet.start + 2) : -1
}

const icmpByte = (packet: Packet, protocol: number, at: 0 | 1): number => {
  if (!hasTransport(packet, protocol)) return -1
  if (packet.form === Form.FULL) return at === 0 ? packet.icmpType : packet.icmpCode
  return packet.end - packet.start > at ? (packet.buf[packet.start + at] as number) : -1
}

const port =
  (protocol: number, read: (packet: Packet) => number): NumberReader =>
  (packet) =>
    hasTransport(packet, protocol) ? read(packet) : -1

const anyPort =
  (read: (packet: Packet) => number): NumberReader =>
  (packet) =>
    hasTransport(packet, Protocol.TCP) || hasTransport(packet, Protocol.UDP) ? read(packet) : -1

const numbers = {
  'tcp sport': port(Protocol.TCP, source),
  'tcp dport': port(Protocol.TCP, destination),
  'udp sport': port(Protocol.UDP, source),
  'udp dport': port(Protocol.UDP, destination),
  'th sport': anyPort(source),
  'th dport': anyPort(destination),
  'tcp flags': (packet) => {
    if (!hasTransport(packet, Protocol.TCP)) return -1
    if (packet.form === Form.FULL) return packet.flags
    return packet.end - packet.start >= 14 ? (packet.buf[packet.start + 13] as number) : -1
  },
  'ip protocol': (packet) => (packet.src.family === 4 ? packet.protocol : -1),
  'ip6 nexthdr': (packet) => (packet.src.family === 6 ? packet.protocol : -1),
  'meta l4proto': (packet) => packet.protocol,
  // NFPROTO_IPV4 and NFPROTO_IPV6.
  'meta nfproto': (packet) => (packet.src.family === 4 ? 2 : 10),
  'icmp type': (packet) => icmpByte(packet, Protocol.ICMP, 0),
  'icmp code': (packet) => icmpByte(packet, Protocol.ICMP, 1),
  'icmpv6 type': (packet) => icmpByte(packet, Protocol.ICMPV6, 0),
  'icmpv6 code': (packet) => icmpByte(packet, Protocol.ICMPV6, 1),
  'ct state': stateOf,
  iif: (_packet, iif) => (iif === null ? -1 : iif.index),
  oif: (_packet, _iif, oif) => (oif === null ? -1 : oif.index),
} as const satisfies Record<string, NumberReader>

type AddressReader = (packet: Packet) => Address | null

const addresses = {
  'ip saddr': (packet) => (packet.src.family === 4 ? packet.src : null),
  'ip daddr': (packet) => (packet.dst.family === 4 ? packet.dst : null),
  'ip6 saddr': (packet) => (packet.src.family === 6 ? packet.src : null),
  'ip6 daddr': (packet) => (packet.dst.family === 6 ? packet.dst : null),
} as const satisfies Record<string, AddressReader>

const names = {
  iifname: (iif: In) => iif,
  oifname: (_iif: In, oif: In) => oif,
} as const satisfies Record<string, (iif: In, oif: In) => In>

export type NumberField = keyof typeof numbers
export type AddressField = keyof typeof addresses
export type NameField = keyof typeof names
export type Field = NumberField | AddressField | NameField

export const NUMBERS: Readonly<Record<NumberField, NumberReader>> = numbers
export const ADDRESSES: Readonly<Record<AddressField, AddressReader>> = addresses
export const NAMES: Readonly<Record<NameField, (iif: In, oif: In) => In>> = names

export const isAddressField = (field: Field): field is AddressField => field in addresses
export const isNameField = (field: Field): field is NameField => field in names
export const isField = (text: string): text is Field => text in numbers || text in addresses || text in names
