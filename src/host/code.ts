/**
 * Code that is fetched when somebody first needs it, so that a page loads what it uses.
 *
 * Whether it was there already must not show in a run. So the clock is suspended while it comes: the driver runs no callback
 * and lets no time pass; and who asked goes on in a callback of its own, which has its place in the queue either way.
 */
import type { Scheduler } from '../time/scheduler.ts'
import type { Process } from './process/process.ts'
import type { Program } from './process/process-host.ts'

export class Code<T> {
  readonly #what: string
  readonly #import: () => Promise<T>
  #loading: Promise<void> | null = null
  #loaded: { readonly value: T } | null = null
  #failure: unknown = null

  /** @param what - names it in errors */
  constructor(what: string, load: () => Promise<T>) {
    this.#what = what
    this.#import = load
  }

  /** What was loaded, or null. */
  get loaded(): T | null {
    return this.#loaded === null ? null : this.#loaded.value
  }

  /** Fetch it now; after a failure, again. Rejects when it cannot be had. */
  async load(): Promise<T> {
    await this.#load()
    return this.get()
  }

  /** Fetch it and let the network of `clock` stand still meanwhile; nothing when it is there. */
  prepare(clock: Scheduler): void {
    if (this.#loaded === null) void this.#load().then(clock.suspend())
  }

  /** The code; throws when it could not be fetched, or nobody asked for it. */
  get(): T {
    if (this.#loaded !== null) return this.#loaded.value
    const why = this.#failure instanceof Error ? this.#failure.message : String(this.#failure ?? 'nobody asked for it')
    throw new Error(`the code of ${this.#what} could not be loaded: ${why}`, { cause: this.#failure })
  }

  #load(): Promise<void> {
    if (this.#loaded !== null) return Promise.resolve()
    this.#loading ??= this.#import().then(
      (value) => {
        this.#loaded = { value }
      },
      (error: unknown) => {
        this.#failure = error
        this.#loading = null
      },
    )
    return this.#loading
  }
}

/** A program that is in a piece of code; others may be in the same. */
export class LazyProgram<T> implements Program {
  readonly name: string
  readonly aliases: readonly string[]
  readonly #code: Code<T>
  readonly #pick: (code: T) => Program

  constructor(name: string, aliases: readonly string[], code: Code<T>, pick: (code: T) => Program) {
    this.name = name
    this.aliases = aliases
    this.#code = code
    this.#pick = pick
  }

  prepare(clock: Scheduler): void {
    this.#code.prepare(clock)
  }

  /** The program itself. Rejects when its code cannot be had. */
  async load(): Promise<Program> {
    return this.#pick(await this.#code.load())
  }

  main(process: Process): Promise<number> | number {
    return this.#pick(this.#code.get()).main(process)
  }
}
