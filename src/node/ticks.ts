/** Node's own queue runner: ticks, then microtasks, until both are empty. Private, there in 20 to 26, and what `MakeCallback` calls. */
interface WithTickCallback {
  readonly _tickCallback?: () => void
}

const tick = (process as unknown as WithTickCallback)._tickCallback

/** Run every tick and microtask that waits. False: this Node hides them. */
export const drainTicks = (): boolean => {
  if (tick === undefined) return false
  tick.call(process)
  return true
}
