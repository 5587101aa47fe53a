import { describe, expect, onTestFinished, test } from 'vitest'
import type { Host, Process } from '../../src/host/index.ts'
import { Network, preload } from '../../src/index.ts'
import { readPcapng } from '../../src/link/capture/index.ts'
import { AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from '../../src/socket/constants.ts'

await preload('lsof', 'ss')

/** `file:line:` of the caller. */
const line = (by = 0): string => {
  const [, path = '', row] =
    /\(?(?:file:\/\/)?([^()\s]+?):(\d+):\d+\)?$/.exec(new Error().stack?.split('\n')[2] ?? '') ?? []
  return `${path}:${Number(row) + by}:`
}

const network = (trace = true) => {
  const net = new Network({ seed: 5, trace })
  onTestFinished(() => net.close())
  const server = net.host('server', { address: '10.0.0.1/24' })
  const client = net.host('client', { address: '10.0.0.2/24' })
  net.link(server, client)
  return { net, server, client }
}

const rowsOf = (host: Host, process: Process): string[] =>
  host
    .lsof(['--where', '-n', '-P', '-a', '-d', '3-99', '-p', String(process.pid)])
    .split('\n')
    .slice(1, -1)

describe('Berkeley’s calls of a user', () => {
  test('each call that makes a socket, and each that writes, is noted', async () => {
    const { server, client } = network()
    const [a, b] = [server.process('a'), client.process('b')]
    const at: Record<string, string> = {}
    at['listener'] = line(1)
    const listener = a.socket(AF_INET, SOCK_STREAM)
    a.bind(listener, { address: '0.0.0.0', port: 7 })
    a.listen(listener, 5)
    at['client'] = line(1)
    const fd = b.socket(AF_INET, SOCK_STREAM)
    at['accepted'] = line(1)
    const accepting = a.promises.accept(listener)
    await b.promises.connect(fd, { address: '10.0.0.1', port: 7 })
    const accepted = await accepting
    at['pair'] = line(1)
    const pair = a.socketpair(AF_UNIX, SOCK_STREAM)
    expect(typeof pair).toBe('object')
    expect(rowsOf(server, a)[0]).toMatch(new RegExp(`\\(LISTEN\\) +opened ${at['listener']}\\d+$`))
    expect(rowsOf(server, a)[1]).toMatch(new RegExp(`opened ${at['accepted']}\\d+$`))
    for (const row of rowsOf(server, a).slice(2)) expect(row).toContain(`opened ${at['pair']}`)
    expect(rowsOf(client, b)).toHaveLength(1)
    expect(rowsOf(client, b)[0]).toMatch(new RegExp(`opened ${at['client']}\\d+$`))

    const bytes = new Uint8Array(3)
    for (const [n, write] of [
      () => b.write(fd, bytes),
      () => b.send(fd, bytes),
      () => b.sendmsg(fd, { vectors: [bytes] }),
      () => b.promises.write(fd, bytes),
      () => b.promises.send(fd, bytes),
      () => b.promises.sendmsg(fd, { vectors: [bytes] }),
    ].entries()) {
      await write()
      expect(rowsOf(client, b)[0]).toContain(`, wrote ${line(n - 8)}`)
    }
    expect(await a.promises.recv(accepted.fd, new Uint8Array(99))).toBe(18)
  })

  test('part of a write that is sent later stays the line that wrote; the next line replaces it', async () => {
    const { net, server, client } = network()
    const [a, b] = [server.process('a'), client.process('b')]
    const listener = a.socket(AF_INET, SOCK_STREAM)
    a.bind(listener, { address: '0.0.0.0', port: 7 })
    a.listen(listener, 5)
    const fd = b.socket(AF_INET, SOCK_STREAM)
    await b.promises.connect(fd, { address: '10.0.0.1', port: 7 })
    const accepted = a.accept(listener)
    const capture = net.capture({ interfaces: ['client'] })
    const at = line(1)
    const writing = b.promises.write(fd, new Uint8Array(4_000_000))
    const drain = async (): Promise<void> => {
      for (let left = 4_000_000; left > 0; ) left -= await a.promises.recv(accepted, new Uint8Array(1 << 20))
    }
    await Promise.all([writing, drain()])
    const comments = readPcapng(capture.stop().bytes).packets.flatMap((packet) => packet.comments ?? [])
    const written = comments.filter((comment) => comment.startsWith('written at'))
    expect(written.length).toBeGreaterThan(10)
    for (const comment of written) expect(comment).toContain(`written at ${at}`)
    const next = line(1)
    b.send(fd, new Uint8Array(1))
    expect(rowsOf(client, b)[0]).toContain(`, wrote ${next}`)
  })

  test('captures: SYN and data of TCP, datagrams, and nothing on what answers', async () => {
    const { net, server, client } = network()
    const [a, b] = [server.process('a'), client.process('b')]
    const listener = a.socket(AF_INET, SOCK_STREAM)
    a.bind(listener, { address: '0.0.0.0', port: 7 })
    a.listen(listener, 5)
    const capture = net.capture()
    const opened = line(1)
    const fd = b.socket(AF_INET, SOCK_STREAM)
    await b.promises.connect(fd, { address: '10.0.0.1', port: 7 })
    const written = line(1)
    await b.promises.write(fd, 'abc')
    const datagram = b.socket(AF_INET, SOCK_DGRAM)
    const sent = line(1)
    b.sendto(datagram, new Uint8Array(2), 0, { address: '10.0.0.1', port: 9 })
    await net.runFor('1s')
    const comments = readPcapng(capture.stop().bytes).packets.flatMap((packet) => packet.comments ?? [])
    const traced = comments.filter((comment) => / at \//.test(comment))
    expect(traced).toEqual([
      expect.stringContaining(`opened at ${opened}`),
      expect.stringContaining(`written at ${written}`),
      expect.stringContaining(`written at ${sent}`),
    ])
  })
})

test('a program of the userland has no line of a user', async () => {
  const { net, server, client } = network()
  server.spawn('nc', ['-l', '-p', '7'])
  await net.runFor('1s')
  client.spawn('nc', ['server', '7'], { input: true })
  await net.runFor('1s')
  const row = client.lsof({ i: true, where: true }).split('\n')[1]
  expect(row).toMatch(/\(ESTABLISHED\)\s*$/)
})

test('ss: a line of its own, or with -O the end of the row; a socket that nobody holds keeps its lines', async () => {
  const { server, client } = network()
  const [a, b] = [server.process('a'), client.process('b')]
  const listener = a.socket(AF_INET, SOCK_STREAM)
  a.bind(listener, { address: '0.0.0.0', port: 7 })
  a.listen(listener, 5)
  const opened = line(1)
  const fd = b.socket(AF_INET, SOCK_STREAM)
  await b.promises.connect(fd, { address: '10.0.0.1', port: 7 })
  expect(client.ss(['-tnH', '--where'])).toMatch(new RegExp(`\\n\\t opened ${opened}\\d+\\n$`))
  expect(client.ss(['-tnHiO', '--where'])).toMatch(new RegExp(`^[^\\n]* cubic [^\\n]* opened ${opened}\\d+\\n$`))
  b.close(fd)
  expect(client.ss(['-tanH', '--where'])).toMatch(new RegExp(`^FIN-WAIT[^\\n]*\\n\\t opened ${opened}\\d+\\n$`))
})

test('lsof -F: field W', () => {
  const { client } = network()
  const b = client.process('b')
  const at = line(1)
  b.bind(b.socket(AF_INET, SOCK_DGRAM), { address: '0.0.0.0', port: 9 })
  expect(client.lsof(['-i', '-F', 'n', '--where'])).toContain(`\nWopened ${at}`)
  expect(client.lsof(['-i', '-F', 'nW'])).not.toContain('opened')
})

test('without trace', () => {
  const { client } = network(false)
  const b = client.process('b')
  b.bind(b.socket(AF_INET, SOCK_DGRAM), { address: '0.0.0.0', port: 9 })
  expect(client.lsof(['-i', '--where'])).toMatch(
    /^lsof: --where: no lines are known|\nlsof: --where: no lines are known/,
  )
  expect(client.lsof(['-i'])).not.toContain('WHERE')
})
