/**
 * `globalThis.process`, `console` and the global timers, for code that asks for them by way of the global object: inside a program they are
 * the program's. (Modules have them in their own scope, where no context can be lost and nothing is looked up.)
 */
import process from 'node:process'
import { currentProgram, type Program } from '../current.ts'

type AnyFunction = (...args: unknown[]) => unknown
type Functions = Readonly<Record<string, unknown>>

interface Own {
  readonly process: object
  readonly console: object
  readonly functions: Functions
}

const owners = new WeakMap<Program, Own>()

/** From now on these are what `program` finds on the global object. */
export const ownGlobals = (program: Program, own: Own): void => {
  owners.set(program, own)
}

const current = (): Own | undefined => {
  const program = currentProgram()
  return program === undefined ? undefined : owners.get(program)
}

const TIMERS = ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'] as const

let isInstalled = false

/** Once for the whole of Node. Outside of programs the same values as before are found. */
export const installGlobals = (): void => {
  if (isInstalled) return
  isInstalled = true
  accessor('process', process)
  accessor('console', console)
  for (const name of TIMERS) dispatch(name)
}

const accessor = (name: 'process' | 'console', real: object): void => {
  const kept = Object.getOwnPropertyDescriptor(globalThis, name)
  let value: unknown = real
  Object.defineProperty(globalThis, name, {
    configurable: true,
    enumerable: kept?.enumerable === true,
    get: () =>
      current()?.[name] ?? (kept?.get === undefined ? value : (Reflect.apply(kept.get, globalThis, []) as object)),
    set(given: unknown) {
      // Somebody puts back what was found in a program.
      if (given === current()?.[name]) return
      if (kept?.set === undefined) value = given
      else Reflect.apply(kept.set, globalThis, [given])
    },
  })
}

/**
 * A function that asks whose the call is, and no accessor: who keeps the global value and puts it back later (test runners do)
 * must not put a program's own there for everybody.
 */
const dispatch = (name: (typeof TIMERS)[number]): void => {
  const original = globalThis[name] as AnyFunction
  const made = (...args: unknown[]): unknown => functionOf(name, original)(...args)
  for (const key of Reflect.ownKeys(original)) {
    if (key === 'prototype') continue
    const kept = Object.getOwnPropertyDescriptor(original, key) as PropertyDescriptor
    // `promisify.custom` is the program's, too.
    const get = (): unknown => Reflect.get(functionOf(name, original), key)
    const isHidden = typeof key === 'symbol'
    Object.defineProperty(
      made,
      key,
      isHidden ? { configurable: true, enumerable: kept.enumerable === true, get } : kept,
    )
  }
  Object.defineProperty(globalThis, name, { value: made, writable: true, configurable: true, enumerable: true })
}

const functionOf = (name: string, original: AnyFunction): AnyFunction =>
  (current()?.functions[name] as AnyFunction | undefined) ?? original
