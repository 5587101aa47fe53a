/**
 * How code of a program that has ended is kept from going on: nothing in JavaScript can stop it, so what would have an effect
 * throws this one object instead, and whoever reports errors knows it by identity.
 */
export const ENDED: Error = new Error('this virtual process has ended')
ENDED.stack = `${ENDED.name}: ${ENDED.message}`

/** It, or an error that somebody wrapped round it. */
export const isEnded = (error: unknown): boolean => {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++)
    if (at === ENDED) return true
  return false
}

/** A promise that never settles: what waits for it can be collected. */
export const never = <T>(): Promise<T> => new Promise<T>(() => undefined)
