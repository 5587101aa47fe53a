import type { NetworkInterface } from '../link/interface.ts'
import type { HostContext } from '../time/context.ts'
import type { Scheduler } from '../time/scheduler.ts'
import { type Address, LOOPBACK4, LOOPBACK6 } from '../wire/address.ts'
import { EINVAL } from '../wire/errno.ts'
import type { Memory } from '../wire/memory.ts'
import { Fragment, type FrameSink, LinkCast, type Packet } from '../wire/packet.ts'
import { addressBits, networkOf } from '../wire/parse.ts'
import { Reason } from '../wire/reason.ts'
import type { SysctlEntry } from '../wire/sysctl.ts'
import { Mib, type Telemetry } from '../wire/telemetry.ts'
import { Addresses, type LocalRoute, type OwnAddress } from './addresses.ts'
import { announce, solicit } from './arp.ts'
import { ALL_HOSTS, ALL_NODES, Groups, type Membership } from './groups.ts'
import { Hooks } from './hooks.ts'
import { sendIcmpError, sendUnreachable } from './icmp-errors.ts'
import { IcmpLimit } from './icmp-limit.ts'
import { Identification } from './identification.ts'
import { Input } from './input.ts'
import { InterfaceConfigs } from './interface-config.ts'
import { type NeighbourInfo, NeighbourTable } from './neighbours.ts'
import { Output } from './output.ts'
import { RoutePath, resolve } from './path.ts'
import { PathCache } from './path-cache.ts'
import { Exceptions } from './pmtu.ts'
import { Reassembly } from './reassembly.ts'
import { type RouteEntry, type RouteMatch, type RouteMode, type RouteSpec, Routes } from './routes.ts'
import { IpConfig, ipSysctls } from './sysctls.ts'
import type { Hook, HookPoint, IpLayer, Path, PathOptions, TransportHandler } from './types.ts'

const NO_WISH: PathOptions = {}
/** A host without any interface. */
const NO_INTERFACE = -EINVAL

/** IPv4 and IPv6 of one host. Its parts are this folder's files; this one joins them. */
export class Ip implements IpLayer {
  readonly interfaces: NetworkInterface[] = []
  readonly config: IpConfig = new IpConfig()
  /** net.ipv4.conf.*: what holds for each interface. */
  readonly confs: InterfaceConfigs
  readonly sysctls: readonly SysctlEntry[]
  readonly clock: Scheduler
  readonly memory: Memory
  readonly telemetry: Telemetry
  /** Milliseconds since 1970 at network time zero. */
  readonly epoch: number
  readonly hooks: Hooks = new Hooks()
  readonly groups: Groups = new Groups()
  /** The addresses of this host, and the local table. */
  readonly owned: Addresses
  readonly routes4: Routes
  readonly routes6: Routes
  readonly neighbours4: NeighbourTable
  readonly neighbours6: NeighbourTable
  readonly exceptions: Exceptions
  readonly identification: Identification
  readonly icmpLimit: IcmpLimit
  readonly reassembly: Reassembly
  readonly output: Output
  readonly #input: Input
  /** Grows with every change of addresses, routes, gateways or path MTUs: paths of an older one look themselves up again. */
  generation = 0
  loopback: NetworkInterface | null = null
  /** Where this host's own broadcasts and group datagrams come back in. */
  readonly looped: FrameSink
  readonly #paths = new PathCache()

