/**
 * `npm run size`: bundles pages that use the portable face, with nothing but rolldown and no polyfill, and prints what each
 * loads first and what comes when it is needed (the programs of a host, the resolver, the packet filter). Fails on an import
 * that a browser does not have, when a bundled page does not run, and above the limits once compressed. `AIM` is what the first
 * load of a page with a `Network` ought to be: said when missed, and kept in docs/status.md. `--modules` prints what each
 * module of it weighs by itself.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { type OutputChunk, rolldown } from 'rolldown'
import { minifySync } from 'rolldown/experimental'
import type { Network as PortableNetwork } from '../src/index.ts'

const AIM = 120 * 1024
/** No first load grows past this unnoticed. */
const LIMIT = 130 * 1024
/** Nor everything together. */
const LIMIT_ALL = 340 * 1024

/** What a page imports, by what it is called in the report. */
const PAGES: Readonly<Record<string, string>> = {
  network: "import { Network } from './src/index.ts'\nglobalThis.soquete = Network",
  'whole face': "import * as soquete from './src/index.ts'\nglobalThis.soquete = soquete",
  'with topologies':
    "import { Network } from './src/index.ts'\nimport { buildTopology, parseTopology } from './src/topology.ts'\nglobalThis.soquete = { Network, buildTopology, parseTopology }",
}

const { values: options } = parseArgs({ options: { json: { type: 'string' }, modules: { type: 'boolean' } } })

interface Weight {
  readonly minified: number
  readonly gzip: number
  readonly brotli: number
}

interface Page {
  readonly first: Weight
  /** By what a piece begins with, heaviest first. */
  readonly later: readonly { readonly name: string; readonly weight: Weight }[]
  readonly chunks: readonly OutputChunk[]
  readonly firstModules: readonly string[]
  /** What would not run in a browser, or could not be bundled. */
  readonly problems: readonly string[]
}

const weigh = (code: string): Weight => ({
  minified: Buffer.byteLength(code),
  gzip: gzipSync(code, { level: 9 }).length,
  brotli: brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
})

const sum = (weights: readonly Weight[]): Weight => ({
  minified: weights.reduce((total, { minified }) => total + minified, 0),
  gzip: weights.reduce((total, { gzip }) => total + gzip, 0),
  brotli: weights.reduce((total, { brotli }) => total + brotli, 0),
})

/** The page's own file, and all that it imports outright. */
const firstOf = (chunks: readonly OutputChunk[]): ReadonlySet<OutputChunk> => {
  const first = new Set<OutputChunk>()
  const add = (chunk: OutputChunk | undefined): void => {
    if (chunk === undefined || first.has(chunk)) return
    first.add(chunk)
    for (const name of chunk.imports) add(chunks.find(({ fileName }) => fileName === name))
  }
  add(chunks.find(({ isEntry }) => isEntry))
  return first
}

const bundle = async (source: string): Promise<Page> => {
  const page = resolve('page.js')
  const warnings: string[] = []
  const built = await rolldown({
    input: page,
    platform: 'browser',
    plugins: [
      {
        name: 'page',
        resolveId: (id) => (id === page ? page : null),
        load: (id) => (id === page ? source : null),
      },
    ],
    onLog: (level, log) => {
      if (level === 'warn') warnings.push(log.message)
    },
  })
  const { output } = await built.generate({ format: 'esm', minify: true })
  const chunks = output.filter((one): one is OutputChunk => one.type === 'chunk')
  const names = new Set(chunks.map(({ fileName }) => fileName))
  // What is imported and no piece of the bundle could not be found for a browser: a Node built-in or a missing package.
  const left = chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports])
  const problems = left.filter((name) => !names.has(name)).map((name) => `not for a browser: import of "${name}"`)
  const first = firstOf(chunks)
  return {
    first: sum([...first].map(({ code }) => weigh(code))),
    later: chunks
      .filter((chunk) => !first.has(chunk))
      .map(({ name, code }) => ({ name, weight: weigh(code) }))
      .sort((a, b) => b.weight.gzip - a.weight.gzip),
    chunks,
    firstModules: [...first].flatMap(({ moduleIds }) => moduleIds),
    problems: [...problems, ...warnings],
  }
}

