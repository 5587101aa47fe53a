/** The command's own standard streams as descriptions that a virtual process can hold. */
import type { Readable, Writable } from 'node:stream'
import { O_RDONLY, O_WRONLY, OpenFile } from '../socket/file.ts'
import { Poll } from '../wire/call.ts'
import { EAGAIN, EBADF, EPIPE } from '../wire/errno.ts'

/** Standard output or error: takes what the stream takes, and blocks its writers while that is full. */
export class StreamSink extends OpenFile {
  readonly #stream: Writable
  #full = false
  #broken = false

  constructor(stream: Writable) {
    super()
    this.statusFlags = O_WRONLY
    this.#stream = stream
    stream.on('drain', () => {
      this.#full = false
      this.wake(Poll.OUT)
    })
    stream.on('error', () => {
      // Whoever read it is gone: the next write is SIGPIPE, as on a pipe.
      this.#broken = true
      this.#full = false
      this.wake(Poll.OUT | Poll.ERR)
    })
  }

  override poll(): number {
    return this.#broken ? Poll.OUT | Poll.ERR : this.#full ? 0 : Poll.OUT
  }

  override read(): number {
    return -EBADF
  }

  override write(buf: Uint8Array, start: number, end: number): number {
    if (this.#broken) return -EPIPE
    if (this.#full) return -EAGAIN
    this.#full = !this.#stream.write(buf.slice(start, end))
    return end - start
  }

  /** The stream outlives it. */
  override release(): void {
    return
  }

  /** Settles when everything written is with the system. */
  flush(): Promise<void> {
    return this.#broken ? Promise.resolve() : new Promise((resolve) => this.#stream.write('', () => resolve()))
  }
}

/**
 * Standard input. Nothing of the stream is read before somebody asks, so a script that reads nothing waits for nothing.
 * `stalled` is told when a reader waits for the stream, so that virtual time can stand still meanwhile.
 */
export class StreamSource extends OpenFile {
  readonly #stream: Readable
  readonly #stalled: (waits: boolean) => void
  #chunks: Uint8Array[] = []
  #started = false
  #ended = false

  constructor(stream: Readable, stalled: (waits: boolean) => void) {
    super()
    this.statusFlags = O_RDONLY
    this.#stream = stream
    this.#stalled = stalled
  }

  #start(): void {
    this.#stalled(true)
    if (this.#started) return
    this.#started = true
    const end = (): void => {
      if (this.#ended) return
      this.#ended = true
      this.#stalled(false)
      this.wake(Poll.IN | Poll.HUP)
    }
    this.#stream.on('data', (chunk: Buffer) => {
      this.#chunks.push(new Uint8Array(chunk))
      this.#stalled(false)
      this.wake(Poll.IN)
    })
    this.#stream.on('end', end)
    this.#stream.on('error', end)
  }

  override poll(): number {
    if (this.#chunks.length > 0) return Poll.IN
    if (this.#ended) return Poll.IN | Poll.HUP
    this.#start()
    return 0
  }

  override read(buf: Uint8Array, start: number, end: number): number {
    const [first] = this.#chunks
    if (first === undefined) {
      if (this.#ended || start === end) return 0
      this.#start()
      return -EAGAIN
    }
    const count = Math.min(first.length, end - start)
    buf.set(first.subarray(0, count), start)
    if (count === first.length) this.#chunks.shift()
    else this.#chunks[0] = first.subarray(count)
    return count
  }

  override write(): number {
    return -EBADF
  }

  override release(): void {
    this.#chunks = []
    this.#ended = true
    this.#stalled(false)
    this.#stream.destroy()
  }
}
