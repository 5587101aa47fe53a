/** `npm run ledger`: which requirement of conformance/ has a test that passes. See conformance/README.md. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildLedger, filterEntries, type Line, missingEntries, openEntries, summarise } from './ledger/ledger.ts'
import { indexRows, parseTable, parseWaivers, type Required } from './ledger/tables.ts'
import { parseReport } from './ledger/titles.ts'

const FOLDER = 'conformance'
const RUN = '.cache/ledger-run.json'

const { values: options } = parseArgs({
  options: {
    results: { type: 'string', multiple: true, default: [] },
    file: { type: 'string', multiple: true, default: [] },
    layer: { type: 'string', multiple: true, default: [] },
    id: { type: 'string', multiple: true, default: [] },
    require: { type: 'string' },
    summary: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
})

/** Runs the unit tests; a failing test is the ledger's business row by row, so the exit code alone does not end it. */
const runTests = (): string => {
  rmSync(RUN, { force: true })
  const vitest = join('node_modules', 'vitest', 'vitest.mjs')
  const args = ['run', '--project', 'unit', '--reporter=dot', '--reporter=json', `--outputFile.json=${RUN}`]
  spawnSync(process.execPath, [vitest, ...args], { stdio: ['ignore', 'inherit', 'inherit'] })
  return RUN
}

const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8')

const table = (lines: Line[]): string => {
  const head = ['file', 'level', 'rows', 'covered', 'waived', 'uncovered', 'failing']
  const body = lines.map((line) => head.map((name) => String(line[name as keyof Line])))
  const widths = head.map((name, column) => Math.max(name.length, ...body.map((cells) => cells[column]?.length ?? 0)))
  const print = (cells: string[]): string =>
    cells
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
  return [head, ...body].map(print).join('\n')
}

const files = readdirSync(FOLDER).filter((name) => name.endsWith('.tsv') && name !== 'waivers.tsv')
const rows = indexRows(files.sort().map((name) => parseTable(name, read(name))))
const waivers = parseWaivers('waivers.tsv', read('waivers.tsv'))
const claims = options.require === undefined ? [] : (JSON.parse(readFileSync(options.require, 'utf8')) as Required[])
const reports = options.results.length > 0 ? options.results : [runTests()]
const tests = reports.flatMap((name) => parseReport(name, readFileSync(name, 'utf8')))

const ledger = buildLedger(rows, waivers, tests, claims)
const entries = filterEntries(ledger.entries, { files: options.file, layers: options.layer, ids: options.id })
const missing = missingEntries(entries)

console.log(table(summarise(entries)))
const open = options.summary ? missing : openEntries(entries)
if (open.length > 0) console.log('\nwithout a passing test (* required, ! failing):')
for (const { row, state, required } of open) {
  const mark = `${required ? '*' : ' '}${state === 'failing' ? '!' : ' '}`
  console.log(`${mark} ${row.id.padEnd(18)} ${row.level.padEnd(10)} ${row.requirement}`)
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ ...ledger, entries }, null, 2)}\n`)
for (const error of ledger.errors) console.error(`error: ${error}`)
const asked = entries.filter((entry) => entry.required).length
console.log(`\n${tests.length} tests; ${ledger.errors.length} errors; required: ${asked - missing.length} of ${asked}`)
process.exitCode = ledger.errors.length > 0 || missing.length > 0 ? 1 : 0
