/** A listening socket under a handle of lib/net.js: it hands each accepted connection over in a turn of its own. */
import { AsyncResource } from 'node:async_hooks'
import type { Process } from '../../host/index.ts'
import type { OpenFile, Watcher } from '../../socket/file.ts'
import type { Job } from '../../time/scheduler.ts'
import { Poll } from '../../wire/call.ts'
import { EAGAIN, ECONNABORTED, EMFILE, ENFILE } from '../../wire/errno.ts'
import type { Program } from '../current.ts'
import { uv } from '../errno.ts'
import { uncaughtIn } from '../uncaught.ts'
import { type Hold, type Mutable, type Registry, registryOf } from './registry.ts'

/** The handle on top. */
export interface ListenerFace {
  onconnection?: (status: number, client?: object) => void
}

export class Listener implements Watcher, Job, Mutable {
  next: Job | null = null
  readonly interest: number = Poll.IN
  readonly process: Process
  readonly fd: number
  readonly #program: Program
  readonly #file: OpenFile
  readonly #face: ListenerFace
  readonly #wrap: (fd: number) => object
  readonly #hold: Hold
  readonly #registry: Registry
  readonly #scope: AsyncResource
  #isQueued = false
  #isClosed = false

  /** @param wrap - makes the handle of an accepted descriptor */
  constructor(program: Program, fd: number, face: ListenerFace, hold: Hold, wrap: (fd: number) => object) {
    this.#program = program
    this.process = program.process
    this.fd = fd
    this.#file = this.process.descriptors.get(fd) as OpenFile
    this.#face = face
    this.#wrap = wrap
    this.#hold = hold
    this.#registry = registryOf(this.process)
    this.#scope = new AsyncResource('TCPSERVERWRAP')
    this.#registry.add(this)
    this.#file.watch(this)
    hold.active = true
  }

  notify(): void {
    if (this.#isQueued || this.#isClosed) return
    this.#isQueued = true
    this.process.host.clock.postCallback(this)
  }

  run(): void {
    this.#isQueued = false
    if (this.#isClosed || !this.#program.alive || !this.process.isAlive) return
    try {
      this.#scope.runInAsyncScope(this.#accept, this)
    } catch (error) {
      uncaughtIn(this.#scope, error)
    }
    if (!this.#isClosed && (this.#file.poll() & Poll.IN) !== 0) this.notify()
  }

  #accept(): void {
    const fd = this.process.accept(this.fd)
    if (fd >= 0) this.#face.onconnection?.(0, this.#wrap(fd))
    else if (fd === -EMFILE || fd === -ENFILE) this.#shed()
    else if (fd !== -EAGAIN && fd !== -ECONNABORTED) this.#face.onconnection?.(uv(fd))
  }

  /** No descriptor is left: libuv keeps a spare one to accept and close with, so that clients see an end (uv__emfile_trick). */
  #shed(): void {
    const { descriptors } = this.process
    const { limit } = descriptors
    descriptors.limit = limit + 1
    const fd = this.process.accept(this.fd)
    descriptors.limit = limit
    if (fd >= 0) this.process.close(fd)
  }

  close(): void {
    if (this.#isClosed) return
    this.#file.unwatch(this)
    this.process.close(this.fd)
    this.#registry.delete(this)
    this.mute()
  }

  mute(): void {
    this.#isClosed = true
    this.#hold.active = false
  }
}
