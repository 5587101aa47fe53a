import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import net from 'node:net'
import tls from 'node:tls'
import { describe, expect, test } from 'vitest'
import type { Host } from '../../src/index.node.ts'
import { currentProgram } from '../../src/node/current.ts'
import { event, listen, readAll, twoHosts } from './two-hosts.ts'

const pem = (name: string): string => readFileSync(new URL(`certificate/${name}.pem`, import.meta.url), 'utf8')
const key = pem('key')
const cert = pem('cert')
const MEGABYTE = 1024 * 1024

const serve = async <S extends net.Server>(host: Host, port: number, make: () => S): Promise<S> =>
  host.run(async () => {
    const server = make()
    server.listen(port)
    await once(server, 'listening')
    return server
  })

const get = (module: typeof http | typeof https, url: string, options: https.RequestOptions = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    module.get(url, options, (response) => resolve(readAll(response))).on('error', reject)
  })

describe('TLS', () => {
  test('a client and a server talk, and see each other’s addresses', async () => {
    const { server, client } = twoHosts()
    await serve(server, 443, () => tls.createServer({ key, cert }, (socket) => void socket.pipe(socket)))
    const found = await client.run(async () => {
      const socket = tls.connect({ port: 443, host: 'server', ca: cert })
      await once(socket, 'secureConnect')
      const { authorized, remoteAddress } = socket
      socket.end('secret')
      return { text: await readAll(socket), authorized, remoteAddress }
    })
    expect(found).toEqual({ text: 'secret', authorized: true, remoteAddress: '10.0.0.1' })
  })

  test('16 MiB arrive whole', async () => {
    const { server, client } = twoHosts()
    await serve(server, 443, () =>
      tls.createServer({ key, cert }, (socket) => {
        for (let i = 0; i < 16; i++) socket.write(Buffer.alloc(MEGABYTE, i))
        socket.end()
      }),
    )
    const size = await client.run(async () => {
      let bytes = 0
      for await (const chunk of tls.connect({ port: 443, host: 'server', ca: cert })) bytes += (chunk as Buffer).length
      return bytes
    })
    expect(size).toBe(16 * MEGABYTE)
  })

  test('STARTTLS: an open connection becomes secure on both sides', async () => {
    const { server, client } = twoHosts()
    await listen(server, 25, (socket) => {
      socket.once('data', () => {
        socket.write('go')
        const secure = new tls.TLSSocket(socket, { isServer: true, key, cert })
        secure.on('data', (chunk) => secure.end(`secure ${chunk}`))
      })
    })
    const text = await client.run(async () => {
      const socket = net.connect(25, 'server')
      socket.write('STARTTLS')
      await once(socket, 'data')
      const secure = tls.connect({ socket, ca: cert, servername: 'server' })
      secure.write('hello')
      return readAll(secure)
    })
    expect(text).toBe('secure hello')
  })

  test('a reset under TLS is ECONNRESET of the TLS socket', async () => {
    const { server, client } = twoHosts()
    const raw: net.Socket[] = []
    const listener = await serve(server, 443, () => tls.createServer({ key, cert }))
    listener.on('connection', (socket) => raw.push(socket))
    const error = await client.run(async () => {
      const socket = tls.connect({ port: 443, host: 'server', ca: cert })
      await once(socket, 'secureConnect')
      raw[0]?.resetAndDestroy()
      return event<NodeJS.ErrnoException>(socket, 'error')
    })
    expect(error).toMatchObject({ code: 'ECONNRESET', syscall: 'read' })
  })
})

