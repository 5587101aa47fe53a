/**
 * AF_PACKET (packet(7)): the frames of an interface, as tcpdump reads them. A socket is a tap: it sees what arrives and what
 * leaves, with its direction, and changes nothing. SOCK_RAW gives whole frames, SOCK_DGRAM the packet without link header.
 */
import type { NetworkInterface } from '../link/interface.ts'
import type { FrameTap } from '../link/tap.ts'
import { truesize } from '../udp/index.ts'
import { ANY4, MacAddress } from '../wire/address.ts'
import { copyBytes, get16, get32 } from '../wire/bytes.ts'
import { Msg, Poll } from '../wire/call.ts'
import {
  EAGAIN,
  EINVAL,
  EMSGSIZE,
  ENODEV,
  ENOPROTOOPT,
  ENOTCONN,
  ENOTTY,
  ENXIO,
  EPERM,
  ESOCKTNOSUPPORT,
} from '../wire/errno.ts'
import { decodeFrame, ETHERNET_HEADER, encodeFrame, frameLength } from '../wire/ethernet.ts'
import { EtherType, Form, LinkCast, type Packet } from '../wire/packet.ts'
import type { Caller } from './caller.ts'
import {
  AF_PACKET,
  FIONREAD,
  SO_ERROR,
  SO_RCVBUF,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_PACKET,
  SOL_SOCKET,
} from './constants.ts'
import { gather, type InMessage, type OutMessage, scatter, totalLength } from './message.ts'
import { NO_END, type SocketDescription } from './row.ts'
import { SOCKADDR_LL, SockAddr } from './sockaddr.ts'
import { OptionError, type OptionValue, SocketFile } from './socket-file.ts'
import type { SocketFamily, Sockets } from './sockets.ts'

/** ETH_P_ALL. */
export const ETH_P_ALL = 3
/** Option of SOL_PACKET: frames seen and dropped since it was last read. */
export const PACKET_STATISTICS = 6

/** A frame that was seen: bytes, direction (`LinkCast`), when and where. */
export interface SeenFrame {
  readonly bytes: Uint8Array
  readonly cast: number
  /** Nanoseconds since the network's start. */
  readonly time: number
  readonly iface: NetworkInterface
}

export class PacketSocket extends SocketFile implements FrameTap {
  readonly family = AF_PACKET
  readonly type: number
  #protocol: number
  readonly #sockets: Sockets
  readonly #domain: PacketFamily
  #iface: NetworkInterface | null = null
  #tapped: NetworkInterface[] = []
  readonly #queue: SeenFrame[] = []
  #charge = 0
  #packets = 0
  #drops = 0
  receiveBuffer: number
  readonly #uid: number

  constructor(sockets: Sockets, domain: PacketFamily, type: number, protocol: number, uid: number) {
    super(sockets.nextInode())
    this.#sockets = sockets
    this.#domain = domain
    this.type = type
    this.#protocol = protocol
    this.#uid = uid
    this.receiveBuffer = sockets.udp.rmemDefault
    if (protocol !== 0) this.#listen()
  }

  /** EtherType, or ETH_P_ALL; in host order here. */
  get protocol(): number {
    return this.#protocol
  }

