import type { Random } from '../time/random.ts'
import type { Address } from '../wire/address.ts'
import { EADDRINUSE, EADDRNOTAVAIL } from '../wire/errno.ts'
import { tcpConflict, udpConflict } from './conflict.ts'
import { type FlowTable, flowHash } from './flow-table.ts'
import type { PortSettings } from './settings.ts'
import { type Flow, NO_SLOT, type PortHolder } from './types.ts'

/** Counters of RFC 6056 3.3.5 (Linux: INET_TABLE_PERTURB_SIZE, larger). */
const COUNTERS = 256
/** Emptied buckets kept for the next connection. */
const SPARE_BUCKETS = 64

/** What the protocol says about a five-tuple that is taken. */
export interface FlowPolicy<F extends Flow> {
  /** A new connection may take it over (TIME-WAIT under RFC 6191 2). */
  mayReplace(flow: F): boolean
}

/**
 * Who holds one port. `bound` holds what asked for it by bind or listen, with the children of its listeners; `automatic`
 * what connect chose it for: only among those may connect share it (Linux: `fastreuse` -1).
 */
class Bucket {
  readonly bound: PortHolder[] = []
  readonly automatic: PortHolder[] = []
}

/**
 * The ports of one protocol on one host: Linux's conflict matrix and its ephemeral choice. A holder's slot in its bucket is
 * kept in the holder, so that a connection comes and goes in constant time however many share its port.
 *
 * The caller writes `localPort` after `bind` or `connect` returned it, and must `release` before it changes it.
 */
export class PortTable {
  readonly #protocol: 'tcp' | 'udp'
  readonly #settings: PortSettings
  readonly #random: Random
  readonly #buckets = new Map<number, Bucket>()
  readonly #spare: Bucket[] = []
  readonly #counters = new Uint32Array(COUNTERS)
  readonly #secret: number

  constructor(protocol: 'tcp' | 'udp', settings: PortSettings, random: Random) {
    this.#protocol = protocol
    this.#settings = settings
    this.#random = random.stream('ports')
    this.#secret = this.#random.int32()
    for (let i = 0; i < COUNTERS; i++) this.#counters[i] = this.#random.int32()
  }

  /** Somebody holds the port. */
  inUse(port: number): boolean {
    return this.#buckets.has(port)
  }