describe('HTTP', () => {
  test('keep-alive: two requests on one connection', async () => {
    const { server, client } = twoHosts()
    const ports = new Set<number | undefined>()
    await serve(server, 80, () =>
      http.createServer((request, response) => {
        ports.add(request.socket.remotePort)
        response.end(`${request.url} ${currentProgram()?.host.name}`)
      }),
    )
    const texts = await client.run(async () => [await get(http, 'http://server/a'), await get(http, 'http://server/b')])
    expect(texts).toEqual(['/a server', '/b server'])
    expect(ports.size).toBe(1)
  })

  test('an agent never gives one program’s connection to another', async () => {
    const { server, client } = twoHosts()
    const addresses: (string | undefined)[] = []
    await serve(server, 80, () =>
      http.createServer((request, response) => {
        addresses.push(request.socket.remoteAddress)
        response.end()
      }),
    )
    await client.run(() => get(http, 'http://server/'))
    await server.run(() => get(http, 'http://server/'))
    await client.run(() => fetch('http://server/').then((r) => r.text()))
    await server.run(() => fetch('http://server/').then((r) => r.text()))
    const from = ['::ffff:10.0.0.2', '::ffff:10.0.0.1']
    expect(addresses).toEqual([...from, ...from])
  })

  test('upgrade keeps the program, and the connection is the program’s own', async () => {
    const { server, client } = twoHosts()
    const seen: (string | undefined)[] = []
    const listener = await serve(server, 80, () => http.createServer())
    listener.on('upgrade', (_request, socket: net.Socket) => {
      seen.push(currentProgram()?.host.name)
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
      socket.pipe(socket)
    })
    const text = await client.run(async () => {
      const request = http.get('http://server/', { headers: { Connection: 'Upgrade', Upgrade: 'echo' } })
      const [, socket] = (await once(request, 'upgrade')) as [http.IncomingMessage, net.Socket]
      seen.push(currentProgram()?.host.name)
      socket.end('raw')
      return readAll(socket)
    })
    expect(text).toBe('raw')
    expect(seen).toEqual(['server', 'client'])
  })

  test('https, with 4 MiB up and down', async () => {
    const { server, client } = twoHosts()
    await serve(server, 443, () => https.createServer({ key, cert }, (request, response) => request.pipe(response)))
    const size = await client.run(async () => {
      const request = https.request('https://server/', { method: 'POST', ca: cert })
      request.end(Buffer.alloc(4 * MEGABYTE))
      const [response] = (await once(request, 'response')) as [http.IncomingMessage]
      let bytes = 0
      for await (const chunk of response) bytes += (chunk as Buffer).length
      return bytes
    })
    expect(size).toBe(4 * MEGABYTE)
  })

  test('fetch', async () => {
    const { server, client } = twoHosts()
    await serve(server, 8080, () => http.createServer((request, response) => request.pipe(response)))
    const text = await client.run(async () => {
      const response = await fetch('http://server:8080/', { method: 'POST', body: 'x'.repeat(100_000) })
      return response.text()
    })
    expect(text).toBe('x'.repeat(100_000))
    const error = await client.run(() => fetch('http://server:8081/').catch((e: Error) => e.cause))
    expect(error).toMatchObject({ code: 'ECONNREFUSED', address: '10.0.0.1', port: 8081 })
  })
})

describe('HTTP/2', () => {
  const echo = (stream: http2.ServerHttp2Stream): void => {
    stream.respond({ ':status': 200 })
    stream.pipe(stream)
  }
  const post = async (url: string, options: http2.SecureClientSessionOptions = {}): Promise<number> => {
    const session = http2.connect(url, options)
    const stream = session.request({ ':method': 'POST' })
    stream.end(Buffer.alloc(4 * MEGABYTE))
    let bytes = 0
    for await (const chunk of stream) bytes += (chunk as Buffer).length
    session.close()
    await once(session, 'close')
    return bytes
  }

  test('in the clear', async () => {
    const { server, client } = twoHosts()
    await serve(server, 80, () => {
      const made = http2.createServer()
      made.on('stream', echo)
      return made
    })
    expect(await client.run(() => post('http://server'))).toBe(4 * MEGABYTE)
  })

  test('over TLS', async () => {
    const { server, client } = twoHosts()
    await serve(server, 443, () => {
      const made = http2.createSecureServer({ key, cert })
      made.on('stream', echo)
      return made
    })
    expect(await client.run(() => post('https://server', { ca: cert }))).toBe(4 * MEGABYTE)
  })
})
