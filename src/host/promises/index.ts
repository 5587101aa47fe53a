/**
 * The promise face of a process: the same calls, each settled when Linux's blocking call would return.
 *
 * Every one passes the process's gate, so a stopped process makes no progress and a dead one never wakes up.
 */
import type { Address } from '../../wire/address.ts'
import { EINTR } from '../../wire/errno.ts'
import type { Code } from '../code.ts'
import { AGAIN } from '../process/gate.ts'
import { type WaitResult, WNOHANG } from '../process/status.ts'
import type { AddrInfo, AddrInfoHints } from '../resolver/index.ts'
import { RESOLVER } from '../resolver/lazy.ts'
import { check } from './blocking.ts'
import { type PollFd, pollWait, type SelectSets, selectWait } from './poll.ts'
import { SocketPromises } from './sockets.ts'

export type { PollFd, SelectSets } from './poll.ts'
export type { Accepted, PlainAddress, Received, RecvmsgArgs, SendmsgArgs } from './sockets.ts'

const MS = 1_000_000

export class Promises extends SocketPromises {
  /** poll(2): entries ready, 0 at the timeout. `timeout` in milliseconds; negative: none; 0: does not wait. */
  async poll(fds: readonly PollFd[], timeout = -1): Promise<number> {
    return check('poll', await pollWait(this.process, fds, timeout))
  }

  /** As `poll`, with -EINTR in place of an exception. */
  pollResult(fds: readonly PollFd[], timeout = -1): Promise<number> {
    return pollWait(this.process, fds, timeout)
  }

  /** select(2): bits ready over all three sets, which are cut down to them. `timeout` in milliseconds; null: none. */
  async select(sets: SelectSets, timeout: number | null = null): Promise<number> {
    return check('select', await selectWait(this.process, sets, timeout))
  }

  /** Milliseconds left: 0, or more when a handled signal ended the sleep (nanosleep(2)). */
  sleep(milliseconds: number): Promise<number> {
    const { clock } = this.process.host
    const end = clock.now + Math.max(0, Math.round(milliseconds * MS))
    const left = (): number => Math.max(0, end - clock.now) / MS
    return this.process.gate.pass<number>({
      run: () => (clock.now >= end ? 0 : AGAIN),
      watched: () => [],
      deadline: end,
      timedOut: () => 0,
      interrupted: left,
      restarts: false,
    })
  }

  /**
   * waitpid(2): the next change of a child (`pid` -1: any; below -1: of a group; 0: of the own group). Options: WUNTRACED,
   * WCONTINUED, and WNOHANG, with which null means "none yet". Throws ECHILD, EINTR.
   */
  async waitpid(pid: number, options = 0): Promise<WaitResult | null> {
    const { process } = this
    const result = await process.gate.pass<WaitResult | null | number>({
      run: () => {
        const change = process.waitpid(pid, options)
        return change === null && (options & WNOHANG) === 0 ? AGAIN : change
      },
      watched: () => [[process.events, 1]],
      deadline: Number.POSITIVE_INFINITY,
      timedOut: () => null,
      interrupted: () => -EINTR,
      restarts: true,
    })
    if (typeof result === 'number') check('waitpid', result)
    return result as WaitResult | null
  }

  /** pause(2): settles after a signal was handled. */
  pause(): Promise<void> {
    return this.process.gate.pass<undefined>({
      run: () => AGAIN,
      watched: () => [],
      deadline: Number.POSITIVE_INFINITY,
      timedOut: () => undefined,
      interrupted: () => undefined,
      restarts: false,
    })
  }

  /**
   * Code that is fetched when first needed. Settles in a later callback, whether the code was there or not: what else the
   * process does comes before or after it in the same order.
   */
  async code<T>(code: Code<T>): Promise<T> {
    const { clock } = this.process.host
    code.prepare(clock)
    const here = clock.steps
    await this.process.gate.pass<undefined>({
      run: () => (clock.steps === here ? AGAIN : undefined),
      watched: () => [],
      deadline: clock.now,
      timedOut: () => undefined,
      interrupted: () => undefined,
      restarts: true,
    })
    return code.get()
  }

  /** getaddrinfo(3). Throws `ResolverError`. */
  async getaddrinfo(
    node: string | null,
    service: string | number | null = null,
    hints?: AddrInfoHints,
  ): Promise<AddrInfo[]> {
    const { names } = this.process.host
    const { getaddrinfo } = await this.code(RESOLVER)
    return getaddrinfo(this.process, names, names, node, service, hints)
  }

  /** getnameinfo(3): host and service by name, or by number where there is none. Throws `ResolverError`. */
  async getnameinfo(address: Address, port: number, flags = 0): Promise<{ host: string; service: string }> {
    const { getnameinfo } = await this.code(RESOLVER)
    return getnameinfo(this.process, this.process.host.names, address, port, flags)
  }
}
