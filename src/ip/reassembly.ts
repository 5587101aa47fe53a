import { type Deadline, SECOND } from '../time/scheduler.ts'
import { copyBytes } from '../wire/bytes.ts'
import { networkLength } from '../wire/ethernet.ts'
import { ipv4HeaderLength } from '../wire/ipv4.ts'
import { Form, Fragment, type Packet, Protocol } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import { decodeTransport } from '../wire/transport.ts'
import type { Ip } from './ip.ts'

/** What a fragment is charged beyond its octets (Linux's truesize). */
const OVERHEAD = 768
const MOST = 65_535
/** Smallest first fragment of a TCP segment that says where it goes: RFC 3128 3. */
const TCP_LEAST = 16

/** One datagram being put together: its fragments in order, no two of which overlap. */
class Queue implements Deadline {
  heapId = -1
  readonly owner: Reassembly
  readonly key: number
  readonly pieces: Packet[] = []
  /** Octets here, and octets in all: -1 until the last fragment came. */
  octets = 0
  total = -1
  charge = 0
  /** Fragments from this source when the last one came (ipfrag_max_dist). */
  seen = 0

  constructor(owner: Reassembly, key: number) {
    this.owner = owner
    this.key = key
  }

  expire(): void {
    this.owner.expired(this)
  }
}

/** Offset of a fragment's first octet. */
const offsetOf = (packet: Packet): number => (packet.fragment & Fragment.OFFSET) << 3

const same = (queue: Queue, packet: Packet): boolean => {
  const first = queue.pieces[0] as Packet
  return (
    first.ipId === packet.ipId &&
    first.src.equals(packet.src) &&
    first.dst.equals(packet.dst) &&
    (packet.src.family === 6 || first.protocol === packet.protocol)
  )
}

/**
 * Datagrams from fragments (RFC 791 3.2, RFC 815, RFC 8200 4.5). Fragments lie in order in a list that holds no overlap,
 * so the holes of RFC 815 are what lies between them, and none is left when the octets here are the octets in all.
 * Overlap discards the datagram (RFC 5722 4, and Linux for IPv4); an exact duplicate only itself.
 */
export class Reassembly {
  readonly #ip: Ip
  readonly #queues = new Map<number, Queue[]>()
  readonly #sources = new Map<number, number>()
  #charge = 0

  constructor(ip: Ip) {
    this.#ip = ip
  }

  /** Octets held, with overhead. */
  get charge(): number {
    return this.#charge
  }

  /** Datagrams not whole yet. */
  get size(): number {
    let n = 0
    for (const list of this.#queues.values()) n += list.length
    return n
  }

  /** Largest piece of the datagram that was completed last, with its headers. */
  largest = 0

  /** Takes a fragment; returns the whole datagram, decoded, when it completes one, or null. */
  take(packet: Packet): Packet | null {
    const { telemetry } = this.#ip
    if (packet.src.family === 4) telemetry.count(Mib.IpReasmReqds)
    const problem = this.#judge(packet)
    if (problem >= 0) {
      this.#refuse(packet, problem)
      return null
    }
    const queue = this.#find(packet)
    if (queue === null) {
      this.#refuse(packet, Reason.IpReassemblyMemory)
      return null
    }
    const reason = this.#insert(queue, packet)
    if (reason >= 0) {
      this.#discard(queue, reason)
      this.#refuse(packet, reason)
      return null
    }
    return queue.total >= 0 && queue.octets === queue.total ? this.#complete(queue) : null
  }

  #refuse(packet: Packet, reason: Reason): void {
    if (packet.src.family === 4) this.#ip.telemetry.count(Mib.IpReasmFails)
    this.#ip.telemetry.drop(packet, reason, this)
  }

