import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { buildTopology, type Host, Network, parseTopology, type Topology, TopologyError } from '../index.node.ts'
import { HOME_FILES } from './home.ts'
import { UsageError } from './usage-error.ts'

export interface NetworkChoice {
  readonly time: 'virtual' | 'real'
  /** Topology file; absent: one host of our own. */
  readonly file: string | undefined
  readonly host: string | undefined
  readonly seed: string | undefined
  readonly packets: 'records' | 'bytes' | undefined
}

/** The shell's own host, when no topology names any. */
const HOST = 'soquete'
const ADDRESS = '10.0.0.1/24'

/** Text of a file on this machine. */
export const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    throw new UsageError(`${path}: ${code === 'ENOENT' ? 'no such file' : (code ?? String(error))}`, 1)
  }
}

const seedOf = (text: string): number | string => (/^\d+$/.test(text) ? Number(text) : text)

/** A network, and the host that the shell is to run on. */
export const buildNetwork = async (choice: NetworkChoice): Promise<{ network: Network; host: Host }> => {
  const topology = choice.file === undefined ? null : readTopology(choice.file)
  const name = chooseHost(topology, choice)
  const seed = choice.seed === undefined ? topology?.seed : seedOf(choice.seed)
  const packets = choice.packets ?? topology?.packets
  const network = new Network({
    time: choice.time,
    ...(seed === undefined ? {} : { seed }),
    ...(packets === undefined ? {} : { packets }),
    ...(topology?.start === undefined ? {} : { start: topology.start }),
  })
  if (topology === null) return { network, host: network.host(name, { address: ADDRESS, files: HOME_FILES }) }
  try {
    await buildTopology(network, topology)
  } catch (error) {
    if (error instanceof TopologyError || error instanceof RangeError)
      throw new UsageError(error instanceof TopologyError ? error.message : `${choice.file}: ${error.message}`, 1)
    throw error
  }
  return { network, host: network.host(name) }
}

const readTopology = (file: string): Topology => {
  try {
    return parseTopology(readText(file), basename(file))
  } catch (error) {
    if (error instanceof TopologyError) throw new UsageError(error.message, 1)
    throw error
  }
}

const chooseHost = (topology: Topology | null, { file, host }: NetworkChoice): string => {
  if (topology === null) {
    if (host !== undefined) throw new UsageError('--host goes with --network')
    return HOST
  }
  const names = Object.keys(topology.hosts)
  if (host === undefined) {
    const [only, ...others] = names
    if (only !== undefined && others.length === 0) return only
    throw new UsageError(`${file} has the hosts ${names.join(', ')}: choose one with --host`)
  }
  if (!names.includes(host)) throw new UsageError(`${file} has no host "${host}"; it has ${names.join(', ')}`)
  return host
}
