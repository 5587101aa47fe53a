import { O_WRONLY, OpenFile } from '../socket/index.ts'
import { Poll } from '../wire/call.ts'
import { EBADF } from '../wire/errno.ts'

export type { Child } from '../host/index.ts'

/** A descriptor of a virtual host that leads to a stream of this process. It takes everything at once. */
export class OutputFile extends OpenFile {
  readonly #write: (bytes: Uint8Array) => void

  constructor(write: (bytes: Uint8Array) => void) {
    super()
    this.statusFlags = O_WRONLY
    this.#write = write
  }

  poll(): number {
    return Poll.OUT
  }

  read(): number {
    return -EBADF
  }

  write(buf: Uint8Array, start: number, end: number): number {
    this.#write(buf.slice(start, end))
    return end - start
  }

  release(): void {
    // The stream belongs to the process and outlives its descriptors.
  }
}
