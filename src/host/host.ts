/** A whole machine: interfaces, stack, files, processes. What a `Network` has many of. */

import { Ip } from '../ip/index.ts'
import type { IpLayer } from '../ip/types.ts'
import type { PacketMode } from '../link/index.ts'
import type { NetworkInterface } from '../link/interface.ts'
import { O_RDWR, type OpenFile, Sockets } from '../socket/index.ts'
import { Tcp } from '../tcp/index.ts'
import type { HostContext } from '../time/context.ts'
import { Udp } from '../udp/index.ts'
import { Capture, TextSource } from './capture.ts'
import { Child, exitInfo } from './child.ts'
import { type FileTreeOptions, openFile } from './files/index.ts'
import { putFiles } from './files/load.ts'
import { type InterfaceInit, makeEthernet, makeLoopback } from './interfaces.ts'
import { Kernel } from './kernel.ts'
import { makePipe } from './pipe.ts'
import { putIpTables } from './proc/tables.ts'
import type { Process } from './process/process.ts'
import type { SpawnOptions } from './process/process-host.ts'
import { Signal } from './process/signals.ts'
import { SystemError } from './system-error.ts'
import type { Terminal } from './tty/index.ts'
import type { User } from './users.ts'

/** Runs functions and programs of a platform (Node's `net`, timers and globals) as processes. A roof fills it. */
export interface Runner {
  /** Run `body` with the platform's globals belonging to `process`. */
  run<T>(process: Process, body: (process: Process) => T | Promise<T>): Promise<T>
  /** Resolves once nothing that the body started keeps the process. */
  idle?(process: Process): Promise<void>
}

export interface HostOptions extends FileTreeOptions {
  /** How packets travel on `lo`. Default `records`. */
  readonly packets?: PacketMode
}

export interface RunOptions {
  /** User by name; default root. */
  readonly user?: string
  /** Added to the user's environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: the user's home. */
  readonly cwd?: string
}

export interface StartOptions extends RunOptions {
  /** Run on this terminal, in a session of its own and in the foreground. */
  readonly terminal?: Terminal
  /** Text that standard input gives before its end; true: a pipe that `Child.write` fills. Default: /dev/null. */
  readonly input?: string | true
  /** Descriptors 0, 1, 2 ... instead of the above. */
  readonly stdio?: readonly (OpenFile | null)[]
}

/** Flags of a tool as an object: `{ i: '4:8080', n: true }` is `-i4:8080 -n`; a list repeats the flag. */
export type ReportOptions = Readonly<Record<string, string | number | boolean | readonly (string | number)[]>>

/** A tool that reads the host and answers at once. */
export type Reporter = (host: Host, argv: readonly string[]) => { readonly stdout: string; readonly stderr: string }

const isWords = (options: ReportOptions | readonly string[]): options is readonly string[] => Array.isArray(options)

const argumentsOf = (options: ReportOptions): string[] =>
  Object.entries(options).flatMap(([name, value]) => {
    const flag = name.length === 1 ? `-${name}` : `--${name}`
    if (value === false) return []
    if (value === true) return [flag]
    const values = typeof value === 'object' ? value : [value]
    return values.map((one) => (name.length === 1 ? `${flag}${one}` : `${flag}=${one}`))
  })

export class Host extends Kernel {
  /** Tools that answer at once, by name. */
  readonly reports = new Map<string, Reporter>()
  readonly lo: NetworkInterface
  /** How functions of yours become programs (`run`); null: they are called with the process and nothing else. */
  runner: Runner | null = null
  #isClosed = false

  /** @param makeIp - the IP layer to stand on */
  constructor(ctx: HostContext, makeIp: (ctx: HostContext) => IpLayer = (c) => new Ip(c), options: HostOptions = {}) {
    const ip = makeIp(ctx)
    const tcp = new Tcp(ctx, ip)
    const udp = new Udp(ctx, ip)
    super(ctx, { ip, tcp, udp, sockets: new Sockets(ctx, ip, tcp, udp) }, options)
    this.lo = makeLoopback(ctx, ip, options.packets ?? 'records')
    this.names.isConfigured = (family) => this.#isConfigured(family)
    if (ip instanceof Ip) {
      putIpTables(this.files, this.init, ip)
      this.sysctl.add(ip.confs.entriesFor(this.lo))
    }
  }

  get name(): string {
    return this.ctx.name
  }

  /** Routes, neighbours and addresses, with the calls that change them. */
  get ip(): Ip {
    const { ip } = this.stack
    if (ip instanceof Ip) return ip
    throw new Error('invariant: this host stands on an IP layer of its own')
  }

  /** What `lsof` prints here: `lsof({ i: '4:8080', n: true })`. */
  lsof(options: ReportOptions | readonly string[] = {}): string {
    return this.report('lsof', options)
  }

  /** What `ss` prints here: `ss({ t: true, a: true, n: true })`. */
  ss(options: ReportOptions | readonly string[] = {}): string {
    return this.report('ss', options)
  }

  /** The text of a tool that only looks; a roof registers it in `reports`. */
  report(tool: string, options: ReportOptions | readonly string[] = {}): string {
    const reporter = this.reports.get(tool)
    if (reporter === undefined) throw new Error(`${tool}: this host has no such report`)
    const { stdout, stderr } = reporter(this, isWords(options) ? options : argumentsOf(options))
    return stdout + stderr
  }

