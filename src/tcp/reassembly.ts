/**
 * Segments that came before their turn (SHLD-31), and the SACK blocks that tell the sender of them (RFC 2018, RFC 2883).
 *
 * Segments are kept by sequence number and never overlap: what comes twice is trimmed, what covers others replaces them. The object is
 * there only while something is out of order or a duplicate is to be reported.
 */
import type { Chunk } from '../wire/memory.ts'
import type { Packet } from '../wire/packet.ts'
import { Pool } from './pool.ts'
import type { ReceiveBuffer } from './receive-buffer.ts'

const NOTHING = new Uint8Array(0)
const MAX_BLOCKS = 4

class Early {
  next: Early | null = null
  prev: Early | null = null
  seq = 0
  /** One past the last sequence number; the FIN counts. */
  endSeq = 0
  fin = false
  chunk: Chunk | null = null
  buf: Uint8Array = NOTHING
  start = 0
}

const pool = new Pool<Early>(() => new Early(), 2048)

export class Reassembly {
  #head: Early | null = null
  #tail: Early | null = null
  /** Sequence space held. */
  bytes = 0
  /** Runs as reported, latest first: pairs of left and right edge. */
  readonly #blocks = new Int32Array(MAX_BLOCKS * 2)
  #blockCount = 0
  /** A duplicate to report in the next ACK (RFC 2883). */
  hasDuplicate = false
  #duplicateLeft = 0
  #duplicateRight = 0
  /** Duplicate ACKs owed to a sender without SACK, which counts them. */
  owedAcks = 0

  get isIdle(): boolean {
    return this.#head === null && !this.hasDuplicate
  }

  get hasData(): boolean {
    return this.#head !== null
  }

