import { copyBytes } from '../wire/bytes.ts'
import type { Packet } from '../wire/packet.ts'
import type { DatagramInfo } from './types.ts'

/** sizeof(struct sk_buff), and of skb_shared_info with the headers and headroom in front of the data. */
const SKB = 256
const OVERHEAD = 384

/** What Linux charges a receive buffer for a datagram of `length` bytes: the block that kmalloc gives, and the sk_buff. */
export const truesize = (length: number): number => {
  const need = length + OVERHEAD
  return SKB + (need <= 512 ? 512 : 1 << (32 - Math.clz32(need - 1)))
}

/**
 * Datagrams received and not yet read: the packets themselves, in order, with their arrival times. Nothing is copied until
 * somebody reads.
 */
export class PacketQueue {
  #head: Packet | null = null
  #tail: Packet | null = null
  #times: number[] = []
  /** Sum of truesizes. */
  charge = 0
  length = 0

  get head(): Packet | null {
    return this.#head
  }

  /** Takes ownership. */
  push(packet: Packet, time: number): void {
    packet.next = null
    if (this.#tail === null) this.#head = packet
    else this.#tail.next = packet
    this.#tail = packet
    this.#times.push(time)
    this.length++
    this.charge += truesize(packet.end - packet.start)
  }

  /** The caller becomes the owner. */
  shift(): Packet | null {
    const packet = this.#head
    if (packet === null) return null
    this.#head = packet.next
    if (this.#head === null) this.#tail = null
    packet.next = null
    this.#times.shift()
    this.length--
    this.charge -= truesize(packet.end - packet.start)
    return packet
  }

  /** Copy from the head into `buf[start, end)` and tell where it came from; false when the queue is empty. */
  describe(info: DatagramInfo): boolean {
    const packet = this.#head
    if (packet === null) return false
    info.address = packet.src
    info.port = packet.srcPort
    info.local = packet.dst
    info.ifindex = (packet.iface as { readonly index: number } | null)?.index ?? 0
    info.ttl = packet.ttl
    info.tos = packet.tos
    info.time = this.#times[0] as number
    info.length = packet.end - packet.start
    return true
  }

  /** Bytes copied of the head. */
  copy(buf: Uint8Array, start: number, end: number): number {
    const packet = this.#head as Packet
    const count = Math.min(end - start, packet.end - packet.start)
    copyBytes(packet.buf, packet.start, packet.start + count, buf, start)
    return count
  }

  clear(): void {
    for (let packet = this.shift(); packet !== null; packet = this.shift()) packet.free()
  }
}
