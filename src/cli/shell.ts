import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { type Host, Network } from '../index.node.ts'
import { buildTopology, parseTopology, type Topology } from '../network/index.ts'
import { type Child, OutputFile } from './stdio.ts'

export interface ShellOptions {
  readonly c?: string
  readonly network?: string
  readonly host?: string
  readonly seed?: string
  readonly packets?: string
  readonly time?: string
  readonly pcap?: string
}

/** One host with something to serve. */
const ONE_HOST: Topology = {
  hosts: {
    localhost: {
      files: {
        '/root/hello.txt': 'Hello from a virtual host.\n',
        '/root/index.html': '<!DOCTYPE html>\n<title>soquete</title>\n<h1>It works</h1>\n<p>This page came over a virtual port.</p>\n',
      },
    },
  },
}

const oneOf = <T extends string>(name: string, value: string | undefined, allowed: readonly T[]): T | undefined => {
  if (value === undefined) return undefined
  const found = allowed.find((one) => one === value)
  if (found === undefined) throw new Error(`--${name} ${value}: it is one of ${allowed.join(', ')}`)
  return found
}

/** Run `soquete shell`; the exit code of the script or of the person's shell. */
export const shell = async (file: string | undefined, args: readonly string[], options: ShellOptions): Promise<number> => {
  const interactive = options.c === undefined && file === undefined && process.stdin.isTTY === true
  const topology =
    options.network === undefined ? ONE_HOST : parseTopology(readFileSync(options.network, 'utf8'), options.network)
  const packets = oneOf('packets', options.packets, ['records', 'bytes']) ?? topology.packets
  const seed = options.seed ?? topology.seed
  const net = new Network({
    time: oneOf('time', options.time, ['virtual', 'real']) ?? (interactive ? 'real' : 'virtual'),
    ...(packets === undefined ? {} : { packets }),
    ...(seed === undefined ? {} : { seed }),
    ...(topology.start === undefined ? {} : { start: topology.start }),
  })
  try {
    await buildTopology(net, topology)
    const host = hostOf(net, options.host)
    if (options.pcap !== undefined) capture(net, options.pcap)
    return interactive ? await onTerminal(net, host) : await asScript(net, host, file, args, options.c)
  } finally {
    await net.close()
  }
}

const hostOf = (net: Network, name: string | undefined): Host => {
  const host = name === undefined ? net.hosts[0] : net.hosts.find((one) => one.name === name)
  if (host === undefined)
    throw new Error(`--host ${name}: there is no such host (there are ${net.hosts.map((one) => one.name).join(', ')})`)
  return host
}

/** The file grows as packets go by, so that an interrupted run leaves what it saw. */
const capture = (net: Network, path: string): void => {
  writeFileSync(path, '')
  net.capture({ sink: (bytes) => appendFileSync(path, bytes) })
}

const asScript = async (
  net: Network,
  host: Host,
  file: string | undefined,
  args: readonly string[],
  commands: string | undefined,
): Promise<number> => {
  const script = commands ?? (file === undefined || file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8'))
  // With -c the first argument is $0, as for sh.
  const operands = commands === undefined ? [file ?? 'bash', ...args] : file === undefined ? [] : [file, ...args]
  const release = net.driver.hold()
  const stdout = new OutputFile((bytes) => process.stdout.write(bytes))
  const stderr = new OutputFile((bytes) => process.stderr.write(bytes))
  const child: Child = host.spawn('sh', ['-c', script, ...operands], { stdio: [null, stdout, stderr] })
  const { code, signal } = await child.exited
  release()
  return signal === null ? (code ?? 0) : 128
}

/** Bridge this terminal to a terminal of the host, and give it back as it was whatever happens. */
const onTerminal = async (net: Network, host: Host): Promise<number> => {
  const { stdin, stdout } = process
  const terminal = host.openTerminal(stdout.columns ?? 80, stdout.rows ?? 24)
  const keys = net.inputs.source(`${host.name} terminal`, (_kind, bytes) => terminal.input(bytes))
  const onKey = (bytes: Uint8Array): void => keys('key', bytes)
  const onResize = (): void => terminal.resize(stdout.columns, stdout.rows)
  const restore = (): void => {
    stdin.setRawMode(false)
    stdin.pause()
  }
  terminal.onOutput((bytes) => stdout.write(bytes))
  stdin.setRawMode(true)
  stdin.on('data', onKey)
  stdout.on('resize', onResize)
  process.on('exit', restore)
  const release = net.driver.hold()
  try {
    const child = host.spawn('bash', ['-l'], { terminal })
    const { code } = await child.exited
    return code ?? 129
  } finally {
    release()
    stdin.off('data', onKey)
    stdout.off('resize', onResize)
    process.off('exit', restore)
    restore()
    host.closeTerminal(terminal)
  }
}
