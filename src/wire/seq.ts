/**
 * Serial-number arithmetic of TCP (RFC 9293 3.4, modulo 2^32).
 *
 * A sequence number is an int32 in a plain `number`: always stored through `| 0`, never compared with `<`.
 */

/** `a + n`, modulo 2^32. */
export const seqAdd = (a: number, n: number): number => (a + n) | 0

/** Signed distance from `b` to `a` (`a - b`); positive when `a` is later. */
export const seqDiff = (a: number, b: number): number => (a - b) | 0

/** `a` is earlier than `b`. */
export const seqLt = (a: number, b: number): boolean => ((a - b) | 0) < 0

/** `a` is earlier than or equal to `b`. */
export const seqLe = (a: number, b: number): boolean => ((a - b) | 0) <= 0

/** `a` is later than `b`. */
export const seqGt = (a: number, b: number): boolean => ((a - b) | 0) > 0

/** `a` is later than or equal to `b`. */
export const seqGe = (a: number, b: number): boolean => ((a - b) | 0) >= 0

/** The later of two sequence numbers. */
export const seqMax = (a: number, b: number): number => (((a - b) | 0) > 0 ? a : b)

/** The earlier of two sequence numbers. */
export const seqMin = (a: number, b: number): number => (((a - b) | 0) < 0 ? a : b)

/** `low <= a < high` on the circle. */
export const seqWithin = (a: number, low: number, high: number): boolean => (a - low) >>> 0 < (high - low) >>> 0
