/** How a call that may wait is made of one that does not. */
import type { OpenFile } from '../../socket/file.ts'
import { EAGAIN, EBADF, EINTR } from '../../wire/errno.ts'
import { AGAIN, type Again } from '../process/gate.ts'
import type { Process } from '../process/process.ts'
import { SystemError, type SystemErrorSubject } from '../system-error.ts'

export interface BlockOptions {
  /** O_NONBLOCK or MSG_DONTWAIT: -EAGAIN is an answer. */
  readonly nonblocking: boolean
  /** Nanoseconds (SO_RCVTIMEO, SO_SNDTIMEO); 0: for ever. */
  readonly timeout?: number
  /** Result at the timeout; default -EAGAIN, or the count so far. */
  readonly onTimeout?: () => number
  /** Result when a signal interrupts; default -EINTR. */
  readonly onInterrupt?: () => number
}

export class BlockingCalls {
  protected readonly process: Process

  constructor(process: Process) {
    this.process = process
  }

  /**
   * The result of `attempt` on the description behind `fd`; -EAGAIN waits for `interest` unless nonblocking. A descriptor
   * that is closed meanwhile gives -EBADF: there are no threads, so nobody else could want Linux's wait for the old file.
   */
  protected block(
    fd: number,
    interest: number,
    options: BlockOptions,
    attempt: (file: OpenFile) => number,
  ): Promise<number> {
    const { process } = this
    const { descriptors } = process
    const file = descriptors.get(fd)
    if (file === null) return this.answer(-EBADF)
    const { timeout = 0, nonblocking } = options
    const run = (): number | Again => {
      if (descriptors.get(fd) !== file) return -EBADF
      const result = attempt(file)
      // A call that has just stopped its own process (SIGTTIN) is tried again when that goes on.
      return result === -EAGAIN && (!nonblocking || !process.gate.isOpen) ? AGAIN : result
    }
    return process.gate.pass<number>({
      run,
      watched: () => [[file, interest]],
      deadline: timeout > 0 ? process.host.clock.now + timeout : Number.POSITIVE_INFINITY,
      timedOut: options.onTimeout ?? (() => -EAGAIN),
      interrupted: options.onInterrupt ?? (() => -EINTR),
      // signal(7): sockets with a timeout are not restarted.
      restarts: timeout === 0,
    })
  }

  /** A result that is known already still passes the gate. */
  protected answer<T>(value: T): Promise<T> {
    return this.process.gate.pass<T>({
      run: () => value,
      watched: () => [],
      deadline: Number.POSITIVE_INFINITY,
      timedOut: () => value,
      interrupted: () => value,
      restarts: true,
    })
  }
}

/** A count as it is; a negative errno as an exception. */
export const check = (syscall: string, result: number, subject?: SystemErrorSubject): number => {
  if (result < 0) throw new SystemError(syscall, result, subject)
  return result
}