  constructor(context: HostContext) {
    this.clock = context.clock
    this.memory = context.memory
    this.telemetry = context.telemetry
    this.epoch = context.epoch
    this.confs = new InterfaceConfigs(() => this.changed())
    this.sysctls = [...this.confs.entries(), ...ipSysctls(this.config, () => this.changed())]
    const random = context.random.stream('ip')
    this.owned = new Addresses(
      (iface, own, add) => this.#connect(iface, own, add),
      (iface) => this.confs.of(iface).promoteSecondaries !== 0,
    )
    this.routes4 = new Routes(4, this)
    this.routes6 = new Routes(6, this)
    this.neighbours4 = new NeighbourTable(
      { clock: this.clock, telemetry: this.telemetry, random: random.stream('arp') },
      this.config.neigh4,
      {
        solicit: (neighbour, unicast, about) => solicit(this, neighbour, unicast, about),
        unreachable: (packet) => this.#unreachable(packet),
        changed: () => this.changed(),
      },
    )
    this.neighbours6 = new NeighbourTable(
      { clock: this.clock, telemetry: this.telemetry, random: random.stream('nd') },
      this.config.neigh6,
      {
        // Without neighbour discovery nobody answers: the entry fails after its time, unless the administrator sets it.
        solicit: () => undefined,
        unreachable: (packet) => this.#unreachable(packet),
        changed: () => this.changed(),
      },
    )
    this.exceptions = new Exceptions(this.config, this.clock)
    this.identification = new Identification(random.stream('identification'))
    this.icmpLimit = new IcmpLimit(this.config, this)
    this.reassembly = new Reassembly(this)
    this.output = new Output(this)
    this.#input = new Input(this)
    this.looped = { receive: (packet: Packet) => this.#input.deliver(packet) }
  }

  // --- interfaces and addresses

  addInterface(iface: NetworkInterface): void {
    this.interfaces.push(iface)
    this.confs.add(iface)
    iface.upper = (packet) => this.#input.receive(packet, iface)
    if (iface.kind === 'loopback') {
      this.loopback ??= iface
      // Linux: lo comes up with its addresses.
      this.addAddress(iface, LOOPBACK4, 8)
      this.addAddress(iface, LOOPBACK6, 128)
    }
    this.groups.join(ALL_HOSTS, iface)
    this.groups.join(ALL_NODES, iface)
    this.changed()
  }

  /**
   * Switch an interface on or off (`ip link set up|down`). Routes over one that goes down are gone for good, but for those that
   * its IPv4 addresses make, which come back with it (fib_disable_ip, fib_add_ifaddr); IPv6 addresses go with it
   * (addrconf_ifdown; keep_addr_on_down is 0).
   */
  setUp(iface: NetworkInterface, up: boolean): void {
    if (!up && iface.up) {
      for (const table of [this.routes4, this.routes6])
        table.purge((route) => route.type === 'unicast' && route.iface === iface && route.protocol !== 'kernel')
      if (iface.kind !== 'loopback')
        for (const { address } of [...this.addresses(iface)])
          if (address.family === 6) this.removeAddress(iface, address)
    }
    iface.up = up
    this.interfaceChanged(iface)
  }

  /** An interface went up or down, or was unplugged: what was known over it is forgotten. */
  interfaceChanged(iface: NetworkInterface): void {
    if (!iface.running) {
      this.neighbours4.flush(iface)
      this.neighbours6.flush(iface)
    }
    this.changed()
  }

  addresses(iface: NetworkInterface): readonly OwnAddress[] {
    return this.owned.list(iface)
  }

  addAddress(
    iface: NetworkInterface,
    address: Address,
    prefixLength: number,
    broadcast: Address | null = null,
  ): number {
    const result = this.owned.add(iface, address, prefixLength, broadcast)
    if (result < 0) return result
    this.changed()
    if (this.confs.of(iface).arpNotify !== 0 && address.family === 4 && iface.kind === 'ethernet' && iface.up)
      announce(this, iface, address)
    return 0
  }

  removeAddress(iface: NetworkInterface, address: Address): number {
    const result = this.owned.remove(iface, address)
    if (result < 0) return result
    // fib_sync_down_addr: routes that prefer it as their source go with it.
    const gone = (route: RouteEntry): boolean => route.source !== null && !this.isLocal(route.source)
    if (address.family === 4) this.routes4.purge(gone)
    else this.routes6.purge(gone)
    this.changed()
    return 0
  }

  /** The connected route that a primary address makes (RFC 950 2.2): none for a host prefix or a loopback's. */
  #connect(iface: NetworkInterface, own: OwnAddress, add: boolean): void {
    const { address, prefixLength } = own
    if (prefixLength === addressBits(address.family) || iface.kind === 'loopback') return
    const routes = address.family === 4 ? this.routes4 : this.routes6
    const spec: RouteSpec = {
      destination: networkOf(address, prefixLength),
      prefixLength,
      iface,
      source: address.family === 4 ? address : null,
      metric: address.family === 4 ? 0 : 256,
      protocol: 'kernel',
      scope: 'link',
    }
    if (add) routes.connect(spec, iface)
    else routes.delete({ ...spec, metric: spec.metric ?? 0 })
  }

  get defaultTtl(): number {
    return this.config.defaultTtl
  }

  isLocal(address: Address): boolean {
    return this.owned.isLocal(address)
  }

  isBroadcast(address: Address): boolean {
    return this.owned.isBroadcast(address)
  }

  /** Which interface has an address, or null. */
  interfaceOf(address: Address): NetworkInterface | null {
    return this.owned.find(address)?.iface ?? null
  }

  /** Entries of the local table (`ip route show table local`). */
  localRoutes(): LocalRoute[] {
    return [...this.owned.local()]
  }

  /** Where IPv6 groups are spoken to unless the program says: the first interface that has an IPv6 address. */
  multicastInterface6(): NetworkInterface | null {
    const has = (iface: NetworkInterface): boolean => this.owned.list(iface).some((one) => one.address.family === 6)
    const first = this.interfaces.find((iface) => iface.up && iface.kind === 'ethernet' && has(iface))
    return first ?? null
  }

  // --- routes

  addRoute(spec: RouteSpec, mode: RouteMode = 'add'): number {
    return spec.destination.family === 4 ? this.routes4.add(spec, mode) : this.routes6.add(spec, mode)
  }

  deleteRoute(match: RouteMatch): number {
    return match.destination.family === 4 ? this.routes4.delete(match) : this.routes6.delete(match)
  }

