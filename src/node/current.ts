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
}

export const current: AsyncLocalStorage<Program> = new AsyncLocalStorage<Program>()

/** A store that says: the real system, though a program set the code going. */
const OUTSIDE = { alive: false } as Program

/** The one program of a preloaded process: what no store covers belongs to it. */
let fallback: Program | undefined

/** From now on everything in this process belongs to `program`, unless a store says otherwise. */
export const setFallbackProgram = (program: Program): void => {
  fallback = program
}

/** Run `work` on the real system, whoever called. */
export const outsideOfPrograms = <T>(work: () => T): T => current.run(OUTSIDE, work)

/** The program that the calling code belongs to; undefined outside any host. */
export const currentProgram = (): Program | undefined => {
  const program = current.getStore() ?? fallback
  return program === OUTSIDE ? undefined : program
}
