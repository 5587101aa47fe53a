/** Frames of all protocols for real dissectors, and a classic pcap to carry them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Address, MacAddress } from '../../src/wire/address.ts'
import { encodeFrame, encodeQuote, frameLength } from '../../src/wire/ethernet.ts'
import { Icmp6Type, IcmpType } from '../../src/wire/icmp.ts'
import { Memory } from '../../src/wire/memory.ts'
import { EtherType, Form, Fragment, Protocol, TcpFlag, TcpOption } from '../../src/wire/packet.ts'
import { parseAddress } from '../../src/wire/parse.ts'
import { build, type Spec } from '../wire/arbitrary.ts'

const memory = new Memory()
const MAC_A = new MacAddress(0x0200, 0x0a000001)
const MAC_B = new MacAddress(0x0200, 0x0a000002)
const address = (text: string): Address => parseAddress(text) as Address

/** Ports that no dissector takes for a protocol of its own. */
const port = fc.integer({ min: 51_000, max: 51_999 })
const u8 = fc.nat(0xff)
const u16 = fc.nat(0xffff)
const i32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const bytes = fc.uint8Array({ maxLength: 90 })
const host4 = fc.integer({ min: 0x0a000001, max: 0x0a0000fe }).map((w) => Address.v4(w))
const host6 = fc.integer({ min: 1, max: 0xffff }).map((w) => Address.v6(0x20010db8, 0, 0, w))
const link = { srcMac: MAC_A, dstMac: MAC_B }

const four = fc
  .record({
    src: host4,
    dst: host4,
    ttl: fc.integer({ min: 1, max: 255 }),
    tos: fc.constantFrom(0, 0x10, 0xb8, 1, 2, 3),
    ipId: u16,
    fragment: fc.constantFrom(0, Fragment.DF),
  })
  .map((f) => ({ ...link, ...f, etherType: EtherType.IPV4 }))
const six = fc
  .record({
    src: host6,
    dst: host6,
    ttl: fc.integer({ min: 1, max: 255 }),
    tos: u8,
    flowLabel: fc.nat(0xfffff),
  })
  .map((f) => ({ ...link, ...f, etherType: EtherType.IPV6 }))
const network = fc.oneof(four, six)

type Parts = { fields: Spec['fields']; sacks?: number[] }
const block = fc.tuple(i32, i32)
const options: fc.Arbitrary<Parts> = fc.oneof(
  fc.constant<Parts>({ fields: {} }),
  fc.tuple(fc.integer({ min: 64, max: 0xffff }), fc.nat(14), i32, i32, fc.nat(15)).map(
    ([mss, wscale, tsVal, tsEcr, optionBits]): Parts => ({
      fields: { optionBits, mss, wscale, tsVal, tsEcr },
    }),
  ),
  fc.tuple(fc.array(block, { minLength: 1, maxLength: 3 }), i32, i32).map(
    ([blocks, tsVal, tsEcr]): Parts => ({
      fields: { optionBits: TcpOption.SACK | TcpOption.TIMESTAMPS, sackCount: blocks.length, tsVal, tsEcr },
      sacks: blocks.flat(),
    }),
  ),
  fc.array(block, { minLength: 1, maxLength: 4 }).map(
    (blocks): Parts => ({
      fields: { optionBits: TcpOption.SACK, sackCount: blocks.length },
      sacks: blocks.flat(),
    }),
  ),
  fc.constantFrom([28, 4, 0x80, 5], [34, 2], [34, 10, 1, 2, 3, 4, 5, 6, 7, 8], [200, 6, 1, 2, 3, 4]).map(
    (other): Parts => ({
      fields: { optionBits: TcpOption.OTHER, otherOptions: Uint8Array.from(other) },
    }),
  ),
)

const spec = (fields: Spec['fields'], payload: Uint8Array, sacks?: number[]): Spec =>
  sacks === undefined ? { fields, payload } : { fields, payload, sacks }

const flags = fc.constantFrom(
  TcpFlag.SYN,
  TcpFlag.SYN | TcpFlag.ACK,
  TcpFlag.ACK,
  TcpFlag.ACK | TcpFlag.PSH,
  TcpFlag.FIN | TcpFlag.ACK,
  TcpFlag.RST,
  TcpFlag.RST | TcpFlag.ACK,
  TcpFlag.URG | TcpFlag.ACK,
  TcpFlag.SYN | TcpFlag.ECE | TcpFlag.CWR,
  0,
  0xff,
)

export const segments = fc
  .tuple(
    network,
    fc.record({ srcPort: port, dstPort: port, seq: i32, ack: i32, flags, window: u16, urgent: u16 }),
    options,
    bytes,
  )
  .map(([n, t, o, payload]) => spec({ ...n, ...t, ...o.fields, protocol: Protocol.TCP }, payload, o.sacks))

const datagrams = fc
  .tuple(network, fc.record({ srcPort: port, dstPort: port }), fc.boolean(), bytes)
  .map(([n, t, none, payload]) =>
    spec({ ...n, ...t, protocol: Protocol.UDP, noChecksum: none && n.etherType === EtherType.IPV4 }, payload),
  )

