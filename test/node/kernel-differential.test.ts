/**
 * The same program on the kernel's loopback and on a virtual host: what it sees, and in which order, must be equal. Ports are
 * named after the order in which they appear.
 */
import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import { describe, expect, test } from 'vitest'
import { twoHosts } from './two-hosts.ts'

type Log = (...words: unknown[]) => void
type Scenario = (log: Log) => Promise<void>

const LOOPBACK = '127.0.0.1'

const fieldsOf = (error: unknown): string => {
  const { name, code, errno, syscall, address, port, message } = error as NodeJS.ErrnoException & {
    address?: string
    port?: number
  }
  return JSON.stringify({ name, code, errno, syscall, address, port, message })
}

const traceOf = async (scenario: Scenario): Promise<string[]> => {
  const lines: string[] = []
  await scenario((...words) => {
    lines.push(words.map((word) => (word instanceof Error ? fieldsOf(word) : String(word))).join(' '))
  })
  const ports = new Map<string, string>()
  return lines.map((line) =>
    line.replace(/\b[1-9]\d{4}\b/g, (port) => {
      if (!ports.has(port)) ports.set(port, `port${ports.size}`)
      return ports.get(port) as string
    }),
  )
}

const listening = async (
  onConnection: (socket: net.Socket) => void,
  options: net.ServerOpts = {},
): Promise<net.Server> => {
  const server = net.createServer(options, onConnection)
  server.listen(0, LOOPBACK)
  await once(server, 'listening')
  return server
}

const portOf = (server: net.Server): number => (server.address() as net.AddressInfo).port

const watch = (log: Log, who: string, socket: net.Socket): net.Socket => {
  for (const name of ['lookup', 'connect', 'ready', 'end', 'finish', 'timeout', 'drain', 'error', 'close'])
    socket.on(name, (...args: unknown[]) => log(who, name, ...args))
  socket.on('data', (chunk: Buffer) => log(who, 'data', chunk.toString()))
  return socket
}

