/**
 * Time and chance: the one clock of a network with everything that waits for it, seeded streams of random numbers, and
 * the log of what comes from outside. With the same seed and the same log, a run is the same run.
 *
 * Nothing here reads a real clock or sleeps: a driver (see `network/`) decides when time moves.
 */
export type { HostContext } from './context.ts'
export { type InputEntry, type InputHandler, InputLog, InputReplay, parseInputLog } from './log.ts'
export { chance, createRandom, likelihood, normal, type Random, uniform } from './random.ts'
export { type Clock, type Deadline, type Job, MS, Scheduler, SECOND, Timer, US } from './scheduler.ts'
