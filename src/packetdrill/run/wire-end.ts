import type { Device } from '../../link/device.ts'
import type { Scheduler } from '../../time/scheduler.ts'
import { toFrame } from '../../wire/ethernet.ts'
import type { FrameSink, Packet } from '../../wire/packet.ts'

/** A frame that the stack sent, and when. */
export interface SentFrame {
  readonly time: number
  readonly bytes: Uint8Array
}

/** What the host is plugged into: frames that it sends wait here for the script to expect them. */
export class WireEnd implements Device {
  sink: FrameSink | null = null
  readonly mtu: number
  /** Segments of one MSS: a line of a script may stand for several. */
  readonly largeSegment = 0
  readonly sent: SentFrame[] = []
  readonly #clock: Scheduler

  constructor(clock: Scheduler, mtu: number) {
    this.#clock = clock
    this.mtu = mtu
  }

  send(frame: Packet): void {
    toFrame(frame)
    this.sent.push({ time: this.#clock.now, bytes: frame.buf.slice(frame.start, frame.end) })
    frame.free()
  }

  /** Give the host a packet, as bytes: it is decoded with every check. */
  inject(packet: Packet): void {
    toFrame(packet)
    packet.target = this.sink
    this.#clock.post(packet)
  }
}
