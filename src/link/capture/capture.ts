import type { Clock } from '../../time/scheduler.ts'
import { ETHERNET_HEADER, encodeFrame, frameLength } from '../../wire/ethernet.ts'
import { EtherType, LinkCast, type Packet } from '../../wire/packet.ts'
import { reasons } from '../../wire/reason.ts'
import type { HostEvent } from '../../wire/telemetry.ts'
import type { NetworkInterface } from '../interface.ts'
import type { FrameTap } from '../tap.ts'
import { PacketFlag, type PcapngWriter } from './pcapng.ts'

export interface CaptureOptions {
  /** The interface's name in the file; `host:eth0` tells two hosts apart. Its own name unless given. */
  readonly name?: string
  /** Most bytes kept of a frame; all unless given. */
  readonly snapLength?: number
  /** Milliseconds since the epoch at network time zero; 0 unless given. */
  readonly epoch?: number
  /** Asked of each frame that leaves: more to say of it; null: nothing. */
  readonly comment?: (frame: Packet) => string | null
}

/** A frame seen while the call that handles it is still on: what happens to it becomes its comments. */
interface Seen {
  /** Null once it was freed: the object may already be another packet. */
  frame: Packet | null
  readonly time: number
  readonly bytes: Uint8Array
  readonly cast: number
  readonly comments: string[]
}

const FLAGS: Readonly<Record<number, number>> = {
  [LinkCast.HOST]: PacketFlag.INBOUND | PacketFlag.UNICAST,
  [LinkCast.BROADCAST]: PacketFlag.INBOUND | PacketFlag.BROADCAST,
  [LinkCast.MULTICAST]: PacketFlag.INBOUND | PacketFlag.MULTICAST,
  [LinkCast.OTHER_HOST]: PacketFlag.INBOUND | PacketFlag.PROMISCUOUS,
  [LinkCast.OUTGOING]: PacketFlag.OUTBOUND,
}

const bytesOf = (frame: Packet): Uint8Array => {
  const bytes = new Uint8Array(frameLength(frame))
  encodeFrame(frame, bytes, 0)
  return bytes
}

/** Whether two frames are the same packet, maybe at another hop: link addresses, TTL and the IPv4 header checksum may differ. */
const isSamePacket = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  const is4 = a[12] === EtherType.IPV4 >>> 8 && a[13] === (EtherType.IPV4 & 255)
  const [ttl, low, high] = is4 ? [22, 24, 25] : [21, 21, 21]
  for (let i = ETHERNET_HEADER; i < a.length; i++)
    if (a[i] !== b[i] && i !== ttl && i !== low && i !== high) return false
  return true
}

/**
 * Records the frames of one interface, with direction, in the order in which they came and left. A large segment is one
 * packet, as a kernel with offload shows it. Reasons become comments of the frame they concern, as far as they are known
 * when its call ends: what a delayed link does to it later is not.
 *
 * On a loopback only arrivals are recorded, as libpcap does: each frame that leaves also arrives.
 */
export class Capture implements FrameTap {
  readonly #iface: NetworkInterface
  readonly #clock: Clock
  readonly #writer: PcapngWriter
  readonly #id: number
  readonly #snapLength: number
  readonly #epoch: bigint
  readonly #comment: ((frame: Packet) => string | null) | null
  #depth = 0
  readonly #seen: Seen[] = []
  readonly #leaving = new WeakMap<Packet, string | null>()

  /** Begins with the interface's `addTap`; give `observe` the events of its host and of its link. */
  constructor(iface: NetworkInterface, clock: Clock, writer: PcapngWriter, options: CaptureOptions = {}) {
    const { name = iface.name, snapLength, epoch = 0 } = options
    this.#iface = iface
    this.#clock = clock
    this.#writer = writer
    this.#id = writer.addInterface(snapLength === undefined ? { name } : { name, snapLength })
    this.#snapLength = snapLength ?? Infinity
    this.#epoch = BigInt(Math.round(epoch)) * 1_000_000n
    this.#comment = options.comment ?? null
  }

  enter(frame: Packet, cast: number): void {
    this.#depth++
    const said = this.#commentOn(frame, cast)
    if (cast === LinkCast.OUTGOING && this.#iface.kind === 'loopback') return
    const comments = said === null ? [] : [said]
    this.#seen.push({ frame, time: this.#clock.now, bytes: bytesOf(frame), cast, comments })
  }

  /** On a loopback what is said of a leaving frame waits for its arrival. */
  #commentOn(frame: Packet, cast: number): string | null {
    if (this.#comment === null) return null
    const isLoopback = this.#iface.kind === 'loopback'
    if (cast !== LinkCast.OUTGOING) return isLoopback ? (this.#leaving.get(frame) ?? null) : null
    const said = this.#comment(frame)
    if (isLoopback) this.#leaving.set(frame, said)
    return said
  }

  leave(): void {
    if (--this.#depth > 0) return
    for (const seen of this.#seen) this.#write(seen)
    this.#seen.length = 0
  }

  /** What happened on the host or its link; what concerns a frame that is being handled becomes a comment of it. */
  observe(event: HostEvent): void {
    const { packet } = event
    if (packet === null || packet.iface !== this.#iface) return
    const seen = this.#seen.findLast((one) => one.frame === packet)
    // A packet's object may have been freed and taken again for the answer while its frame is still being handled.
    if (seen === undefined || (seen.cast !== LinkCast.OUTGOING && !isSamePacket(seen.bytes, bytesOf(packet)))) return
    const reason = reasons[event.reason]
    if (reason === undefined) return
    seen.comments.push(`${reason.kind} ${reason.name}: ${reason.text} (${reason.clause})`)
    if (reason.kind === 'drop') seen.frame = null
  }

  #write({ time, bytes, cast, comments }: Seen): void {
    this.#writer.writePacket({
      interfaceId: this.#id,
      time: this.#epoch + BigInt(time),
      bytes: bytes.length > this.#snapLength ? bytes.subarray(0, this.#snapLength) : bytes,
      originalLength: bytes.length,
      flags: FLAGS[cast] ?? 0,
      comments,
    })
  }
}
