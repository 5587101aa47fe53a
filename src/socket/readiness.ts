/** poll(2) and select(2) over the descriptors of a process, at one instant: waiting belongs to the blocking face. */
import { Poll } from '../wire/call.ts'
import { EBADF, EINVAL } from '../wire/errno.ts'
import type { DescriptorTable } from './file.ts'

/** struct pollfd. */
export interface PollEntry {
  /** Negative: ignored. */
  readonly fd: number
  readonly events: number
  revents: number
}

/** ERR, HUP and NVAL are reported unasked. */
const ALWAYS = Poll.ERR | Poll.HUP | Poll.NVAL

/** Fill `revents`; the number of entries with any. */
export const pollNow = (descriptors: DescriptorTable, entries: readonly PollEntry[]): number => {
  let ready = 0
  for (const entry of entries) {
    entry.revents = 0
    if (entry.fd < 0) continue
    const file = descriptors.get(entry.fd)
    entry.revents = file === null ? Poll.NVAL : file.poll() & (entry.events | ALWAYS)
    if (entry.revents !== 0) ready++
  }
  return ready
}

/** Descriptors that select(2) found ready; `count` counts each once per set. */
export interface Selected {
  readonly count: number
  readonly read: readonly number[]
  readonly write: readonly number[]
  readonly except: readonly number[]
}

/** What select(2) takes for readable, writable and exceptional (fs/select.c). */
export const SELECT_READ: number = Poll.IN | Poll.HUP | Poll.ERR
export const SELECT_WRITE: number = Poll.OUT | Poll.ERR
export const SELECT_EXCEPT: number = Poll.PRI

/**
 * select(2) with a zero timeout. Descriptors of `nfds` and above are not looked at, as in C.
 *
 * @returns what is ready, or -EBADF, -EINVAL (negative `nfds`)
 */
export const selectNow = (
  descriptors: DescriptorTable,
  nfds: number,
  read: readonly number[],
  write: readonly number[],
  except: readonly number[],
): Selected | number => {
  if (nfds < 0) return -EINVAL
  const pick = (set: readonly number[], bits: number): number[] | null => {
    const found: number[] = []
    for (const fd of set) {
      if (fd >= nfds) continue
      const file = descriptors.get(fd)
      if (file === null) return null
      if ((file.poll() & bits) !== 0) found.push(fd)
    }
    return found
  }
  const readable = pick(read, SELECT_READ)
  const writable = pick(write, SELECT_WRITE)
  const exceptional = pick(except, SELECT_EXCEPT)
  if (readable === null || writable === null || exceptional === null) return -EBADF
  const count = readable.length + writable.length + exceptional.length
  return { count, read: readable, write: writable, except: exceptional }
}
