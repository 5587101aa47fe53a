/** A kernel without a network, and virtual time that moves while anybody waits for it. */
import { Capture, Kernel, type Process, type Program, type SpawnOptions } from '../../src/host/index.ts'
import { Sockets } from '../../src/socket/index.ts'
import { Tcp } from '../../src/tcp/index.ts'
import { createRandom } from '../../src/time/random.ts'
import { Scheduler } from '../../src/time/scheduler.ts'
import { Udp } from '../../src/udp/index.ts'
import { Memory } from '../../src/wire/memory.ts'
import { parseAddress } from '../../src/wire/parse.ts'
import { Telemetry } from '../../src/wire/telemetry.ts'
import { FakeIp } from '../support/fake-ip.ts'

/** As a driver does: no callback while code is being fetched. */
const loaded = async (clock: Scheduler): Promise<void> => {
  while (clock.suspended > 0) await new Promise((resolve) => setImmediate(resolve))
}

/** Everything that is queued has run: callbacks one at a time, microtasks drained between. Time stands still. */
export const settle = async (clock: Scheduler): Promise<void> => {
  do {
    clock.runJobs(100_000)
    await loaded(clock)
    clock.runCallback()
    for (let i = 0; i < 50; i++) await Promise.resolve()
  } while (clock.busy)
}

/** Run until nothing is left to do, or (with `until`) that time has come. */
export const run = async (clock: Scheduler, until = Number.POSITIVE_INFINITY): Promise<void> => {
  for (;;) {
    await settle(clock)
    const next = clock.nextDeadline
    if (next > until || next === Number.POSITIVE_INFINITY) break
    clock.advance(next)
  }
  if (until !== Number.POSITIVE_INFINITY) clock.advance(until)
}

export const SECOND = 1e9

export const contextOf = (clock: Scheduler, name = 'box') => ({
  name,
  clock,
  memory: new Memory(),
  telemetry: new Telemetry(name, clock),
  random: createRandom(1, name),
  epoch: 1_700_000_000_000,
})

/** Machines of one /24 hear each other; give the first one to the others. */
export class Machine {
  readonly clock: Scheduler
  readonly peers: Set<FakeIp>
  readonly ip: FakeIp
  readonly kernel: Kernel

  constructor(name = 'box', address = '10.0.0.1', beside?: Machine) {
    this.clock = beside?.clock ?? new Scheduler()
    this.peers = beside?.peers ?? new Set()
    const ctx = contextOf(this.clock, name)
    this.ip = new FakeIp(ctx, parseAddress(address) as never, this.peers)
    const tcp = new Tcp(ctx, this.ip)
    const udp = new Udp(ctx, this.ip)
    this.kernel = new Kernel(ctx, { ip: this.ip, tcp, udp, sockets: new Sockets(ctx, this.ip, tcp, udp) })
  }

  settle(): Promise<void> {
    return settle(this.clock)
  }

  run(until?: number): Promise<void> {
    return run(this.clock, until)
  }

  register(name: string, main: Program['main']): void {
    this.kernel.programs.register({ name, main })
  }

  /** A function as a child of init, its output kept. */
  start(main: Program['main'], options: SpawnOptions = {}): { process: Process; out: Capture; err: Capture } {
    const out = new Capture()
    const err = new Capture()
    const stdin = this.kernel.init.open('/dev/null')
    const process = this.kernel.init.fork(main, {
      argv0: 'test',
      stdio: [stdin, out, err],
      pgid: 0,
      ...options,
    })
    this.kernel.init.close(stdin)
    if (typeof process === 'number') throw new Error(`fork gave ${process}`)
    return { process, out, err }
  }

  /** The result of a function that runs as a process of user `uid`. */
  async as<T>(uid: number, body: (process: Process) => T | Promise<T>): Promise<T> {
    let result: { value: T } | undefined
    const { err } = this.start(
      async (process) => {
        result = { value: await body(process) }
        return 0
      },
      { uid, gid: uid },
    )
    await this.run()
    if (result === undefined) throw new Error(`no result: ${err.text}`)
    return result.value
  }

  /** As `as`, where others (servers) go on for ever: run until the result is there. */
  async asUntil<T>(body: (process: Process) => Promise<T>): Promise<T> {
    let result: { value: T } | undefined
    const { err } = this.start(async (process) => {
      result = { value: await body(process) }
      return 0
    })
    for (let i = 0; i < 10_000 && result === undefined; i++) {
      await this.settle()
      if (result === undefined && this.clock.nextDeadline !== Number.POSITIVE_INFINITY)
        this.clock.advance(this.clock.nextDeadline)
    }
    if (result === undefined) throw new Error(`no result: ${err.text}`)
    return result.value
  }
}
