/** `npm run lint`: all four linters, also after one of them failed, so that one run shows everything. */
import { spawnSync } from 'node:child_process'

const linters: [name: string, command: string, args: string[]][] = [
  ['style', 'biome', ['check', '--error-on-warnings']],
  ['layers', 'depcruise', ['src']],
  ['unused code', 'knip', ['--no-config-hints']],
  ['exactness', 'node', ['scripts/lint-exact.ts']],
]

const failed = linters.filter(([name, command, args]) => {
  console.log(`--- ${name}`)
  return spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status !== 0
})
console.log(failed.length === 0 ? 'lint: clean' : `lint: failed in ${failed.map(([name]) => name).join(', ')}`)
process.exitCode = failed.length > 0 ? 1 : 0
