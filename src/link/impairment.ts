/**
 * A worse link: a device round a device that delays, loses, duplicates, reorders, corrupts and slows down what is sent
 * through it. Each direction of a link has its own, at its sending end.
 *
 * The way of a frame: duplicated or not; then each copy lost or not, corrupted or not (both before the queue, as netem
 * decides them); the queue of the rate limit; the delay. Every decision draws from its own stream, so that changing the
 * loss changes no delay. While nothing is set, a frame passes with one comparison.
 */
import { chance, normal, type Random, uniform } from '../time/random.ts'
import type { Scheduler } from '../time/scheduler.ts'
import { toFrame } from '../wire/ethernet.ts'
import { Form, type FrameSink, type Packet } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import type { Telemetry } from '../wire/telemetry.ts'
import { DelayLine } from './delay-line.ts'
import type { Device } from './device.ts'
import { type ImpairmentOptions, type ImpairmentSettings, readImpairment, unimpaired } from './impairment-options.ts'
import { OvertakingLine } from './overtaking-line.ts'
import { RateQueue } from './rate-queue.ts'

export type { ImpairmentOptions } from './impairment-options.ts'

/** Frames that may be on the way at once: bounds the memory of a long, fast link. */
const LINE_LIMIT = 1_048_576
const DEFAULT_REORDER_DELAY = 1_000_000

/** What was done to the frames of one direction. */
export interface ImpairmentStats {
  lost: number
  duplicated: number
  reordered: number
  corrupted: number
  /** Dropped at the tail of the rate limit's queue. */
  overflowed: number
}

export interface ImpairmentContext {
  readonly clock: Scheduler
  readonly telemetry: Telemetry
  /** The stream of this direction of this link. */
  readonly random: Random
}

export class Impairment implements Device {
  readonly stats: ImpairmentStats = { lost: 0, duplicated: 0, reordered: 0, corrupted: 0, overflowed: 0 }
  readonly #inner: Device
  readonly #clock: Scheduler
  readonly #telemetry: Telemetry
  readonly #lossRandom: Random
  readonly #duplicateRandom: Random
  readonly #corruptRandom: Random
  readonly #reorderRandom: Random
  readonly #jitterRandom: Random
  readonly #queue: RateQueue
  readonly #line: DelayLine
  readonly #overtaking: OvertakingLine
  #settings: ImpairmentSettings = unimpaired()
  #idle = true
  /** Frames since the last one that was made late. */
  #sinceReorder = 0

