/** An IP layer of nothing: it hands TCP's packets to whoever is at the other end, through the scheduler's queue. */
import type { IcmpError, IpLayer, Path, PathOptions, TransportHandler } from '../../src/ip/types.ts'
import type { NetworkInterface } from '../../src/link/interface.ts'
import type { HostContext } from '../../src/time/context.ts'
import { createRandom } from '../../src/time/random.ts'
import { Scheduler } from '../../src/time/scheduler.ts'
import { type Address, ANY4 } from '../../src/wire/address.ts'
import { EMSGSIZE, ENETUNREACH } from '../../src/wire/errno.ts'
import { Memory } from '../../src/wire/memory.ts'
import { Fragment, type FrameSink, type Packet, TcpOption } from '../../src/wire/packet.ts'
import type { SysctlEntry } from '../../src/wire/sysctl.ts'
import { Telemetry } from '../../src/wire/telemetry.ts'

const ETH0 = { index: 1, name: 'eth0' } as NetworkInterface

export class FakePath implements Path {
  readonly local: Address
  readonly remote: Address
  readonly iface: NetworkInterface
  mtu: number
  largeSegment: number
  isLocal: boolean
  isBroadcast = false

  constructor(local: Address, remote: Address, mtu: number, largeSegment: number, isLocal: boolean) {
    this.local = local
    this.remote = remote
    this.iface = ETH0
    this.mtu = mtu
    this.largeSegment = largeSegment
    this.isLocal = isLocal
  }
}

const not = (what: string): never => {
  throw new Error(`the fake IP layer has no ${what}`)
}

export class FakeIp implements IpLayer {
  readonly interfaces: readonly NetworkInterface[] = []
  readonly sysctls: readonly SysctlEntry[] = []
  readonly addressList: Address[]
  /** Paths handed out, for tests that change their MTU. */
  readonly paths: FakePath[] = []
  remembersPaths = false
  readonly defaultTtl = 64
  mtu: number
  largeSegment: number
  transport: TransportHandler | null = null
  /** Where packets go; a test's scripted peer or another host. */
  output: (packet: Packet, path: FakePath) => void = (packet) => packet.free()
  confirmed = 0
  doubted = 0
  unreachable = false

  constructor(addresses: Address[], mtu = 1500, largeSegment = 0) {
    this.addressList = addresses
    this.mtu = mtu
    this.largeSegment = largeSegment
  }

  addInterface = (): void => not('interfaces')
  addresses = (): never => not('interfaces')
  addAddress = (): never => not('interfaces')
  removeAddress = (): never => not('interfaces')

  isLocal(address: Address): boolean {
    return address.isLoopback || this.addressList.some((own) => own.equals(address))
  }

  isBroadcast(address: Address): boolean {
    return address.isLimitedBroadcast || (address.family === 4 && (address.w3 & 0xff) === 0xff)
  }

  path(remote: Address, options?: PathOptions): Path | number {
    if (this.unreachable) return -ENETUNREACH
    const local =
      options?.local ?? (remote.isLoopback ? remote : this.addressList.find((a) => a.family === remote.family))
    if (local === undefined) return -ENETUNREACH
    const path = new FakePath(local, remote, this.mtu, this.largeSegment, this.isLocal(remote))
    path.isBroadcast = this.isBroadcast(remote)
    if (this.remembersPaths) this.paths.push(path)
    return path
  }

  send(packet: Packet, path: Path): number {
    const headers = packet.src.family === 4 ? 40 : 60
    const length = packet.end - packet.start + headers + ((packet.optionBits & TcpOption.TIMESTAMPS) !== 0 ? 12 : 0)
    if (length > path.mtu && path.largeSegment === 0 && packet.fragment === Fragment.DF) {
      packet.free()
      return -EMSGSIZE
    }
    this.output(packet, path as FakePath)
    return 0
  }

  register(_protocol: number, handler: TransportHandler): void {
    this.transport = handler
  }

  error(error: IcmpError): void {
    this.transport?.icmpError(error)
  }

  tap = (): never => not('taps')
  sendIcmpError = (): void => not('ICMP')
  joinGroup = (): never => not('groups')
  leaveGroup = (): never => not('groups')
  addHook = (): never => not('hooks')
  defragment = (): never => not('hooks')

  confirm(): void {
    this.confirmed++
  }

  doubt(): void {
    this.doubted++
  }
}

/** A host's context on a clock and memory shared with others. */
export const contextOf = (name: string, clock: Scheduler, memory: Memory, seed = 1): HostContext => ({
  name,
  clock,
  memory,
  telemetry: new Telemetry(name, clock),
  random: createRandom(seed, name),
  epoch: 0,
})

/** Join hosts by zero-delay wires: a packet goes to the one that owns its destination. */
export const join = (clock: Scheduler, hosts: readonly FakeIp[]): void => {
  for (const host of hosts) {
    const sinks = new Map<FakeIp, FrameSink>()
    for (const other of hosts)
      sinks.set(other, {
        receive(packet) {
          other.transport?.receive(packet)
        },
      })
    const only = hosts.length === 2 ? (hosts.find((other) => other !== host) as FakeIp) : null
    host.output = (packet) => {
      const to = only !== null && !packet.dst.isLoopback ? only : hosts.find((h) => h.isLocal(packet.dst))
      if (to === undefined) {
        packet.free()
        return
      }
      packet.target = sinks.get(to) as FrameSink
      clock.post(packet)
    }
  }
}

export const newClock = (): Scheduler => new Scheduler()
export { ANY4, Memory, Scheduler }
