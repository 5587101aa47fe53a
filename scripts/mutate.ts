/**
 * `npm run mutate [-- --layers tcp,ip --count 300 --seed 1]`: do the tests notice when the code is wrong? Stryker changes one
 * place of a layer at a time and runs the tests that reach it; a sample drawn by seed stands for the rest.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { listFiles } from './files.ts'
import { drawSample, listMutants } from './mutate/sample.ts'
import { markdown, type Report, type Score, scoreOf } from './mutate/score.ts'

const OUT = '.cache/mutate'

/** Tests that stand for a layer: its own folder, and the folders whose tests drive it through its users. */
const tests: Record<string, string[]> = {
  wire: ['wire'],
  ip: ['ip'],
  ports: ['ports'],
  tcp: ['tcp'],
  socket: ['socket', 'unix'],
}

const { values: options } = parseArgs({
  options: {
    layers: { type: 'string', default: 'wire,ip,ports,tcp,socket' },
    count: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    tests: { type: 'string' },
    concurrency: { type: 'string', default: '2' },
    require: { type: 'string', default: '0' },
  },
})
const count = Number(options.count)
const seed = Number(options.seed)

const settings = (layer: string, files: string[], report: string): object => ({
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutate.config.ts', related: false },
  plugins: ['@stryker-mutator/vitest-runner', resolve('scripts/mutate/checker.ts')],
  checkers: ['sample'],
  coverageAnalysis: 'perTest',
  mutate: files,
  ignorePatterns: ['/dist', '/.cache', '/lab', '/docs'],
  concurrency: Number(options.concurrency),
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: report },
  tempDirName: `.stryker-tmp/${layer}`,
  cleanTempDir: 'always',
  allowConsoleColors: false,
  thresholds: { high: 90, low: 70, break: null },
})

const run = async (layer: string): Promise<Score> => {
  const root = process.cwd()
  const folder = join(OUT, layer)
  mkdirSync(folder, { recursive: true })
  const files = listFiles(`src/${layer}`, '.ts')
  const keys = await listMutants(files, root)
  const sample = drawSample(keys, count, seed)
  const [config, report, sampleFile] = ['stryker.config.json', 'report.json', 'sample.json'].map((name) =>
    join(folder, name),
  ) as [string, string, string]
  writeFileSync(sampleFile, JSON.stringify(sample, null, 1))
  writeFileSync(config, JSON.stringify(settings(layer, files, report), null, 2))
  const folders = options.tests?.split(',') ?? tests[layer] ?? [layer]
  if (folders.flatMap((name) => listFiles(`test/${name}`, '.test.ts')).length === 0) {
    throw new Error(`${layer}: no tests in ${folders.map((name) => `test/${name}`).join(', ')}`)
  }
  console.log(`\n${layer}: ${sample.length} of ${keys.length} mutants, tests of ${folders.join(', ')}`)
  const started = performance.now()
  const stryker = join('node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js')
  const { status } = spawnSync(process.execPath, [stryker, 'run', config], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      SOQUETE_MUTATE_SAMPLE: resolve(sampleFile),
      SOQUETE_MUTATE_ROOT: root,
      SOQUETE_MUTATE_TESTS: folders.join(','),
    },
  })
  if (status !== 0 || !existsSync(report)) throw new Error(`Stryker failed on ${layer} (exit ${status})`)
  const seconds = (performance.now() - started) / 1000
  return scoreOf(layer, keys.length, seconds, JSON.parse(readFileSync(report, 'utf8')) as Report)
}

const scores: Score[] = []
for (const layer of options.layers.split(',')) {
  const score = await run(layer)
  scores.push(score)
  for (const { file, line, mutator, replacement, status } of score.survivors) {
    console.log(`${status.padEnd(10)} ${file}:${line} ${mutator}: ${replacement.replaceAll(/\s+/g, ' ').slice(0, 80)}`)
  }
}
const text = markdown(scores, seed)
writeFileSync(join(OUT, 'scores.json'), `${JSON.stringify({ seed, count, scores }, null, 2)}\n`)
writeFileSync(join(OUT, 'scores.md'), text)
console.log(`\n${text}`)
const low = scores.filter(({ score }) => score < Number(options.require))
for (const { layer, score } of low) console.error(`${layer}: ${score.toFixed(1)} % is below ${options.require} %`)
process.exitCode = low.length > 0 ? 1 : 0
