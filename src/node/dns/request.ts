/** A question of lib/dns.js under way: it keeps the program alive and is answered in a turn of its own, in the asker's context. */
import { AsyncResource } from 'node:async_hooks'
import type { Program } from '../current.ts'
import { Hold, registryOf } from '../handles/registry.ts'
import { uncaughtIn } from '../uncaught.ts'

/** Run `work`, then call `answer` with what it gives; nothing is answered for a program that has ended. */
export const askLater = <T>(
  program: Program,
  type: string,
  work: () => Promise<T>,
  answer: (result: T) => void,
): void => {
  const { process } = program
  const scope = new AsyncResource(type)
  const hold = new Hold(registryOf(process))
  hold.active = true
  const deliver = (result: T): void => {
    process.host.callback(() => {
      hold.active = false
      if (!program.alive || !process.isAlive) return
      try {
        scope.runInAsyncScope(answer, undefined, result)
      } catch (error) {
        uncaughtIn(scope, error)
      }
    })
  }
  process.onEnd(() => (hold.active = false))
  void work().then(deliver)
}
