/**
 * Raw sockets (SOCK_RAW, raw(7)): an IP protocol in the port's place. IPv4 ones read whole IP packets and may write their header
 * (IP_HDRINCL); IPv6 ones read and write what comes after it.
 */
import type { Path } from '../ip/types.ts'
import { Address } from '../wire/address.ts'
import { copyBytes, get16, get32, put16 } from '../wire/bytes.ts'
import { Msg } from '../wire/call.ts'
import { finish, pseudoHeader, sum } from '../wire/checksum.ts'
import { EINVAL, EMSGSIZE, EOPNOTSUPP, EPIPE } from '../wire/errno.ts'
import { encodeNetwork, networkLength } from '../wire/ethernet.ts'
import { IPV4_HEADER } from '../wire/ipv4.ts'
import { IPV6_HEADER } from '../wire/ipv6.ts'
import { Form, type Packet, Protocol } from '../wire/packet.ts'
import { decodeTransport } from '../wire/transport.ts'
import type { DatagramHost } from './core.ts'
import { PortlessSocket } from './portless.ts'
import type { SendChoices } from './types.ts'

/** IPPROTO_RAW: sends only, with the header included. */
const IPPROTO_RAW = 255

/** The raw sockets of one host. */
export class RawSockets {
  readonly host: DatagramHost
  readonly #sockets: RawSocket[] = []
  #untap: (() => void) | null = null

  constructor(host: DatagramHost) {
    this.host = host
  }

  create(family: 4 | 6, protocol: number, uid: number, receiveBuffer: number, sendBuffer: number): RawSocket {
    const socket = new RawSocket(this, family, protocol, uid, receiveBuffer, sendBuffer)
    this.#sockets.push(socket)
    this.#untap ??= this.host.ip.tap((packet) => {
      for (const one of [...this.#sockets]) one.see(packet)
    })
    return socket
  }

  forget(socket: RawSocket): void {
    const at = this.#sockets.indexOf(socket)
    if (at >= 0) this.#sockets.splice(at, 1)
    if (this.#sockets.length > 0 || this.#untap === null) return
    this.#untap()
    this.#untap = null
  }

  forEach(visit: (socket: RawSocket) => void): void {
    for (const socket of this.#sockets) visit(socket)
  }
}

export class RawSocket extends PortlessSocket {
  readonly protocol: number
  /** IP_HDRINCL. */
  headerIncluded: boolean
  /** ICMP_FILTER: bit n set keeps out type n. */
  icmpFilter = 0
  readonly #raw: RawSockets

  constructor(
    raw: RawSockets,
    family: 4 | 6,
    protocol: number,
    uid: number,
    receiveBuffer: number,
    sendBuffer: number,
  ) {
    super(raw.host, family, uid, receiveBuffer, sendBuffer)
    this.#raw = raw
    this.protocol = protocol
    this.localPort = protocol
    this.headerIncluded = protocol === IPPROTO_RAW
  }

  bind(address: Address | null, _port: number): number {
    return this.isConnected ? -EINVAL : this.bindAddress(address)
  }

  send(
    buf: Uint8Array,
    start: number,
    end: number,
    address: Address | null,
    _port: number,
    flags: number,
    choices: SendChoices | null,
  ): number {
    const length = end - start
    if (length > 0xffff) return -EMSGSIZE
    if ((flags & Msg.OOB) !== 0) return -EOPNOTSUPP
    const path = this.route(address, choices)
    if (typeof path === 'number') return path
    const error = this.takeError()
    if (error !== 0) return -error
    if (this.isWriteShut) return -EPIPE
    if (this.headerIncluded && this.family === 4) return this.#sendWhole(buf, start, end, path)
    if (length > this.largest(path)) return -EMSGSIZE
    const packet = this.#packet(buf, start, end)
    this.fillHeader(packet, path, length, choices)
    packet.protocol = this.protocol
    if (this.protocol === Protocol.ICMPV6 && length >= 8) this.#sumIcmp6(packet)
    return this.#output(packet, path, length)
  }

  #packet(buf: Uint8Array, start: number, end: number): Packet {
    const { memory } = this.host
    const packet = memory.packet()
    const chunk = memory.chunk(end - start)
    packet.form = Form.NETWORK
    packet.chunk = chunk
    packet.buf = chunk.bytes
    packet.start = 0
    packet.end = copyBytes(buf, start, end, chunk.bytes, 0)
    return packet
  }

  /** raw_send_hdrinc: the header is the caller's; a zero identification, source and the checksum are filled in. */
  #sendWhole(buf: Uint8Array, start: number, end: number, path: Path): number {
    const length = end - start
    if (length > path.mtu) return -EMSGSIZE
    const header = ((buf[start] ?? 0) & 15) * 4
    if (length < IPV4_HEADER || header < IPV4_HEADER || header > length) return -EINVAL
    const packet = this.#packet(buf, start + header, end)
    packet.tos = buf[start + 1] as number
    packet.ipId = get16(buf, start + 4)
    packet.fragment = get16(buf, start + 6)
    packet.ttl = buf[start + 8] as number
    packet.protocol = buf[start + 9] as number
    const source = get32(buf, start + 12)
    packet.src = source === 0 ? path.local : Address.v4(source)
    packet.dst = Address.v4(get32(buf, start + 16))
    packet.mark = this.mark
    if (header > IPV4_HEADER) packet.ipOptions = buf.slice(start + IPV4_HEADER, start + header)
    return this.#output(packet, path, length)
  }

  /** IPV6_CHECKSUM is always on for ICMPv6 (RFC 3542 3.1). */
  #sumIcmp6(packet: Packet): void {
    const length = packet.end - packet.start
    put16(packet.buf, packet.start + 2, 0)
    const s = pseudoHeader(packet.src, packet.dst, Protocol.ICMPV6, length)
    put16(packet.buf, packet.start + 2, finish(sum(packet.buf, packet.start, packet.end, s)))
  }

  /** What the codec can say exactly goes on as a record; anything else stays the bytes that the program wrote. */
  #output(packet: Packet, path: Path, length: number): number {
    decodeTransport(packet)
    const result = this.host.ip.send(packet, path)
    return result === 0 ? length : result
  }

  /** A packet of the host, still its owner's: take a copy when it is for this socket. */
  see(packet: Packet): void {
    if (packet.protocol !== this.protocol || !this.accepts(packet.src, packet.dst, packet.iface)) return
    if (this.protocol === Protocol.ICMP && packet.icmpType < 32 && ((this.icmpFilter >>> packet.icmpType) & 1) === 1)
      return
    const { memory } = this.host
    const copy = memory.packet()
    const length = networkLength(packet)
    const chunk = memory.chunk(length)
    encodeNetwork(packet, chunk.bytes, 0)
    copy.chunk = chunk
    copy.buf = chunk.bytes
    copy.start = this.family === 4 ? 0 : IPV6_HEADER
    copy.end = length
    copy.src = packet.src
    copy.dst = packet.dst
    copy.ttl = packet.ttl
    copy.tos = packet.tos
    copy.iface = packet.iface
    this.enqueue(copy)
  }

  override close(): void {
    this.#raw.forget(this)
    super.close()
  }
}
