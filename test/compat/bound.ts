/** Waiting with a bound: what does not happen in time fails with what was seen until then. */

/** Far more than the slowest pair needs on a loaded machine. */
export const BOUND_MS = 120_000

export const within = async <T>(promise: Promise<T>, what: string, seen: () => string = () => ''): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${BOUND_MS / 1000} s\n${seen()}`)), BOUND_MS)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
