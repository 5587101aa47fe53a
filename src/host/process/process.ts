/**
 * A process: who it is, what it has open, what it runs, and how it ends.
 *
 * Programs are JavaScript functions; what makes them processes is that all they do goes through their `Process`: calls that
 * wait pass its gate (stopped: held; dead: for ever), descriptors are closed when it ends, signals find it. The calls
 * that do not wait are methods here (negative errno); the ones that do are `promises`.
 */
import type { Caller, SocketPaths } from '../../socket/caller.ts'
import { Timer } from '../../time/scheduler.ts'
import { EACCES, EADDRINUSE, EBADF, ECHILD, ECONNREFUSED, EEXIST, EINVAL, EPERM, EPIPE } from '../../wire/errno.ts'
import type { DirectoryInode, FileTree } from '../files/index.ts'
import { permits, W_OK } from '../files/index.ts'
import { Promises } from '../promises/index.ts'
import { type Terminal, TerminalFile, type Termios } from '../tty/index.ts'
import { ProcessEvent } from './event.ts'
import { FileCalls } from './file-calls.ts'
import { Gate } from './gate.ts'
import { claimTerminal, setForeground, setpgid, setsid, setTermios } from './job-control.ts'
import type { Limit, LimitName, Limits } from './limits.ts'
import type { ProcessHost, SpawnOptions } from './process-host.ts'
import type { Session } from './session.ts'
import { type Disposition, defaultAction, SIGNAL_MAX, Signal, SignalState } from './signals.ts'
import { type WaitResult, type WaitStatus, WCONTINUED, WUNTRACED } from './status.ts'

export interface ProcessInit {
  readonly pid: number
  readonly parent: Process | null
  readonly uid: number
  readonly gid: number
  readonly groups: readonly number[]
  readonly argv: readonly string[]
  readonly env: Record<string, string>
  readonly cwdInode: DirectoryInode
  readonly pgid: number
  readonly session: Session
  readonly signals: SignalState
  readonly limits: Limits
  readonly umask: number
}

export class Process extends FileCalls implements Caller {
  readonly host: ProcessHost
  override readonly pid: number
  parent: Process | null
  pgid: number
  session: Session
  override uid: number
  override gid: number
  override groups: readonly number[]
  argv: readonly string[]
  /** The program's name as ps and lsof print it: at most 15 characters (prctl(2) PR_SET_NAME). */
  comm: string
  /** The file that it runs. */
  exe: string
  readonly env: Record<string, string>
  override cwdInode: DirectoryInode
  readonly limits: Limits
  /** Nanoseconds since the network's start. */
  readonly startTime: number
  signals: SignalState
  readonly children = new Set<Process>()
  /** Fires when a child changed state or a signal was handled. */
  readonly events = new ProcessEvent()
  gate: Gate
  readonly promises: Promises
  readonly paths: SocketPaths
  /** How it ended; null while it lives. */
  ended: WaitStatus | null = null
  /** A stop or continuation that the parent has not yet heard of. */
  change: WaitStatus | null = null
  stopSignal = 0
  readonly #endListeners: ((status: WaitStatus) => void)[] = []
  readonly #alarm: Timer

  constructor(host: ProcessHost, init: ProcessInit) {
    super(host.stack.sockets)
    this.host = host
    this.pid = init.pid
    this.parent = init.parent
    this.uid = init.uid
    this.gid = init.gid
    this.groups = init.groups
    this.argv = init.argv
    this.comm = commOf(init.argv[0] ?? '')
    this.exe = `/usr/bin/${this.comm}`
    this.env = init.env
    this.cwdInode = init.cwdInode
    this.pgid = init.pgid
    this.session = init.session
    this.signals = init.signals
    this.limits = init.limits
    this.umask = init.umask
    this.startTime = host.clock.now
    this.gate = new Gate(host.clock)
    this.descriptors.limit = init.limits.get('NOFILE').soft
    this.paths = {
      bindSocket: (_caller, path, owner) => this.#bindPath(path, owner),
      findSocket: (_caller, path) => this.#findPath(path),
    }
    this.promises = new Promises(this)
    this.#alarm = new Timer(() => this.deliver(Signal.SIGALRM))
  }

  // Who it is

  override get tree(): FileTree {
    return this.host.files
  }

  get ppid(): number {
    return this.parent?.pid ?? 0
  }

  get sid(): number {
    return this.session.id
  }

