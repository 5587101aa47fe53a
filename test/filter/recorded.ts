/** Answers of the real nft, kept for tests that run without it. */
import { readFileSync, writeFileSync } from 'node:fs'

const FILE = new URL('nft.json', import.meta.url)

export const readRecorded = (): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, string>

export const writeRecorded = (answers: Readonly<Record<string, string>>): void =>
  writeFileSync(FILE, `${JSON.stringify(answers, null, 2)}\n`)
