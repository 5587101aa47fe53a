/** A built-in module as one process sees it: the same names, its functions behind the process's gate. */
import { types } from 'node:util'
import { never } from './ended.ts'
import type { Gate } from './gate.ts'

export type Exports = Record<string, unknown>
type AnyFunction = (this: unknown, ...args: unknown[]) => unknown

export interface FacadeOptions {
  /** Change the arguments of a call. */
  readonly adapt?: (name: string, args: unknown[]) => unknown[]
  /** Change what a promise gives. */
  readonly adopt?: (value: unknown) => unknown
  /** Functions whose callback may be called many times or never: it does not keep the program. */
  readonly listeners?: ReadonlySet<string>
}

/** Classes stay the real ones, or `instanceof` would break. */
const isClass = (name: string): boolean => /^_?[A-Z]/.test(name)

/** Every own function of `original` behind the gate; everything else as it is. `overrides` are taken as they are. */
export const facadeOf = <T extends object>(
  original: T,
  gate: Gate,
  overrides: Exports = {},
  options: FacadeOptions = {},
): T => {
  const facade: Exports = {}
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(original))) {
    if (Object.hasOwn(overrides, name)) continue
    const { value } = descriptor
    if (typeof value === 'function' && !isClass(name))
      Object.defineProperty(facade, name, {
        ...descriptor,
        value: gated(value as AnyFunction, name, gate, options, original),
      })
    else if (descriptor.get === undefined) Object.defineProperty(facade, name, descriptor)
    else
      Object.defineProperty(facade, name, {
        configurable: true,
        enumerable: descriptor.enumerable === true,
        get: () => (original as Exports)[name],
      })
  }
  for (const [name, value] of Object.entries(overrides))
    Object.defineProperty(facade, name, { value, writable: true, configurable: true, enumerable: true })
  return facade as T
}

/** One function behind the gate, with the name, length and hidden properties of the original. */
export const gated = <F extends (...args: never[]) => unknown>(
  original: F,
  name: string,
  gate: Gate,
  options: FacadeOptions = {},
  owner: object | undefined = undefined,
): F => {
  const { adapt, adopt, listeners } = options
  const isSync = name.endsWith('Sync')
  const keeps = !isSync && listeners?.has(name) !== true
  const passed = function (this: unknown, ...given: unknown[]): unknown {
    if (!gate.isOpen) {
      // Who waits for an answer waits for ever; who has it at once must not go on.
      if (!isSync && (typeof given.at(-1) === 'function' || returnsPromise.has(passed))) return never()
      gate.check()
    }
    const args = adapt === undefined ? given : adapt(name, given)
    let release: (() => void) | undefined
    const last = args.length - 1
    for (let at = last; at >= 0 && !isSync; at--) {
      const callback = args[at]
      if (typeof callback !== 'function') continue
      if (at === last && keeps) release = gate.liveness.hold()
      args[at] = gate.callback(callback as AnyFunction, at === last ? release : undefined)
    }
    try {
      // Methods are called on the real module where the facade was the receiver.
      const result = Reflect.apply(
        original,
        owner === undefined || new.target !== undefined ? this : owner,
        args as never[],
      )
      if (!types.isPromise(result)) return result
      returnsPromise.add(passed)
      return gate.promise(result, adopt)
    } catch (error) {
      release?.()
      throw error
    }
  }
  copyProperties(original, passed, (hidden, key) => gated(hidden, key, gate, options, owner))
  return passed as unknown as F
}

/** Hidden functions, such as `promisify.custom`, are behind the gate too; one that names itself still does. */
const copyProperties = (from: object, to: object, wrap: (hidden: AnyFunction, key: string) => AnyFunction): void => {
  for (const key of Reflect.ownKeys(from)) {
    if (key === 'prototype') continue
    const descriptor = Object.getOwnPropertyDescriptor(from, key) as PropertyDescriptor
    const hidden: unknown = descriptor.value
    const value =
      hidden === from ? to : typeof hidden === 'function' ? wrap(hidden as AnyFunction, String(key)) : hidden
    Object.defineProperty(to, key, descriptor.get === undefined ? { ...descriptor, value } : descriptor)
  }
}

/** Functions that have answered with a promise before. */
const returnsPromise = new WeakSet<object>()
