/** Standard input of a process: read only while somebody listens, and it keeps the process only then. */
import { Readable } from 'node:stream'
import { type Process, TerminalFile } from '../../host/index.ts'
import { rawTermios, type Termios } from '../../host/tty/termios.ts'
import { EBADF } from '../../wire/errno.ts'
import type { Gate } from './gate.ts'
import { callError } from './system-errors.ts'

const CHUNK = 65_536

export class Input extends Readable {
  readonly fd = 0
  readonly isTTY: true | undefined = undefined
  isRaw = false
  readonly #process: Process
  readonly #gate: Gate
  #isReading = false
  #isReferenced = true
  #release: (() => void) | null = null
  #cooked: Termios | null = null

  constructor(process: Process, gate: Gate) {
    super({ highWaterMark: CHUNK, autoDestroy: true })
    this.#process = process
    this.#gate = gate
    if (process.descriptors.get(0) instanceof TerminalFile) this.isTTY = true
    this.on('pause', () => this.#hold())
    this.on('resume', () => this.#hold())
  }

  override _read(): void {
    if (!this.#isReading) {
      this.#isReading = true
      const buf = new Uint8Array(CHUNK)
      void this.#process.promises.readResult(0, buf).then((n) => this.#gate.enter(() => this.#take(buf, n)))
    }
    this.#hold()
  }

  #take(buf: Uint8Array, n: number): void {
    this.#isReading = false
    this.#hold()
    if (!this.#gate.isOpen) return
    if (n > 0) this.push(Buffer.from(buf.buffer, 0, n))
    else if (n === 0 || n === -EBADF) this.push(null)
    else this.destroy(callError(n, 'read'))
  }

  /** A read under way keeps the process, unless the stream is paused or unref'd. */
  #hold(): void {
    const keeps = this.#isReading && this.#isReferenced && !this.isPaused() && !this.destroyed
    if (keeps) this.#release ??= this.#gate.liveness.hold()
    else {
      this.#release?.()
      this.#release = null
    }
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#isReferenced = false
    this.#hold()
    callback(error)
  }

  ref(): this {
    this.#isReferenced = true
    this.#hold()
    return this
  }

  unref(): this {
    this.#isReferenced = false
    this.#hold()
    return this
  }

  /** tty.ReadStream's: keys as they are typed, or lines. */
  setRawMode(on: boolean): this {
    const terminal = this.#process.terminal(0)
    if (terminal === null) throw new TypeError('process.stdin.setRawMode is not a function')
    this.#cooked ??= { ...terminal.termios }
    const raw = rawTermios(this.#cooked)
    // As libuv's raw mode: output is still processed.
    this.#process.setTermios(terminal, on ? { ...raw, opost: this.#cooked.opost } : this.#cooked)
    this.isRaw = on
    return this
  }

  /** The terminal as it was found. */
  restore(): void {
    const terminal = this.#process.terminal(0)
    if (this.isRaw && terminal !== null && this.#cooked !== null) terminal.setTermios(this.#cooked)
  }
}
