/**
 * `npm run size`: bundles the portable face for a browser worker, with nothing but rolldown and no polyfill, and prints what a
 * page would load, with the userland and without. Fails on an import that a browser does not have, and above `LIMIT` once
 * compressed. `AIM` is what it ought to be: said when missed, and kept in docs/status.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'

const AIM = 120 * 1024
/** No bundle grows past this unnoticed. */
const LIMIT = 340 * 1024
const ENTRY = 'src/index.ts'
/** The same without the programs of a host. */
const BARE = 'src/network/index.ts'

const { values: options } = parseArgs({ options: { json: { type: 'string' } } })

interface Size {
  readonly code: Buffer
  readonly gzip: number
  readonly brotli: number
  /** What would not run in a browser, or could not be bundled. */
  readonly problems: readonly string[]
}

const measure = async (input: string): Promise<Size> => {
  const warnings: string[] = []
  const bundle = await rolldown({
    input,
    platform: 'browser',
    treeshake: { moduleSideEffects: true },
    onLog: (level, log) => {
      if (level === 'warn') warnings.push(log.message)
    },
  })
  const { output } = await bundle.generate({ format: 'esm', minify: true, codeSplitting: false })
  const [chunk] = output
  // What is still imported after bundling could not be found for a browser: a Node built-in or a missing package.
  const left = [...chunk.imports, ...chunk.dynamicImports].map((name) => `not for a browser: import of "${name}"`)
  const code = Buffer.from(chunk.code)
  const gzip = gzipSync(code, { level: 9 }).length
  const brotli = brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length
  return { code, gzip, brotli, problems: [...left, ...warnings] }
}

const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`
const say = (entry: string, { code, gzip, brotli }: Size): void =>
  console.log(
    `browser worker bundle of ${entry}: ${kib(code.length)} minified, ${kib(gzip)} gzip, ${kib(brotli)} brotli`,
  )

const whole = await measure(ENTRY)
const bare = await measure(BARE)
say(ENTRY, whole)
say(BARE, bare)
if (whole.gzip > AIM) console.log(`the aim of ${kib(AIM)} gzip is missed by ${kib(whole.gzip - AIM)}`)
mkdirSync('.cache', { recursive: true })
writeFileSync('.cache/soquete.worker.js', whole.code)
if (options.json !== undefined) {
  const sizes = {
    minified: whole.code.length,
    gzip: whole.gzip,
    brotli: whole.brotli,
    bare: bare.gzip,
    aim: AIM,
    limit: LIMIT,
  }
  writeFileSync(options.json, `${JSON.stringify(sizes, null, 2)}\n`)
}

const problems = [
  ...whole.problems,
  ...(whole.gzip > LIMIT ? [`${kib(whole.gzip)} compressed with gzip is above ${kib(LIMIT)}`] : []),
]
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
