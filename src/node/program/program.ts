/** A program file as a process: its modules, its `process`, and the ways in which it ends. */
import type { Host, Process } from '../../host/index.ts'
import { Signal } from '../../host/index.ts'
import { current, type Program } from '../current.ts'
import { registryOf } from '../handles/registry.ts'
import { ModuleGraph } from '../loader/index.ts'
import { Builtins } from './builtins.ts'
import { ENDED, isEnded } from './ended.ts'
import { takeErrors } from './errors.ts'
import type { FacadeOptions } from './facade.ts'
import { fileOptionsOf } from './fs.ts'
import { Gate } from './gate.ts'
import { ownGlobals } from './global-process.ts'
import { makeGlobals } from './globals.ts'
import { Liveness } from './liveness.ts'
import { clearNodeTimers } from './node-timers.ts'
import { makeProcessObject, type ProcessObject } from './process-object.ts'
import { errorOfRejection, fatalMessage } from './report.ts'
import { Stdio } from './stdio.ts'
import { makeTimers, type ProcessTimers } from './timers.ts'

export interface ProgramInit {
  /** After `node`: the script, or what stands for it, and its arguments. */
  readonly argv: readonly string[]
  /** Options of Node before the script. */
  readonly execArgv: readonly string[]
  readonly cwd: string
}

/** Node's exit codes (process.html#exit-codes). */
const EXIT = { FAILURE: 1, HANDLER_FAILED: 7, UNSETTLED_AWAIT: 13 } as const

export class NodeProgram implements Program {
  readonly host: Host
  readonly process: Process
  readonly argv: readonly string[]
  readonly execArgv: readonly string[]
  cwd: string
  title: string
  readonly liveness: Liveness
  readonly gate: Gate
  readonly stdio: Stdio
  readonly timers: ProcessTimers
  readonly fileOptions: Required<FacadeOptions>
  readonly builtins: Builtins
  readonly object: ProcessObject
  readonly modules: ModuleGraph
  /** What `setUncaughtExceptionCaptureCallback` was given. */
  capture: () => ((error: unknown) => void) | null = () => null
  #hasEnded = false
  #isMainDone = false
  readonly #over: (code: number) => void
  /** Settles with the exit code once output is written; never when a signal ends the process. */
  readonly finished: Promise<number>

