/** Debian's nft, in a network namespace of its own, lists and refuses each rule as it did when its answers were kept. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { answerOf, batch, FAMILIES, RULES } from '../filter/nft-corpus.ts'
import { readRecorded, writeRecorded } from '../filter/recorded.ts'

const RECORDS = process.env['SOQUETE_RECORD'] === '1'

/** All rules of a family in one shell. What fails leaves the tables as they were, so nothing is listed then. */
const real = (family: string): Record<string, string> => {
  const folder = mkdtempSync(join(tmpdir(), 'nft-'))
  const lines = ['ip link set lo up', 'ip link add eth0 type veth peer name eth1']
  RULES.forEach((rule, i) => {
    writeFileSync(join(folder, String(i)), `flush ruleset; ${batch(family, rule)}`)
    lines.push('echo @@@', `nft -f ${folder}/${i} 2>&1 && echo @@ && nft list ruleset || echo @@`)
  })
  const { stdout, error, status } = spawnSync('unshare', ['-n', 'sh', '-c', lines.join('\n')], {
    encoding: 'utf8',
    maxBuffer: 1e8,
    env: { ...process.env, LANG: 'C.UTF-8' },
  })
  rmSync(folder, { recursive: true })
  if (error !== undefined || status !== 0) throw error ?? new Error(`unshare ended with ${status}`)
  const answers: Record<string, string> = {}
  for (const [i, part] of stdout.split('@@@\n').slice(1).entries()) {
    const [stderr = '', listing = ''] = part.split('@@\n')
    answers[`${family} ${RULES[i]}`] = answerOf(stderr, listing)
  }
  return answers
}

const answers: Record<string, string> = {}
afterAll(() => {
  if (RECORDS) writeRecorded(answers)
})

test.each(FAMILIES)('nft answers as it did, table %s', (family) => {
  const now = real(family)
  Object.assign(answers, now)
  if (RECORDS) return
  const then = Object.entries(readRecorded()).filter(([name]) => name.startsWith(`${family} `))
  expect(now).toEqual(Object.fromEntries(then))
})
