/**
 * What the application wrote and the peer has not acknowledged.
 *
 * Bytes are copied once, into counted chunks that fill up at the tail. What has not left yet is a list of `Block`s; what has
 * left is the retransmission queue of `Sent` segments, each with its own range and reference, so that the peer's ACK frees memory
 * piece by piece. A connection with nothing to send has no send buffer at all.
 */
import { CHUNK_LARGE, CHUNK_SMALL, type Chunk, type Memory } from '../wire/memory.ts'
import { Pool } from './pool.ts'

/** Marks of a sent segment. */
export const Mark = { SACKED: 1, LOST: 2, RETRANSMITTED: 4, EVER_RETRANSMITTED: 8 } as const

/** A segment in the retransmission queue (not a packet: a packet in flight must not change). */
export class Sent {
  next: Sent | null = null
  prev: Sent | null = null
  chunk: Chunk | null = null
  /** Payload: `chunk.bytes[start, end)`. */
  start = 0
  end = 0
  seq = 0
  /** One past the last sequence number, SYN and FIN counted. */
  endSeq = 0
  flags = 0
  marks = 0
  /** Clock at the last transmission, microseconds modulo 2^32. */
  sentUs = 0
}

/** Unsent bytes of one chunk. */
class Block {
  next: Block | null = null
  chunk: Chunk | null = null
  start = 0
  end = 0
}

const sents = new Pool<Sent>(() => new Sent(), 8192)
const blocks = new Pool<Block>(() => new Block(), 1024)

const BYTE_LOOP = 16

/** Copy `source[from, to)`. A loop for a few bytes, a view for many (notes on speed: 16 is where they meet). */
export const copyBytes = (target: Uint8Array, at: number, source: Uint8Array, from: number, to: number): void => {
  const length = to - from
  if (length <= BYTE_LOOP) {
    for (let i = 0; i < length; i++) target[at + i] = source[from + i] as number
  } else if (from === 0 && to === source.length) target.set(source, at)
  else target.set(source.subarray(from, to), at)
}

export class SendBuffer {
  /** Retransmission queue, by sequence number. */
  first: Sent | null = null
  last: Sent | null = null
  #head: Block | null = null
  #tail: Block | null = null
  /** Bytes written and not sent yet. */
  unsent = 0
  /** Most bytes that were unacknowledged at once while the ACKs up to `usageEnd` are awaited (Linux's max_packets_out); 0: none yet. */
  mostOut = 0
  usageEnd = 0

  /** Take a copy of `buf[start, end)`. A chunk is filled up to `fill` bytes, so that large segments end where chunks do. */
  append(memory: Memory, buf: Uint8Array, start: number, end: number, fill: number): void {
    this.unsent += end - start
    while (start < end) {
      let block = this.#tail
      let room = block === null ? 0 : Math.min(fill, (block.chunk as Chunk).bytes.length) - block.end
      if (block === null || room <= 0) {
        const small = block === null && this.first === null && end - start <= CHUNK_SMALL
        block = this.#addBlock(memory.chunk(small ? CHUNK_SMALL : CHUNK_LARGE))
        room = Math.min(fill, (block.chunk as Chunk).bytes.length)
      }
      const length = Math.min(room, end - start)
      copyBytes((block.chunk as Chunk).bytes, block.end, buf, start, start + length)
      block.end += length
      start += length
    }
  }

  #addBlock(chunk: Chunk): Block {
    const block = blocks.take()
    block.chunk = chunk
    block.start = 0
    block.end = 0
    if (this.#tail === null) this.#head = block
    else this.#tail.next = block
    this.#tail = block
    return block
  }

  /** Unsent bytes that lie in one piece. */
  get contiguous(): number {
    const head = this.#skipEmpty()
    return head === null ? 0 : head.end - head.start
  }

