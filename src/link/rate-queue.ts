import type { Deadline, Scheduler } from '../time/scheduler.ts'
import { ETHERNET_HEADER } from '../wire/ethernet.ts'
import type { FrameSink, Packet } from '../wire/packet.ts'
import { frameCount, linkSize } from './size.ts'
import type { QueueLimit } from './units.ts'

const BITS_NS = 8e9

/** Linux's default txqueuelen. */
export const DEFAULT_QUEUE: QueueLimit = { bytes: Infinity, packets: 1000 }

/**
 * A transmitter of a given rate with the queue before it. The frame being sent still counts as queued. Finishing times
 * keep their fraction of a nanosecond, so that the rate is exact over any number of frames.
 */
export class RateQueue implements Deadline {
  heapId = -1
  limit: QueueLimit = DEFAULT_QUEUE
  readonly #clock: Scheduler
  readonly #out: FrameSink
  readonly #mtu: number
  /** Bits a second; 0: no limit, the queue empties at once. */
  #rate = 0
  /** A ring of frames with what `linkSize` and `frameCount` said of them. */
  #frames: (Packet | null)[] = new Array<Packet | null>(16).fill(null)
  #sizes = new Int32Array(16)
  #counts = new Int32Array(16)
  #head = 0
  #length = 0
  #bytes = 0
  #packets = 0
  /** When the first frame's transmission began or, once `#rate` changed, when it would have begun. */
  #began = 0

  constructor(clock: Scheduler, out: FrameSink, mtu: number) {
    this.#clock = clock
    this.#out = out
    this.#mtu = mtu
  }

  /** Octets queued, headers of large segments counted as `linkSize` does. */
  get bytes(): number {
    return this.#bytes
  }

  /** Frames queued; a large segment counts as those it stands for. */
  get packets(): number {
    return this.#packets
  }

  get rate(): number {
    return this.#rate
  }

  /** Change the rate; of the frame on its way the rest is sent at the new one. */
  set rate(rate: number) {
    if (rate === this.#rate) return
    if (this.#length > 0) {
      const { now } = this.#clock
      const size = this.#sizes[this.#head] as number
      const sent = this.#rate === 0 ? 0 : ((now - this.#began) * this.#rate) / BITS_NS
      this.#began = rate === 0 ? now : now - (Math.min(sent, size) * BITS_NS) / rate
    }
    this.#rate = rate
    this.#arm()
  }

  /** Queue a frame; false when there is no room, and the frame stays the caller's. An empty queue takes any frame. */
  push(frame: Packet): boolean {
    const size = linkSize(frame, this.#mtu)
    const count = size - ETHERNET_HEADER <= this.#mtu ? 1 : frameCount(frame, this.#mtu)
    const { limit } = this
    if (this.#length > 0 && (this.#bytes + size > limit.bytes || this.#packets + count > limit.packets)) return false
    if (this.#length === this.#sizes.length) this.#grow()
    const place = (this.#head + this.#length) & (this.#sizes.length - 1)
    this.#frames[place] = frame
    this.#sizes[place] = size
    this.#counts[place] = count
    this.#bytes += size
    this.#packets += count
    if (this.#length++ > 0) return true
    // Back to back with the frame before, though that one's end was rounded to a nanosecond.
    const { now } = this.#clock
    if (now - this.#began >= 1) this.#began = now
    this.#arm()
    return true
  }

  /** The first frame is on the link. */
  expire(): void {
    const place = this.#head
    const frame = this.#frames[place] as Packet
    const size = this.#sizes[place] as number
    this.#frames[place] = null
    this.#head = (place + 1) & (this.#sizes.length - 1)
    this.#length--
    this.#bytes -= size
    this.#packets -= this.#counts[place] as number
    if (this.#rate > 0) this.#began += (size * BITS_NS) / this.#rate
    else this.#began = this.#clock.now
    this.#arm()
    this.#out.receive(frame)
  }

  #arm(): void {
    if (this.#length === 0) return
    const takes = this.#rate === 0 ? 0 : ((this.#sizes[this.#head] as number) * BITS_NS) / this.#rate
    this.#clock.arm(this, Math.round(this.#began + takes))
  }

  #grow(): void {
    const length = this.#sizes.length
    const frames = new Array<Packet | null>(2 * length).fill(null)
    const sizes = new Int32Array(2 * length)
    const counts = new Int32Array(2 * length)
    for (let i = 0; i < length; i++) {
      const from = (this.#head + i) & (length - 1)
      frames[i] = this.#frames[from] as Packet | null
      sizes[i] = this.#sizes[from] as number
      counts[i] = this.#counts[from] as number
    }
    this.#frames = frames
    this.#sizes = sizes
    this.#counts = counts
    this.#head = 0
  }
}
