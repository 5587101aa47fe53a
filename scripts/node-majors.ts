/**
 * Each protocol on each supported Node: `node scripts/node-majors.ts <node binary>...`, on the built package (`npm run build`).
 *
 * `npm i --prefix <folder> node20@npm:node@20 node22@npm:node@22 node26@npm:node@26` brings the binaries, as
 * `<folder>/node_modules/node22/bin/node`. Without arguments: the Node that runs this.
 */
import { spawnSync } from 'node:child_process'

const { SOQUETE_DIST: dist = 'dist' } = process.env
const binaries = process.argv.length > 2 ? process.argv.slice(2) : [process.execPath]
let failed = 0
for (const binary of binaries) {
  const version = spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout.trim()
  const { status, stdout, stderr } = spawnSync(binary, ['test/node/majors/protocols.mjs', dist], { encoding: 'utf8' })
  if (status !== 0) failed++
  console.log(`${version}: ${status === 0 ? 'all well' : 'FAILED'}`)
  if (status !== 0) console.log(stdout + stderr)
}
process.exitCode = failed === 0 ? 0 : 1
