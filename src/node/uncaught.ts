import type { AsyncResource } from 'node:async_hooks'

const thrower = (error: unknown): void => {
  setImmediate(() => {
    throw error
  })
}

/** What a program's callback threw is uncaught, in that program's context: Node's handlers hear of it. */
export const throwLater = (scope: AsyncResource, error: unknown): void => {
  scope.runInAsyncScope(thrower, undefined, error)
}
