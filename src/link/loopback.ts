import type { Scheduler } from '../time/scheduler.ts'
import { toFrame } from '../wire/ethernet.ts'
import type { FrameSink, Packet } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import type { Telemetry } from '../wire/telemetry.ts'
import type { PacketMode } from './cable.ts'
import type { Device } from './device.ts'
import { fits } from './size.ts'

/**
 * What `lo` is plugged into: frames come back to their sender. Its MTU is Linux's 65,536, so an MSS-sized segment is
 * already as large as IP allows and no larger segments exist.
 */
export class Loopback implements Device {
  sink: FrameSink | null = null
  readonly mtu = 65_536
  readonly largeSegment = 0
  readonly #clock: Scheduler
  readonly #telemetry: Telemetry
  readonly #bytes: boolean

  constructor(clock: Scheduler, options: { readonly telemetry: Telemetry; readonly mode?: PacketMode }) {
    this.#clock = clock
    this.#telemetry = options.telemetry
    this.#bytes = options.mode === 'bytes'
  }

  send(frame: Packet): void {
    const sink = this.sink
    if (sink === null || !fits(frame, this.mtu, 0)) {
      this.#telemetry.drop(frame, sink === null ? Reason.NoCarrier : Reason.OversizedFrame, this)
      return
    }
    if (this.#bytes) toFrame(frame)
    frame.target = sink
    this.#clock.post(frame)
  }
}
