/** The pair on two virtual hosts with a switch between, in real time. */
import { pathToFileURL } from 'node:url'
import type { Child, Host, Network as NetworkType } from '../../src/index.node.ts'
import { within } from './bound.ts'
import type { Case, Pair } from './pairs.ts'

const ADDRESS = '10.0.0.1'

interface Server {
  readonly close: () => Promise<void>
}
interface ServerModule {
  readonly start: (port: number) => Promise<Server>
}
interface ClientModule {
  readonly visit: (host: string, port: number) => Promise<readonly string[]>
}

interface Hosts {
  readonly network: NetworkType
  readonly server: Host
  readonly client: Host
}

const makeHosts = (Network: typeof NetworkType, seed: string, isLossy: boolean): Hosts => {
  const network = new Network({ time: 'real', seed })
  const server = network.host('server', { address: `${ADDRESS}/24` })
  const client = network.host('client', { address: '10.0.0.2/24' })
  const between = network.switch()
  network.link(client, between, isLossy ? { loss: 0.02, latency: '20ms' } : {})
  network.link(server, between)
  return { network, server, client }
}

const textOf = ({ stdout, stderr }: Child): string => `${stdout?.text ?? ''}${stderr?.text ?? ''}`

const listening = (child: Child): Promise<void> =>
  new Promise((resolve, reject) => {
    const { stdout } = child
    const look = (): void => {
      if (/^listening on \d+$/m.test(stdout?.text ?? '')) resolve()
    }
    if (stdout !== null) stdout.onData = look
    look()
    void child.exited.then(({ code, signal }) =>
      reject(new Error(`the server ended with ${code ?? signal}: ${textOf(child)}`)),
    )
  })

const exit = async (child: Child, what: string): Promise<void> => {
  const { code, signal } = await within(child.exited, `${what} ends`, () => textOf(child))
  if (code !== 0) throw new Error(`${what} ended with ${code ?? signal}: ${textOf(child)}`)
}

const spawned = async (
  { server, client }: Hosts,
  pair: Pair,
  folder: string,
  env: Record<string, string>,
): Promise<string> => {
  const serving = server.spawn('node', [`${folder}/server.mjs`], { env: { ...env, PORT: String(pair.port) } })
  await within(listening(serving), 'the server listens', () => textOf(serving))
  const visiting = client.spawn('node', [`${folder}/client.mjs`, 'server', String(pair.port)])
  await exit(visiting, 'the client')
  serving.kill('SIGTERM')
  await exit(serving, 'the server')
  return visiting.stdout?.text ?? ''
}

const ran = async ({ server, client }: Hosts, pair: Pair, folder: string): Promise<string> => {
  // What only the client imports is loaded on the client, as in a program of its own.
  const load = (name: string): Promise<unknown> => import(pathToFileURL(`${folder}/${name}.mjs`).href)
  const serving = await within(
    server.run(async () => ((await load('server')) as ServerModule).start(pair.port)),
    'the server listens',
  )
  const lines = await within(
    client.run(async () => ((await load('client')) as ClientModule).visit('server', pair.port)),
    'the client ends',
  )
  await within(
    server.run(() => serving.close()),
    'the server ends',
  )
  // Nothing is left then that keeps either process: not even what a pool of the client keeps for later.
  for (const host of [server, client])
    await within(idle(host), `what ran on ${host.name} ends`, () => host.lsof({ i: true, n: true, P: true }))
  return `${lines.join('\n')}\n`
}

/** Resolves once the functions of the host have nothing open any more. */
const idle = async (host: Host): Promise<void> => {
  const running = host.processes.list().filter(({ comm, isAlive }) => comm === 'run' && isAlive)
  await Promise.all(running.map((process) => new Promise<void>((resolve) => process.onEnd(() => resolve()))))
}

/** Sets variables of the environment for functions, which have no environment of their own. */
const withEnvironment = async <T>(env: Readonly<Record<string, string>>, body: () => Promise<T>): Promise<T> => {
  const before = { ...process.env }
  Object.assign(process.env, env)
  try {
    return await body()
  } finally {
    for (const name of Object.keys(env)) delete process.env[name]
    Object.assign(process.env, before)
  }
}

/** The client's transcript; fails also when the server keeps sockets after its end. */
export const onNetwork = async (
  Network: typeof NetworkType,
  pair: Pair,
  { place, isLossy }: Case,
  programs: string,
  given: Readonly<Record<string, string>>,
): Promise<string> => {
  const hosts = makeHosts(Network, `${pair.name} ${place}`, isLossy)
  const folder = `${programs}/${pair.name}`
  const env = { ...given, ...pair.env?.(ADDRESS) }
  try {
    const transcript =
      place === 'spawn'
        ? await spawned(hosts, pair, folder, env)
        : await withEnvironment(env, () => ran(hosts, pair, folder))
    const left = [hosts.server, hosts.client].map((host) => host.lsof({ i: true, n: true, P: true })).join('')
    if (left !== '') throw new Error(`sockets left open:\n${left}`)
    return transcript
  } finally {
    await hosts.network.close()
  }
}
