import type { IpLayer } from '../ip/types.ts'
import type { NetworkInterface } from '../link/interface.ts'
import { type PortSettings, portSettings } from '../ports/index.ts'
import type { TcpLayer } from '../tcp/types.ts'
import type { HostContext } from '../time/context.ts'
import type { Udp } from '../udp/index.ts'
import { type Address, ANY4 } from '../wire/address.ts'
import { EAFNOSUPPORT, EOPNOTSUPP, EPROTONOSUPPORT } from '../wire/errno.ts'
import type { SysctlEntry } from '../wire/sysctl.ts'
import type { Caller } from './caller.ts'
import { AF_INET, AF_INET6, AF_PACKET, AF_UNIX } from './constants.ts'
import { createInet } from './inet-create.ts'
import { InetDatagram } from './inet-datagram.ts'
import { InetStream } from './inet-stream.ts'
import { PacketFamily } from './packet.ts'
import type { SocketDescription, SocketRow, SocketUse } from './row.ts'
import { SocketFile } from './socket-file.ts'
import { tcpRow } from './tcp-row.ts'
import type { SocketTrace } from './trace.ts'
import { UnixSockets } from './unix/index.ts'

/** How an address family makes sockets: socket(2) and socketpair(2) without the descriptors. */
export interface SocketFamily {
  create(caller: Caller, type: number, protocol: number): SocketFile | number
  pair?(caller: Caller, type: number, protocol: number): readonly [SocketFile, SocketFile] | number
  /** Rows of the table, in order of creation. */
  rows?(): readonly SocketDescription[]
}

/** A process as the table of sockets needs it. */
export type SocketOwner = Pick<Caller, 'pid' | 'uid' | 'descriptors'> & { readonly command: string }

/** Where inode numbers start: below are those of a host's files. */
const FIRST_INODE = 20_001

/** The socket layer of one host: address families, options that need the host, and the one table of sockets. */
export class Sockets {
  readonly ctx: HostContext
  readonly ip: IpLayer
  readonly tcp: TcpLayer
  readonly udp: Udp
  readonly unix: UnixSockets
  readonly portSettings: PortSettings
  /** Address families by AF_* number. A family that is not here is EAFNOSUPPORT. */
  readonly families = new Map<number, SocketFamily>()
  /** The processes of the host, set by it: whose descriptors the table looks through. */
  processes: () => Iterable<SocketOwner> = () => []
  /** Notes the program's lines; null unless the network is made with `trace`. */
  trace: SocketTrace | null = null
  readonly sysctls: readonly SysctlEntry[]
  #inode = FIRST_INODE
  readonly #rmemMax: SysctlEntry | undefined
  readonly #wmemMax: SysctlEntry | undefined

  constructor(ctx: HostContext, ip: IpLayer, tcp: TcpLayer, udp: Udp) {
    this.ctx = ctx
    this.ip = ip
    this.tcp = tcp
    this.udp = udp
    this.portSettings = portSettings(ctx)
    this.unix = new UnixSockets(ctx, () => this.nextInode())
    this.#rmemMax = tcp.sysctls.find((entry) => entry.name === 'net.core.rmem_max')
    this.#wmemMax = tcp.sysctls.find((entry) => entry.name === 'net.core.wmem_max')
    this.families.set(AF_INET, { create: (caller, type, protocol) => createInet(this, caller, 4, type, protocol) })
    this.families.set(AF_INET6, { create: (caller, type, protocol) => createInet(this, caller, 6, type, protocol) })
    this.families.set(AF_UNIX, {
      create: (_caller, type, protocol) =>
        protocol === 0 || protocol === AF_UNIX ? this.unix.create(type) : -EPROTONOSUPPORT,
      pair: (_caller, type) => this.unix.pair(type),
      rows: () => this.#unixRows(),
    })
    this.families.set(AF_PACKET, new PacketFamily(this))
    this.sysctls = [...this.portSettings.sysctls, ...this.unix.sysctls]
  }

