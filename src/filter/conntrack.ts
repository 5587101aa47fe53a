/**
 * Connection tracking (nf_conntrack), for rules about `ct state`: it runs only while a rule asks.
 *
 * A connection is remembered when its first packet got through, found by either direction, and forgotten when its time is
 * over: that is looked at when it is met, so that an idle network is idle. The table is bounded: when it is full, who is not
 * assured makes way, and where all are, nobody new comes in. TCP's sequence numbers are not judged
 * (Linux's nf_conntrack_tcp_be_liberal).
 */
import { type Clock, SECOND } from '../time/scheduler.ts'
import type { Address } from '../wire/address.ts'
import { get16 } from '../wire/bytes.ts'
import { Icmp6Type, IcmpType } from '../wire/icmp.ts'
import { readAddress4, readAddress6 } from '../wire/known.ts'
import { Form, type Packet, Protocol } from '../wire/packet.ts'
import type { SysctlEntry } from '../wire/sysctl.ts'
import { ConntrackConfig, conntrackSysctls } from './conntrack-config.ts'
import { nextTcpState, TcpTrack, TRACK_IGNORE, TRACK_INVALID } from './tcp-track.ts'

/** Bits of `ct state`, as the kernel has them (NF_CT_STATE_BIT). */
export const CtState = { INVALID: 1, ESTABLISHED: 2, RELATED: 4, NEW: 8, UNTRACKED: 64 } as const

/** net.netfilter.nf_conntrack_buckets. */
const BUCKETS = 4096
/** How often a full table is looked through for connections whose time is over. */
const SWEEP_TIME = SECOND
/** A flow of datagrams is a stream when it is older (udp.stream_ts). */
const STREAM_AGE = 2 * SECOND

/** What one packet is to a connection: what `Packet.track` holds. */
export class Track {
  readonly entry: Entry | null
  readonly state: number

  constructor(entry: Entry | null, state: number) {
    this.entry = entry
    this.state = state
  }
}

const INVALID = new Track(null, CtState.INVALID)

/** A connection, in the direction of its first packet. */
export class Entry {
  readonly src: Address
  readonly dst: Address
  readonly protocol: number
  readonly srcPort: number
  readonly dstPort: number
  readonly bucket: number
  readonly asNew: Track = new Track(this, CtState.NEW)
  readonly asEstablished: Track = new Track(this, CtState.ESTABLISHED)
  readonly asRelated: Track = new Track(this, CtState.RELATED)
  hasReply = false
  /** Both sides have shown that they mean it: it does not make way for others when the table is full (IPS_ASSURED). */
  isAssured = false
  isKept = false
  /** Forgotten: a packet of it that is still on its way does not bring it back. */
  isDead = false
  /** TCP's, as `TcpTrack`. */
  state: number = TcpTrack.NONE
  readonly since: number
  expires = 0

  constructor(key: Key, bucket: number, now: number) {
    this.since = now
    this.src = key.src
    this.dst = key.dst
    this.protocol = key.protocol
    this.srcPort = key.srcPort
    this.dstPort = key.dstPort
    this.bucket = bucket
  }
}

/** Addresses and ports that are looked for; one object, filled anew for each packet. */
interface Key {
  src: Address
  dst: Address
  protocol: number
  srcPort: number
  dstPort: number
}

/** Same for both directions. */
const bucketOf = (key: Key): number => {
  const mixed = key.src.hash ^ key.dst.hash ^ Math.imul(key.srcPort ^ key.dstPort ^ (key.protocol << 16), 0x9e3779b1)
  return (mixed ^ (mixed >>> 16)) & (BUCKETS - 1)
}

const isForward = (e: Entry, k: Key): boolean =>
  e.srcPort === k.srcPort && e.dstPort === k.dstPort && e.src.equals(k.src) && e.dst.equals(k.dst)

const isBackward = (e: Entry, k: Key): boolean =>
  e.srcPort === k.dstPort && e.dstPort === k.srcPort && e.src.equals(k.dst) && e.dst.equals(k.src)

const isEcho = (packet: Packet): boolean =>
  packet.src.family === 4
    ? packet.icmpType === IcmpType.ECHO || packet.icmpType === IcmpType.ECHO_REPLY
    : packet.icmpType === Icmp6Type.ECHO || packet.icmpType === Icmp6Type.ECHO_REPLY

const isError = (packet: Packet): boolean =>
  packet.src.family === 6
    ? packet.icmpType < 128
    : packet.icmpType === IcmpType.UNREACHABLE ||
      packet.icmpType === IcmpType.SOURCE_QUENCH ||
      packet.icmpType === IcmpType.TIME_EXCEEDED ||
      packet.icmpType === IcmpType.PARAMETER_PROBLEM

