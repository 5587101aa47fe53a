/** The same workloads on virtual hosts, through the exported callback API: non-blocking calls and `watch`. */
import {
  type AddressOut,
  AF_INET,
  type Network as Net,
  Network,
  Poll,
  type Process,
  SOCK_DGRAM,
  SOCK_STREAM,
} from '../src/index.node.ts'

export type Place = 'cable' | 'loopback'

interface World {
  readonly net: Net
  readonly server: Process
  readonly client: Process
  readonly address: string
}

const PORT = 8080
const EAGAIN = -11
const EINPROGRESS = -115

const world = (place: Place): World => {
  const net = new Network({ seed: 1 })
  const a = net.host('server', { address: '10.0.0.1/24' })
  if (place === 'loopback')
    return { net, server: a.process('server'), client: a.process('client'), address: '127.0.0.1' }
  const b = net.host('client', { address: '10.0.0.2/24' })
  net.link(a, b)
  return { net, server: a.process('server'), client: b.process('client'), address: '10.0.0.1' }
}

const must = (what: string, result: number): number => {
  if (result < 0) throw new Error(`${what} failed with errno ${-result}`)
  return result
}

const listen = (process: Process, backlog = 128): number => {
  const fd = must('socket', process.socket(AF_INET, SOCK_STREAM, 0))
  must('bind', process.bind(fd, { address: '0.0.0.0', port: PORT }))
  must('listen', process.listen(fd, backlog))
  return fd
}

const connect = (process: Process, address: string): number => {
  const fd = must('socket', process.socket(AF_INET, SOCK_STREAM, 0))
  const result = process.connect(fd, { address, port: PORT })
  if (result !== EINPROGRESS) must('connect', result)
  return fd
}

export const stream = async (place: Place, source: Uint8Array, write: number): Promise<number> => {
  const { net, server, client, address } = world(place)
  const listener = listen(server)
  const start = performance.now()
  await new Promise<void>((resolve, reject) => {
    let received = 0
    const into = new Uint8Array(write)
    server.watch(listener, Poll.IN, () => {
      const fd = must('accept', server.accept(listener))
      const pump = (): void => {
        for (;;) {
          const n = server.recv(fd, into)
          if (n === EAGAIN) return
          if (n > 0) received += n
          else if (received === source.length) resolve()
          else reject(new Error(`stream: ${received} of ${source.length} bytes, then ${n}`))
          if (n <= 0) return
        }
      }
      server.watch(fd, Poll.IN, pump)
      pump()
    })
    const fd = connect(client, address)
    let at = 0
    client.watch(fd, Poll.OUT, () => {
      while (at < source.length) {
        const n = client.send(fd, source, at, Math.min(at + write, source.length))
        if (n === EAGAIN) return
        at += must('send', n)
      }
      client.close(fd)
    })
  })
  const seconds = (performance.now() - start) / 1000
  await net.close()
  return source.length / seconds
}

export const requestResponse = async (place: Place, count: number, size: number): Promise<number> => {
  const { net, server, client, address } = world(place)
  const listener = listen(server)
  const message = new Uint8Array(size).fill(1)
  const seconds = await new Promise<number>((resolve) => {
    const serverBuffer = new Uint8Array(size)
    server.watch(listener, Poll.IN, () => {
      const fd = must('accept', server.accept(listener))
      server.watch(fd, Poll.IN, () => {
        for (;;) {
          const n = server.recv(fd, serverBuffer)
          if (n <= 0) return
          server.send(fd, serverBuffer)
        }
      })
    })
    const fd = connect(client, address)
    const into = new Uint8Array(size)
    let left = count
    let start = 0
    client.watch(fd, Poll.IN | Poll.OUT, () => {
      if (start === 0) {
        start = performance.now()
        must('send', client.send(fd, message))
        return
      }
      while (client.recv(fd, into) > 0) {
        if (--left === 0) {
          resolve((performance.now() - start) / 1000)
          return
        }
        client.send(fd, message)
      }
    })
  })
  await net.close()
  return count / seconds
}

export const connectClose = async (place: Place, count: number): Promise<number> => {
  const { net, server, client, address } = world(place)
  const listener = listen(server)
  const into = new Uint8Array(64)
  server.watch(listener, Poll.IN, () => {
    for (;;) {
      const fd = server.accept(listener)
      if (fd < 0) return
      server.watch(fd, Poll.IN, () => {
        if (server.recv(fd, into) === 0) server.close(fd)
      })
    }
  })
  const start = performance.now()
  await new Promise<void>((resolve) => {
    let left = count
    const next = (): void => {
      const fd = connect(client, address)
      let shut = false
      client.watch(fd, Poll.OUT | Poll.IN, () => {
        if (!shut) {
          shut = true
          client.shutdown(fd, 1)
        }
        if (client.recv(fd, into) !== 0) return
        client.close(fd)
        if (--left === 0) resolve()
        else next()
      })
    }
    next()
  })
  const seconds = (performance.now() - start) / 1000
  await net.close()
  return count / seconds
}

export const datagrams = async (place: Place, count: number, size: number): Promise<number> => {
  const { net, server, client, address } = world(place)
  const a = must('socket', server.socket(AF_INET, SOCK_DGRAM, 0))
  must('bind', server.bind(a, { address: '0.0.0.0', port: PORT }))
  const b = must('socket', client.socket(AF_INET, SOCK_DGRAM, 0))
  must('connect', client.connect(b, { address, port: PORT }))
  const message = new Uint8Array(size).fill(1)
  const into = new Uint8Array(size)
  const from: AddressOut = { length: 0, address: null }
  server.watch(a, Poll.IN, () => {
    while (server.recvfrom(a, into, 0, from) >= 0) server.sendto(a, into, 0, from.address)
  })
  let left = count
  const start = performance.now()
  await new Promise<void>((resolve) => {
    client.watch(b, Poll.IN, () => {
      while (client.recv(b, into) > 0) {
        if (--left === 0) resolve()
        else client.send(b, message)
      }
    })
    client.send(b, message)
  })
  const seconds = (performance.now() - start) / 1000
  await net.close()
  return count / seconds
}

/** Heap and external bytes of one end of an established, idle connection after one exchange. */
export const idle = async (count: number): Promise<number> => {
  const { net, server, client, address } = world('cable')
  server.descriptors.limit = count + 16
  client.descriptors.limit = count + 16
  const listener = listen(server, 4096)
  const accept = (): void => {
    while (server.accept(listener) >= 0);
  }
  server.watch(listener, Poll.IN, accept)
  globalThis.gc?.()
  const before = process.memoryUsage()
  for (let i = 0; i < count; i++) {
    connect(client, address)
    if (i % 256 === 255) await net.runFor('1ms')
  }
  await net.runFor('1s')
  globalThis.gc?.()
  const after = process.memoryUsage()
  const established = net
    .host('server')
    .sockets()
    .filter((row) => row.state === 1).length
  if (established < count) throw new Error(`idle: ${established} of ${count} connections are established`)
  await net.close()
  return (after.heapUsed + after.external - before.heapUsed - before.external) / (2 * count)
}
