/**
 * TCP alone: two layers on one clock, joined by wires of zero delay. `node --expose-gc bench/tcp-core.ts [stream|rr|crr|idle]`.
 */
import { Tcp, type TcpEndpoint } from '../src/tcp/index.ts'
import type { Scheduler } from '../src/time/scheduler.ts'
import { Address } from '../src/wire/address.ts'
import { contextOf, FakeIp, join, Memory, newClock } from '../test/support/tcp-wire.ts'

const SERVER = Address.v4(0x0a000001)
const CLIENT = Address.v4(0x0a000002)
const LARGE = 65_415

interface Pair {
  readonly clock: Scheduler
  readonly server: Tcp
  readonly client: Tcp
}

const pair = (mtu: number, large: number): Pair => {
  const clock = newClock()
  const memory = new Memory()
  const ips = [new FakeIp([SERVER], mtu, large), new FakeIp([CLIENT], mtu, large)] as const
  const server = new Tcp(contextOf('server', clock, memory), ips[0])
  const client = new Tcp(contextOf('client', clock, memory), ips[1])
  join(clock, ips)
  return { clock, server, client }
}

/** Run what is due; time stands still. */
const settle = (clock: Scheduler): void => {
  do clock.runJobs(Infinity)
  while (clock.runCallback())
}

/** A user of a socket: a callback in the clock's queue at each edge. */
class User {
  next: null = null
  queued = false
  readonly clock: Scheduler
  readonly action: () => void

  constructor(clock: Scheduler, socket: TcpEndpoint, action: () => void) {
    this.clock = clock
    this.action = action
    socket.owner = this
  }

  tcpReady(): void {
    if (this.queued) return
    this.queued = true
    this.clock.postCallback(this)
  }

  run(): void {
    this.queued = false
    this.action()
  }
}

const listen = (tcp: Tcp, port: number): TcpEndpoint => {
  const listener = tcp.create(4, 0)
  listener.bind(null, port)
  listener.listen(4096)
  return listener
}

const connection = ({ clock, server, client }: Pair, port: number): readonly [TcpEndpoint, TcpEndpoint] => {
  const listener = listen(server, port)
  const socket = client.create(4, 0)
  socket.connect(SERVER, port)
  settle(clock)
  return [socket, listener.accept() as TcpEndpoint]
}

const seconds = (work: () => void): number => {
  const start = performance.now()
  work()
  return (performance.now() - start) / 1000
}

/** Bytes a second in writes of `write` bytes from a source that no cache holds. */
const stream = (source: Uint8Array, write: number, mtu: number, large: number): number => {
  const net = pair(mtu, large)
  const [from, to] = connection(net, 80)
  const into = new Uint8Array(write)
  let sent = 0
  let received = 0
  const pump = new User(net.clock, from, () => {
    while (sent < source.length) {
      const end = Math.min(sent + write, source.length)
      const count = from.send(source, sent, end, 0)
      if (count <= 0) break
      sent += count
    }
  })
  new User(net.clock, to, () => {
    for (;;) {
      const count = to.recv(into, 0, write, 0)
      if (count <= 0) break
      received += count
    }
  })
  const time = seconds(() => {
    pump.tcpReady()
    settle(net.clock)
    while (received < source.length && net.clock.nextDeadline < Infinity) {
      net.clock.advance(net.clock.nextDeadline)
      settle(net.clock)
    }
  })
  if (received !== source.length) throw new Error(`${received} of ${source.length} bytes arrived`)
  return source.length / time
}

/** Round trips a second. */
const requestResponse = (count: number, size: number): number => {
  const net = pair(1500, LARGE)
  const [client, server] = connection(net, 80)
  const message = new Uint8Array(size).fill(7)
  const into = new Uint8Array(size)
  const reply = new Uint8Array(size)
  let left = count
  new User(net.clock, server, () => {
    if (server.recv(reply, 0, size, 0) === size) server.send(reply, 0, size, 0)
  })
  new User(net.clock, client, () => {
    if (client.recv(into, 0, size, 0) !== size) return
    if (--left > 0) client.send(message, 0, size, 0)
  })
  const time = seconds(() => {
    client.send(message, 0, size, 0)
    settle(net.clock)
  })
  if (left !== 0) throw new Error(`${left} round trips are missing`)
  return count / time
}