/** The `ct state` bit of a packet that `Conntrack` has looked at; UNTRACKED for any other. */
export const stateOf = (packet: Packet): number =>
  packet.track instanceof Track ? packet.track.state : CtState.UNTRACKED

export class Conntrack {
  readonly config: ConntrackConfig = new ConntrackConfig()
  readonly sysctls: readonly SysctlEntry[]
  readonly #clock: Clock
  readonly #buckets: (Entry[] | undefined)[] = new Array<Entry[] | undefined>(BUCKETS)
  /** Those that are not assured, the one unused longest first. */
  readonly #open = new Set<Entry>()
  readonly #key: Key
  #size = 0
  #sweptAt = -SWEEP_TIME

  constructor(clock: Clock, any: Address) {
    this.#clock = clock
    this.#key = { src: any, dst: any, protocol: 0, srcPort: 0, dstPort: 0 }
    this.sysctls = conntrackSysctls(this.config, () => this.size, BUCKETS)
  }

  /** Connections whose time is not over. */
  get size(): number {
    for (let i = 0; i < BUCKETS; i++) this.#sweep(i)
    return this.#size
  }

  /** Forget everything. */
  clear(): void {
    this.#buckets.fill(undefined)
    this.#open.clear()
    this.#size = 0
  }

  /**
   * Before any rule (prerouting, output): what is this packet to the connections known? False: it would begin one, and there is
   * no room (`nf_conntrack: table full, dropping packet`).
   */
  track(packet: Packet): boolean {
    packet.track = this.#look(packet)
    return packet.track !== null
  }

  /** After all rules (input, postrouting): the connection is remembered. */
  confirm(packet: Packet): void {
    const track = packet.track
    if (!(track instanceof Track) || track.entry === null || track.entry.isKept || track.entry.isDead) return
    const { entry } = track
    entry.isKept = true
    this.#size++
    if (!entry.isAssured) this.#open.add(entry)
    const bucket = this.#buckets[entry.bucket]
    if (bucket === undefined) this.#buckets[entry.bucket] = [entry]
    else bucket.push(entry)
  }

