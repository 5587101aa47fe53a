/** `host.run(fn)`: a function, and everything it starts, as a process of a virtual host. */
import type { Host, Process, Runner } from '../host/index.ts'
import { Signal } from '../host/index.ts'
import { current, type Program } from './current.ts'
import { registryOf } from './handles/registry.ts'
import { install } from './install.ts'
import { refuseHost } from './real-time.ts'

/** As Node does at its start: SIGPIPE ignored, as many descriptors as the hard limit allows. */
export const prepareProcess = (process: Process): void => {
  process.sigaction(Signal.SIGPIPE, 'ignore')
  const { hard } = process.limits.get('NOFILE')
  process.setrlimit('NOFILE', { soft: hard, hard })
}

/**
 * A function's program. Its process ends when the function has settled and no handle is left; code of it that comes back
 * later (a timer) gets a process again, as if it had been asleep.
 */
class RunProgram implements Program {
  readonly host: Host
  alive = true
  #process: Process
  #hasSlept = false

  constructor(host: Host, process: Process) {
    this.host = host
    this.#process = process
    this.#prepare(process)
  }

  get process(): Process {
    if (this.#hasSlept && this.alive && !this.#process.isAlive) this.#wake()
    return this.#process
  }

  /** Nothing keeps the process: it may end without the program being over. */
  sleep(): void {
    this.#hasSlept = true
  }

  #prepare(process: Process): void {
    prepareProcess(process)
    process.onEnd((status) => {
      if (status.kind !== 'exited' || !this.#hasSlept) this.alive = false
    })
  }

  #wake(): void {
    this.#hasSlept = false
    const old = this.#process
    const body = async (process: Process): Promise<number> => {
      await idle(process)
      this.sleep()
      return 0
    }
    const { process } = this.host.start(body, old.argv[0] ?? 'node', { user: old.user, env: old.env })
    this.#process = process
    this.#prepare(process)
  }
}

const idle = (process: Process): Promise<void> => new Promise((resolve) => registryOf(process).onIdle(resolve))

/** Makes functions into programs of `host`. `time` is the network's. */
export const nodeRunner = (host: Host, time: 'virtual' | 'real'): Runner => {
  if (time === 'virtual') refuseHost(host)
  const programs = new WeakMap<Process, RunProgram>()
  return {
    run(process, body) {
      install()
      const program = new RunProgram(host, process)
      programs.set(process, program)
      return current.run(program, async () => await body(process))
    },
    async idle(process) {
      await idle(process)
      programs.get(process)?.sleep()
    },
  }
}
