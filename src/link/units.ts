/**
 * Durations, rates, sizes and probabilities as people write them: the units of tc(8), in any case, plus `min` and `h`.
 * A plain number is nanoseconds, bits a second, bytes, or a probability from 0 to 1.
 */
const DURATIONS: Readonly<Record<string, number>> = {
  ns: 1,
  nsec: 1,
  nsecs: 1,
  us: 1e3,
  usec: 1e3,
  usecs: 1e3,
  ms: 1e6,
  msec: 1e6,
  msecs: 1e6,
  s: 1e9,
  sec: 1e9,
  secs: 1e9,
  min: 60e9,
  h: 3600e9,
}

/** Bits a second. As in tc(8), `bit` units count bits, `bps` units count bytes, and the `i` ones are powers of 1024. */
const RATES: Readonly<Record<string, number>> = {
  '': 1,
  bit: 1,
  kbit: 1e3,
  mbit: 1e6,
  gbit: 1e9,
  tbit: 1e12,
  kibit: 1024,
  mibit: 1_048_576,
  gibit: 1_073_741_824,
  tibit: 1_099_511_627_776,
  bps: 8,
  kbps: 8e3,
  mbps: 8e6,
  gbps: 8e9,
  tbps: 8e12,
  kibps: 8192,
  mibps: 8_388_608,
  gibps: 8_589_934_592,
  tibps: 8_796_093_022_208,
}

/** Bytes. As in tc(8), `k` and `kb` are 1024. */
const SIZES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  kb: 1024,
  m: 1_048_576,
  mb: 1_048_576,
  g: 1_073_741_824,
  gb: 1_073_741_824,
  kbit: 128,
  mbit: 131_072,
  gbit: 134_217_728,
}

/** `value` in the smallest unit, rounded to a whole number. */
const parse = (
  value: string | number,
  units: Readonly<Record<string, number>>,
  what: string,
  example: string,
): number => {
  let number = value
  if (typeof number === 'string') {
    const [, digits, unit] = /^\s*([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([a-z]*)\s*$/i.exec(number) ?? []
    const factor = unit === undefined ? undefined : units[unit.toLowerCase()]
    if (digits === undefined) throw new RangeError(`"${value}" is not a ${what} such as ${example}`)
    if (factor === undefined && Number(digits) !== 0)
      throw new RangeError(
        unit === ''
          ? `"${value}" has no unit: write a ${what} such as ${example}`
          : `"${value}" has an unknown unit: a ${what} is written with one of ${Object.keys(units).filter(Boolean).join(', ')}`,
      )
    number = Number(digits) * (factor ?? 1)
  }
  const rounded = Math.round(number)
  if (!(rounded >= 0 && rounded <= Number.MAX_SAFE_INTEGER))
    throw new RangeError(`${value} is not a ${what} such as ${example}: it is negative, too large or not a number`)
  return rounded
}

/**
 * Nanoseconds of `'20ms'`, `'1.5s'` or a number of nanoseconds.
 *
 * @throws RangeError saying what is wrong and what would be right; so do the others
 */
export const parseDuration = (value: string | number): number => parse(value, DURATIONS, 'duration', '20ms')

/** Bits a second of `'10mbit'`, `'1.25mbps'` (bytes) or a number of bits a second. */
export const parseRate = (value: string | number): number => parse(value, RATES, 'rate', '10mbit')

/** Bytes of `'64kb'` (65,536) or a number of bytes. */
export const parseSize = (value: string | number): number => parse(value, SIZES, 'size', '64kb')

/** A probability from 0 to 1, of `0.01`, `'0.01'` or `'1%'`. */
export const parseProbability = (value: string | number): number => {
  let number = value
  if (typeof number === 'string') {
    const [, digits, percent] = /^\s*([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*(%?)\s*$/.exec(number) ?? []
    if (digits === undefined) throw new RangeError(`"${value}" is not a probability such as 0.01 or 1%`)
    number = percent === '%' ? Number(digits) / 100 : Number(digits)
  }
  if (!(number >= 0 && number <= 1))
    throw new RangeError(`${value} is not a probability: it must be from 0 to 1, or 0% to 100%`)
  return number
}

/** Bounds of a queue. */
export interface QueueLimit {
  readonly bytes: number
  readonly packets: number
}

/** A bound in bytes (`'64kb'`, a number) or packets (`'100p'`). */
export const parseQueue = (value: string | number): QueueLimit => {
  const packets = typeof value === 'string' ? /^\s*([0-9]+)\s*p(?:ackets?|kts?)?\s*$/i.exec(value)?.[1] : undefined
  return packets === undefined
    ? { bytes: parseSize(value), packets: Infinity }
    : { bytes: Infinity, packets: Number(packets) }
}