  constructor(inner: Device, context: ImpairmentContext, options: ImpairmentOptions = {}) {
    const { clock, random } = context
    this.#inner = inner
    this.#clock = clock
    this.#telemetry = context.telemetry
    this.#lossRandom = random.stream('loss')
    this.#duplicateRandom = random.stream('duplicate')
    this.#corruptRandom = random.stream('corrupt')
    this.#reorderRandom = random.stream('reorder')
    this.#jitterRandom = random.stream('jitter')
    const leave: FrameSink = { receive: (frame) => inner.send(frame) }
    const travel: FrameSink = { receive: (frame) => this.#travel(frame) }
    this.#queue = new RateQueue(clock, travel, inner.mtu)
    this.#line = new DelayLine(clock, leave)
    this.#overtaking = new OvertakingLine(clock, leave)
    this.set(options)
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

  /** Octets that wait for the rate limit. */
  get queued(): number {
    return this.#queue.bytes
  }

  /** Frames that are on the way. */
  get travelling(): number {
    return this.#line.size + this.#overtaking.size
  }

  get settings(): Readonly<ImpairmentSettings> {
    return this.#settings
  }

  /**
   * Change what is named, now; the rest stays. Frames on the way keep the delay they set out with.
   *
   * @throws Error naming the option; then nothing has changed
   */
  set(options: ImpairmentOptions): void {
    const settings = readImpairment(options, this.#settings)
    this.#settings = settings
    this.#queue.limit = settings.queue
    this.#queue.rate = settings.rate
    const { latency, jitter, loss, duplicate, reorder, corrupt, rate } = settings
    this.#idle = latency === 0 && jitter === 0 && loss + duplicate + reorder + corrupt + rate === 0
  }

  send(frame: Packet): void {
    if (this.#idle && this.#queue.packets === 0 && this.#line.size === 0) {
      this.#inner.send(frame)
      return
    }
    if (chance(this.#duplicateRandom, this.#settings.duplicate)) {
      const copy = frame.clone()
      copy.iface = frame.iface
      this.stats.duplicated++
      this.#telemetry.note(Reason.ImpairDuplicate, copy, this)
      this.#enter(frame)
      this.#enter(copy)
    } else this.#enter(frame)
  }

  #enter(frame: Packet): void {
    const { loss, corrupt, rate } = this.#settings
    if (chance(this.#lossRandom, loss)) {
      this.stats.lost++
      this.#telemetry.drop(frame, Reason.ImpairLoss, this)
      return
    }
    if (chance(this.#corruptRandom, corrupt)) this.#corrupt(frame)
    if (rate === 0 && this.#queue.packets === 0) this.#travel(frame)
    else if (!this.#queue.push(frame)) {
      this.stats.overflowed++
      this.#telemetry.drop(frame, Reason.ImpairRate, this)
    }
  }

  #travel(frame: Packet): void {
    const { latency, jitter, reorder, jitterReorders } = this.#settings
    const late = reorder > 0 && this.#isLate(reorder)
    if (this.travelling >= LINE_LIMIT) {
      this.#telemetry.drop(frame, Reason.QueueFull, this)
      return
    }
    let delay = latency
    if (jitter > 0) delay = Math.max(0, delay + this.#drawJitter(jitter))
    const { now } = this.#clock
    if (late) {
      this.stats.reordered++
      this.#telemetry.note(Reason.ImpairReorder, frame, this)
      this.#overtaking.push(frame, now + delay + this.#reorderDelay())
    } else if (jitter > 0 && jitterReorders) this.#overtaking.push(frame, now + delay)
    else if (delay === 0 && this.#line.size === 0) this.#inner.send(frame)
    else this.#line.push(frame, now + delay)
  }

  /** netem's order: a frame inside the gap is not asked about, and draws nothing. */
  #isLate(reorder: number): boolean {
    if (++this.#sinceReorder < this.#settings.reorderGap || !chance(this.#reorderRandom, reorder)) return false
    this.#sinceReorder = 0
    return true
  }

  #reorderDelay(): number {
    const { reorderDelay, latency } = this.#settings
    if (reorderDelay >= 0) return reorderDelay
    return latency > 0 ? latency : DEFAULT_REORDER_DELAY
  }

  #drawJitter(jitter: number): number {
    return this.#settings.normal
      ? Math.round(normal(this.#jitterRandom) * jitter)
      : uniform(this.#jitterRandom, -jitter, jitter)
  }

  /** Flip one bit of the frame's bytes, in memory that nobody else reads. */
  #corrupt(frame: Packet): void {
    if (frame.form !== Form.FRAME) toFrame(frame)
    else if (frame.chunk === null || frame.chunk.refs > 1) ownBytes(frame)
    const bit = this.#corruptRandom.below((frame.end - frame.start) * 8)
    const at = frame.start + (bit >>> 3)
    frame.buf[at] = (frame.buf[at] as number) ^ (1 << (bit & 7))
    this.stats.corrupted++
    this.#telemetry.note(Reason.ImpairCorrupt, frame, this)
  }
}

/** Give a raw frame a chunk of its own: its bytes are shared with a copy of it. */
const ownBytes = (frame: Packet): void => {
  const length = frame.end - frame.start
  const chunk = frame.memory.chunk(length)
  chunk.bytes.set(frame.buf.subarray(frame.start, frame.end))
  if (frame.chunk !== null) frame.chunk.release()
  frame.setPayload(chunk, 0, length)
  chunk.release()
}
