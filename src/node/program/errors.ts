/**
 * Uncaught errors and warnings go to the program whose code they come from. Node reports them by events of its one `process`;
 * the emission is looked at before anybody's listeners, because a listener would change Node's default for everybody.
 */
import process from 'node:process'
import { currentProgram } from '../current.ts'
import { isEnded } from './ended.ts'

/** A program that takes its own errors. */
export interface ErrorTaker {
  take(event: string, args: readonly unknown[]): void
}

const events = new Set([
  'uncaughtException',
  'uncaughtExceptionMonitor',
  'unhandledRejection',
  'rejectionHandled',
  'multipleResolves',
  'warning',
])

const takers = new WeakMap<object, ErrorTaker>()

export const takeErrors = (program: object, taker: ErrorTaker): void => {
  takers.set(program, taker)
}

let isInstalled = false

/** Once for the whole of Node. */
export const routeErrors = (): void => {
  if (isInstalled) return
  isInstalled = true
  const original = process.emit as (this: unknown, event: string, ...args: unknown[]) => boolean
  const emit = function (this: unknown, event: string, ...args: unknown[]): boolean {
    if (events.has(event)) {
      if (isEnded(args[0])) return true
      const program = currentProgram()
      const taker = program === undefined ? undefined : takers.get(program)
      if (taker !== undefined) {
        taker.take(event, args)
        return true
      }
    }
    return Reflect.apply(original, this, [event, ...args])
  }
  Object.defineProperty(process, 'emit', { value: emit, writable: true, configurable: true, enumerable: false })
}
