import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const main = resolve(import.meta.dirname, '../../src/cli/main.ts')
const folder = mkdtempSync(join(tmpdir(), 'packetdrill-'))
afterAll(() => rmSync(folder, { recursive: true }))

const run = (args: readonly string[], files: Readonly<Record<string, string>> = {}) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, 'packetdrill', ...args], {
    encoding: 'utf8',
    cwd: folder,
  })
  return { stdout, stderr, code: status }
}

test('each script runs in all variants; the worst result is the exit code', () => {
  const files = {
    'good.pkt': '0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 %{ print 6 * 7 }%\n',
    'one.pkt': '--ip_version=ipv6\n0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n',
    'bad.pkt': '0 close(3) = 0\n',
    'wrong.pkt': '0 close 3\n',
  }
  expect(run(['good.pkt', 'one.pkt'], files)).toEqual({
    stdout: `42
ok   good.pkt (ipv4)
42
ok   good.pkt (ipv4-mapped-ipv6)
42
ok   good.pkt (ipv6)
ok   one.pkt (ipv6)
4 of 4 passed
`,
    stderr: '',
    code: 0,
  })
  expect(run(['-v', '--ip_version=ipv4', 'bad.pkt', 'good.pkt', 'one.pkt'])).toEqual({
    stdout: `0.000000 close(...)
FAIL bad.pkt (ipv4)
0.000000 socket(...)
42
ok   good.pkt (ipv4)
1 of 2 passed
`,
    stderr: 'bad.pkt:1: close returned -1 EBADF (Bad file descriptor), not 0\n',
    code: 1,
  })
  expect(run(['-q', 'bad.pkt', 'wrong.pkt', '--ip_version', 'ipv6'])).toEqual({
    stdout: 'FAIL bad.pkt (ipv6)\nFAIL wrong.pkt\n',
    stderr: `bad.pkt:1: close returned -1 EBADF (Bad file descriptor), not 0
wrong.pkt:1:9: syntax error: expected "(" after close, but found "3"
`,
    code: 2,
  })
  expect(run(['--tolerance_usecs=x', 'good.pkt'])).toMatchObject({
    stderr: 'soquete: --tolerance_usecs is a number from 0 to 1000000000\n',
    code: 2,
  })
  expect(run(['none.pkt'])).toEqual({ stdout: '', stderr: 'soquete: none.pkt: no such file\n', code: 1 })
}, 60_000)
