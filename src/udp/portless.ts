import type { Path } from '../ip/types.ts'
import { type Address, LOOPBACK4, LOOPBACK6 } from '../wire/address.ts'
import { EACCES, EADDRNOTAVAIL, EDESTADDRREQ, EINVAL, ENETUNREACH } from '../wire/errno.ts'
import { DatagramCore } from './core.ts'
import type { SendChoices, UdpEndpoint } from './types.ts'

/** What ping and raw sockets have in common: an association with an address, and no ports. */
export abstract class PortlessSocket extends DatagramCore implements UdpEndpoint {
  /** Only UDP collects; reads as off. */
  corked = false

  abstract bind(address: Address | null, port: number): number
  abstract send(
    buf: Uint8Array,
    start: number,
    end: number,
    address: Address | null,
    port: number,
    flags: number,
    choices: SendChoices | null,
  ): number

  /** ping_err and raw_err queue the quoted message from its first byte. */
  protected override get quotedHeader(): number {
    return 0
  }

  /** An address of ours, a group or a broadcast. */
  protected mayBind(local: Address): boolean {
    const { ip } = this.host
    return this.freebind || local.isUnspecified || local.isMulticast || ip.isLocal(local) || ip.isBroadcast(local)
  }

  protected bindAddress(address: Address | null): number {
    const local = address === null || address.isUnspecified ? null : address
    if (local !== null && local.family !== this.family) return -EINVAL
    if (local !== null && !this.mayBind(local)) return -EADDRNOTAVAIL
    this.localAddress = local
    return 0
  }

  connect(address: Address, port: number): number {
    const path = this.route(address, null)
    if (typeof path === 'number') return path
    if (this.localAddress === null) this.localAddress = path.local
    this.remoteAddress = path.remote
    this.remotePort = port
    this.isConnected = true
    return 0
  }

  disconnect(): number {
    this.isConnected = false
    this.remoteAddress = null
    this.remotePort = 0
    this.forgetPath()
    return 0
  }

  /** The way to a destination (null: the peer's), or the errno that Linux gives. */
  protected route(address: Address | null, choices: SendChoices | null): Path | number {
    let remote = address ?? this.remoteAddress
    if (remote === null) return -EDESTADDRREQ
    if (remote.family !== this.family) return -ENETUNREACH
    if (remote.isUnspecified) remote = this.family === 4 ? LOOPBACK4 : LOOPBACK6
    const path = this.pathTo(remote, choices)
    if (typeof path !== 'number' && path.isBroadcast && !this.broadcast) return -EACCES
    return path
  }

  /** Is a packet from `src` to `dst`, in by `device`, for this socket? */
  protected accepts(src: Address, dst: Address, device: object | null): boolean {
    if (src.family !== this.family) return false
    if (this.localAddress !== null && !this.localAddress.equals(dst)) return false
    if (this.remoteAddress !== null && !this.remoteAddress.equals(src)) return false
    if (this.boundDevice !== null && this.boundDevice !== device) return false
    return !dst.isMulticast || this.hearsGroup(dst, device)
  }
}