  #forget(entry: Entry): void {
    entry.isDead = true
    if (!entry.isKept) return
    entry.isKept = false
    this.#size--
    this.#open.delete(entry)
    const left = this.#buckets[entry.bucket]?.filter((other) => other !== entry)
    this.#buckets[entry.bucket] = left === undefined || left.length === 0 ? undefined : left
  }

  /** Forget what is over in one bucket. */
  #sweep(at: number): void {
    const bucket = this.#buckets[at]
    if (bucket === undefined) return
    const { now } = this.#clock
    for (let i = bucket.length - 1; i >= 0; i--) {
      const entry = bucket[i] as Entry
      if (entry.expires <= now) this.#forget(entry)
    }
  }

  /** early_drop: whoever is not assured makes way, the one unused longest first; then whose time is over. */
  #makeRoom(): boolean {
    const { max } = this.config
    if (this.#size < max) return true
    const [oldest] = this.#open
    if (oldest !== undefined) this.#forget(oldest)
    const { now } = this.#clock
    if (this.#size >= max && now - this.#sweptAt >= SWEEP_TIME) {
      this.#sweptAt = now
      for (let i = 0; i < BUCKETS; i++) this.#sweep(i)
    }
    return this.#size < max
  }

  #find(key: Key): Entry | null {
    const bucket = this.#buckets[bucketOf(key)]
    if (bucket === undefined) return null
    for (let i = 0; i < bucket.length; i++) {
      const entry = bucket[i] as Entry
      if (entry.protocol !== key.protocol || !(isForward(entry, key) || isBackward(entry, key))) continue
      if (entry.expires > this.#clock.now) return entry
      this.#forget(entry)
      return null
    }
    return null
  }

  #look(packet: Packet): Track | null {
    const key = this.#key
    const { protocol } = packet
    key.src = packet.src
    key.dst = packet.dst
    key.protocol = protocol
    key.srcPort = 0
    key.dstPort = 0
    const isIcmp = protocol === (packet.src.family === 4 ? Protocol.ICMP : Protocol.ICMPV6)
    if (packet.form !== Form.FULL) {
      // A checksum that is wrong (nf_conntrack_checksum), or a piece of what was not put together.
      if (protocol === Protocol.TCP || protocol === Protocol.UDP || isIcmp) return INVALID
    } else if (protocol === Protocol.TCP || protocol === Protocol.UDP) {
      key.srcPort = packet.srcPort
      key.dstPort = packet.dstPort
    } else if (isIcmp) {
      if (isError(packet)) return this.#related(packet)
      if (!isEcho(packet)) return INVALID
      key.srcPort = key.dstPort = packet.icmpRest >>> 16
    }
    return this.#judge(packet, key, isIcmp)
  }

  #judge(packet: Packet, key: Key, isIcmp: boolean): Track | null {
    const isTcp = packet.protocol === Protocol.TCP
    let entry = this.#find(key)
    const isReply = entry !== null && !isForward(entry, key)
    let state: number = TcpTrack.NONE
    if (isTcp) {
      state = nextTcpState(entry?.state ?? TcpTrack.NONE, isReply, packet.flags)
      // A connection that is over, and a SYN for its ports: a new one.
      if (entry !== null && state === TcpTrack.SYN_SENT && entry.state >= TcpTrack.TIME_WAIT) {
        this.#forget(entry)
        entry = null
      } else if (state === TRACK_INVALID) return INVALID
    }
    if (entry === null) return this.#begin(packet, key, state, isIcmp)
    // Nothing but a reset came back: there is no connection.
    const isRefused = state === TcpTrack.CLOSE && isReply && !entry.hasReply
    const was = entry.state
    if (isTcp && state !== TRACK_IGNORE) entry.state = state
    if (isReply) entry.hasReply = true
    this.#assure(entry, was, isTcp, isIcmp)
    this.#refresh(entry, isTcp, isIcmp)
    if (isRefused) this.#forget(entry)
    return entry.hasReply ? entry.asEstablished : entry.asNew
  }

  #begin(packet: Packet, key: Key, state: number, isIcmp: boolean): Track | null {
    const isTcp = packet.protocol === Protocol.TCP
    if (isTcp && state === TcpTrack.ESTABLISHED && this.config.tcpLoose === 0) return INVALID
    if (isIcmp && packet.icmpType !== (packet.src.family === 4 ? IcmpType.ECHO : Icmp6Type.ECHO)) return INVALID
    if (!this.#makeRoom()) return null
    const entry = new Entry(key, bucketOf(key), this.#clock.now)
    entry.state = state
    this.#refresh(entry, isTcp, isIcmp)
    return entry.asNew
  }

  #assure(entry: Entry, was: number, isTcp: boolean, isIcmp: boolean): void {
    if (entry.isAssured || isIcmp) return
    const begun = was === TcpTrack.SYN_RECV || was === TcpTrack.ESTABLISHED
    entry.isAssured = isTcp
      ? begun && entry.state === TcpTrack.ESTABLISHED && entry.hasReply
      : entry.protocol === Protocol.UDP && this.#isStream(entry)
    if (entry.isAssured) this.#open.delete(entry)
  }

  #isStream(entry: Entry): boolean {
    return entry.hasReply && this.#clock.now - entry.since > STREAM_AGE
  }

  #refresh(entry: Entry, isTcp: boolean, isIcmp: boolean): void {
    entry.expires = this.#clock.now + this.#lifetime(entry, isTcp, isIcmp) * SECOND
    if (!entry.isKept || entry.isAssured) return
    this.#open.delete(entry)
    this.#open.add(entry)
  }

  /** Seconds. */
  #lifetime(entry: Entry, isTcp: boolean, isIcmp: boolean): number {
    const { config } = this
    if (isIcmp) return entry.src.family === 4 ? config.icmpTimeout : config.icmpv6Timeout
    if (entry.protocol === Protocol.UDP) return this.#isStream(entry) ? config.udpTimeoutStream : config.udpTimeout
    return isTcp ? (config.tcp[entry.state] as number) : config.genericTimeout
  }

  /** An ICMP error is related to the connection of the packet that it quotes (nf_conntrack_inet_error). */
  #related(packet: Packet): Track {
    const { buf, start, end } = packet
    const key = this.#key
    const four = packet.src.family === 4
    const header = four ? ((buf[start] ?? 0) & 15) << 2 : 40
    if (end - start < header + 8 || header < 20) return INVALID
    key.src = four ? readAddress4(buf, start + 12) : readAddress6(buf, start + 8)
    key.dst = four ? readAddress4(buf, start + 16) : readAddress6(buf, start + 24)
    key.protocol = buf[start + (four ? 9 : 6)] as number
    const at = start + header
    const hasPorts = key.protocol === Protocol.TCP || key.protocol === Protocol.UDP
    const isIcmp = key.protocol === (four ? Protocol.ICMP : Protocol.ICMPV6)
    key.srcPort = hasPorts ? get16(buf, at) : isIcmp ? get16(buf, at + 4) : 0
    key.dstPort = hasPorts ? get16(buf, at + 2) : key.srcPort
    return this.#find(key)?.asRelated ?? INVALID
  }
}
