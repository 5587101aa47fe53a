import type { FrameSink, Packet } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import type { Telemetry } from '../wire/telemetry.ts'
import type { Device } from './device.ts'

/** Open lets frames pass, blocked drops them, held keeps them in order until they may pass. */
export type GateState = 'open' | 'blocked' | 'held'

/** Frames a gate keeps unless told otherwise. */
const DEFAULT_LIMIT = 65_536

/**
 * One direction of a link that can be cut or held, for all frames or for those that a judge picks. Put it next to the
 * cable, behind the impairment: then what is on the way when it shuts does not arrive either.
 */
export class Gate implements Device {
  readonly #inner: Device
  readonly #telemetry: Telemetry
  readonly #limit: number
  #state: GateState = 'open'
  #judge: ((frame: Packet) => GateState) | null = null
  #held: Packet[] = []

  /** `limit`: frames kept; more are dropped with `QueueFull`. */
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
    return this.#held.length
  }

  /** Change the state for all frames. Those held are judged again, in order: sent, dropped, or kept. */
  set(state: GateState): void {
    this.#state = state
    this.#review()
  }

  /**
   * Who decides about each frame while the state is open; null: all pass. Also to be called when the judge's mind changed:
   * frames held are judged again, in order.
   */
  setJudge(judge: ((frame: Packet) => GateState) | null): void {
    this.#judge = judge
    this.#review()
  }

  send(frame: Packet): void {
    if (this.#state === 'open' && this.#judge === null) this.#inner.send(frame)
    else this.#decide(frame)
  }

  #decide(frame: Packet): void {
    let verdict = this.#state
    if (verdict === 'open' && this.#judge !== null) verdict = this.#judge(frame)
    if (verdict === 'open') this.#inner.send(frame)
    else if (verdict === 'blocked') this.#telemetry.drop(frame, Reason.Partitioned, this)
    else if (this.#held.length >= this.#limit) this.#telemetry.drop(frame, Reason.QueueFull, this)
    else this.#held.push(frame)
  }

  #review(): void {
    const held = this.#held
    this.#held = []
    for (const frame of held) this.#decide(frame)
  }
}
