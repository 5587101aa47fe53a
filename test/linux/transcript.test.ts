/**
 * The main session, byte for byte as Debian 12's programs print it (python 3.11, lsof 4.95, inetutils-telnet 2.4, bash 5.2), on one
 * virtual host. Process ids, inodes and ephemeral ports are put in from the run; widths follow from them as lsof makes them.
 */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Child, Host, Terminal } from '../../src/host/index.ts'
import { Network } from '../../src/network/index.ts'
import { AF_INET, SOCK_STREAM } from '../../src/socket/index.ts'
import { programs } from '../../src/userland/index.ts'
import { Screen } from '../userland/sh/screen.ts'

let net: Network
let host: Host

beforeEach(() => {
  net = new Network({ seed: 2, programs, start: '2026-11-22T09:03:12Z' })
  host = net.host('server', { address: '10.0.0.1/24' })
  net.link(host, net.host('other', { address: '10.0.0.2/24' }))
})
afterEach(() => net.close())

interface Result {
  readonly out: string
  readonly err: string
  readonly code: number | null
}

const finish = async (child: Child): Promise<Result> => {
  const { code } = await child.exited
  return { out: child.stdout?.text ?? '', err: child.stderr?.text ?? '', code }
}
const run = (command: string, input?: string): Promise<Result> => {
  const [name = '', ...args] = command.split(' ')
  return finish(host.spawn(name, args, input === undefined ? {} : { input }))
}

/** Somebody at a terminal. */
class Seat {
  readonly terminal: Terminal
  readonly child: Child
  output = ''

  constructor(command: string, args: readonly string[] = []) {
    this.terminal = host.openTerminal(80, 24)
    const decoder = new TextDecoder()
    this.terminal.onOutput((bytes) => {
      this.output += decoder.decode(bytes, { stream: true })
    })
    this.child = host.spawn(command, args, { terminal: this.terminal, cwd: '/root' })
  }

  async type(keys: string, time = '200ms'): Promise<void> {
    this.terminal.input(new TextEncoder().encode(keys))
    await net.runFor(time)
  }

  get screen(): string {
    return new Screen(80, this.output).text
  }
}

/** The socket rows of a host by descriptor: inode, and the port of whoever connected. */
const rowOf = (pid: number, fd: number) => {
  const row = host.sockets().find(({ owners }) => owners.some((one) => one.pid === pid && one.fd === fd))
  if (row === undefined) throw new Error(`no socket ${fd} of ${pid}`)
  return row
}

/** lsof's table: each column as wide as its widest cell. */
const table = (rows: readonly (readonly string[])[]): string => {
  const left = [true, false, false, false, false, false, false, false, true]
  const widths = left.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, i) =>
          i === 8 ? cell : left[i] ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number),
        )
        .join(' '),
    )
    .map((line) => `${line}\n`)
    .join('')
}

const HEAD = ['COMMAND', 'PID', 'USER', '  FD  ', 'TYPE', 'DEVICE', 'SIZE/OFF', 'NODE', 'NAME']
const cells = (command: string, pid: number, fd: number, name: string): string[] => [
  command,
  String(pid),
  'root',
  `   ${fd}u `,
  'IPv4',
  String(rowOf(pid, fd).inode),
  '0t0',
  'TCP',
  name,
]

test('LX-session-01 http.server says where it serves and whom; ^C ends it with 0', async () => {
  const seat = new Seat('python3', ['-m', 'http.server', '8080'])
  await net.runFor('100ms')
  expect(seat.output).toBe('Serving HTTP on 0.0.0.0 port 8080 (http://0.0.0.0:8080/) ...\r\n')
  await run('nc -N localhost 8080', 'GET / HTTP/1.0\r\n\r\n')
  expect(seat.output.split('\r\n')[1]).toBe('127.0.0.1 - - [22/Nov/2026 09:03:12] "GET / HTTP/1.0" 200 -')
  await seat.type('\x03')
  expect(seat.output).toMatch(/\r\n\^C\r\nKeyboard interrupt received, exiting\.\r\n$/)
  expect(await seat.child.exited).toEqual({ code: 0, signal: null })
})

