/** The rival: Node's `net` and `dgram` over the kernel's loopback, both ends in this process. */
import dgram from 'node:dgram'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { collect } from './measure.ts'

const listen = async (
  onConnection: (socket: net.Socket) => void,
  options: net.ServerOpts = {},
): Promise<{ server: net.Server; port: number }> => {
  const server = net.createServer({ noDelay: true, ...options }, onConnection)
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 })
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

/** Bulk transfer of `source`, `passes` times, in writes of `write` bytes, into the reader's own buffer; bytes a second. */
export const stream = async (source: Uint8Array, write: number, passes: number): Promise<number> => {
  let received = 0
  // `onread` reads into the reader's own buffer; only a connecting socket offers it, so the reader connects.
  const reader = await listen((socket) => {
    let at = 0
    let left = passes
    const pump = (): void => {
      while (left > 0) {
        const more = socket.write(source.subarray(at, at + write))
        at += write
        if (at >= source.length) {
          at = 0
          left--
        }
        if (!more) {
          socket.once('drain', pump)
          return
        }
      }
      socket.end()
    }
    pump()
  })
  const start = performance.now()
  const client = net.connect({
    port: reader.port,
    host: '127.0.0.1',
    onread: {
      buffer: Buffer.allocUnsafeSlow(write),
      callback: (count: number) => {
        received += count
        return true
      },
    },
  })
  await once(client, 'end')
  const seconds = (performance.now() - start) / 1000
  client.destroy()
  reader.server.close()
  const total = source.length * passes
  if (received !== total) throw new Error(`kernel stream: ${received} of ${total} bytes arrived`)
  return total / seconds
}

/** Ping-pong of `size` bytes; round trips a second. */
export const requestResponse = async (count: number, size: number): Promise<number> => {
  const { server, port } = await listen((socket) => {
    socket.on('data', (data) => socket.write(data))
  })
  const client = net.connect({ port, host: '127.0.0.1', noDelay: true })
  await once(client, 'connect')
  const message = Buffer.alloc(size, 1)
  let left = count
  const start = performance.now()
  await new Promise<void>((resolve) => {
    client.on('data', () => {
      if (--left === 0) resolve()
      else client.write(message)
    })
    client.write(message)
  })
  const seconds = (performance.now() - start) / 1000
  client.destroy()
  server.close()
  return count / seconds
}

/** Connect, accept, close, one after the other; connections a second. */
export const connectClose = async (count: number): Promise<number> => {
  const { server, port } = await listen((socket) => {
    socket.on('end', () => socket.end())
    socket.resume()
  })
  const start = performance.now()
  for (let i = 0; i < count; i++) {
    await new Promise<void>((resolve, reject) => {
      const client = net.connect({ port, host: '127.0.0.1' })
      client.on('error', reject)
      client.on('connect', () => client.end())
      client.resume()
      client.on('close', () => resolve())
    })
  }
  const seconds = (performance.now() - start) / 1000
  server.close()
  return count / seconds
}

/** Datagrams of `size` bytes echoed one at a time; round trips a second. */
export const datagrams = async (count: number, size: number): Promise<number> => {
  const server = dgram.createSocket('udp4')
  server.on('message', (message, peer) => server.send(message, peer.port, peer.address))
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
  const client = dgram.createSocket('udp4')
  client.connect(server.address().port, '127.0.0.1')
  await once(client, 'connect')
  const message = Buffer.alloc(size, 1)
  let left = count
  const start = performance.now()
  await new Promise<void>((resolve) => {
    client.on('message', () => {
      if (--left === 0) resolve()
      else client.send(message)
    })
    client.send(message)
  })
  const seconds = (performance.now() - start) / 1000
  client.close()
  server.close()
  return count / seconds
}

/** JavaScript heap and external bytes of one end of an idle connection (the kernel's own memory is not counted). */
export const idle = async (count: number): Promise<number> => {
  const accepted: net.Socket[] = []
  const { server, port } = await listen((socket) => accepted.push(socket))
  await collect()
  const before = process.memoryUsage()
  const clients: net.Socket[] = []
  for (let i = 0; i < count; i++) {
    const client = net.connect({ port, host: '127.0.0.1' })
    await once(client, 'connect')
    clients.push(client)
  }
  while (accepted.length < count) await new Promise((resolve) => setImmediate(resolve))
  const message = Buffer.alloc(64)
  for (const [i, socket] of accepted.entries()) {
    const client = clients[i] as net.Socket
    for (const [from, to] of [
      [client, socket],
      [socket, client],
    ] as const) {
      from.write(message)
      await once(to, 'data')
    }
  }
  await collect()
  const after = process.memoryUsage()
  const sockets = [...clients, ...accepted]
  const closed = sockets.map((socket) => once(socket, 'close'))
  for (const socket of sockets) socket.destroy()
  server.close()
  await Promise.all(closed)
  return (after.heapUsed + after.external - before.heapUsed - before.external) / (2 * count)
}
