/** Answers of the real programs, kept for tests that run without them. */
import { readFileSync, writeFileSync } from 'node:fs'

export interface Recorded {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

const fileOf = (name: string): URL => new URL(name, import.meta.url)

export const readRecorded = (name: string): Readonly<Record<string, Recorded>> =>
  JSON.parse(readFileSync(fileOf(name), 'utf8')) as Record<string, Recorded>

export const writeRecorded = (name: string, answers: Readonly<Record<string, Recorded>>): void =>
  writeFileSync(fileOf(name), `${JSON.stringify(answers, null, 2)}\n`)

/** Process ids differ: `line 1: 13678 Killed`. */
export const normalise = (answer: Recorded): Recorded => ({
  ...answer,
  stderr: answer.stderr.replace(/(line \d+: ) *\d+ (?=[A-Z])/g, '$1PID '),
})
