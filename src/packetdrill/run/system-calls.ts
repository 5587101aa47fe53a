/** System calls under way, and what became of them. */
import { errnoName, errnoOf, strerror } from '../../wire/errno.ts'
import { failed, refused } from '../failure.ts'
import type { CallAction, ScriptEvent } from '../syntax/ast.ts'
import { Arguments, calls, type Outcome } from './calls/index.ts'
import { symbol } from './calls/symbols.ts'
import type { Span, Timing } from './timing.ts'
import type { World } from './world.ts'

interface Running {
  readonly line: number
  readonly action: CallAction
  /** When it is to return; null: at once. */
  readonly end: Span | null
  /** Filled when it has returned. */
  returned: { readonly time: number; readonly outcome: Outcome } | null
  thrown: unknown
}

export class SystemCalls {
  readonly #world: World
  readonly #timing: Timing
  /** Script's descriptors to the process's. */
  readonly #descriptors = new Map<number, number>()
  #running: Running[] = []

  constructor(world: World, timing: Timing) {
    this.#world = world
    this.#timing = timing
  }

  /** Begin a call. One that does not say that it waits must return at once. */
  async start(event: ScriptEvent, action: CallAction): Promise<void> {
    const { line } = event
    const call = calls[action.name]
    if (call === undefined) throw refused(line, `the system call ${action.name} is not known here`)
    const end = event.end === null ? null : this.#timing.end(event.end, this.#world.now)
    const running: Running = { line, action, end, returned: null, thrown: null }
    const args = new Arguments(action, line, this.#world.setup, this.#descriptors)
    this.#running.push(running)
    void this.#run(running, async () => call(this.#world, args))
    await this.#world.settle()
    if (end === null && running.returned === null && running.thrown === null)
      throw failed(line, `${action.name} waits, and the script does not say so (as in +0...0.1)`)
    this.check()
  }

  async #run(running: Running, call: () => Promise<Outcome>): Promise<void> {
    try {
      const outcome = await call()
      running.returned = { time: this.#world.now, outcome }
    } catch (error) {
      running.thrown = error
    }
  }

  /** Judge those that have returned. */
  check(): void {
    for (const running of this.#running) {
      if (running.thrown !== null) throw running.thrown
      if (running.returned !== null) this.#judge(running, running.returned)
    }
    this.#running = this.#running.filter(({ returned }) => returned === null)
  }

  /** Wait for those that have not, as long as they may take. */
  async finish(): Promise<void> {
    this.check()
    for (const { line, action, end } of [...this.#running]) {
      if (end === null || end.to === Number.POSITIVE_INFINITY) continue
      await this.#world.until(end.to + end.tolerance)
      this.check()
      if (this.#running.some((one) => one.line === line))
        throw failed(line, `${action.name} has not returned: it was to return at ${this.#timing.since(end.from)} s`)
    }
  }

  #judge({ line, action, end }: Running, { time, outcome }: { time: number; outcome: Outcome }): void {
    const actual = this.#inScript(action, outcome)
    const { value, errno } = action.result
    if (value !== null) {
      const wanted = value.kind === 'number' ? value.value : this.#number(line, action, value)
      const same = wanted < 0 && errno !== null ? outcome.result === -this.#errno(line, errno) : actual === wanted
      if (!same)
        throw failed(
          line,
          `${action.name} returned ${show(actual, outcome.result)}, not ${wanted}${errno === null ? '' : ` ${errno}`}`,
        )
    }
    if (end !== null) this.#timing.verify(line, `the return of ${action.name}`, end, time)
    if (outcome.result >= 0) outcome.verify?.()
  }

  #number(line: number, action: CallAction, value: NonNullable<CallAction['result']['value']>): number {
    return new Arguments(action, line, this.#world.setup, this.#descriptors).number(value, () =>
      refused(line, `the result of ${action.name} is a number`),
    )
  }

  #errno(line: number, name: string): number {
    const number = errnoOf(name) ?? symbol(name)
    if (number === undefined) throw refused(line, `this stack knows no error ${name}`)
    return number
  }

  /** The result as the script counts: its own number for a new descriptor, -1 for an error. */
  #inScript(action: CallAction, { result, isDescriptor = false }: Outcome): number {
    if (result < 0) return -1
    if (!isDescriptor) return result
    const { value } = action.result
    if (value?.kind !== 'number' || value.value < 0) return result
    this.#descriptors.set(value.value, result)
    return value.value
  }
}

const show = (actual: number, result: number): string =>
  result < 0 ? `-1 ${errnoName(result)} (${strerror(result)})` : String(actual)
