import type { AsyncResource } from 'node:async_hooks'
import { nodeInternals } from './loader/internals.ts'

/** What a program's callback threw is uncaught, there and then and in that program's context, as from a callback of the kernel's. */
export const uncaughtIn = (scope: AsyncResource, error: unknown): void => {
  scope.runInAsyncScope(nodeInternals().uncaught, undefined, error, false)
}
