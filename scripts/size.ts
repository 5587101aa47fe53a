/**
 * `npm run size`: bundles the portable face for a browser worker, with nothing but rolldown and no polyfill, and prints what a
 * page would load. Fails on an import that a browser does not have, and above `LIMIT` once compressed.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'

const LIMIT = 120 * 1024
const ENTRY = 'src/index.ts'

const { values: options } = parseArgs({ options: { json: { type: 'string' } } })

const warnings: string[] = []
const bundle = await rolldown({
  input: ENTRY,
  platform: 'browser',
  treeshake: { moduleSideEffects: true },
  onLog: (level, log) => {
    if (level === 'warn') warnings.push(log.message)
  },
})
const { output } = await bundle.generate({ format: 'esm', minify: true, codeSplitting: false })
const [chunk] = output

// What is still imported after bundling could not be found for a browser: a Node built-in or a missing package.
const left = [...chunk.imports, ...chunk.dynamicImports]
const code = Buffer.from(chunk.code)
const gzip = gzipSync(code, { level: 9 }).length
const brotli = brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length

mkdirSync('.cache', { recursive: true })
writeFileSync('.cache/soquete.worker.js', chunk.code)
const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`
console.log(`browser worker bundle of ${ENTRY}: ${kib(code.length)} minified, ${kib(gzip)} gzip, ${kib(brotli)} brotli`)
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify({ minified: code.length, gzip, brotli, limit: LIMIT }, null, 2)}\n`)
}

const problems = [
  ...left.map((name) => `not for a browser: import of "${name}"`),
  ...warnings,
  ...(gzip > LIMIT ? [`${kib(gzip)} compressed with gzip is above ${kib(LIMIT)}`] : []),
]
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
