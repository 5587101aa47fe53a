/** Random packets of all protocols, as plain fields, and their comparison. */
import fc from 'fast-check'
import { Address, MacAddress } from '../../src/wire/address.ts'
import type { Memory } from '../../src/wire/memory.ts'
import { EtherType, Form, Fragment, type Packet, Protocol, TcpOption } from '../../src/wire/packet.ts'

/** Fields that a codec carries; the payload is apart. */
export const FIELDS = [
  'form',
  'etherType',
  'srcMac',
  'dstMac',
  'src',
  'dst',
  'protocol',
  'ttl',
  'tos',
  'ipId',
  'fragment',
  'flowLabel',
  'ipOptions',
  'srcPort',
  'dstPort',
  'seq',
  'ack',
  'flags',
  'window',
  'urgent',
  'optionBits',
  'mss',
  'wscale',
  'tsVal',
  'tsEcr',
  'sackCount',
  'otherOptions',
  'icmpType',
  'icmpCode',
  'icmpRest',
  'arpSource',
  'arpTarget',
  'noChecksum',
] as const satisfies readonly (keyof Packet)[]

export interface Spec {
  fields: Partial<Record<(typeof FIELDS)[number], unknown>>
  sacks?: number[]
  payload: Uint8Array
}

const u8 = fc.nat(0xff)
const u16 = fc.oneof(fc.constantFrom(0, 1, 0xff, 0x100, 0x7fff, 0x8000, 0xffff), fc.nat(0xffff))
const i32 = fc.oneof(
  fc.constantFrom(0, 1, -1, -(2 ** 31), 2 ** 31 - 1),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
)
const mac = fc.tuple(u16, i32).map(([high, low]) => new MacAddress(high, low))
export const address4 = i32.map((w) => Address.v4(w))
export const address6 = fc.tuple(i32, i32, i32, i32).map(([a, b, c, d]) => Address.v6(a, b, c, d))
/** Lengths on both sides of the byte loop, odd and even. */
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ maxLength: 200 }),
  fc.integer({ min: 1400, max: 9000 }).map((n) => Uint8Array.from({ length: n }, (_, i) => (i * 31 + n) & 255)),
)

/** Whole options (one No-Operation, one of an unknown type), padded to words by End of Option List. */
const ipOptions4 = fc.option(
  fc.array(fc.uint8Array({ minLength: 0, maxLength: 6 }), { minLength: 1, maxLength: 3 }).map((values) => {
    const bytes = values.flatMap((value) => [1, 0x94, value.length + 2, ...value])
    while (bytes.length % 4 !== 0) bytes.push(0)
    return Uint8Array.from(bytes)
  }),
)

const extension = (type: number): fc.Arbitrary<number[]> =>
  fc
    .integer({ min: 0, max: 2 })
    .chain((n) => fc.uint8Array({ minLength: 8 * n + 6, maxLength: 8 * n + 6 }).map((value) => [type, n, ...value]))
const ipOptions6 = fc.option(
  fc
    .oneof(
      extension(Protocol.HOPOPT),
      extension(Protocol.IPV6_DSTOPTS),
      fc
        .tuple(extension(Protocol.HOPOPT), extension(Protocol.IPV6_ROUTE), extension(Protocol.IPV6_DSTOPTS))
        .map((h) => h.flat()),
    )
    .map((bytes) => Uint8Array.from(bytes)),
)

const link = fc.record({ srcMac: mac, dstMac: mac })
const ip4 = fc.record({
  etherType: fc.constant(EtherType.IPV4),
  src: address4,
  dst: address4,
  ttl: u8,
  tos: u8,
  ipId: u16,
  ipOptions: ipOptions4,
  fragment: fc.constantFrom(0, Fragment.DF),
})
const ip6 = fc.record({
  etherType: fc.constant(EtherType.IPV6),
  src: address6,
  dst: address6,
  ttl: u8,
  tos: u8,
  flowLabel: fc.nat(0xfffff),
  ipOptions: ipOptions6,
})
const network = fc.tuple(link, fc.oneof(ip4, ip6)).map(([l, n]) => ({ ...l, ...n }))
type Network = typeof network extends fc.Arbitrary<infer T> ? T : never

const option = (kind: number, length: number): fc.Arbitrary<number[]> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((v) => [kind, length + 2, ...v])

