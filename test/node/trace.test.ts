import dgram from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import tls from 'node:tls'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { type Host, Network } from '../../src/index.node.ts'
import { readPcapng } from '../../src/link/capture/index.ts'
import { listen, readAll, twoHosts } from './two-hosts.ts'

const file = (name: string): string => fileURLToPath(new URL(`trace/${name}`, import.meta.url))

/** `file:line` of the caller's line, `by` lines further. */
const line = (by = 0): string => {
  const [, path = '', row] =
    /\(?(?:file:\/\/)?([^()\s]+?):(\d+):\d+\)?$/.exec(new Error().stack?.split('\n')[2] ?? '') ?? []
  return `${path}:${Number(row) + by}:`
}

/** The rows of `lsof --where` about a port, without what is before the column. */
const where = (host: Host, what: string): string[] =>
  host
    .lsof({ i: what, n: true, P: true, where: true })
    .split('\n')
    .slice(1, -1)
    .map((row) => row.slice(row.indexOf(') ') + 2).trim())

test('a program file: the lines that opened a socket and wrote to it last', async () => {
  const { server, client } = twoHosts({ trace: true })
  server.spawn('node', [file('server.mjs')])
  while (!server.ss({ l: true, n: true, t: true }).includes(':7')) await new Promise((done) => setTimeout(done, 5))
  client.spawn('node', [file('client.cjs')])
  const expected = `opened ${file('client.cjs')}:4:22 (ask), wrote ${file('client.cjs')}:7:12 (answered)`
  while (!client.lsof({ i: true, where: true }).includes('answered')) await new Promise((done) => setTimeout(done, 5))
  expect(where(client, 'TCP')).toEqual([expected])
  expect(client.ss({ t: true, n: true, H: true, where: true })).toContain(`\n\t ${expected}\n`)
  expect(where(server, 'TCP')).toEqual([
    `opened ${file('server.mjs')}:6:8`,
    expect.stringMatching(new RegExp(`^opened ${file('server.mjs')}:6:8, wrote ${file('server.mjs')}:4:\\d+`)),
  ])
})

test('host.run: fetch, a request and a datagram go back to the line that made them', async () => {
  const { server, client } = twoHosts({ trace: true })
  await server.run(async () => {
    const web = http.createServer((_, response) => response.end('hi'))
    web.listen(80)
    await once(web, 'listening')
  })
  const agent = new http.Agent({ keepAlive: true })
  let at = ''
  await client.run(async () => {
    at = line(1)
    const request = http.get({ host: 'server', agent })
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    await readAll(response)
  })
  expect(where(client, ':80')[0]).toContain(`opened ${at}`)
  expect(where(client, ':80')[0]).toContain(`, wrote ${at}`)
  agent.destroy()

  await client.run(async () => {
    at = line(1)
    const response = await fetch('http://server/')
    expect(await response.text()).toBe('hi')
  })
  const fetched = where(client, ':80').filter((row) => row.includes(`opened ${at}`))
  expect(fetched).toHaveLength(1)

  await client.run(async () => {
    const socket = dgram.createSocket('udp4')
    at = line(1)
    socket.send('x', 53, '10.0.0.1')
    await once(socket, 'listening')
  })
  expect(client.lsof({ i: 'UDP', where: true })).toContain(`opened ${at}`)
})

test('a write that waits behind another, or for the connection, is noted where the program wrote', async () => {
  const { server, client } = twoHosts({ trace: true })
  await listen(server, 7, (socket) => socket.pause())
  const written: string[] = []
  const seen: string[] = []
  await client.run(async () => {
    const socket = net.connect(7, 'server')
    socket.write('first')
    written.push(line(1))
    socket.write('second')
    await once(socket, 'connect')
    seen.push(...where(client, 'TCP'))
    // More than the peer takes: what follows stays in the stream.
    while (socket.write(Buffer.alloc(1 << 20))) await new Promise(setImmediate)
    written.push(line(1))
    socket.write('last')
    seen.push(...where(client, 'TCP'))
    socket.destroy()
  })
  expect(seen).toHaveLength(2)
  for (const [i, row] of seen.entries()) expect(row).toContain(`, wrote ${written[i]}`)
})

