import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { within } from './bound.ts'

test('the example shows a transaction that a partition cuts, and nothing half-committed', async () => {
  const child = spawn(process.execPath, ['examples/express-postgres/main.ts'], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (data) => (output += data))
  child.stderr.on('data', (data) => (output += data))
  try {
    const [code] = await within(once(child, 'close'), 'the example ends', () => output)
    expect(code, output).toBe(0)
  } finally {
    child.kill('SIGKILL')
  }
  const answers = output.split('\n').filter((line) => /^\d{3} /.test(line))
  expect(answers).toEqual([
    '201 {"id":"rent","state":"done"}',
    '503 {"error":"Query read timeout"}',
    '201 {"id":"book","state":"done"}',
    '503 {"error":"Query read timeout"}',
    '200 {"id":"gift","state":"was done before"}',
  ])
  expect(output).toMatch(/^FIN-WAIT-1 .*10\.0\.0\.3:5432/m)
  expect(output.trimEnd()).toMatch(/\{"ada":6800,"grace":13200\}\nTogether they have 20000\.$/)
})