/** Resolves when all of them have closed. */
const closed = (...emitters: net.Socket[]): Promise<unknown> =>
  Promise.all(emitters.map((emitter) => (emitter.closed ? null : new Promise((done) => emitter.on('close', done)))))

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'an echo, ended by the client': async (log) => {
    const server = await listening((socket) => {
      watch(log, 'server', socket).on('data', (chunk) => socket.write(chunk))
    })
    const client = watch(log, 'client', net.connect(portOf(server), LOOPBACK))
    client.write('hello', () => log('client written'))
    client.once('data', () => client.end('bye'))
    await closed(client)
    server.close(() => log('server closed'))
    await once(server, 'close')
  },
  'nobody listens': async (log) => {
    const server = await listening(() => undefined)
    const port = portOf(server)
    server.close()
    await once(server, 'close')
    const client = watch(log, 'client', net.connect(port, LOOPBACK))
    await closed(client)
    log(client.destroyed, client.readyState, client.bytesRead, client.bytesWritten)
  },
  'the port is taken': async (log) => {
    const server = await listening(() => undefined)
    const second = net.createServer()
    second.on('error', (error) => log('error', error))
    second.on('close', () => log('close'))
    second.listen(portOf(server), LOOPBACK)
    await once(second, 'error').catch(() => undefined)
    log(second.listening, second.address())
    server.close()
  },
  'an address that is not here': async (log) => {
    const server = net.createServer()
    server.listen(0, '192.0.2.1')
    const [error] = (await once(server, 'error')) as [Error]
    log(error)
  },
  'the server resets': async (log) => {
    const server = await listening((socket) => {
      socket.on('close', (hadError) => log('server close', hadError))
      socket.once('data', () => socket.resetAndDestroy())
    })
    const client = watch(log, 'client', net.connect(portOf(server), LOOPBACK))
    client.write('x')
    await closed(client)
    server.close()
  },
  'the client destroys, with data that nobody has read': async (log) => {
    const accepted: net.Socket[] = []
    const server = await listening((socket) => {
      accepted.push(socket)
      socket.on('error', (error) => log('server', error))
      socket.on('close', (hadError) => log('server close', hadError))
      socket.write('unread')
      socket.resume()
    })
    const client = net.connect(portOf(server), LOOPBACK)
    client.on('close', (hadError) => log('client close', hadError))
    await once(client, 'connect')
    await once(client, 'readable')
    client.destroy()
    await closed(client, accepted[0] as net.Socket)
    server.close()
  },
  'half-open: the server goes on after the client’s end': async (log) => {
    const server = await listening(
      (socket) => {
        watch(log, 'server', socket).on('end', () => {
          socket.write('still')
          setImmediate(() => socket.end('here'))
        })
      },
      { allowHalfOpen: true },
    )
    const client = watch(log, 'client', net.connect({ port: portOf(server), host: LOOPBACK, allowHalfOpen: true }))
    client.end('request')
    await closed(client)
    server.close()
  },
  'a write after the peer has ended': async (log) => {
    const server = await listening((socket) => socket.end())
    const client = net.connect(portOf(server), LOOPBACK)
    client.on('error', (error) => log('error', error))
    client.on('close', (hadError) => log('close', hadError))
    client.resume()
    client.on('end', () => client.write('late', (error) => log('callback', error)))
    await closed(client)
    server.close()
  },
  'an idle timeout': async (log) => {
    const server = await listening((socket) => socket.resume())
    const client = watch(log, 'client', net.connect(portOf(server), LOOPBACK))
    client.setTimeout(30, () => client.end())
    await closed(client)
    log(client.timeout)
    server.close()
  },
  'an abort before the connection': async (log) => {
    const server = await listening((socket) => socket.resume())
    const controller = new AbortController()
    const client = watch(
      log,
      'client',
      net.connect({ port: portOf(server), host: LOOPBACK, signal: controller.signal }),
    )
    controller.abort()
    await closed(client)
    server.close()
  },
  'destroyed while it connects': async (log) => {
    const server = await listening((socket) => socket.on('error', () => undefined).resume())
    const client = watch(log, 'client', net.connect(portOf(server), LOOPBACK))
    client.write('never', (error) => log('callback', error))
    client.destroy()
    await closed(client)
    server.close()
  },
  'more connections than wanted': async (log) => {
    const server = await listening((socket) => socket.resume())
    server.maxConnections = 1
    server.on('drop', (data) => log('drop', data?.remoteAddress, data?.localFamily))
    const first = net.connect(portOf(server), LOOPBACK)
    await once(server, 'connection')
    const second = watch(log, 'second', net.connect(portOf(server), LOOPBACK))
    await closed(second)
    first.end()
    await closed(first)
    server.close()
  },
  'backpressure: false, drain, and every byte': async (log) => {
    const server = await listening((socket) => {
      let bytes = 0
      socket.on('data', (chunk) => (bytes += chunk.length))
      socket.on('end', () => log('received', bytes))
      socket.on('end', () => socket.end())
    })
    const client = net.connect(portOf(server), LOOPBACK)
    await once(client, 'connect')
    log(client.write(Buffer.alloc(16 * 1024 * 1024)), client.writableNeedDrain)
    await once(client, 'drain')
    log('drain', client.writableLength, client.bytesWritten)
    client.end()
    await closed(client.resume())
    server.close()
  },
  'pause and resume': async (log) => {
    const server = await listening((socket) => {
      for (let i = 0; i < 3; i++) socket.write(`part ${i} `)
      socket.end()
    })
    const client = net.connect(portOf(server), LOOPBACK)
    client.setEncoding('utf8')
    let text = ''
    client.on('data', (chunk) => {
      text += chunk
      client.pause()
      setImmediate(() => client.resume())
    })
    await closed(client)
    log(text)
    server.close()
  },
  'one buffer for all reads (onread)': async (log) => {
    const server = await listening((socket) => socket.end('0123456789'))
    const buffer = Buffer.alloc(4)
    let text = ''
    const client = net.connect({
      port: portOf(server),
      host: LOOPBACK,
      onread: {
        buffer,
        callback(size, into) {
          text += Buffer.from(into).subarray(0, size).toString()
          return true
        },
      },
    })
    await closed(client)
    log(text, client.bytesRead)
    server.close()
  },
  'addresses and counters': async (log) => {
    const server = await listening((socket) => {
      log(socket.remoteFamily, socket.remoteAddress, socket.localAddress, socket.localFamily, socket.localPort)
      socket.end('12345')
      socket.resume()
    })
    const client = net.connect({ port: portOf(server), host: LOOPBACK, localAddress: LOOPBACK })
    log(client.connecting, client.pending, client.readyState)
    await once(client, 'connect')
    log(client.connecting, client.pending, client.readyState, JSON.stringify(client.address()))
    client.resume()
    client.end('123')
    await closed(client)
    log(client.bytesRead, client.bytesWritten, client.remoteAddress)
    server.close()
  },
  'ticks, promises and immediates between two reads': async (log) => {
    const server = await listening((socket) => {
      socket.write('a')
      socket.once('data', () => socket.end('b'))
    })
    const client = net.connect(portOf(server), LOOPBACK)
    client.on('data', (chunk) => {
      log('data', chunk)
      process.nextTick(() => log('tick'))
      void Promise.resolve().then(() => log('microtask'))
      client.write('go')
    })
    client.on('end', () => log('end'))
    await closed(client)
    server.close()
  },
  'datagrams, and an answer': async (log) => {
    const server = dgram.createSocket('udp4')
    server.bind(0, LOOPBACK)
    await once(server, 'listening')
    server.on('message', (message, from) => {
      log('message', message, from.address, from.family, from.size)
      server.send(['an', 'swer'], from.port, from.address, (error, bytes) => log('sent', error, bytes))
    })
    const client = dgram.createSocket('udp4')
    client.connect(server.address().port, LOOPBACK)
    await once(client, 'connect')
    log(client.remoteAddress().address)
    client.send('question', (error, bytes) => log('sent', error, bytes))
    const [message] = (await once(client, 'message')) as [Buffer]
    log(message)
    client.close(() => log('closed'))
    await once(client, 'close')
    server.close()
  },
  'a connected datagram socket hears that the port is closed': async (log) => {
    const server = dgram.createSocket('udp4')
    server.bind(0, LOOPBACK)
    await once(server, 'listening')
    const { port } = server.address()
    server.close()
    await once(server, 'close')
    const client = dgram.createSocket('udp4')
    client.connect(port, LOOPBACK)
    await once(client, 'connect')
    client.send('anybody?')
    const [error] = (await once(client, 'error')) as [Error]
    log(error)
    client.close()
  },
}

describe('a program sees on a virtual host what it sees on the kernel:', () => {
  for (const [name, scenario] of Object.entries(SCENARIOS))
    test(name, async () => {
      const { server } = twoHosts()
      const kernel = await traceOf(scenario)
      const virtual = await server.run(() => traceOf(scenario))
      expect(virtual).toEqual(kernel)
    })
})
