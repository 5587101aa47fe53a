import type { NetworkInterface } from '../link/interface.ts'
import type { Random } from '../time/random.ts'
import { type Deadline, MS, type Scheduler, SECOND } from '../time/scheduler.ts'
import { type Address, MAC_NONE, type MacAddress } from '../wire/address.ts'
import { EEXIST, EINVAL, ENOBUFS, ENOENT } from '../wire/errno.ts'
import type { Packet } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import type { Telemetry } from '../wire/telemetry.ts'
import type { NeighbourConfig } from './sysctls.ts'
import type { NeighbourState } from './types.ts'

/** Linux's truesize of a small packet: a queued packet is charged with what it occupies. */
const OVERHEAD = 768
/** How long a random reachable time holds (neigh_periodic_work), ns. */
const REDRAW = 300 * SECOND
/** Forced garbage collection spares what was updated this lately, ns. */
const GC_SPARE = 5 * SECOND

/** What a table asks of the protocol that resolves its addresses: ARP, later neighbour discovery. */
export interface Resolver {
  /** Ask for the neighbour's link address; `unicast` to the one known. `about` is a packet that waits, if any. */
  solicit(neighbour: Neighbour, unicast: boolean, about: Packet | null): void
  /** Resolution failed: a packet that waited cannot be sent. Takes ownership. */
  unreachable(packet: Packet, neighbour: Neighbour): void
  /** A gateway may have died or come back: routes choose again. */
  changed(): void
}

/** A neighbour as `ip -s neigh` shows it. Ages in seconds. */
export interface NeighbourInfo {
  readonly address: Address
  readonly iface: NetworkInterface
  readonly mac: MacAddress | null
  readonly state: NeighbourState
  readonly probes: number
  readonly used: number
  readonly confirmed: number
  readonly updated: number
}

/** One entry: the states of RFC 4861 7.3.2 as Linux runs them for ARP too (net/core/neighbour.c). */
export class Neighbour implements Deadline {
  heapId = -1
  readonly table: NeighbourTable
  readonly address: Address
  readonly iface: NetworkInterface
  mac: MacAddress = MAC_NONE
  state: NeighbourState | 'NONE' = 'NONE'
  /** Until when packets go out without a question asked, ns; Infinity for PERMANENT and NOARP. */
  validUntil = -1
  probes = 0
  used: number
  confirmed: number
  updated: number
  /** Taken out of its table: whoever holds it looks up again. */
  dead = false
  head: Packet | null = null
  tail: Packet | null = null
  queued = 0
  queuedBytes = 0

  constructor(table: NeighbourTable, address: Address, iface: NetworkInterface) {
    this.table = table
    this.address = address
    this.iface = iface
    const now = table.clock.now
    this.used = now
    this.confirmed = now
    this.updated = now
  }

  expire(): void {
    this.table.expired(this)
  }
}

const isValid = (state: Neighbour['state']): boolean => state !== 'NONE' && state !== 'INCOMPLETE' && state !== 'FAILED'
const isFixed = (state: Neighbour['state']): boolean => state === 'PERMANENT' || state === 'NOARP'

/** The neighbours of one family. Timers run only while something is asked or waited for: an idle table has none. */
export class NeighbourTable {
  readonly config: NeighbourConfig
  readonly clock: Scheduler
  readonly #telemetry: Telemetry
  readonly #random: Random
  readonly #resolver: Resolver
  readonly #byInterface = new Map<NetworkInterface, Map<number, Neighbour[]>>()
  #size = 0
  #reachable = 0
  #drawn = -Infinity

  constructor(
    context: { readonly clock: Scheduler; readonly telemetry: Telemetry; readonly random: Random },
    config: NeighbourConfig,
    resolver: Resolver,
  ) {
    this.config = config
    this.clock = context.clock
    this.#telemetry = context.telemetry
    this.#random = context.random
    this.#resolver = resolver
  }

  get size(): number {
    return this.#size
  }

  /** neigh_rand_reach_time: between half and one and a half of the base, drawn again every five minutes. */
  get reachableTime(): number {
    if (this.clock.now - this.#drawn >= REDRAW) {
      const base = this.config.baseReachableTime
      this.#reachable = base === 0 ? 0 : (this.#random.below(base) + (base >> 1)) * MS
      this.#drawn = this.clock.now
    }
    return this.#reachable
  }

  find(address: Address, iface: NetworkInterface): Neighbour | null {
    const list = this.#byInterface.get(iface)?.get(address.hash)
    if (list === undefined) return null
    for (const one of list) if (one.address.equals(address)) return one
    return null
  }

