/**
 * `fetch`, `WebSocket` and npm undici find their pools of connections by a symbol on globalThis. There is a picker there instead: each
 * program has a dispatcher of its own.
 */
import { currentProgram, type Program } from './current.ts'

/** What undici asks of a dispatcher. */
interface Dispatcher {
  dispatch(options: object, handler: object): boolean
  close(callback?: () => void): unknown
  destroy(error?: unknown, callback?: () => void): unknown
}

type Slots = Record<symbol, Dispatcher | undefined>

/** The built-in undici's from Node 20 on, and the one that newer releases added. */
const SYMBOLS = [Symbol.for('undici.globalDispatcher.1'), Symbol.for('undici.globalDispatcher.2')]

const install = (symbol: symbol): void => {
  const slots = globalThis as unknown as Slots
  const original = slots[symbol]
  if (original === undefined) return
  const own = new WeakMap<Program, Dispatcher>()
  let firstUser: Program | undefined
  let hasUser = false
  const pick = (): Dispatcher => {
    const program = currentProgram()
    if (!hasUser) {
      hasUser = true
      firstUser = program
    }
    if (program === firstUser || program === undefined) return original
    let dispatcher = own.get(program)
    if (dispatcher === undefined) own.set(program, (dispatcher = fresh(original)))
    return dispatcher
  }
  slots[symbol] = new Proxy(original, {
    get(_target, key) {
      const dispatcher = pick()
      const value: unknown = Reflect.get(dispatcher, key, dispatcher)
      return typeof value === 'function' ? value.bind(dispatcher) : value
    },
  })
}

/** Another of the same kind: an Agent, or (Node 26) a wrapper around a new one. */
const fresh = (original: Dispatcher): Dispatcher => {
  const Kind = original.constructor as new (inner?: Dispatcher) => Dispatcher
  const other = (globalThis as unknown as Slots)[SYMBOLS[1] as symbol]
  const isWrapper = Kind.name.endsWith('Wrapper') && other !== undefined
  return isWrapper ? new Kind(new (other.constructor as new () => Dispatcher)()) : new Kind()
}

export const installFetch = (): void => {
  // Any of these names loads the built-in undici, which makes its dispatcher.
  void globalThis.Request
  for (const symbol of SYMBOLS) install(symbol)
}
