/**
 * Start and kill one program file over and over, and see whether anything of it stays in the heap.
 *
 *     node scripts/process-leak.ts [cycles] [entry]
 *
 * `entry` is the module that exports Network: the source unless given, a build for a Node that strips no types.
 */
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import v8 from 'node:v8'
import vm from 'node:vm'

const [cyclesText = '200', entry = 'src/index.node.ts'] = process.argv.slice(2)
const { Network } = (await import(pathToFileURL(path.resolve(entry)).href)) as typeof import('../src/index.node.ts')

const PROGRAM = fileURLToPath(new URL('../test/node/program/fixtures/tree.mjs', import.meta.url))
const ROUNDS = 4
/** Bytes that a cycle may leave: some of the network's own (process numbers, counters); a leaked program is over a million. */
const ALLOWED = 10_000

v8.setFlagsFromString('--expose-gc')
const collect = vm.runInNewContext('gc') as () => void

const net = new Network({ time: 'real' })
const host = net.host('h', { address: '10.0.0.1/24' })

const heap = async (): Promise<number> => {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    collect()
  }
  return process.memoryUsage().heapUsed
}

const cycle = async (): Promise<void> => {
  const child = host.spawn('node', [PROGRAM])
  while (!(child.stdout?.text ?? '').includes('listening')) {
    if (!child.process.isAlive) throw new Error(`the program ended: ${child.stderr?.text}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  child.kill('SIGKILL')
  await child.exited
}

const run = async (count: number): Promise<number> => {
  for (let i = 0; i < count; i++) await cycle()
  return await heap()
}

const perRound = Math.ceil(Number(cyclesText) / ROUNDS)
await run(perRound)
const marks = [await heap()]
const start = performance.now()
for (let round = 0; round < ROUNDS; round++) marks.push(await run(perRound))
const each = (performance.now() - start) / (perRound * ROUNDS)
await net.close()

const growth = ((marks.at(-1) ?? 0) - (marks[0] ?? 0)) / (perRound * ROUNDS)
console.log(`${process.version}  heap ${marks.map((bytes) => (bytes / 1e6).toFixed(2)).join(' ')} MB`)
console.log(`${perRound * ROUNDS} cycles: ${growth.toFixed(0)} bytes and ${each.toFixed(1)} ms each`)
if (growth > ALLOWED) {
  console.log(`more than ${ALLOWED} bytes a cycle stay behind`)
  process.exitCode = 1
}
