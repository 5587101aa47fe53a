/** Hosts of IP layers alone, joined by cables, in virtual time: what is under test is between two of them. */
import { Ip } from '../../src/ip/index.ts'
import type { IcmpError, Path, PathOptions, TransportHandler } from '../../src/ip/types.ts'
import { Cable, Interface, Loopback, type PacketMode } from '../../src/link/index.ts'
import type { HostContext } from '../../src/time/context.ts'
import { Scheduler, SECOND } from '../../src/time/index.ts'
import { type Address, MacAddress } from '../../src/wire/address.ts'
import { errnoName } from '../../src/wire/errno.ts'
import { encodeNetwork, networkLength } from '../../src/wire/ethernet.ts'
import { Memory } from '../../src/wire/memory.ts'
import { Form, type Packet, Protocol } from '../../src/wire/packet.ts'
import { parseAddress, parseCidr } from '../../src/wire/parse.ts'
import { Reason, reasons } from '../../src/wire/reason.ts'
import { Mib, type MibName } from '../../src/wire/telemetry.ts'
import { type Fields, makePacket } from './packets.ts'
import { makeContext, runFor, runNow } from './scheduler.ts'

export const MODES: readonly PacketMode[] = ['records', 'bytes']

/** `10.0.0.1` as an address. */
export const at = (text: string): Address => {
  const address = parseAddress(text)
  if (address === null) throw new Error(`${text} is no address`)
  return address
}

/** What a packet that crossed a link said, kept after it is gone. */
export interface Seen {
  readonly time: number
  readonly arp: boolean
  readonly src: string
  readonly dst: string
  readonly srcMac: string
  readonly dstMac: string
  readonly protocol: number
  readonly ttl: number
  readonly tos: number
  readonly ipId: number
  readonly fragment: number
  readonly flags: number
  readonly seq: number
  readonly srcPort: number
  readonly dstPort: number
  readonly icmpType: number
  readonly icmpCode: number
  readonly icmpRest: number
  readonly options: readonly number[] | null
  /** Whole IP packet, bytes. */
  readonly bytes: Uint8Array
  /** Payload after the transport header (of a fragment: after IP). */
  readonly payload: Uint8Array
}

const look = (packet: Packet, time: number): Seen => {
  const bytes = new Uint8Array(networkLength(packet))
  encodeNetwork(packet, bytes, 0)
  return {
    time,
    arp: packet.etherType === 0x0806,
    src: String(packet.src),
    dst: String(packet.dst),
    srcMac: String(packet.srcMac),
    dstMac: String(packet.dstMac),
    protocol: packet.protocol,
    ttl: packet.ttl,
    tos: packet.tos,
    ipId: packet.ipId,
    fragment: packet.fragment,
    flags: packet.flags,
    seq: packet.seq,
    srcPort: packet.srcPort,
    dstPort: packet.dstPort,
    icmpType: packet.icmpType,
    icmpCode: packet.icmpCode,
    icmpRest: packet.icmpRest,
    options: packet.ipOptions === null ? null : [...packet.ipOptions],
    bytes,
    payload: packet.buf.slice(packet.start, packet.end),
  }
}

/** A protocol that notes what it gets. */
export class Recorder implements TransportHandler {
  readonly packets: Seen[] = []
  readonly errors: (Omit<IcmpError, 'from' | 'local' | 'remote' | 'buf'> & {
    from: string
    local: string
    remote: string
    quoted: Uint8Array
  })[] = []
  /** What `icmpError` answers. */
  believes: boolean | undefined
  readonly #clock: { readonly now: number }

  constructor(clock: { readonly now: number }) {
    this.#clock = clock
  }

