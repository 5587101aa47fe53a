/**
 * The preload: `node --import soquete/register program.mjs` runs any program on a virtual host, in real time.
 *
 * Environment: `SOQUETE_NETWORK` (topology file) and `SOQUETE_HOST` choose where; unless given, a network of one host, `localhost`,
 * with `lo` and one interface. `SOQUETE_LSOF=1` prints the host's open sockets at exit, `SOQUETE_PCAP` names a file for all packets,
 * `SOQUETE_PUBLISH=8080:80,53:53/udp` lets the real machine in. `SOQUETE_TRACE=1` notes the program's lines for both.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { basename } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { type Host, Network } from './index.node.ts'
import { adopt } from './node/preload.ts'
import { publishAll } from './node/publish/index.ts'
import { refuseThread } from './node/real-time.ts'
import { buildTopology, parseTopology } from './topology.ts'

const {
  SOQUETE_NETWORK: file,
  SOQUETE_HOST: name,
  SOQUETE_LSOF: lsof,
  SOQUETE_PCAP: pcap,
  SOQUETE_PUBLISH: publish,
  SOQUETE_TRACE: traced,
} = process.env

const ADDRESS = '10.0.0.1/24'
/** Nobody else is there, and the host's own name must stay the loopback's. */
const HOSTS = '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n'

const trace = traced === '1'

/** The host to run on, and its network. */
const makeHost = async (): Promise<{ network: Network; host: Host }> => {
  if (file === undefined || file === '') {
    const network = new Network({ time: 'real', trace })
    return { network, host: network.host(name ?? 'localhost', { address: ADDRESS, files: { '/etc/hosts': HOSTS } }) }
  }
  const topology = parseTopology(readFileSync(file, 'utf8'), basename(file))
  const { seed, packets, start } = topology
  const network = new Network({
    time: 'real',
    trace,
    ...(seed === undefined ? {} : { seed }),
    ...(packets === undefined ? {} : { packets }),
    ...(start === undefined ? {} : { start }),
  })
  await buildTopology(network, topology)
  const names = Object.keys(topology.hosts)
  const only = names.length === 1 ? names[0] : undefined
  const chosen = name ?? only
  if (chosen === undefined) throw new Error(`${file} has the hosts ${names.join(', ')}: choose one with SOQUETE_HOST`)
  if (!names.includes(chosen)) throw new Error(`${file} has no host "${chosen}"; it has ${names.join(', ')}`)
  return { network, host: network.host(chosen) }
}

const { network, host } = await makeHost()

// A worker thread's own network would be another one than its creator's: it has none.
if (!isMainThread) refuseThread()

if (isMainThread && pcap !== undefined && pcap !== '') {
  const fd = openSync(pcap, 'w')
  const capture = network.capture({ sink: (bytes) => writeSync(fd, bytes) })
  process.on('exit', () => {
    capture.stop()
    closeSync(fd)
  })
}
if (isMainThread && lsof !== undefined && lsof !== '' && lsof !== '0')
  process.on('exit', () => writeSync(2, host.lsof({ i: true, n: true, P: true, where: trace })))

adopt(host)
if (isMainThread && publish !== undefined && publish !== '') await publishAll(publish.split(','), host)