  /** CAP_NET_ADMIN and its like. */
  get privileged(): boolean {
    return this.uid === 0
  }

  /** Name of its user, or the number. */
  get user(): string {
    return this.host.userName(this.uid)
  }

  get command(): string {
    return this.argv.join(' ')
  }

  get filesExhausted(): boolean {
    return this.host.filesExhausted
  }

  /** As ps(1) prints it: running, sleeping, stopped, zombie. */
  get state(): 'R' | 'S' | 'T' | 'Z' {
    if (this.ended !== null) return 'Z'
    if (this.stopSignal !== 0) return 'T'
    return this.gate.waiting > 0 ? 'S' : 'R'
  }

  get isAlive(): boolean {
    return this.ended === null
  }

  setComm(name: string): void {
    this.comm = commOf(name)
  }

  // setuid(2), setgid(2), setgroups(2): root may become anybody, nobody else may.

  setuid(uid: number): number {
    if (this.uid !== 0 && uid !== this.uid) return -EPERM
    this.uid = uid
    return 0
  }

  setgid(gid: number): number {
    if (this.uid !== 0 && gid !== this.gid) return -EPERM
    this.gid = gid
    return 0
  }

  setgroups(groups: readonly number[]): number {
    if (this.uid !== 0) return -EPERM
    this.groups = [...groups]
    return 0
  }

  /** setrlimit(2): -EINVAL for a soft limit above the hard one, -EPERM for who may not raise it. */
  setrlimit(name: LimitName, limit: Limit): number {
    if (limit.soft > limit.hard) return -EINVAL
    if (limit.hard > this.limits.get(name).hard && this.uid !== 0) return -EPERM
    this.limits.set(name, limit)
    if (name === 'NOFILE') this.descriptors.limit = limit.soft
    return 0
  }

  // Sockets in the tree

