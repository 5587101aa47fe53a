/** Numbers in network order in a byte array. Engines inline these; a DataView per packet would cost more than the packet. */

export const get16 = (b: Uint8Array, at: number): number => ((b[at] as number) << 8) | (b[at + 1] as number)

/** As an int32. */
export const get32 = (b: Uint8Array, at: number): number =>
  ((b[at] as number) << 24) | ((b[at + 1] as number) << 16) | ((b[at + 2] as number) << 8) | (b[at + 3] as number)

export const put16 = (b: Uint8Array, at: number, value: number): void => {
  b[at] = value >>> 8
  b[at + 1] = value
}

export const put32 = (b: Uint8Array, at: number, value: number): void => {
  b[at] = value >>> 24
  b[at + 1] = value >>> 16
  b[at + 2] = value >>> 8
  b[at + 3] = value
}

/** Below this a loop beats making a view. */
const LOOP = 32

/** Copy `from[start, end)` to `to` at `at`; returns the index after the last byte written. */
export const copyBytes = (from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number => {
  const length = end - start
  if (length <= LOOP) {
    for (let i = 0; i < length; i++) to[at + i] = from[start + i] as number
  } else if (start === 0 && end === from.length) {
    to.set(from, at)
  } else {
    to.set(from.subarray(start, end), at)
  }
  return at + length
}
