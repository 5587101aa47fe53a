/** Plain Node programs: nothing in them knows whether the network under them is the kernel's or a virtual host's. */
import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import tls from 'node:tls'

/** A server of one kind: where it listens, and how to end it. */
export interface Served {
  readonly port: number
  close(): Promise<void>
}

/** A workload in two halves, each run on its own host. `client` gives the figure. */
export interface NodeProgram {
  server(): Promise<Served>
  client(host: string, port: number): Promise<number>
}

const served = async (server: net.Server, onClose?: () => void): Promise<Served> => {
  server.listen(0)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      onClose?.()
      server.close()
      await once(server, 'close')
    },
  }
}

const seconds = (since: number): number => (performance.now() - since) / 1000

const sink = (socket: net.Socket): void => {
  socket.on('error', () => undefined)
  socket.resume()
  socket.on('end', () => socket.end())
}

/** Write `size` bytes of `source` over and over in writes of 64 KiB until `total` have gone, then wait for the peer's end. */
const pour = async (socket: net.Socket, source: Uint8Array, total: number): Promise<number> => {
  const start = performance.now()
  const WRITE = 65_536
  let at = 0
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('end', resolve)
    socket.resume()
    const pump = (): void => {
      for (let more = true; more; ) {
        if (at >= total) {
          socket.end()
          return
        }
        const from = at % source.length
        at += WRITE
        more = socket.write(source.subarray(from, from + WRITE))
      }
      socket.once('drain', pump)
    }
    pump()
  })
  return total / seconds(start)
}

export const bulk = (source: Uint8Array, total: number): NodeProgram => ({
  server: () => served(net.createServer({ allowHalfOpen: true }, sink)),
  client: async (host, port) => {
    const socket = net.connect({ host, port })
    await once(socket, 'connect')
    return pour(socket, source, total)
  },
})

export const pingPong = (count: number, size: number): NodeProgram => ({
  server: () =>
    served(
      net.createServer({ noDelay: true }, (socket) => {
        socket.on('data', (data) => socket.write(data))
      }),
    ),
  client: async (host, port) => {
    const socket = net.connect({ host, port, noDelay: true })
    await once(socket, 'connect')
    const message = Buffer.alloc(size, 1)
    let left = count
    const start = performance.now()
    await new Promise<void>((resolve) => {
      socket.on('data', () => {
        if (--left === 0) resolve()
        else socket.write(message)
      })
      socket.write(message)
    })
    const figure = count / seconds(start)
    socket.end()
    await once(socket, 'close')
    return figure
  },
})

export const connectClose = (count: number): NodeProgram => ({
  server: () => served(net.createServer(sink)),
  client: async (host, port) => {
    const start = performance.now()
    for (let i = 0; i < count; i++) {
      const socket = net.connect({ host, port })
      socket.resume()
      socket.on('connect', () => socket.end())
      await once(socket, 'close')
    }
    return count / seconds(start)
  },
})

/** GET requests one after the other over one connection. */
export const httpKeepAlive = (count: number): NodeProgram => ({
  server: () =>
    served(
      http.createServer((_, response) => {
        response.end('hello world\n')
      }),
    ),
  client: async (host, port) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    const get = (): Promise<void> =>
      new Promise((resolve, reject) => {
        http
          .get({ host, port, agent }, (response) => {
            response.resume()
            response.on('end', resolve)
          })
          .on('error', reject)
      })
    await get()
    const start = performance.now()
    for (let i = 0; i < count; i++) await get()
    const figure = count / seconds(start)
    agent.destroy()
    return figure
  },
})

export const tlsBulk = (key: string, cert: string, source: Uint8Array, total: number): NodeProgram => ({
  server: () => served(tls.createServer({ key, cert, allowHalfOpen: true }, sink)),
  client: async (host, port) => {
    const socket = tls.connect({ host, port, ca: cert, servername: 'server', checkServerIdentity: () => undefined })
    await once(socket, 'secureConnect')
    return pour(socket, source, total)
  },
})
