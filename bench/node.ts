/**
 * npm run bench:node: the same Node programs on the kernel's loopback and on virtual hosts, interleaved in one run.
 *
 *   npm run bench:node -- [--rounds 5] [--only bulk,pingpong] [--json FILE]
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { type Host, Network } from '../src/index.node.ts'
import { measure, type Row, report, type Workload } from './measure.ts'
import * as programs from './node-programs.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help === true) {
  console.log('usage: npm run bench:node -- [--rounds 5] [--only bulk,pingpong,connect,http,tls] [--json FILE]')
  process.exit(0)
}

const MIB = 1024 * 1024
const source = new Uint8Array(64 * MIB)
for (let i = 0; i < source.length; i += 64) source[i] = i >> 6
const pem = (name: string): string => readFileSync(new URL(`./tls/${name}.pem`, import.meta.url), 'utf8')

const onKernel = async (program: programs.NodeProgram): Promise<number> => {
  const served = await program.server()
  const figure = await program.client('127.0.0.1', served.port)
  await served.close()
  return figure
}

const onHosts = async (server: Host, client: Host, address: string, program: programs.NodeProgram): Promise<number> => {
  const served = await server.run(() => program.server())
  const figure = await client.run(() => program.client(address, served.port))
  await server.run(() => served.close())
  return figure
}

const workload = (name: string, unit: string, program: programs.NodeProgram, less = program): Workload => {
  const net = new Network({ time: 'real', seed: 1 })
  const a = net.host('server', { address: '10.0.0.1/24' })
  const b = net.host('client', { address: '10.0.0.2/24' })
  net.link(a, b)
  return {
    name,
    unit,
    contenders: [
      { name: 'kernel', run: () => onKernel(less) },
      { name: 'cable', run: () => onHosts(a, b, '10.0.0.1', program) },
      { name: 'loopback', run: () => onHosts(a, a, '127.0.0.1', program) },
    ],
    end: () => net.close(),
  }
}

const workloads: Record<string, () => Workload> = {
  bulk: () => workload('bulk', 'bytes/s', programs.bulk(source, 1024 * MIB), programs.bulk(source, 512 * MIB)),
  pingpong: () => workload('ping-pong', 'round trips/s', programs.pingPong(100_000, 64), programs.pingPong(20_000, 64)),
  connect: () => workload('connect+close', 'connections/s', programs.connectClose(4000), programs.connectClose(2000)),
  http: () => workload('http keep-alive', 'requests/s', programs.httpKeepAlive(5000)),
  tls: () => workload('tls', 'bytes/s', programs.tlsBulk(pem('key'), pem('cert'), source, 256 * MIB)),
}

const rounds = Number(values.rounds)
const names = values.only?.split(',') ?? Object.keys(workloads)
const rows: Row[] = []
const tty = process.stderr.isTTY === true
for (const name of names) {
  const make = workloads[name]
  if (make === undefined) throw new RangeError(`there is no workload "${name}": ${Object.keys(workloads).join(', ')}`)
  rows.push(
    ...(await measure(make(), rounds, (text) => {
      if (tty) process.stderr.write(`\r\x1b[K${text}`)
    })),
  )
}
if (tty) process.stderr.write('\r\x1b[K')
console.log(report(rows, rounds))
if (values.json !== undefined)
  writeFileSync(
    values.json,
    `${JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, rounds, rows }, null, 2)}\n`,
  )
process.exit(0)
