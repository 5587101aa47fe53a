/**
 * npm run bench: soquete beside Node's `net` and `dgram` on the kernel's loopback, interleaved in one run.
 *
 *   npm run bench -- [--rounds 5] [--only stream,rr] [--json FILE]
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import * as kernel from './kernel.ts'
import { measure, type Row, report, type Workload } from './measure.ts'
import * as soquete from './soquete.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help === true) {
  console.log('usage: npm run bench -- [--rounds 5] [--only stream,rr,crr,udp,idle] [--json FILE]')
  process.exit(0)
}
const rounds = Number(values.rounds)

const WRITE = 65_536
const SIZE = 256 * 1024 * 1024
/** Larger than any cache, so that each byte read from it comes from memory. */
const source = new Uint8Array(SIZE)
for (let i = 0; i < SIZE; i += 64) source[i] = i >> 6

/** A workload on the kernel and on virtual hosts, with as much work for each as takes about a second. */
const workload = (
  name: string,
  unit: string,
  onKernel: () => Promise<number>,
  onHosts: (world: soquete.World) => Promise<number>,
): Workload => {
  const places = ['cable', 'loopback'] as const
  const worlds = new Map<string, soquete.World>()
  const on = async (place: soquete.Place): Promise<soquete.World> => {
    const world = worlds.get(place) ?? (await soquete.world(place))
    worlds.set(place, world)
    return world
  }
  return {
    name,
    unit,
    contenders: [
      { name: 'kernel', run: onKernel },
      ...places.map((place) => ({ name: place, run: async () => onHosts(await on(place)) })),
    ],
    end: async () => {
      for (const { net } of worlds.values()) await net.close()
    },
  }
}

const PASSES = 3
const workloads: Workload[] = [
  workload(
    'stream',
    'bytes/s',
    () => kernel.stream(source, WRITE, PASSES),
    (world) => soquete.stream(world, source, WRITE, PASSES),
  ),
  workload(
    'rr',
    'round trips/s',
    () => kernel.requestResponse(20_000, 64),
    (world) => soquete.requestResponse(world, 300_000, 64),
  ),
  workload(
    'crr',
    'connections/s',
    () => kernel.connectClose(4000),
    (world) => soquete.connectClose(world, 50_000),
  ),
  workload(
    'udp',
    'round trips/s',
    () => kernel.datagrams(20_000, 64),
    (world) => soquete.datagrams(world, 200_000, 64),
  ),
  {
    name: 'idle',
    unit: 'bytes an end',
    smaller: true,
    contenders: [
      { name: 'kernel', run: () => kernel.idle(2000) },
      { name: 'cable', run: () => soquete.idle(20_000) },
    ],
  },
]

const only = values.only?.split(',')
const tty = process.stderr.isTTY === true
const rows: Row[] = []
for (const workload of workloads.filter((w) => only === undefined || only.includes(w.name)))
  rows.push(
    ...(await measure(workload, rounds, (text) => {
      if (tty) process.stderr.write(`\r\x1b[K${text}`)
    })),
  )
if (tty) process.stderr.write('\r\x1b[K')

console.log(report(rows, rounds))
if (values.json !== undefined)
  writeFileSync(
    values.json,
    `${JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, rounds, rows }, null, 2)}\n`,
  )
process.exit(0)
