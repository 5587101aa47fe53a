import type { Chunk, Memory } from '../../wire/memory.ts'

const PAGE = 4096
/** sizeof struct sk_buff as allocated, and of struct skb_shared_info behind the data. */
const SKB = 256
const SHARED = 320
/** SKB_MAX_HEAD(0) and SKB_MAX_ALLOC: what a stream and what a record keeps in its head at most. */
export const STREAM_HEAD: number = PAGE - SHARED
export const RECORD_HEAD: number = 4 * PAGE - SHARED

/** Measured on Linux 6.18: 768 for a byte, 2304 for 1000; a head is allocated in powers of two, the rest in pages. */
const truesize = (size: number, head: number): number => {
  const beyond = size > head ? Math.min(size, (size - head + PAGE - 1) & ~(PAGE - 1)) : 0
  let block = 512
  while (block < size - beyond + SHARED) block *= 2
  return SKB + block + ((beyond + PAGE - 1) & ~(PAGE - 1))
}

/** One message (datagram, seqpacket record), or one run of bytes of a stream, with what came along. */
export class UnixMessage {
  next: UnixMessage | null = null
  readonly chunk: Chunk
  start: number
  readonly end: number
  /** What the sender's buffer is charged until this is read: an skb's truesize. */
  readonly charge: number
  /** Whose buffer is charged, and the name it sent from. */
  readonly sender: MessageSender
  readonly from: string | null

  /** @param head - bytes that the kernel would keep beside the skb's bookkeeping; the rest is in whole pages */
  constructor(
    memory: Memory,
    buf: Uint8Array,
    start: number,
    end: number,
    head: number,
    sender: MessageSender,
    from: string | null,
  ) {
    const size = end - start
    this.chunk = memory.chunk(size)
    this.chunk.bytes.set(start === 0 && end === buf.length ? buf : buf.subarray(start, end))
    this.start = 0
    this.end = size
    this.charge = truesize(size, head)
    this.sender = sender
    this.from = from
  }

  get length(): number {
    return this.end - this.start
  }

  /** Copy from the front into `buf[at, end)`; how many bytes. */
  copy(buf: Uint8Array, at: number, end: number): number {
    const count = Math.min(this.length, end - at)
    if (count > 0) buf.set(this.chunk.bytes.subarray(this.start, this.start + count), at)
    return count
  }
}

/** Whoever has to know that its message was read or thrown away. */
export interface MessageSender {
  uncharge(bytes: number): void
}

/** A FIFO of messages. Taking one out tells its sender and recycles its chunk. */
export class MessageQueue {
  #head: UnixMessage | null = null
  #tail: UnixMessage | null = null
  /** Messages queued. */
  length = 0
  /** Bytes queued. */
  bytes = 0

  get head(): UnixMessage | null {
    return this.#head
  }

  push(message: UnixMessage): void {
    if (this.#tail === null) this.#head = message
    else this.#tail.next = message
    this.#tail = message
    this.length++
    this.bytes += message.length
  }

  /** `count` bytes of the head were read; the head goes when nothing is left of it or `whole` is set. */
  consume(count: number, whole: boolean): void {
    const message = this.#head
    if (message === null) throw new Error('invariant: only a queued message is consumed')
    const rest = message.length
    if (!whole && count < rest) {
      message.start += count
      this.bytes -= count
      return
    }
    this.bytes -= rest
    this.#head = message.next
    if (this.#head === null) this.#tail = null
    this.length--
    message.chunk.release()
    message.sender.uncharge(message.charge)
  }

  clear(): void {
    while (this.#head !== null) this.consume(0, true)
  }
}
