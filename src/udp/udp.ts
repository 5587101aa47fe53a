import type { IcmpError, IpLayer, Path, TransportHandler } from '../ip/types.ts'
import { PortTable, portSettings } from '../ports/index.ts'
import type { HostContext } from '../time/context.ts'
import type { Scheduler } from '../time/scheduler.ts'
import { EINVAL } from '../wire/errno.ts'
import { Icmp6Type, Icmp6Unreachable, IcmpType, IcmpUnreachable } from '../wire/icmp.ts'
import type { Memory } from '../wire/memory.ts'
import { LinkCast, type Packet, Protocol } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import type { SysctlEntry } from '../wire/sysctl.ts'
import { Mib, type Telemetry } from '../wire/telemetry.ts'
import type { DatagramHost } from './core.ts'
import { PingSockets } from './ping.ts'
import { RawSockets } from './raw.ts'
import { UdpTable } from './table.ts'
import type { UdpLayer } from './types.ts'
import { UdpSocket } from './udp-socket.ts'

/** SOCK_MIN_RCVBUF and SOCK_MIN_SNDBUF: the least that net.core.*mem_default may be. */
const LEAST = { rmem: 2304, wmem: 4608 } as const

/** UDP of one host. */
export class Udp implements UdpLayer, TransportHandler, DatagramHost {
  readonly ip: IpLayer
  readonly clock: Scheduler
  readonly memory: Memory
  readonly telemetry: Telemetry
  readonly ports: PortTable
  readonly table: UdpTable
  readonly ping: PingSockets
  readonly raw: RawSockets
  /** net.core.rmem_default and wmem_default. */
  rmemDefault = 212_992
  wmemDefault = 212_992
  readonly sysctls: readonly SysctlEntry[]
  readonly #sockets = new Set<UdpSocket>()

  constructor(context: HostContext, ip: IpLayer) {
    this.ip = ip
    this.clock = context.clock
    this.memory = context.memory
    this.telemetry = context.telemetry
    const random = context.random.stream('udp')
    this.ports = new PortTable('udp', portSettings(context), random)
    this.table = new UdpTable(random.int32())
    this.ping = new PingSockets(this)
    this.raw = new RawSockets(this)
    this.sysctls = [
      ...this.ping.sysctls,
      number(
        'net.core.rmem_default',
        LEAST.rmem,
        () => this.rmemDefault,
        (n) => (this.rmemDefault = n),
      ),
      number(
        'net.core.wmem_default',
        LEAST.wmem,
        () => this.wmemDefault,
        (n) => (this.wmemDefault = n),
      ),
    ]
    ip.register(Protocol.UDP, this)
  }

  create(family: 4 | 6, uid: number): UdpSocket {
    const socket = new UdpSocket(this, family, uid)
    this.#sockets.add(socket)
    return socket
  }

  /** In the order of creation. */
  forEach(visit: (socket: UdpSocket) => void): void {
    for (const socket of this.#sockets) visit(socket)
  }

  forget(socket: UdpSocket): void {
    this.#sockets.delete(socket)
  }

  output(packet: Packet, path: Path): number {
    return this.ip.send(packet, path)
  }

  receive(packet: Packet): void {
    const { dst, src } = packet
    const four = dst.family === 4
    const device = (packet.iface as { readonly index: number } | null)?.index ?? 0
    if (src.isMulticast || src.isLimitedBroadcast) {
      this.telemetry.drop(packet, Reason.UdpBadSource)
      return
    }
    if (dst.isMulticast || (four && (packet.linkCast === LinkCast.BROADCAST || this.ip.isBroadcast(dst)))) {
      this.#deliverAll(packet, device)
      return
    }
    const socket = this.table.lookup(dst, packet.dstPort, src, packet.srcPort, device)
    if (socket !== null) {
      this.#deliver(socket, packet, four)
      return
    }
    // RFC 1122 4.1.3.1: answered with Port Unreachable, which IP withholds where it must not be sent.
    this.telemetry.count(four ? Mib.UdpNoPorts : Mib.Udp6NoPorts)
    if (four) this.ip.sendIcmpError(packet, IcmpType.UNREACHABLE, IcmpUnreachable.PORT, 0)
    else this.ip.sendIcmpError(packet, Icmp6Type.UNREACHABLE, Icmp6Unreachable.PORT, 0)
    this.telemetry.drop(packet, Reason.UdpNoSocket)
  }

  #deliver(socket: UdpSocket, packet: Packet, four: boolean): void {
    if (socket.enqueue(packet)) this.telemetry.count(four ? Mib.UdpInDatagrams : Mib.Udp6InDatagrams)
    else {
      this.telemetry.count(four ? Mib.UdpRcvbufErrors : Mib.Udp6RcvbufErrors)
      this.telemetry.count(four ? Mib.UdpInErrors : Mib.Udp6InErrors)
    }
  }

  /** Broadcast and multicast go to every socket that matches (__udp4_lib_mcast_deliver); nobody is told if there is none. */
  #deliverAll(packet: Packet, device: number): void {
    const four = packet.dst.family === 4
    let last: UdpSocket | null = null
    for (const socket of this.table.at(packet.dstPort)) {
      if (socket.score(packet.dst, packet.src, packet.srcPort, device) === 0) continue
      if (packet.dst.isMulticast && !socket.hearsGroup(packet.dst, packet.iface)) continue
      if (last !== null) {
        const copy = packet.clone()
        copy.iface = packet.iface
        this.#deliver(last, copy, four)
      }
      last = socket
    }
    if (last !== null) {
      this.#deliver(last, packet, four)
      return
    }
    this.telemetry.count(Mib.UdpIgnoredMulti)
    this.telemetry.drop(packet, Reason.UdpNoSocket)
  }

  icmpError(error: IcmpError): void {
    const socket = this.table.lookup(error.local, error.localPort, error.remote, error.remotePort, -1)
    if (socket === null) this.telemetry.note(Reason.IcmpNoMatch)
    else socket.icmpError(error)
  }
}

const number = (name: string, least: number, get: () => number, set: (n: number) => void): SysctlEntry => ({
  name,
  get: () => String(get()),
  set: (text) => {
    const value = text.trim()
    if (!/^[0-9]{1,10}$/.test(value) || Number(value) < least || Number(value) > 2_147_483_647) return -EINVAL
    set(Number(value))
    return 0
  },
})