  /** The entry, made if need be; null when the table is full (gc_thresh3). */
  get(address: Address, iface: NetworkInterface): Neighbour | null {
    const known = this.find(address, iface)
    if (known !== null) return known
    if (this.#size >= this.config.gcThresh3 && !this.#collect()) return null
    const one = new Neighbour(this, address, iface)
    let table = this.#byInterface.get(iface)
    if (table === undefined) this.#byInterface.set(iface, (table = new Map()))
    const list = table.get(address.hash)
    if (list === undefined) table.set(address.hash, [one])
    else list.push(one)
    this.#size++
    return one
  }

  /** neigh_forced_gc: whatever is not permanent and was not touched lately goes, down to gc_thresh2. */
  #collect(): boolean {
    const now = this.clock.now
    let excess = this.#size - this.config.gcThresh2
    for (const one of [...this.entries()]) {
      if (excess <= 0) break
      this.sync(one)
      const idle = one.state === 'FAILED' || one.state === 'NONE' || now - one.updated > GC_SPARE
      if (isFixed(one.state) || one.head !== null || !idle) continue
      this.#delete(one)
      excess--
    }
    return this.#size < this.config.gcThresh3
  }

  #delete(one: Neighbour): void {
    this.clock.disarm(one)
    one.dead = true
    one.validUntil = -1
    this.#fail(one)
    const table = this.#byInterface.get(one.iface)
    const list = table?.get(one.address.hash)
    if (table === undefined || list === undefined) return
    list.splice(list.indexOf(one), 1)
    if (list.length === 0) table.delete(one.address.hash)
    this.#size--
  }

  *entries(): Generator<Neighbour> {
    for (const table of this.#byInterface.values()) for (const list of table.values()) yield* list
  }

  /** REACHABLE ends by the passing of time alone (neigh_timer_handler), so nothing need wake up for it. */
  sync(one: Neighbour): void {
    if (one.state !== 'REACHABLE' || this.clock.now < one.validUntil) return
    const until = one.confirmed + this.#reachable
    if (this.clock.now < until) {
      one.validUntil = until
      return
    }
    one.state = 'STALE'
    one.updated = one.validUntil
    one.validUntil = -1
  }

  /** Send a packet to a neighbour: at once if its address is known, else when it is. Takes ownership. */
  output(one: Neighbour, packet: Packet): number {
    const now = this.clock.now
    one.used = now
    this.sync(one)
    if (one.state === 'STALE') {
      // RFC 4861 7.3.3: go on using it, and see to it soon.
      one.state = 'DELAY'
      one.updated = now
      this.clock.arm(one, now + this.config.delayFirstProbeTime * SECOND)
    }
    if (isValid(one.state)) {
      this.transmit(one, packet)
      return 0
    }
    const first = one.state !== 'INCOMPLETE'
    this.#queue(one, packet)
    if (first) this.#ask(one, packet)
    return 0
  }

  transmit(one: Neighbour, packet: Packet): void {
    packet.srcMac = one.iface.mac
    packet.dstMac = one.mac
    one.iface.send(packet)
  }

  #ask(one: Neighbour, packet: Packet): void {
    const { config } = this
    if (config.mcastSolicit === 0) {
      one.state = 'FAILED'
      one.updated = this.clock.now
      this.#fail(one)
      return
    }
    // Counts from ucast_solicit, as Linux's counter does, so that mcast_solicit questions follow.
    one.probes = config.ucastSolicit
    one.state = 'INCOMPLETE'
    one.updated = this.clock.now
    this.#solicit(one, packet)
  }

  /** At most one question per retransmission time: an address is never asked for faster (RFC 1122 2.3.2.1). */
  #solicit(one: Neighbour, packet: Packet | null): void {
    this.clock.arm(one, this.clock.now + this.config.retransTime * MS)
    const unicast = one.probes < this.config.ucastSolicit
    one.probes++
    this.#resolver.solicit(one, unicast, packet)
  }

  /** The oldest makes way for the newest (RFC 1122 2.3.2.2; unres_qlen_bytes). */
  #queue(one: Neighbour, packet: Packet): void {
    const { unresQlen, unresQlenBytes } = this.config
    const size = packet.end - packet.start + OVERHEAD
    while (one.head !== null && (one.queued >= unresQlen || one.queuedBytes + size > unresQlenBytes)) {
      const oldest = this.#shift(one) as Packet
      this.#telemetry.drop(oldest, Reason.NeighbourQueueFull, one)
    }
    packet.next = null
    if (one.tail === null) one.head = packet
    else one.tail.next = packet
    one.tail = packet
    one.queued++
    one.queuedBytes += size
  }

  #shift(one: Neighbour): Packet | null {
    const packet = one.head
    if (packet === null) return null
    one.head = packet.next
    if (one.head === null) one.tail = null
    packet.next = null
    one.queued--
    one.queuedBytes -= packet.end - packet.start + OVERHEAD
    return packet
  }

  #fail(one: Neighbour): void {
    for (let packet = this.#shift(one); packet !== null; packet = this.#shift(one))
      this.#resolver.unreachable(packet, one)
  }

  #flush(one: Neighbour): void {
    for (let packet = this.#shift(one); packet !== null; packet = this.#shift(one)) this.transmit(one, packet)
  }

  /** neigh_timer_handler. */
  expired(one: Neighbour): void {
    const now = this.clock.now
    const { config } = this
    if (one.state === 'DELAY') {
      if (now <= one.confirmed + config.delayFirstProbeTime * SECOND) {
        this.#become(one, 'REACHABLE')
        return
      }
      one.state = 'PROBE'
      one.updated = now
      one.probes = 0
    }
    if (one.state !== 'PROBE' && one.state !== 'INCOMPLETE') return
    const most = config.ucastSolicit + (one.state === 'PROBE' ? config.mcastResolicit : config.mcastSolicit)
    if (one.probes < most) {
      this.#solicit(one, one.head)
      return
    }
    one.state = 'FAILED'
    one.validUntil = -1
    one.updated = now
    this.#telemetry.note(Reason.NeighbourFailed, null, one)
    this.#fail(one)
    this.#resolver.changed()
  }

  #become(one: Neighbour, state: NeighbourState): void {
    const now = this.clock.now
    this.clock.disarm(one)
    one.state = state
    one.updated = now
    if (state === 'REACHABLE') one.validUntil = now + this.reachableTime
    else one.validUntil = isFixed(state) ? Infinity : -1
    if (state === 'PROBE') {
      one.probes = 0
      this.#solicit(one, one.head)
    }
  }

  /**
   * Something told a neighbour's link address (neigh_update). `override`: it may replace another one.
   * `admin`: the administrator says so, which alone changes PERMANENT and NOARP.
   */
  update(one: Neighbour, mac: MacAddress, state: NeighbourState, override: boolean, admin = false): void {
    this.sync(one)
    const now = this.clock.now
    const old = one.state
    if (isFixed(old) && !admin) return
    const same = one.mac.equals(mac)
    let next = state
    if (isValid(old)) {
      if (!same && !override) return
      if (same && next === 'STALE' && !admin) next = old as NeighbourState
    }
    if (state === 'REACHABLE') one.confirmed = now
    if (!same) {
      one.mac = mac
      if (next !== 'REACHABLE' && !isFixed(next)) one.confirmed = now - 2 * this.config.baseReachableTime * MS
    }
    if (next !== old) this.#become(one, next)
    else if (state === 'REACHABLE') one.validUntil = now + this.reachableTime
    one.updated = now
    if (isValid(one.state)) this.#flush(one)
    if (old === 'FAILED') this.#resolver.changed()
  }

  /** `ip neigh add|replace|change`: zero, EINVAL (no link address for a valid state), EEXIST, ENOENT, ENOBUFS. */
  set(
    address: Address,
    iface: NetworkInterface,
    mac: MacAddress | null,
    state: NeighbourState,
    mode: 'add' | 'replace' | 'change' = 'replace',
  ): number {
    const known = this.find(address, iface)
    if (known !== null && mode === 'add') return -EEXIST
    if (known === null && mode === 'change') return -ENOENT
    const link = mac ?? known?.mac ?? MAC_NONE
    if (isValid(state) && state !== 'NOARP' && link === MAC_NONE) return -EINVAL
    const one = known ?? this.get(address, iface)
    if (one === null) return -ENOBUFS
    if (isValid(state)) this.update(one, link, state, true, true)
    else {
      this.#become(one, state)
      this.#fail(one)
    }
    return 0
  }

  /** `ip neigh del`: the entry becomes FAILED and goes. ENOENT. */
  delete(address: Address, iface: NetworkInterface): number {
    const one = this.find(address, iface)
    if (one === null) return -ENOENT
    this.#delete(one)
    this.#resolver.changed()
    return 0
  }

  /** Forget what is not permanent; of one interface or of all. */
  flush(iface: NetworkInterface | null, fixed = false): void {
    for (const one of [...this.entries()])
      if ((iface === null || one.iface === iface) && (fixed || !isFixed(one.state))) this.#delete(one)
    this.#resolver.changed()
  }

  /** The layer above makes progress by way of this neighbour (RFC 1122 3.3.1.4, RFC 4861 7.3.1). */
  confirm(one: Neighbour): void {
    this.sync(one)
    one.confirmed = this.clock.now
    if (one.state === 'REACHABLE') one.validUntil = one.confirmed + this.reachableTime
  }

  /** The layer above makes none: look at the neighbour before long. */
  doubt(one: Neighbour): void {
    this.sync(one)
    if (one.state !== 'REACHABLE') return
    one.state = 'STALE'
    one.updated = this.clock.now
    one.validUntil = -1
    one.confirmed = this.clock.now - 2 * this.config.baseReachableTime * MS
  }

  /** As `ip -s neigh` lists them: what has a state. */
  list(): NeighbourInfo[] {
    const now = this.clock.now
    const infos: NeighbourInfo[] = []
    for (const one of this.entries()) {
      this.sync(one)
      if (one.state === 'NONE') continue
      const age = (time: number): number => Math.max(0, (now - time) / SECOND)
      infos.push({
        address: one.address,
        iface: one.iface,
        mac: isValid(one.state) && one.state !== 'NOARP' ? one.mac : null,
        state: one.state,
        probes: one.probes,
        used: age(one.used),
        confirmed: age(one.confirmed),
        updated: age(one.updated),
      })
    }
    return infos
  }
}