  nextInode(): number {
    return this.#inode++
  }

  /** socket(2) without a descriptor. `type` has no flags any more. */
  create(caller: Caller, family: number, type: number, protocol: number): SocketFile | number {
    return this.families.get(family)?.create(caller, type, protocol) ?? -EAFNOSUPPORT
  }

  /** socketpair(2) without descriptors. */
  pair(caller: Caller, family: number, type: number, protocol: number): readonly [SocketFile, SocketFile] | number {
    const of = this.families.get(family)
    if (of === undefined) return -EAFNOSUPPORT
    if (of.pair !== undefined) return of.pair(caller, type, protocol)
    const made = of.create(caller, type, protocol)
    if (typeof made === 'number') return made
    made.release()
    return -EOPNOTSUPP
  }

  // --- what options ask of the host

  get rmemMax(): number {
    return Number(this.#rmemMax?.get() ?? 212_992)
  }

  get wmemMax(): number {
    return Number(this.#wmemMax?.get() ?? 212_992)
  }

  interfaceNamed(name: string): NetworkInterface | null {
    return this.ip.interfaces.find((one) => one.name === name) ?? null
  }

  interfaceAt(index: number): NetworkInterface | null {
    return this.ip.interfaces.find((one) => one.index === index) ?? null
  }

  interfaceOf(address: Address): NetworkInterface | null {
    const has = (one: NetworkInterface): boolean => this.ip.addresses(one).some((a) => a.address.equals(address))
    return this.ip.interfaces.find(has) ?? null
  }

  /** First IPv4 address of an interface; 0.0.0.0 when it has none. */
  primaryAddress(index: number): Address {
    const iface = this.interfaceAt(index)
    const first = iface === null ? undefined : this.ip.addresses(iface).find((one) => one.address.family === 4)
    return first?.address ?? ANY4
  }

  /** The host's calendar time at a network time in nanoseconds. */
  wallClock(time: number): { readonly seconds: number; readonly nanoseconds: number } {
    const milliseconds = this.ctx.epoch + Math.floor(time / 1e6)
    const seconds = Math.floor(milliseconds / 1000)
    return { seconds, nanoseconds: (milliseconds - seconds * 1000) * 1e6 + (time % 1e6) }
  }

  // --- the table

  /** Every socket that lsof or ss shows, by protocol and then in order of creation. A snapshot. */
  rows(): SocketRow[] {
    const uses = this.#uses()
    const found: SocketDescription[] = []
    this.tcp.forEach((endpoint) => {
      const { owner } = endpoint
      if (!(owner instanceof InetStream)) found.push(tcpRow(endpoint, 0))
      else {
        const row = owner.describe()
        if (row !== null) found.push(row)
      }
    })
    const describe = (endpoint: { readonly owner: object | null }): void => {
      const row = endpoint.owner instanceof InetDatagram ? endpoint.owner.describe() : null
      if (row !== null) found.push(row)
    }
    this.udp.forEach(describe)
    this.udp.ping.forEach(describe)
    this.udp.raw.forEach(describe)
    for (const family of this.families.values()) if (family.rows !== undefined) found.push(...family.rows())
    return found.map((row) => ({ ...row, owners: uses.get(row.inode) ?? [] }))
  }

  #unixRows(): SocketDescription[] {
    const found: SocketDescription[] = []
    this.unix.forEach((socket) => {
      found.push(socket.describe())
    })
    return found
  }

  /** Who has a descriptor of which inode. */
  #uses(): Map<number, SocketUse[]> {
    const uses = new Map<number, SocketUse[]>()
    for (const { pid, uid, command, descriptors } of this.processes())
      descriptors.forEach((fd, file) => {
        if (!(file instanceof SocketFile)) return
        const use = { pid, command, uid, fd }
        const of = uses.get(file.inode)
        if (of === undefined) uses.set(file.inode, [use])
        else of.push(use)
      })
    return uses
  }
}