  routes(family: 4 | 6 = 4): readonly RouteEntry[] {
    return family === 4 ? this.routes4.list() : this.routes6.list()
  }

  /** Something that a path depends on changed. */
  changed(): void {
    this.generation++
  }

  /** A route whose gateway did not answer: an alternative goes first (fib_detect_death). */
  readonly isDeadGateway = (route: RouteEntry): boolean => {
    const { gateway } = route
    if (gateway === null) return false
    const table = gateway.family === 4 ? this.neighbours4 : this.neighbours6
    return table.find(gateway, route.iface)?.state === 'FAILED'
  }

  isBlackhole(destination: Address): boolean {
    const routes = destination.family === 4 ? this.routes4 : this.routes6
    return routes.find(destination, null, this.isDeadGateway)?.type === 'blackhole'
  }

  path(remote: Address, options: PathOptions = {}): RoutePath | number {
    const path = this.#lookUp(remote, options)
    if (typeof path === 'number' && path !== NO_INTERFACE)
      this.telemetry.count(remote.family === 4 ? Mib.IpOutNoRoutes : Mib.Ip6OutNoRoutes)
    return path
  }

  /** The way without any wish: for packets that go through and for errors about a destination. */
  way(remote: Address): RoutePath | number {
    return this.#lookUp(remote, NO_WISH)
  }

  #lookUp(remote: Address, options: PathOptions): RoutePath | number {
    const known = this.#paths.find(remote, options)
    if (known !== null && (!known.isStale || resolve(known) === 0)) return known
    const iface = options.iface ?? this.loopback ?? this.interfaces[0]
    if (iface === undefined) return NO_INTERFACE
    const path = new RoutePath(this, remote, options, iface)
    const result = resolve(path)
    if (result < 0) return result
    this.#paths.keep(remote, options, path)
    return path
  }

  // --- packets

  send(packet: Packet, path: Path): number {
    const way = path as RoutePath
    if (way.isStale) {
      const result = resolve(way)
      if (result < 0) {
        const four = packet.dst.family === 4
        this.telemetry.count(four ? Mib.IpOutNoRoutes : Mib.Ip6OutNoRoutes)
        this.telemetry.drop(packet, Reason.IpNoRoute)
        return result
      }
    }
    return this.output.local(packet, way)
  }

  /** A packet whose neighbour did not answer (ipv4_link_failure): its source is told, be it this host. */
  #unreachable(packet: Packet): void {
    packet.linkCast = LinkCast.HOST
    sendUnreachable(this, packet, 'host')
    this.telemetry.drop(packet, Reason.NeighbourFailed)
  }

  register(protocol: number, handler: TransportHandler): void {
    this.#input.register(protocol, handler)
  }

  handlerOf(protocol: number): TransportHandler | undefined {
    return this.#input.handler(protocol)
  }

  tap(listener: (packet: Packet) => unknown): () => void {
    return this.#input.tap(listener)
  }

  sendIcmpError(packet: Packet, type: number, code: number, rest: number): void {
    sendIcmpError(this, packet, type, code, rest)
  }

  defragment(packet: Packet): Packet | null {
    if ((packet.fragment & (Fragment.MF | Fragment.OFFSET)) === 0) return packet
    const { iface, linkCast } = packet
    const whole = this.reassembly.take(packet)
    if (whole === null) return null
    whole.iface = iface
    whole.linkCast = linkCast
    if (whole.src.family === 6 && !this.isLocal(whole.dst)) {
      whole.fragment = Fragment.AGAIN
      whole.ipId = this.reassembly.largest
    }
    return whole
  }

  addHook(point: HookPoint, priority: number, hook: Hook): () => void {
    return this.hooks.add(point, priority, hook)
  }

  // --- groups and neighbours

  joinGroup(group: Address, iface: NetworkInterface): number {
    return this.groups.join(group, iface)
  }

  leaveGroup(group: Address, iface: NetworkInterface): number {
    return this.groups.leave(group, iface)
  }

  memberships(iface: NetworkInterface): readonly Membership[] {
    return this.groups.list(iface)
  }

  /** Both families' neighbours, as `ip neigh` lists them. */
  neighbours(): NeighbourInfo[] {
    return [...this.neighbours4.list(), ...this.neighbours6.list()]
  }

  confirm(path: Path): void {
    const { neighbour } = path as RoutePath
    if (neighbour !== null && !neighbour.dead) neighbour.table.confirm(neighbour)
  }

  /** ipv4_negative_advice: a redirected way is given up, and the first hop is looked at. */
  doubt(path: Path): void {
    const { neighbour, remote } = path as RoutePath
    const exception = this.exceptions.find(remote)
    if (exception !== null && exception.gateway !== null) {
      exception.gateway = null
      this.changed()
    }
    if (neighbour !== null && !neighbour.dead) neighbour.table.doubt(neighbour)
  }
}
