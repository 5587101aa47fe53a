/** Which line of the program made a socket, and which wrote to it last: the border to whoever notes that. */
import type { OpenFile } from './file.ts'
import type { SocketFile } from './socket-file.ts'

/** A line of a program: `file:line:column`, with the function's name in brackets if it has one. */
export interface CallSite {
  toString(): string
}

/** What is known of one socket. */
export interface TraceRecord {
  readonly opened: CallSite | null
  readonly written: CallSite | null
}

/** Notes call sites. It changes nothing: no call, packet or time differs with it. */
export interface SocketTrace {
  /** The line that runs, or (in an event) the one that set it going; null: no program's. */
  here(): CallSite | null
  /** A descriptor was made for the socket. `site` unless given: `here()`. */
  opened(file: SocketFile, site?: CallSite | null): void
  /** Somebody writes. `site` unless given: the line that runs, and nothing when no program's does (a retry). */
  written(file: OpenFile, site?: CallSite | null): void
  /** By the file, or by what stands behind it (`SocketRow.subject`, `Packet.origin`). */
  of(subject: object): TraceRecord | null
}
