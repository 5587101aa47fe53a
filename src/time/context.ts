import type { Memory } from '../wire/memory.ts'
import type { Telemetry } from '../wire/telemetry.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

/** What every layer of one host is made with. */
export interface HostContext {
  /** The host's name, for events. */
  readonly name: string
  /** The network's clock and queues; shared by all hosts. */
  readonly clock: Scheduler
  /** The network's pools; shared by all hosts. */
  readonly memory: Memory
  /** This host's counters and events. */
  readonly telemetry: Telemetry
  /** This host's stream of chance; a layer takes `random.stream('tcp')` and so on. */
  readonly random: Random
  /** Wall clock of the host in milliseconds since the epoch at network time zero (dates in programs, not in the stack). */
  readonly epoch: number
}
