/** What an impairment can be told, and how that becomes numbers. */
import { likelihood } from '../time/random.ts'
import { DEFAULT_QUEUE } from './rate-queue.ts'
import { parseDuration, parseProbability, parseQueue, parseRate, type QueueLimit } from './units.ts'

/** One direction of a link. Units as in `units.ts`; zero turns a thing off, what is left out stays as it is. */
export interface ImpairmentOptions {
  /** How long a frame travels. */
  readonly latency?: string | number
  /** Latency varies by up to this much, both ways. Frames keep their order unless `jitterReorders`. */
  readonly jitter?: string | number
  /** How jitter is spread: evenly, or bell-shaped with `jitter` as its deviation. `uniform` unless given. */
  readonly distribution?: 'uniform' | 'normal'
  /** Let jitter change the order of frames. */
  readonly jitterReorders?: boolean
  /** Probability that a frame is lost. */
  readonly loss?: string | number
  /** Probability that a frame comes twice. */
  readonly duplicate?: string | number
  /** Probability that a frame is late by `reorderDelay`, so that those behind overtake it. */
  readonly reorder?: string | number
  /** How late; the latency unless given, and 1 ms if there is none. */
  readonly reorderDelay?: string | number
  /** Only each frame that has at least this many less one frames between it and the last late one may be late (tc's gap). */
  readonly reorderGap?: number
  /** Probability that one bit of a frame is flipped. */
  readonly corrupt?: string | number
  /** Bits a second; 0: unlimited. */
  readonly rate?: string | number
  /** Bound of the queue before the rate limit, in bytes (`'64kb'`) or packets (`'100p'`); 1000 packets unless given. */
  readonly queue?: string | number
}

/** The same in nanoseconds, bits a second and thresholds of `chance`. */
export interface ImpairmentSettings {
  latency: number
  jitter: number
  normal: boolean
  jitterReorders: boolean
  loss: number
  duplicate: number
  reorder: number
  /** -1: as the latency. */
  reorderDelay: number
  reorderGap: number
  corrupt: number
  rate: number
  queue: QueueLimit
}

export const unimpaired = (): ImpairmentSettings => ({
  latency: 0,
  jitter: 0,
  normal: false,
  jitterReorders: false,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  reorderDelay: -1,
  reorderGap: 1,
  corrupt: 0,
  rate: 0,
  queue: DEFAULT_QUEUE,
})

type Text = string | number
const odds = (value: unknown): number => likelihood(parseProbability(value as Text))

const gap = (value: unknown): number => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1)
    throw new RangeError(`${String(value)} is not a number of frames from 1`)
  return value
}

const distribution = (value: unknown): boolean => {
  if (value !== 'uniform' && value !== 'normal')
    throw new RangeError(`${String(value)} is neither "uniform" nor "normal"`)
  return value === 'normal'
}

const yesOrNo = (value: unknown): boolean => {
  if (typeof value !== 'boolean') throw new RangeError(`${String(value)} is neither true nor false`)
  return value
}

const readers: { readonly [K in keyof Required<ImpairmentOptions>]: (to: ImpairmentSettings, value: unknown) => void } =
  {
    latency: (to, value) => (to.latency = parseDuration(value as Text)),
    jitter: (to, value) => (to.jitter = parseDuration(value as Text)),
    distribution: (to, value) => (to.normal = distribution(value)),
    jitterReorders: (to, value) => (to.jitterReorders = yesOrNo(value)),
    loss: (to, value) => (to.loss = odds(value)),
    duplicate: (to, value) => (to.duplicate = odds(value)),
    reorder: (to, value) => (to.reorder = odds(value)),
    reorderDelay: (to, value) => (to.reorderDelay = parseDuration(value as Text)),
    reorderGap: (to, value) => (to.reorderGap = gap(value)),
    corrupt: (to, value) => (to.corrupt = odds(value)),
    rate: (to, value) => (to.rate = parseRate(value as Text)),
    queue: (to, value) => (to.queue = parseQueue(value as Text)),
  }

/**
 * `base` with the options laid over it; `undefined` leaves a thing as it is.
 *
 * @throws RangeError naming the option that is unknown or whose value is wrong; `base` is not touched
 */
export const readImpairment = (options: ImpairmentOptions, base: ImpairmentSettings): ImpairmentSettings => {
  const settings = { ...base }
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (!Object.hasOwn(readers, name))
      throw new RangeError(`impairment: no option "${name}" (there are ${Object.keys(readers).join(', ')})`)
    if (value === undefined) continue
    try {
      readers[name as keyof ImpairmentOptions](settings, value)
    } catch (error) {
      throw new RangeError(`impairment: ${name}: ${(error as Error).message}`, { cause: error })
    }
  }
  return settings
}