test('LX-session-02 the lines go to standard output and standard error', async () => {
  const server = host.spawn('python3', ['-m', 'http.server', '8080'])
  await net.runFor('100ms')
  await run('nc -N localhost 8080', 'GET / HTTP/1.0\r\n\r\n')
  server.kill('SIGINT')
  const { out, err, code } = await finish(server)
  expect(out).toBe(
    'Serving HTTP on 0.0.0.0 port 8080 (http://0.0.0.0:8080/) ...\n\nKeyboard interrupt received, exiting.\n',
  )
  expect(err).toBe('127.0.0.1 - - [22/Nov/2026 09:03:12] "GET / HTTP/1.0" 200 -\n')
  expect(code).toBe(0)
})

test('LX-session-03 the port taken: a traceback, and 1', async () => {
  host.spawn('python3', ['-m', 'http.server', '8080'])
  await net.runFor('100ms')
  const { out, err, code } = await run('python3 -m http.server 8080')
  expect(out).toBe('')
  expect(err).toMatch(/^Traceback \(most recent call last\):\n/)
  expect(err).toMatch(/\nOSError: \[Errno 98\] Address already in use\n$/)
  expect(code).toBe(1)
})

test('LX-session-04 lsof: nothing, the listener, the listener and both ends', async () => {
  expect(await run('lsof -i4:8080')).toEqual({ out: '', err: '', code: 1 })
  const server = host.spawn('python3', ['-m', 'http.server', '8080'])
  await net.runFor('100ms')
  const { pid } = server.process
  const listener = cells('python3', pid, 3, '*:http-alt (LISTEN)')
  expect((await run('lsof -i4:8080')).out).toBe(table([HEAD, listener]))

  const seat = new Seat('telnet', ['localhost', '8080'])
  await net.runFor('100ms')
  expect(seat.output).toBe("Trying 127.0.0.1...\r\nConnected to localhost.\r\nEscape character is '^]'.\r\n")
  const telnet = seat.child.process.pid
  const port = rowOf(telnet, 3).local.port
  expect(port).toBeGreaterThanOrEqual(32_768)
  expect(port).toBeLessThanOrEqual(60_999)
  // The accepted socket has the listener's port; the client's alone is ephemeral.
  const accepted = cells('python3', pid, 4, `localhost:http-alt->localhost:${port} (ESTABLISHED)`)
  const client = cells('telnet', telnet, 3, `localhost:${port}->localhost:http-alt (ESTABLISHED)`)
  expect((await run('lsof -i4:8080')).out).toBe(table([HEAD, listener, accepted, client]))
  expect((await run('lsof -nP -i4:8080')).out).toContain(` TCP 127.0.0.1:8080->127.0.0.1:${port} (ESTABLISHED)\n`)
  expect((await run('lsof -nP -i4:8080')).out).toContain(' TCP *:8080 (LISTEN)\n')
})

test('LX-session-05 lsof -p | grep -i tcp: other rows widen the column NODE', async () => {
  const server = host.spawn('python3', ['-m', 'http.server', '8080'])
  const seat = new Seat('telnet', ['localhost', '8080'])
  await net.runFor('100ms')
  const { pid } = server.process
  const port = rowOf(seat.child.process.pid, 3).local.port
  const all = await finish(host.spawn('bash', ['-c', `lsof -p ${pid}`]))
  const filtered = await finish(host.spawn('bash', ['-c', `lsof -p ${pid} | grep -i tcp`]))
  const lines = all.out.split('\n')
  expect(filtered.out).toBe(`${lines.filter((line) => /tcp/i.test(line)).join('\n')}\n`)
  // NODE's cells end where its title ends, whatever made it so wide.
  const end = (lines[0] ?? '').indexOf('NODE NAME') + 4
  expect(lines.some((line) => line.endsWith('/usr/bin/python3'))).toBe(true)
  for (const line of filtered.out.trim().split('\n')) {
    expect(line.slice(0, end)).toMatch(/^python3 +\d+ root {4}\du +IPv4 +\d+ +0t0 +TCP$/)
    expect(line[end]).toBe(' ')
  }
  expect(filtered.out).toContain('TCP *:http-alt (LISTEN)\n')
  expect(filtered.out).toContain(`TCP localhost:http-alt->localhost:${port} (ESTABLISHED)\n`)
})