const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`
const text = ({ minified, gzip, brotli }: Weight): string =>
  `${kib(minified)} minified, ${kib(gzip)} gzip, ${kib(brotli)} brotli`

/** Modules by themselves: their sum is more than they weigh together. */
const printModules = async ({ firstModules }: Page, source: string): Promise<void> => {
  const page = resolve('page.js')
  const built = await rolldown({
    input: page,
    platform: 'browser',
    plugins: [
      { name: 'page', resolveId: (id) => (id === page ? page : null), load: (id) => (id === page ? source : null) },
    ],
  })
  const { output } = await built.generate({ format: 'esm' })
  const rows = output
    .flatMap((one) => (one.type === 'chunk' ? Object.entries(one.modules) : []))
    .filter(([id, { code }]) => firstModules.includes(id) && code !== null)
    .map(([id, { code }]) => {
      const { code: small } = minifySync(id, code ?? '', { mangle: { toplevel: true } })
      return { id: relative('.', id), gzip: gzipSync(small, { level: 9 }).length }
    })
    .sort((a, b) => b.gzip - a.gzip)
  for (const { id, gzip } of rows) console.log(`  ${String(gzip).padStart(6)} ${id}`)
}

const pages = new Map<string, Page>()
for (const [name, source] of Object.entries(PAGES)) {
  const page = await bundle(source)
  pages.set(name, page)
  console.log(`page, ${name}: loads first ${text(page.first)}`)
}
const network = pages.get('network') as Page
if (options.modules === true) await printModules(network, PAGES['network'] as string)
const later = sum(network.later.map(({ weight }) => weight))
console.log(`then, when needed: ${text(later)}`)
for (const { name, weight } of network.later) console.log(`  ${kib(weight.gzip).padStart(9)} gzip  ${name}`)
const all = network.first.gzip + later.gzip
const aim = network.first.gzip > AIM ? `missed by ${kib(network.first.gzip - AIM)}` : 'reached'
console.log(`the aim of ${kib(AIM)} gzip for the first load is ${aim}`)

mkdirSync('.cache/page', { recursive: true })
writeFileSync('.cache/page/package.json', '{ "type": "module" }\n')
for (const { fileName, code } of network.chunks) writeFileSync(`.cache/page/${fileName}`, code)
if (options.json !== undefined) {
  const sizes = {
    first: Object.fromEntries([...pages].map(([name, { first }]) => [name, first])),
    later: Object.fromEntries(network.later.map(({ name, weight }) => [name, weight])),
    all,
    aim: AIM,
    limit: LIMIT,
  }
  writeFileSync(options.json, `${JSON.stringify(sizes, null, 2)}\n`)
}

/** The pieces fit: the bundled page runs a shell with programs that come when needed. */
const tryPage = async (): Promise<string[]> => {
  const shared = globalThis as { soquete?: typeof PortableNetwork }
  await import(pathToFileURL('.cache/page/page.js').href)
  const { soquete: Network } = shared
  if (Network === undefined) return ['the page does not run']
  const net = new Network()
  const child = net.host('page', {}).spawn('sh', ['-c', 'ping -c 1 localhost | grep -c "1 received"'])
  await child.exited
  await net.close()
  const said = child.stdout?.text
  return said === '1\n' ? [] : [`a shell on the bundled page said ${JSON.stringify(said)}: ${child.stderr?.text}`]
}

const problems = [
  ...(await tryPage()),
  ...[...pages.values()].flatMap((page) => page.problems),
  ...(network.first.gzip > LIMIT ? [`the first load, ${kib(network.first.gzip)} gzip, is above ${kib(LIMIT)}`] : []),
  ...(all > LIMIT_ALL ? [`all pieces together, ${kib(all)} gzip, are above ${kib(LIMIT_ALL)}`] : []),
]
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
