import { type Address, ANY4, MAC_NONE, type MacAddress } from './address.ts'
import type { Chunk, Memory } from './memory.ts'

/**
 * How much of a packet is header fields.
 *
 * - `FULL`: link, network and transport fields are valid; `buf[start, end)` is the transport's payload.
 * - `NETWORK`: link and network fields are valid; `buf[start, end)` is the network layer's payload (a fragment, an unknown protocol).
 * - `FRAME`: nothing but `buf[start, end)`, a whole Ethernet frame (corrupted, malformed, brought by an uplink, or a network of bytes).
 */
export const Form = { FULL: 0, NETWORK: 1, FRAME: 2 } as const
export type Form = (typeof Form)[keyof typeof Form]

export const EtherType = { IPV4: 0x0800, ARP: 0x0806, IPV6: 0x86dd } as const
export const Protocol = {
  HOPOPT: 0,
  ICMP: 1,
  IGMP: 2,
  TCP: 6,
  UDP: 17,
  IPV6_ROUTE: 43,
  IPV6_FRAG: 44,
  ICMPV6: 58,
  IPV6_NONXT: 59,
  IPV6_DSTOPTS: 60,
} as const

export const TcpFlag = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, ECE: 64, CWR: 128 } as const

/**
 * Bits of `Packet.optionBits`: which TCP options are present. `MALFORMED` marks a received segment whose options ended in an
 * illegal length (MUST-7): what came before it counts, the rest was skipped.
 */
export const TcpOption = {
  MSS: 1,
  WSCALE: 2,
  SACK_PERMITTED: 4,
  TIMESTAMPS: 8,
  SACK: 16,
  OTHER: 32,
  MALFORMED: 64,
} as const

/** Bits of `Packet.fragment`, as on the wire: flags above a 13-bit offset in 8-octet units. */
export const Fragment = {
  DF: 0x4000,
  MF: 0x2000,
  OFFSET: 0x1fff,
  /** Of an IPv6 packet put together on its way: it may be cut again, into pieces of at most `ipId` octets. Never on a link. */
  AGAIN: 0x8000,
} as const

/** How a frame was addressed (Linux's pkt_type); the link layer sets it on receipt. */
export const LinkCast = { HOST: 0, BROADCAST: 1, MULTICAST: 2, OTHER_HOST: 3, OUTGOING: 4 } as const

/** Something a frame can be given to. It becomes the frame's owner. */
export interface FrameSink {
  receive(frame: Packet): void
}

const EMPTY = new Uint8Array(0)

/**
 * One packet: flat header fields and a range of payload bytes.
 *
 * Pooled. Every field has one meaning whatever the protocol; those that a protocol does not use keep their initial value.
 * A packet in flight never changes: retransmitting makes another one.
 */
export class Packet {
  readonly memory: Memory
  /** Queue link and destination while in flight (see `Scheduler.post`). */
  next: Packet | null = null
  target: FrameSink | null = null

  form: Form = Form.FULL
  // Link
  etherType = 0
  srcMac: MacAddress = MAC_NONE
  dstMac: MacAddress = MAC_NONE
  linkCast = 0
  // Network. For ARP: `src` and `dst` are the sender's and the target's protocol addresses.
  src: Address = ANY4
  dst: Address = ANY4
  protocol = 0
  ttl = 0
  tos = 0
  /** IPv4 identification, or the IPv6 fragment header's. */
  ipId = 0
  /** DF, MF and offset, as on the IPv4 wire; IPv6 uses MF and offset when a fragment header is present. */
  fragment = 0
  flowLabel = 0
  /**
   * IPv4 options, padded to words; or IPv6 extension headers other than Fragment, as on the wire but that the first byte of
   * each is its own type, not the next one's (see `ipv6.ts`).
   */
  ipOptions: Uint8Array | null = null
  // Transport
  srcPort = 0
  dstPort = 0
  seq = 0
  ack = 0
  flags = 0
  /** As on the wire: unscaled 16 bits. */
  window = 0
  urgent = 0
  optionBits = 0
  mss = 0
  wscale = 0
  tsVal = 0
  tsEcr = 0
  /** Pairs of left and right edge; `sackCount` pairs are valid. Kept with the packet when recycled. */
  sacks: Int32Array | null = null
  sackCount = 0
  /** Options other than the five above, as bytes (kind, length, value ...), in order. */
  otherOptions: Uint8Array | null = null
  // ICMP (type, code, the second word), or ARP (operation in `icmpType`).
  icmpType = 0
  icmpCode = 0
  icmpRest = 0
  /** ARP target hardware address; the sender's is `arpSource`. */
  arpTarget: MacAddress = MAC_NONE
  arpSource: MacAddress = MAC_NONE
  /** UDP: send without checksum (IPv4 only). Set on receipt when there was none. */
  noChecksum = false