/** Options of a SYN, of an established connection, and foreign ones. */
const tcpOptions = fc.oneof(
  fc.constant({ fields: {} }),
  fc.record({ tsVal: i32, tsEcr: i32 }).map((f) => ({ fields: { ...f, optionBits: TcpOption.TIMESTAMPS } })),
  fc.record({ mss: u16, wscale: u8, tsVal: i32, tsEcr: i32, bits: fc.nat(15) }).map(({ bits, ...f }) => ({
    fields: {
      optionBits: bits,
      mss: bits & TcpOption.MSS ? f.mss : 0,
      wscale: bits & TcpOption.WSCALE ? f.wscale : 0,
      tsVal: bits & TcpOption.TIMESTAMPS ? f.tsVal : 0,
      tsEcr: bits & TcpOption.TIMESTAMPS ? f.tsEcr : 0,
    },
  })),
  fc.array(fc.tuple(i32, i32), { minLength: 1, maxLength: 4 }).map((blocks) => ({
    fields: { optionBits: TcpOption.SACK, sackCount: blocks.length },
    sacks: blocks.flat(),
  })),
  fc.tuple(fc.array(fc.tuple(i32, i32), { minLength: 1, maxLength: 3 }), i32, i32).map(([blocks, tsVal, tsEcr]) => ({
    fields: { optionBits: TcpOption.SACK | TcpOption.TIMESTAMPS, sackCount: blocks.length, tsVal, tsEcr },
    sacks: blocks.flat(),
  })),
  // Fits without padding only.
  fc.array(fc.tuple(i32, i32), { minLength: 4, maxLength: 4 }).map((blocks) => ({
    fields: { optionBits: TcpOption.SACK | TcpOption.SACK_PERMITTED, sackCount: 4 },
    sacks: blocks.flat(),
  })),
  fc
    .tuple(fc.oneof(option(28, 2), option(34, 8), option(19, 16), option(254, 5), option(2, 1)), u16)
    .map(([other, mss]) => ({
      fields: { optionBits: TcpOption.OTHER | TcpOption.MSS, mss, otherOptions: Uint8Array.from(other) },
    })),
) as fc.Arbitrary<{ fields: Spec['fields']; sacks?: number[] }>

const spec = (fields: Spec['fields'], bytes: Uint8Array, sacks?: number[]): Spec => ({
  fields,
  payload: bytes,
  ...(sacks === undefined ? {} : { sacks }),
})

export const tcp = fc
  .tuple(
    network,
    fc.record({ srcPort: u16, dstPort: u16, seq: i32, ack: i32, flags: u8, window: u16, urgent: u16 }),
    tcpOptions,
    payload,
  )
  .map(([n, t, o, bytes]) => spec({ ...n, ...t, ...o.fields, protocol: Protocol.TCP }, bytes, o.sacks))

export const udp = fc
  .tuple(network, fc.record({ srcPort: u16, dstPort: u16 }), fc.boolean(), payload)
  .map(([n, t, none, bytes]) =>
    spec({ ...n, ...t, protocol: Protocol.UDP, noChecksum: none && n.etherType === EtherType.IPV4 }, bytes),
  )

const icmpProtocol = (n: Network): number => (n.etherType === EtherType.IPV4 ? Protocol.ICMP : Protocol.ICMPV6)
export const icmp = fc
  .tuple(network, fc.record({ icmpType: u8, icmpCode: u8, icmpRest: i32 }), payload)
  .map(([n, t, bytes]) => spec({ ...n, ...t, protocol: icmpProtocol(n) }, bytes))

export const arp = fc
  .tuple(link, fc.record({ icmpType: u16, src: address4, dst: address4, arpSource: mac, arpTarget: mac }))
  .map(([l, a]) => spec({ ...l, ...a, etherType: EtherType.ARP }, new Uint8Array(0)))

/** Unknown protocols and fragments: payloads that no codec looks into. */
export const opaque = fc
  .tuple(
    network,
    fc.constantFrom(Protocol.IGMP, 47, 50, 59, 255),
    fc.boolean(),
    fc.integer({ min: 1, max: 0x1fff }),
    fc.boolean(),
    u16,
    payload,
  )
  .map(([n, protocol, split, offset, more, ipId, bytes]) =>
    spec(
      {
        ...n,
        form: Form.NETWORK,
        protocol: split ? Protocol.TCP : protocol,
        ipId: split || n.etherType === EtherType.IPV4 ? ipId : 0,
        fragment: split ? offset | (more ? Fragment.MF : 0) : 0,
      },
      bytes,
    ),
  )

export const anyPacket: fc.Arbitrary<Spec> = fc.oneof(tcp, udp, icmp, arp, opaque)

/** The packet, its payload at `offset` of a counted chunk. */
export const build = (memory: Memory, { fields, sacks, payload: bytes }: Spec, offset = 0): Packet => {
  const packet = memory.packet()
  Object.assign(packet, fields)
  if (sacks !== undefined) packet.sacks = Int32Array.from({ length: 8 }, (_, i) => sacks[i] ?? 0)
  const chunk = memory.chunk(bytes.length + offset)
  chunk.bytes.set(bytes, offset)
  packet.setPayload(chunk, offset, offset + bytes.length)
  chunk.release()
  return packet
}

/** All that a codec carries, in a form that `toEqual` compares and prints. */
export const contents = (p: Packet): Record<string, unknown> => {
  const out: Record<string, unknown> = {}
  for (const name of FIELDS) {
    const value = p[name]
    out[name] =
      value instanceof Address || value instanceof MacAddress
        ? value.toString()
        : value instanceof Uint8Array
          ? [...value]
          : value
  }
  out['sacks'] = p.sackCount === 0 ? [] : [...(p.sacks ?? [])].slice(0, 2 * p.sackCount)
  out['payload'] = [...p.buf.subarray(p.start, p.end)]
  return out
}
