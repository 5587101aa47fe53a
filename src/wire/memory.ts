/**
 * Recycled memory of one network: chunks of payload bytes and packets.
 *
 * Allocation, not copying, is what limits a stack in JavaScript, so both are pooled and the pools are capped. A chunk is
 * counted: whoever keeps a range of it holds a reference. A packet has one owner at a time: whoever takes it out of a
 * queue sends it on or frees it.
 */
import { Packet } from './packet.ts'

/** Chunk sizes, bytes. A small first chunk keeps a quiet connection cheap; a large one is what bulk transfer fills. */
export const CHUNK_SMALL = 2048
export const CHUNK_LARGE = 65_536

/** A counted block of bytes. Ranges of it travel; it goes back to its pool when the last holder lets go. */
export class Chunk {
  readonly bytes: Uint8Array
  readonly memory: Memory
  refs = 1
  #words: Uint32Array | null = null

  constructor(memory: Memory, size: number) {
    this.memory = memory
    this.bytes = new Uint8Array(size)
  }

  /** The same bytes as 32-bit words of the machine, for checksums; without a last part of a word. */
  asWords(): Uint32Array {
    this.#words ??= new Uint32Array(this.bytes.buffer, 0, this.bytes.length >>> 2)
    return this.#words
  }

  retain(): this {
    this.refs++
    return this
  }

  release(): void {
    if (--this.refs === 0) this.memory.recycleChunk(this)
  }
}

/** Pools of one network. `limit`s are counts kept for reuse, not bounds on use. */
export class Memory {
  readonly #small: Chunk[] = []
  readonly #large: Chunk[] = []
  readonly #packets: Packet[] = []
  readonly #smallLimit: number
  readonly #largeLimit: number
  readonly #packetLimit: number

  constructor(smallLimit = 4096, largeLimit = 256, packetLimit = 4096) {
    this.#smallLimit = smallLimit
    this.#largeLimit = largeLimit
    this.#packetLimit = packetLimit
  }

  /** A chunk of at least `size` bytes with one reference. More than CHUNK_LARGE is allocated and not recycled. */
  chunk(size: number): Chunk {
    if (size <= CHUNK_SMALL) {
      const chunk = this.#small.pop()
      if (chunk === undefined) return new Chunk(this, CHUNK_SMALL)
      chunk.refs = 1
      return chunk
    }
    if (size > CHUNK_LARGE) return new Chunk(this, size)
    const chunk = this.#large.pop()
    if (chunk === undefined) return new Chunk(this, CHUNK_LARGE)
    chunk.refs = 1
    return chunk
  }

  recycleChunk(chunk: Chunk): void {
    const size = chunk.bytes.length
    if (size === CHUNK_LARGE) {
      if (this.#large.length < this.#largeLimit) this.#large.push(chunk)
    } else if (size === CHUNK_SMALL && this.#small.length < this.#smallLimit) this.#small.push(chunk)
  }

  /** A packet in its initial state. */
  packet(): Packet {
    return this.#packets.pop() ?? new Packet(this)
  }

  /** Called by `Packet.free` alone, once the packet is blank again. */
  recyclePacket(packet: Packet): void {
    if (this.#packets.length < this.#packetLimit) this.#packets.push(packet)
  }
}
