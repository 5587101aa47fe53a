/**
 * A machine: files, users, terminals, processes with descriptors and signals, names, and the network stack under them.
 *
 * Two shapes of every call: methods of `Process` (never wait, negative errno) and `Process.promises` (wait as Linux's blocking
 * calls do, throw `SystemError`). Programs are functions of a `Process`; this floor has a registry of them and knows none.
 *
 * Left out: threads, shared memory, namespaces, capabilities beyond "is root", and preemption: a program that computes
 * without ever awaiting cannot be stopped, as nothing in JavaScript can be.
 */

export { Capture, TextSource } from './capture.ts'
export { Child, type ExitInfo } from './child.ts'
export { Code, LazyProgram } from './code.ts'
export * from './files/index.ts'
export { putFiles } from './files/load.ts'
export {
  Host,
  type HostOptions,
  type Reporter,
  type ReportOptions,
  type Runner,
  type RunOptions,
  type StartOptions,
} from './host.ts'
export type { Cidr, InterfaceInit } from './interfaces.ts'
export { Kernel } from './kernel.ts'
export { HostNames, rootIdentity } from './names.ts'
export { makePipe, Pipe, PipeEnd } from './pipe.ts'
export { linkOf } from './proc/index.ts'
export { type LimitName, Limits } from './process/limits.ts'
export { Process } from './process/process.ts'
export type { ProcessHost, Program, SpawnOptions } from './process/process-host.ts'
export { ProcessTable } from './process/process-table.ts'
export { Session } from './process/session.ts'
export {
  type Disposition,
  parseSignal,
  Signal,
  type SignalName,
  SignalState,
  signalName,
  signalText,
} from './process/signals.ts'
export { exitCodeOf, type WaitResult, type WaitStatus, WCONTINUED, WNOHANG, WUNTRACED } from './process/status.ts'
export { check } from './promises/blocking.ts'
export { type PollFd, Promises, type SelectSets } from './promises/index.ts'
export { Programs } from './registry.ts'
export * from './resolver/index.ts'
export type { Stack } from './stack.ts'
export { Sysctl } from './sysctl.ts'
export { SystemError } from './system-error.ts'
export * from './tty/index.ts'
export { type Group, type User, Users } from './users.ts'