/** Connections a second, one after the other: connect, accept, close on both sides; time passes so that TIME-WAIT ends. */
const connectClose = (count: number): number => {
  const { clock, server, client } = pair(1500, LARGE)
  const listener = listen(server, 80)
  let accepted: TcpEndpoint | null = null
  new User(clock, listener, () => {
    accepted = listener.accept() as TcpEndpoint
  })
  const time = seconds(() => {
    for (let i = 0; i < count; i++) {
      const socket = client.create(4, 0)
      if (socket.connect(SERVER, 80) !== -115) throw new Error(`connection ${i} was refused`)
      settle(clock)
      socket.close()
      settle(clock)
      ;(accepted as TcpEndpoint | null)?.close()
      accepted = null
      settle(clock)
      // 5 ms a connection: 12,000 stay in TIME-WAIT.
      const to = clock.now + 5e6
      while (clock.nextDeadline <= to) {
        clock.advance(clock.nextDeadline)
        settle(clock)
      }
      clock.advance(to)
    }
  })
  return count / time
}

/** Bytes of heap that one end of an idle connection holds, tables included. */
const idle = (count: number, used: boolean): number => {
  const net = pair(1500, LARGE)
  const listeners: TcpEndpoint[] = []
  for (let p = 0; p * 10_000 < count; p++) listeners.push(listen(net.server, 80 + p))
  const sockets: TcpEndpoint[] = []
  const message = new Uint8Array(64)
  globalThis.gc?.()
  globalThis.gc?.()
  const before = process.memoryUsage()
  for (let i = 0; i < count; i++) {
    const port = 80 + Math.floor(i / 10_000)
    const socket = net.client.create(4, 0)
    socket.connect(SERVER, port)
    settle(net.clock)
    const child = (listeners[port - 80] as TcpEndpoint).accept() as TcpEndpoint
    sockets.push(socket, child)
    if (used) {
      socket.send(message, 0, 64, 0)
      settle(net.clock)
      child.recv(message, 0, 64, 0)
      child.send(message, 0, 64, 0)
      settle(net.clock)
      socket.recv(message, 0, 64, 0)
      settle(net.clock)
    }
  }
  // What was armed and is no longer needed goes away with time.
  const to = net.clock.now + 5e9
  while (net.clock.nextDeadline <= to) {
    net.clock.advance(net.clock.nextDeadline)
    settle(net.clock)
  }
  globalThis.gc?.()
  globalThis.gc?.()
  const after = process.memoryUsage()
  const held = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
  if (sockets.length !== 2 * count) throw new Error('some connections are missing')
  return held / (2 * count)
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number

const rounds = (work: () => number): number => median(Array.from({ length: 5 }, work))

const want = process.argv[2]
const only = (name: string): boolean => want === undefined || want === name
const say = (what: string, value: number, unit: string): void =>
  console.log(`${what.padEnd(44)} ${value.toFixed(2).padStart(10)} ${unit}`)

if (only('stream')) {
  const source = new Uint8Array(256 << 20)
  for (let i = 0; i < source.length; i += 4096) source[i] = i
  say('stream, 64 KiB writes, large segments', rounds(() => stream(source, 65_536, 1500, LARGE)) / 1e9, 'GB/s')
  say('stream, 64 KiB writes, loopback MTU', rounds(() => stream(source, 65_536, 65_536, 0)) / 1e9, 'GB/s')
  say('stream, 64 KiB writes, MSS', rounds(() => stream(source, 65_536, 1500, 0)) / 1e9, 'GB/s')
}
if (only('rr')) say('ping-pong 64 B', rounds(() => requestResponse(300_000, 64)) / 1e3, 'k/s')
if (only('crr')) say('connect + accept + close', rounds(() => connectClose(60_000)) / 1e3, 'k/s')
if (only('idle')) {
  say('idle connection, new', idle(100_000, false), 'bytes an end')
  say('idle connection, used once', idle(100_000, true), 'bytes an end')
}
