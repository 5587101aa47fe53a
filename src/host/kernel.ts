/**
 * The part of a host that is no network: files, devices, terminals, users, programs and processes.
 *
 * `Host` adds interfaces and the stack, and gives the socket layer in; a test of processes needs none of that.
 */
import type { OpenFile } from '../socket/file.ts'
import type { SocketRow } from '../socket/row.ts'
import type { HostContext } from '../time/context.ts'
import type { Random } from '../time/random.ts'
import type { Scheduler } from '../time/scheduler.ts'
import { EAGAIN, EBADF, EINVAL, ENOENT, ENXIO } from '../wire/errno.ts'
import { makeDefaultTree } from './files/default-tree.ts'
import { Dev, FileTree, type FileTreeOptions, makeDevices, ptsRdev } from './files/index.ts'
import { HostNames } from './names.ts'
import { makeProc } from './proc/index.ts'
import { CallbackJob } from './process/callback-job.ts'
import { findExecutable } from './process/execute.ts'
import { Limits } from './process/limits.ts'
import { Process } from './process/process.ts'
import type { ProcessHost, Program, SpawnOptions } from './process/process-host.ts'
import { ProcessTable } from './process/process-table.ts'
import { runMain } from './process/run.ts'
import { Session } from './process/session.ts'
import { Signal, SignalState } from './process/signals.ts'
import { Programs } from './registry.ts'
import type { Stack } from './stack.ts'
import { constantEntry, numberEntry, Sysctl } from './sysctl.ts'
import { Terminal } from './tty/index.ts'
import { Users } from './users.ts'

export type { Program }

const TTY_GROUP = 5

export class Kernel implements ProcessHost {
  readonly ctx: HostContext
  readonly clock: Scheduler
  readonly files: FileTree
  readonly stack: Stack
  readonly names: HostNames
  readonly users: Users
  readonly programs: Programs
  readonly sysctl: Sysctl = new Sysctl()
  readonly processes: ProcessTable = new ProcessTable()
  readonly random: Random
  /** Process 1: parent of last resort. It runs nothing. */
  readonly init: Process
  /** kernel.hostname. */
  hostname: string
  /** fs.file-max; open descriptions are counted over all processes when it is asked for. */
  fileMax = 1_000_000
  readonly #terminals = new Map<number, Terminal>()

  constructor(ctx: HostContext, stack: Stack, options: FileTreeOptions = {}) {
    this.ctx = ctx
    this.clock = ctx.clock
    this.random = ctx.random.stream('host')
    this.hostname = ctx.name
    this.stack = stack
    this.files = new FileTree(ctx.clock, ctx.epoch, options)
    makeDefaultTree(this.files, ctx.name)
    makeDevices(this.files, this.random.stream('random'), {
      open: (_inode, flags, who) => this.find(who.pid)?.controllingTerminal?.open(flags) ?? -ENXIO,
    })
    this.names = new HostNames(ctx.clock, this.random.stream('names'), this.files)
    this.users = new Users((path) => this.names.file(path))
    this.programs = new Programs(this.files)
    this.#addSettings()
    makeProc(this.files, {
      processes: this.processes,
      sysctl: this.sysctl,
      now: () => this.clock.now,
      sockets: () => this.sockets(),
      interfaces: () => stack.ip.interfaces,
    })
    stack.sockets.processes = () =>
      this.processes.list().map(({ pid, uid, comm, descriptors }) => ({ pid, uid, command: comm, descriptors }))
    this.init = this.#newInit()
  }

