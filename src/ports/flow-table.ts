import type { Address } from '../wire/address.ts'
import type { Flow } from './types.ts'

const SMALLEST = 16
/** Slots that a table keeps once it had them. */
const KEPT = 4096

/**
 * The hash of a five-tuple as seen from one end, an int32. `seed` is the host's secret: who does not know it cannot make
 * flows collide.
 */
export const flowHash = (
  seed: number,
  local: Address,
  localPort: number,
  remote: Address,
  remotePort: number,
): number => {
  let h = Math.imul(seed ^ local.hash, 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 15) ^ remote.hash, 0xc2b2ae35)
  h = Math.imul(h ^ (h >>> 13) ^ ((localPort << 16) | remotePort), 0x9e3779b1)
  return h ^ (h >>> 16)
}

/**
 * Flows by five-tuple: open addressing with linear probing over one array of the objects themselves, since at a million
 * connections every lookup is cache misses and an indirection less is worth more than a compact key. Deleting shifts the
 * following entries back, so that no tombstones pile up.
 */
export class FlowTable<F extends Flow> {
  readonly #seed: number
  #slots: (F | null)[] = new Array<F | null>(SMALLEST).fill(null)
  #mask = SMALLEST - 1
  #size = 0

  /** @param seed - an int32 from the host's random stream */
  constructor(seed: number) {
    this.#seed = seed | 0
  }

  get size(): number {
    return this.#size
  }

  lookup(local: Address, localPort: number, remote: Address, remotePort: number): F | null {
    const slots = this.#slots
    const mask = this.#mask
    let i = flowHash(this.#seed, local, localPort, remote, remotePort) & mask
    for (;;) {
      const flow = slots[i] as F | null
      if (flow === null) return null
      if (
        flow.remotePort === remotePort &&
        flow.localPort === localPort &&
        flow.remoteAddress.equals(remote) &&
        flow.localAddress.equals(local)
      )
        return flow
      i = (i + 1) & mask
    }
  }

  /** Enter a flow; false, and nothing done, when its five-tuple is taken. Its four fields must not change while it is in. */
  insert(flow: F): boolean {
    if ((this.#size + 1) * 2 > this.#slots.length) this.#resize(this.#slots.length * 2)
    const { localAddress, localPort, remoteAddress, remotePort } = flow
    const slots = this.#slots
    let i = flowHash(this.#seed, localAddress, localPort, remoteAddress, remotePort) & this.#mask
    for (;;) {
      const other = slots[i] as F | null
      if (other === null) break
      if (
        other.remotePort === remotePort &&
        other.localPort === localPort &&
        other.remoteAddress.equals(remoteAddress) &&
        other.localAddress.equals(localAddress)
      )
        return false
      i = (i + 1) & this.#mask
    }
    slots[i] = flow
    this.#size++
    return true
  }

  /** Take out this very object; false when it is not in. */
  delete(flow: F): boolean {
    const i = this.#find(flow)
    if (i < 0) return false
    this.#shiftBack(i)
    this.#size--
    if (this.#slots.length > KEPT && this.#size * 16 < this.#slots.length) this.#resize(this.#slots.length >>> 1)
    return true
  }

  /** Put `successor`, of the same five-tuple, in the place of `flow` (a connection that becomes TIME-WAIT). */
  replace(flow: F, successor: F): boolean {
    const i = this.#find(flow)
    if (i < 0) return false
    this.#slots[i] = successor
    return true
  }

  #home(flow: F): number {
    return flowHash(this.#seed, flow.localAddress, flow.localPort, flow.remoteAddress, flow.remotePort) & this.#mask
  }

  #find(flow: F): number {
    const slots = this.#slots
    let i = this.#home(flow)
    for (;;) {
      const other = slots[i] as F | null
      if (other === null) return -1
      if (other === flow) return i
      i = (i + 1) & this.#mask
    }
  }

  /** Close the hole at `hole`: an entry moves there when its home does not lie between the hole and its place. */
  #shiftBack(hole: number): void {
    const slots = this.#slots
    const mask = this.#mask
    let i = (hole + 1) & mask
    for (let flow = slots[i] as F | null; flow !== null; flow = slots[i] as F | null) {
      const home = this.#home(flow)
      if (((i - home) & mask) >= ((i - hole) & mask)) {
        slots[hole] = flow
        hole = i
      }
      i = (i + 1) & mask
    }
    slots[hole] = null
  }

  #resize(length: number): void {
    const old = this.#slots
    const slots = new Array<F | null>(length).fill(null)
    const mask = length - 1
    this.#slots = slots
    this.#mask = mask
    for (let n = 0; n < old.length; n++) {
      const flow = old[n] as F | null
      if (flow === null) continue
      let i = this.#home(flow)
      while (slots[i] !== null) i = (i + 1) & mask
      slots[i] = flow
    }
  }
}
