/**
 * npm run transfers [-- --from 1 --count 10000]: seeded transfers over bad links, in bulk. Fails on silence, a hang or a wrong byte
 * that no flipped bit explains.
 */
import { parseArgs } from 'node:util'
import { type Outcome, transfer } from './transfer.ts'

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    count: { type: 'string', default: '10000' },
    bytes: { type: 'string', default: '100000' },
  },
})
const from = Number(values.from)
const count = Number(values.count)
const counts: Record<Outcome, number> = { intact: 0, error: 0, 'undetected flip': 0 }
const failures: string[] = []
const start = performance.now()
for (let seed = from; seed < from + count; seed++) {
  try {
    const { outcome, detail } = await transfer(seed, 'records', Number(values.bytes))
    counts[outcome]++
    if (outcome === 'undetected flip') console.log(`seed ${seed}: ${outcome}: ${detail}`)
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error))
    console.error(failures.at(-1))
  }
  const done = seed - from + 1
  if (process.stderr.isTTY && done % 20 === 0) {
    const left = ((performance.now() - start) / done / 1000) * (count - done)
    process.stderr.write(`\r\x1b[K${done} of ${count}, ${Math.ceil(left)} s left`)
  }
}
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
const seconds = ((performance.now() - start) / 1000).toFixed(1)
console.log(
  `${count} transfers in ${seconds} s: ${counts.intact} intact, ${counts.error} ended by a socket error, ${counts['undetected flip']} with a flip that the checksum cannot see, ${failures.length} failed`,
)
process.exit(failures.length > 0 ? 1 : 0)