  /**
   * Take `port` for `holder`, whose address, family and options are already those it shall have; 0: choose one.
   *
   * @returns the port, or -EADDRINUSE
   */
  bind(holder: PortHolder, port: number): number {
    if (port === 0) return this.#bindAny(holder)
    const bucket = this.#buckets.get(port)
    if (bucket !== undefined && this.#conflicts(holder, bucket, false)) return -EADDRINUSE
    this.#put(holder, port, false)
    return port
  }

  /** May `holder`, bound already, become a listener? 0 or -EADDRINUSE (inet_csk_listen_start asks again). */
  listenConflict(holder: PortHolder): number {
    const bucket = this.#buckets.get(holder.localPort)
    return bucket !== undefined && this.#conflicts(holder, bucket, false) ? -EADDRINUSE : 0
  }

  /**
   * Choose a port for an unbound `holder` that connects from `local` to `remote`. It may be one that other connections
   * hold that were chosen so, if no flow has the five-tuple; RFC 6056 3.3.5 says which is tried first, even ones before
   * odd ones as Linux does (bind does the opposite, so that neither spoils the other's).
   *
   * @returns the port, or -EADDRNOTAVAIL
   */
  connect<F extends Flow>(
    holder: PortHolder,
    local: Address,
    remote: Address,
    remotePort: number,
    flows: FlowTable<F>,
    policy: FlowPolicy<F>,
  ): number {
    const { rangeLow: low, rangeHigh: high } = this.#settings
    const count = high + 1 - low
    const remaining = count > 1 ? count & ~1 : count
    const key = flowHash(this.#secret, local, 0, remote, remotePort)
    const index = key & (COUNTERS - 1)
    const counter = this.#counters[index] as number
    const first = ((counter + (key >>> 8)) % remaining) & ~1
    for (let parity = 0; parity < 2; parity++) {
      if (parity === 1 && remaining === 1) break
      let offset = first + parity
      for (let i = 0; i < remaining; i += 2, offset += 2) {
        if (offset >= remaining) offset -= remaining
        const port = low + offset
        if (this.#settings.isReserved(port)) continue
        const bucket = this.#buckets.get(port)
        if (bucket !== undefined) {
          if (bucket.bound.length > 0) continue
          const taken = flows.lookup(local, port, remote, remotePort)
          if (taken !== null && !policy.mayReplace(taken)) continue
        }
        const step = this.#random.below(8) * 2
        this.#counters[index] = counter + Math.max(i, step) + 2
        this.#put(holder, port, true)
        return port
      }
    }
    return -EADDRNOTAVAIL
  }

  /** A child of a listener holds its listener's port too (__inet_inherit_port). */
  inherit(child: PortHolder, port: number): void {
    this.#put(child, port, false)
  }

  /** `successor` holds the port instead of `holder` (a connection becomes TIME-WAIT). Both have the same `localPort`. */
  replace(holder: PortHolder, successor: PortHolder): void {
    const slot = holder.portSlot
    const bucket = this.#buckets.get(holder.localPort)
    const list = bucket === undefined ? undefined : (slot & 1) === 1 ? bucket.automatic : bucket.bound
    if (slot === NO_SLOT || list === undefined || list[slot >> 1] !== holder)
      throw new Error('invariant: who is replaced holds its port')
    list[slot >> 1] = successor
    successor.portSlot = slot
    holder.portSlot = NO_SLOT
  }

  /** Give the port back. Harmless for one that holds none. */
  release(holder: PortHolder): void {
    const slot = holder.portSlot
    if (slot === NO_SLOT) return
    const port = holder.localPort
    const bucket = this.#buckets.get(port)
    const list = bucket === undefined ? undefined : (slot & 1) === 1 ? bucket.automatic : bucket.bound
    if (bucket === undefined || list === undefined || list[slot >> 1] !== holder)
      throw new Error('invariant: a holder is in the bucket of its port')
    const last = list.pop() as PortHolder
    if (last !== holder) {
      list[slot >> 1] = last
      last.portSlot = slot
    }
    holder.portSlot = NO_SLOT
    if (bucket.bound.length === 0 && bucket.automatic.length === 0) {
      this.#buckets.delete(port)
      if (this.#spare.length < SPARE_BUCKETS) this.#spare.push(bucket)
    }
  }

  #put(holder: PortHolder, port: number, automatic: boolean): void {
    if (holder.portSlot !== NO_SLOT) throw new Error('invariant: a holder holds at most one port')
    let bucket = this.#buckets.get(port)
    if (bucket === undefined) {
      bucket = this.#spare.pop() ?? new Bucket()
      this.#buckets.set(port, bucket)
    }
    const list = automatic ? bucket.automatic : bucket.bound
    holder.portSlot = list.length * 2 + (automatic ? 1 : 0)
    list.push(holder)
  }

  #conflicts(holder: PortHolder, bucket: Bucket, automatic: boolean): boolean {
    return this.#anyConflict(holder, bucket.bound, automatic) || this.#anyConflict(holder, bucket.automatic, automatic)
  }

  #anyConflict(holder: PortHolder, list: readonly PortHolder[], automatic: boolean): boolean {
    const tcp = this.#protocol === 'tcp'
    for (let i = 0; i < list.length; i++) {
      const present = list[i] as PortHolder
      if (tcp ? tcpConflict(holder, present, automatic) : udpConflict(holder, present)) return true
    }
    return false
  }

  /** inet_csk_find_open_port: from a random place, odd ports first; with SO_REUSEADDR the lower half of the range first. */
  #bindAny(holder: PortHolder): number {
    const { rangeLow: low, rangeHigh: high } = this.#settings
    const end = high + 1
    if (this.#protocol === 'udp') return this.#bindWithin(holder, low, end, 1, true)
    let port = -EADDRINUSE
    if (holder.reuseAddress && end - low >= 4) {
      const half = low + (((end - low) >> 2) << 1)
      port = this.#bindWithin(holder, low, half, 2, true)
      if (port < 0) port = this.#bindWithin(holder, half, end, 2, true)
    } else port = this.#bindWithin(holder, low, end, 2, true)
    if (port < 0 && this.#settings.autobindReuse) port = this.#bindWithin(holder, low, end, 2, false)
    return port
  }

  #bindWithin(holder: PortHolder, low: number, end: number, step: 1 | 2, strict: boolean): number {
    const count = end - low
    const remaining = step === 2 && count > 1 ? count & ~1 : count
    let start = this.#random.below(remaining)
    if (step === 2 && remaining > 1) start |= 1
    for (let pass = 0; pass < (remaining === 1 ? 1 : step); pass++) {
      let offset = pass === 0 ? start : start - 1
      for (let i = 0; i < remaining; i += step, offset += step) {
        if (offset >= remaining) offset -= remaining
        const port = low + offset
        if (this.#settings.isReserved(port)) continue
        const bucket = this.#buckets.get(port)
        if (bucket !== undefined && this.#conflicts(holder, bucket, strict)) continue
        this.#put(holder, port, false)
        return port
      }
    }
    return -EADDRINUSE
  }
}
