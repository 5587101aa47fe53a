/** Initial sequence numbers (RFC 6528) and timestamp offsets (RFC 7323 7). */
import type { Address } from '../wire/address.ts'
import type { KeyedHash } from './keyed-hash.ts'
import type { Tcp } from './tcp.ts'

const USE_ISN = 1
const USE_TIMESTAMP = 2
/** Of the clock M: about 4 us a tick (MUST-8). */
const TICK_NS = 4000

/** ISN = M + F(local, remote, secret): one four-tuple's numbers only grow, different ones are unrelated. */
export const initialSequence = (
  tcp: Tcp,
  local: Address,
  localPort: number,
  remote: Address,
  remotePort: number,
): number => (Math.floor(tcp.clock.now / TICK_NS) + tcp.hash.tuple(local, localPort, remote, remotePort, USE_ISN)) | 0

/** Offset of the timestamp clock for a pair of hosts: the same for all their connections, so that TIME-WAIT can be reused (RFC 6191). */
export class TimestampOffsets {
  readonly #hash: KeyedHash
  #local: Address | null = null
  #remote: Address | null = null
  #offset = 0

  constructor(hash: KeyedHash) {
    this.#hash = hash
  }

  /** The last pair asked for is remembered: connections come in runs. */
  of(local: Address, remote: Address): number {
    if (local !== this.#local || remote !== this.#remote) {
      this.#local = local
      this.#remote = remote
      this.#offset = this.#hash.tuple(local, 0, remote, 0, USE_TIMESTAMP)
    }
    return this.#offset
  }
}