  #listen(): void {
    for (const iface of this.#tapped) iface.removeTap(this)
    this.#tapped = this.#iface === null ? [...this.#sockets.ip.interfaces] : [this.#iface]
    for (const iface of this.#tapped) iface.addTap(this)
  }

  /** To one interface by index (0: all), with another protocol if one is given. */
  override bind(_caller: Caller, given: SockAddr): number {
    if (given.length < SOCKADDR_LL || given.family !== AF_PACKET) return -EINVAL
    const iface = given.scopeId === 0 ? null : this.#sockets.interfaceAt(given.scopeId)
    if (given.scopeId !== 0 && iface === null) return -ENODEV
    this.#iface = iface
    if (given.port !== 0) this.#protocol = given.port
    this.#listen()
    return 0
  }

  enter(frame: Packet, cast: number): void {
    const iface = frame.iface as NetworkInterface
    // The loopback shows each frame once: what leaves comes back at once (Linux drops the outgoing copy in libpcap).
    if (cast === LinkCast.OUTGOING && iface.kind === 'loopback') return
    const type = frame.form === Form.FRAME ? get16(frame.buf, frame.start + 12) : etherTypeOf(frame)
    if (this.#protocol !== ETH_P_ALL && this.#protocol !== type) return
    const size = truesize(frameLength(frame))
    if (this.#charge > this.receiveBuffer) {
      this.#drops++
      return
    }
    const bytes = new Uint8Array(frameLength(frame))
    encodeFrame(frame, bytes, 0)
    this.#packets++
    this.#charge += size
    this.#queue.push({ bytes, cast, time: this.#sockets.ctx.clock.now, iface })
    this.wake(Poll.IN)
  }

  leave(): void {
    // Nothing was held back.
  }

  /** The next frame with all that is known of it; null when none waits. */
  take(): SeenFrame | null {
    const seen = this.#queue.shift()
    if (seen === undefined) return null
    this.#charge -= truesize(seen.bytes.length)
    return seen
  }

  recv(buf: Uint8Array, start: number, end: number, flags: number): number {
    const seen = (flags & Msg.PEEK) !== 0 ? (this.#queue[0] ?? null) : this.take()
    if (seen === null) return -EAGAIN
    const from = this.type === SOCK_DGRAM ? ETHERNET_HEADER : 0
    const n = Math.min(seen.bytes.length - from, end - start)
    copyBytes(seen.bytes, from, from + n, buf, start)
    return (flags & Msg.TRUNC) !== 0 ? seen.bytes.length - from : n
  }

  override recvmsg(_caller: Caller, message: InMessage): number {
    const seen = this.#queue[0]
    if (seen === undefined) return -EAGAIN
    const room = new Uint8Array(totalLength(message.vectors))
    const n = this.recv(room, 0, room.length, message.flags & ~Msg.TRUNC)
    scatter(room, n, message.vectors)
    const length = seen.bytes.length - (this.type === SOCK_DGRAM ? ETHERNET_HEADER : 0)
    if (length > n) message.outFlags |= Msg.TRUNC
    if (message.wantAddress)
      message.address = new SockAddr(
        AF_PACKET,
        SOCKADDR_LL,
        ANY4,
        get16(seen.bytes, 12),
        seen.iface.index,
        seen.cast,
        null,
      )
    return (message.flags & Msg.TRUNC) !== 0 ? length : n
  }

  send(buf: Uint8Array, start: number, end: number, _flags: number): number {
    return this.#transmit(buf.slice(start, end), this.#iface)
  }

  override sendmsg(_caller: Caller, message: OutMessage): number {
    const named = message.address === null ? this.#iface : this.#sockets.interfaceAt(message.address.scopeId)
    return this.#transmit(gather(message.vectors), named)
  }

  /** A whole frame, sent as it is. SOCK_DGRAM would need a link header made: refused. */
  #transmit(bytes: Uint8Array, iface: NetworkInterface | null): number {
    if (iface === null) return -ENXIO
    if (this.type !== SOCK_RAW || bytes.length < ETHERNET_HEADER) return -EINVAL
    if (bytes.length > iface.mtu + ETHERNET_HEADER) return -EMSGSIZE
    const packet = this.#sockets.ctx.memory.packet()
    packet.form = Form.FRAME
    packet.setBytes(bytes.slice())
    packet.dstMac = new MacAddress(get16(bytes, 0), get32(bytes, 2))
    // As a record where the codec can say it exactly, so that both packet modes send the same.
    decodeFrame(packet)
    iface.send(packet)
    return bytes.length
  }

  poll(): number {
    return Poll.OUT | (this.#queue.length > 0 ? Poll.IN : 0)
  }

  override getsockname(): SockAddr {
    return new SockAddr(AF_PACKET, SOCKADDR_LL, ANY4, this.#protocol, this.#iface?.index ?? 0, 0, null)
  }

  override getpeername(): number {
    return -ENOTCONN
  }

  override setsockopt(_caller: Caller, level: number, name: number, value: OptionValue): number {
    if (level !== SOL_SOCKET || name !== SO_RCVBUF) return -ENOPROTOOPT
    if (typeof value !== 'number') return -EINVAL
    this.receiveBuffer = Math.max(2304, 2 * Math.min(value >>> 0, this.#sockets.rmemMax))
    return 0
  }

  override getsockopt(level: number, name: number): OptionValue | OptionError {
    if (level === SOL_SOCKET && name === SO_RCVBUF) return this.receiveBuffer
    if (level === SOL_SOCKET && name === SO_TYPE) return this.type
    if (level === SOL_SOCKET && name === SO_ERROR) return 0
    if (level !== SOL_PACKET || name !== PACKET_STATISTICS) return new OptionError(-ENOPROTOOPT)
    // Reading clears, as in Linux; packets count those dropped too.
    const statistics = { packets: this.#packets + this.#drops, drops: this.#drops }
    this.#packets = 0
    this.#drops = 0
    return statistics
  }

  override ioctl(request: number): number {
    return request === FIONREAD ? (this.#queue[0]?.bytes.length ?? 0) : -ENOTTY
  }

  release(): void {
    for (const iface of this.#tapped) iface.removeTap(this)
    this.#tapped = []
    this.#domain.forget(this)
  }

  describe(): SocketDescription {
    return {
      protocol: 'packet',
      family: AF_PACKET,
      type: this.type,
      state: 7,
      local: { address: null, port: this.#protocol, path: null },
      remote: NO_END,
      recvQ: this.#charge,
      sendQ: 0,
      inode: this.inode,
      uid: this.#uid,
      timer: null,
      drops: this.#drops,
      v6only: false,
      device: this.#iface?.name ?? null,
      peerInode: 0,
      subject: this,
    }
  }
}

const etherTypeOf = (frame: Packet): number => {
  if (frame.etherType !== 0) return frame.etherType
  return frame.src.family === 4 ? EtherType.IPV4 : EtherType.IPV6
}

/** socket(AF_PACKET, SOCK_RAW or SOCK_DGRAM, EtherType): privileged. The protocol is in host order (C has htons there). */
export class PacketFamily implements SocketFamily {
  readonly #sockets: Sockets
  readonly #open = new Set<PacketSocket>()

  constructor(sockets: Sockets) {
    this.#sockets = sockets
  }

  create(caller: Caller, type: number, protocol: number): SocketFile | number {
    if (!caller.privileged) return -EPERM
    if (type !== SOCK_RAW && type !== SOCK_DGRAM) return -ESOCKTNOSUPPORT
    const socket = new PacketSocket(this.#sockets, this, type, protocol, caller.uid)
    this.#open.add(socket)
    return socket
  }

  forget(socket: PacketSocket): void {
    this.#open.delete(socket)
  }

  rows(): SocketDescription[] {
    return Array.from(this.#open, (socket) => socket.describe())
  }
}
