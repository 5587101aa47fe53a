import type { NetworkInterface } from '../link/interface.ts'
import type { Packet } from '../wire/packet.ts'
import type { Hook, HookPoint } from './types.ts'

interface Hung {
  readonly priority: number
  readonly hook: Hook
}

/** Netfilter's five places, each a list by priority. An empty place costs the packet one comparison with null. */
export class Hooks {
  prerouting: readonly Hung[] | null = null
  input: readonly Hung[] | null = null
  forward: readonly Hung[] | null = null
  output: readonly Hung[] | null = null
  postrouting: readonly Hung[] | null = null

  /** Lower priorities run first; equal ones in the order of hanging. Returns how to take it off. */
  add(point: HookPoint, priority: number, hook: Hook): () => void {
    const hung: Hung = { priority, hook }
    const list = [...(this[point] ?? [])]
    const at = list.findIndex((other) => other.priority > priority)
    list.splice(at < 0 ? list.length : at, 0, hung)
    this[point] = list
    return () => {
      const left = (this[point] ?? []).filter((other) => other !== hung)
      this[point] = left.length === 0 ? null : left
    }
  }

  /** The packet to go on with, or null when a hook took it. */
  run(list: readonly Hung[], packet: Packet, point: HookPoint, out: NetworkInterface | null): Packet | null {
    let current: Packet | null = packet
    for (let i = 0; i < list.length && current !== null; i++) current = (list[i] as Hung).hook(current, point, out)
    return current
  }
}
