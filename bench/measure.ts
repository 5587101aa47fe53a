/** Interleaved rounds, medians and ratios: machines drift by the minute, so only figures of one run are compared. */

import { cpus } from 'node:os'

/** One way to do a workload. `run` does it once and returns its figure. */
export interface Contender {
  readonly name: string
  run(): Promise<number>
}

export interface Workload {
  readonly name: string
  readonly unit: string
  /** Smaller figures are better (bytes of memory). */
  readonly smaller?: boolean
  /** The first one is the rival that the others are divided by. */
  readonly contenders: readonly Contender[]
  /** After the last round. */
  end?(): Promise<void>
}

export interface Row {
  readonly workload: string
  readonly contender: string
  readonly unit: string
  readonly median: number
  readonly min: number
  readonly max: number
  /** Against the first contender of the same workload, from the medians; above 1 is better. */
  readonly ratio: number
}

const WARM_UPS = 2

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** Collect garbage, that of objects that only die when the event loop turns included. */
export const collect = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setImmediate(resolve))
    globalThis.gc?.()
  }
}

/** Run all contenders of a workload in turn, `rounds` times after `WARM_UPS`, which count for nothing: what runs once is no measure of code that
 * a compiler watches. */
export const measure = async (workload: Workload, rounds: number, progress: (text: string) => void): Promise<Row[]> => {
  const figures = workload.contenders.map(() => [] as number[])
  for (let round = -WARM_UPS; round < rounds; round++) {
    for (const [i, contender] of workload.contenders.entries()) {
      progress(`${workload.name}: ${contender.name}, ${round < 0 ? 'warm-up' : `round ${round + 1} of ${rounds}`}`)
      await collect()
      const figure = await contender.run()
      if (round >= 0) figures[i]?.push(figure)
    }
  }
  await workload.end?.()
  const base = median(figures[0] ?? [])
  return workload.contenders.map((contender, i) => {
    const mine = figures[i] ?? []
    const middle = median(mine)
    return {
      workload: workload.name,
      contender: contender.name,
      unit: workload.unit,
      median: middle,
      min: Math.min(...mine),
      max: Math.max(...mine),
      ratio: workload.smaller === true ? base / middle : middle / base,
    }
  })
}

const number = (n: number): string => Math.round(n).toLocaleString('en-US').replaceAll(',', ' ')

/** A table of Markdown, with the machine that it is true for. */
export const report = (rows: readonly Row[], rounds: number): string =>
  [
    `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'cpu'}, ${rounds} rounds, medians\n`,
    '| workload | contender | median | min | max | unit | ratio |',
    '|---|---|---|---|---|---|---|',
    ...rows.map(
      (r) =>
        `| ${r.workload} | ${r.contender} | ${number(r.median)} | ${number(r.min)} | ${number(r.max)} | ${r.unit} | ${r.ratio.toFixed(1)} |`,
    ),
  ].join('\n')