const echoes = fc.tuple(network, fc.boolean(), i32, bytes).map(([n, reply, icmpRest, payload]) => {
  const is4 = n.etherType === EtherType.IPV4
  const type = is4 ? (reply ? IcmpType.ECHO_REPLY : IcmpType.ECHO) : reply ? Icmp6Type.ECHO_REPLY : Icmp6Type.ECHO
  return spec({ ...n, icmpType: type, icmpRest, protocol: is4 ? Protocol.ICMP : Protocol.ICMPV6 }, payload)
})

const quote = (inner: Spec, limit: number): Uint8Array => {
  const p = build(memory, inner)
  const out = new Uint8Array(limit)
  const end = encodeQuote(p, out, 0, limit)
  p.free()
  return out.slice(0, end)
}

const quotable4 = fc.oneof(segments, datagrams).filter((s) => s.fields.etherType === EtherType.IPV4)
const quotable6 = fc.oneof(segments, datagrams).filter((s) => s.fields.etherType === EtherType.IPV6)

const errors4 = fc
  .tuple(
    four,
    quotable4,
    fc.oneof(
      fc.tuple(fc.constant(IcmpType.UNREACHABLE), fc.nat(15)),
      fc.tuple(fc.constant(IcmpType.TIME_EXCEEDED), fc.nat(1)),
      fc.constant([IcmpType.PARAMETER_PROBLEM, 0]),
      fc.tuple(fc.constant(IcmpType.REDIRECT), fc.nat(3)),
      fc.constant([IcmpType.SOURCE_QUENCH, 0]),
    ),
    fc.integer({ min: 576, max: 1500 }),
  )
  .map(([n, inner, [icmpType, icmpCode], mtu]) => {
    const needsMtu = icmpType === IcmpType.UNREACHABLE && icmpCode === 4
    const rest = needsMtu
      ? mtu
      : icmpType === IcmpType.REDIRECT
        ? 0x0a0000fe
        : icmpType === IcmpType.PARAMETER_PROBLEM
          ? 20 << 24
          : 0
    return spec({ ...n, icmpType, icmpCode, icmpRest: rest, protocol: Protocol.ICMP }, quote(inner, 548))
  })

const errors6 = fc
  .tuple(
    six,
    quotable6,
    fc.constantFrom([1, 0], [1, 1], [1, 3], [1, 4], [2, 0], [3, 0], [3, 1], [4, 0], [4, 1]),
    fc.integer({ min: 1280, max: 1500 }),
  )
  .map(([n, inner, [icmpType, icmpCode], mtu]) =>
    spec(
      { ...n, icmpType, icmpCode, icmpRest: icmpType === 2 ? mtu : icmpType === 4 ? 6 : 0, protocol: Protocol.ICMPV6 },
      quote(inner, 1232),
    ),
  )

const neighbours = fc.tuple(six, host6, fc.boolean()).map(([n, target, advertise]) => {
  const words = [target.w0, target.w1, target.w2, target.w3]
  const payload = Uint8Array.from(words.flatMap((w) => [w >>> 24, (w >>> 16) & 255, (w >>> 8) & 255, w & 255]))
  const type = advertise ? Icmp6Type.NEIGHBOUR_ADVERTISEMENT : Icmp6Type.NEIGHBOUR_SOLICITATION
  return spec({ ...n, ttl: 255, icmpType: type, protocol: Protocol.ICMPV6 }, payload)
})

const arps = fc.tuple(host4, host4, fc.boolean(), fc.boolean()).map(([src, dst, reply, known]) =>
  spec(
    {
      ...link,
      etherType: EtherType.ARP,
      src,
      dst,
      icmpType: reply ? 2 : 1,
      arpSource: MAC_A,
      arpTarget: reply || known ? MAC_B : new MacAddress(0, 0),
    },
    new Uint8Array(0),
  ),
)

const fragments = fc
  .tuple(network, fc.integer({ min: 1, max: 100 }), fc.boolean(), u16, fc.uint8Array({ minLength: 8, maxLength: 90 }))
  .map(([n, offset, more, ipId, payload]) =>
    spec(
      { ...n, form: Form.NETWORK, protocol: Protocol.UDP, ipId, fragment: offset | (more ? Fragment.MF : 0) },
      payload.slice(0, payload.length & ~7),
    ),
  )

const extended = fc
  .tuple(six, fc.record({ srcPort: port, dstPort: port }), bytes)
  .map(([n, t, payload]) =>
    spec(
      { ...n, ...t, protocol: Protocol.UDP, ipOptions: Uint8Array.of(0, 0, 1, 4, 0, 0, 0, 0, 60, 0, 1, 4, 0, 0, 0, 0) },
      payload,
    ),
  )

const encode = (s: Spec): Uint8Array => {
  const p = build(memory, s)
  const out = new Uint8Array(frameLength(p))
  encodeFrame(p, out, 0)
  p.free()
  return out
}

const sample = (arbitrary: fc.Arbitrary<Spec>, numRuns: number): Uint8Array[] =>
  fc.sample(arbitrary, { seed: 7, numRuns }).map(encode)

