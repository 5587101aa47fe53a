import { Capture as InterfaceCapture, PcapngWriter } from '../link/capture/index.ts'
import type { NetworkInterface } from '../link/interface.ts'
import type { Scheduler } from '../time/scheduler.ts'
import type { Packet } from '../wire/packet.ts'
import type { EventHub } from './events.ts'

export interface NetworkCaptureOptions {
  /** Interfaces as `host:eth0`, or all of a host's as `host`; all of the network unless given. */
  readonly interfaces?: readonly string[]
  /** Most bytes kept of a frame. */
  readonly snapLength?: number
  /** Gets the file piece by piece, as it is written; unless given, `bytes` has it. */
  readonly sink?: (bytes: Uint8Array) => void
}

/** One interface to capture from. */
export interface CaptureSource {
  /** `server:eth0`. */
  readonly name: string
  readonly iface: NetworkInterface
  /** More to say of a frame that leaves by it; null: nothing. */
  readonly comment: ((frame: Packet) => string | null) | null
}

/** A capture that runs: one pcapng file of many interfaces, with direction, and the reasons of drops as comments. */
export class NetworkCapture {
  readonly #pieces: Uint8Array[] = []
  readonly #ends: (() => void)[] = []

  constructor(
    sources: readonly CaptureSource[],
    clock: Scheduler,
    epoch: number,
    events: EventHub,
    options: NetworkCaptureOptions = {},
  ) {
    const sink = options.sink ?? ((bytes: Uint8Array) => this.#pieces.push(bytes))
    const writer = new PcapngWriter(sink)
    const captures = sources.map(({ name, iface, comment }) => {
      const capture = new InterfaceCapture(iface, clock, writer, {
        name,
        epoch,
        ...(options.snapLength === undefined ? {} : { snapLength: options.snapLength }),
        ...(comment === null ? {} : { comment }),
      })
      iface.addTap(capture)
      this.#ends.push(() => iface.removeTap(capture))
      return capture
    })
    this.#ends.push(
      events.listen((event) => {
        for (const capture of captures) capture.observe(event)
      }),
    )
  }

  /** Stop; what was captured stays. */
  stop(): this {
    for (const end of this.#ends.splice(0)) end()
    return this
  }

  /** The file so far, when there is no sink. */
  get bytes(): Uint8Array {
    let length = 0
    for (const piece of this.#pieces) length += piece.length
    const all = new Uint8Array(length)
    let at = 0
    for (const piece of this.#pieces) {
      all.set(piece, at)
      at += piece.length
    }
    return all
  }
}
