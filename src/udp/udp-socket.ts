import { NO_SLOT, type PortHolder } from '../ports/index.ts'
import { type Address, LOOPBACK4, LOOPBACK6 } from '../wire/address.ts'
import { copyBytes } from '../wire/bytes.ts'
import { Msg } from '../wire/call.ts'
import {
  EACCES,
  EADDRNOTAVAIL,
  EAGAIN,
  EDESTADDRREQ,
  EINVAL,
  EMSGSIZE,
  ENETUNREACH,
  EOPNOTSUPP,
  EPIPE,
} from '../wire/errno.ts'
import { Protocol } from '../wire/packet.ts'
import { Mib } from '../wire/telemetry.ts'
import { UDP_HEADER } from '../wire/udp.ts'
import { DatagramCore } from './core.ts'
import { Cork } from './cork.ts'
import type { SendChoices, UdpEndpoint } from './types.ts'
import type { Udp } from './udp.ts'

/** A UDP socket (RFC 768; calls as Linux's net/ipv4/udp.c and net/ipv6/udp.c answer them). */
export class UdpSocket extends DatagramCore implements UdpEndpoint, PortHolder {
  readonly isListening = false
  readonly isTimeWait = false
  portSlot = NO_SLOT
  readonly #udp: Udp
  /** bind(2) named the address, the port: they survive connect(AF_UNSPEC). */
  #addressLocked = false
  #portLocked = false
  #corked = false
  #cork: Cork | null = null

  constructor(udp: Udp, family: 4 | 6, uid: number) {
    super(udp, family, uid, udp.rmemDefault, udp.wmemDefault)
    this.#udp = udp
  }

  // --- names

  bind(address: Address | null, port: number): number {
    if (this.localPort !== 0) return -EINVAL
    const local =
      address === null || (address.isUnspecified && address.family === this.family) ? null : address.unmapped()
    if (local !== null && !this.#mayBind(local)) return -EADDRNOTAVAIL
    // A socket bound to one IPv6 address is for IPv6 only (__inet6_bind).
    const before = this.v6only
    if (local !== null && local.family === 6) this.v6only = true
    this.localAddress = local
    const taken = this.#udp.ports.bind(this, port)
    if (taken < 0) {
      this.localAddress = null
      this.v6only = before
      return taken
    }
    this.#addressLocked = local !== null
    this.#portLocked = port !== 0
    this.#enter(taken)
    return 0
  }

  /** inet_addr_valid_or_nonlocal: an address of ours, a group or broadcast. */
  #mayBind(local: Address): boolean {
    const { ip } = this.host
    return this.freebind || local.isUnspecified || local.isMulticast || ip.isLocal(local) || ip.isBroadcast(local)
  }

