import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { SCRIPTS as PROGRAMS } from '../userland/core/corpus.ts'
import { SCRIPTS } from '../userland/sh/corpus.ts'
import { answerOf } from '../userland/sh/machine.ts'
import { normalise, type Recorded, writeRecorded } from '../userland/sh/recorded.ts'

/** `SOQUETE_RECORD=1` keeps the real answers for the unit tests, which run without bash and coreutils. */
const RECORDS = process.env['SOQUETE_RECORD'] === '1'

/** What Debian's bash and programs answer, in an empty directory that is called /work. */
const real = (text: string): Recorded => {
  const folder = mkdtempSync(join(tmpdir(), 'shell-'))
  const env = {
    // SHLVL keeps bash from taking a pipe of ours for a network login.
    SHLVL: '1',
    HOME: '/root',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    USER: 'root',
    LOGNAME: 'root',
    SHELL: '/bin/bash',
    TZ: 'UTC',
  }
  const result = spawnSync('bash', ['-c', text], { cwd: folder, env, encoding: 'utf8', input: '' })
  rmSync(folder, { recursive: true, force: true })
  const signal = result.signal === null ? 0 : constants.signals[result.signal]
  return normalise({
    stdout: result.stdout.replaceAll(folder, '/work'),
    stderr: result.stderr.replaceAll(folder, '/work'),
    code: result.status ?? 128 + signal,
  })
}

describe.each([
  ['bash', SCRIPTS, '../sh/recorded.json'],
  ['coreutils, grep, findutils, procps', PROGRAMS, '../core/recorded.json'],
] as const)('%s answer the same', (_name, scripts, file) => {
  const answers: Record<string, Recorded> = {}

  afterAll(() => {
    if (RECORDS) writeRecorded(file, answers)
  })

  test.each(scripts)('%s', async (text) => {
    const expected = real(text)
    answers[text] = expected
    expect(await answerOf(text)).toEqual(expected)
  })
})
