/** The table in docs/node.md says what Node programs find: each row is tried. */
import childProcess from 'node:child_process'
import cluster from 'node:cluster'
import dgram from 'node:dgram'
import dns from 'node:dns'
import { EventEmitter, once } from 'node:events'
import fs, { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import inspector from 'node:inspector'
import Module from 'node:module'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { Worker } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import { refuse } from '../../src/node/refuse.ts'
import { refuseHandles } from '../../src/node/ways-out.ts'
import { event, listen, readAll, type TwoHosts, twoHosts } from './two-hosts.ts'

type Status = 'honoured' | 'stored' | 'refused'
type Trial = (hosts: TwoHosts) => Promise<Status>

/** Of a row that promises an effect: the effect is there. */
const honoured = (seen: boolean): Status => (seen ? 'honoured' : 'stored')

const refusal = async (attempt: () => unknown): Promise<Status> => {
  try {
    await attempt()
    return 'honoured'
  } catch {
    return 'refused'
  }
}

const temporary = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'soquete-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const listenWith = (
  host: TwoHosts['server'],
  options: net.ListenOptions,
  made: net.ServerOpts = {},
): Promise<net.Server> =>
  host.run(async () => {
    const server = net.createServer(made, (socket) => socket.end('hi'))
    server.listen(options)
    await once(server, 'listening')
    return server
  })

const datagrams = (
  host: TwoHosts['server'],
  options: dgram.SocketOptions,
  body: (socket: dgram.Socket) => unknown,
): Promise<unknown> =>
  host.run(async () => {
    const socket = dgram.createSocket(options)
    socket.bind(5000)
    await once(socket, 'listening')
    try {
      return await body(socket)
    } finally {
      socket.close()
    }
  })

const serversAfterSetting = (): string[] => {
  dns.setServers(['10.0.0.9'])
  return dns.getServers()
}

