/** Packets for tests: only the fields that matter are written, templates carry the rest. */
import { Address, MacAddress } from '../../src/wire/address.ts'
import { encodeFrame, frameLength } from '../../src/wire/ethernet.ts'
import type { Memory } from '../../src/wire/memory.ts'
import { EtherType, Form, type FrameSink, type Packet, Protocol, TcpFlag } from '../../src/wire/packet.ts'
import type { HostEvent, Telemetry } from '../../src/wire/telemetry.ts'

export const MAC_A: MacAddress = new MacAddress(0x0200, 0x00000001)
export const MAC_B: MacAddress = new MacAddress(0x0200, 0x00000002)
export const MAC_C: MacAddress = new MacAddress(0x0200, 0x00000003)
export const IP_A: Address = Address.v4(0x0a000001)
export const IP_B: Address = Address.v4(0x0a000002)

type Writable<T> = { -readonly [K in keyof T]: T[K] }
/** Fields of a packet to set, and its payload as bytes, text (one byte a unit) or a length (0, 1, 2, ...). */
export type Fields = Partial<
  Pick<
    Writable<Packet>,
    | 'form'
    | 'etherType'
    | 'srcMac'
    | 'dstMac'
    | 'src'
    | 'dst'
    | 'protocol'
    | 'ttl'
    | 'tos'
    | 'ipId'
    | 'fragment'
    | 'srcPort'
    | 'dstPort'
    | 'seq'
    | 'ack'
    | 'flags'
    | 'window'
    | 'urgent'
    | 'optionBits'
    | 'mss'
    | 'wscale'
    | 'tsVal'
    | 'tsEcr'
    | 'icmpType'
    | 'icmpCode'
    | 'icmpRest'
    | 'flowLabel'
    | 'ipOptions'
    | 'noChecksum'
    | 'otherOptions'
  >
> & { payload?: Uint8Array | string | number }

const payloadBytes = (payload: Uint8Array | string | number): Uint8Array => {
  if (typeof payload === 'number') return Uint8Array.from({ length: payload }, (_, i) => i & 255)
  return typeof payload === 'string' ? Uint8Array.from(payload, (c) => c.charCodeAt(0)) : payload
}

/** A packet of a pool with these fields; the payload lies in a counted chunk. */
export const makePacket = (memory: Memory, { payload, ...fields }: Fields): Packet => {
  const packet = memory.packet()
  Object.assign(packet, fields)
  if (payload !== undefined) {
    const bytes = payloadBytes(payload)
    const chunk = memory.chunk(bytes.length)
    chunk.bytes.set(bytes)
    packet.setPayload(chunk, 0, bytes.length)
    chunk.release()
  }
  return packet
}

const IP: Fields = { etherType: EtherType.IPV4, srcMac: MAC_A, dstMac: MAC_B, src: IP_A, dst: IP_B, ttl: 64 }

/** A UDP datagram from A, port 1000, to B, port 2000. */
export const udpPacket = (memory: Memory, fields: Fields = {}): Packet =>
  makePacket(memory, { ...IP, protocol: Protocol.UDP, srcPort: 1000, dstPort: 2000, ...fields })

/** A TCP segment (ACK) from A, port 1000, to B, port 2000. */
export const tcpPacket = (memory: Memory, fields: Fields = {}): Packet =>
  makePacket(memory, {
    ...IP,
    protocol: Protocol.TCP,
    srcPort: 1000,
    dstPort: 2000,
    seq: 1,
    ack: 1,
    flags: TcpFlag.ACK,
    window: 65_535,
    ...fields,
  })

/** A packet that is nothing but these bytes of an Ethernet frame. */
export const rawFrame = (memory: Memory, bytes: Uint8Array): Packet =>
  makePacket(memory, { form: Form.FRAME, payload: bytes })

/** The whole frame of a packet as its own bytes. */
export const frameBytes = (packet: Packet): Uint8Array => {
  const bytes = new Uint8Array(frameLength(packet))
  encodeFrame(packet, bytes, 0)
  return bytes
}

/** A sink that notes when what arrives, as bytes, and frees it. */
export class Sink implements FrameSink {
  readonly frames: { time: number; bytes: Uint8Array; form: number }[] = []
  readonly #clock: { readonly now: number }

  constructor(clock: { readonly now: number }) {
    this.#clock = clock
  }

  receive(frame: Packet): void {
    this.frames.push({ time: this.#clock.now, bytes: frameBytes(frame), form: frame.form })
    frame.free()
  }

  get times(): number[] {
    return this.frames.map((frame) => frame.time)
  }

  /** First payload byte of each UDP frame over IPv4 without options: enough to tell packets apart. */
  get marks(): number[] {
    return this.frames.map((frame) => frame.bytes[42] ?? -1)
  }
}

/** Note every event of a telemetry as it is emitted, without the packets. */
export const recordEvents = (telemetry: Telemetry): Omit<HostEvent, 'packet'>[] => {
  const events: Omit<HostEvent, 'packet'>[] = []
  telemetry.observer = ({ packet: _, ...event }) => events.push(event)
  return events
}
