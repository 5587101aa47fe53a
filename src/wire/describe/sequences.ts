import type { Address } from '../address.ts'
import { TcpFlag } from '../packet.ts'

/** What a segment's numbers are told as: `seq` and `ack` already relative, `base` to be taken off the edges of SACK blocks. */
export interface Relative {
  readonly seq: number
  readonly ack: number
  readonly base: number
}

interface Conversation {
  /** First sequence numbers: of the end with the smaller port (or address), and of the other. */
  low: number
  high: number
}

/** Conversations remembered; the oldest is forgotten first. tcpdump remembers all. */
const LIMIT = 65_536

/**
 * First sequence numbers of the conversations seen, in the way of tcpdump: the first segment with ACK, and every SYN with ACK,
 * is told in full and sets them.
 */
export class Sequences {
  readonly #known = new Map<string, Conversation>()

  relative(
    src: Address,
    sport: number,
    dst: Address,
    dport: number,
    flags: number,
    seq: number,
    ack: number,
  ): Relative {
    if ((flags & TcpFlag.ACK) === 0) return { seq, ack, base: 0 }
    const from = `${src} ${sport}`
    const to = `${dst} ${dport}`
    const isLow = sport < dport || (sport === dport && from < to)
    const key = isLow ? `${from} ${to}` : `${to} ${from}`
    const known = this.#known.get(key)
    if (known === undefined || (flags & TcpFlag.SYN) !== 0) {
      const first = isLow ? { low: seq, high: (ack - 1) >>> 0 } : { low: (ack - 1) >>> 0, high: seq }
      this.#remember(key, first)
      return { seq, ack, base: (ack - 1) >>> 0 }
    }
    const mine = isLow ? known.low : known.high
    const theirs = isLow ? known.high : known.low
    return { seq: (seq - mine) >>> 0, ack: (ack - theirs) >>> 0, base: theirs }
  }

  #remember(key: string, first: Conversation): void {
    this.#known.delete(key)
    const [oldest] = this.#known.keys()
    if (oldest !== undefined && this.#known.size >= LIMIT) this.#known.delete(oldest)
    this.#known.set(key, first)
  }
}