/** Some hundred frames, the same ones each time. */
export const allFrames = (): Uint8Array[] => [
  ...sample(segments, 200),
  ...sample(datagrams, 60),
  ...sample(echoes, 50),
  ...sample(errors4, 120),
  ...sample(errors6, 60),
  ...sample(neighbours, 20),
  ...sample(arps, 30),
  ...sample(fragments, 30),
  ...sample(extended, 20),
]

const A = address('10.0.0.2')
const B = address('10.0.0.1')

/** One connection from SYN to the last ACK, with an HTTP exchange and a SACK, as it would be captured. */
export const connection = (): Uint8Array[] => {
  const iss = 0xfffffff0 | 0
  const irs = 0x12345678
  const text = (t: string): Uint8Array => new TextEncoder().encode(t)
  const all = TcpOption.MSS | TcpOption.SACK_PERMITTED | TcpOption.TIMESTAMPS | TcpOption.WSCALE
  const ts = { optionBits: TcpOption.TIMESTAMPS, tsVal: 100, tsEcr: 200 }
  const base = {
    ...link,
    etherType: EtherType.IPV4,
    ttl: 64,
    fragment: Fragment.DF,
    protocol: Protocol.TCP,
    window: 502,
  }
  const client = { ...base, src: A, dst: B, srcPort: 43_210, dstPort: 8080 }
  const server = { ...base, src: B, dst: A, srcPort: 8080, dstPort: 43_210 }
  const none = new Uint8Array(0)
  const get = text('GET / HTTP/1.1\r\nHost: server\r\n\r\n')
  const ok = text('HTTP/1.0 200 OK\r\nServer: SimpleHTTP/0.6\r\n\r\nbody')
  return [
    spec(
      { ...client, flags: TcpFlag.SYN, seq: iss, window: 64_240, optionBits: all, mss: 1460, wscale: 7, tsVal: 1 },
      none,
    ),
    spec(
      {
        ...server,
        flags: TcpFlag.SYN | TcpFlag.ACK,
        seq: irs,
        ack: iss + 1,
        window: 65_160,
        optionBits: all,
        mss: 1460,
        wscale: 7,
        tsVal: 9,
        tsEcr: 1,
      },
      none,
    ),
    spec({ ...client, ...ts, flags: TcpFlag.ACK, seq: iss + 1, ack: irs + 1 }, none),
    spec({ ...client, ...ts, flags: TcpFlag.PSH | TcpFlag.ACK, seq: iss + 1, ack: irs + 1 }, get),
    spec({ ...server, ...ts, flags: TcpFlag.ACK, seq: irs + 1, ack: iss + 1 + get.length }, none),
    spec({ ...server, ...ts, flags: TcpFlag.PSH | TcpFlag.ACK, seq: irs + 1, ack: iss + 1 + get.length }, ok),
    spec(
      {
        ...client,
        ...ts,
        flags: TcpFlag.ACK,
        seq: iss + 1 + get.length,
        ack: irs + 1,
        optionBits: TcpOption.TIMESTAMPS | TcpOption.SACK,
        sackCount: 1,
      },
      none,
      [irs + 10, irs + 20],
    ),
    spec(
      { ...server, ...ts, flags: TcpFlag.FIN | TcpFlag.ACK, seq: irs + 1 + ok.length, ack: iss + 1 + get.length },
      none,
    ),
    spec({ ...client, flags: TcpFlag.RST, seq: iss + 1 + get.length }, none),
  ].map(encode)
}

const u32le = (n: number): number[] => [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24]

/** A classic pcap of Ethernet frames, one a millisecond. */
const pcap = (frames: readonly Uint8Array[]): Uint8Array => {
  const parts: Uint8Array[] = [Uint8Array.from([0xa1b2c3d4, 0x00040002, 0, 0, 262_144, 1].flatMap(u32le))]
  for (const [i, frame] of frames.entries())
    parts.push(Uint8Array.from([1, i * 1000, frame.length, frame.length].flatMap(u32le)), frame)
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

/** Call `use` with the path of a capture of these frames, and remove it. */
export const withCapture = <T>(frames: readonly Uint8Array[], use: (path: string) => T): T => {
  const folder = mkdtempSync(join(tmpdir(), 'soquete-'))
  try {
    const path = join(folder, 'frames.pcap')
    writeFileSync(path, pcap(frames))
    return use(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Frames with one to three octets changed behind the link header. */
export const damagedFrames = (): Uint8Array[] => {
  const whole = allFrames()
  const octet = fc.tuple(fc.integer({ min: 14, max: 90 }), u8)
  const changes = fc.tuple(fc.nat(whole.length - 1), fc.array(octet, { minLength: 1, maxLength: 3 }))
  return fc.sample(changes, { seed: 11, numRuns: 400 }).map(([frame, octets]) => {
    const bytes = Uint8Array.from(whole[frame] as Uint8Array)
    for (const [at, value] of octets) if (at < bytes.length) bytes[at] = value
    return bytes
  })
}
