/**
 * A cable: what goes in at one end comes out at the other, in order and in no time. Length, rate and faults are wrappers
 * round an end (see `impairment.ts`), so that a plain cable costs one turn in the queue.
 */
import type { Scheduler } from '../time/scheduler.ts'
import { toFrame } from '../wire/ethernet.ts'
import type { FrameSink, Packet } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import type { Telemetry } from '../wire/telemetry.ts'
import type { Device } from './device.ts'
import { fits, LARGE_SEGMENT } from './size.ts'

/** What packets are on the way: header fields where they suffice, or bytes always, serialised and checked at every link. */
export type PacketMode = 'records' | 'bytes'

export interface LinkOptions {
  /** Largest IP packet, bytes; 1500 unless given. */
  readonly mtu?: number
  /** Carry TCP segments larger than the MTU in one piece, as a kernel does with offload; true unless given. Fixed. */
  readonly offload?: boolean
  readonly mode?: PacketMode
  /** Counts the link's drops. */
  readonly telemetry: Telemetry
}

class CableEnd implements Device {
  sink: FrameSink | null = null
  readonly mtu: number
  readonly largeSegment: number
  peer: CableEnd | null = null
  readonly #clock: Scheduler
  readonly #telemetry: Telemetry
  readonly #bytes: boolean

  constructor(clock: Scheduler, options: LinkOptions) {
    this.mtu = options.mtu ?? 1500
    this.largeSegment = options.offload === false ? 0 : LARGE_SEGMENT
    this.#clock = clock
    this.#telemetry = options.telemetry
    this.#bytes = options.mode === 'bytes'
  }

  send(frame: Packet): void {
    if (!fits(frame, this.mtu, this.largeSegment)) {
      this.#telemetry.drop(frame, Reason.OversizedFrame, this)
      return
    }
    const sink = this.peer === null ? null : this.peer.sink
    if (sink === null) {
      this.#telemetry.drop(frame, Reason.NoCarrier, this)
      return
    }
    if (this.#bytes) toFrame(frame)
    frame.target = sink
    this.#clock.post(frame)
  }
}

export class Cable {
  readonly a: Device
  readonly b: Device

  constructor(clock: Scheduler, options: LinkOptions) {
    const a = new CableEnd(clock, options)
    const b = new CableEnd(clock, options)
    a.peer = b
    b.peer = a
    this.a = a
    this.b = b
  }
}