test('LX-session-06 telnet: the server closes; the prompt and quit', async () => {
  host.spawn('python3', ['-m', 'http.server', '8080'])
  await net.runFor('100ms')
  const seat = new Seat('telnet', ['localhost', '8080'])
  await net.runFor('100ms')
  await seat.type('GET / HTTP/1.0\r')
  await seat.type('\r')
  expect(seat.output).toMatch(/HTTP\/1\.0 200 OK\r\n/)
  expect(seat.output).toMatch(/\r\nConnection closed by foreign host\.\r\n$/)
  expect(await seat.child.exited).toEqual({ code: 0, signal: null })

  const other = new Seat('telnet', ['localhost', '8080'])
  await net.runFor('100ms')
  const before = other.output.length
  await other.type('\x1d')
  expect(other.output.slice(before)).toBe('^]\r\ntelnet> ')
  await other.type('quit\r')
  expect(other.output).toMatch(/telnet> quit\r\nConnection closed\.\r\n$/)
  expect(await other.child.exited).toEqual({ code: 0, signal: null })
})

test('LX-session-07 telnet piped: a bare CR becomes CR NUL, which http.server refuses; the end goes to standard error', async () => {
  host.spawn('python3', ['-m', 'http.server', '8080'])
  await net.runFor('100ms')
  const child = host.spawn('telnet', ['localhost', '8080'], { input: true })
  await net.runFor('100ms')
  child.write('GET / HTTP/1.1\r\n')
  const { out, err } = await finish(child)
  expect(out).toMatch(/^Trying 127\.0\.0\.1\.\.\.\nConnected to localhost\.\nEscape character is '\^\]'\.\n/)
  expect(out).toContain('Error code: 400')
  expect(err).toBe('Connection closed by foreign host.\n')
})

test('LX-session-08 telnet says why there is no connection', async () => {
  const failure = async (command: string): Promise<Result> => run(`telnet ${command}`)
  const says = (address: string, text: string): Result => ({
    out: `Trying ${address}...\n`,
    err: `telnet: Unable to connect to remote host: ${text}\n`,
    code: 1,
  })
  expect(await failure('localhost 81')).toEqual(says('127.0.0.1', 'Connection refused'))
  expect(await failure('192.168.7.7 80')).toEqual(says('192.168.7.7', 'Network is unreachable'))
  expect(await failure('10.0.0.9 80')).toEqual(says('10.0.0.9', 'No route to host'))
  const other = net.host('other')
  const nft = (text: string): Promise<Result> => finish(other.spawn('nft', [text]))
  await nft('add table ip t')
  await nft('add chain ip t c { type filter hook input priority 0; }')
  await nft('add rule ip t c tcp dport 80 reject with icmp type admin-prohibited')
  expect(await failure('10.0.0.2 80')).toEqual(says('10.0.0.2', 'No route to host'))
  await nft('add rule ip t c tcp dport 90 drop')
  expect(await failure('10.0.0.2 90')).toEqual(says('10.0.0.2', 'Connection timed out'))
  expect(await failure('nosuch.example 80')).toEqual({
    out: '',
    err: 'Server lookup failure:  nosuch.example:80, Temporary failure in name resolution\n',
    code: 1,
  })
})

