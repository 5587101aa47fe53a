/**
 * The peer of a scripted TCP layer: what it injects, and what it sees. Numbers count from the SYN of each side.
 */
import { expect as check } from 'vitest'
import { Tcp } from '../../src/tcp/index.ts'
import type { Scheduler } from '../../src/time/scheduler.ts'
import { MS } from '../../src/time/scheduler.ts'
import type { Address } from '../../src/wire/address.ts'
import { decodeFrame, toFrame } from '../../src/wire/ethernet.ts'
import { Memory } from '../../src/wire/memory.ts'
import { LinkCast, type Packet, Protocol, TcpFlag, TcpOption } from '../../src/wire/packet.ts'
import { Reason } from '../../src/wire/reason.ts'
import {
  fromFlags,
  LOCAL,
  LOCAL6,
  PEER,
  PEER_PORT,
  PEER6,
  PORT,
  pattern,
  type Seen,
  type Spec,
  toFlags,
} from './tcp-segments.ts'
import { contextOf, FakeIp, newClock } from './tcp-wire.ts'

export type Mode = 'records' | 'bytes'

export interface WorldOptions {
  /** Sysctls by the part after `net.ipv4.tcp_`, or by their whole name. */
  sysctl?: Record<string, string | number>
  family?: 4 | 6
  mtu?: number
  largeSegment?: number
  /** The peer's initial sequence number; near the end of the space, so that most scripts wrap. */
  peerIsn?: number
  seed?: number
}

/** One TCP layer, and a peer that counts for itself. */
export class ScriptedPeer {
  readonly mode: Mode
  readonly clock: Scheduler = newClock()
  readonly memory = new Memory()
  readonly ip: FakeIp
  readonly tcp: Tcp
  readonly local: Address
  readonly peer: Address
  readonly #sent: Seen[] = []
  localPort = PORT
  peerPort = PEER_PORT
  readonly peerIsn: number
  /** Learnt from the stack's SYN. */
  isn: number | null = null
  /** What the peer will send and acknowledge next. */
  peerNxt = 0
  stackNxt = 0
  win = 65_535
  /** The connection has timestamps: the peer's segments carry them. */
  protected timestamps = false
  #tsRecent = 0
  /** TSval of the peer at time 0. */
  tsBase = 1_000_000

  constructor(mode: Mode, options: WorldOptions = {}) {
    this.mode = mode
    const family = options.family ?? 4
    this.local = family === 4 ? LOCAL : LOCAL6
    this.peer = family === 4 ? PEER : PEER6
    this.peerIsn = options.peerIsn ?? -2000
    this.ip = new FakeIp([this.local], options.mtu ?? 1500, options.largeSegment ?? 0)
    this.ip.remembersPaths = true
    this.tcp = new Tcp(contextOf('host', this.clock, this.memory, options.seed ?? 1), this.ip)
    this.ip.output = (packet) => this.#capture(packet)
    // Scripts ask the same thing twice in an instant: no limit on the answers, unless a script sets one.
    this.sysctl('invalid_ratelimit', 0)
    for (const [name, value] of Object.entries(options.sysctl ?? {})) this.sysctl(name, value)
  }

  sysctl(name: string, value: string | number): void {
    const full = name.includes('.') ? name : `net.ipv4.tcp_${name}`
    const entry = this.tcp.sysctls.find((e) => e.name === full)
    if (entry === undefined) throw new Error(`no sysctl ${full}`)
    check(entry.set(String(value)), `sysctl ${full}=${value}`).toBe(0)
  }

  // -- Time ------------------------------------------------------------------------------------------------------

  /** Milliseconds since the start. */
  get now(): number {
    return this.clock.now / MS
  }

  /** Do what is due now; then let `ms` pass, doing what becomes due. */
  run(ms = 0): this {
    const end = this.clock.now + ms * MS
    for (let steps = 0; ; steps++) {
      if (steps > 1_000_000) throw new Error('a livelock')
      this.clock.runJobs(1_000_000)
      if (this.clock.runCallback()) continue
      if (this.clock.nextDeadline > end) break
      this.clock.advance(this.clock.nextDeadline)
    }
    this.clock.advance(end)
    return this
  }

