/**
 * Which program of which host the running code belongs to.
 *
 * The store travels with everything a program starts: timers, promises, handles. Who makes a handle reads it once and keeps
 * the program there; a packet never asks for it.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Host, Process } from '../host/index.ts'

/** A program (or a function given to `host.run`) on a virtual host. */
export interface Program {
  readonly host: Host
  /** The host's process: descriptors, pid, signals. */
  readonly process: Process
  /** False once it has ended or was killed: no callback of its handles is delivered any more. */
  alive: boolean
  /**
   * What keeps a program file's process running: a handle is in here while it is active and ref'd (a listening server, an open
   * socket, a query under way). When the last one leaves and no timer or call is left, the process ends. Absent for functions.
   */
  readonly keepers?: Keepers
}

/** A set of the objects that keep a program alive; adding one twice is adding it once. */
export interface Keepers {
  add(keeper: object): void
  delete(keeper: object): void
}

export const current: AsyncLocalStorage<Program> = new AsyncLocalStorage<Program>()

/** The program that the calling code belongs to; undefined outside any host. */
export const currentProgram = (): Program | undefined => current.getStore()
