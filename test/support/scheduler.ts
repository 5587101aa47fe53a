/** Virtual time for tests without promises: the loop of a driver, run to the end inside one call. */
import type { HostContext } from '../../src/time/context.ts'
import { createRandom } from '../../src/time/random.ts'
import { Scheduler } from '../../src/time/scheduler.ts'
import { Memory } from '../../src/wire/memory.ts'
import { Telemetry } from '../../src/wire/telemetry.ts'

/** Steps after which a test is taken to run in circles. */
const LIVELOCK = 5_000_000

/** Do all that is due now: jobs, deadlines and user callbacks. Time does not move. */
export const runNow = (clock: Scheduler): void => {
  const limit = clock.steps + LIVELOCK
  do {
    clock.runJobs(LIVELOCK)
    if (clock.steps > limit) throw new Error(`livelock at ${clock.now} ns`)
  } while (clock.runCallback())
}

/** Do all that is due until `time` (ns, inclusive), and leave the clock there. */
export const runUntil = (clock: Scheduler, time: number): void => {
  const limit = clock.steps + LIVELOCK
  runNow(clock)
  while (clock.nextDeadline <= time) {
    clock.advance(clock.nextDeadline)
    runNow(clock)
    if (clock.steps > limit) throw new Error(`livelock at ${clock.now} ns`)
  }
  clock.advance(time)
}

/** As `runUntil`, for so many nanoseconds from now. */
export const runFor = (clock: Scheduler, nanoseconds: number): void => runUntil(clock, clock.now + nanoseconds)

/** Run until nothing is queued and no deadline is armed, but not past `limit` (ns; an hour unless given). */
export const settle = (clock: Scheduler, limit = 3_600_000_000_000): void => {
  runNow(clock)
  while (clock.nextDeadline <= limit) runUntil(clock, clock.nextDeadline)
}

/** What the layers of one host are made with. Give the same `clock` and `memory` to hosts of one network. */
export const makeContext = (
  name = 'host',
  {
    clock = new Scheduler(),
    memory = new Memory(),
    seed = 1,
  }: { clock?: Scheduler; memory?: Memory; seed?: number } = {},
): HostContext => ({
  name,
  clock,
  memory,
  telemetry: new Telemetry(name, clock),
  random: createRandom(seed, name),
  epoch: 1_700_000_000_000,
})
