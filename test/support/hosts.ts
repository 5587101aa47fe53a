/** Hosts with everything from IP to Berkeley's calls, in virtual time, for tests of the socket layer and its neighbours. */

import { DescriptorTable } from '../../src/socket/file.ts'
import {
  type AddressOut,
  AF_INET,
  AF_INET6,
  Berkeley,
  type Caller,
  OptionError,
  SOCK_STREAM,
  Sockets,
} from '../../src/socket/index.ts'
import { Tcp } from '../../src/tcp/index.ts'
import type { HostContext } from '../../src/time/context.ts'
import { createRandom, Scheduler, SECOND } from '../../src/time/index.ts'
import { Udp } from '../../src/udp/index.ts'
import { EADDRINUSE, ECONNREFUSED, ENOENT, errnoName } from '../../src/wire/errno.ts'
import { Memory } from '../../src/wire/memory.ts'
import { parseAddress } from '../../src/wire/parse.ts'
import { Telemetry } from '../../src/wire/telemetry.ts'
import { FakeIp } from './fake-ip.ts'

/** Steps after which a test is taken for a livelock. */
const STEPS = 2_000_000

/** One process that makes socket calls: results as numbers, or the name of the errno. */
export class TestProcess extends Berkeley {
  readonly pipes: { count: number }
  readonly pid: number
  readonly command: string
  readonly uid: number
  readonly descriptors: DescriptorTable

  constructor(host: TestHost, uid: number, command: string) {
    const pipes = { count: 0 }
    const names = host.paths
    const caller: Caller = {
      pid: host.processes.length + 100,
      uid,
      gid: uid,
      privileged: uid === 0,
      descriptors: new DescriptorTable(),
      filesExhausted: false,
      raisePipe: () => {
        pipes.count++
      },
      paths: {
        bindSocket: (_caller, path, owner) => {
          if (names.has(path)) return -EADDRINUSE
          names.set(path, owner)
          return 0
        },
        findSocket: (_caller, path) => names.get(path) ?? -ENOENT,
      },
    }
    super(host.sockets, caller)
    this.pipes = pipes
    this.pid = caller.pid
    this.uid = uid
    this.command = command
    this.descriptors = caller.descriptors
    host.processes.push(this)
  }

  /** `poll` bits of one descriptor as text: `IN OUT ERR HUP RDHUP`; `none`. */
  bits(fd: number): string {
    const entry = { fd, events: 0x2007, revents: 0 }
    this.poll([entry])
    const names: [number, string][] = [
      [1, 'IN'],
      [2, 'PRI'],
      [4, 'OUT'],
      [8, 'ERR'],
      [16, 'HUP'],
      [32, 'NVAL'],
      [0x2000, 'RDHUP'],
    ]
    const found = names.filter(([bit]) => (entry.revents & bit) !== 0).map(([, text]) => text)
    return found.length === 0 ? 'none' : found.join(' ')
  }

  /** Send text, a byte a character. */
  write$(fd: number, text: string, flags = 0): number {
    return this.send(fd, bytes(text), 0, text.length, flags)
  }

  /** Receive as text; the errno's name when it fails. */
  read$(fd: number, room = 4096, flags = 0): string {
    const buf = new Uint8Array(room)
    const n = this.recv(fd, buf, 0, room, flags)
    return n < 0 ? errnoName(n) : String.fromCharCode(...buf.subarray(0, Math.min(n, room)))
  }

  /** getsockname as `address:port`. */
  local(fd: number): string {
    return this.#name((out) => this.getsockname(fd, out))
  }

  peer(fd: number): string {
    return this.#name((out) => this.getpeername(fd, out))
  }

