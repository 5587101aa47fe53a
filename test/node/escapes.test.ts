/** Every way from a program to the real network that is known: none leads there, and a real listener waits at the end of each. */
import childProcess, { fork } from 'node:child_process'
import dgram from 'node:dgram'
import dns from 'node:dns'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import inspector from 'node:inspector'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import tls from 'node:tls'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Agent, request as undiciRequest } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import { refuseCalls, refuseModule } from '../../src/node/ways-out.ts'
import { event, readAll, twoHosts } from './two-hosts.ts'

const REFUSED = 'ERR_SOQUETE_NOT_VIRTUAL'

interface Real {
  readonly port: number
  /** A descriptor of a real listening socket. */
  readonly fd: number
  /** A descriptor of a real datagram socket. */
  readonly datagramFd: number
  /** A real Unix socket. */
  readonly path: string
}

/** Something to wait for; an error becomes its code. */
type Way = (real: Real) => unknown

const fdOf = (owner: unknown): number => (owner as { _handle: { fd: number } })._handle.fd

const failure = (emitter: NodeJS.EventEmitter): Promise<never> =>
  event<Error>(emitter as never, 'error').then((error) => Promise.reject(error))

type Native = Record<string, (...args: unknown[]) => unknown>

/** A native handle, past the modules of Node. */
const native = (from: string, name: string, type = 0): Native => {
  const { binding } = process as unknown as { binding(name: string): Record<string, new (type: number) => Native> }
  const Kind = binding.call(process, from)[name] as new (type: number) => Native
  return new Kind(type)
}

const bySocket = (work: (socket: dgram.Socket) => void): Promise<unknown> => {
  const socket = dgram.createSocket('udp4')
  work(socket)
  return Promise.race([failure(socket), once(socket, 'listening').then(() => socket.close())])
}

