/**
 * Wire: bytes to headers and back, one file per protocol; the packet that travels between them; addresses, checksums, serial
 * numbers, and the words for what happens (reasons, counters).
 *
 * A packet is header fields with a range of payload, or a raw frame (`Form`). `encodeFrame`, `toFrame` and `decodeFrame` turn one
 * into the other without making an object: fields are flat, payloads stay in their counted chunk, addresses are shared values.
 * What a codec cannot say exactly stays raw. Decoding answers with a reason and never throws; an impossible packet to encode is a
 * bug of its sender and does.
 *
 * `describe` and `dissect` are the one dissector: a line as tcpdump prints it, and a tree under Wireshark's names.
 *
 * Left out: 802.1Q tags, jumbograms, link padding on output, and what the application protocols say.
 */
export * from './address.ts'
export { ARP_LENGTH, ArpOperation } from './arp.ts'
export * from './call.ts'
export * from './checksum.ts'
export * from './describe/index.ts'
export * from './dissect/index.ts'
export * from './errno.ts'
export {
  decodeFrame,
  decodeNetwork,
  ETHERNET_HEADER,
  encodeFrame,
  encodeNetwork,
  encodeQuote,
  frameLength,
  networkLength,
  toFrame,
} from './ethernet.ts'
export { ICMP_HEADER, Icmp6Type, Icmp6Unreachable, IcmpType, IcmpUnreachable } from './icmp.ts'
export { findOption, IP_OPTION_COPIED, IPV4_HEADER, IPV4_MAX, IpOption, ipv4HeaderLength, optionError } from './ipv4.ts'
export { FRAGMENT_HEADER, IPV6_HEADER, IPV6_MAX_PAYLOAD, ipv6HeaderLength } from './ipv6.ts'
export * from './memory.ts'
export * from './packet.ts'
export * from './parse.ts'
export * from './reason.ts'
export * from './seq.ts'
export * from './sysctl.ts'
export { hasOption, TCP_HEADER, tcpHeaderLength } from './tcp.ts'
export { MAX_OPTIONS, MAX_SACKS, OptionKind } from './tcp-options.ts'
export * from './telemetry.ts'
export { decodeTransport, encodeTransport, transportHeaderLength } from './transport.ts'
export { UDP_HEADER } from './udp.ts'