test('LX-session-09 the calls of both programs leave their marks', async () => {
  const server = host.spawn('python3', ['-m', 'http.server', '8080'])
  const seat = new Seat('telnet', ['localhost', '8080'])
  await net.runFor('100ms')
  const { pid } = server.process
  // Server: SO_REUSEADDR, listen(5), accept4 with SOCK_CLOEXEC. telnet: SO_OOBINLINE.
  expect(rowOf(pid, 3).subject).toMatchObject({ reuseAddress: true, sendQueue: 5 })
  for (const fd of [3, 4]) expect(server.process.descriptors.isCloexec(fd)).toBe(true)
  const telnet = seat.child.process
  expect(rowOf(telnet.pid, 3).subject).toMatchObject({ oobInline: true })
})

test('LX-session-10 two telnets: two accepted sockets on one port', async () => {
  const server = host.spawn('python3', ['-m', 'http.server', '8080'])
  const seats = [new Seat('telnet', ['localhost', '8080']), new Seat('telnet', ['localhost', '8080'])]
  await net.runFor('100ms')
  const remote = [4, 5].map((fd) => rowOf(server.process.pid, fd))
  expect(remote.map(({ local }) => local.port)).toEqual([8080, 8080])
  const ports = seats.map(({ child }) => rowOf(child.process.pid, 3).local.port)
  expect(new Set(ports).size).toBe(2)
  expect(remote.map((row) => row.remote.port).sort()).toEqual(ports.sort())
  expect(host.process('probe').socket(AF_INET, SOCK_STREAM)).toBeGreaterThan(0)
})

test('LX-jobs-01 ^Z, bg, jobs, telnet and its status, z, jobs -l, fg, quit, kill %1, in one shell', async () => {
  const seat = new Seat('bash')
  await net.runFor('100ms')
  for (const keys of [
    'python3 -m http.server 8093\r',
    '\x1a',
    'bg\r',
    'jobs\r',
    'telnet localhost 8093\r',
    '\x1d',
    'status\r',
    '\x1d',
    'z\r',
    'jobs -l\r',
    'fg\r',
    '\x1d',
    'quit\r',
    'kill %1\r',
    '\r',
  ])
    await seat.type(keys)
  const [server, telnet] = ['python3', 'telnet'].map(
    (name) =>
      /(?<=\] ?[+-] +)\d+/.exec(
        seat.screen
          .split('\n')
          .find((line) => line.includes(name === 'python3' ? 'Running' : 'Stopped') && /\[\d\][+-] +\d/.test(line)) ??
          '',
      )?.[0],
  )
  const P = 'root@server:~# '
  expect(seat.screen).toBe(
    [
      `${P}python3 -m http.server 8093`,
      'Serving HTTP on 0.0.0.0 port 8093 (http://0.0.0.0:8093/) ...',
      '^Z',
      '[1]+  Stopped                 python3 -m http.server 8093',
      `${P}bg`,
      '[1]+ python3 -m http.server 8093 &',
      `${P}jobs`,
      '[1]+  Running                 python3 -m http.server 8093 &',
      `${P}telnet localhost 8093`,
      'Trying 127.0.0.1...',
      'Connected to localhost.',
      "Escape character is '^]'.",
      '^]',
      'telnet> status',
      'Connected to localhost.',
      'Operating in obsolete linemode',
      'Local character echo',
      "Escape character is '^]'.",
      '^]',
      'telnet> z',
      '',
      '[2]+  Stopped                 telnet localhost 8093',
      `${P}jobs -l`,
      `[1]- ${String(server).padStart(5)} Running                 python3 -m http.server 8093 &`,
      `[2]+ ${String(telnet).padStart(5)} Stopped                 telnet localhost 8093`,
      `${P}fg`,
      'telnet localhost 8093',
      '^]',
      'telnet> quit',
      'Connection closed.',
      `${P}kill %1`,
      P.trimEnd(),
      '[1]+  Terminated              python3 -m http.server 8093',
      P.trimEnd(),
    ].join('\n'),
  )
})
