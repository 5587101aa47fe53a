/**
 * The digest of a run: which bytes went over which link at which time. Equal runs have equal digests, on every engine,
 * whether packets travel as records or as bytes; comments, counters and wake-ups are not part of it.
 *
 * Two lanes of 32-bit arithmetic in the manner of MurmurHash3, mixed crosswise: no BigInt, no typed-array view whose byte order
 * would depend on the machine. It tells runs apart; it does not withstand somebody who wants two runs to look equal.
 */
import type { Device } from '../link/device.ts'
import type { Clock } from '../time/scheduler.ts'
import { encodeFrame, frameLength } from '../wire/ethernet.ts'
import { Form, type FrameSink, type Packet } from '../wire/packet.ts'

const TWO_32 = 4_294_967_296

export class Digest {
  #a = 0x243f6a88
  #b = 0x85a308d3 | 0
  #frames = 0
  #scratch = new Uint8Array(2048)

  /** Frames taken into account. */
  get frames(): number {
    return this.#frames
  }

  /** Sixteen hexadecimal digits. */
  get value(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0')
    return hex(finish(this.#a ^ this.#frames)) + hex(finish(this.#b ^ this.#a))
  }

  /**
   * Take in a frame that enters a link. It stays the caller's.
   *
   * @param link - `linkWord` of the link's name
   * @param direction - 0 from the link's first end, 1 from its second
   */
  add(time: number, link: number, direction: 0 | 1, frame: Packet): void {
    this.#frames++
    this.#mix(time | 0)
    this.#mix((time / TWO_32) | 0)
    this.#mix(link)
    this.#mix(direction)
    if (frame.form === Form.FRAME) {
      this.#bytes(frame.buf, frame.start, frame.end)
      return
    }
    const length = frameLength(frame)
    if (this.#scratch.length < length) this.#scratch = new Uint8Array(2 * length)
    encodeFrame(frame, this.#scratch, 0)
    this.#bytes(this.#scratch, 0, length)
  }

  #bytes(b: Uint8Array, start: number, end: number): void {
    this.#mix(end - start)
    let at = start
    for (; at + 4 <= end; at += 4)
      this.#mix(
        (b[at] as number) |
          ((b[at + 1] as number) << 8) |
          ((b[at + 2] as number) << 16) |
          ((b[at + 3] as number) << 24),
      )
    let rest = 0
    for (let shift = 0; at < end; at++, shift += 8) rest |= (b[at] as number) << shift
    this.#mix(rest)
  }

  #mix(word: number): void {
    let k = Math.imul(word, 0xcc9e2d51)
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593)
    let a = this.#a ^ k
    a = (a << 13) | (a >>> 19)
    this.#a = (Math.imul(a, 5) + 0xe6546b64) | 0
    let b = this.#b ^ Math.imul(word ^ this.#a, 0x9e3779b1)
    b = (b << 17) | (b >>> 15)
    this.#b = (Math.imul(b, 0x85ebca6b) + 0x561ccd1b) | 0
  }
}

const finish = (h: number): number => {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** A link's name as a word for `Digest.add`. */
export const linkWord = (name: string): number => {
  let h = 0x811c9dc5
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193)
  return finish(h)
}

/** A device round the end of a cable that shows the digest every frame that really enters the cable. */
export class DigestedDevice implements Device {
  readonly #inner: Device
  readonly #clock: Clock
  readonly #digest: Digest
  readonly #link: number
  readonly #direction: 0 | 1

  constructor(inner: Device, clock: Clock, digest: Digest, link: string, direction: 0 | 1) {
    this.#inner = inner
    this.#clock = clock
    this.#digest = digest
    this.#link = linkWord(link)
    this.#direction = direction
  }

  get sink(): FrameSink | null {
    return this.#inner.sink
  }

  set sink(sink: FrameSink | null) {
    this.#inner.sink = sink
  }

  get mtu(): number {
    return this.#inner.mtu
  }

  get largeSegment(): number {
    return this.#inner.largeSegment
  }

  send(frame: Packet): void {
    this.#digest.add(this.#clock.now, this.#link, this.#direction, frame)
    this.#inner.send(frame)
  }
}
