import type { Address } from '../wire/address.ts'
import { addressesConflict } from './conflict.ts'
import type { PortHolder } from './types.ts'

/** Listeners of one port under SO_REUSEPORT that share address, device and user: a flow belongs to one of them. */
interface Group<L> {
  readonly members: L[]
}

/**
 * Who gets a SYN: the listener of its port with the best score (Linux's inet_lhash2_lookup). A specific address beats a
 * wildcard, a bound device beats none, IPv4 beats the IPv4 side of a dual-stack `::`; of equals the last one wins.
 */
export class ListenerTable<L extends PortHolder> {
  readonly #ports = new Map<number, L[]>()
  readonly #groups = new Map<L, Group<L>>()

  add(listener: L): void {
    const listeners = this.#ports.get(listener.localPort)
    if (listeners === undefined) this.#ports.set(listener.localPort, [listener])
    else listeners.push(listener)
    if (listener.reusePort) this.#join(listener, listeners ?? [])
  }

  remove(listener: L): void {
    const listeners = this.#ports.get(listener.localPort)
    const at = listeners === undefined ? -1 : listeners.indexOf(listener)
    if (listeners === undefined || at < 0) return
    listeners.splice(at, 1)
    if (listeners.length === 0) this.#ports.delete(listener.localPort)
    this.#leave(listener)
  }

  has(port: number): boolean {
    return this.#ports.has(port)
  }

  /**
   * @param local - the packet's destination
   * @param device - interface index the packet came in by
   * @param hash - of the flow (`flowHash`): the same flow finds the same member of a group
   */
  lookup(local: Address, port: number, device: number, hash: number): L | null {
    const listeners = this.#ports.get(port)
    if (listeners === undefined) return null
    let best: L | null = null
    let high = 0
    for (let i = listeners.length - 1; i >= 0; i--) {
      const listener = listeners[i] as L
      const score = listenerScore(listener, local, device)
      if (score > high) {
        best = listener
        high = score
      }
    }
    if (best === null || !best.reusePort) return best
    const group = this.#groups.get(best)
    return group === undefined ? best : memberOf(group.members, hash)
  }

  /** reuseport_add_sock: into the group of one with the same address, device, family and user, if there is one. */
  #join(listener: L, others: readonly L[]): void {
    for (const other of others) {
      const group = this.#groups.get(other)
      if (other === listener || group === undefined || !sameGroup(listener, other)) continue
      group.members.push(listener)
      this.#groups.set(listener, group)
      return
    }
    this.#groups.set(listener, { members: [listener] })
  }

  /** The last member takes the place of the one that leaves, as in reuseport_detach_sock. */
  #leave(listener: L): void {
    const group = this.#groups.get(listener)
    if (group === undefined) return
    this.#groups.delete(listener)
    const at = group.members.indexOf(listener)
    const last = group.members.pop() as L
    if (last !== listener) group.members[at] = last
  }
}

/** 0: no match. */
const listenerScore = (listener: PortHolder, local: Address, device: number): number => {
  if (listener.deviceIndex !== 0 && listener.deviceIndex !== device) return 0
  const own = listener.localAddress
  const wild = own === null || own.isUnspecified
  if (wild) {
    if (local.family === 4 ? listener.family === 6 && listener.v6only : listener.family === 4) return 0
  } else if (!(own.equals(local) || (own.isMapped && local.family === 4 && own.w3 === local.w3))) return 0
  return (wild ? 0 : 8) + (listener.deviceIndex !== 0 ? 2 : 1) + (listener.family === 4 && local.family === 4 ? 1 : 0)
}

const isWild = (holder: PortHolder): boolean => holder.localAddress === null || holder.localAddress.isUnspecified

/** May two holders of a port be one SO_REUSEPORT group (reuseport_alloc, inet_reuseport_add_sock)? */
export const sameGroup = (a: PortHolder, b: PortHolder): boolean =>
  b.reusePort &&
  a.family === b.family &&
  a.v6only === b.v6only &&
  a.deviceIndex === b.deviceIndex &&
  a.uid === b.uid &&
  isWild(a) === isWild(b) &&
  addressesConflict(a, b)

/** reciprocal_scale of the hash over the members. */
export const memberOf = <M>(members: readonly M[], hash: number): M =>
  members[Math.floor(((hash >>> 0) * members.length) / 4_294_967_296)] as M