  constructor(host: Host, process: Process, init: ProgramInit) {
    this.host = host
    this.process = process
    this.argv = init.argv
    this.execArgv = init.execArgv
    this.cwd = init.cwd
    this.title = process.comm
    let over: (code: number) => void = () => undefined
    this.finished = new Promise((resolve) => (over = resolve))
    this.#over = over
    this.liveness = new Liveness(registryOf(process), () => this.#idle())
    this.gate = new Gate(this, this.liveness)
    this.stdio = new Stdio(this)
    this.timers = makeTimers(this.gate)
    this.fileOptions = fileOptionsOf(this)
    this.builtins = new Builtins(this)
    this.object = makeProcessObject(this)
    this.modules = new ModuleGraph({
      builtin: (id) => this.builtins.get(id),
      globals: makeGlobals(this),
      setMain: (module) => (this.object.mainModule = module),
      importing: (load) => this.gate.promise(load()),
    })
    const console = this.builtins.get('console') as object
    ownGlobals(this, { process: this.object, console, functions: this.timers.functions })
    takeErrors(this, { take: (event, args) => this.#take(event, args) })
    // As Node does at its start: a closed pipe is an error of the write, and the hard limit of descriptors counts.
    process.sigaction(Signal.SIGPIPE, 'ignore')
    const { hard } = process.limits.get('NOFILE')
    process.setrlimit('NOFILE', { soft: hard, hard })
    process.onEnd(() => this.#cleanUp())
  }

  /** It runs: neither ended by itself nor killed. True until the very call that ends it. */
  get alive(): boolean {
    return !this.#hasEnded && this.process.isAlive
  }

  /** Run the main module; `finished` tells the rest. */
  start(main: (modules: ModuleGraph) => Promise<void>): void {
    const release = this.liveness.hold()
    current.run(this, () => {
      let running: Promise<void>
      try {
        running = main(this.modules)
      } catch (error) {
        running = Promise.reject(error)
      }
      running.then(
        () => {
          this.#isMainDone = true
          this.liveness.touch()
        },
        (error: unknown) => {
          this.#isMainDone = true
          if (!isEnded(error) && this.alive) this.#uncaught(error, 'uncaughtException')
        },
      )
    })
    release()
  }

  whenResized(listener: () => void): void {
    if (this.process.signals.get(Signal.SIGWINCH) === 'default')
      this.process.onSignal(Signal.SIGWINCH, this.gate.callback(listener))
  }

  /** `process.exit()`: never returns. */
  exit(): never {
    this.#tellExit()
    return this.die(this.#exitCode())
  }

  #exitCode(): number {
    return Number(this.object.exitCode ?? 0)
  }

  #tellExit(): void {
    const { object } = this
    if (object._exiting) return
    object._exiting = true
    object.emit('exit', this.#exitCode())
  }

  /** End at once: nothing of it is heard any more; what it wrote is still written. */
  die(code: number): never {
    this.#end(code)
    throw ENDED
  }

  #end(code: number): void {
    if (!this.alive) return
    this.#hasEnded = true
    const { descriptors } = this.process
    descriptors.forEach((fd) => {
      if (fd > 2) this.process.close(fd)
    })
    this.#cleanUp()
    void this.stdio.flush().then(() => this.#over(code & 255))
  }

  dieBySignal(signal: number): never {
    this.process.deliver(signal)
    throw ENDED
  }

  #cleanUp(): void {
    this.timers.clearAll()
    clearNodeTimers(this)
    this.liveness.over()
    this.gate.closeAll()
  }

  /** Nothing is left to wait for: `beforeExit` may start something, else it is the end. */
  #idle(): void {
    if (!this.alive) return
    this.#guard(() => {
      if (!this.#isMainDone) {
        this.object.exitCode ??= EXIT.UNSETTLED_AWAIT
        this.stdio.complain('Warning: Detected unsettled top-level await\n')
        this.exit()
      }
      this.object.emit('beforeExit', this.#exitCode())
      this.liveness.recheck(() => this.#guard(() => this.exit()))
    })
  }

  /** A callback whose errors are taken here: Node 20 and 22 lose the context of a microtask that throws. */
  guarded(callback: () => void): () => void {
    return () => this.#guard(callback)
  }

  /** Run code of the program from outside; what it throws is uncaught. */
  #guard(body: () => void): void {
    try {
      this.gate.enter(body)
    } catch (error) {
      if (!isEnded(error)) this.#uncaught(error, 'uncaughtException')
    }
  }

  #take(event: string, args: readonly unknown[]): void {
    if (!this.alive) return
    this.gate.enter(() => {
      if (event === 'uncaughtException') this.#uncaught(args[0], 'uncaughtException', true)
      else if (event === 'unhandledRejection') {
        if (!this.#tell('unhandledRejection', args)) this.#uncaught(errorOfRejection(args[0]), 'unhandledRejection')
      } else if (event === 'warning') {
        this.object.emit('warning', ...args)
        this.#printWarning(args[0])
      } else this.#tell(event, args)
    })
  }

  #tell(event: string, args: readonly unknown[]): boolean {
    try {
      return this.object.emit(event, ...args)
    } catch (error) {
      if (!isEnded(error)) this.#uncaught(error, 'uncaughtException')
      return true
    }
  }

  #uncaught(error: unknown, origin: string, wasMonitored = false): void {
    const { object } = this
    const isThrown = origin === 'uncaughtException' && this.#isMainDone
    try {
      const capture = this.capture()
      if (capture !== null) {
        capture(error)
        return
      }
      if (!wasMonitored) object.emit('uncaughtExceptionMonitor', error, origin)
      if (object.listenerCount('uncaughtException') > 0) {
        object.emit('uncaughtException', error, origin)
        return
      }
    } catch (second) {
      if (isEnded(second)) return
      this.stdio.complain(fatalMessage(second, true))
      this.#fail(EXIT.HANDLER_FAILED)
      return
    }
    this.stdio.complain(fatalMessage(error, isThrown))
    this.#fail(EXIT.FAILURE)
  }

  #fail(code: number): void {
    this.object.exitCode = code
    try {
      this.#tellExit()
    } catch (error) {
      if (isEnded(error)) return
    }
    this.#end(this.#exitCode())
  }

  #printWarning(warning: unknown): void {
    const { name = 'Warning', code, message, stack } = warning as Error & { code?: string }
    const { env } = this.process
    if (env['NODE_NO_WARNINGS'] === '1' || this.execArgv.includes('--no-warnings')) return
    const text = code === undefined ? `${name}: ${message}` : `[${code}] ${name}: ${message}`
    const shown = this.execArgv.includes('--trace-warnings') ? (stack ?? text) : text
    this.stdio.complain(`(node:${this.process.pid}) ${shown}\n`)
  }
}