const TRIALS: Readonly<Record<string, Trial>> = {
  'net.Server.listen: port, host': async ({ server }) => {
    const listener = await listenWith(server, { port: 80, host: '10.0.0.1' })
    return honoured(JSON.stringify(listener.address()) === '{"address":"10.0.0.1","family":"IPv4","port":80}')
  },
  'net.Server.listen: path': async ({ server }) => {
    const path = join(temporary(), 's')
    await listenWith(server, { path })
    return honoured((await server.run(() => readAll(net.connect(path)))) === 'hi')
  },
  'net.Server.listen: backlog': async ({ server }) => {
    await listenWith(server, { port: 80, backlog: 7 })
    return honoured(server.ss({ l: true, t: true, n: true }).includes(' 7 '))
  },
  'net.Server.listen: exclusive': async ({ server }) => {
    // It tells cluster's workers apart, and there are none.
    await listenWith(server, { port: 80, exclusive: true })
    return 'stored'
  },
  'net.Server.listen: ipv6Only': async ({ server, client }) => {
    await listenWith(server, { port: 80, host: '::', ipv6Only: true })
    const error = await client.run(() => event<NodeJS.ErrnoException>(net.connect(80, '10.0.0.1'), 'error'))
    return honoured(error.code === 'ECONNREFUSED')
  },
  'net.Server.listen: readableAll, writableAll': async ({ server }) => {
    const path = join(temporary(), 's')
    await listenWith(server, { path, readableAll: true, writableAll: true })
    return honoured(((await server.run(() => fs.statSync(path).mode)) & 0o666) === 0o666)
  },
  'net.Server.listen: signal': async ({ server }) => {
    const controller = new AbortController()
    const listener = await listenWith(server, { port: 80, signal: controller.signal })
    controller.abort()
    await event(listener, 'close')
    return honoured(!listener.listening)
  },
  'net.Server.listen: fd': async ({ server }) =>
    refusal(() => server.run(async () => once(net.createServer().listen({ fd: 3 }), 'listening'))),
  'net.createServer: allowHalfOpen': async ({ server, client }) => {
    await listen(server, 80, (socket) => socket.on('end', () => socket.end('late')).resume(), { allowHalfOpen: true })
    const text = await client.run(() => readAll(net.connect({ port: 80, host: 'server', allowHalfOpen: true }).end()))
    return honoured(text === 'late')
  },
  'net.createServer: noDelay': async ({ server, client }) => {
    await listenWith(server, { port: 80 }, { noDelay: true })
    return honoured((await client.run(() => readAll(net.connect(80, 'server')))) === 'hi')
  },
  'net.createServer: keepAlive, keepAliveInitialDelay': async ({ server, client }) => {
    await listen(server, 80, () => undefined, { keepAlive: true, keepAliveInitialDelay: 9000 })
    await client.run(() => once(net.connect(80, 'server'), 'connect'))
    return honoured(/timer:\(keepalive,[89]/.test(server.ss({ t: true, n: true, o: true })))
  },
  'net.connect: localAddress, localPort': async ({ server, client }) => {
    const accepted = server.run(async () => {
      const listener = net.createServer().listen(80)
      return event<net.Socket>(listener, 'connection')
    })
    await client.run(() =>
      once(net.connect({ port: 80, host: 'server', localAddress: '10.0.0.2', localPort: 4444 }), 'connect'),
    )
    return honoured((await accepted).remotePort === 4444)
  },
  'net.connect: lookup': async ({ server, client }) => {
    await listenWith(server, { port: 80 })
    const lookup: net.LookupFunction = (_name, _options, done) => done(null, [{ address: '10.0.0.1', family: 4 }])
    const text = await client.run(() => readAll(net.connect({ port: 80, host: 'anything', lookup })))
    return honoured(text === 'hi')
  },
  'net.connect: autoSelectFamily': async ({ server, client }) => {
    await listenWith(server, { port: 80, host: '10.0.0.1' })
    client.putFiles({ '/etc/hosts': 'fd00::1 both\n10.0.0.1 both\n' })
    const text = await client.run(() => readAll(net.connect({ port: 80, host: 'both', autoSelectFamily: true })))
    return honoured(text === 'hi')
  },
  'net.connect: fd': async ({ client }) => {
    const real = net.createServer().listen(0, '127.0.0.1')
    await once(real, 'listening')
    onTestFinished(() => void real.close())
    const { fd } = (real as unknown as { _handle: { fd: number } })._handle
    return refusal(() => client.run(() => new net.Socket({ fd })))
  },
  'net.Socket: resetAndDestroy': async ({ server, client }) => {
    await listen(server, 80, (socket) => socket.resetAndDestroy())
    const error = await client.run(() => event<NodeJS.ErrnoException>(net.connect(80, 'server'), 'error'))
    return honoured(error.code === 'ECONNRESET')
  },
  'net.Socket: ref, unref': async ({ server, client }) => {
    await listen(server, 80, () => undefined)
    const socket = await client.run(async () => {
      const made = net.connect(80, 'server').unref()
      await once(made, 'connect')
      return made
    })
    const { _handle: handle } = socket as unknown as { _handle: { hasRef(): boolean } }
    const before = handle.hasRef()
    socket.ref()
    return honoured(!before && handle.hasRef())
  },
  'dgram.createSocket: reuseAddr': async ({ server }) => {
    const twice = datagrams(server, { type: 'udp4', reuseAddr: true }, () =>
      datagrams(server, { type: 'udp4', reuseAddr: true }, () => true),
    )
    return honoured((await twice) === true)
  },
  'dgram.createSocket: recvBufferSize, sendBufferSize': async ({ server }) => {
    const options = { type: 'udp4', recvBufferSize: 9000, sendBufferSize: 9000 } as const
    const sizes = await datagrams(server, options, (s) => [s.getRecvBufferSize(), s.getSendBufferSize()])
    return honoured(String(sizes) === '18000,18000')
  },
  'dgram.Socket: setBroadcast': async ({ server }) => {
    const sent = await datagrams(server, { type: 'udp4' }, async (socket) => {
      const send = (): Promise<unknown> =>
        new Promise((done) =>
          socket.send('x', 9, '10.0.0.255', (error) => done((error as NodeJS.ErrnoException)?.code)),
        )
      const before = await send()
      socket.setBroadcast(true)
      return `${before} ${await send()}`
    })
    return honoured(sent === 'EACCES undefined')
  },
  'dgram.Socket: setTTL': async ({ server }) =>
    honoured(
      (await datagrams(server, { type: 'udp4' }, (s) => [s.setTTL(3), tryTo(() => s.setTTL(256))].join())) ===
        '3,EINVAL',
    ),
  'dgram.Socket: addMembership': async ({ server, client }) => {
    const heard = datagrams(server, { type: 'udp4' }, async (socket) => {
      socket.addMembership('239.1.2.3', '10.0.0.1')
      const sent = client.run(async () => {
        const sender = dgram.createSocket('udp4')
        sender.bind(0)
        await once(sender, 'listening')
        sender.setMulticastInterface('10.0.0.2')
        sender.send('group', 5000, '239.1.2.3')
        return sender
      })
      const message = await event<Buffer>(socket, 'message')
      ;(await sent).close()
      return message.toString()
    })
    return honoured((await heard) === 'group')
  },
  'dgram.Socket: addSourceSpecificMembership': async ({ server }) =>
    refusal(() => datagrams(server, { type: 'udp4' }, (s) => s.addSourceSpecificMembership('10.0.0.2', '232.1.2.3'))),
  'dns: lookup': async ({ client }) =>
    honoured((await client.run(() => dns.promises.lookup('server'))).address === '10.0.0.1'),
  'dns: setServers': async ({ client }) => honoured((await client.run(serversAfterSetting)).join() === '10.0.0.9'),
  'dns: resolveTlsa': async ({ client }) => {
    const { resolveTlsa } = dns.promises as unknown as { resolveTlsa?: (name: string) => Promise<unknown> }
    if (resolveTlsa === undefined) return 'refused'
    return refusal(() => client.run(() => resolveTlsa('x.test')))
  },
  'dns.Resolver: timeout, tries': async ({ client }) => {
    const resolver = await client.run(() => new dns.promises.Resolver({ timeout: 1, tries: 1 }))
    return resolver instanceof dns.promises.Resolver ? 'stored' : 'refused'
  },
  'dns.Resolver: setLocalAddress': async ({ client }) => {
    await client.run(() => new dns.promises.Resolver().setLocalAddress('10.0.0.2'))
    return 'stored'
  },
  'child_process: every call': async ({ server }) => refusal(() => server.run(() => childProcess.execSync('true'))),
  'cluster: fork': async ({ server }) => refusal(() => server.run(() => cluster.fork())),
  'worker_threads: eval: true': async ({ server }) => refusal(() => server.run(() => new Worker('1', { eval: true }))),
  'worker_threads: the network inside of a worker': async ({ server }) => {
    const file = join(temporary(), 'worker.cjs')
    writeFileSync(file, "require('node:net').createServer().listen(0)")
    const worker = await server.run(() => new Worker(file))
    return (await event<Error>(worker, 'error')).message.includes('worker thread') ? 'refused' : 'honoured'
  },
  'process.send, ChildProcess.send: sendHandle': async ({ server }) => {
    const received: unknown[] = []
    const channel = Object.assign(new EventEmitter(), { send: (...args: unknown[]) => received.push(args) })
    refuseHandles(channel)
    const sent = await refusal(() => server.run(() => channel.send('x', net.createServer())))
    await server.run(() => channel.send('x'))
    return received.length === 1 ? sent : 'honoured'
  },
  'process.execve: every call': async ({ server }) => {
    const { execve } = process as unknown as { execve?: (file: string, args: string[]) => never }
    return execve === undefined ? 'refused' : refusal(() => server.run(() => execve('/bin/true', ['true'])))
  },
  'inspector.open: every call': async ({ server }) => refusal(() => server.run(() => inspector.open(0))),
  'module.register: the network inside of hooks': async ({ server }) => {
    // A server of the hooks' thread throws where it would listen, and that is what `register` reports.
    const source = "import net from 'node:net'; await new Promise((done) => net.createServer().listen(0, done))"
    return refusal(() => server.run(() => Module.register(`data:text/javascript,${encodeURIComponent(source)}`)))
  },
  'node:quic, node:dtls, node:ffi: every call': async ({ server }) => {
    const below = ['node:quic', 'node:dtls', 'node:ffi'].map((id) => process.getBuiltinModule(id) ?? { absent: refuse })
    const calls = below.flatMap((exports) => Object.values(exports as object)).filter((it) => typeof it === 'function')
    const outcomes = await Promise.all(calls.map((call) => refusal(() => server.run(() => call('x')))))
    return outcomes.every((outcome) => outcome === 'refused') ? 'refused' : 'honoured'
  },
}

const tryTo = (attempt: () => unknown): string => {
  try {
    return String(attempt())
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

const rows = readFileSync('docs/node.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| `/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
  .map(([, call, what, status]) => [`${call}: ${what}`, status] as const)

describe('docs/node.md', () => {
  test('has a row for each trial, and no other', () => {
    expect(rows.map(([name]) => name).sort()).toEqual(Object.keys(TRIALS).sort())
  })

  for (const [name, status] of rows)
    test(`${name} is ${status}`, async () => {
      expect(await (TRIALS[name] as Trial)(twoHosts())).toBe(status)
    })
})
