/**
 * Last step of .ci/run: adds up Vitest's reports and the other checks. `--tests FILE` is a report, `--strict FILE` one in which a
 * skipped test is a failure, `--checks FILE` lines of name, passed or failed, seconds. A check that ran tests still counts
 * as one of its own, because it also fails where no test did.
 */
import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { addUp, parseChecks, type Sum, sumOfReport } from './ci/sums.ts'

const { values: options } = parseArgs({
  options: {
    checks: { type: 'string' },
    tests: { type: 'string', multiple: true, default: [] },
    strict: { type: 'string', multiple: true, default: [] },
  },
})

const read = (name: string): string | undefined => (existsSync(name) ? readFileSync(name, 'utf8') : undefined)
const checks = parseChecks(options.checks === undefined ? '' : (read(options.checks) ?? ''))
for (const { name, passed, seconds } of checks) {
  console.log(`${passed ? 'passed' : 'FAILED'}  ${name.padEnd(24)} ${seconds} s`)
}

const sums: Sum[] = [
  ...checks.map(({ passed }) => ({ passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 })),
  ...options.tests.map((name) => sumOfReport(read(name), false)),
  ...options.strict.map((name) => sumOfReport(read(name), true)),
]
const { passed, failed, skipped } = addUp(sums)
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
