/** From Stryker's report to a score. */
import { NOT_SAMPLED } from './checker.ts'

interface ReportedMutant {
  mutatorName: string
  replacement?: string
  status: string
  statusReason?: string
  location: { start: { line: number } }
}

export interface Report {
  files: Record<string, { mutants: ReportedMutant[] }>
}

export interface Survivor {
  file: string
  line: number
  mutator: string
  replacement: string
  status: string
}

export interface Score {
  layer: string
  /** Mutants that Stryker makes of the layer. */
  mutants: number
  sampled: number
  killed: number
  timeout: number
  survived: number
  noCoverage: number
  /** Mutants that broke the run itself; in no sum. */
  error: number
  /** Detected (killed or timed out) per cent of all that ran or had no test. */
  score: number
  seconds: number
  survivors: Survivor[]
}

/** Score of the sampled mutants of one layer. */
export const scoreOf = (layer: string, mutants: number, seconds: number, report: Report): Score => {
  const sampled = Object.entries(report.files).flatMap(([file, content]) =>
    content.mutants
      .filter(({ status, statusReason }) => statusReason !== NOT_SAMPLED && status !== 'Ignored')
      .map((mutant) => ({ file, mutant })),
  )
  const count = (status: string): number => sampled.filter(({ mutant }) => mutant.status === status).length
  const killed = count('Killed')
  const timeout = count('Timeout')
  const survived = count('Survived')
  const noCoverage = count('NoCoverage')
  const valid = killed + timeout + survived + noCoverage
  const survivors = sampled
    .filter(({ mutant: { status } }) => status === 'Survived' || status === 'NoCoverage')
    .map(({ file, mutant }) => ({
      file,
      line: mutant.location.start.line,
      mutator: mutant.mutatorName,
      replacement: mutant.replacement ?? '',
      status: mutant.status,
    }))
    .sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1))
  return {
    layer,
    mutants,
    sampled: sampled.length,
    killed,
    timeout,
    survived,
    noCoverage,
    error: sampled.length - valid,
    score: valid === 0 ? 0 : (100 * (killed + timeout)) / valid,
    seconds,
    survivors,
  }
}

/** The scores as a Markdown table. */
export const markdown = (scores: Score[], seed: number): string => {
  const rows = scores.map(
    (s) =>
      `| \`${s.layer}\` | ${s.mutants} | ${s.sampled} | ${s.killed} | ${s.timeout} | ${s.survived} | ${s.noCoverage} | ` +
      `${s.error} | ${s.score.toFixed(1)} % | ${Math.round(s.seconds)} s |`,
  )
  return [
    `| layer | mutants | sampled (seed ${seed}) | killed | timed out | survived | no test | run error | score | time |`,
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    '',
  ].join('\n')
}
