/** A seeded sample of the mutants of some files. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isAbsolute, relative } from 'node:path'
import type { Mutant } from '@stryker-mutator/api/core'
import type { Logger } from '@stryker-mutator/api/logging'
import { Instrumenter } from '@stryker-mutator/instrumenter'

const quiet = (): undefined => undefined
const off = (): boolean => false
const logger: Logger = {
  isTraceEnabled: off,
  isDebugEnabled: off,
  isInfoEnabled: off,
  isWarnEnabled: off,
  isErrorEnabled: off,
  isFatalEnabled: off,
  trace: quiet,
  debug: quiet,
  info: quiet,
  warn: quiet,
  error: quiet,
  fatal: quiet,
}

/** What tells one mutant from all others as long as its file does not change. */
export const keyOf = ({ fileName, location, mutatorName, replacement }: Mutant, root: string): string => {
  const file = isAbsolute(fileName) ? relative(root, fileName) : fileName
  const { start, end } = location
  return `${file.replaceAll('\\', '/')}:${start.line}:${start.column}-${end.line}:${end.column} ${mutatorName} ${replacement}`
}

/** Keys of all mutants that Stryker makes of these files, less those that a comment in the code turns off. */
export const listMutants = async (files: string[], root: string): Promise<string[]> => {
  const sources = files.map((name) => ({ name, mutate: true, content: readFileSync(name, 'utf8') }))
  const options = { ignorers: [], excludedMutations: [], plugins: null }
  const { mutants } = await new Instrumenter(logger).instrument(sources, options)
  return mutants.filter(({ status }) => status !== 'Ignored').map((mutant) => keyOf(mutant, root))
}

/**
 * `count` of the keys: those whose hash with the seed is lowest. A change to one place of the code therefore moves only the
 * mutants of that place in or out of the sample.
 */
export const drawSample = (keys: string[], count: number, seed: number): string[] => {
  const ranked = keys.map((key) => ({ key, rank: createHash('sha256').update(`${seed} ${key}`).digest('hex') }))
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1))
  return ranked.slice(0, count).map(({ key }) => key)
}
