/** What the stack sent, read from the bytes on the wire with every check, in the terms of the language. */
import { get16, get32 } from '../../wire/bytes.ts'
import { decodeFrame, ETHERNET_HEADER } from '../../wire/ethernet.ts'
import { Form, type Packet, Protocol } from '../../wire/packet.ts'
import { reasons } from '../../wire/reason.ts'
import { OptionKind } from '../../wire/tcp-options.ts'
import type { TcpOptionSpec } from '../syntax/ast.ts'
import type { SentFrame } from './wire-end.ts'

interface SeenIp {
  readonly time: number
  readonly tos: number
  readonly ttl: number
  readonly frame: Uint8Array
}

export interface SeenTcp extends SeenIp {
  readonly kind: 'tcp'
  readonly localPort: number
  readonly remotePort: number
  readonly seq: number
  readonly ack: number
  readonly flags: number
  readonly window: number
  readonly urgent: number
  readonly length: number
  readonly options: readonly TcpOptionSpec[]
  /** It stands for several segments. */
  readonly isJoined: boolean
}

export interface SeenUdp extends SeenIp {
  readonly kind: 'udp'
  readonly localPort: number
  readonly remotePort: number
  readonly length: number
}

export interface SeenIcmp extends SeenIp {
  readonly kind: 'icmp'
  readonly type: number
  readonly code: number
  readonly rest: number
}

/** Anything that a script of this language cannot name: an ARP question, a fragment, or what fails the checks. */
export interface SeenOther extends SeenIp {
  readonly kind: 'other'
  readonly what: string
}

export type Seen = SeenTcp | SeenUdp | SeenIcmp | SeenOther

/** @param scratch - a packet of the pool, which is free again afterwards */
export const readFrame = (sent: SentFrame, scratch: Packet): Seen => {
  scratch.form = Form.FRAME
  scratch.setBytes(sent.bytes)
  const reason = decodeFrame(scratch)
  const seen: Seen =
    reason >= 0
      ? { kind: 'other', what: `a frame that fails its checks (${reasons[reason]?.text})`, ...common(sent, scratch) }
      : read(sent, scratch)
  scratch.free()
  return seen
}

const common = (sent: SentFrame, packet: Packet): SeenIp => ({
  time: sent.time,
  tos: packet.tos,
  ttl: packet.ttl,
  frame: sent.bytes,
})

const read = (sent: SentFrame, packet: Packet): Seen => {
  const ip = common(sent, packet)
  if (packet.form !== Form.FULL) return { kind: 'other', what: 'a fragment or an unknown protocol', ...ip }
  const ends = { localPort: packet.srcPort, remotePort: packet.dstPort, length: packet.end - packet.start }
  switch (packet.protocol) {
    case Protocol.TCP:
      return {
        kind: 'tcp',
        ...ip,
        ...ends,
        seq: packet.seq >>> 0,
        ack: packet.ack >>> 0,
        flags: packet.flags,
        window: packet.window,
        urgent: packet.urgent,
        options: tcpOptions(sent.bytes),
        isJoined: false,
      }
    case Protocol.UDP:
      return { kind: 'udp', ...ip, ...ends }
    case Protocol.ICMP:
    case Protocol.ICMPV6:
      return { kind: 'icmp', ...ip, type: packet.icmpType, code: packet.icmpCode, rest: packet.icmpRest }
    default:
      return { kind: 'other', what: 'an ARP packet or an unknown protocol', ...ip }
  }
}

const IPV6_HEADER = 40

/** In their order on the wire, padding included. */
const tcpOptions = (frame: Uint8Array): TcpOptionSpec[] => {
  const first = frame[ETHERNET_HEADER] as number
  const tcp = ETHERNET_HEADER + (first >>> 4 === 4 ? (first & 15) * 4 : IPV6_HEADER)
  const end = tcp + ((frame[tcp + 12] as number) >>> 4) * 4
  const found: TcpOptionSpec[] = []
  for (let at = tcp + 20; at < end; ) {
    const kind = frame[at] as number
    const length = kind === OptionKind.NOP || kind === OptionKind.EOL ? 1 : Math.max(2, frame[at + 1] ?? 2)
    found.push(option(frame, at, kind, length))
    at += length
  }
  return found
}

const word = (b: Uint8Array, at: number): number => get32(b, at) >>> 0

const option = (b: Uint8Array, at: number, kind: number, length: number): TcpOptionSpec => {
  switch (kind) {
    case OptionKind.EOL:
      return { kind: 'eol' }
    case OptionKind.NOP:
      return { kind: 'nop' }
    case OptionKind.MSS:
      return { kind: 'mss', value: get16(b, at + 2) }
    case OptionKind.WSCALE:
      return { kind: 'wscale', value: b[at + 2] as number }
    case OptionKind.SACK_PERMITTED:
      return { kind: 'sackOK' }
    case OptionKind.TIMESTAMPS:
      return { kind: 'TS', value: word(b, at + 2), echo: word(b, at + 6) }
    case OptionKind.SACK: {
      const blocks: [number, number][] = []
      for (let i = 2; i < length; i += 8) blocks.push([word(b, at + i), word(b, at + i + 4)])
      return { kind: 'sack', blocks }
    }
    default:
      return { kind: 'raw', number: kind, bytes: [...b.subarray(at + 2, at + length)] }
  }
}
