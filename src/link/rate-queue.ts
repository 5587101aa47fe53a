import type { Deadline, Scheduler } from '../time/scheduler.ts'
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
  #head: Packet | null = null
  #tail: Packet | null = null
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
    const head = this.#head
    const { now } = this.#clock
    if (head !== null) {
      const size = linkSize(head, this.#mtu)
      const sent = this.#rate === 0 ? 0 : ((now - this.#began) * this.#rate) / BITS_NS
      this.#began = rate === 0 ? now : now - (Math.min(sent, size) * BITS_NS) / rate
    }
    this.#rate = rate
    this.#arm()
  }

  /** Queue a frame; false when there is no room, and the frame stays the caller's. An empty queue takes any frame. */
  push(frame: Packet): boolean {
    const size = linkSize(frame, this.#mtu)
    const count = frameCount(frame, this.#mtu)
    const tail = this.#tail
    if (tail !== null && (this.#bytes + size > this.limit.bytes || this.#packets + count > this.limit.packets))
      return false
    this.#bytes += size
    this.#packets += count
    frame.next = null
    this.#tail = frame
    if (tail !== null) {
      tail.next = frame
      return true
    }
    this.#head = frame
    // Back to back with the frame before, though that one's end was rounded to a nanosecond.
    const { now } = this.#clock
    if (now - this.#began >= 1) this.#began = now
    this.#arm()
    return true
  }

  /** The first frame is on the link. */
  expire(): void {
    const frame = this.#head
    if (frame === null) return
    const size = linkSize(frame, this.#mtu)
    const next = frame.next
    this.#bytes -= size
    this.#packets -= frameCount(frame, this.#mtu)
    this.#head = next
    if (next === null) this.#tail = null
    frame.next = null
    if (this.#rate > 0) this.#began += (size * BITS_NS) / this.#rate
    else this.#began = this.#clock.now
    this.#arm()
    this.#out.receive(frame)
  }

  #arm(): void {
    const head = this.#head
    if (head === null) return
    const takes = this.#rate === 0 ? 0 : (linkSize(head, this.#mtu) * BITS_NS) / this.#rate
    this.#clock.arm(this, Math.round(this.#began + takes))
  }
}
