/** Bytes in the order in which they came, bounded; what does not fit is refused by the caller. */
export class ByteQueue {
  #bytes = new Uint8Array(256)
  #start = 0
  #end = 0
  readonly limit: number

  constructor(limit: number) {
    this.limit = limit
  }

  get length(): number {
    return this.#end - this.#start
  }

  get room(): number {
    return this.limit - this.length
  }

  push(byte: number): void {
    if (this.#end === this.#bytes.length) this.#makeRoom(1)
    this.#bytes[this.#end++] = byte
  }

  /** Take as many of `buf[start, end)` as fit; how many. */
  write(buf: Uint8Array, start: number, end: number): number {
    const count = Math.min(end - start, this.room)
    if (count <= 0) return 0
    if (this.#end + count > this.#bytes.length) this.#makeRoom(count)
    this.#bytes.set(buf.subarray(start, start + count), this.#end)
    this.#end += count
    return count
  }

  /** Move up to `end - start` bytes into `buf`; how many. */
  read(buf: Uint8Array, start: number, end: number): number {
    const count = Math.min(end - start, this.length)
    buf.set(this.#bytes.subarray(this.#start, this.#start + count), start)
    this.#start += count
    if (this.#start === this.#end) {
      this.#start = 0
      this.#end = 0
    }
    return count
  }

  /** The byte `index` places from the front. */
  at(index: number): number {
    return this.#bytes[this.#start + index] as number
  }

  /** Take the newest byte back. */
  pop(): number {
    return this.#bytes[--this.#end] as number
  }

  clear(): void {
    this.#start = 0
    this.#end = 0
  }

  #makeRoom(count: number): void {
    const { length } = this
    let size = this.#bytes.length
    while (size < length + count) size *= 2
    const bytes = size > this.#bytes.length ? new Uint8Array(size) : this.#bytes
    bytes.set(this.#bytes.subarray(this.#start, this.#end))
    this.#bytes = bytes
    this.#start = 0
    this.#end = length
  }
}
