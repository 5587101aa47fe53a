/**
 * The suite without Vitest, for Nodes too old for it: bundled by scripts/compat-majors.ts and run against the built package.
 * Arguments: the built entry, and pairs if not all. Prints a line for each pair with the seconds of each case, below it what
 * failed, and in the end a sum.
 */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Network } from '../../src/index.node.ts'
import { type Case, cases, type Pair, pairs } from './pairs.ts'
import { runCase } from './run-case.ts'

const [entry = 'dist/index.node.js', ...wanted] = process.argv.slice(2)
const { Network: Built } = (await import(pathToFileURL(resolve(entry)).href)) as { Network: typeof Network }
const chosen = wanted.map((name) => {
  const pair = pairs.find((one) => one.name === name)
  if (pair === undefined) throw new Error(`no such pair: ${name}`)
  return pair
})

const shortName = ({ place, isLossy }: Case): string => `${place}${isLossy ? ' lossy' : ''}`

const sum = { passed: 0, failed: 0 }

/** Null if the transcript is the kernel's. */
const failureOf = async (pair: Pair, one: Case): Promise<string | null> => {
  try {
    const { got, wanted } = await runCase(Built, pair, one)
    if (got === wanted && got !== '') return null
    return `the kernel gives\n${wanted}and virtual hosts\n${got}`
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

const runPair = async (pair: Pair): Promise<void> => {
  const words: string[] = []
  const failures: string[] = []
  for (const one of cases) {
    const started = performance.now()
    const failure = await failureOf(pair, one)
    if (failure === null) sum.passed++
    else {
      sum.failed++
      failures.push(`${shortName(one)}: ${failure}`)
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    words.push(`${shortName(one)} ${failure === null ? `ok ${seconds}` : 'FAILED'}`)
  }
  console.log(`node ${process.version.padEnd(9)} ${pair.name.padEnd(9)} ${words.join(' | ')}`)
  for (const failure of failures) console.log(failure.replace(/^/gm, '    '))
}

for (const pair of chosen.length === 0 ? pairs : chosen) await runPair(pair)
console.log(`${sum.passed} passed, ${sum.failed} failed, 0 skipped`)
process.exitCode = sum.failed === 0 ? 0 : 1