  /** Note that `[left, right)` came again. The first of several between two ACKs stays. */
  duplicate(left: number, right: number): void {
    if (this.hasDuplicate) {
      // Adjoining duplicates are one report (tcp_dsack_extend).
      if (((left - this.#duplicateRight) | 0) <= 0 && ((right - this.#duplicateLeft) | 0) >= 0) {
        if (((left - this.#duplicateLeft) | 0) < 0) this.#duplicateLeft = left
        if (((right - this.#duplicateRight) | 0) > 0) this.#duplicateRight = right
      }
      return
    }
    this.hasDuplicate = true
    this.#duplicateLeft = left
    this.#duplicateRight = right
  }

  /**
   * Keep `[seq, endSeq)` of a packet whose byte `seq` is `packet.buf[start]`. False when all of it was here already.
   * The packet stays the caller's.
   */
  insert(packet: Packet, seq: number, endSeq: number, start: number, fin: boolean): boolean {
    const reportedLeft = seq
    const reportedRight = endSeq
    let before = this.#tail
    while (before !== null && ((before.seq - seq) | 0) > 0) before = before.prev
    // What neighbours on the left have already, one after the other.
    while (before !== null && ((before.endSeq - seq) | 0) > 0) {
      if (((before.endSeq - endSeq) | 0) >= 0) {
        this.duplicate(seq, endSeq)
        this.#report(reportedLeft, reportedRight)
        return false
      }
      this.duplicate(seq, before.endSeq)
      start += (before.endSeq - seq) | 0
      seq = before.endSeq
      if (before.next !== null && before.next.seq === seq) before = before.next
    }
    let after = before === null ? this.#head : before.next
    while (after !== null && ((after.seq - endSeq) | 0) < 0) {
      if (((after.endSeq - endSeq) | 0) > 0) {
        this.duplicate(after.seq, endSeq)
        endSeq = after.seq
        fin = false
        break
      }
      this.duplicate(after.seq, after.endSeq)
      const next: Early | null = after.next
      this.#remove(after)
      after = next
    }
    this.#report(reportedLeft, reportedRight)
    this.#link(packet, seq, endSeq, start, fin, before)
    return true
  }

  #link(packet: Packet, seq: number, endSeq: number, start: number, fin: boolean, before: Early | null): void {
    const early = pool.take()
    early.seq = seq
    early.endSeq = endSeq
    early.fin = fin
    early.start = start
    early.buf = packet.buf
    early.chunk = packet.chunk
    if (packet.chunk !== null) packet.chunk.refs++
    early.prev = before
    early.next = before === null ? this.#head : before.next
    if (before === null) this.#head = early
    else before.next = early
    if (early.next === null) this.#tail = early
    else early.next.prev = early
    this.bytes += (endSeq - seq) | 0
  }

  #remove(early: Early): void {
    if (early.prev === null) this.#head = early.next
    else early.prev.next = early.next
    if (early.next === null) this.#tail = early.prev
    else early.next.prev = early.prev
    this.bytes -= (early.endSeq - early.seq) | 0
    const chunk = early.chunk
    early.chunk = null
    early.buf = NOTHING
    early.next = null
    early.prev = null
    pool.give(early)
    if (chunk !== null) chunk.release()
  }

  /**
   * Move what begins at `rcvNxt` into the receive buffer.
   *
   * @returns how far RCV.NXT moves; `finReached` tells whether the last of it is the FIN
   */
  advance(rcvNxt: number, into: ReceiveBuffer): number {
    const from = rcvNxt
    this.finReached = false
    let early = this.#head
    while (early !== null && ((early.seq - rcvNxt) | 0) <= 0) {
      const end = early.endSeq
      if (((end - rcvNxt) | 0) > 0) {
        if (early.seq !== rcvNxt) this.duplicate(early.seq, rcvNxt)
        const skip = (rcvNxt - early.seq) | 0
        const length = ((end - early.seq) | 0) - (early.fin ? 1 : 0)
        if (length > skip) {
          if (early.chunk !== null) early.chunk.refs++
          into.appendRange(early.chunk, early.buf, early.start + skip, early.start + length)
        }
        rcvNxt = end
        if (early.fin) this.finReached = true
      } else this.duplicate(early.seq, end)
      this.#remove(early)
      early = this.#head
    }
    this.#forget(rcvNxt)
    return (rcvNxt - from) | 0
  }

  finReached = false

  /** Put the run round `[left, right)` in front of the blocks (RFC 2018 4). */
  #report(left: number, right: number): void {
    const blocks = this.#blocks
    let kept = 0
    for (let i = 0; i < this.#blockCount; i++) {
      const l = blocks[2 * i] as number
      const r = blocks[2 * i + 1] as number
      if (((l - right) | 0) <= 0 && ((left - r) | 0) <= 0) {
        if (((l - left) | 0) < 0) left = l
        if (((r - right) | 0) > 0) right = r
      } else {
        blocks[2 * kept] = l
        blocks[2 * kept + 1] = r
        kept++
      }
    }
    if (kept === MAX_BLOCKS) kept--
    blocks.copyWithin(2, 0, 2 * kept)
    blocks[0] = left
    blocks[1] = right
    this.#blockCount = kept + 1
  }

  /** Drop blocks that RCV.NXT has reached. */
  #forget(rcvNxt: number): void {
    const blocks = this.#blocks
    let kept = 0
    for (let i = 0; i < this.#blockCount; i++) {
      if (((rcvNxt - (blocks[2 * i] as number)) | 0) >= 0) continue
      blocks[2 * kept] = blocks[2 * i] as number
      blocks[2 * kept + 1] = blocks[2 * i + 1] as number
      kept++
    }
    this.#blockCount = kept
  }

  /** How many blocks an ACK would carry, at most `max`. */
  blockCount(max: number): number {
    return Math.min(max, this.#blockCount + (this.hasDuplicate ? 1 : 0))
  }

  /** Write up to `max` blocks into a packet; a duplicate is reported once. */
  write(packet: Packet, max: number): void {
    packet.sacks ??= new Int32Array(8)
    const sacks = packet.sacks
    let count = 0
    if (this.hasDuplicate) {
      sacks[0] = this.#duplicateLeft
      sacks[1] = this.#duplicateRight
      count = 1
      this.hasDuplicate = false
    }
    for (let i = 0; i < this.#blockCount && count < max; i++, count++) {
      sacks[2 * count] = this.#blocks[2 * i] as number
      sacks[2 * count + 1] = this.#blocks[2 * i + 1] as number
    }
    packet.sackCount = count
  }

  clear(): void {
    while (this.#head !== null) this.#remove(this.#head)
    this.#blockCount = 0
    this.hasDuplicate = false
    this.owedAcks = 0
  }
}
