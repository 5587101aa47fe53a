import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { NOT_SAMPLED } from '../../scripts/mutate/checker.ts'
import { drawSample, listMutants } from '../../scripts/mutate/sample.ts'
import { markdown, scoreOf } from '../../scripts/mutate/score.ts'

const keys = Array.from({ length: 100 }, (_, index) => `src/a.ts:${index}`)

test('a sample is drawn by seed, without repetition', () => {
  const sample = drawSample(keys, 30, 1)
  expect(new Set(sample).size).toBe(30)
  expect(drawSample(keys, 30, 1)).toEqual(sample)
  expect(drawSample(keys.toReversed(), 30, 1)).toEqual(sample)
  expect(drawSample(keys, 30, 2)).not.toEqual(sample)
  expect(drawSample(keys, 200, 1)).toHaveLength(100)
})

test('a change to one place leaves the rest of the sample alone', () => {
  const before = drawSample(keys, 30, 1)
  const after = drawSample([...keys.slice(1), 'src/a.ts:new'], 30, 1)
  expect(before.filter((key) => !after.includes(key)).length).toBeLessThanOrEqual(1)
})

test('mutants are told apart by place, mutator and replacement', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'soquete-mutants-'))
  const file = join(folder, 'a.ts')
  writeFileSync(file, 'export const f = (a: number): boolean => a < 1\n')
  const mutants = await listMutants([file], folder)
  rmSync(folder, { recursive: true })
  expect(new Set(mutants).size).toBe(mutants.length)
  expect(mutants).toContain('a.ts:0:41-0:46 EqualityOperator a <= 1')
  expect(mutants).toContain('a.ts:0:41-0:46 EqualityOperator a >= 1')
})

test('the score counts what the sample detected, and nothing outside it', () => {
  const mutant = (status: string, statusReason = '') => ({
    mutatorName: 'M',
    replacement: 'r',
    status,
    statusReason,
    location: { start: { line: 7 } },
  })
  const statuses = ['Killed', 'Killed', 'Timeout', 'Survived', 'NoCoverage', 'RuntimeError', 'Ignored']
  const mutants = [...statuses.map((status) => mutant(status)), mutant('CompileError', NOT_SAMPLED)]
  const score = scoreOf('tcp', 8, 12, { files: { 'src/tcp/a.ts': { mutants } } })
  expect(score).toMatchObject({ sampled: 6, killed: 2, timeout: 1, survived: 1, noCoverage: 1, error: 1, score: 60 })
  expect(score.survivors.map(({ file, line, status }) => [file, line, status])).toEqual([
    ['src/tcp/a.ts', 7, 'Survived'],
    ['src/tcp/a.ts', 7, 'NoCoverage'],
  ])
  expect(markdown([score], 1)).toContain('| `tcp` | 8 | 6 | 2 | 1 | 1 | 1 | 1 | 60.0 % | 12 s |')
})