  #skipEmpty(): Block | null {
    let head = this.#head
    while (head !== null && head.start === head.end && head.next !== null) head = this.#dropHead(head)
    return head
  }

  #dropHead(head: Block): Block | null {
    this.#head = head.next
    if (this.#head === null) this.#tail = null
    const chunk = head.chunk as Chunk
    head.chunk = null
    head.next = null
    blocks.give(head)
    chunk.release()
    return this.#head
  }

  /** Move the next `length` unsent bytes into a new segment at the end of the retransmission queue. */
  take(memory: Memory, length: number, seq: number): Sent {
    const sent = this.#push(seq, (seq + length) | 0)
    const head = this.#skipEmpty() as Block
    this.unsent -= length
    if (head.end - head.start >= length) {
      const chunk = head.chunk as Chunk
      chunk.refs++
      sent.chunk = chunk
      sent.start = head.start
      head.start += length
      sent.end = head.start
    } else this.#gather(memory, length, sent)
    return sent
  }

  /** The bytes straddle chunks: a segment lies in one, so copy. */
  #gather(memory: Memory, length: number, sent: Sent): void {
    const chunk = memory.chunk(length)
    let at = 0
    while (at < length) {
      const head = this.#skipEmpty() as Block
      const part = Math.min(length - at, head.end - head.start)
      copyBytes(chunk.bytes, at, (head.chunk as Chunk).bytes, head.start, head.start + part)
      head.start += part
      at += part
    }
    sent.chunk = chunk
    sent.start = 0
    sent.end = length
  }

  /** A segment without text (SYN, FIN) at the end of the retransmission queue. */
  pushControl(seq: number, flags: number): Sent {
    const sent = this.#push(seq, (seq + 1) | 0)
    sent.flags = flags
    return sent
  }

  #push(seq: number, endSeq: number): Sent {
    const sent = sents.take()
    sent.seq = seq
    sent.endSeq = endSeq
    sent.start = 0
    sent.end = 0
    sent.flags = 0
    sent.marks = 0
    sent.prev = this.last
    if (this.last === null) this.first = sent
    else this.last.next = sent
    this.last = sent
    return sent
  }

  /** Drop the first segment: it is acknowledged. */
  shift(): void {
    const sent = this.first as Sent
    this.first = sent.next
    if (this.first === null) this.last = null
    else this.first.prev = null
    freeSent(sent)
  }

  /** The peer acknowledged the first `count` bytes of the first segment. */
  trimFirst(count: number): void {
    const sent = this.first as Sent
    sent.seq = (sent.seq + count) | 0
    sent.start += count
  }

  /** Cut a segment in two after `count` bytes of text; the second half follows it with the same marks. */
  split(sent: Sent, count: number): Sent {
    const rest = sents.take()
    const chunk = sent.chunk as Chunk
    chunk.refs++
    rest.chunk = chunk
    rest.start = sent.start + count
    rest.end = sent.end
    rest.seq = (sent.seq + count) | 0
    rest.endSeq = sent.endSeq
    rest.flags = sent.flags
    rest.marks = sent.marks
    rest.sentUs = sent.sentUs
    sent.end = rest.start
    sent.endSeq = rest.seq
    sent.flags = 0
    rest.prev = sent
    rest.next = sent.next
    if (sent.next === null) this.last = rest
    else sent.next.prev = rest
    sent.next = rest
    return rest
  }

  /** Nothing is unsent or unacknowledged: the last chunk can go. */
  get isEmpty(): boolean {
    return this.first === null && this.unsent === 0
  }

  /** Let go of everything. */
  clear(): void {
    while (this.first !== null) this.shift()
    while (this.#head !== null) this.#dropHead(this.#head)
    this.unsent = 0
    this.mostOut = 0
  }
}

const freeSent = (sent: Sent): void => {
  const chunk = sent.chunk
  sent.next = null
  sent.prev = null
  sent.chunk = null
  sents.give(sent)
  if (chunk !== null) chunk.release()
}

const buffers = new Pool<SendBuffer>(() => new SendBuffer(), 4096)

export const takeSendBuffer = (): SendBuffer => buffers.take()

/** `buffer` is empty: the last chunk goes, and the object too. */
export const giveSendBuffer = (buffer: SendBuffer): void => {
  buffer.clear()
  buffers.give(buffer)
}