  /** What a fragment can be refused for by itself, or -1. */
  #judge(packet: Packet): Reason | -1 {
    const offset = offsetOf(packet)
    const length = packet.end - packet.start
    const more = (packet.fragment & Fragment.MF) !== 0
    const four = packet.src.family === 4
    if (length === 0 || (more && (length & 7) !== 0)) {
      // RFC 8200 4.5: the length field is what is wrong.
      if (!four && length !== 0) this.#ip.sendIcmpError(packet, 4, 0, 4)
      return Reason.IpFragmentError
    }
    if (offset + length + (four ? ipv4HeaderLength(packet) : 0) > MOST) {
      if (!four) this.#ip.sendIcmpError(packet, 4, 0, 42 + (packet.ipOptions?.length ?? 0))
      return Reason.IpReassemblyOverflow
    }
    // RFC 3128 3: a header that begins in the second fragment, or a first one too short to be judged, is an attack.
    if (packet.protocol === Protocol.TCP && (offset === 8 || (offset === 0 && more && length < TCP_LEAST)))
      return Reason.IpTinyFragment
    return -1
  }

  #find(packet: Packet): Queue | null {
    const key = packet.src.hash ^ Math.imul(packet.dst.hash, 0x9e3779b1) ^ packet.ipId
    const { config, clock } = this.#ip
    const seen = (this.#sources.get(packet.src.hash) ?? 0) + 1
    this.#sources.set(packet.src.hash, seen)
    const list = this.#queues.get(key)
    const known = list?.find((queue) => same(queue, packet))
    if (known !== undefined) {
      // ip_frag_too_far: so many other fragments came from there that the identification may have been used again.
      const dist = config.ipfragMaxDist
      const isFar = packet.src.family === 4 && dist > 0 && seen - known.seen > dist
      known.seen = seen
      if (!isFar) return known
      this.#discard(known, Reason.IpReassemblyTimeout)
    }
    const four = packet.src.family === 4
    if (this.#charge > (four ? config.ipfragHighThresh : config.ip6fragHighThresh)) return null
    const queue = new Queue(this, key)
    queue.seen = seen
    const now = this.#queues.get(key)
    if (now === undefined) this.#queues.set(key, [queue])
    else now.push(queue)
    clock.arm(queue, clock.now + (four ? config.ipfragTime : config.ip6fragTime) * SECOND)
    return queue
  }

  /** Fit a fragment in (RFC 815 3). A reason: the whole datagram goes. */
  #insert(queue: Queue, packet: Packet): Reason | -1 {
    const from = offsetOf(packet)
    const to = from + packet.end - packet.start
    if ((packet.fragment & Fragment.MF) === 0) {
      // Two ends, or octets beyond the end: not one datagram.
      if ((queue.total >= 0 && queue.total !== to) || this.#end(queue) > to) return Reason.IpReassemblyOverlap
      queue.total = to
    } else if (queue.total >= 0 && to > queue.total) return Reason.IpReassemblyOverlap
    const { pieces } = queue
    let at = pieces.length
    while (at > 0 && offsetOf(pieces[at - 1] as Packet) >= from) at--
    const twin = pieces[at]
    if (twin !== undefined && offsetOf(twin) === from && twin.end - twin.start === to - from) {
      this.#ip.telemetry.drop(packet, Reason.IpReassemblyDuplicate, this)
      return -1
    }
    const before = pieces[at - 1]
    if (before !== undefined && offsetOf(before) + before.end - before.start > from) return Reason.IpReassemblyOverlap
    if (twin !== undefined && offsetOf(twin) < to) return Reason.IpReassemblyOverlap
    pieces.splice(at, 0, packet)
    queue.octets += to - from
    const charge = to - from + OVERHEAD
    queue.charge += charge
    this.#charge += charge
    return -1
  }

  #end(queue: Queue): number {
    const last = queue.pieces.at(-1)
    return last === undefined ? 0 : offsetOf(last) + last.end - last.start
  }

  /** Header and options of the first fragment (RFC 815 6), octets of all. */
  #complete(queue: Queue): Packet | null {
    const { telemetry } = this.#ip
    this.#forget(queue)
    const [first, ...rest] = queue.pieces as [Packet, ...Packet[]]
    const chunk = first.memory.chunk(queue.total)
    let at = 0
    this.largest = Math.max(...queue.pieces.map(networkLength))
    for (const piece of queue.pieces) at = copyBytes(piece.buf, piece.start, piece.end, chunk.bytes, at)
    for (const piece of rest) piece.free()
    const before = first.chunk
    first.setPayload(chunk, 0, at)
    chunk.release()
    before?.release()
    first.fragment = 0
    first.form = Form.NETWORK
    const reason = decodeTransport(first)
    if (reason >= 0) {
      telemetry.drop(first, reason, this)
      return null
    }
    if (first.src.family === 4) telemetry.count(Mib.IpReasmOKs)
    return first
  }

  #forget(queue: Queue): void {
    this.#ip.clock.disarm(queue)
    this.#charge -= queue.charge
    const list = this.#queues.get(queue.key) ?? []
    const at = list.indexOf(queue)
    if (at >= 0) list.splice(at, 1)
    if (list.length === 0) this.#queues.delete(queue.key)
    if (this.#queues.size === 0) this.#sources.clear()
  }

  #discard(queue: Queue, reason: Reason): void {
    this.#forget(queue)
    for (const piece of queue.pieces) this.#refuse(piece, reason)
  }

  /** RFC 1122 3.3.2: told to the source, with the first fragment at hand; a router in between says nothing. */
  expired(queue: Queue): void {
    const first = queue.pieces[0]
    if (first === undefined) return
    this.#ip.telemetry.count(Mib.IpReasmTimeout)
    if (offsetOf(first) === 0 && this.#ip.isLocal(first.dst))
      this.#ip.sendIcmpError(first, first.src.family === 4 ? 11 : 3, 1, 0)
    this.#discard(queue, Reason.IpReassemblyTimeout)
  }
}