  #name(call: (out: AddressOut) => number): string {
    const out: AddressOut = { length: 0, address: null }
    const result = call(out)
    if (result < 0) return errnoName(result)
    const a = out.address as { address: string; port: number }
    return `${a.address}:${a.port}`
  }

  localPort(fd: number): number {
    const at = this.local(fd)
    return Number(at.slice(at.lastIndexOf(':') + 1))
  }

  option(fd: number, level: number, name: number): unknown {
    const value = this.getsockopt(fd, level, name)
    return value instanceof OptionError ? errnoName(value.errno) : value
  }

  /** A listener on `address`:`port`. */
  listener(address: string, port: number, backlog = 8): number {
    const fd = this.socket(address.includes(':') ? AF_INET6 : AF_INET, SOCK_STREAM)
    must(this.bind(fd, { address, port }))
    must(this.listen(fd, backlog))
    return fd
  }
}

export class TestHost {
  readonly context: HostContext
  readonly ip: FakeIp
  readonly tcp: Tcp
  readonly udp: Udp
  readonly sockets: Sockets
  readonly processes: TestProcess[] = []
  readonly paths = new Map<string, object>()

  constructor(world: World, name: string, address: string) {
    this.context = {
      name,
      clock: world.clock,
      memory: world.memory,
      telemetry: new Telemetry(name, world.clock),
      random: createRandom(world.seed, name),
      epoch: 1_700_000_000_000,
    }
    this.ip = new FakeIp(this.context, parseAddress(address) as never, world.peers)
    this.tcp = new Tcp(this.context, this.ip)
    this.udp = new Udp(this.context, this.ip)
    this.sockets = new Sockets(this.context, this.ip, this.tcp, this.udp)
    this.sockets.processes = () => this.processes
  }

  process(uid = 0, command = 'test'): TestProcess {
    return new TestProcess(this, uid, command)
  }

  sysctl(name: string, value: string): void {
    const all = [...this.ip.sysctls, ...this.tcp.sysctls, ...this.udp.sysctls, ...this.sockets.sysctls]
    const entry = all.find((one) => one.name === name)
    if (entry === undefined) throw new Error(`no sysctl ${name}`)
    must(entry.set(value))
  }
}

export class World {
  readonly clock = new Scheduler()
  readonly memory = new Memory()
  readonly peers = new Set<FakeIp>()
  readonly seed: number

  constructor(seed = 1) {
    this.seed = seed
  }

  host(name: string, address: string): TestHost {
    return new TestHost(this, name, address)
  }

  /** Everything due now, callbacks included. */
  run(): void {
    let steps = STEPS
    do {
      steps = this.clock.runJobs(steps)
      if (steps <= 0) throw new Error('livelock')
    } while (this.clock.runCallback())
  }

  /** Let `seconds` pass. */
  pass(seconds: number): void {
    const end = this.clock.now + seconds * SECOND
    this.run()
    while (this.clock.nextDeadline <= end) {
      this.clock.advance(this.clock.nextDeadline)
      this.run()
    }
    this.clock.advance(end)
    this.run()
  }
}

/** One host 10.0.0.1 and a process of root. */
export const one = (uid = 0): { world: World; host: TestHost; p: TestProcess } => {
  const world = new World()
  const host = world.host('a', '10.0.0.1')
  return { world, host, p: host.process(uid) }
}

/** A connected pair on one host: client `c`, accepted `s`, listener `l` at 127.0.0.1:5000. */
export const pair = (): { world: World; host: TestHost; p: TestProcess; l: number; c: number; s: number } => {
  const { world, host, p } = one()
  const l = p.listener('127.0.0.1', 5000)
  const c = p.socket(AF_INET, SOCK_STREAM)
  p.connect(c, { address: '127.0.0.1', port: 5000 })
  world.run()
  must(p.connect(c, { address: '127.0.0.1', port: 5000 }))
  const s = p.accept(l)
  must(s)
  return { world, host, p, l, c, s }
}

export const must = (result: number): number => {
  if (result < 0) throw new Error(`unexpected ${errnoName(result)}`)
  return result
}

export const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))

/** `0`, a count, or the errno's name. */
export const e = (result: number): number | string => (result < 0 ? errnoName(result) : result)

export { ECONNREFUSED }
