import type { FrameSink, Packet } from '../wire/packet.ts'

/**
 * One end of a link: frames given to `send` leave by it, frames that arrive go to `sink`.
 *
 * Sending never calls into the peer: a frame is queued (`Scheduler.post`, or a delay line). Wrappers (impairment, capture)
 * are devices around a device. A cable, a switch port, a loopback and an uplink are all this and nothing more.
 */
export interface Device {
  /** Who gets what arrives; null: nobody, frames are dropped with `NoCarrier`. */
  sink: FrameSink | null
  /** Largest IP packet the link carries in one piece unless it takes large segments, bytes. */
  readonly mtu: number
  /** Largest TCP payload range that may travel as one packet (offload): 0 when segments must be MSS-sized. */
  readonly largeSegment: number
  /** Takes ownership of the frame. */
  send(frame: Packet): void
}
