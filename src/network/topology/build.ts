import type { Host } from '../../host/index.ts'
import { parseDuration } from '../../link/units.ts'
import type { Link } from '../link.ts'
import type { Network } from '../network.ts'
import { checkTopology } from './parse.ts'
import { pairKey } from './shape.ts'
import type { FaultSpec, HostSpec, ProgramSpec, Topology } from './types.ts'

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
    const links = new Map<string, Link>()
    for (const { between, ...options } of topology.links ?? [])
      links.set(pairKey(between), network.link(between[0], between[1], options))
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

const arm = (network: Network, links: ReadonlyMap<string, Link>, fault: FaultSpec): void => {
  const scope = { oneWay: fault.oneWay ?? false }
  const { partition, hold, link: ends, set } = fault
  network.after(fault.at, () => {
    if (partition !== undefined) network.partition(partition[0], partition[1], scope)
    if (hold !== undefined) network.hold(hold[0], hold[1], scope)
    if (ends !== undefined && set !== undefined) links.get(pairKey(ends))?.set(set)
  })
  if (fault.for === undefined) return
  network.after(parseDuration(fault.at) + parseDuration(fault.for), () => {
    if (partition !== undefined) network.heal(partition[0], partition[1], scope)
    if (hold !== undefined) network.release(hold[0], hold[1], scope)
    if (ends !== undefined && set !== undefined) links.get(pairKey(ends))?.set(zeros(set))
  })
}

/** What undoes an impairment: every field that was set, off. */
const zeros = (set: FaultSpec['set'] & object): Record<string, number> =>
  Object.fromEntries(Object.keys(set).map((name) => [name, 0]))
