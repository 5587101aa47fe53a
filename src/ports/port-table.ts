import type { Random } from '../time/random.ts'
import type { Address } from '../wire/address.ts'
import { EADDRINUSE, EADDRNOTAVAIL } from '../wire/errno.ts'
import { tcpConflict, udpConflict } from './conflict.ts'
import { type FlowTable, flowHash } from './flow-table.ts'
import { PortArray } from './port-array.ts'
import { PortMap } from './port-map.ts'
import type { PortSettings } from './settings.ts'
import { type Flow, NO_SLOT, type PortHolder } from './types.ts'

/** Counters of RFC 6056 3.3.5 (Linux: INET_TABLE_PERTURB_SIZE, larger). */
const COUNTERS = 256
const NEITHER = [false] as const
/** Once without the search that was in vain before, then with it. */
const BOTH = [true, false] as const
/** Emptied buckets kept for the next connection. */
const SPARE_BUCKETS = 64

/** What the protocol says about a five-tuple that is taken. */
export interface FlowPolicy<F extends Flow> {
  /** A new connection may take it over (TIME-WAIT under RFC 6191 2). */
  mayReplace(flow: F): boolean
  /** Grows when flows may have become replaceable: what was looked for in vain may be there now. */
  readonly changes: number
}

/**
 * Who holds one port. `bound` holds what asked for it by bind or listen, with the children of its listeners; `automatic`
 * what connect chose it for: only among those may connect share it (Linux: `fastreuse` -1). Most ports have one holder, a
 * connection that chose it, and a host may hold the whole ephemeral range: a list is there only where it is needed.
 */
class Bucket {
  bound: PortHolder[] = NOBODY
  automatic: PortHolder[] = NOBODY
}

/** The empty list of all buckets; never written. */
const NOBODY: PortHolder[] = []

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
  readonly #buckets = new PortArray<Bucket>()
  readonly #spare: Bucket[] = []
  /** Ports that somebody holds. */
  readonly #map = new PortMap()
  readonly #counters = new Uint32Array(COUNTERS)
  /** By counter: towards which destination (a hash) no held port of the first parity could be shared, and as of which `#shared`. */
  readonly #fullKeys = new Int32Array(COUNTERS)
  readonly #fullSince = new Float64Array(COUNTERS).fill(-1)
  /** Grows whenever a held port may have become one to share. */
  #shared = 0
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
    return this.#buckets.get(port) !== undefined
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
   * odd ones as Linux does (bind does the opposite, so that neither spoils the other's). Of each kind one that nobody holds
   * is preferred, so that a destination whose ports are in TIME-WAIT by the thousand costs no search through them all.
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
    const since = this.#shared + policy.changes
    const wasFull = this.#fullKeys[index] === key && this.#fullSince[index] === since
    for (const skip of wasFull ? BOTH : NEITHER) {
      for (let parity = 0; parity < (remaining === 1 ? 1 : 2); parity++) {
        let offset = this.#free(low, first + parity, remaining)
        if (offset < 0 && !(skip && parity === 0)) {
          offset = this.#sharable(low, first + parity, remaining, local, remote, remotePort, flows, policy)
          if (offset < 0 && parity === 0) {
            this.#fullKeys[index] = key
            this.#fullSince[index] = since
          }
        }
        if (offset < 0) continue
        const ahead = (offset - first - parity + remaining) % remaining
        this.#counters[index] = counter + Math.max(ahead, this.#random.below(8) * 2) + 2
        this.#put(holder, low + offset, true)
        return low + offset
      }
    }
    return -EADDRNOTAVAIL
  }

  /** Offset of the first port that nobody holds, every second one from `first` round to it; -1: none. */
  #free(low: number, first: number, count: number): number {
    for (let from = first, end = count; ; ) {
      const port = this.#map.firstFree(low + from, low + end)
      if (port < 0) {
        if (end === first) return -1
        from = first & 1
        end = first
      } else if (!this.#settings.isReserved(port)) return port - low
      else from = port - low + 2
    }
  }

  /** Offset of the first port that only connections chose whose five-tuples differ. */
  #sharable<F extends Flow>(
    low: number,
    first: number,
    count: number,
    local: Address,
    remote: Address,
    remotePort: number,
    flows: FlowTable<F>,
    policy: FlowPolicy<F>,
  ): number {
    let offset = first
    for (let i = 0; i < count; i += 2, offset += 2) {
      if (offset >= count) offset -= count
      const port = low + offset
      const bucket = this.#buckets.get(port)
      if (bucket === undefined || bucket.bound.length > 0 || this.#settings.isReserved(port)) continue
      const taken = flows.lookup(local, port, remote, remotePort)
      if (taken === null || policy.mayReplace(taken)) return offset
    }
    return -1
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
    if (bucket.bound.length > 0 || bucket.automatic.length > 0) {
      this.#shared++
      return
    }
    this.#buckets.delete(port)
    this.#map.clear(port)
    if (this.#spare.length < SPARE_BUCKETS) this.#spare.push(bucket)
  }

  #put(holder: PortHolder, port: number, automatic: boolean): void {
    if (holder.portSlot !== NO_SLOT) throw new Error('invariant: a holder holds at most one port')
    let bucket = this.#buckets.get(port)
    if (bucket === undefined) {
      bucket = this.#spare.pop() ?? new Bucket()
      this.#buckets.set(port, bucket)
      this.#map.set(port)
    }
    const list = automatic ? bucket.automatic : bucket.bound
    holder.portSlot = list.length * 2 + (automatic ? 1 : 0)
    if (list !== NOBODY) list.push(holder)
    else if (automatic) bucket.automatic = [holder]
    else bucket.bound = [holder]
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
