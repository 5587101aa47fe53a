/** When things are to happen, and whether they did. Nanoseconds since the network's start. */
import { failed } from '../failure.ts'
import type { ScriptEvent, TimeSpec } from '../syntax/ast.ts'
import type { Setup } from './setup.ts'
import { showTime } from './show.ts'

export interface Span {
  readonly from: number
  readonly to: number
  /** How much earlier or later it may be: more, the longer nothing was to happen before it. */
  readonly tolerance: number
}

export class Timing {
  readonly #setup: Setup
  /** When the script began. */
  readonly #origin: number
  /** What the event before was to happen at. */
  #last: number
  /** Where a run of injected packets counts from: the scheduled time of the first; null: the last event was none. */
  #injected: number | null = null
  #base: number

  constructor(setup: Setup, origin: number) {
    this.#setup = setup
    this.#origin = origin
    this.#last = origin
    this.#base = origin
  }

  /** When an event is to happen that comes up now. Relative times count from now, but within a run of injected packets. */
  schedule(event: ScriptEvent, now: number): Span {
    const { action, time } = event
    const injects = action.kind === 'packet' && action.direction === 'in'
    this.#base = injects && this.#injected !== null ? this.#injected : now
    const span = this.#span(time, now, this.#last)
    this.#injected = injects ? span.from : null
    return span
  }

  /** When the blocking call of the event just scheduled is to return. */
  end(time: TimeSpec, now: number): Span {
    return this.#span(time, now, now)
  }

  #span(time: TimeSpec, now: number, last: number): Span {
    const { tolerance, tolerancePart } = this.#setup
    if (time.kind === 'any') return { from: now, to: Number.POSITIVE_INFINITY, tolerance }
    const base = time.kind === 'absolute' ? this.#origin : this.#base
    const from = base + time.from
    return { from, to: base + time.to, tolerance: Math.max(tolerance, (from - last) * tolerancePart) }
  }

  /** Since the script began, as scripts count. */
  since(time: number): string {
    return showTime(time - this.#origin)
  }

  /** The event is over: the next one's tolerance counts from its time. */
  passed(span: Span): void {
    this.#last = span.from
  }

  /**
   * Nothing, when `time` is within the span and the tolerance.
   *
   * @throws ScriptError that tells by how much it was late or early
   */
  verify(line: number, what: string, span: Span, time: number, details: readonly string[] = []): void {
    const complaint = this.complaint(span, time)
    if (complaint !== null) throw failed(line, `${what} ${complaint}`, details)
  }

  /** `came 12.000 ms late, ...`; null: in time. */
  complaint(span: Span, time: number): string | null {
    if (span.to === Number.POSITIVE_INFINITY) return null
    const { tolerance } = span
    const late = time - span.to
    const early = span.from - time
    if (late <= tolerance && early <= tolerance) return null
    const off = late > tolerance ? `${ms(late)} ms late` : `${ms(early)} ms early`
    const wanted = span.from === span.to ? this.since(span.from) : `${this.since(span.from)} to ${this.since(span.to)}`
    return `came ${off}: expected at ${wanted} s, came at ${this.since(time)} s, tolerance ${ms(tolerance)} ms`
  }
}

const ms = (nanoseconds: number): string => (nanoseconds / 1e6).toFixed(3)
