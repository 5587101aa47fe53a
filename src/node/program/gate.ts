/**
 * The gate of a program file: everything with an effect goes in through it, and every callback and promise comes out through
 * it. Once the program has ended nothing passes: callbacks are dropped, promises never settle, other calls throw `ENDED`.
 */
import { current, type Program } from '../current.ts'
import { ENDED, never } from './ended.ts'
import type { Liveness } from './liveness.ts'

type Callback = (this: unknown, ...args: never[]) => unknown

/** What is closed when the program ends. */
export interface Closable {
  close(): unknown
}

const gates = new WeakMap<Program, Gate>()

/** The gate of a program file; functions given to `host.run` have none. */
export const gateOf = (program: Program): Gate | undefined => gates.get(program)

export class Gate {
  readonly program: Program
  readonly liveness: Liveness
  readonly #open = new Set<Closable>()

  constructor(program: Program, liveness: Liveness) {
    this.program = program
    gates.set(program, this)
    this.liveness = liveness
  }

  get isOpen(): boolean {
    return this.program.alive
  }

  /** Throws `ENDED` in code of a program that has ended. */
  check(): void {
    if (!this.program.alive) throw ENDED
  }

  /** `callback` as the outside may call it: in the program's context, and not at all once it has ended. */
  callback<F extends Callback>(callback: F, done?: () => void): F {
    const { program } = this
    const passed = function (this: unknown, ...args: never[]): unknown {
      done?.()
      if (!program.alive) return undefined
      if (current.getStore() === program) return Reflect.apply(callback, this, args)
      return current.run(program, () => Reflect.apply(callback, this, args))
    }
    return passed as F
  }

  /** A promise made again: while it is under way the program lives, and it settles only for a living one. */
  promise<T>(promise: PromiseLike<T>, adopt: (value: T) => T = (value) => value, isHeld = true): Promise<T> {
    const { program } = this
    if (!program.alive) {
      promise.then(undefined, () => undefined)
      return never()
    }
    const release = isHeld ? this.liveness.hold() : undefined
    return new Promise<T>((resolve, reject) => {
      promise.then(
        (value) => {
          release?.()
          if (program.alive) resolve(adopt(value))
          else adopt(value)
        },
        (error: unknown) => {
          release?.()
          if (program.alive) reject(error)
        },
      )
    })
  }

  /** Run `body` as the program. */
  enter<T>(body: () => T): T {
    return current.run(this.program, body)
  }

  /** It is closed when the program ends. */
  adopt(closable: Closable): void {
    this.#open.add(closable)
  }

  release(closable: Closable): void {
    this.#open.delete(closable)
  }

  /** The program has ended: close what it left open. */
  closeAll(): void {
    for (const closable of this.#open) {
      try {
        const result = closable.close()
        if (result instanceof Promise) result.catch(() => undefined)
      } catch {
        // It was closed already: that is all that was wanted.
      }
    }
    this.#open.clear()
  }
}