  // Payload: `buf[start, end)`. `chunk` is null when `buf` belongs to nobody (static or garbage-collected).
  chunk: Chunk | null = null
  buf: Uint8Array = EMPTY
  start = 0
  end = 0

  /** The receiver's connection as the sender knows it: a guess that the receiver verifies. */
  hint: object | null = null
  /** The sender's own connection: what the receiver may put into `hint` of its answers. */
  origin: object | null = null
  /** The interface a packet came in by or leaves by. */
  iface: object | null = null
  /** Firewall mark (SO_MARK). */
  mark = 0
  /** Connection-tracking entry, filter layer only. */
  track: object | null = null

  constructor(memory: Memory) {
    this.memory = memory
  }

  get length(): number {
    return this.end - this.start
  }

  /** Point the payload at a range of a chunk; takes one reference. */
  setPayload(chunk: Chunk, start: number, end: number): void {
    chunk.refs++
    this.chunk = chunk
    this.buf = chunk.bytes
    this.start = start
    this.end = end
  }

  /** Point the payload at bytes that nobody recycles. */
  setBytes(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    this.chunk = null
    this.buf = bytes
    this.start = start
    this.end = end
  }

  /** Deliver to `target`. Called by the scheduler. */
  run(): void {
    const target = this.target
    this.target = null
    if (target === null) throw new Error('invariant: a queued packet has a target')
    target.receive(this)
  }

  /** Give up the payload and go back to the pool. The owner calls it, once. */
  free(): void {
    const chunk = this.chunk
    if (chunk !== null) {
      this.chunk = null
      chunk.release()
    }
    this.blank()
    this.memory.recyclePacket(this)
  }

  /** A second packet with the same fields and payload range (duplication, capture). */
  clone(): Packet {
    const p = this.memory.packet()
    p.form = this.form
    p.etherType = this.etherType
    p.srcMac = this.srcMac
    p.dstMac = this.dstMac
    p.linkCast = this.linkCast
    p.src = this.src
    p.dst = this.dst
    p.protocol = this.protocol
    p.ttl = this.ttl
    p.tos = this.tos
    p.ipId = this.ipId
    p.fragment = this.fragment
    p.flowLabel = this.flowLabel
    p.ipOptions = this.ipOptions
    p.srcPort = this.srcPort
    p.dstPort = this.dstPort
    p.seq = this.seq
    p.ack = this.ack
    p.flags = this.flags
    p.window = this.window
    p.urgent = this.urgent
    p.optionBits = this.optionBits
    p.mss = this.mss
    p.wscale = this.wscale
    p.tsVal = this.tsVal
    p.tsEcr = this.tsEcr
    p.sackCount = this.sackCount
    if (this.sackCount > 0 && this.sacks !== null) {
      p.sacks ??= new Int32Array(8)
      p.sacks.set(this.sacks)
    }
    p.otherOptions = this.otherOptions
    p.icmpType = this.icmpType
    p.icmpCode = this.icmpCode
    p.icmpRest = this.icmpRest
    p.arpTarget = this.arpTarget
    p.arpSource = this.arpSource
    p.noChecksum = this.noChecksum
    p.hint = this.hint
    p.origin = this.origin
    p.mark = this.mark
    p.chunk = this.chunk
    if (this.chunk !== null) this.chunk.refs++
    p.buf = this.buf
    p.start = this.start
    p.end = this.end
    return p
  }

  /** Reset what the next user of the pooled object relies on. `FULL` TCP senders overwrite all of the rest. */
  private blank(): void {
    this.next = null
    this.target = null
    this.form = Form.FULL
    this.etherType = 0
    this.srcMac = MAC_NONE
    this.dstMac = MAC_NONE
    this.linkCast = 0
    this.src = ANY4
    this.dst = ANY4
    this.protocol = 0
    this.ttl = 0
    this.tos = 0
    this.ipId = 0
    this.fragment = 0
    this.flowLabel = 0
    this.ipOptions = null
    this.srcPort = 0
    this.dstPort = 0
    this.seq = 0
    this.ack = 0
    this.flags = 0
    this.window = 0
    this.urgent = 0
    this.optionBits = 0
    this.mss = 0
    this.wscale = 0
    this.tsVal = 0
    this.tsEcr = 0
    this.sackCount = 0
    this.otherOptions = null
    this.icmpType = 0
    this.icmpCode = 0
    this.icmpRest = 0
    this.arpTarget = MAC_NONE
    this.arpSource = MAC_NONE
    this.noChecksum = false
    this.buf = EMPTY
    this.start = 0
    this.end = 0
    this.hint = null
    this.origin = null
    this.iface = null
    this.mark = 0
    this.track = null
  }
}
