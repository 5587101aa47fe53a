import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const ROOT = new URL('../../', import.meta.url).pathname
const MAIN = join(ROOT, 'src/cli/main.ts')
const NODE = process.execPath

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const soquete = (args: readonly string[], input = ''): { stdout: string; stderr: string; code: number | null } => {
  const { stdout, stderr, status } = spawnSync(NODE, [MAIN, ...args], { encoding: 'utf8', input, cwd: folder })
  return { stdout, stderr, code: status }
}

describe('soquete', () => {
  test('--version, --help, and what is wrong', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
    expect(soquete(['--version'])).toEqual({ stdout: `${version}\n`, stderr: '', code: 0 })
    expect(soquete(['--help'])).toMatchObject({ stderr: '', code: 0 })
    expect(soquete([])).toMatchObject({ stdout: '', code: 2 })
    expect(soquete(['nosuch'])).toEqual({ stdout: '', stderr: "soquete: unknown command 'nosuch'\n", code: 2 })
    expect(soquete(['shell', '--nosuch'])).toMatchObject({ stderr: "soquete: unknown option '--nosuch'\n", code: 2 })
    expect(soquete(['shell', '--packets', 'x'])).toMatchObject({ code: 2 })
    expect(soquete(['shell', 'nosuch.sh'])).toEqual({
      stdout: '',
      stderr: 'soquete: nosuch.sh: no such file\n',
      code: 1,
    })
  })

  test('-c: both streams apart, arguments, exit code, virtual time', () => {
    expect(soquete(['shell', '-c', 'echo out $0 $1; echo err >&2; exit 3', 'name', 'arg'])).toEqual({
      stdout: 'out name arg\n',
      stderr: 'err\n',
      code: 3,
    })
    const start = Date.now()
    expect(soquete(['shell', '-c', 'sleep 3600; date +%T'])).toEqual({ stdout: '01:00:00\n', stderr: '', code: 0 })
    expect(Date.now() - start).toBeLessThan(30_000)
    expect(soquete(['shell', '-c', 'kill -9 $$'])).toMatchObject({ code: 137 })
  })

  test('a file and a pipe as scripts; standard input reaches the programs', () => {
    writeFileSync(join(folder, 'script.sh'), 'echo $0 $#\nnosuch\n')
    expect(soquete(['shell', 'script.sh', 'a', 'b'])).toEqual({
      stdout: 'script.sh 2\n',
      stderr: 'script.sh: line 2: nosuch: command not found\n',
      code: 127,
    })
    expect(soquete(['shell'], 'read x\nfor it\necho "<$x>"\nexit 4\n')).toEqual({
      stdout: '<for it>\n',
      stderr: '',
      code: 4,
    })
    expect(soquete(['shell', '-c', 'sleep 1; tr a-z A-Z'], 'data\n')).toMatchObject({ stdout: 'DATA\n', code: 0 })
  })

  test('a reader that leaves ends the writer', () => {
    const command = `"${NODE}" "${MAIN}" shell -c 'yes; echo $? >&2' | head -n 1`
    expect(execFileSync('bash', ['-c', command], { encoding: 'utf8' })).toBe('y\n')
  })

  test('a script that waits for ever is told of', async () => {
    const child = spawn(NODE, [MAIN, 'shell', '-c', 'mkfifo f; cat f'], { stdio: ['ignore', 'pipe', 'pipe'] })
    let stderr = ''
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
    const code = await new Promise((resolve) => child.on('exit', resolve))
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'soquete: nothing is left to happen on this network, and the script still waits\n',
    })
  })

  test('--network and --host choose; --seed, --packets; --pcap writes a capture', () => {
    writeFileSync(
      join(folder, 'net.yaml'),
      'hosts:\n  a: { address: 10.0.0.1/24 }\n  b: { address: 10.0.0.2/24 }\nlinks:\n  - between: [a, b]\n',
    )
    expect(soquete(['shell', '-n', 'net.yaml', '--host', 'b', '-c', 'uname -n'])).toMatchObject({
      stdout: 'b\n',
      code: 0,
    })
    expect(soquete(['shell', '-n', 'net.yaml', '-c', 'true'])).toMatchObject({
      stderr: 'soquete: net.yaml has the hosts a, b: choose one with --host\n',
      code: 2,
    })
    expect(soquete(['shell', '-n', 'net.yaml', '--host', 'c', '-c', 'true'])).toMatchObject({
      stderr: 'soquete: net.yaml has no host "c"; it has a, b\n',
      code: 2,
    })
    writeFileSync(join(folder, 'bad.yaml'), 'hosts:\n  a: { adress: 1 }\n')
    expect(soquete(['shell', '-n', 'bad.yaml', '-c', 'true'])).toMatchObject({
      stderr: 'soquete: bad.yaml:2:8: hosts.a.adress: unknown field "adress"; did you mean "address"?\n',
      code: 1,
    })
    const chance = (seed: string): string => soquete(['shell', '--seed', seed, '-c', 'echo $RANDOM $RANDOM']).stdout
    expect(chance('1')).toBe(chance('1'))
    expect(chance('1')).not.toBe(chance('2'))
    soquete(['shell', '--packets', 'bytes', '--pcap', 'x.pcapng', '-c', 'exec 3<>/dev/tcp/127.0.0.1/9'])
    const info = execFileSync('tshark', ['-r', join(folder, 'x.pcapng'), '-T', 'fields', '-e', 'tcp.flags.str'], {
      encoding: 'utf8',
    })
    expect(info.trim().split('\n')).toHaveLength(2)
  })
})

describe('soquete shell on a terminal', () => {
  const socket = `soquete-test-${process.pid}`
  const tmux = (...args: string[]): string => execFileSync('tmux', ['-L', socket, ...args], { encoding: 'utf8' })
  const screen = (): string => tmux('capture-pane', '-p').trimEnd()

  /** Until the screen says so, or ten seconds have gone. */
  const shows = async (text: string): Promise<void> => {
    for (let i = 0; i < 100; i++) {
      if (screen().includes(text)) return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(screen()).toContain(text)
  }

  beforeAll(async () => {
    tmux(
      'new-session',
      '-d',
      '-x',
      '80',
      '-y',
      '24',
      `cd ${folder}; stty -a > before; "${NODE}" "${MAIN}" shell; echo "code $?"; stty -a > after; cat`,
    )
    await shows('root@soquete:~#')
  })
  afterAll(() => {
    tmux('kill-server')
  })

  test('typing, job control, ^C, the window, and the terminal as it was', async () => {
    tmux('send-keys', 'sleep 100', 'Enter')
    await shows('sleep 100')
    await new Promise((resolve) => setTimeout(resolve, 500))
    tmux('send-keys', 'C-z')
    await shows('[1]+  Stopped                 sleep 100')
    tmux('send-keys', 'fg', 'Enter')
    await shows('fg\nsleep 100')
    await new Promise((resolve) => setTimeout(resolve, 500))
    tmux('send-keys', 'C-c')
    await shows('^C\nroot@soquete:~#')
    tmux('send-keys', 'half a line', 'C-c')
    await shows('half a line^C\nroot@soquete:~#')
    tmux('resize-window', '-x', '100', '-y', '30')
    tmux('send-keys', 'stty size', 'Enter')
    await shows('30 100')
    tmux('send-keys', 'exit 7', 'Enter')
    await shows('code 7')
    expect(readFileSync(join(folder, 'after'), 'utf8').replace(/rows \d+; columns \d+/, '')).toBe(
      readFileSync(join(folder, 'before'), 'utf8').replace(/rows \d+; columns \d+/, ''),
    )
  })
})
