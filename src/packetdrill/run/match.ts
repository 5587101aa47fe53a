/** Whether what the stack sent is what a line expects. */
import { TcpFlag } from '../../wire/packet.ts'
import type { IpSpec, PacketAction, TcpOptionSpec, TcpSpec } from '../syntax/ast.ts'
import type { Flow } from './flow.ts'
import { icmpNumbers } from './icmp.ts'
import type { Seen, SeenTcp } from './seen.ts'
import type { Setup } from './setup.ts'
import { showFlags, showOptions } from './show.ts'

/** One way in which they differ: `ack 1 and not 1001`. */
const differs = (what: string, expected: unknown, actual: unknown): string => `${what} is ${actual}, not ${expected}`

const ipDifferences = (spec: IpSpec, seen: Seen): string[] => {
  const found: string[] = []
  const names = ['noecn', 'ect1', 'ect0', 'ce']
  const ecn = names[seen.tos & 3] as string
  const capable = ecn === 'ect0' || ecn === 'ect1'
  if (spec.ecn !== null && spec.ecn !== ecn && !(spec.ecn === 'ect01' && capable))
    found.push(differs('ECN', spec.ecn, ecn))
  if (spec.tos !== null && spec.tos !== seen.tos) found.push(differs('the type of service', spec.tos, seen.tos))
  if (spec.ttl !== null && spec.ttl !== seen.ttl) found.push(differs('the time to live', spec.ttl, seen.ttl))
  return found
}

/** Whether further segments may belong to the same line: this one carries a part of the line's payload, from its start. */
export const isPart = (spec: TcpSpec, seen: SeenTcp): boolean =>
  seen.length > 0 && seen.length < spec.sequence.length && (seen.flags & (TcpFlag.SYN | TcpFlag.RST)) === 0

/**
 * A segment for what several carried: sequence number and CWR of the first, everything else of the last. All pieces but the last
 * are equally long, as one cut up by the hardware would be.
 *
 * @param whole - what came so far, of pieces of `size` octets
 */
export const join = (whole: SeenTcp, size: number, next: SeenTcp): SeenTcp | null => {
  if (next.localPort !== whole.localPort || next.remotePort !== whole.remotePort) return null
  const contiguous = ((whole.seq + whole.length) | 0) === (next.seq | 0)
  if (!contiguous || whole.length % size !== 0 || next.length === 0 || next.length > size) return null
  const flags = (next.flags & ~TcpFlag.CWR) | (whole.flags & TcpFlag.CWR)
  return { ...next, seq: whole.seq, length: whole.length + next.length, flags, isJoined: true }
}

/** All differences; none: it is what the line expects. Learns the stack's initial sequence number and names its timestamps. */
export const differences = (
  action: PacketAction,
  seen: Seen,
  flow: Flow | null,
  setup: Setup,
  line: number,
): string[] => {
  const { body } = action
  if (body.kind !== seen.kind) return [differs('the packet', body.kind, seen.kind === 'other' ? seen.what : seen.kind)]
  const found = ipDifferences(action.ip, seen)
  if (seen.kind === 'tcp' && body.kind === 'tcp') {
    if (flow === null)
      return [...found, differs('the connection', 'of this line', `${seen.localPort} > ${seen.remotePort}`)]
    found.push(...tcpDifferences(body, seen, flow, setup))
  } else if (seen.kind === 'udp' && body.kind === 'udp') {
    if (seen.length !== body.length) found.push(differs('the length', body.length, seen.length))
  } else if (seen.kind === 'icmp' && body.kind === 'icmp') {
    const wanted = icmpNumbers(body, setup.local.family, line)
    if (seen.type !== wanted.type || seen.code !== wanted.code)
      found.push(differs('type and code', `${wanted.type}, ${wanted.code}`, `${seen.type}, ${seen.code}`))
    if (body.mtu !== null && seen.rest !== wanted.rest) found.push(differs('the MTU', wanted.rest, seen.rest))
  }
  return found
}

const tcpDifferences = (spec: TcpSpec, seen: SeenTcp, flow: Flow, setup: Setup): string[] => {
  const found: string[] = []
  if ((seen.flags & TcpFlag.SYN) !== 0) flow.learn(seen.seq, spec.sequence.start)
  // Linux marks each packet that hardware is to cut up with PSH: what left here as several segments need not have it.
  const free = seen.isJoined && (spec.flags & TcpFlag.PSH) !== 0 ? TcpFlag.PSH : 0
  if ((seen.flags | free) !== spec.flags) found.push(differs('flags', showFlags(spec.flags), showFlags(seen.flags)))
  const seq = flow.toScript(seen.seq)
  if (seq !== spec.sequence.start >>> 0) found.push(differs('the sequence number', spec.sequence.start, seq))
  if (seen.length !== spec.sequence.length) found.push(differs('the length', spec.sequence.length, seen.length))
  if (spec.ack !== null && seen.ack !== spec.ack >>> 0) found.push(differs('ack', spec.ack, seen.ack))
  if (spec.window !== null && seen.window !== spec.window) found.push(differs('win', spec.window, seen.window))
  if (spec.urgent !== null && seen.urgent !== spec.urgent) found.push(differs('urg', spec.urgent, seen.urgent))
  if (spec.options !== null) found.push(...optionDifferences(spec.options, seen.options, flow, setup))
  return found
}

const optionDifferences = (
  wanted: readonly TcpOptionSpec[],
  actual: readonly TcpOptionSpec[],
  flow: Flow,
  setup: Setup,
): string[] => {
  const same = wanted.length === actual.length && wanted.every((one, i) => sameOption(one, actual[i] as TcpOptionSpec))
  if (!same) return [differs('the list of options', showOptions(wanted) || 'empty', showOptions(actual) || 'empty')]
  for (const [i, one] of wanted.entries()) {
    const other = actual[i]
    if (one.kind === 'TS' && other?.kind === 'TS') return timestamp(one.value, other.value, flow, setup)
  }
  return []
}

/** Timestamps are judged apart: a script cannot know them, and packetdrill does not look at what the stack echoes. */
const sameOption = (a: TcpOptionSpec, b: TcpOptionSpec): boolean => {
  if (a.kind === 'TS') return b.kind === 'TS'
  return JSON.stringify(a) === JSON.stringify(b)
}

/** From the first on they are as many ticks apart as the script says, if it says how long a tick is. */
const timestamp = (script: number, live: number, flow: Flow, setup: Setup): string[] => {
  flow.timestampSent(script, live)
  const first = flow.firstTimestamp
  if (setup.timestampTick === 0 || first === null) return []
  const expected = (first.live + script - first.script) >>> 0
  const late = (live - expected) | 0
  if (Math.abs(late) * setup.timestampTick <= setup.tolerance) return []
  return [differs('TS val', script, (script + late) >>> 0)]
}
