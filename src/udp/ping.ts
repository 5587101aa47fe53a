/**
 * Ping sockets (SOCK_DGRAM with IPPROTO_ICMP or IPPROTO_ICMPV6, Linux's net/ipv4/ping.c): echo requests without privilege. The
 * kernel writes identifier and checksum; the identifier is what a port is elsewhere.
 */
import type { IcmpError, TransportHandler } from '../ip/types.ts'
import type { Address } from '../wire/address.ts'
import { copyBytes, get16, put16 } from '../wire/bytes.ts'
import { Msg } from '../wire/call.ts'
import { EADDRINUSE, EAGAIN, EINVAL, EMSGSIZE, EOPNOTSUPP, EPIPE } from '../wire/errno.ts'
import { encodeIcmp, ICMP_HEADER, Icmp6Type, IcmpType } from '../wire/icmp.ts'
import { type Packet, Protocol } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import type { SysctlEntry } from '../wire/sysctl.ts'
import { Mib } from '../wire/telemetry.ts'
import type { DatagramHost } from './core.ts'
import { PortlessSocket } from './portless.ts'
import type { SendChoices } from './types.ts'

const GROUPS = 4_294_967_294

/** The ping sockets of one host, by identifier. */
export class PingSockets implements TransportHandler {
  readonly host: DatagramHost
  /**
   * net.ipv4.ping_group_range. The kernel's own default (1 0) allows nobody; this is what systemd sets on Linux systems, and
   * without it only root could ping.
   */
  #low = 0
  #high = 2_147_483_647
  readonly #sockets: PingSocket[] = []
  #untap: (() => void) | null = null
  #last = 0
  readonly sysctls: readonly SysctlEntry[] = [
    {
      name: 'net.ipv4.ping_group_range',
      get: () => `${this.#low}\t${this.#high}`,
      set: (text) => this.#setRange(text),
    },
  ]

  constructor(host: DatagramHost) {
    this.host = host
    host.ip.register(Protocol.ICMP, this)
    host.ip.register(Protocol.ICMPV6, this)
  }