const workerWith = async (source: string, options = {}): Promise<unknown> => {
  const folder = mkdtempSync(join(tmpdir(), 'soquete-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'worker.mjs')
  writeFileSync(file, source)
  return failure(new Worker(file, options))
}

const connecting = (port: number): string =>
  `import net from 'node:net'; await new Promise((done, failed) => net.connect(${port}, '127.0.0.1', done).on('error', failed))`

/** By the code of its failure: refused by name, or what the virtual host answers (nobody listens there). */
const WAYS: Readonly<Record<string, readonly [code: string, Way]>> = {
  'net.connect': ['ECONNREFUSED', ({ port }) => failure(net.connect(port, '127.0.0.1'))],
  'net.connect to a real Unix socket': ['ECONNREFUSED', ({ path }) => failure(net.connect(path))],
  'net.Socket on a descriptor': [REFUSED, ({ fd }) => new net.Socket({ fd })],
  'net.Server.listen on a descriptor': [REFUSED, ({ fd }) => failure(net.createServer().listen({ fd }))],
  'dgram on a descriptor': [
    REFUSED,
    ({ datagramFd: fd }) => bySocket((socket) => socket.bind({ fd } as dgram.BindOptions)),
  ],
  'tls.connect': ['ECONNREFUSED', ({ port }) => failure(tls.connect(port, '127.0.0.1'))],
  'http.get': ['ECONNREFUSED', ({ port }) => failure(http.get({ port, host: '127.0.0.1' }))],
  'http2.connect': ['ECONNREFUSED', ({ port }) => failure(http2.connect(`http://127.0.0.1:${port}`))],
  fetch: [
    'ECONNREFUSED',
    ({ port }) => fetch(`http://127.0.0.1:${port}`).catch((error: Error) => Promise.reject(error.cause)),
  ],
  'an Agent of undici from npm': [
    'ECONNREFUSED',
    ({ port }) => undiciRequest(`http://127.0.0.1:${port}`, { dispatcher: new Agent() }),
  ],
  WebSocket: [
    'error',
    ({ port }) => event(new WebSocket(`ws://127.0.0.1:${port}`) as never, 'error').then(() => Promise.reject('error')),
  ],
  'dns.lookup of a name that only the real resolver knows': ['EAI_AGAIN', () => dns.promises.lookup('example.com')],
  'dns.resolve': ['ECONNREFUSED', () => dns.promises.resolve4('example.com')],
  'dns.promises.Resolver with a server': [
    'ETIMEOUT',
    ({ port }) => {
      const resolver = new dns.promises.Resolver()
      resolver.setServers([`127.0.0.1:${port}`])
      return resolver.resolve4('example.com')
    },
  ],
  'child_process.spawn': [REFUSED, () => childProcess.spawn('true')],
  'child_process.exec': [REFUSED, () => childProcess.exec('true')],
  'child_process.fork': [REFUSED, () => childProcess.fork('true.js')],
  'child_process.execSync': [REFUSED, () => childProcess.execSync('true')],
  'child_process.execFileSync': [REFUSED, () => childProcess.execFileSync('true')],
  'child_process.spawnSync': [REFUSED, () => childProcess.spawnSync('true')],
  'worker_threads with a text': [REFUSED, () => new Worker('1', { eval: true })],
  'worker_threads with a file': [REFUSED, ({ port }) => workerWith(connecting(port))],
  'worker_threads with arguments of its own': [REFUSED, ({ port }) => workerWith(connecting(port), { execArgv: [] })],
  'worker_threads with a data: URL': [
    REFUSED,
    ({ port }) => failure(new Worker(new URL(`data:text/javascript,${encodeURIComponent(connecting(port))}`))),
  ],
  'inspector.open': [REFUSED, () => inspector.open(0)],
  'process.binding: a TCP handle on a descriptor': [REFUSED, ({ fd }) => native('tcp_wrap', 'TCP')['open']?.(fd)],
  'process.binding: a UDP handle on a descriptor': [
    REFUSED,
    ({ datagramFd }) => native('udp_wrap', 'UDP')['open']?.(datagramFd),
  ],
  'process.binding: a Pipe handle on a descriptor': [REFUSED, ({ fd }) => native('pipe_wrap', 'Pipe')['open']?.(fd)],
  'process.binding: a child': [
    REFUSED,
    () => native('process_wrap', 'Process')['spawn']?.({ file: '/bin/true', args: ['true'] }),
  ],
}

/** A program would be another's for good; Node 20 and 22 have none of it. */
if ('execve' in process)
  Object.assign(WAYS, {
    'process.execve': [
      REFUSED,
      () => (process as never as { execve(file: string, args: string[]): never }).execve('/bin/true', ['true']),
    ],
  })

/** Real sockets at the end of the ways, and how often somebody came. */
const listeners = async () => {
  let visits = 0
  const folder = mkdtempSync(join(tmpdir(), 'soquete-'))
  const visited = (socket: net.Socket): void => {
    visits++
    socket.destroy()
  }
  const server = net.createServer(visited).listen(0, '127.0.0.1')
  const unix = net.createServer(visited).listen(join(folder, 'real'))
  await Promise.all([once(server, 'listening'), once(unix, 'listening')])
  const { port } = server.address() as net.AddressInfo
  const datagrams = dgram.createSocket('udp4', () => visits++).bind(port, '127.0.0.1')
  await once(datagrams, 'listening')
  onTestFinished(() => {
    for (const each of [server, unix, datagrams]) each.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const handle = Object.getOwnPropertySymbols(datagrams).map(
    (key) => (datagrams as never as Record<symbol, { handle?: { fd: number } }>)[key]?.handle,
  )
  const datagramFd = handle.find((found) => found !== undefined)?.fd as number
  const real: Real = { port, fd: fdOf(server), datagramFd, path: join(folder, 'real') }
  return { real, visits: () => visits }
}

/** Sockets of the kernel that this process has. */
const kernelSockets = (): string[] =>
  readdirSync('/proc/self/fd')
    .map((fd) => tryLink(`/proc/self/fd/${fd}`))
    .filter((link) => link.startsWith('socket:'))
    .sort()

const tryLink = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

describe('nothing escapes from a program', () => {
  for (const [name, [code, way]] of Object.entries(WAYS))
    test(name, async () => {
      const { server } = twoHosts()
      const { real, visits } = await listeners()
      const before = kernelSockets()
      const outcome = await server.run(async () => {
        try {
          await way(real)
          return 'passed'
        } catch (error) {
          return typeof error === 'string' ? error : ((error as NodeJS.ErrnoException).code ?? String(error))
        }
      })
      expect(outcome).toBe(code)
      expect(kernelSockets()).toEqual(before)
      // Whoever came would be there by the time a visit of our own is.
      net.connect(real.port, '127.0.0.1').on('error', () => undefined)
      await expect.poll(visits).toBe(1)
    })

  test('listeners and datagram sockets of a program are none of the kernel', async () => {
    const { server } = twoHosts()
    const { visits, real } = await listeners()
    const before = kernelSockets()
    await server.run(async () => {
      const listener = net.createServer().listen(real.port, '127.0.0.1')
      const socket = dgram.createSocket('udp4').bind(real.port, '127.0.0.1')
      const unix = net.createServer().listen(join(tmpdir(), `soquete-escape-${process.pid}`))
      await Promise.all([once(listener, 'listening'), once(socket, 'listening'), once(unix, 'listening')])
      expect(kernelSockets()).toEqual(before)
      const client = net.connect(real.port, '127.0.0.1')
      await Promise.all([
        once(client, 'connect'),
        new Promise((sent) => socket.send('x', real.port, '127.0.0.1', sent)),
      ])
      expect(kernelSockets()).toEqual(before)
      for (const each of [listener, socket, unix, client.destroy()]) 'close' in each && each.close()
    })
    expect(visits()).toBe(0)
  })

  test('the pool of an agent made outside is not the program’s', async () => {
    const { server, client } = twoHosts()
    const answering = (text: string) => http.createServer((_request, response) => response.end(text))
    const outside = answering('real').listen(0, '127.0.0.1')
    await once(outside, 'listening')
    onTestFinished(() => void outside.close())
    const { port } = outside.address() as net.AddressInfo
    const agent = new http.Agent({ keepAlive: true })
    onTestFinished(() => agent.destroy())
    const get = async (): Promise<string> =>
      readAll(await event<http.IncomingMessage>(http.get({ port, host: '127.0.0.1', agent }), 'response'))
    expect(await get()).toBe('real')
    await expect(client.run(get)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await server.run(async () => once(answering('virtual').listen(port, '127.0.0.1'), 'listening'))
    expect(await server.run(get)).toBe('virtual')
    expect(await get()).toBe('real')
  })

  test('setServers in a program leaves the real resolver alone', async () => {
    const { server } = twoHosts()
    const before = dns.getServers()
    await server.run(() => dns.setServers(['192.0.2.1']))
    expect(dns.getServers()).toEqual(before)
  })

  test('a module that has sockets below JavaScript refuses whatever it exports', async () => {
    class Endpoint {}
    class QuicError extends Error {}
    const quic = { connect: () => 'connected', Endpoint, QuicError, constants: { RENO: 'reno' } }
    refuseModule('node:quic', quic)
    refuseCalls(quic, 'absent', 'nothing')
    const { server } = twoHosts()
    await expect(server.run(() => quic.connect())).rejects.toThrow(/^node:quic\.connect is not available/)
    await expect(server.run(() => new quic.Endpoint())).rejects.toThrow(/^node:quic\.Endpoint is not available/)
    expect(await server.run(() => [new quic.QuicError().name, quic.constants.RENO])).toEqual(['Error', 'reno'])
    expect([quic.connect(), new quic.Endpoint() instanceof Endpoint]).toEqual(['connected', true])
    expect(Object.keys(quic)).not.toContain('absent')
  })

  test('a preloaded child: handles through its channel, another program in its place, loader hooks', async () => {
    const child = fork(fileURLToPath(new URL('escapes/child.mjs', import.meta.url)), {
      execArgv: ['--import', new URL('../../src/register.ts', import.meta.url).href],
    })
    onTestFinished(() => void child.kill())
    expect(await event(child, 'message')).toEqual({
      'send a server': REFUSED,
      'send a datagram socket': REFUSED,
      'inspector.open': REFUSED,
      execve: REFUSED,
      'a thread of loader hooks': REFUSED,
      // The host's own, in both families, whatever the machine's file says.
      localhost: '127.0.0.1,::1',
    })
    const handle = net.createServer().listen(0, '127.0.0.1')
    await once(handle, 'listening')
    onTestFinished(() => void handle.close())
    child.send('take it', handle)
    expect(await event(child, 'message')).toEqual({ 'a received handle': REFUSED })
  })
})
