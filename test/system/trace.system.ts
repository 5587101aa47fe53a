/** The program's lines in a capture, in the eyes of tshark. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Network } from '../../src/index.node.ts'
import { AF_INET, SOCK_STREAM } from '../../src/socket/constants.ts'

/** PI_WARN of Wireshark's expert severities. */
const WARNING = 0x0060_0000

test('tshark reads the lines as comments, and warns of nothing', async () => {
  const net = new Network({ trace: true })
  onTestFinished(() => net.close())
  const server = net.host('server', { address: '10.0.0.1/24' })
  const client = net.host('client', { address: '10.0.0.2/24' })
  net.link(server, client)
  const capture = net.capture({ interfaces: ['client'] })
  const [a, b] = [server.process('a'), client.process('b')]
  const listener = a.socket(AF_INET, SOCK_STREAM)
  a.bind(listener, { address: '0.0.0.0', port: 7 })
  a.listen(listener, 5)
  const fd = b.socket(AF_INET, SOCK_STREAM)
  await b.promises.connect(fd, { address: '10.0.0.1', port: 7 })
  await b.promises.write(fd, 'hello')
  await net.runFor('1s')
  const folder = mkdtempSync(join(tmpdir(), 'trace-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'a.pcapng')
  writeFileSync(file, capture.stop().bytes)
  const tshark = (...args: string[]): string[] =>
    execFileSync('tshark', ['-r', file, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\n')
      .filter((line) => line !== '')
  const commented = (filter: string): string[] => tshark('-Y', filter, '-T', 'fields', '-e', 'frame.comment')
  expect(commented('tcp.flags.syn==1 && tcp.flags.ack==0')).toEqual([
    expect.stringMatching(/^opened at \/.*trace\.system\.ts:24:\d+/),
  ])
  expect(commented('tcp.len > 0')).toEqual([expect.stringMatching(/^written at \/.*trace\.system\.ts:26:\d+/)])
  expect(tshark('-Y', '_ws.malformed')).toEqual([])
  expect(tshark('-Y', `_ws.expert.severity >= ${WARNING}`)).toEqual([])
  expect(execFileSync('capinfos', [file], { encoding: 'utf8' })).toMatch(/Number of packets: +\d+/)
})

test('soquete run --trace --lsof: the lines of an unchanged program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trace-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const program = join(folder, 'app.mjs')
  writeFileSync(program, "import net from 'node:net'\n\nnet.createServer().listen(7, () => process.exit())\n")
  const main = join(import.meta.dirname, '../../src/cli/main.ts')
  const run = (...options: string[]): string =>
    spawnSync(process.execPath, [main, 'run', '--lsof', ...options, program], { encoding: 'utf8' }).stderr
  expect(run('--trace')).toMatch(/ NAME +WHERE\n.* \*:7 \(LISTEN\) opened .*app\.mjs:3:20\n$/)
  expect(run()).toMatch(/ NAME\n.* \*:7 \(LISTEN\)\n$/)
})
