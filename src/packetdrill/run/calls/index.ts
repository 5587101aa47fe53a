/** System calls by name. */
import { connectionCalls } from './connections.ts'
import { dataCalls } from './data.ts'
import { epollCalls } from './epoll.ts'
import { optionCalls } from './options.ts'
import type { Call } from './outcome.ts'
import { readinessCalls } from './readiness.ts'

export { Arguments } from './arguments.ts'
export type { Call, Outcome } from './outcome.ts'

export const calls: Readonly<Record<string, Call>> = {
  ...connectionCalls,
  ...dataCalls,
  ...optionCalls,
  ...readinessCalls,
  ...epollCalls,
}
