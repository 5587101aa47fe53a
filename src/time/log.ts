/**
 * The log of outside input: keys typed, frames from an uplink, whatever a seed does not determine. With the seed it is
 * all that running again needs.
 *
 * An entry remembers the network's time and how many steps the scheduler had done, which tells its place among the work
 * of one instant. A real-time driver never lets the clock pass an unexpired deadline, so a run in real time and its replay
 * in virtual time do the same steps at the same times.
 */

export interface InputEntry {
  /** Nanoseconds since the network's start. */
  readonly time: number
  /** `Scheduler.steps` when it came. */
  readonly steps: number
  /** Who brought it: `uplink:vxlan0`, `tty:shell`. The name under which a replay finds its handler. */
  readonly source: string
  /** What it is, in the source's own words: `frame`, `key`, `resize`. */
  readonly kind: string
  readonly bytes: Uint8Array
}

export type InputHandler = (kind: string, bytes: Uint8Array) => void

const HEX = '0123456789abcdef'

const toHex = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += (HEX[byte >>> 4] as string) + (HEX[byte & 15] as string)
  return text
}

/** Bytes of an even number of hexadecimal digits; null for any other text. */
const fromHex = (text: string): Uint8Array | null => {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) return null
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = (HEX.indexOf(text.charAt(2 * i)) << 4) | HEX.indexOf(text.charAt(2 * i + 1))
  return bytes
}

const isCount = (value: unknown): value is number => typeof value === 'number' && value >= 0 && Number.isInteger(value)

const parseLine = (line: string, at: number): InputEntry => {
  const wrong = (what: string): Error => new Error(`input log, line ${at}: ${what}`)
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw wrong('not JSON')
  }
  if (!Array.isArray(value) || value.length !== 5) throw wrong('not an array of time, steps, source, kind and bytes')
  const [time, steps, source, kind, hex] = value as unknown[]
  if (!isCount(time)) throw wrong('time is not a whole number of nanoseconds')
  if (!isCount(steps)) throw wrong('steps is not a whole number')
  if (typeof source !== 'string' || typeof kind !== 'string') throw wrong('source and kind are not both text')
  const bytes = typeof hex === 'string' ? fromHex(hex) : null
  if (bytes === null) throw wrong('bytes are not hexadecimal')
  return { time, steps, source, kind, bytes }
}

export class InputLog {
  readonly #entries: InputEntry[] = []
  readonly #clock: { readonly now: number; readonly steps: number }

  constructor(clock: { readonly now: number; readonly steps: number }) {
    this.#clock = clock
  }

  get entries(): readonly InputEntry[] {
    return this.#entries
  }

  /** Note input that is about to be acted upon. The bytes are copied. */
  append(source: string, kind: string, bytes: Uint8Array): void {
    const { now, steps } = this.#clock
    this.#entries.push({ time: now, steps, source, kind, bytes: bytes.slice() })
  }

  /** One JSON array a line: time, steps, source, kind, bytes in hexadecimal. */
  toString(): string {
    return this.#entries.map((e) => `${JSON.stringify([e.time, e.steps, e.source, e.kind, toHex(e.bytes)])}\n`).join('')
  }
}

/**
 * Reads what `InputLog.toString` wrote.
 *
 * @throws Error naming the line that is malformed, or earlier than the one before it
 */
export const parseInputLog = (text: string): InputEntry[] => {
  const entries: InputEntry[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const entry = parseLine(line, index + 1)
    const last = entries.at(-1)
    if (last !== undefined && (entry.time < last.time || entry.steps < last.steps))
      throw new Error(`input log, line ${index + 1}: earlier than the entry before it`)
    entries.push(entry)
  }
  return entries
}

/**
 * Plays a log back. A driver asks when the next entry is due (`time`, `steps`) and calls `deliver` at exactly that place;
 * handlers are those that act on live input of the same source.
 */
export class InputReplay {
  readonly #entries: readonly InputEntry[]
  readonly #handlers = new Map<string, InputHandler>()
  #next = 0

  constructor(entries: readonly InputEntry[]) {
    this.#entries = entries
  }

  /** Who acts on input of this source. */
  on(source: string, handler: InputHandler): void {
    this.#handlers.set(source, handler)
  }

  /** When the next entry is due, nanoseconds; Infinity when none is left. */
  get time(): number {
    return this.#entries[this.#next]?.time ?? Infinity
  }

  /** After how many steps of the scheduler it is due; Infinity when none is left. */
  get steps(): number {
    return this.#entries[this.#next]?.steps ?? Infinity
  }

  /**
   * Act on the next entry.
   *
   * @throws Error when nobody handles its source: the network differs from the recorded one
   */
  deliver(): void {
    const entry = this.#entries[this.#next]
    if (entry === undefined) return
    this.#next++
    const handler = this.#handlers.get(entry.source)
    if (handler === undefined) throw new Error(`replay: nothing in this network takes input from ${entry.source}`)
    handler(entry.kind, entry.bytes)
  }
}