  /** Let time pass up to `ms` since the start. */
  runTo(ms: number): this {
    return this.run(ms - this.now)
  }

  // -- The peer's side -------------------------------------------------------------------------------------------

  /** The peer sends a segment; everything that follows at once is done. */
  inject(spec: Spec = {}): this {
    this.queue(spec)
    return this.run()
  }

  /** The peer's segment waits in the stack's queue with others: nothing is done yet. */
  queue(spec: Spec = {}): this {
    const packet = this.#packet(spec)
    packet.target = { receive: (p) => this.tcp.receive(p) }
    this.clock.post(packet)
    return this
  }

  #packet(spec: Spec): Packet {
    const packet = this.memory.packet()
    const flags = toFlags(spec.flags ?? 'A')
    packet.src = spec.src ?? this.peer
    packet.dst = spec.dst ?? this.local
    packet.protocol = Protocol.TCP
    packet.ttl = spec.ttl ?? 64
    packet.tos = spec.tos ?? 0
    packet.ipOptions = spec.ipOptions ?? null
    packet.srcPort = spec.sport ?? this.peerPort
    packet.dstPort = spec.dport ?? this.localPort
    packet.flags = flags
    const seq = spec.seq ?? this.peerNxt
    packet.seq = (this.peerIsn + seq) | 0
    if ((flags & TcpFlag.ACK) !== 0) packet.ack = ((this.isn ?? 0) + (spec.ack ?? this.stackNxt)) | 0
    packet.window = spec.win ?? this.win
    packet.urgent = spec.urg ?? 0
    const data = this.#text(spec.data, seq)
    if (data.length > 0) packet.setBytes(data)
    this.#options(packet, spec)
    const next = seq + data.length + (flags & TcpFlag.SYN ? 1 : 0) + (flags & TcpFlag.FIN ? 1 : 0)
    if (next > this.peerNxt && (flags & TcpFlag.RST) === 0 && spec.sport === undefined) this.peerNxt = next
    if (this.mode === 'bytes') this.#overTheWire(packet)
    packet.linkCast = spec.linkCast ?? LinkCast.HOST
    return packet
  }

  #text(data: Spec['data'], seq: number): Uint8Array {
    if (data === undefined) return new Uint8Array(0)
    if (typeof data === 'string') return new TextEncoder().encode(data)
    return typeof data === 'number' ? pattern(seq, data) : data
  }

  #options(packet: Packet, spec: Spec): void {
    if (spec.mss !== undefined) {
      packet.optionBits |= TcpOption.MSS
      packet.mss = spec.mss
    }
    if (spec.wscale !== undefined) {
      packet.optionBits |= TcpOption.WSCALE
      packet.wscale = spec.wscale
    }
    if (spec.sackOk === true) packet.optionBits |= TcpOption.SACK_PERMITTED
    const ts = spec.ts ?? this.timestamps
    if (ts !== false) {
      packet.optionBits |= TcpOption.TIMESTAMPS
      packet.tsVal = ts === true ? this.peerTime : ts[0] | 0
      packet.tsEcr = ts === true ? (packet.flags & TcpFlag.ACK ? this.#tsRecent : 0) : ts[1] | 0
    }
    if (spec.sack !== undefined) {
      packet.optionBits |= TcpOption.SACK
      packet.sacks ??= new Int32Array(8)
      packet.sackCount = spec.sack.length
      for (const [i, [left, right]] of spec.sack.entries()) {
        packet.sacks[2 * i] = ((this.isn ?? 0) + left) | 0
        packet.sacks[2 * i + 1] = ((this.isn ?? 0) + right) | 0
      }
    }
    if (spec.other !== undefined) {
      packet.optionBits |= TcpOption.OTHER
      packet.otherOptions = spec.other
    }
  }

  /** TSval of the peer now. */
  get peerTime(): number {
    return (this.tsBase + Math.floor(this.now)) | 0
  }

  #overTheWire(packet: Packet): void {
    toFrame(packet)
    const reason = decodeFrame(packet)
    if (reason >= 0) throw new Error(`not decodable: ${Object.keys(Reason)[reason]}`)
  }

  // -- The stack's side ------------------------------------------------------------------------------------------

  #capture(packet: Packet): void {
    if (this.mode === 'bytes') this.#overTheWire(packet)
    if ((packet.flags & TcpFlag.SYN) !== 0) {
      this.isn = packet.seq
      this.stackNxt = 0
    }
    const isn = this.isn ?? 0
    const bits = packet.optionBits
    const data = packet.buf.slice(packet.start, packet.end)
    const relative = (a: number, b: number): number => (a - b) | 0
    const seen: Seen = {
      flags: fromFlags(packet.flags),
      seq: relative(packet.seq, isn),
      ack: packet.flags & TcpFlag.ACK ? relative(packet.ack, this.peerIsn) : 0,
      win: packet.window,
      len: data.length,
      data,
      urg: packet.urgent,
      mss: bits & TcpOption.MSS ? packet.mss : null,
      wscale: bits & TcpOption.WSCALE ? packet.wscale : null,
      sackOk: (bits & TcpOption.SACK_PERMITTED) !== 0,
      ts: bits & TcpOption.TIMESTAMPS ? [packet.tsVal, packet.tsEcr] : null,
      sack: [],
      time: this.now,
      rawSeq: packet.seq,
      rawAck: packet.ack,
      sport: packet.srcPort,
      dport: packet.dstPort,
      src: packet.src,
      dst: packet.dst,
      tos: packet.tos,
      ttl: packet.ttl,
      df: (packet.fragment & 0x4000) !== 0,
    }
    if (bits & TcpOption.SACK && packet.sacks !== null)
      for (let i = 0; i < packet.sackCount; i++)
        seen.sack.push([
          relative(packet.sacks[2 * i] as number, this.peerIsn),
          relative(packet.sacks[2 * i + 1] as number, this.peerIsn),
        ])
    if (seen.ts !== null) this.#tsRecent = seen.ts[0]
    const next = seen.seq + seen.len + (packet.flags & TcpFlag.SYN ? 1 : 0) + (packet.flags & TcpFlag.FIN ? 1 : 0)
    if (next > this.stackNxt && (packet.flags & TcpFlag.RST) === 0) this.stackNxt = next
    this.#sent.push(seen)
    packet.free()
  }

  /** The next segment that the stack sent has these fields. */
  expect(spec: Spec & { len?: number; time?: number; df?: boolean } = {}): Seen {
    const seen = this.#sent.shift()
    if (seen === undefined) throw new Error(`expected ${JSON.stringify(spec)}, but nothing was sent`)
    const wanted: Record<string, unknown> = {}
    const actual: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(spec)) {
      if (key === 'data') {
        const text = this.#text(value as Spec['data'], 0)
        wanted[key] = typeof value === 'number' ? value : [...text]
        actual[key] = typeof value === 'number' ? seen.len : [...seen.data]
      } else if (key === 'ts' && typeof value === 'boolean') {
        wanted[key] = value
        actual[key] = seen.ts !== null
      } else {
        wanted[key] = value
        actual[key] = (seen as unknown as Record<string, unknown>)[key]
      }
    }
    check(actual, `segment ${seen.flags} seq ${seen.seq} ack ${seen.ack} len ${seen.len}`).toEqual(wanted)
    return seen
  }

  /** Nothing (more) was sent. */
  expectNothing(): this {
    check(this.#sent.map((s) => `${s.time} ms: ${s.flags} seq ${s.seq} ack ${s.ack} len ${s.len}`)).toEqual([])
    return this
  }

  /** Everything sent and not looked at yet. */
  take(): Seen[] {
    return this.#sent.splice(0)
  }

  /** Bytes of text sent and not looked at; the ACKs among them are thrown away. */
  takeText(): number {
    return this.take().reduce((sum, seen) => sum + seen.len, 0)
  }
}
