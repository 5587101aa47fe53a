/**
 * The line of a program that an event goes back to: each asynchronous resource remembers the line that made it, or else the one
 * that its maker goes back to.
 *
 * Costs a look at the stack for each promise, timer and tick: only while a network with `trace` is open.
 */
import { createHook, executionAsyncResource } from 'node:async_hooks'
import { findSourceMap } from 'node:module'
import { type CallContext, type Frame, siteOf } from '../network/index.ts'
import { watchWrites } from './handles/write-sites.ts'

const origins = new WeakMap<object, Frame>()
const own = { origin: (): Frame | null => origins.get(executionAsyncResource()) ?? null }

const hook = createHook({
  init(_id, _type, _trigger, resource) {
    const site = siteOf(own)
    if (site !== null) origins.set(resource, site)
  },
})

/** Networks that trace. */
let users = 0
let unwatch = (): void => undefined

/** What the network itself waits for goes back to no program's line, whoever happened to wake it. */
export const withoutOrigin = <T extends object>(resource: T): T => {
  if (users > 0) origins.delete(resource)
  return resource
}

export const nodeCallContext = (): CallContext => {
  let isOpen = false
  return {
    origin: own.origin,
    map(file, line, column) {
      const entry = findSourceMap(file)?.findEntry(line - 1, column - 1)
      if (entry === undefined || !('originalSource' in entry)) return null
      return { file: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1 }
    },
    open() {
      isOpen = true
      if (users++ > 0) return
      hook.enable()
      unwatch = watchWrites()
    },
    close() {
      if (isOpen && --users === 0) {
        hook.disable()
        unwatch()
      }
      isOpen = false
    },
  }
}
