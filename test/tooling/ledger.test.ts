import { describe, expect, test } from 'vitest'
import { buildLedger, filterEntries, missingEntries, openEntries, summarise } from '../../scripts/ledger/ledger.ts'
import { indexRows, parseTable, parseWaivers, requiredRows } from '../../scripts/ledger/tables.ts'
import { namesIn, parseReport, type TestResult } from '../../scripts/ledger/titles.ts'

const header = 'id\trfc\tsection\tlevel\trequirement\tlayer\tchecked\n'
const table = `${header}MAY-9\t9293\t1\tMAY\tsing\ttcp\ttext
MUST-1\t9293\t1\tMUST\tcount\ttcp\ttext
MUST-2\t9293\t1\tMUST NOT\tlie\tip\ttext
9293-3.5.2-a\t9293\t3.5.2\tSHOULD\tanswer\ttcp\ttext
`
const rows = indexRows([parseTable('t.tsv', table)])
const ran = (title: string, status = 'passed'): TestResult => ({ file: 'x.test.ts', title, status })
const ledger = (tests: TestResult[], waived: [string, string][] = []) => buildLedger(rows, new Map(waived), tests, [])
const states = (tests: TestResult[], waived: [string, string][] = []) =>
  Object.fromEntries(ledger(tests, waived).entries.map(({ row, state }) => [row.id, state]))

describe('titles', () => {
  test.each([
    ['[MUST-1] a', ['MUST-1']],
    ['[MUST-1, 9293-3.5.2-a] a', ['MUST-1', '9293-3.5.2-a']],
    ['[sock-poll-6] [9293-3.10.7.4-r] a [MUST-1]', ['sock-poll-6', '9293-3.10.7.4-r']],
    ['854-p2-a', []],
    ['a [MUST-1]', []],
    ['[a note] [MUST-1] a', []],
    ['[0] first', []],
    ['[] empty', []],
    ['[MUST-1 unclosed', []],
  ])('reads %s', (title, ids) => {
    expect(namesIn(title)).toEqual({ ids, malformed: [] })
  })

  test('brackets that mix ids with other content are malformed', () => {
    expect(namesIn('[MUST-1, MUTS-2] a')).toEqual({ ids: ['MUST-1'], malformed: ['[MUST-1, MUTS-2]'] })
  })

  test('the title of a describe does not count', () => {
    const report = {
      testResults: [
        {
          name: 'f',
          assertionResults: [{ ancestorTitles: ['[MUST-1]'], fullName: '[MUST-1] b', title: 'b', status: 'passed' }],
        },
      ],
    }
    expect(parseReport('r', JSON.stringify(report))).toEqual([{ file: 'f', title: 'b', status: 'passed' }])
    expect(() => parseReport('r', '{}')).toThrow('r is no Vitest JSON report')
  })
})

describe('tables', () => {
  test.each([
    ['header', 'id\n', 't:1'],
    ['fields', `${header}MUST-1\t1\n`, 't:2: 2 fields instead of 7'],
    ['id', `${header}MUST1\t1\t1\tMUST\ta\tb\tc\n`, 't:2: "MUST1"'],
    ['level', `${header}MUST-1\t1\t1\tMUSTN\ta\tb\tc\n`, 't:2: "MUSTN"'],
  ])('refuses a wrong %s', (_name, text, message) => {
    expect(() => parseTable('t', text)).toThrow(message)
  })

  test('an id stands in one table only', () => {
    expect(() => indexRows([parseTable('a', table), parseTable('b', table)])).toThrow('also in a')
  })

  test('waivers need a reason and stand once', () => {
    expect([...parseWaivers('w', 'id\treason\nMUST-1\ton purpose\n')]).toEqual([['MUST-1', 'on purpose']])
    expect(() => parseWaivers('w', 'id\treason\nMUST-1\t \n')).toThrow('w:2')
    expect(() => parseWaivers('w', 'id\treason\nMUST-1\ta\nMUST-1\tb\n')).toThrow('w:3: MUST-1 is waived twice')
  })

  test('what is required: file, levels, the whole id, less what comes later', () => {
    const claim = {
      file: 't.tsv',
      levels: ['MUST', 'SHOULD'] as ('MUST' | 'SHOULD')[],
      ids: 'MUST-.*|9293-.*',
      later: {},
    }
    const ids = (later: Record<string, string>) => requiredRows({ ...claim, later }, rows.values()).map(({ id }) => id)
    expect(ids({})).toEqual(['MUST-1', '9293-3.5.2-a'])
    expect(ids({ 'MUST-1': 'soon' })).toEqual(['9293-3.5.2-a'])
    expect(() => ids({ 'MUST-2': 'soon' })).toThrow('MUST-2')
  })
})

