/**
 * A scripted peer for one TCP layer: `inject` a segment, `expect` one, in virtual time, with relative sequence numbers and
 * only the fields written that matter. Each script runs twice: with packets as records, and encoded to bytes and decoded
 * again on every way in and out.
 *
 * The peer counts for itself: a segment without `seq` or `ack` carries what a well-behaved peer would send next. Numbers count
 * from the SYN of each side, which is 0.
 */
import { expect as check, test } from 'vitest'
import { Tcp, type TcpEndpoint, TcpState } from '../../src/tcp/index.ts'
import type { Scheduler } from '../../src/time/scheduler.ts'
import { MS } from '../../src/time/scheduler.ts'
import { Address } from '../../src/wire/address.ts'
import { decodeFrame, toFrame } from '../../src/wire/ethernet.ts'
import { Memory } from '../../src/wire/memory.ts'
import { LinkCast, type Packet, Protocol, TcpFlag, TcpOption } from '../../src/wire/packet.ts'
import { Reason, type ReasonName } from '../../src/wire/reason.ts'
import { Mib, type MibName } from '../../src/wire/telemetry.ts'
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

/** What the peer's SYN offers besides its MSS. */
export interface Offer {
  mss?: number | null
  sack?: boolean
  wscale?: number
  ts?: boolean
  win?: number
}

/** A segment as a script writes it. */
export interface Spec {
  /** Letters of F S R P A U E W; `A` when absent. */
  flags?: string
  seq?: number
  ack?: number
  win?: number
  /** Text: a string, or so many bytes that count up by their place in the stream. */
  data?: string | number | Uint8Array
  urg?: number
  mss?: number
  wscale?: number
  sackOk?: boolean
  /** Value and echo; for what the stack sends: whether the option is there. */
  ts?: readonly [number, number] | boolean
  /** Blocks relative to the sender of the data. */
  sack?: readonly (readonly [number, number])[]
  sport?: number
  dport?: number
  src?: Address
  dst?: Address
  linkCast?: number
  /** Options as raw bytes. */
  other?: Uint8Array
  tos?: number
  ttl?: number
  ipOptions?: Uint8Array
}

/** What the stack sent. */
export interface Seen {
  flags: string
  seq: number
  ack: number
  win: number
  len: number
  data: Uint8Array
  urg: number
  mss: number | null
  wscale: number | null
  sackOk: boolean
  ts: readonly [number, number] | null
  sack: (readonly [number, number])[]
  time: number
  rawSeq: number
  rawAck: number
  sport: number
  dport: number
  src: Address
  dst: Address
  tos: number
  ttl: number
  df: boolean
}

const LETTERS: readonly (readonly [string, number])[] = [
  ['F', TcpFlag.FIN],
  ['S', TcpFlag.SYN],
  ['R', TcpFlag.RST],
  ['P', TcpFlag.PSH],
  ['A', TcpFlag.ACK],
  ['U', TcpFlag.URG],
  ['E', TcpFlag.ECE],
  ['W', TcpFlag.CWR],
]

const toFlags = (text: string): number =>
  [...text].reduce((bits, letter) => {
    const found = LETTERS.find(([l]) => l === letter)
    if (found === undefined) throw new Error(`no flag is called ${letter}`)
    return bits | found[1]
  }, 0)

const fromFlags = (bits: number): string => LETTERS.map(([l, bit]) => (bits & bit ? l : '')).join('')

export const LOCAL = Address.v4(0x0a000001)
export const PEER = Address.v4(0x0a000002)
const LOCAL6 = Address.v6(0x20010db8, 0, 0, 1)
const PEER6 = Address.v6(0x20010db8, 0, 0, 2)
export const PORT = 80
export const PEER_PORT = 5000

/** Byte `i` of a stream that counts. */
export const pattern = (from: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => ((from + i) * 31 + ((from + i) >> 8)) & 0xff)

export class World {
  readonly mode: Mode
  readonly clock: Scheduler = newClock()
  readonly memory = new Memory()
  readonly ip: FakeIp
  readonly tcp: Tcp
  readonly local: Address
  readonly peer: Address
  readonly #sent: Seen[] = []
  /** The socket under test, and its listener if it was accepted. */
  socket!: TcpEndpoint
  listener: TcpEndpoint | null = null
  /** Readiness told since the last look. */
  events = 0
  notices = 0
  localPort = PORT
  peerPort = PEER_PORT
  readonly peerIsn: number
  /** Learnt from the stack's SYN. */
  isn: number | null = null
  /** What the peer will send and acknowledge next. */
  peerNxt = 0
  stackNxt = 0
  win = 65_535
  #timestamps = false
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
    const ts = spec.ts ?? this.#timestamps
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

  // -- The application's side ------------------------------------------------------------------------------------

  watch(socket: TcpEndpoint): TcpEndpoint {
    socket.owner = {
      tcpReady: (bits) => {
        this.events |= bits
        this.notices++
      },
    }
    return socket
  }

  /** Readiness told since the last call. */
  takeEvents(): number {
    const events = this.events
    this.events = 0
    return events
  }

  /** A new socket of this host. */
  newSocket(): TcpEndpoint {
    return this.tcp.create(this.local.family, 0)
  }

  listen(backlog = 5): TcpEndpoint {
    const listener = this.newSocket()
    check(listener.bind(null, PORT)).toBe(0)
    check(listener.listen(backlog)).toBe(0)
    this.listener = listener
    this.localPort = PORT
    return listener
  }

  send(data: string | number, flags = 0): number {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : pattern(0, data)
    const result = this.socket.send(bytes, 0, bytes.length, flags)
    this.run()
    return result
  }