  #isConfigured(family: 4 | 6): boolean {
    const { ip } = this.stack
    return ip.interfaces.some(
      (iface) => iface !== this.lo && ip.addresses(iface).some(({ address }) => address.family === family),
    )
  }

  /** Put in an Ethernet interface. Plug it with `attach`. */
  addInterface(init: InterfaceInit = {}): NetworkInterface {
    const { ip } = this.stack
    const iface = makeEthernet(this.ctx, ip, init)
    if (ip instanceof Ip) this.sysctl.add(ip.confs.entriesFor(iface))
    return iface
  }

  /** Put files in, with the directories on the way: path to text or bytes. Throws `SystemError`. */
  putFiles(files: Readonly<Record<string, string | Uint8Array>>): void {
    putFiles(this.files, files)
  }

  /**
   * Run a program as a process: a name that PATH leads to, or a path. Its output is kept in the result unless it has a terminal
   * or `stdio`. Throws `SystemError` (ENOENT, EACCES, ENOEXEC).
   */
  spawn(command: string, args: readonly string[] = [], options: StartOptions = {}): Child {
    return this.#start(command, options, (spawnOptions) => this.init.spawn(command, args, spawnOptions))
  }

  /** Run a function as a process; it ends with the function. `Child.exited` has its exit code. */
  start(main: (process: Process) => Promise<number> | number, name: string, options: StartOptions = {}): Child {
    return this.#start(name, options, (spawnOptions) => this.init.fork(main, { ...spawnOptions, argv0: name }))
  }

  #start(command: string, options: StartOptions, go: (options: SpawnOptions) => Process | number): Child {
    const { terminal, input, stdio } = options
    const keeps = stdio === undefined && terminal === undefined
    const stdout = keeps ? new Capture() : null
    const stderr = keeps ? new Capture() : null
    const [reader, stdin] = keeps && input === true ? makePipe(this.files.nextIno()) : [null, null]
    const screen = terminal?.open(O_RDWR)
    const source = reader ?? (typeof input === 'string' ? new TextSource(input) : this.#openNull())
    const files = stdio ?? (screen === undefined ? [source, stdout, stderr] : [screen, screen, screen])
    const user = this.#user(options.user ?? 'root')
    const process = go({
      stdio: files,
      ...this.#identity(user),
      env: { ...environmentOf(user), ...(terminal === undefined ? {} : { TERM: 'xterm-256color' }), ...options.env },
      cwd: options.cwd ?? this.#homeOf(user),
      session: true,
      ...(terminal === undefined ? {} : { terminal }),
    })
    if (typeof process !== 'number') return new Child(process, stdin, stdout, stderr)
    for (const file of files) if (file !== null && file.refs === 0) file.release()
    throw new SystemError('spawn', process, { path: command })
  }

  #openNull(): OpenFile {
    const file = openFile(this.files, this.init, '/dev/null', '/dev/null', O_RDWR, 0)
    if (typeof file === 'number') throw new Error('invariant: /dev/null can be opened')
    return file
  }

  #user(name: string): User {
    const user = this.users.byName(name)
    if (user === undefined) throw new SystemError('setuid', -22, { path: name })
    return user
  }

  #identity(user: User): Pick<SpawnOptions, 'uid' | 'gid' | 'groups'> {
    return { uid: user.uid, gid: user.gid, groups: this.users.groupsOf(user.name) }
  }

  #homeOf(user: User): string {
    return typeof this.init.stat(user.home) === 'number' ? '/' : user.home
  }

  /**
   * A process for code of yours that makes calls itself: it runs no program and lives until `exit()`. Descriptors 0 to 2 are
   * /dev/null.
   */
  process(name: string, options: RunOptions = {}): Process {
    const null0 = this.#openNull()
    const child = this.start(() => new Promise<number>(() => undefined), name, {
      ...options,
      stdio: [null0, null0, null0],
    })
    return child.process
  }

  /**
   * Run a function as a process and give back its result. Rejects with what it throws, or when a signal ends the process. The
   * process stays while something that the function started (a server of the platform's) keeps it.
   */
  run<T>(body: (process: Process) => T | Promise<T>, options: RunOptions = {}): Promise<T> {
    const { runner } = this
    return new Promise<T>((resolve, reject) => {
      const main = async (process: Process): Promise<number> => {
        try {
          resolve(await (runner === null ? body(process) : runner.run(process, body)))
          await runner?.idle?.(process)
          return 0
        } catch (error) {
          reject(error)
          return 1
        }
      }
      const { process } = this.start(main, 'run', options)
      process.onEnd((status) => {
        const { code, signal } = exitInfo(status)
        reject(new Error(`the process on ${this.name} ended ${signal === null ? `with code ${code}` : `by ${signal}`}`))
      })
    })
  }

  /** Switch it off: every process is killed, every interface down. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const process of this.processes.list()) if (process !== this.init) process.deliver(Signal.SIGKILL)
    this.init.end({ kind: 'signaled', signal: Signal.SIGKILL })
    for (const iface of this.stack.ip.interfaces) {
      iface.up = false
      iface.attach(null)
    }
  }

  get isClosed(): boolean {
    return this.#isClosed
  }
}

/** What login(1) sets. */
const environmentOf = (user: User): Record<string, string> => ({
  HOME: user.home,
  LOGNAME: user.name,
  USER: user.name,
  SHELL: user.shell,
  PATH:
    user.uid === 0 ? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' : '/usr/local/bin:/usr/bin:/bin',
  LANG: 'C.UTF-8',
})
