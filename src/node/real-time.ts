/** Which hosts Node programs may use: Node's own timers follow the machine's clock, so the network's must too. */
import type { Host } from '../host/index.ts'
import type { Program } from './current.ts'
import { refuse } from './refuse.ts'

const refused = new WeakSet<Host>()
let isWithoutNetwork = false

/** This thread has no network at all: it is a worker, and its creator's host is out of its reach. */
export const refuseThread = (): void => {
  isWithoutNetwork = true
}

/** The host's network is in virtual time. */
export const refuseHost = (host: Host): void => {
  refused.add(host)
}

/** Throws for a program that may not. */
export const mayUseNetwork = (program: Program): void => {
  if (isWithoutNetwork) refuse('the network in a worker thread')
  if (refused.has(program.host))
    throw new Error(
      `host ${program.host.name} is in virtual time, and the timers of Node programs are not: make the network with { time: 'real' }`,
    )
  if (!program.alive || !program.process.isAlive)
    throw new Error(`the program on host ${program.host.name} has ended: it has no network any more`)
}
