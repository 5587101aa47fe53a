import type { FrameSink, Packet } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import type { Telemetry } from '../wire/telemetry.ts'
import type { Device } from './device.ts'

/** Open lets frames pass, blocked drops them, held keeps them in order until the gate opens. */
export type GateState = 'open' | 'blocked' | 'held'

/** Frames a held gate keeps unless told otherwise. */
const DEFAULT_LIMIT = 65_536

/**
 * One direction of a link, cut or held. Put it next to the cable, behind the impairment: then what is on the way when it
 * shuts does not arrive either.
 */
export class Gate implements Device {
  readonly #inner: Device
  readonly #telemetry: Telemetry
  readonly #limit: number
  #state: GateState = 'open'
  #head: Packet | null = null
  #tail: Packet | null = null
  #held = 0

  /** `limit`: frames that a held gate keeps; more are dropped with `QueueFull`. */
  constructor(inner: Device, context: { readonly telemetry: Telemetry }, limit: number = DEFAULT_LIMIT) {
    this.#inner = inner
    this.#telemetry = context.telemetry
    this.#limit = limit
  }

  get sink(): FrameSink | null {
    return this.#inner.sink
  }

  set sink(sink: FrameSink | null) {
    this.#inner.sink = sink
  }

  get mtu(): number {
    return this.#inner.mtu
  }

  get largeSegment(): number {
    return this.#inner.largeSegment
  }

  get state(): GateState {
    return this.#state
  }

  /** Frames kept at present. */
  get held(): number {
    return this.#held
  }

  /** Change the state. Opening sends what was held, in order; blocking drops it. */
  set(state: GateState): void {
    this.#state = state
    if (state === 'held') return
    let frame = this.#head
    this.#head = null
    this.#tail = null
    this.#held = 0
    while (frame !== null) {
      const next: Packet | null = frame.next
      frame.next = null
      if (state === 'open') this.#inner.send(frame)
      else this.#telemetry.drop(frame, Reason.Partitioned, this)
      frame = next
    }
  }

  send(frame: Packet): void {
    if (this.#state === 'open') this.#inner.send(frame)
    else if (this.#state === 'blocked') this.#telemetry.drop(frame, Reason.Partitioned, this)
    else if (this.#held >= this.#limit) this.#telemetry.drop(frame, Reason.QueueFull, this)
    else {
      if (this.#tail === null) this.#head = frame
      else this.#tail.next = frame
      frame.next = null
      this.#tail = frame
      this.#held++
    }
  }
}
