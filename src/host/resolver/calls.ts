/** What the resolver needs of the process that asks: sockets of its host, files, time and chance. A `Process` has it. */
import type { Random } from '../../time/random.ts'

export interface PollRequest {
  readonly fd: number
  readonly events: number
  revents?: number
}

export interface ResolverCalls {
  socket(family: number, type: number, protocol?: number): number
  connect(fd: number, address: { family: number; address: string; port: number }): number
  send(fd: number, buf: Uint8Array, flags?: number): number
  recv(fd: number, buf: Uint8Array, flags?: number): number
  close(fd: number): number
  readonly promises: {
    connect(fd: number, address: { family: number; address: string; port: number }): Promise<void>
    poll(fds: PollRequest[], timeout: number): Promise<number>
  }
}

export interface ResolverContext {
  /** Text of a file under /etc, or null when there is none. */
  file(path: string): string | null
  /** Stream of the process's host for ids. */
  readonly random: Random
  /** Nanoseconds since the network's start. */
  now(): number
}
