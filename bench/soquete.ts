/** The same workloads on virtual hosts, through the exported callback API: non-blocking calls and `watch`. */
import {
  type Address,
  type AddressOut,
  AF_INET,
  type Network as Net,
  Network,
  Poll,
  type Process,
  parseAddress,
  SOCK_DGRAM,
  SOCK_STREAM,
} from '../src/index.node.ts'
import { collect } from './measure.ts'

export type Place = 'cable' | 'loopback'

export interface World {
  readonly net: Net
  readonly server: Process
  readonly client: Process
  /** Of the server, parsed once: hot paths take the object. */
  readonly address: Address
}

const PORT = 8080
const QUIET_PORT = 7
const EAGAIN = -11
const EINPROGRESS = -115
/** Connections between two leaps of time; all of them together would use up the ephemeral ports. */
const BATCH = 10_000

/**
 * A network for one workload. It lives through all rounds, as a server's kernel does: what the first rounds warmed up (compiled
 * code, recycled buffers) serves the later ones. One more connection stays open: when the last one of a process is collected,
 * the engine forgets the shape of connections and throws away all code compiled for it.
 */
export const world = async (place: Place): Promise<World> => {
  const net = new Network({ seed: 1 })
  const a = net.host('server', { address: '10.0.0.1/24' })
  const b = place === 'cable' ? net.host('client', { address: '10.0.0.2/24' }) : a
  if (a !== b) net.link(a, b)
  const made = {
    net,
    server: a.process('server'),
    client: b.process('client'),
    address: parseAddress(place === 'cable' ? '10.0.0.1' : '127.0.0.1') as Address,
  }
  const listener = listen(made.server, 1, QUIET_PORT)
  connect(made.client, made.address, QUIET_PORT)
  await net.runFor('1s')
  must('accept', made.server.accept(listener))
  made.server.close(listener)
  return made
}

const must = (what: string, result: number): number => {
  if (result < 0) throw new Error(`${what} failed with errno ${-result}`)
  return result
}

const listen = (process: Process, backlog = 128, port = PORT): number => {
  const fd = must('socket', process.socket(AF_INET, SOCK_STREAM, 0))
  must('bind', process.bind(fd, { address: '0.0.0.0', port }))
  must('listen', process.listen(fd, backlog))
  return fd
}

const connect = (process: Process, address: Address, port = PORT): number => {
  const fd = must('socket', process.socket(AF_INET, SOCK_STREAM, 0))
  const result = process.connect(fd, { address, port })
  if (result !== EINPROGRESS) must('connect', result)
  return fd
}

/** Let time pass, until nothing of the connections of a round is left: TIME-WAIT lasts 60 s. */
const settle = (net: Net): Promise<unknown> => net.runFor('61s')

/** Bulk transfer of `source`, `passes` times, in writes of `write` bytes, into the reader's own buffer; bytes a second. */
export const stream = async (
  { net, server, client, address }: World,
  source: Uint8Array,
  write: number,
  passes: number,
): Promise<number> => {
  const listener = listen(server)
  const total = source.length * passes
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
          if (n > 0) {
            received += n
            continue
          }
          server.close(fd)
          if (received === total) resolve()
          else reject(new Error(`stream: ${received} of ${total} bytes, then ${n}`))
          return
        }
      }
      server.watch(fd, Poll.IN, pump)
      pump()
    })
    const fd = connect(client, address)
    let at = 0
    let left = passes
    client.watch(fd, Poll.OUT, () => {
      while (left > 0) {
        const n = client.send(fd, source, at, Math.min(at + write, source.length))
        if (n === EAGAIN) return
        at += must('send', n)
        if (at < source.length) continue
        at = 0
        left--
      }
      client.close(fd)
    })
  })
  const seconds = (performance.now() - start) / 1000
  server.close(listener)
  await settle(net)
  return total / seconds
}

/** Ping-pong of `size` bytes; round trips a second. */
export const requestResponse = async (
  { net, server, client, address }: World,
  count: number,
  size: number,
): Promise<number> => {
  const listener = listen(server)
  const message = new Uint8Array(size).fill(1)
  const seconds = await new Promise<number>((resolve) => {
    const serverBuffer = new Uint8Array(size)
    server.watch(listener, Poll.IN, () => {
      const fd = must('accept', server.accept(listener))
      server.watch(fd, Poll.IN, () => {
        for (;;) {
          const n = server.recv(fd, serverBuffer)
          if (n === 0) server.close(fd)
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
          client.close(fd)
          resolve((performance.now() - start) / 1000)
          return
        }
        client.send(fd, message)
      }
    })
  })
  server.close(listener)
  await settle(net)
  return count / seconds
}

/**
 * Connect, accept, close, one after the other; connections a second. After each `BATCH` time passes, so that TIME-WAIT ends and gives
 * the ports back; that counts too.
 */
export const connectClose = async ({ net, server, client, address }: World, count: number): Promise<number> => {
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
  const batch = (size: number): Promise<void> =>
    new Promise<void>((resolve) => {
      let left = size
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
  const start = performance.now()
  for (let done = 0; done < count; done += BATCH) {
    await batch(Math.min(BATCH, count - done))
    await settle(net)
  }
  const seconds = (performance.now() - start) / 1000
  server.close(listener)
  return count / seconds
}

/** Datagrams of `size` bytes echoed one at a time; round trips a second. */
export const datagrams = async ({ server, client, address }: World, count: number, size: number): Promise<number> => {
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
  client.close(b)
  server.close(a)
  return count / seconds
}

/** Heap and external bytes of one end of an established, idle connection over which one message went each way. */
export const idle = async (count: number): Promise<number> => {
  const { net, server, client, address } = await world('cable')
  server.descriptors.limit = count + 16
  client.descriptors.limit = count + 16
  const listener = listen(server, 4096)
  const message = new Uint8Array(64)
  const into = new Uint8Array(64)
  const accepted: number[] = []
  server.watch(listener, Poll.IN, () => {
    for (;;) {
      const fd = server.accept(listener)
      if (fd < 0) return
      accepted.push(fd)
    }
  })
  await collect()
  const before = process.memoryUsage()
  for (let opened = 0; opened < count; opened += accepted.length) {
    accepted.length = 0
    const fds: number[] = []
    // One alone at first: a neighbour that is not resolved yet queues no more than a hundred packets.
    const size = Math.min(opened === 0 ? 1 : 256, count - opened)
    while (fds.length < size) fds.push(connect(client, address))
    await net.runFor('1ms')
    if (accepted.length !== fds.length) throw new Error(`idle: ${accepted.length} of ${fds.length} were accepted`)
    for (const fd of fds) must('send', client.send(fd, message))
    await net.runFor('1ms')
    for (const fd of accepted) must('echo', server.send(fd, into, 0, must('recv', server.recv(fd, into))))
    await net.runFor('1ms')
    for (const fd of fds) must('recv', client.recv(fd, into))
  }
  await net.runFor('1s')
  await collect()
  const after = process.memoryUsage()
  await net.close()
  return (after.heapUsed + after.external - before.heapUsed - before.external) / (2 * count)
}
