/**
 * In-order bytes that the application has not read: a list of ranges lent from the packets that brought them.
 *
 * The window is reckoned in bytes, so that it does not depend on how packets were stored; what chunks cost beyond their
 * bytes is bounded by `collapse`. A connection with nothing to read has no receive buffer.
 */
import { CHUNK_LARGE, type Chunk, type Memory } from '../wire/memory.ts'
import type { Packet } from '../wire/packet.ts'
import { Pool } from './pool.ts'
import { copyBytes } from './send-buffer.ts'
import type { ByteRange } from './types.ts'

const NOTHING = new Uint8Array(0)

export class Range {
  next: Range | null = null
  chunk: Chunk | null = null
  buf: Uint8Array = NOTHING
  start = 0
  end = 0
}

const ranges = new Pool<Range>(() => new Range(), 4096)

const freeRange = (range: Range): void => {
  const chunk = range.chunk
  range.chunk = null
  range.buf = NOTHING
  range.next = null
  ranges.give(range)
  if (chunk !== null) chunk.release()
}

export class ReceiveBuffer {
  #head: Range | null = null
  #tail: Range | null = null
  /** Bytes readable. */
  bytes = 0
  /** Memory held: the size of each chunk, once for neighbours that share it. */
  charge = 0

  /** Keep `packet.buf[start, end)`: takes its own reference. */
  append(packet: Packet, start: number, end: number): void {
    this.appendRange(packet.chunk, packet.buf, start, end)
    if (packet.chunk !== null) packet.chunk.refs++
  }

  /** As `append`; the reference to `chunk` is handed over. */
  appendRange(chunk: Chunk | null, buf: Uint8Array, start: number, end: number): void {
    this.bytes += end - start
    const tail = this.#tail
    if (tail !== null && tail.buf === buf) {
      // Neighbouring segments of one chunk become one range; the tail has its reference already.
      if (tail.end === start && chunk !== null) {
        tail.end = end
        chunk.refs--
        return
      }
    } else this.charge += buf.length
    const range = ranges.take()
    range.chunk = chunk
    range.buf = buf
    range.start = start
    range.end = end
    if (tail === null) this.#head = range
    else tail.next = range
    this.#tail = range
  }

  /** Copy up to `end - at` bytes out; they are consumed unless `peek`. */
  read(into: Uint8Array, at: number, end: number, peek: boolean): number {
    const from = at
    let range = this.#head
    while (range !== null && at < end) {
      const length = Math.min(end - at, range.end - range.start)
      copyBytes(into, at, range.buf, range.start, range.start + length)
      at += length
      range = range.next
    }
    if (!peek) this.consume(at - from)
    return at - from
  }

  /** Lend the first contiguous bytes. */
  view(range: ByteRange): number {
    const head = this.#head
    if (head === null) return 0
    range.buf = head.buf
    range.start = head.start
    range.end = head.end
    return head.end - head.start
  }

  /** Drop the first `count` bytes. */
  consume(count: number): void {
    this.bytes -= count
    while (count > 0) {
      const head = this.#head as Range
      const length = head.end - head.start
      if (count < length) {
        head.start += count
        return
      }
      count -= length
      this.#shift(head)
    }
  }

  #shift(head: Range): void {
    const next = head.next
    if (next === null || next.buf !== head.buf) this.charge -= head.buf.length
    this.#head = next
    if (next === null) this.#tail = null
    freeRange(head)
  }

  /** Move what lies thinly in large chunks together (Linux's tcp_collapse), when memory held is over `limit`. */
  collapse(memory: Memory, limit: number): boolean {
    if (this.charge <= limit || this.charge < this.bytes * 2) return false
    let range = this.#head
    const total = this.bytes
    this.#head = null
    this.#tail = null
    this.bytes = 0
    this.charge = 0
    let left = total
    let chunk: Chunk | null = null
    let filled = 0
    while (range !== null) {
      const next: Range | null = range.next
      let start = range.start
      while (start < range.end) {
        chunk ??= memory.chunk(Math.min(left, CHUNK_LARGE))
        const length = Math.min(range.end - start, chunk.bytes.length - filled)
        copyBytes(chunk.bytes, filled, range.buf, start, start + length)
        start += length
        filled += length
        left -= length
        if (filled === chunk.bytes.length || left === 0) {
          this.appendRange(chunk, chunk.bytes, 0, filled)
          chunk = null
          filled = 0
        }
      }
      freeRange(range)
      range = next
    }
    return true
  }

  clear(): void {
    this.consume(this.bytes)
  }
}

const buffers = new Pool<ReceiveBuffer>(() => new ReceiveBuffer(), 4096)

export const takeReceiveBuffer = (): ReceiveBuffer => buffers.take()

/** `buffer` is empty. */
export const giveReceiveBuffer = (buffer: ReceiveBuffer): void => buffers.give(buffer)