  receive(packet: Packet): void {
    this.packets.push(look(packet, this.#clock.now))
    packet.free()
  }

  icmpError(error: IcmpError): boolean {
    const { from, local, remote, buf, ...rest } = error
    this.errors.push({
      ...rest,
      from: String(from),
      local: String(local),
      remote: String(remote),
      quoted: buf.slice(error.start, error.end),
    })
    return this.believes ?? true
  }
}

export class IpHost {
  readonly context: HostContext
  readonly ip: Ip
  readonly lo: Interface
  readonly udp: Recorder
  readonly tcp: Recorder
  /** Every ICMP and ICMPv6 packet delivered here. */
  readonly icmp: Seen[] = []
  /** What arrived on any Ethernet interface, ARP included, before IP judged it. */
  readonly heard: Seen[] = []
  readonly net: IpNet
  readonly name: string

  constructor(net: IpNet, name: string) {
    this.net = net
    this.name = name
    this.context = makeContext(name, { clock: net.clock, memory: net.memory, seed: net.seed })
    this.ip = new Ip(this.context)
    this.lo = new Interface(this.context, { name: 'lo', index: 1, kind: 'loopback' })
    this.lo.attach(new Loopback(net.clock, { telemetry: this.context.telemetry, mode: net.mode }))
    this.ip.addInterface(this.lo)
    this.udp = new Recorder(net.clock)
    this.tcp = new Recorder(net.clock)
    this.ip.register(Protocol.UDP, this.udp)
    this.ip.register(Protocol.TCP, this.tcp)
    this.ip.tap((packet) => {
      if (packet.protocol === Protocol.ICMP || packet.protocol === Protocol.ICMPV6)
        this.icmp.push(look(packet, net.clock.now))
    })
  }

  get eth(): Interface {
    const eth = this.ip.interfaces[1]
    if (eth === undefined) throw new Error(`${this.name} has no eth0`)
    return eth as Interface
  }

  /** An Ethernet interface with addresses such as `10.0.0.1/24`. */
  interface(cidrs: readonly string[] = [], mtu = 1500): Interface {
    const index = this.ip.interfaces.length + 1
    const mac = new MacAddress(0x0200, (this.net.hosts.indexOf(this) + 1) * 256 + index)
    const iface = new Interface(this.context, { name: `eth${index - 2}`, index, mac, mtu })
    this.ip.addInterface(iface)
    const upper = iface.upper as (packet: Packet) => void
    iface.upper = (packet) => {
      this.heard.push(look(packet, this.net.clock.now))
      upper(packet)
    }
    for (const cidr of cidrs) this.address(cidr, iface)
    return iface
  }

  address(cidr: string, iface: Interface = this.eth): number {
    const parsed = parseCidr(cidr)
    if (parsed === null) throw new Error(`${cidr} is no address with prefix`)
    return this.ip.addAddress(iface, parsed.address, parsed.length)
  }

  /** `10.0.0.0/8` or `default`, as `ip route add` would. */
  route(
    prefix: string,
    via: string | null = null,
    more: Partial<Parameters<Ip['addRoute']>[0]> = {},
    mode: Parameters<Ip['addRoute']>[1] = 'add',
  ): number {
    const parsed = parseCidr(prefix === 'default' ? (via?.includes(':') === true ? '::/0' : '0.0.0.0/0') : prefix)
    if (parsed === null) throw new Error(`${prefix} is no prefix`)
    return this.ip.addRoute(
      { destination: parsed.address, prefixLength: parsed.length, gateway: via === null ? null : at(via), ...more },
      mode,
    )
  }

  /** A path, or the errno's name thrown. */
  path(remote: string, options: PathOptions = {}): Path {
    const path = this.ip.path(at(remote), options)
    if (typeof path === 'number') throw new Error(errnoName(path))
    return path
  }

  /** Send a packet with these fields; addresses and TTL follow from the path. UDP 1000 to 2000 unless said otherwise. */
  send(remote: string, fields: Fields = {}, options: PathOptions = {}): number {
    const path = this.ip.path(at(remote), options)
    if (typeof path === 'number') return path
    return this.ip.send(
      makePacket(this.net.memory, {
        src: path.local,
        dst: path.remote,
        protocol: Protocol.UDP,
        ttl: 64,
        srcPort: 1000,
        dstPort: 2000,
        payload: 'hello',
        ...fields,
      }),
      path,
    )
  }

  /** An echo request. */
  ping(remote: string, payload: Fields['payload'] = 'ping', fields: Fields = {}): number {
    const four = at(remote).family === 4
    return this.send(remote, {
      protocol: four ? Protocol.ICMP : Protocol.ICMPV6,
      icmpType: four ? 8 : 128,
      icmpRest: 0x00070001,
      srcPort: 0,
      dstPort: 0,
      payload: payload ?? 'ping',
      ...fields,
    })
  }

  /** Put a packet on the link as it is, whatever IP would think of it. */
  inject(fields: Fields, iface: Interface = this.eth): void {
    iface.send(
      makePacket(this.net.memory, {
        etherType: 0x0800,
        srcMac: iface.mac,
        form: Form.FULL,
        protocol: Protocol.UDP,
        ttl: 64,
        srcPort: 1000,
        dstPort: 2000,
        payload: 'hello',
        ...fields,
      }),
    )
  }

  /** How often a reason occurred. */
  count(reason: keyof typeof Reason): number {
    return this.context.telemetry.counts[Reason[reason]] ?? 0
  }

  mib(name: MibName): number {
    return this.context.telemetry.mib[Mib[name]] ?? 0
  }

  /** Names of all reasons that occurred, for messages of failing tests. */
  get reasons(): string[] {
    return reasons.filter((_, code) => (this.context.telemetry.counts[code] ?? 0) > 0).map((info) => info.name)
  }

  sysctl(name: string, value: string | number): void {
    const { sysctls, interfaces, confs } = this.ip
    const all = [...sysctls, ...interfaces.flatMap((iface) => confs.entriesFor(iface))]
    const entry = all.find((one) => one.name === name)
    if (entry === undefined || entry.set(String(value)) !== 0) throw new Error(`sysctl ${name}=${value}`)
  }

  neighbour(address: string): string | undefined {
    return this.ip.neighbours().find((one) => one.address.equals(at(address)))?.state
  }
}

export class IpNet {
  readonly clock: Scheduler = new Scheduler()
  readonly memory: Memory = new Memory()
  readonly mode: PacketMode
  readonly seed: number
  readonly hosts: IpHost[] = []

  constructor(mode: PacketMode = 'records', seed = 1) {
    this.mode = mode
    this.seed = seed
  }

  host(name: string, cidrs: readonly string[] = [], mtu = 1500): IpHost {
    const host = new IpHost(this, name)
    this.hosts.push(host)
    if (cidrs.length > 0) host.interface(cidrs, mtu)
    return host
  }

  cable(a: Interface, b: Interface, options: { mtu?: number; offload?: boolean } = {}): void {
    const cable = new Cable(this.clock, { telemetry: makeContext('cable').telemetry, mode: this.mode, ...options })
    a.attach(cable.a)
    b.attach(cable.b)
  }

  run(): void {
    runNow(this.clock)
  }

  /** Let so many seconds pass. */
  pass(seconds: number): void {
    runFor(this.clock, seconds * SECOND)
  }
}

/** Two hosts, 10.0.0.1 and 10.0.0.2, on one cable. */
export const two = (mode: PacketMode = 'records', mtu = 1500): { net: IpNet; a: IpHost; b: IpHost } => {
  const net = new IpNet(mode)
  const a = net.host('a', ['10.0.0.1/24', '2001:db8::1/64'], mtu)
  const b = net.host('b', ['10.0.0.2/24', '2001:db8::2/64'], mtu)
  net.cable(a.eth, b.eth, { mtu })
  return { net, a, b }
}

/** a (10.0.1.1) - router r (10.0.1.254, 10.0.2.254) - b (10.0.2.1); both hosts have r as their default gateway. */
export const routed = (
  mode: PacketMode = 'records',
  { mtu = 1500, offload = true }: { mtu?: number; offload?: boolean } = {},
): { net: IpNet; a: IpHost; r: IpHost; b: IpHost } => {
  const net = new IpNet(mode)
  const a = net.host('a', ['10.0.1.1/24'])
  const r = net.host('r', ['10.0.1.254/24'])
  const far = r.interface(['10.0.2.254/24'], mtu)
  const b = net.host('b', ['10.0.2.1/24'], mtu)
  net.cable(a.eth, r.eth)
  net.cable(far, b.eth, { mtu, offload })
  a.route('default', '10.0.1.254')
  b.route('default', '10.0.2.254')
  r.sysctl('net.ipv4.ip_forward', 1)
  return { net, a, r, b }
}
