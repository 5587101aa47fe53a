/** Congestion control: one file per algorithm behind the contract of `types.ts`. */
import { cubic } from './cubic.ts'
import { newReno } from './newreno.ts'
import type { CongestionControl } from './types.ts'

export { AckSample, type CongestionControl, type CongestionView } from './types.ts'

/** In the order that net.ipv4.tcp_available_congestion_control lists them. */
export const algorithms: readonly CongestionControl[] = [newReno, cubic]

export const algorithmNamed = (name: string): CongestionControl | undefined => algorithms.find((a) => a.name === name)
