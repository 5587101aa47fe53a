/** What processes need of their host, and how a process is started. */
import type { OpenFile } from '../../socket/file.ts'
import type { SocketRow } from '../../socket/row.ts'
import type { HostContext } from '../../time/context.ts'
import type { Scheduler } from '../../time/scheduler.ts'
import type { FileTree } from '../files/index.ts'
import type { HostNames } from '../names.ts'
import type { Programs } from '../registry.ts'
import type { Stack } from '../stack.ts'
import type { Sysctl } from '../sysctl.ts'
import type { Terminal } from '../tty/index.ts'
import type { Users } from '../users.ts'
import type { Process } from './process.ts'
import type { ProcessTable } from './process-table.ts'
import type { Session } from './session.ts'

/** A program of the registry: an entry under /usr/bin that runs `main`. */
export interface Program {
  readonly name: string
  readonly aliases?: readonly string[]
  /** The exit code. A rejection is a message on standard error and exit code 1. */
  main(process: Process): Promise<number> | number
  /** Begin to fetch its code, unless that is there; the clock is suspended meanwhile. Called before a callback that runs `main`. */
  prepare?(clock: Scheduler): void
}

/** How a program or a forked function starts. What is absent is the parent's. */
export interface SpawnOptions {
  /** The whole environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** argv[0]; default: the command as given. */
  readonly argv0?: string
  /** Descriptor i of the child: a descriptor of the parent, a description, or null for a closed one. Others are inherited. */
  readonly stdio?: readonly (number | OpenFile | null)[]
  /** Process group: 0 makes it the leader of a new one. */
  readonly pgid?: number
  /** A new session (setsid). */
  readonly session?: boolean
  /** With `session`: its controlling terminal. */
  readonly terminal?: Terminal
  /** Its group becomes the terminal's foreground group. */
  readonly foreground?: boolean
  readonly uid?: number
  readonly gid?: number
  readonly groups?: readonly number[]
  /** Signals that are ignored by the parent and shall have their default action in the child. */
  readonly defaultSignals?: readonly number[]
  readonly umask?: number
}

export interface ProcessHost {
  readonly ctx: HostContext
  readonly clock: Scheduler
  readonly files: FileTree
  readonly names: HostNames
  // For programs that look at the machine (ps, ss, lsof, ip, sysctl ...)
  readonly stack: Stack
  readonly processes: ProcessTable
  readonly programs: Programs
  readonly users: Users
  readonly sysctl: Sysctl
  hostname: string
  /** The one table of sockets. */
  sockets(): SocketRow[]
  /** A new terminal, for programs that start others on one. */
  openTerminal(columns?: number, rows?: number, uid?: number): Terminal
  closeTerminal(terminal: Terminal): void
  /** fs.file-max is reached. */
  readonly filesExhausted: boolean
  userName(uid: number): string
  /** Run later, as a user's callback. */
  callback(run: () => void): void
  find(pid: number): Process | null
  kill(sender: Process, pid: number, signal: number): number
  signalGroup(pgid: number, signal: number): void
  /** No member's parent is in another group of the session: nobody could continue it (POSIX orphaned process group). */
  isOrphaned(pgid: number): boolean
  groupExists(pgid: number): boolean
  /** A group with a member in this session. */
  groupIn(pgid: number, session: Session): boolean
  newSession(id: number): Session
  spawnFrom(parent: Process, command: string, args: readonly string[], options: SpawnOptions): Process | number
  forkFrom(parent: Process, main: (child: Process) => Promise<number> | number, options: SpawnOptions): Process | number
  exec(process: Process, command: string, args: readonly string[], env?: Readonly<Record<string, string>>): number
  /** The parent has asked for its status: forget it. */
  reap(process: Process): void
  /** It has just ended. */
  ended(process: Process): void
}