  #newInit(): Process {
    const pid = this.processes.nextPid()
    const init = new Process(this, {
      pid,
      parent: null,
      uid: 0,
      gid: 0,
      groups: [],
      argv: ['init'],
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/', TERM: 'linux' },
      cwdInode: this.files.root,
      pgid: pid,
      session: new Session(pid),
      signals: new SignalState(),
      limits: new Limits(),
      umask: 0o022,
    })
    this.processes.add(init)
    return init
  }

  #addSettings(): void {
    const { ip, tcp, udp, sockets } = this.stack
    for (const layer of [ip, tcp, udp, sockets]) this.sysctl.add(layer.sysctls)
    this.sysctl.add([
      {
        name: 'kernel.hostname',
        get: () => this.hostname,
        set: (text) => {
          if (text.length > 64) return -EINVAL
          this.hostname = text
          return 0
        },
      },
      constantEntry('kernel.ostype', 'Linux'),
      constantEntry('kernel.osrelease', '6.18.0'),
      constantEntry('kernel.pid_max', '32768'),
      numberEntry(
        'fs.file-max',
        () => this.fileMax,
        (value) => (this.fileMax = value),
      ),
    ])
  }

  sockets(): SocketRow[] {
    return this.stack.sockets.rows()
  }

  get filesExhausted(): boolean {
    // Counting is dear and the limit far: look only when there are processes enough to reach it.
    return this.processes.count * 1024 >= this.fileMax && this.#countFiles() >= this.fileMax
  }

  #countFiles(): number {
    const files = new Set<OpenFile>()
    for (const process of this.processes.list()) process.descriptors.forEach((_fd, file) => void files.add(file))
    return files.size
  }

  userName(uid: number): string {
    return this.users.nameOf(uid)
  }

  callback(run: () => void): void {
    this.clock.postCallback(new CallbackJob(run))
  }

  // Terminals

  /** A new terminal, /dev/pts/N with the lowest free N. */
  openTerminal(columns = 80, rows = 24, uid = 0): Terminal {
    let number = 0
    while (this.#terminals.has(number)) number++
    const terminal = new Terminal(
      { signalGroup: (pgid, name) => this.signalGroup(pgid, Signal[name]) },
      number,
      columns,
      rows,
    )
    this.#terminals.set(number, terminal)
    const pts = this.#pts()
    const inode = this.files.newDevice(
      0o620,
      TTY_GROUP,
      ptsRdev(number),
      { open: (_inode, flags) => terminal.open(flags) },
      Dev.PTS,
      uid,
    )
    this.files.attach(pts, String(number), inode)
    return terminal
  }

  /** The person is gone, and so is the terminal. */
  closeTerminal(terminal: Terminal): void {
    terminal.hangUp()
    if (this.#terminals.get(terminal.number) !== terminal) return
    this.#terminals.delete(terminal.number)
    this.#pts().entries.delete(String(terminal.number))
  }

  #pts() {
    const pts = this.files.find(this.init, '/dev/pts')
    if (typeof pts === 'number' || pts.kind !== 'directory') throw new Error('invariant: /dev/pts is a directory')
    return pts
  }

  // What processes ask for

  find(pid: number): Process | null {
    return this.processes.find(pid)
  }

  kill(sender: Process, pid: number, signal: number): number {
    return this.processes.kill(sender, pid, signal)
  }

  signalGroup(pgid: number, signal: number): void {
    this.processes.signalGroup(pgid, signal)
  }

  isOrphaned(pgid: number): boolean {
    return this.processes.isOrphaned(pgid)
  }

  groupExists(pgid: number): boolean {
    return this.processes.groupExists(pgid)
  }

  groupIn(pgid: number, session: Session): boolean {
    return this.processes.groupIn(pgid, session)
  }

  newSession(id: number): Session {
    return new Session(id)
  }

  reap(process: Process): void {
    this.processes.reap(process)
  }

  ended(process: Process): void {
    this.processes.ended(process)
  }

  // Starting

  spawnFrom(parent: Process, command: string, args: readonly string[], options: SpawnOptions): Process | number {
    const child = this.#newChild(parent, [options.argv0 ?? command, ...args], options, false)
    if (typeof child === 'number') return child
    const env = options.env ?? parent.env
    const found = findExecutable(this.files, child, command, args, env['PATH'])
    const program = typeof found === 'number' ? undefined : this.programs.get(found.program)
    if (typeof found === 'number' || program === undefined) {
      this.#discard(child)
      return typeof found === 'number' ? found : -ENOENT
    }
    child.argv = [found.interpreter ?? (child.argv[0] as string), ...found.args]
    child.exe = found.path
    this.#enter(child, options)
    this.#run(child, program)
    return child
  }

  forkFrom(
    parent: Process,
    main: (child: Process) => Promise<number> | number,
    options: SpawnOptions,
  ): Process | number {
    const child = this.#newChild(parent, options.argv0 === undefined ? parent.argv : [options.argv0], options, true)
    if (typeof child === 'number') return child
    // A function that goes by another name stands for the program of that name.
    if (options.argv0 === undefined) child.exe = parent.exe
    this.#enter(child, options)
    runMain(child, main)
    return child
  }

  exec(process: Process, command: string, args: readonly string[], env?: Readonly<Record<string, string>>): number {
    const found = findExecutable(this.files, process, command, args, (env ?? process.env)['PATH'])
    if (typeof found === 'number') return found
    const program = this.programs.get(found.program)
    if (program === undefined) return -ENOENT
    if (env !== undefined) {
      for (const name of Object.keys(process.env)) delete process.env[name]
      Object.assign(process.env, env)
    }
    process.renew([command, ...found.args])
    process.argv = [found.interpreter ?? command, ...found.args]
    process.exe = found.path
    this.#run(process, program)
    return 0
  }

  #run(process: Process, program: Program): void {
    program.prepare?.(this.clock)
    runMain(process, (self) => program.main(self))
  }

  /** A child that runs nothing yet and is in no table. */
  #newChild(parent: Process, argv: readonly string[], options: SpawnOptions, fork: boolean): Process | number {
    if (parent.uid !== 0 && this.#countOf(parent.uid) >= parent.limits.get('NPROC').soft) return -EAGAIN
    const cwd = options.cwd === undefined ? parent.cwdInode : this.files.findDirectory(parent, options.cwd)
    if (typeof cwd === 'number') return cwd
    const pid = this.processes.nextPid()
    if (pid === 0) return -EAGAIN
    const signals = parent.signals.inherit()
    for (const signal of options.defaultSignals ?? []) signals.set(signal, 'default')
    const child = new Process(this, {
      pid,
      parent,
      uid: options.uid ?? parent.uid,
      gid: options.gid ?? parent.gid,
      groups: options.groups ?? parent.groups,
      argv,
      env: { ...(options.env ?? parent.env) },
      cwdInode: cwd,
      pgid: options.session === true ? pid : parent.pgid,
      session: options.session === true ? new Session(pid) : parent.session,
      signals,
      limits: new Limits(parent.limits),
      umask: options.umask ?? parent.umask,
    })
    const error = this.#giveDescriptors(parent, child, options.stdio ?? [], fork)
    if (error < 0) {
      this.#discard(child)
      return error
    }
    return child
  }

  #countOf(uid: number): number {
    return this.processes.list().filter((process) => process.uid === uid).length
  }

  /** stdio first, then everything that is inherited (a fork keeps close-on-exec descriptors, with their mark). */
  #giveDescriptors(parent: Process, child: Process, stdio: SpawnOptions['stdio'] & object, fork: boolean): number {
    for (const [fd, source] of stdio.entries()) {
      if (source === null) continue
      const file = typeof source === 'number' ? parent.descriptors.get(source) : source
      if (file === null) return -EBADF
      child.descriptors.replace(fd, file)
    }
    parent.descriptors.forEach((fd, file) => {
      const cloexec = parent.descriptors.isCloexec(fd)
      if (fd >= stdio.length && (fork || !cloexec)) child.descriptors.replace(fd, file, cloexec)
    })
    return 0
  }

  #discard(child: Process): void {
    child.descriptors.closeAll()
    child.gate.kill()
  }

  /** Into the tables, its group and its terminal. */
  #enter(child: Process, options: SpawnOptions): void {
    this.processes.add(child)
    if (options.pgid !== undefined && options.session !== true) {
      const error = child.setpgid(0, options.pgid)
      if (error < 0 && error !== -EINVAL) child.pgid = child.pid
    }
    const { terminal } = options
    if (options.session === true && terminal !== undefined) {
      child.session.terminal = terminal
      terminal.session = child.session.id
      terminal.foreground = child.pgid
    }
    if (options.foreground === true && child.session.terminal !== null) child.session.terminal.foreground = child.pgid
  }
}
