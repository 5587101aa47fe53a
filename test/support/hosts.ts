/** Whole hosts on one switch, and Berkeley's calls on them, in virtual time, for tests of the socket layer and its neighbours. */

import { Host } from '../../src/host/index.ts'
import { Ip } from '../../src/ip/index.ts'
import type { Path } from '../../src/ip/types.ts'
import { Cable, type Interface, Switch } from '../../src/link/index.ts'
import { DescriptorTable } from '../../src/socket/file.ts'
import {
  type AddressOut,
  AF_INET,
  AF_INET6,
  Berkeley,
  type Caller,
  OptionError,
  SOCK_STREAM,
  type Sockets,
} from '../../src/socket/index.ts'
import type { TcpLayer } from '../../src/tcp/types.ts'
import type { HostContext } from '../../src/time/context.ts'
import { createRandom, Scheduler, SECOND } from '../../src/time/index.ts'
import type { Udp } from '../../src/udp/index.ts'
import type { Address } from '../../src/wire/address.ts'
import { EADDRINUSE, ECONNREFUSED, ENOENT, errnoName } from '../../src/wire/errno.ts'
import { Memory } from '../../src/wire/memory.ts'
import type { Packet } from '../../src/wire/packet.ts'
import { parseAddress } from '../../src/wire/parse.ts'
import { Telemetry } from '../../src/wire/telemetry.ts'

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

/** The host's own IP layer, with a window on what the transports hand to it. */
export class WatchedIp extends Ip {
  /** Packets of the transports, for whoever wants to look or lose one: return false to lose it. */
  filter: (packet: Packet) => boolean = () => true

  override send(packet: Packet, path: Path): number {
    if (this.filter(packet)) return super.send(packet, path)
    packet.free()
    return 0
  }

  get lo(): Interface {
    return this.interfaces[0] as Interface
  }

  get eth(): Interface {
    return this.interfaces[1] as Interface
  }

  /** The groups that programs joined, by interface. */
  get joined(): string[] {
    const isOwn = (group: string): boolean => group === '224.0.0.1' || group === 'ff02::1'
    return this.interfaces.flatMap((iface) =>
      this.groups
        .list(iface)
        .map(({ group }) => `${group}`)
        .filter((group) => !isOwn(group)),
    )
  }
}

export class TestHost {
  readonly context: HostContext
  readonly host: Host
  readonly ip: WatchedIp
  readonly tcp: TcpLayer
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
    this.ip = new WatchedIp(this.context)
    this.host = new Host(this.context, () => this.ip)
    const { tcp, udp, sockets } = this.host.stack
    this.tcp = tcp
    this.udp = udp
    this.sockets = sockets
    this.sockets.processes = () => this.processes
    this.host.addInterface({ addresses: [{ address: parseAddress(address) as Address, prefixLength: 24 }] })
    world.plug(this.ip.eth)
  }

  process(uid = 0, command = 'test'): TestProcess {
    return new TestProcess(this, uid, command)
  }

  sysctl(name: string, value: string): void {
    must(this.host.sysctl.set(name, value))
  }
}

export class World {
  readonly clock = new Scheduler()
  readonly memory = new Memory()
  readonly seed: number
  readonly #telemetry = new Telemetry('links', this.clock)
  readonly #switch = new Switch('switch', { clock: this.clock, telemetry: this.#telemetry })

  constructor(seed = 1) {
    this.seed = seed
  }

  host(name: string, address: string): TestHost {
    return new TestHost(this, name, address)
  }

  /** A cable from an interface to the switch that joins them all. */
  plug(iface: Interface): void {
    const cable = new Cable(this.clock, { telemetry: this.#telemetry })
    iface.attach(cable.a)
    this.#switch.addPort().attach(cable.b)
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
