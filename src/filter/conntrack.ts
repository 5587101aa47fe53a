/**
 * Connection tracking (nf_conntrack), for rules about `ct state`: it runs only while a rule asks.
 *
 * A connection is remembered when its first packet got through, found by either direction, and forgotten when its time is
 * over: that is looked at when it is met, so that an idle network is idle. The table is bounded; the one unused longest goes.
 * TCP is followed by flags alone: sequence numbers are not judged (Linux's nf_conntrack_tcp_be_liberal).
 */
import { type Clock, SECOND } from '../time/scheduler.ts'
import type { Address } from '../wire/address.ts'
import { get16 } from '../wire/bytes.ts'
import { Icmp6Type, IcmpType } from '../wire/icmp.ts'
import { readAddress4, readAddress6 } from '../wire/known.ts'
import { Form, type Packet, Protocol, TcpFlag } from '../wire/packet.ts'

/** Bits of `ct state`, as the kernel has them (NF_CT_STATE_BIT). */
export const CtState = { INVALID: 1, ESTABLISHED: 2, RELATED: 4, NEW: 8, UNTRACKED: 64 } as const

/** Default of net.netfilter.nf_conntrack_max. */
const MAX = 65_536
const BUCKETS = 4096

// Defaults of net.netfilter.nf_conntrack_*_timeout_*.
const TCP_SYN = 120 * SECOND
const TCP_ESTABLISHED = 432_000 * SECOND
const TCP_CLOSING = 120 * SECOND
const TCP_CLOSED = 10 * SECOND
const UDP = 30 * SECOND
const UDP_STREAM = 120 * SECOND
const ICMP = 30 * SECOND
const GENERIC = 600 * SECOND

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
  isClosing = false
  isClosed = false
  isKept = false
  expires = 0

  constructor(key: Key, bucket: number) {
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

/** tcp_new with nf_conntrack_tcp_loose: a connection under way is taken up at an ACK. */
const opensTcp = (flags: number): boolean => {
  if ((flags & (TcpFlag.RST | TcpFlag.FIN)) !== 0) return false
  return (flags & (TcpFlag.SYN | TcpFlag.ACK)) === TcpFlag.SYN || (flags & (TcpFlag.SYN | TcpFlag.ACK)) === TcpFlag.ACK
}

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
  readonly #clock: Clock
  readonly #max: number
  readonly #buckets: (Entry[] | undefined)[] = new Array<Entry[] | undefined>(BUCKETS)
  /** The one unused longest comes first. */
  readonly #byUse = new Set<Entry>()
  readonly #key: Key

  constructor(clock: Clock, any: Address, max = MAX) {
    this.#clock = clock
    this.#max = max
    this.#key = { src: any, dst: any, protocol: 0, srcPort: 0, dstPort: 0 }
  }

  get size(): number {
    return this.#byUse.size
  }

  /** Forget everything. */
  clear(): void {
    this.#buckets.fill(undefined)
    this.#byUse.clear()
  }

  /** Before any rule (prerouting, output): what is this packet to the connections known? */
  track(packet: Packet): void {
    packet.track = this.#look(packet)
  }

  /** After all rules (input, postrouting): the connection is remembered. */
  confirm(packet: Packet): void {
    const track = packet.track
    if (!(track instanceof Track) || track.entry === null || track.entry.isKept) return
    const { entry } = track
    if (this.#byUse.size >= this.#max) {
      const [oldest] = this.#byUse
      if (oldest !== undefined) this.#forget(oldest)
    }
    entry.isKept = true
    this.#byUse.add(entry)
    const bucket = this.#buckets[entry.bucket]
    if (bucket === undefined) this.#buckets[entry.bucket] = [entry]
    else bucket.push(entry)
  }

  #forget(entry: Entry): void {
    this.#byUse.delete(entry)
    const left = this.#buckets[entry.bucket]?.filter((other) => other !== entry)
    this.#buckets[entry.bucket] = left === undefined || left.length === 0 ? undefined : left
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

  #look(packet: Packet): Track {
    const key = this.#key
    const { protocol } = packet
    key.src = packet.src
    key.dst = packet.dst
    key.protocol = protocol
    key.srcPort = 0
    key.dstPort = 0
    const isIcmp = protocol === (packet.src.family === 4 ? Protocol.ICMP : Protocol.ICMPV6)
    if (packet.form !== Form.FULL) {
      // A checksum that is wrong, or a fragment on its way through: the kernel would have put it together first.
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

  #judge(packet: Packet, key: Key, isIcmp: boolean): Track {
    const isTcp = packet.protocol === Protocol.TCP
    let entry = this.#find(key)
    const opens = isTcp && (packet.flags & (TcpFlag.SYN | TcpFlag.ACK | TcpFlag.RST)) === TcpFlag.SYN
    // A closed connection's ports are used again (tcp_packet, TIME_WAIT and CLOSE).
    if (entry !== null && opens && (entry.isClosed || entry.isClosing)) {
      this.#forget(entry)
      entry = null
    }
    if (entry === null) {
      if (isTcp && !opensTcp(packet.flags)) return INVALID
      if (isIcmp && packet.icmpType !== (packet.src.family === 4 ? IcmpType.ECHO : Icmp6Type.ECHO)) return INVALID
      entry = new Entry(key, bucketOf(key))
      this.#refresh(entry, packet, isTcp, isIcmp)
      return entry.asNew
    }
    const isReply = !isForward(entry, key)
    if (isReply) entry.hasReply = true
    this.#refresh(entry, packet, isTcp, isIcmp)
    this.#byUse.delete(entry)
    this.#byUse.add(entry)
    return entry.hasReply ? entry.asEstablished : entry.asNew
  }

  #refresh(entry: Entry, packet: Packet, isTcp: boolean, isIcmp: boolean): void {
    if (isTcp) {
      if ((packet.flags & TcpFlag.RST) !== 0) entry.isClosed = true
      else if ((packet.flags & TcpFlag.FIN) !== 0) entry.isClosing = true
    }
    entry.expires = this.#clock.now + this.#lifetime(entry, packet, isTcp, isIcmp)
  }

  #lifetime(entry: Entry, packet: Packet, isTcp: boolean, isIcmp: boolean): number {
    if (isIcmp) return ICMP
    if (packet.protocol === Protocol.UDP) return entry.hasReply ? UDP_STREAM : UDP
    if (!isTcp) return GENERIC
    if (entry.isClosed) return TCP_CLOSED
    if (entry.isClosing) return TCP_CLOSING
    return (packet.flags & TcpFlag.SYN) === 0 ? TCP_ESTABLISHED : TCP_SYN
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
