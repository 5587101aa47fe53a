import { O_RDONLY, O_WRONLY, OpenFile } from '../socket/file.ts'
import { Poll } from '../wire/call.ts'
import { EBADF, EFBIG } from '../wire/errno.ts'

/** Bytes of output that are kept of one program. */
const LIMIT = 64 * 1024 * 1024

/** A program's output kept for whoever started it: a description that takes everything, up to 64 MiB. */
export class Capture extends OpenFile {
  readonly #parts: Uint8Array[] = []
  #size = 0
  /** Called with each piece as it is written. */
  onData: ((bytes: Uint8Array) => void) | null = null

  constructor() {
    super()
    this.statusFlags = O_WRONLY
  }

  override poll(): number {
    return Poll.OUT
  }

  override read(): number {
    return -EBADF
  }

  override write(buf: Uint8Array, start: number, end: number): number {
    if (this.#size + end - start > LIMIT) return -EFBIG
    const piece = buf.slice(start, end)
    this.#size += piece.length
    this.#parts.push(piece)
    this.onData?.(piece)
    return piece.length
  }

  /** What was written stays. */
  override release(): void {
    return
  }

  get bytes(): Uint8Array {
    const whole = new Uint8Array(this.#size)
    let at = 0
    for (const part of this.#parts) {
      whole.set(part, at)
      at += part.length
    }
    return whole
  }

  /** As UTF-8 text. */
  get text(): string {
    return new TextDecoder().decode(this.bytes)
  }
}

/** Text that a program reads from its standard input, and then the end. */
export class TextSource extends OpenFile {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(text: string) {
    super()
    this.#bytes = new TextEncoder().encode(text)
    this.statusFlags = O_RDONLY
  }

  override poll(): number {
    return Poll.IN
  }

  override read(buf: Uint8Array, start: number, end: number): number {
    const n = Math.min(end - start, this.#bytes.length - this.#at)
    buf.set(this.#bytes.subarray(this.#at, this.#at + n), start)
    this.#at += n
    return n
  }

  override write(): number {
    return -EBADF
  }

  /** Nothing to let go of. */
  override release(): void {
    return
  }
}
