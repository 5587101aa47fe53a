import type { Host } from '../../host/index.ts'
import type { ImpairmentOptions } from '../../link/impairment.ts'
import { parseDuration } from '../../link/units.ts'
import type { Link } from '../link.ts'
import type { Network } from '../network.ts'
import { checkTopology } from './parse.ts'
import { pairKey } from './shape.ts'
import type { FaultSpec, HostSpec, LinkOptions, ProgramSpec, Topology } from './types.ts'

/** A link with what it was made with. */
interface MadeLink {
  readonly link: Link
  readonly options: LinkOptions
}

/**
 * Build what a topology says on a new network: switches, hosts, links, then firewalls and programs, and faults at their times.
 *
 * @throws TopologyError, or RangeError for what only the stack can refuse; the network is closed then, and nothing is left running
 */
export const buildTopology = async (network: Network, given: Topology): Promise<void> => {
  const topology = checkTopology(given)
  try {
    for (const name of topology.switches ?? []) network.switch(name)
    for (const [name, spec] of Object.entries(topology.hosts)) network.host(name, withoutPrograms(spec))
    const links = new Map<string, MadeLink>()
    for (const { between, ...options } of topology.links ?? [])
      links.set(pairKey(between), { link: network.link(between[0], between[1], options), options })
    for (const [name, spec] of Object.entries(topology.hosts)) await start(network, network.host(name), spec)
    for (const fault of topology.faults ?? []) arm(network, links, fault)
  } catch (error) {
    await network.close()
    throw error
  }
}

const withoutPrograms = (spec: HostSpec): Omit<HostSpec, 'programs' | 'firewall'> => {
  const { programs: _programs, firewall: _firewall, ...rest } = spec
  return rest
}

const start = async (network: Network, host: Host, spec: HostSpec): Promise<void> => {
  if (spec.firewall !== undefined) {
    const nft = host.spawn('nft', ['-f', '-'], { input: `${spec.firewall}\n` })
    const { code } = await nft.exited
    if (code !== 0) throw new RangeError(`${host.name}: firewall: ${nft.stderr?.text.trim() ?? ''}`)
  }
  for (const program of spec.programs ?? []) {
    const one: ProgramSpec = typeof program === 'string' ? { run: program } : program
    const go = (): void => {
      host.spawn('sh', ['-c', one.run], {
        ...(one.cwd === undefined ? {} : { cwd: one.cwd }),
        ...(one.env === undefined ? {} : { env: one.env }),
        ...(one.user === undefined ? {} : { user: one.user }),
      })
    }
    if (one.at === undefined) go()
    else network.after(one.at, go)
  }
}

const arm = (network: Network, links: ReadonlyMap<string, MadeLink>, fault: FaultSpec): void => {
  const scope = { oneWay: fault.oneWay ?? false }
  const { partition, hold, link: ends, set } = fault
  network.after(fault.at, () => {
    if (partition !== undefined) network.partition(partition[0], partition[1], scope)
    if (hold !== undefined) network.hold(hold[0], hold[1], scope)
    if (ends !== undefined && set !== undefined) links.get(pairKey(ends))?.link.set(set)
  })
  if (fault.for === undefined) return
  network.after(parseDuration(fault.at) + parseDuration(fault.for), () => {
    if (partition !== undefined) network.heal(partition[0], partition[1], scope)
    if (hold !== undefined) network.release(hold[0], hold[1], scope)
    if (ends !== undefined && set !== undefined) {
      const made = links.get(pairKey(ends))
      made?.link.set(undo(set, made.options))
    }
  })
}

/** What an unimpaired link has. */
const NEUTRAL = {
  latency: 0,
  jitter: 0,
  distribution: 'uniform',
  jitterReorders: false,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  reorderDelay: 0,
  reorderGap: 1,
  corrupt: 0,
  rate: 0,
  queue: '1000p',
} as const satisfies Required<ImpairmentOptions>

const pick = (from: ImpairmentOptions, names: readonly (keyof ImpairmentOptions)[]): ImpairmentOptions =>
  Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]))

/** What undoes a change: every field that was set is again what the link was made with. */
const undo = (set: ImpairmentOptions, made: LinkOptions): LinkOptions => {
  const names = Object.keys(set) as (keyof ImpairmentOptions)[]
  return {
    ...pick(NEUTRAL, names),
    ...pick(made, names),
    forward: pick(made.forward ?? {}, names),
    backward: pick(made.backward ?? {}, names),
  }
}