test('TLS: the line that wrote the clear text; a Unix socket', async () => {
  const { server, client } = twoHosts({ trace: true })
  const pem = (name: string): string => readFileSync(new URL(`certificate/${name}.pem`, import.meta.url), 'utf8')
  await server.run(async () => {
    const secure = tls.createServer({ key: pem('key'), cert: pem('cert') }, (socket) => void socket.pipe(socket))
    secure.listen(443)
    await once(secure, 'listening')
  })
  await client.run(async () => {
    const opened = line(1)
    const socket = tls.connect({ port: 443, host: 'server', ca: pem('cert') })
    const early = line(1)
    socket.write('a')
    await once(socket, 'data')
    expect(where(client, ':443')[0]).toMatch(new RegExp(`opened ${opened}\\d+.*, wrote ${early}`))
    const late = line(1)
    socket.write('b')
    expect(where(client, ':443')[0]).toContain(`, wrote ${late}`)
    socket.destroy()
  })
  const path = '/tmp/soquete-trace.sock'
  await listen(server, path, () => undefined)
  await server.run(async () => {
    const opened = line(1)
    const socket = net.connect(path)
    await once(socket, 'connect')
    expect(server.ss({ x: true, where: true })).toContain(`\n\t opened ${opened}`)
    socket.destroy()
  })
})

test('captures: the opening line on the SYN, the last write on data; in both modes of packets, and on a loopback', async () => {
  for (const packets of ['records', 'bytes'] as const) {
    const { net: network, server, client } = twoHosts({ trace: true, packets })
    await listen(server, 7, (socket) => socket.end('bye'))
    await listen(client, 8, (socket) => socket.end('home'))
    const capture = network.capture({ interfaces: ['client'] })
    let opened = ''
    let written = ''
    await client.run(async () => {
      opened = line(1)
      const socket = net.connect(7, '10.0.0.1')
      await once(socket, 'connect')
      written = line(1)
      socket.write('hello')
      expect(await readAll(socket)).toBe('bye')
      expect(await readAll(net.connect(8, '127.0.0.1'))).toBe('home')
    })
    const all = readPcapng(capture.stop().bytes).packets.flatMap(({ comments }) => comments ?? [])
    expect(all).toContainEqual(expect.stringContaining(`opened at ${opened}`))
    expect(all).toContainEqual(expect.stringContaining(`written at ${written}`))
    // The loopback's connection: its SYN, and what the server wrote.
    expect(all.filter((comment) => comment.startsWith('opened at'))).toHaveLength(2)
    expect(all.filter((comment) => comment.startsWith('written at'))).toHaveLength(2)
  }
})

test('watching changes nothing: the digests of a lossy run are equal with trace and without', async () => {
  const digest = async (trace: boolean): Promise<string> => {
    const network = new Network({ seed: 3, digest: true, trace })
    onTestFinished(() => network.close())
    const a = network.host('a', { address: '10.0.0.1/24' })
    const b = network.host('b', { address: '10.0.0.2/24' })
    network.link(a, b, { latency: '5ms', loss: '2%', jitter: '1ms' })
    if (trace) network.capture()
    const server = a.run(async (proc) => {
      const listener = proc.socket(2, 1)
      proc.bind(listener, { address: '0.0.0.0', port: 7 })
      proc.listen(listener, 5)
      const { fd } = await proc.promises.accept(listener)
      await proc.promises.readAll(fd)
      await proc.promises.write(fd, new Uint8Array(100_000))
    })
    await b
      .run(async (proc) => {
        const fd = proc.socket(2, 1)
        await proc.promises.connect(fd, { address: '10.0.0.1', port: 7 })
        await proc.promises.write(fd, new Uint8Array(300_000))
        proc.shutdown(fd, 1)
        await proc.promises.readAll(fd)
      })
      .catch((error: unknown) => {
        throw error
      })
    await server
    return network.digest()
  }
  expect(await digest(true)).toBe(await digest(false))
})

test('without trace nothing is noted, and --where says so', async () => {
  const { server } = twoHosts()
  await listen(server, 7, () => undefined)
  expect(server.stack.sockets.trace).toBeNull()
  expect(server.lsof({ i: true, where: true })).toContain('lsof: --where: no lines are known')
  expect(server.ss({ l: true, where: true })).toContain('ss: --where: no lines are known')
})