  #enter(port: number): void {
    this.localPort = port
    this.#udp.table.add(this)
  }

  /** inet_autobind: -EAGAIN when no port is left. */
  #autobind(): number {
    if (this.localPort !== 0) return 0
    const taken = this.#udp.ports.bind(this, 0)
    if (taken < 0) return -EAGAIN
    this.#enter(taken)
    return 0
  }

  connect(address: Address, port: number): number {
    const bound = this.#autobind()
    if (bound !== 0) return bound
    let remote = address.unmapped()
    if (remote.family === 4 && this.family === 6 && this.v6only) return -ENETUNREACH
    if (remote.isUnspecified) remote = this.#here(remote)
    const path = this.pathTo(remote, null)
    if (typeof path === 'number') return path
    if (path.isBroadcast && !this.broadcast) return -EACCES
    if (this.localAddress === null) this.localAddress = path.local
    this.remoteAddress = remote
    this.remotePort = port
    this.isConnected = true
    return 0
  }

  /** To 0.0.0.0 or :: means to this host. */
  #here(any: Address): Address {
    return this.localAddress ?? (any.family === 4 ? LOOPBACK4 : LOOPBACK6)
  }

  /** __udp_disconnect: what bind did not name is given back. */
  disconnect(): number {
    this.isConnected = false
    this.remoteAddress = null
    this.remotePort = 0
    this.forgetPath()
    if (!this.#addressLocked) this.localAddress = null
    if (!this.#portLocked && this.localPort !== 0) this.#leave()
    return 0
  }

  #leave(): void {
    this.#udp.table.remove(this)
    this.#udp.ports.release(this)
    this.localPort = 0
  }

  override close(): void {
    this.#cork?.clear()
    this.#cork = null
    if (this.localPort !== 0) this.#leave()
    this.#udp.forget(this)
    super.close()
  }

  // --- receiving

  /** compute_score: 0 is no match. `device` -1: any (an ICMP error came by no interface that counts). */
  score(local: Address, remote: Address, remotePort: number, device: number): number {
    const own = this.localAddress
    let score = this.family === 4 ? 2 : 1
    if (own === null) {
      if (local.family === 4 ? this.family === 6 && this.v6only : this.family === 4) return 0
    } else if (own.isUnspecified) {
      if (local.family !== 4) return 0
    } else {
      if (!own.equals(local)) return 0
      score += 32
    }
    if (this.isConnected) {
      if (this.remoteAddress !== null && !this.remoteAddress.equals(remote)) return 0
      if (this.remotePort !== 0 && this.remotePort !== remotePort) return 0
      score += this.remotePort !== 0 ? 8 : 4
    }
    if (this.boundDevice !== null) {
      if (device >= 0 && this.boundDevice.index !== device) return 0
      score += 4
    }
    return score
  }

  // --- sending

  get corked(): boolean {
    return this.#corked
  }

  set corked(on: boolean) {
    this.#corked = on
    if (!on) this.#uncork()
  }

  send(
    buf: Uint8Array,
    start: number,
    end: number,
    address: Address | null,
    port: number,
    flags: number,
    choices: SendChoices | null,
  ): number {
    const bound = this.#autobind()
    if (bound !== 0) return bound
    const length = end - start
    if (length > 0xffff) return -EMSGSIZE
    if ((flags & Msg.OOB) !== 0) return -EOPNOTSUPP
    const cork = this.#cork
    if (cork !== null) return this.#collect(cork, buf, start, end, flags)
    let remote = this.remoteAddress
    if (address !== null) {
      if (port === 0) return -EINVAL
      remote = address.family === 6 && address.isMapped ? address.unmapped() : address
      if (this.family === 6 && remote.family === 4 && this.v6only) return -ENETUNREACH
      if (remote.isUnspecified) remote = this.#here(remote)
    } else {
      if (!this.isConnected || remote === null) return -EDESTADDRREQ
      port = this.remotePort
      if (port === 0) return -EINVAL
    }
    if (this.#corked || (flags & Msg.MORE) !== 0) {
      const path = this.pathTo(remote, choices)
      if (typeof path === 'number') return path
      if (path.isBroadcast && !this.broadcast) return -EACCES
      this.#cork = new Cork(remote, port, choices)
      return this.#collect(this.#cork, buf, start, end, flags | Msg.MORE)
    }
    return this.#transmit(buf, start, end, remote, port, choices)
  }

  /** Add to what is held back; the call without MSG_MORE sends it. */
  #collect(cork: Cork, buf: Uint8Array, start: number, end: number, flags: number): number {
    if (cork.length + end - start > 65_507) {
      // ip_append_data fails and everything collected is flushed (udp_flush_pending_frames).
      this.#cork = null
      return -EMSGSIZE
    }
    cork.append(buf, start, end)
    if (this.#corked || (flags & Msg.MORE) !== 0) return end - start
    const sent = this.#uncork()
    return sent < 0 ? sent : end - start
  }

  #uncork(): number {
    const cork = this.#cork
    if (cork === null) return 0
    this.#cork = null
    return this.#transmit(cork.bytes, 0, cork.length, cork.address, cork.port, cork.choices)
  }

  /** udp_sendmsg from the route on. */
  #transmit(
    buf: Uint8Array,
    start: number,
    end: number,
    remote: Address,
    port: number,
    choices: SendChoices | null,
  ): number {
    const path = this.pathTo(remote, choices)
    if (typeof path === 'number') return path
    if (path.isBroadcast && !this.broadcast) return -EACCES
    const length = end - start
    const total = length + UDP_HEADER
    if (total > this.largest(path)) {
      this.tooLarge(path, port)
      return -EMSGSIZE
    }
    const error = this.takeError()
    if (error !== 0) return -error
    if (this.isWriteShut) return -EPIPE
    const udp = this.#udp
    const packet = udp.memory.packet()
    const chunk = udp.memory.chunk(length)
    packet.chunk = chunk
    packet.buf = chunk.bytes
    packet.start = 0
    packet.end = length
    copyBytes(buf, start, end, chunk.bytes, 0)
    this.fillHeader(packet, path, total, choices)
    packet.protocol = Protocol.UDP
    packet.srcPort = this.localPort
    packet.dstPort = port
    packet.noChecksum = this.noChecksum && remote.family === 4
    const four = remote.family === 4
    const result = udp.output(packet, path)
    if (result !== 0) return result
    udp.telemetry.count(four ? Mib.UdpOutDatagrams : Mib.Udp6OutDatagrams)
    return length
  }
}
