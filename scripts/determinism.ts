/**
 * `npm run determinism`: the same seed gives the same digests, run to run and on every Node. Bundles
 * `test/determinism/digests.ts`, which prints one line a scenario (`name digest`), and runs it twice on the project's Node and
 * once on the oldest that package.json promises.
 */
import { spawnSync } from 'node:child_process'
import { rolldown } from 'rolldown'
import { nodeBinary, oldestNode } from './other-node.ts'

const ENTRY = 'test/determinism/digests.ts'
const BUNDLE = '.cache/determinism/digests.mjs'

const digestsOn = (binary: string): { version: string; digests: string } => {
  const version = spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout.trim()
  const run = spawnSync(binary, [BUNDLE], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (run.status !== 0) throw new Error(`${BUNDLE} failed on Node ${version} (exit ${run.status})`)
  return { version, digests: run.stdout.trim() }
}

const bundle = await rolldown({ input: ENTRY, platform: 'node' })
await bundle.write({ file: BUNDLE, format: 'esm', codeSplitting: false })

const first = digestsOn(process.execPath)
const scenarios = first.digests.split('\n').filter((line) => line !== '').length
console.log(`${first.version}\n${first.digests}`)
if (scenarios === 0) console.error(`${ENTRY} printed no digest`)
let failed = scenarios === 0
for (const { version, digests } of [process.execPath, nodeBinary(oldestNode())].map(digestsOn)) {
  const same = digests === first.digests
  console.log(`${version}: ${same ? `the same ${scenarios} digests` : `other digests\n${digests}`}`)
  failed ||= !same
}
process.exitCode = failed ? 1 : 0
