/** Standard output and error of a process: synchronous while there is room, as Node's are for files, pipes and terminals. */
import { Writable } from 'node:stream'
import tty from 'node:tty'
import type { Process } from '../../host/index.ts'
import { TerminalFile } from '../../host/index.ts'
import { EAGAIN } from '../../wire/errno.ts'
import { outsideOfPrograms } from '../current.ts'
import type { Gate } from './gate.ts'
import { callError } from './system-errors.ts'

interface Buffered {
  readonly chunk: Uint8Array | string
  readonly encoding: BufferEncoding
}

/** What Node's streams keep unwritten; there in 20 to 26. */
interface WithBuffer {
  getBuffer(): readonly Buffered[]
}

export class Output extends Writable {
  readonly fd: 1 | 2
  readonly _type: string
  /** Node marks its own so: `end()` and `destroy()` leave the descriptor open. */
  readonly _isStdio = true
  readonly #process: Process
  readonly #gate: Gate
  #writing: Promise<void> = Promise.resolve()

  constructor(process: Process, fd: 1 | 2, gate: Gate) {
    super({ decodeStrings: true, emitClose: false, autoDestroy: false })
    this.fd = fd
    this.#process = process
    this.#gate = gate
    const file = process.descriptors.get(fd)
    this._type = file instanceof TerminalFile ? 'tty' : 'pipe'
    if (file instanceof TerminalFile) becomeTerminal(this, file, process.env)
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (!this.#gate.isOpen) {
      callback()
      return
    }
    const written = writeNow(this.#process, this.fd, chunk)
    if (written === chunk.length) callback()
    else if (written < 0) callback(callError(written, 'write'))
    else {
      const rest = chunk.subarray(written)
      const release = this.#gate.liveness.hold()
      this.#writing = this.#process.promises.writeResult(this.fd, rest).then((result) => {
        release()
        callback(result < 0 ? callError(result, 'write') : null)
      })
    }
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    callback(error)
  }

  /** What a reader that is slow has not taken yet, once it has taken what was under way. */
  async unwritten(): Promise<readonly Uint8Array[]> {
    await this.#writing
    const state = (this as unknown as { _writableState: WithBuffer })._writableState
    const waiting = state.getBuffer().map(({ chunk }) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk))
    return waiting
  }
}

/** As much as goes in at once; a negative errno when nothing does and it is no lack of room. */
export const writeNow = (process: Process, fd: number, bytes: Uint8Array): number => {
  let done = 0
  while (done < bytes.length) {
    const from = done
    // Who reads along outside (`Child.stdout.onData`) is not the program that writes.
    const n = outsideOfPrograms(() => process.write(fd, bytes, from, bytes.length))
    if (n === -EAGAIN) return done
    if (n < 0) return n
    done += n
  }
  return done
}

/** What tty.WriteStream has more than a stream: its methods work on any stream with a size. */
const becomeTerminal = (stream: Output, file: TerminalFile, environment: object): void => {
  const { terminal } = file
  const { clearLine, clearScreenDown, cursorTo, moveCursor, getColorDepth } = tty.WriteStream.prototype
  Object.assign(stream, { isTTY: true, clearLine, clearScreenDown, cursorTo, moveCursor })
  // Of the program's environment: the real one may say something else (NO_COLOR, CI).
  const depth = (env: object = environment): number => Reflect.apply(getColorDepth, stream, [env])
  Object.assign(stream, {
    getColorDepth: depth,
    hasColors: (count: number | object = 16, env?: object) =>
      typeof count === 'object' ? 1 << depth(count) >= 16 : 1 << depth(env) >= count,
    getWindowSize: () => [terminal.columns, terminal.rows],
  })
  Object.defineProperty(stream, 'columns', { get: () => terminal.columns, enumerable: true, configurable: true })
  Object.defineProperty(stream, 'rows', { get: () => terminal.rows, enumerable: true, configurable: true })
}
