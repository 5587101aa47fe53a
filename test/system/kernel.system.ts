/** The measured cases on the kernel of this machine, each in a network namespace with `lo` alone: the same texts come out. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, test } from 'vitest'
import { ROWS } from '../linux/rows/index.ts'
import { type Executor, play, trimmed } from '../linux/script.ts'

const folder = mkdtempSync(join(tmpdir(), 'kernel-'))
const child = spawn('python3', [new URL('./kernel.py', import.meta.url).pathname, folder], {
  stdio: ['pipe', 'pipe', 'inherit'],
})
const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()

const execute: Executor = async (call) => {
  child.stdin.write(`${JSON.stringify(call)}\n`)
  const { value, done } = await answers.next()
  if (done === true) throw new Error(`no answer to ${JSON.stringify(call)}`)
  return JSON.parse(value) as string | number
}

afterAll(() => {
  child.stdin.end()
  rmSync(folder, { recursive: true })
})

test.each(ROWS)('$id $title', async ({ script }) => {
  await execute(['fresh'])
  expect(await play(script, execute)).toBe(trimmed(script))
})