describe('the ledger', () => {
  test('covered by a passing test, not by a skipped or failing one', () => {
    expect(
      states([ran('[MUST-1] a'), ran('[MUST-2] b', 'skipped'), ran('[MAY-9] c', 'failed'), ran('[MAY-9] d')]),
    ).toEqual({
      'MAY-9': 'failing',
      'MUST-1': 'covered',
      'MUST-2': 'uncovered',
      '9293-3.5.2-a': 'uncovered',
    })
  })

  test('unknown ids, malformed brackets and waivers that contradict are errors', () => {
    expect(ledger([ran('[MUST-1] a')], [['MUST-2', 'on purpose']]).errors).toEqual([])
    expect(ledger([ran('[MUST-99] a')]).errors).toEqual([expect.stringContaining('MUST-99')])
    expect(ledger([ran('[MUST-1, x] a')]).errors).toEqual([expect.stringContaining('mixes')])
    expect(ledger([ran('[MUST-1] a')], [['MUST-1', 'r']]).errors).toEqual([expect.stringContaining('has a test')])
    expect(ledger([], [['MUST-99', 'r']]).errors).toEqual([expect.stringContaining('no table has')])
  })

  test('a waived row is waived', () => {
    expect(states([], [['MUST-2', 'r']])['MUST-2']).toBe('waived')
  })

  test('sums per file and level, and lists what is open with absolutes first', () => {
    const { entries } = ledger([ran('[MUST-1] a')], [['9293-3.5.2-a', 'r']])
    expect(
      summarise(entries).map(({ level, rows: n, covered, waived, uncovered }) => [
        level,
        n,
        covered,
        waived,
        uncovered,
      ]),
    ).toEqual([
      ['MUST', 1, 1, 0, 0],
      ['MUST NOT', 1, 0, 0, 1],
      ['SHOULD', 1, 0, 1, 0],
      ['MAY', 1, 0, 0, 1],
    ])
    expect(openEntries(entries).map(({ row }) => row.id)).toEqual(['MUST-2', 'MAY-9'])
  })

  test('filters by file, layer and prefix of the id', () => {
    const { entries } = ledger([])
    const ids = (filter: { files?: string[]; layers?: string[]; ids?: string[] }) =>
      filterEntries(entries, { files: [], layers: [], ids: [], ...filter }).map(({ row }) => row.id)
    expect(ids({ files: ['t'], layers: ['ip'] })).toEqual(['MUST-2'])
    expect(ids({ ids: ['MUST', '9293'] })).toEqual(['MUST-1', 'MUST-2', '9293-3.5.2-a'])
    expect(ids({ files: ['u.tsv'] })).toEqual([])
  })

  test('required rows are missing until covered or waived', () => {
    const claim = { file: 't.tsv', levels: ['MUST', 'MUST NOT'] as ('MUST' | 'MUST NOT')[], ids: '.*', later: {} }
    const missing = (tests: TestResult[], waived: [string, string][]) =>
      missingEntries(buildLedger(rows, new Map(waived), tests, [claim]).entries).map(({ row }) => row.id)
    expect(missing([], [])).toEqual(['MUST-1', 'MUST-2'])
    expect(missing([ran('[MUST-1] a')], [['MUST-2', 'r']])).toEqual([])
    expect(missing([ran('[MUST-1] a', 'failed')], [])).toEqual(['MUST-1', 'MUST-2'])
  })
})
