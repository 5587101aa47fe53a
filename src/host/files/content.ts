/** Contents of regular files. */
import { EFBIG, EINVAL, ENOSPC } from '../../wire/errno.ts'
import type { FileContent } from './inode.ts'

/** Bytes that all files of a host may hold together, and one file alone. */
export class Space {
  used = 0
  readonly capacity: number
  readonly largestFile: number

  constructor(capacity = 256 * 1024 * 1024, largestFile = 128 * 1024 * 1024) {
    this.capacity = capacity
    this.largestFile = largestFile
  }
}

const EMPTY = new Uint8Array(0)

/** Bytes in memory, grown by doubling. */
export class MemoryContent implements FileContent {
  readonly #space: Space
  #bytes: Uint8Array = EMPTY
  #size = 0

  constructor(space: Space) {
    this.#space = space
  }

  get size(): number {
    return this.#size
  }

  read(position: number, buf: Uint8Array, start: number, end: number): number {
    const n = Math.min(end - start, this.#size - position)
    if (n <= 0) return 0
    buf.set(this.#bytes.subarray(position, position + n), start)
    return n
  }

  write(position: number, buf: Uint8Array, start: number, end: number): number {
    let length = end - start
    if (length === 0) return 0
    if (position >= this.#space.largestFile) return -EFBIG
    length = Math.min(length, this.#space.largestFile - position)
    const growth = position + length - this.#size
    if (growth > 0) {
      const room = this.#space.capacity - this.#space.used
      // As on a disk that fills up: what fits is written, and only then the call fails.
      if (growth > room) length -= growth - room
      if (length <= 0) return -ENOSPC
      this.#resize(Math.max(this.#size, position + length))
    }
    this.#bytes.set(buf.subarray(start, start + length), position)
    return length
  }

  truncate(size: number): number {
    if (size < 0) return -EINVAL
    if (size > this.#space.largestFile) return -EFBIG
    if (size - this.#size > this.#space.capacity - this.#space.used) return -ENOSPC
    if (size < this.#size) this.#bytes.fill(0, size, this.#size)
    this.#resize(size)
    return 0
  }

  #resize(size: number): void {
    this.#space.used += size - this.#size
    this.#size = size
    if (size === 0) this.#bytes = EMPTY
    else if (size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(size, this.#bytes.length * 2, 64))
      grown.set(this.#bytes)
      this.#bytes = grown
    }
  }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Text made for one open of a /proc file; writes go, as a whole, to `store`. */
export class GeneratedContent implements FileContent {
  readonly #bytes: Uint8Array
  readonly #store: ((text: string) => number) | null

  constructor(text: string, store: ((text: string) => number) | null = null) {
    this.#bytes = encoder.encode(text)
    this.#store = store
  }

  /** /proc files say 0, whatever they hold. */
  get size(): number {
    return 0
  }

  read(position: number, buf: Uint8Array, start: number, end: number): number {
    const n = Math.min(end - start, this.#bytes.length - position)
    if (n <= 0) return 0
    buf.set(this.#bytes.subarray(position, position + n), start)
    return n
  }

  write(_position: number, buf: Uint8Array, start: number, end: number): number {
    if (this.#store === null) return -EINVAL
    const error = this.#store(decoder.decode(buf.subarray(start, end)).trim())
    return error < 0 ? error : end - start
  }

  truncate(): number {
    return 0
  }
}
