/** A program started from outside the host: its pid, its output, its end. */

import type { Capture } from './capture.ts'
import type { PipeEnd } from './pipe.ts'
import type { Process } from './process/process.ts'
import { parseSignal, type SignalName, signalName } from './process/signals.ts'
import type { WaitStatus } from './process/status.ts'

/** How it ended: the exit code, or the signal. */
export interface ExitInfo {
  readonly code: number | null
  readonly signal: SignalName | null
}

export class Child {
  readonly process: Process
  /** Settles when it has ended; never rejects. */
  readonly exited: Promise<ExitInfo>
  /** Output that was kept; null where `stdio` or a terminal took it. */
  readonly stdout: Capture | null
  readonly stderr: Capture | null
  readonly #stdin: PipeEnd | null

  constructor(process: Process, stdin: PipeEnd | null, stdout: Capture | null, stderr: Capture | null) {
    this.process = process
    this.stdout = stdout
    this.stderr = stderr
    this.#stdin = stdin
    this.exited = new Promise((resolve) => {
      process.onEnd((status) => resolve(exitInfo(status)))
    })
  }

  get pid(): number {
    return this.process.pid
  }

  /** Text on standard input, as far as the pipe has room (64 KiB); bytes taken, or a negative errno. */
  write(text: string): number {
    if (this.#stdin === null) return -9
    const bytes = new TextEncoder().encode(text)
    return this.#stdin.write(bytes, 0, bytes.length)
  }

  /** End of standard input. */
  end(): void {
    this.#stdin?.release()
  }

  /** Send a signal, as root: `SIGTERM` unless given. Zero, or -ESRCH. */
  kill(signal: SignalName | number = 'SIGTERM'): number {
    const number = typeof signal === 'number' ? signal : parseSignal(signal)
    if (!this.process.isAlive || number === null) return -3
    this.process.deliver(number)
    return 0
  }
}

export const exitInfo = (status: WaitStatus): ExitInfo =>
  status.kind === 'exited'
    ? { code: status.code, signal: null }
    : { code: null, signal: 'signal' in status ? signalName(status.signal) : null }
