/**
 * Timers that Node's own modules made for a program: idle sockets, an HTTP server's checks, `AbortSignal.timeout`. They are in
 * Node's lists with the context they were made in, which says whose they are.
 */
import { clearTimeout } from 'node:timers'
import { types } from 'node:util'
import { current, type Program } from '../current.ts'
import { type NodeTimer, nodeInternals } from '../loader/index.ts'

/** Clear them all: left alone, an interval of a dead program would keep it in memory. */
export const clearNodeTimers = (program: Program): void => {
  const found: NodeTimer[] = []
  for (const list of Object.values(nodeInternals().timerLists))
    for (let timer = list._idlePrev; timer !== list && timer !== null; timer = timer._idlePrev)
      if (belongsTo(timer, program)) found.push(timer)
  for (const timer of found) clearTimeout(timer as unknown as NodeJS.Timeout)
}

/** The context is under a symbol: the store itself (Node 20, 22), or a map from storage to store (24, 26). */
const belongsTo = (timer: NodeTimer, program: Program): boolean =>
  Object.getOwnPropertySymbols(timer).some((key) => {
    const value = (timer as unknown as Record<symbol, unknown>)[key]
    return value === program || (types.isMap(value) && Map.prototype.get.call(value, current) === program)
  })
