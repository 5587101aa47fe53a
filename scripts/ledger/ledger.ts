/** Rows against tests: what is covered, what is not, and what contradicts itself. */
import { LEVELS, type Level, type Required, type Row, requiredRows } from './tables.ts'
import { namesIn, type TestResult } from './titles.ts'

export type State = 'covered' | 'waived' | 'uncovered' | 'failing'

export interface Entry {
  row: Row
  state: State
  /** Titles of the tests that name the row and passed. */
  tests: string[]
  /** Whether `required.json` asks for it. */
  required: boolean
}

export interface Ledger {
  entries: Entry[]
  /** Sentences; any of them fails the run. */
  errors: string[]
}

export interface Filter {
  files: string[]
  layers: string[]
  ids: string[]
}

const stateOf = (passed: number, failed: number, waived: boolean): State => {
  if (failed > 0) return 'failing'
  if (passed > 0) return 'covered'
  return waived ? 'waived' : 'uncovered'
}

interface Tally {
  passed: string[]
  failed: string[]
}

const tally = (tests: TestResult[], rows: Map<string, Row>, errors: string[]): Map<string, Tally> => {
  const byId = new Map<string, Tally>()
  for (const { file, title, status } of tests) {
    const { ids, malformed } = namesIn(title)
    for (const bracket of malformed) errors.push(`${file}: ${bracket} mixes ids with other content: "${title}"`)
    for (const id of ids) {
      if (!rows.has(id)) errors.push(`${file}: no table has the id ${id}: "${title}"`)
      const entry = byId.get(id) ?? { passed: [], failed: [] }
      byId.set(id, entry)
      if (status === 'passed') entry.passed.push(title)
      else if (status === 'failed') entry.failed.push(title)
    }
  }
  return byId
}

export const buildLedger = (
  rows: Map<string, Row>,
  waivers: Map<string, string>,
  tests: TestResult[],
  claims: Required[],
): Ledger => {
  const errors: string[] = []
  const byId = tally(tests, rows, errors)
  for (const [id] of waivers) {
    if (!rows.has(id)) errors.push(`waivers.tsv: no table has the id ${id}`)
    else if (byId.has(id)) errors.push(`waivers.tsv: ${id} has a test: "${byId.get(id)?.passed[0] ?? 'not passing'}"`)
  }
  const required = new Set(claims.flatMap((claim) => requiredRows(claim, rows.values())).map((row) => row.id))
  const entries = [...rows.values()].map((row) => {
    const { passed, failed } = byId.get(row.id) ?? { passed: [], failed: [] }
    const state = stateOf(passed.length, failed.length, waivers.has(row.id))
    return { row, state, tests: passed, required: required.has(row.id) }
  })
  return { entries, errors }
}

const any = (wanted: string[], matches: (text: string) => boolean): boolean =>
  wanted.length === 0 || wanted.some(matches)

/** Entries that a filter leaves; an empty list lets all pass. */
export const filterEntries = (entries: Entry[], { files, layers, ids }: Filter): Entry[] =>
  entries.filter(
    ({ row }) =>
      any(files, (file) => row.file === file || row.file === `${file}.tsv`) &&
      any(layers, (layer) => row.layer === layer) &&
      any(ids, (id) => row.id.startsWith(id)),
  )

export interface Line {
  file: string
  level: Level
  rows: number
  covered: number
  waived: number
  uncovered: number
  failing: number
}

/** Per file and level, in the tables' order; levels without a row are left out. */
export const summarise = (entries: Entry[]): Line[] => {
  const files = [...new Set(entries.map(({ row }) => row.file))]
  return files.flatMap((file) =>
    LEVELS.flatMap((level) => {
      const here = entries.filter(({ row }) => row.file === file && row.level === level)
      if (here.length === 0) return []
      const count = (state: State): number => here.filter((entry) => entry.state === state).length
      return [
        {
          file,
          level,
          rows: here.length,
          covered: count('covered'),
          waived: count('waived'),
          uncovered: count('uncovered'),
          failing: count('failing'),
        },
      ]
    }),
  )
}

const isOpen = (entry: Entry): boolean => entry.state === 'uncovered' || entry.state === 'failing'

/** What is open, absolute requirements first, then as in the tables. */
export const openEntries = (entries: Entry[]): Entry[] => {
  const open = entries.filter(isOpen)
  const absolute = ({ row }: Entry): boolean => row.level.startsWith('MUST')
  return [...open.filter(absolute), ...open.filter((entry) => !absolute(entry))]
}

/** Open rows that `required.json` asks for. */
export const missingEntries = (entries: Entry[]): Entry[] => openEntries(entries).filter((entry) => entry.required)
