/**
 * The handles of each process, and what keeps the real process alive for them.
 *
 * libuv keeps a loop running while a handle is active and referenced. Virtual handles are none of libuv's, so they are counted
 * here, and one timer stands for all of them. When a process of a host ends, its handles become mute.
 */
// By import: the global one is the running program's own.
import { setInterval } from 'node:timers'
import type { Process } from '../../host/index.ts'

/** What a process leaves behind when it ends. */
export interface Mutable {
  /** The process is gone: no callback any more, and nothing is held. */
  mute(): void
}

/** Hours apart; it fires for nothing. */
const NEVER_MS = 2_000_000_000
let holds = 0
let timer: NodeJS.Timeout | null = null

const changeHolds = (by: number): void => {
  holds += by
  // Made once, outside of any program, so that it belongs to none.
  timer ??= setInterval(() => undefined, NEVER_MS)
  if (holds === 0) timer.unref()
  else if (holds === by) timer.ref()
}

/** Everything that one process has open. */
export class Registry {
  readonly #handles = new Set<Mutable>()
  #holds = 0
  #idle: (() => void)[] = []

  constructor(process: Process) {
    process.onEnd(() => {
      for (const handle of [...this.#handles]) handle.mute()
      this.#handles.clear()
    })
  }

  add(handle: Mutable): void {
    this.#handles.add(handle)
  }

  delete(handle: Mutable): void {
    this.#handles.delete(handle)
    this.#look()
  }

  change(by: number): void {
    this.#holds += by
    changeHolds(by)
    this.#look()
  }

  /** Some handle keeps the process. */
  get isHeld(): boolean {
    return this.#holds > 0
  }

  /** Call once, when the process has nothing open (any more), referenced or not. */
  onIdle(listener: () => void): void {
    this.#idle.push(listener)
    this.#look()
  }

  get #isIdle(): boolean {
    return this.#holds === 0 && this.#handles.size === 0
  }

  #look(): void {
    if (this.#idle.length > 0 && this.#isIdle) queueMicrotask(this.#tellIdle)
  }

  readonly #tellIdle = (): void => {
    if (!this.#isIdle) return
    const told = this.#idle
    this.#idle = []
    for (const listener of told) listener()
  }
}

const registries = new WeakMap<Process, Registry>()

export const registryOf = (process: Process): Registry => {
  let registry = registries.get(process)
  if (registry === undefined) {
    registry = new Registry(process)
    registries.set(process, registry)
  }
  return registry
}

/** One handle's claim on the event loop: it counts while the handle is active and referenced (uv_is_active, uv_has_ref). */
export class Hold {
  readonly #registry: Registry
  #isReferenced = true
  #isActive = false

  constructor(registry: Registry) {
    this.#registry = registry
  }

  get isReferenced(): boolean {
    return this.#isReferenced
  }

  ref(): void {
    if (this.#isReferenced) return
    this.#isReferenced = true
    if (this.#isActive) this.#registry.change(1)
  }

  unref(): void {
    if (!this.#isReferenced) return
    this.#isReferenced = false
    if (this.#isActive) this.#registry.change(-1)
  }

  set active(on: boolean) {
    if (on === this.#isActive) return
    this.#isActive = on
    if (this.#isReferenced) this.#registry.change(on ? 1 : -1)
  }
}