  #setRange(text: string): number {
    const parts = text.trim().split(/\s+/)
    if (parts.length !== 2 || !parts.every((part) => /^[0-9]{1,10}$/.test(part) && Number(part) <= GROUPS))
      return -EINVAL
    const [low, high] = parts.map(Number) as [number, number]
    // Linux: an empty range is kept as 1 0.
    this.#low = high < low ? 1 : low
    this.#high = high < low ? 0 : high
    return 0
  }

  /** ping_init_sock: is the caller's group within the range? */
  allows(gid: number): boolean {
    return gid >= this.#low && gid <= this.#high
  }

  create(family: 4 | 6, uid: number, receiveBuffer: number, sendBuffer: number): PingSocket {
    const socket = new PingSocket(this, family, uid, receiveBuffer, sendBuffer)
    this.#sockets.push(socket)
    this.#untap ??= this.host.ip.tap((packet) => this.#see(packet))
    return socket
  }

  forget(socket: PingSocket): void {
    const at = this.#sockets.indexOf(socket)
    if (at >= 0) this.#sockets.splice(at, 1)
    if (this.#sockets.length > 0 || this.#untap === null) return
    this.#untap()
    this.#untap = null
  }

  forEach(visit: (socket: PingSocket) => void): void {
    for (const socket of this.#sockets) visit(socket)
  }

  /** ping_get_port: the identifier asked for, or the next free one; -EADDRINUSE. */
  take(socket: PingSocket, identifier: number): number {
    if (identifier !== 0) return this.#isFree(socket, identifier) ? identifier : -EADDRINUSE
    for (let i = 0; i < 65_535; i++) {
      this.#last = this.#last === 65_535 ? 1 : this.#last + 1
      if (!this.#sockets.some((one) => one.localPort === this.#last)) return this.#last
    }
    return -EADDRINUSE
  }

  #isFree(socket: PingSocket, identifier: number): boolean {
    return !this.#sockets.some(
      (one) => one !== socket && one.localPort === identifier && !(one.reuseAddress && socket.reuseAddress),
    )
  }

  /** A packet on its way to ICMP: a reply is for the socket of its identifier too. */
  #see(packet: Packet): void {
    const four = packet.protocol === Protocol.ICMP
    if (!four && packet.protocol !== Protocol.ICMPV6) return
    if (packet.icmpType !== (four ? IcmpType.ECHO_REPLY : Icmp6Type.ECHO_REPLY) || packet.icmpCode !== 0) return
    const identifier = packet.icmpRest >>> 16
    for (const socket of this.#sockets)
      if (socket.localPort === identifier && socket.hears(packet)) {
        socket.take(packet)
        return
      }
  }

  /** ICMP itself answers what arrives; a message nobody handles ends here. */
  receive(packet: Packet): void {
    this.host.telemetry.drop(packet, Reason.IcmpUnknownType)
  }

  /** The second word of the quoted header is identifier and sequence number. */
  icmpError(error: IcmpError): void {
    const identifier = error.seq >>> 16
    for (const socket of this.#sockets)
      if (socket.localPort === identifier && socket.family === error.family) {
        socket.icmpError(error)
        return
      }
  }
}

export class PingSocket extends PortlessSocket {
  readonly #ping: PingSockets

  constructor(ping: PingSockets, family: 4 | 6, uid: number, receiveBuffer: number, sendBuffer: number) {
    super(ping.host, family, uid, receiveBuffer, sendBuffer)
    this.#ping = ping
  }

  bind(address: Address | null, identifier: number): number {
    if (this.localPort !== 0) return -EINVAL
    const result = this.bindAddress(address)
    if (result !== 0) return result
    const taken = this.#ping.take(this, identifier)
    if (taken < 0) {
      this.localAddress = null
      return taken
    }
    this.localPort = taken
    return 0
  }

  override connect(address: Address, port: number): number {
    return this.#autobind() || super.connect(address, port)
  }

  #autobind(): number {
    if (this.localPort !== 0) return 0
    const taken = this.#ping.take(this, 0)
    if (taken < 0) return -EAGAIN
    this.localPort = taken
    return 0
  }

  /** The bytes are an ICMP message: type, code, checksum and identifier (both written here), sequence number, data. */
  send(
    buf: Uint8Array,
    start: number,
    end: number,
    address: Address | null,
    _port: number,
    flags: number,
    choices: SendChoices | null,
  ): number {
    const bound = this.#autobind()
    if (bound !== 0) return bound
    const length = end - start
    if (length > 0xffff) return -EMSGSIZE
    if (length < ICMP_HEADER) return -EINVAL
    if ((flags & Msg.OOB) !== 0) return -EOPNOTSUPP
    if (buf[start] !== (this.family === 4 ? IcmpType.ECHO : Icmp6Type.ECHO) || buf[start + 1] !== 0) return -EINVAL
    const path = this.route(address, choices)
    if (typeof path === 'number') return path
    if (length > this.largest(path)) {
      this.tooLarge(path, 0)
      return -EMSGSIZE
    }
    const error = this.takeError()
    if (error !== 0) return -error
    if (this.isWriteShut) return -EPIPE
    const { memory, ip, telemetry } = this.host
    // icmp_out_count, icmpv6_out_count: whoever makes the message, it is one of the host's.
    telemetry.count(this.family === 4 ? Mib.IcmpOutMsgs : Mib.Icmp6OutMsgs)
    telemetry.count(this.family === 4 ? Mib.IcmpOutEchos : Mib.Icmp6OutEchos)
    const packet = memory.packet()
    const chunk = memory.chunk(length)
    packet.chunk = chunk
    packet.buf = chunk.bytes
    packet.end = copyBytes(buf, start + ICMP_HEADER, end, chunk.bytes, 0)
    this.fillHeader(packet, path, length, choices)
    packet.protocol = this.family === 4 ? Protocol.ICMP : Protocol.ICMPV6
    packet.icmpType = buf[start] as number
    packet.icmpRest = (this.localPort << 16) | get16(buf, start + 6)
    const result = ip.send(packet, path)
    return result === 0 ? length : result
  }

  hears(packet: Packet): boolean {
    return this.accepts(packet.src, packet.dst, packet.iface)
  }

  /** Queue the whole message, header first, as the program reads it. */
  take(packet: Packet): void {
    const { memory } = this.host
    const copy = memory.packet()
    const length = ICMP_HEADER + packet.end - packet.start
    const chunk = memory.chunk(length)
    copyBytes(packet.buf, packet.start, packet.end, chunk.bytes, encodeIcmp(packet, chunk.bytes, 0))
    put16(chunk.bytes, 4, this.localPort)
    copy.chunk = chunk
    copy.buf = chunk.bytes
    copy.end = length
    copy.src = packet.src
    copy.dst = packet.dst
    copy.ttl = packet.ttl
    copy.tos = packet.tos
    copy.iface = packet.iface
    this.enqueue(copy)
  }

  override close(): void {
    this.#ping.forget(this)
    super.close()
  }
}
