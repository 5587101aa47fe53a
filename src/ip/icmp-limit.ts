import { MS, SECOND } from '../time/scheduler.ts'
import type { Address } from '../wire/address.ts'
import { Mib, type Telemetry } from '../wire/telemetry.ts'
import type { IpConfig } from './sysctls.ts'

/** XRLIM_BURST_FACTOR: errors to one destination that may follow one another at once. */
const BURST = 6
/** Destinations remembered. */
const PEERS = 4096

interface Peer {
  /** ns, as is `last`. */
  tokens: number
  last: number
  /** Redirects that were not heeded, and when the last one went (ip_rt_send_redirect). */
  redirects: number
  lastRedirect: number
}

/** How many ICMP errors may leave: so many a second in all, and one a second to each destination after a burst. */
export class IcmpLimit {
  readonly #config: IpConfig
  readonly #clock: { readonly now: number }
  readonly #telemetry: Telemetry
  readonly #peers = new Map<number, Peer>()
  #credit = -1
  #stamp = 0

  constructor(config: IpConfig, context: { readonly clock: { readonly now: number }; readonly telemetry: Telemetry }) {
    this.#config = config
    this.#clock = context.clock
    this.#telemetry = context.telemetry
  }

  #peer(address: Address): Peer {
    const known = this.#peers.get(address.hash)
    if (known !== undefined) return known
    if (this.#peers.size >= PEERS) {
      for (const oldest of this.#peers.keys()) {
        this.#peers.delete(oldest)
        break
      }
    }
    // A new one starts with a full bucket.
    const peer: Peer = { tokens: Infinity, last: this.#clock.now, redirects: 0, lastRedirect: -Infinity }
    this.#peers.set(address.hash, peer)
    return peer
  }

  /** icmp_global_allow: icmp_msgs_per_sec, and a burst of icmp_msgs_burst. */
  #global(): boolean {
    const { icmpMsgsPerSec, icmpMsgsBurst } = this.#config
    const now = this.#clock.now
    if (this.#credit < 0) this.#credit = icmpMsgsBurst
    const elapsed = Math.min(now - this.#stamp, SECOND)
    const earned = Math.floor((icmpMsgsPerSec * elapsed) / SECOND)
    if (earned > 0) {
      this.#credit = Math.min(this.#credit + earned, icmpMsgsBurst)
      this.#stamp = now
    }
    if (this.#credit < 1) return false
    this.#credit--
    return true
  }

  /** @param mask - bit n set: type n is limited; @param cost - what an error costs at its destination, ms */
  allow(to: Address, type: number, mask: number, cost: number): boolean {
    if (type > 31 || ((mask >>> type) & 1) === 0) return true
    if (!this.#global()) {
      this.#telemetry.count(Mib.IcmpOutRateLimitGlobal)
      return false
    }
    if (cost === 0) return true
    const peer = this.#peer(to)
    const price = cost * MS
    peer.tokens = Math.min(peer.tokens + this.#clock.now - peer.last, BURST * price)
    peer.last = this.#clock.now
    if (peer.tokens < price) {
      this.#telemetry.count(Mib.IcmpOutRateLimitHost)
      return false
    }
    peer.tokens -= price
    return true
  }

  /** ip_rt_send_redirect: each one not heeded doubles the pause (from 20 ms); after nine, silence for 20 seconds. */
  allowRedirect(to: Address): boolean {
    const peer = this.#peer(to)
    const now = this.#clock.now
    if (now > peer.lastRedirect + SILENCE) peer.redirects = 0
    if (peer.redirects >= REDIRECTS) {
      peer.lastRedirect = now
      return false
    }
    if (peer.redirects > 0 && now < peer.lastRedirect + LOAD * (1 << peer.redirects)) return false
    peer.lastRedirect = now
    peer.redirects++
    return true
  }
}

const LOAD = 20 * MS
const REDIRECTS = 9
const SILENCE = LOAD * 1024