  /** What recv(2) gives: text, or the errno or 0. */
  recv(most = 65_536, flags = 0): string | number {
    const bytes = new Uint8Array(most)
    const count = this.socket.recv(bytes, 0, most, flags)
    this.run()
    return count <= 0 ? count : new TextDecoder('latin1').decode(bytes.subarray(0, count))
  }

  /** All that is readable, as bytes. */
  read(): Uint8Array {
    const bytes = new Uint8Array(1 << 20)
    let at = 0
    for (;;) {
      const count = this.socket.recv(bytes, at, bytes.length, 0)
      if (count <= 0) break
      at += count
    }
    this.run()
    return bytes.subarray(0, at)
  }

  shutdown(how = 1): number {
    const result = this.socket.shutdown(how)
    this.run()
    return result
  }

  close(): this {
    this.socket.close()
    return this.run()
  }

  get state(): TcpState {
    return this.socket.state
  }

  /** States of all that the host's socket table shows but listeners. */
  states(): TcpState[] {
    const states: TcpState[] = []
    this.tcp.forEach((endpoint) => {
      if (endpoint.state !== TcpState.LISTEN && endpoint.state !== TcpState.CLOSED) states.push(endpoint.state)
    })
    return states
  }

  count(reason: ReasonName): number {
    return this.tcp.telemetry.counts[Reason[reason]] as number
  }

  mib(name: MibName): number {
    return this.tcp.telemetry.mib[Mib[name]] as number
  }

  // -- Starting states -------------------------------------------------------------------------------------------

  #synOptions(offer: Offer): Spec {
    const spec: Spec = {}
    if (offer.mss !== null) spec.mss = offer.mss ?? 1460
    if (offer.sack === true) spec.sackOk = true
    if (offer.wscale !== undefined) spec.wscale = offer.wscale
    if (offer.ts === true) spec.ts = [this.peerTime, 0]
    spec.win = offer.win ?? this.win
    return spec
  }

  /** A socket that has sent its SYN. */
  synSent(): this {
    this.socket = this.watch(this.newSocket())
    check(this.socket.connect(this.peer, this.peerPort)).toBe(-115)
    this.localPort = this.socket.localPort
    this.run().expect({ flags: 'S' })
    return this
  }

  /** A listener with one half-open connection. */
  synReceived(offer: Offer = {}): this {
    if (this.listener === null) this.listen()
    this.inject({ flags: 'S', seq: 0, ...this.#synOptions(offer) })
    this.expect({ flags: 'SA', ack: 1 })
    this.peerNxt = 1
    this.#timestamps = offer.ts === true
    if (offer.wscale !== undefined) this.win = 65_535
    return this
  }

  /** An accepted connection. */
  established(offer: Offer = {}): this {
    this.synReceived(offer)
    this.inject({ seq: 1, ack: 1, win: offer.win ?? this.win })
    const child = this.listener?.accept()
    if (typeof child !== 'object') throw new Error(`accept gave ${child}`)
    this.socket = this.watch(child)
    check(this.state).toBe(TcpState.ESTABLISHED)
    return this
  }

  /** A connection that this host opened. */
  connected(offer: Offer = {}): this {
    this.synSent()
    this.#timestamps = offer.ts === true
    this.inject({ flags: 'SA', seq: 0, ack: 1, ...this.#synOptions(offer), ...(offer.ts ? { ts: true } : {}) })
    this.peerNxt = 1
    this.expect({ flags: 'A', seq: 1, ack: 1 })
    check(this.state).toBe(TcpState.ESTABLISHED)
    return this
  }

  finWait1(offer: Offer = {}): this {
    this.established(offer)
    this.shutdown(1)
    this.expect({ flags: 'FA', seq: 1, ack: 1 })
    check(this.state).toBe(TcpState.FIN_WAIT_1)
    return this
  }

  finWait2(offer: Offer = {}): this {
    this.finWait1(offer)
    this.inject({ ack: 2 })
    check(this.state).toBe(TcpState.FIN_WAIT_2)
    return this
  }

  closing(offer: Offer = {}): this {
    this.finWait1(offer)
    this.inject({ flags: 'FA', ack: 1 })
    this.expect({ flags: 'A', ack: 2 })
    check(this.state).toBe(TcpState.CLOSING)
    return this
  }

  closeWait(offer: Offer = {}): this {
    this.established(offer)
    this.inject({ flags: 'FA' })
    this.expect({ flags: 'A', ack: 2 })
    check(this.state).toBe(TcpState.CLOSE_WAIT)
    return this
  }

  lastAck(offer: Offer = {}): this {
    this.closeWait(offer)
    this.shutdown(1)
    this.expect({ flags: 'FA', seq: 1, ack: 2 })
    check(this.state).toBe(TcpState.LAST_ACK)
    return this
  }

  /** TIME-WAIT in the table; the socket itself is CLOSED, as in Linux. */
  timeWait(offer: Offer = {}): this {
    this.finWait2(offer)
    this.inject({ flags: 'FA' })
    this.expect({ flags: 'A', seq: 2, ack: 2 })
    check(this.states()).toEqual([TcpState.TIME_WAIT])
    return this
  }
}

/** A test of TCP, run with packets as records and as bytes. The title carries the ids. */
export const script = (title: string, body: (make: (options?: WorldOptions) => World, mode: Mode) => void): void => {
  for (const mode of ['records', 'bytes'] as const)
    test(`${title} (${mode})`, () => {
      body((options) => new World(mode, options), mode)
    })
}

export { TcpState }
