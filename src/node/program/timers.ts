/** Timers of one process: each is counted while it keeps the process, and all are cleared when it ends. */
import timers from 'node:timers'
import timersPromises from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Exports, facadeOf } from './facade.ts'
import type { Gate } from './gate.ts'
import type { TimerLike } from './liveness.ts'

type Callback = (...args: never[]) => unknown
interface RealTimer extends TimerLike {
  ref(): this
  unref(): this
  refresh?(): this
  close?(): this
}

/** Functions that Node's `timers` have, for one process. */
export interface ProcessTimers {
  readonly functions: Exports
  /** `node:timers`. */
  readonly module: Exports
  /** `node:timers/promises`. */
  readonly promises: Exports
  clearAll(): void
}

const real = { ...timers }

const checked = (callback: unknown, make: (callback: Callback) => RealTimer): RealTimer =>
  // Node says what is wrong with what is no function.
  make(callback as Callback)

/** A timer that tells its process when it is unref'd, closed or started again. */
const watched = (timer: RealTimer, gate: Gate): RealTimer => {
  const { liveness } = gate
  const proto = Object.getPrototypeOf(timer) as RealTimer
  const method = (name: 'ref' | 'unref' | 'refresh' | 'close'): void => {
    const original = proto[name] as ((this: RealTimer) => RealTimer) | undefined
    if (original === undefined) return
    Object.defineProperty(timer, name, {
      configurable: true,
      writable: true,
      enumerable: false,
      value(this: RealTimer): RealTimer {
        if (name !== 'close' && name !== 'unref') {
          if (!gate.isOpen) return this
          liveness.addTimer(this)
        }
        original.call(this)
        liveness.touch()
        return this
      },
    })
  }
  for (const name of ['ref', 'unref', 'refresh', 'close'] as const) method(name)
  liveness.addTimer(timer)
  return timer
}

export const makeTimers = (gate: Gate): ProcessTimers => {
  const { liveness } = gate
  const once =
    (make: (callback: Callback, ...rest: unknown[]) => RealTimer) =>
    (callback: unknown, ...rest: unknown[]): RealTimer => {
      gate.check()
      if (typeof callback !== 'function') return checked(callback, (given) => make(given, ...rest))
      const timer: RealTimer = gate.enter(() =>
        make(
          gate.callback(function (this: unknown, ...args: never[]) {
            liveness.deleteTimer(timer)
            return Reflect.apply(callback, this, args)
          }),
          ...rest,
        ),
      )
      return watched(timer, gate)
    }
  const clear = (name: 'clearTimeout' | 'clearInterval' | 'clearImmediate') => {
    const original = real[name] as (timer: unknown) => void
    return (timer: unknown): void => {
      original(timer)
      if (typeof timer === 'object' && timer !== null) liveness.deleteTimer(timer as TimerLike)
      else liveness.touch()
    }
  }
  const setInterval = (callback: unknown, ...rest: unknown[]): RealTimer => {
    gate.check()
    const make = real.setInterval as unknown as (callback: unknown, ...rest: unknown[]) => RealTimer
    if (typeof callback !== 'function') return make(callback, ...rest)
    return watched(
      gate.enter(() => make(gate.callback(callback as Callback), ...rest)),
      gate,
    )
  }
  const promises = makePromises(gate)
  const functions: Exports = {
    setTimeout: once(real.setTimeout as unknown as Parameters<typeof once>[0]),
    setInterval,
    setImmediate: once(real.setImmediate as unknown as Parameters<typeof once>[0]),
    clearTimeout: clear('clearTimeout'),
    clearInterval: clear('clearInterval'),
    clearImmediate: clear('clearImmediate'),
  }
  for (const [name, value] of Object.entries(functions))
    Object.defineProperty(value, 'name', { value: name, configurable: true })
  for (const name of ['setTimeout', 'setImmediate'])
    Object.defineProperty(functions[name], promisify.custom, { enumerable: true, value: promises[name] })
  return {
    functions,
    module: facadeOf(timers as unknown as Exports, gate, { ...functions, promises }),
    promises,
    clearAll() {
      for (const timer of liveness.timers) {
        if ('_idleTimeout' in timer) real.clearTimeout(timer as unknown as NodeJS.Timeout)
        else real.clearImmediate(timer as unknown as NodeJS.Immediate)
      }
    },
  }
}

const makePromises = (gate: Gate): Exports => {
  const isRef = (options: unknown): boolean => (options as { ref?: boolean } | undefined)?.ref !== false
  const wait = (name: 'setTimeout' | 'setImmediate', optionsAt: number) => {
    const original = timersPromises[name] as (...args: unknown[]) => Promise<unknown>
    return (...args: unknown[]): Promise<unknown> =>
      gate.promise(
        gate.enter(() => original(...args)),
        undefined,
        isRef(args[optionsAt]),
      )
  }
  const setTimeout = wait('setTimeout', 2)
  const setImmediate = wait('setImmediate', 1)
  const setInterval = (...args: unknown[]): AsyncGenerator<unknown> => {
    gate.check()
    const original = timersPromises.setInterval as unknown as (...args: unknown[]) => AsyncGenerator<unknown>
    const source = gate.enter(() => original(...args))
    return gatedIterator(source, gate, isRef(args[2]))
  }
  const scheduler = {
    wait: (delay?: number, options?: object): Promise<unknown> => setTimeout(delay, undefined, options),
    yield: (): Promise<unknown> => setImmediate(),
  }
  return { setTimeout, setImmediate, setInterval, scheduler }
}

/** Each step through the gate; the source is ended with the program. */
export const gatedIterator = <T>(source: AsyncGenerator<T>, gate: Gate, isHeld = true): AsyncGenerator<T> => {
  const closable = { close: () => source.return(undefined) }
  gate.adopt(closable)
  const done = (result: IteratorResult<T>): IteratorResult<T> => {
    if (result.done === true) gate.release(closable)
    return result
  }
  const iterator = {
    next: () => gate.promise(source.next(), done, isHeld),
    return: (value: unknown) => gate.promise(source.return(value), done, isHeld),
    throw: (error: unknown) => gate.promise(source.throw(error), done, isHeld),
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator as unknown as AsyncGenerator<T>
}
