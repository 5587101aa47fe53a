/**
 * `npm run compat:majors`: the compatibility suite on every major of Node that is supported. The Nodes are the registry's `node`
 * package, kept in .cache. Each runs the same programs against the built `dist/`, through a runner without Vitest.
 * `-- --nodes 20,26 --pairs ws,ssh2` limits it; `--dist FOLDER` takes another build.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { rolldown } from 'rolldown'
import { pairs } from '../test/compat/pairs.ts'
import { nodeOfMajor } from './other-node.ts'

const RUNNER = 'test/compat/runner.ts'
const BUNDLE = '.cache/compat/runner.mjs'

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '20,22,24,26' },
    pairs: { type: 'string', default: '' },
    dist: { type: 'string', default: 'dist' },
  },
})

interface Sum {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** The runner's last line. */
const SUM = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m

const names = values.pairs === '' ? pairs.map(({ name }) => name) : values.pairs.split(',')

/** Each Node begins with another pair, so that no two start a database at a time. */
const namesFor = (index: number): string[] => {
  const first = Math.floor((index * names.length) / 4) % names.length
  return [...names.slice(first), ...names.slice(0, first)]
}

const runOn = (binary: string, index: number): Promise<Sum> =>
  new Promise((resolve) => {
    const child = spawn(binary, [BUNDLE, entry, ...namesFor(index)], { stdio: ['ignore', 'pipe', 'inherit'] })
    let last = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (last + text).split('\n')
      last = lines.pop() ?? ''
      for (const line of lines)
        if (SUM.test(line)) sum = line
        else console.log(line)
    })
    let sum = ''
    child.on('close', (code, signal) => {
      const [, passed, failed, skipped] = SUM.exec(sum)?.map(Number) ?? []
      if (passed === undefined || failed === undefined || skipped === undefined) {
        console.log(`${binary} ended with ${code ?? signal} before its sum`)
        resolve({ passed: 0, failed: 1, skipped: 0 })
      } else resolve({ passed, failed: failed + (code === 0 || failed > 0 ? 0 : 1), skipped })
    })
  })

const entry = `${values.dist}/index.node.js`
if (!existsSync(entry)) throw new Error(`${entry} is not there: npm run build`)
const bundle = await rolldown({ input: RUNNER, platform: 'node' })
await bundle.write({ file: BUNDLE, format: 'esm', codeSplitting: false })

const binaries = values.nodes.split(',').map((major) => nodeOfMajor(Number(major)))
// All at a time: most of the time goes into waiting for what lossy links lose.
const sums = await Promise.all(binaries.map(runOn))
const total = (key: keyof Sum): number => sums.reduce((sum, one) => sum + one[key], 0)
console.log(`${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`)
process.exitCode = total('failed') === 0 ? 0 : 1
