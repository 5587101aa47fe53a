/** poll(2) and select(2), over every kind of description. */
import type { OpenFile } from '../../socket/file.ts'
import { Poll } from '../../wire/call.ts'
import { EBADF, EINTR, EINVAL } from '../../wire/errno.ts'
import { AGAIN } from '../process/gate.ts'
import type { Process } from '../process/process.ts'

/** struct pollfd. `revents` is filled. */
export interface PollFd {
  readonly fd: number
  readonly events: number
  revents?: number
}

/** select(2)'s three sets; each is replaced by what is ready. */
export interface SelectSets {
  readonly read?: Set<number>
  readonly write?: Set<number>
  readonly except?: Set<number>
}

const MS = 1_000_000
const ALWAYS = Poll.ERR | Poll.HUP

/** Fill `revents`; how many are not zero. */
export const pollNow = (process: Process, fds: readonly PollFd[]): number => {
  let ready = 0
  for (const entry of fds) {
    entry.revents = 0
    if (entry.fd < 0) continue
    const file = process.descriptors.get(entry.fd)
    entry.revents = file === null ? Poll.NVAL : file.poll() & (entry.events | ALWAYS)
    if (entry.revents !== 0) ready++
  }
  return ready
}

/** When a wait of `timeout` milliseconds ends; negative: never. */
const deadlineOf = (process: Process, timeout: number): number =>
  timeout < 0 ? Number.POSITIVE_INFINITY : process.host.clock.now + Math.round(timeout * MS)

/** Entries ready, 0 at the timeout (milliseconds; negative: none), or -EINTR. */
export const pollWait = (process: Process, fds: readonly PollFd[], timeout: number): Promise<number> =>
  process.gate.pass<number>({
    run: () => {
      const ready = pollNow(process, fds)
      return ready > 0 || timeout === 0 ? ready : AGAIN
    },
    watched: () => {
      const watched: (readonly [OpenFile, number])[] = []
      for (const { fd, events } of fds) {
        const file = process.descriptors.get(fd)
        if (fd >= 0 && file !== null) watched.push([file, events])
      }
      return watched
    },
    deadline: deadlineOf(process, timeout),
    timedOut: () => 0,
    interrupted: () => -EINTR,
    restarts: false,
  })

/** What select's sets mean in poll's bits (fs/select.c POLLIN_SET and so on). */
const SETS = [
  ['read', Poll.IN | Poll.HUP | Poll.ERR, Poll.IN | Poll.RDHUP],
  ['write', Poll.OUT | Poll.ERR, Poll.OUT],
  ['except', Poll.PRI, Poll.PRI],
] as const

/** Bits ready over all sets, -EBADF, -EINVAL, -EINTR. `timeout` in milliseconds; null: none. */
export const selectWait = async (process: Process, sets: SelectSets, timeout: number | null): Promise<number> => {
  if (timeout !== null && timeout < 0) return -EINVAL
  const entries: { readonly fd: number; readonly set: Set<number>; readonly ready: number; readonly poll: PollFd }[] =
    []
  for (const [name, ready, events] of SETS) {
    const set = sets[name]
    for (const fd of set ?? []) {
      if (process.descriptors.get(fd) === null) return -EBADF
      entries.push({ fd, set: set as Set<number>, ready, poll: { fd, events, revents: 0 } })
    }
  }
  const count = (): number => {
    pollNow(
      process,
      entries.map((entry) => entry.poll),
    )
    return entries.filter(isReady).length
  }
  const result = await process.gate.pass<number>({
    run: () => {
      const ready = count()
      return ready > 0 || timeout === 0 ? ready : AGAIN
    },
    watched: () => entries.map(({ fd, poll }) => [process.descriptors.get(fd) as OpenFile, poll.events] as const),
    deadline: deadlineOf(process, timeout ?? -1),
    timedOut: () => 0,
    interrupted: () => -EINTR,
    restarts: false,
  })
  if (result >= 0) for (const entry of entries) if (!isReady(entry)) entry.set.delete(entry.fd)
  return result
}

const isReady = (entry: { readonly ready: number; readonly poll: PollFd }): boolean =>
  ((entry.poll.revents ?? 0) & entry.ready) !== 0
