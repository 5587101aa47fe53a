/** The Range field (RFC 9110 14). Pure. */

/** Positions of the first byte and the one after the last. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** More than that is no reader but an attack (RFC 9110 14.2, 17.15). */
const RANGES_MAX = 64

/**
 * The ranges to send, in the order asked for. `unsatisfiable`: none of them is in the file; null: the field does not count
 * (another unit, bad grammar, too many, or more than two that overlap).
 */
export const parseRange = (value: string, size: number): readonly ByteRange[] | 'unsatisfiable' | null => {
  const match = /^bytes=(.*)$/i.exec(value)
  if (match === null) return null
  const specs = (match[1] ?? '')
    .split(',')
    .map((spec) => spec.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((s) => s !== '')
  if (specs.length === 0 || specs.length > RANGES_MAX) return null
  const ranges: ByteRange[] = []
  for (const spec of specs) {
    const range = oneRange(spec, size)
    if (range === null) return null
    if (range.start < range.end) ranges.push(range)
  }
  if (ranges.length === 0) return 'unsatisfiable'
  return overlaps(ranges) > 2 ? null : ranges
}

/** An empty range when it is outside; null when it is none. Numbers beyond 2^53 are beyond any file too. */
const oneRange = (spec: string, size: number): ByteRange | null => {
  const match = /^(\d*)-(\d*)$/.exec(spec)
  const [, first = '', last = ''] = match ?? []
  if (match === null || (first === '' && last === '')) return null
  if (first === '') return { start: Math.max(0, size - Number(last)), end: size }
  if (last !== '' && isLess(last, first)) return null
  const end = last === '' ? size : Math.min(size, Number(last) + 1)
  const start = Number(first)
  return start >= size ? { start: 0, end: 0 } : { start, end }
}

/** Of two numbers as digits of any length. */
const isLess = (a: string, b: string): boolean => {
  const x = a.replace(/^0+/, '')
  const y = b.replace(/^0+/, '')
  return x.length === y.length ? x < y : x.length < y.length
}

const overlaps = (ranges: readonly ByteRange[]): number => {
  const sorted = [...ranges].sort((a, b) => a.start - b.start)
  let end = 0
  let count = 0
  for (const range of sorted) {
    if (range.start < end) count++
    end = Math.max(end, range.end)
  }
  return count === 0 ? 0 : count + 1
}
