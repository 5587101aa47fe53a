/** The processes of one host: pids, groups, sessions, parents, and what happens to them when one ends. */
import { EPERM, ESRCH } from '../../wire/errno.ts'
import type { Process, ProcessInit } from './process.ts'
import { Session } from './session.ts'
import { SIGNAL_MAX, Signal } from './signals.ts'

/** kernel.pid_max of a small Linux. */
const PID_MAX = 32_768

export class ProcessTable {
  readonly #processes = new Map<number, Process>()
  #lastPid = 0

  /** The next free pid, in order; they start over at 300 as Linux's do (RESERVED_PIDS). 0: none is left. */
  nextPid(): number {
    for (let tries = 0; tries < PID_MAX; tries++) {
      this.#lastPid = this.#lastPid + 1 < PID_MAX ? this.#lastPid + 1 : 300
      const pid = this.#lastPid
      if (!this.#processes.has(pid) && !this.groupExists(pid)) return pid
    }
    return 0
  }

  /** Pids go on after `pid`: a booted machine has had some. */
  startAfter(pid: number): void {
    this.#lastPid = pid
  }

  add(process: Process): void {
    this.#processes.set(process.pid, process)
    process.parent?.children.add(process)
  }

  find(pid: number): Process | null {
    return this.#processes.get(pid) ?? null
  }

  get count(): number {
    return this.#processes.size
  }

  /** In order of start; zombies too. */
  list(): Process[] {
    return [...this.#processes.values()]
  }

  *#group(pgid: number): Generator<Process> {
    for (const process of [...this.#processes.values()]) if (process.pgid === pgid && process.isAlive) yield process
  }

  groupExists(pgid: number): boolean {
    for (const process of this.#processes.values()) if (process.pgid === pgid) return true
    return false
  }

  groupIn(pgid: number, session: Session): boolean {
    for (const process of this.#processes.values())
      if (process.pgid === pgid && process.session === session) return true
    return false
  }

  isOrphaned(pgid: number): boolean {
    for (const { parent, session } of this.#group(pgid))
      if (parent !== null && parent.session === session && parent.pgid !== pgid) return false
    return true
  }

  signalGroup(pgid: number, signal: number): void {
    for (const process of this.#group(pgid)) process.deliver(signal)
  }

  /** kill(2) by `sender`: zero, ESRCH, EPERM, or EINVAL for no signal. */
  kill(sender: Process, pid: number, signal: number): number {
    if (!Number.isInteger(signal) || signal < 0 || signal > SIGNAL_MAX) return -22
    const targets = this.#targets(sender, pid)
    if (targets.length === 0) return -ESRCH
    const allowed = targets.filter((target) => mayKill(sender, target, signal))
    if (allowed.length === 0) return -EPERM
    for (const target of allowed) target.deliver(signal)
    return 0
  }

  #targets(sender: Process, pid: number): Process[] {
    if (pid > 0) {
      const process = this.find(pid)
      return process === null ? [] : [process]
    }
    if (pid === -1) return this.list().filter((p) => p.pid !== 1 && p !== sender && p.isAlive)
    return [...this.#group(pid === 0 ? sender.pgid : -pid)]
  }

  /** The parent knows: gone. */
  reap(process: Process): void {
    process.parent?.children.delete(process)
    this.#processes.delete(process.pid)
  }

  /** A process has just ended: its children, its session and its group feel it; its parent hears of it. */
  ended(process: Process): void {
    const init = this.find(1)
    for (const child of [...process.children]) {
      process.children.delete(child)
      child.parent = init
      init?.children.add(child)
      if (!child.isAlive) this.reap(child)
    }
    this.#endSession(process)
    this.#wakeOrphans(process)
    const { parent } = process
    if (parent === null || parent.pid === 1 || !parent.isAlive || parent.signals.get(Signal.SIGCHLD) === 'ignore') {
      // init waits for everybody; who ignores SIGCHLD wants no zombies (wait(2)).
      this.reap(process)
      parent?.events.fire()
    } else parent.childChanged()
  }

  /** The leader's end is the terminal's hang-up for the foreground group (credentials(7)). */
  #endSession(process: Process): void {
    const { session } = process
    const { terminal } = session
    if (session.id !== process.pid || terminal === null) return
    const { foreground } = terminal
    session.terminal = null
    terminal.session = 0
    terminal.foreground = 0
    if (foreground > 0) {
      this.signalGroup(foreground, Signal.SIGHUP)
      this.signalGroup(foreground, Signal.SIGCONT)
    }
  }

  /** Groups that nobody can continue any more and that have stopped members get SIGHUP and SIGCONT (exit(3p)). */
  #wakeOrphans(process: Process): void {
    const groups = new Set<number>([process.pgid])
    for (const other of this.#processes.values())
      if (other.session === process.session && other.parent?.pid === 1) groups.add(other.pgid)
    for (const pgid of groups) {
      if (!this.isOrphaned(pgid)) continue
      let stopped = false
      for (const member of this.#group(pgid)) if (member.stopSignal !== 0) stopped = true
      if (!stopped) continue
      this.signalGroup(pgid, Signal.SIGHUP)
      this.signalGroup(pgid, Signal.SIGCONT)
    }
  }
}

const mayKill = (sender: Process, target: Process, signal: number): boolean =>
  sender.uid === 0 || sender.uid === target.uid || (signal === Signal.SIGCONT && sender.session === target.session)

/** A process in a session of its own if `session` is null. */
export const sessionFor = (session: Session | null, pid: number): Session => session ?? new Session(pid)

export type { ProcessInit }