  #bindPath(path: string, owner: object): number {
    const error = this.tree.mksocket(this, path, owner)
    // bind(2) says EADDRINUSE where other calls say EEXIST.
    return error === -EEXIST ? -EADDRINUSE : error
  }

  #findPath(path: string): object | number {
    const inode = this.tree.find(this, path)
    if (typeof inode === 'number') return inode
    if (!permits(this, inode, W_OK)) return -EACCES
    if (inode.kind !== 'socket' || inode.owner === null) return -ECONNREFUSED
    return inode.owner
  }

  // Bytes

  /**
   * read(2): -EAGAIN when there is nothing yet. A background process that reads its terminal gets SIGTTIN (-EAGAIN: it is
   * stopped, and tried again once it goes on), or -EIO where that would be in vain.
   */
  override read(fd: number, buf: Uint8Array, start = 0, end: number = buf.length): number {
    const file = this.descriptors.get(fd)
    if (file === null) return -EBADF
    if (file instanceof TerminalFile) {
      const error = claimTerminal(this, file.terminal, Signal.SIGTTIN)
      if (error < 0) return error
    }
    return file.read(buf, start, end)
  }

  /** write(2): raises SIGPIPE with -EPIPE. */
  override write(fd: number, buf: Uint8Array, start = 0, end: number = buf.length): number {
    const file = this.descriptors.get(fd)
    if (file === null) return -EBADF
    if (file instanceof TerminalFile && file.terminal.termios.tostop) {
      const error = claimTerminal(this, file.terminal, Signal.SIGTTOU)
      if (error < 0) return error
    }
    if (this.sockets.trace !== null) this.sockets.trace.written(file)
    const n = file.write(buf, start, end)
    if (n === -EPIPE) this.raisePipe()
    return n
  }

  override close(fd: number): number {
    const file = this.descriptors.get(fd)
    const result = this.descriptors.close(fd)
    if (file !== null) this.gate.closed(file)
    return result
  }

  override dup2(fd: number, to: number): number {
    const old = this.descriptors.get(to)
    const result = super.dup2(fd, to)
    if (old !== null && this.descriptors.get(to) !== old) this.gate.closed(old)
    return result
  }

  // Terminal

  /** The terminal behind a descriptor, or null: isatty(3). */
  terminal(fd: number): Terminal | null {
    const file = this.descriptors.get(fd)
    return file instanceof TerminalFile ? file.terminal : null
  }

  get controllingTerminal(): Terminal | null {
    return this.session.terminal
  }

  /** tcsetpgrp(3): zero, ENOTTY, EPERM. From the background: SIGTTOU unless ignored. */
  setForeground(terminal: Terminal, pgid: number): number {
    return setForeground(this, terminal, pgid)
  }

  /** tcsetattr(3). `flush`: forget what was typed and not read (TCSAFLUSH). From the background: SIGTTOU unless ignored. */
  setTermios(terminal: Terminal, change: Partial<Termios>, flush = false): number {
    return setTermios(this, terminal, change, flush)
  }

  // Groups and sessions

  /** setpgid(2), for itself (0) or a child: zero, ESRCH, EINVAL, EPERM. */
  setpgid(pid: number, pgid: number): number {
    return setpgid(this, pid, pgid)
  }

  /** setsid(2): the new session's id, or -EPERM for the leader of a group. */
  setsid(): number {
    return setsid(this)
  }

  // Signals

  /** What to do upon a signal: -EINVAL for SIGKILL, SIGSTOP and what is no signal. */
  sigaction(signal: number, disposition: Disposition): number {
    if (signal < 1 || signal > SIGNAL_MAX || signal === Signal.SIGKILL || signal === Signal.SIGSTOP) return -EINVAL
    this.signals.set(signal, disposition)
    if (this.signals.ignores(signal)) this.signals.clearPending(signal)
    return 0
  }

  /** signal(3): `handler` runs as a callback of its own; calls that wait go on (SA_RESTART), unless `restart` is false. */
  onSignal(signal: number, handler: (signal: number) => void, restart = true): number {
    return this.sigaction(signal, { run: handler, restart })
  }

  /** Block exactly these signals (sigprocmask(2) SIG_SETMASK); pending ones that are let through come at once. */
  setSignalMask(signals: readonly number[]): void {
    this.signals.blocked = SignalState.mask(signals)
    this.#deliverPending()
  }

  /** kill(2): `pid` > 0 a process, 0 the own group, -1 everybody, < -1 a group. */
  kill(pid: number, signal: number): number {
    return this.host.kill(this, pid, signal)
  }

  raisePipe(): void {
    this.deliver(Signal.SIGPIPE)
  }

  /** alarm(2): SIGALRM after so many seconds; 0 forgets it. Seconds that were left. */
  alarm(seconds: number): number {
    const { clock } = this.host
    const left = this.#alarmTime > clock.now ? Math.ceil((this.#alarmTime - clock.now) / 1e9) : 0
    clock.disarm(this.#alarm)
    this.#alarmTime = seconds > 0 ? clock.now + seconds * 1e9 : 0
    if (seconds > 0) clock.arm(this.#alarm, this.#alarmTime)
    return left
  }
  #alarmTime = 0

  /** A signal arrives. */
  deliver(signal: number): void {
    if (this.ended !== null || signal === 0) return
    // A continuation undoes pending stops and the other way round, whatever becomes of them (signal(7)).
    if (signal === Signal.SIGCONT) {
      for (const stop of [Signal.SIGSTOP, Signal.SIGTSTP, Signal.SIGTTIN, Signal.SIGTTOU])
        this.signals.clearPending(stop)
      this.#continue()
    } else if (defaultAction(signal) === 'stop') this.signals.clearPending(Signal.SIGCONT)
    // init hears what it has a handler for, and nothing else (kill(2)).
    if (this.pid === 1 && typeof this.signals.get(signal) !== 'object') return
    if (signal === Signal.SIGKILL) this.end({ kind: 'signaled', signal })
    else if (this.signals.ignores(signal)) return
    else if (this.signals.isBlocked(signal) || this.stopSignal !== 0) this.signals.markPending(signal)
    else this.#act(signal)
  }

  #act(signal: number): void {
    const disposition = this.signals.get(signal)
    if (typeof disposition === 'object') {
      this.host.callback(() => {
        if (this.ended === null) disposition.run(signal)
      })
      this.gate.interrupt(disposition.restart)
      this.events.fire()
      return
    }
    switch (defaultAction(signal)) {
      case 'terminate':
        this.end({ kind: 'signaled', signal })
        break
      case 'stop':
        // POSIX: the terminal's stops are for jobs that somebody could continue.
        if (signal === Signal.SIGSTOP || !this.host.isOrphaned(this.pgid)) this.#stop(signal)
        break
      default:
    }
  }

  #stop(signal: number): void {
    if (this.stopSignal !== 0) return
    this.stopSignal = signal
    this.gate.stop()
    this.change = { kind: 'stopped', signal }
    this.parent?.childChanged()
  }

  #continue(): void {
    if (this.stopSignal === 0) return
    this.stopSignal = 0
    this.change = { kind: 'continued' }
    this.parent?.childChanged()
    this.gate.resume()
    this.#deliverPending()
  }

  #deliverPending(): void {
    for (let signal = 1; signal <= SIGNAL_MAX; signal++) {
      if (!this.signals.isPending(signal) || this.signals.isBlocked(signal)) continue
      this.signals.clearPending(signal)
      this.deliver(signal)
    }
  }

  /** SIGCHLD, and whoever waits for children looks again. */
  childChanged(): void {
    this.events.fire()
    this.deliver(Signal.SIGCHLD)
  }

  // Children

  /** Start a program as a child: the child, or -ENOENT, -EACCES, -ENOEXEC, -EAGAIN, -EBADF (stdio). */
  spawn(command: string, args: readonly string[] = [], options: SpawnOptions = {}): Process | number {
    return this.host.spawnFrom(this, command, args, options)
  }

  /** A child that runs `main` with copies of all descriptors: what fork(2) is for shells (subshells, pipelines of builtins). */
  fork(main: (child: Process) => Promise<number> | number, options: SpawnOptions = {}): Process | number {
    return this.host.forkFrom(this, main, options)
  }

  /** execve(2): a negative errno, or never. What the old program was waiting for is forgotten. */
  exec(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): number {
    return this.host.exec(this, command, args, env)
  }

  /** For exec: a new gate (old calls never settle), handlers and close-on-exec descriptors gone. */
  renew(argv: readonly string[]): void {
    this.gate.kill()
    this.gate = new Gate(this.host.clock)
    this.signals = this.signals.inherit()
    this.argv = argv
    this.comm = commOf(argv[0] ?? '')
    this.descriptors.forEach((fd) => {
      if (this.descriptors.isCloexec(fd)) this.descriptors.close(fd)
    })
  }

  /**
   * waitpid(2): `pid` > 0 one child, -1 any, 0 of the own group, < -1 of a group. The change, null when there is none yet, or
   * -ECHILD. An ended child is forgotten with it. Options: WUNTRACED, WCONTINUED.
   */
  waitpid(pid: number, options = 0): WaitResult | null | number {
    let candidates = 0
    for (const child of this.children) {
      if (!matches(child, pid, this.pgid)) continue
      candidates++
      const { change } = child
      if (child.ended !== null) {
        this.host.reap(child)
        return { pid: child.pid, status: child.ended }
      }
      const wanted = change?.kind === 'stopped' ? WUNTRACED : WCONTINUED
      if (change !== null && (options & wanted) !== 0) {
        child.change = null
        return { pid: child.pid, status: change }
      }
    }
    return candidates === 0 ? -ECHILD : null
  }

  // The end

  /** exit(2). Nothing that the program awaits afterwards ever settles, so `await proc.exit(1)` leaves `main` at once. */
  exit(code = 0): Promise<never> {
    this.end({ kind: 'exited', code: code & 255 })
    return new Promise<never>(() => undefined)
  }

  /** Close everything, tell the parent, and stay a zombie until it has asked. */
  end(status: WaitStatus): void {
    if (this.ended !== null) return
    this.ended = status
    this.stopSignal = 0
    this.gate.kill()
    this.host.clock.disarm(this.#alarm)
    this.descriptors.closeAll()
    // Code of it that still runs finds no descriptor and gets none.
    this.descriptors.limit = 0
    this.host.ended(this)
    for (const listener of this.#endListeners) this.host.callback(() => listener(status))
  }

  /** Called once, as a callback, when it has ended. */
  onEnd(listener: (status: WaitStatus) => void): void {
    if (this.ended === null) this.#endListeners.push(listener)
    else {
      const status = this.ended
      this.host.callback(() => listener(status))
    }
  }
}

/** Name of a program from its argv[0]: TASK_COMM_LEN is 16 with the NUL. */
const commOf = (argv0: string): string => argv0.slice(argv0.lastIndexOf('/') + 1).slice(0, 15)

const matches = (child: Process, pid: number, ownGroup: number): boolean => {
  if (pid > 0) return child.pid === pid
  if (pid === -1) return true
  return child.pgid === (pid === 0 ? ownGroup : -pid)
}
