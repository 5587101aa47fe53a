/**
 * Node's own tests on a virtual host: `node scripts/node-tests.ts <test folder> <node binary> [pattern]`.
 *
 * The tests stay outside of the repository (denoland/node_test has them for each Node version). Each file runs in a process of
 * its own with the built preload; `--plain` runs without it, which tells whether a test is applicable at all. One that fails
 * plainly, too, is none of ours: `--compare` looks, and it counts for nothing.
 *
 * `node-tests/expected.tsv` lists the tests that fail here by design, each with its reason. Inapplicable are `child` and `cluster`
 * (they need another process or thread), `descriptor` (a real one), `internals` (Node's native parts) and `node` (it fails plainly, too, on
 * newer releases of its major); `exception` is everything else. Any other failure makes the exit code 1.
 *
 * The proof that nothing escapes is the same run in a network namespace whose loopback is down:
 * `unshare --net node scripts/node-tests.ts ...` gives the same result.
 */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    preload: { type: 'string', default: 'dist/register.js' },
    plain: { type: 'boolean', default: false },
    compare: { type: 'boolean', default: false },
    verbose: { type: 'boolean', short: 'v', default: false },
    timeout: { type: 'string', default: '30' },
    expected: { type: 'string', default: join(import.meta.dirname, 'node-tests', 'expected.tsv') },
  },
})
const [folder, node, pattern = '^test-net-'] = positionals
if (folder === undefined || node === undefined) {
  console.error('usage: node scripts/node-tests.ts <test folder> <node binary> [pattern] [--compare] [--plain] [-v]')
  process.exit(2)
}

interface Outcome {
  readonly name: string
  readonly passed: boolean
  readonly output: string
}

const flagsOf = (file: string): string[] => {
  const line = /^\/\/ Flags:(.*)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? ''
  return line.split(/\s+/).filter((flag) => flag !== '')
}

const run = (file: string, plain: boolean): Promise<Outcome> =>
  new Promise((done) => {
    const preload = plain ? [] : ['--import', resolve(values.preload)]
    const child = spawn(node, [...preload, ...flagsOf(file), file], {
      cwd: folder,
      env: {
        ...process.env,
        NODE_TEST_KNOWN_GLOBALS: '0',
        SOQUETE_ALLOW_CHILDREN: '1',
        TEST_THREAD_ID: String(process.pid),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    const timer = setTimeout(() => {
      output += '\ntimeout'
      // With whatever it started.
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }, Number(values.timeout) * 1000)
    child.on('exit', () => {
      try {
        // Children that it left behind; they hold the outputs open.
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // None is left.
      }
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      done({ name: basename(file), passed: code === 0, output })
    })
  })

const files = readdirSync(join(folder, 'parallel'))
  .filter((name) => new RegExp(pattern).test(name) && /\.m?js$/.test(name))
  .map((name) => join(folder, 'parallel', name))

const failed: Outcome[] = []
let passed = 0
const queue = [...files]
const worker = async (): Promise<void> => {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    const outcome = await run(file, values.plain)
    if (outcome.passed) passed++
    else failed.push(outcome)
  }
}
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker))

/** Test, why, reason. */
const expected = new Map(
  readFileSync(values.expected, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t') as [test: string, why: string, reason: string])
    .map(([test, why, reason]) => [test, `${why}: ${reason}`]),
)

const failures = new Map(failed.map((outcome) => [outcome.name, outcome]))
const counts = { failed: 0, plainly: 0, expected: 0 }
for (const name of files.map((file) => basename(file)).sort()) {
  const outcome = failures.get(name)
  const reason = expected.get(name)
  if (outcome === undefined) {
    if (reason !== undefined && !values.plain) console.log(`pass ${name} (expected to fail: ${reason})`)
    continue
  }
  if (reason !== undefined && !values.plain) {
    counts.expected++
    console.log(`fail ${name} (${reason})`)
    continue
  }
  const plainly = values.compare ? await run(join(folder, 'parallel', name), true) : null
  if (plainly?.passed === false) counts.plainly++
  else counts.failed++
  const verdict = plainly === null ? '' : plainly.passed ? ' (passes plainly)' : ' (fails plainly, too)'
  console.log(`FAIL ${name}${verdict}`)
  if (values.verbose && plainly?.passed !== false) console.log(outcome.output.split('\n').slice(0, 30).join('\n'))
}
console.log(
  `${passed} of ${files.length} passed; ${counts.expected} failed as expected, ${counts.plainly} fail without the preload, too, ${counts.failed} failed`,
)
process.exitCode = counts.failed === 0 ? 0 : 1
