/**
 * An IP layer for tests of the floors above it: hosts of one /24 that hear each other without frames, ARP or routes. Packets are
 * queued, ICMP port unreachable comes back, groups and broadcasts reach everybody.
 */
import type { Hook, IcmpError, IpLayer, Path, PathOptions, TransportHandler } from '../../src/ip/types.ts'
import { Interface } from '../../src/link/index.ts'
import type { InterfaceAddress, NetworkInterface } from '../../src/link/interface.ts'
import type { HostContext } from '../../src/time/context.ts'
import { type Address, LOOPBACK4, LOOPBACK6 } from '../../src/wire/address.ts'
import { EINVAL, EMSGSIZE, ENETUNREACH } from '../../src/wire/errno.ts'
import { Fragment, LinkCast, type Packet, Protocol } from '../../src/wire/packet.ts'
import { Reason } from '../../src/wire/reason.ts'
import type { SysctlEntry } from '../../src/wire/sysctl.ts'

export class FakeIp implements IpLayer {
  readonly interfaces: NetworkInterface[]
  readonly lo: Interface
  readonly eth: Interface
  readonly sysctls: readonly SysctlEntry[] = [
    {
      name: 'net.ipv4.ip_default_ttl',
      get: () => String(this.ttl),
      set: (text) => {
        this.ttl = Number(text)
        return 0
      },
    },
  ]
  ttl = 64
  get defaultTtl(): number {
    return this.ttl
  }
  readonly groups: Address[] = []
  readonly #context: HostContext
  readonly #address: Address
  readonly #peers: Set<FakeIp>
  readonly #handlers = new Map<number, TransportHandler>()
  readonly #taps = new Set<(packet: Packet) => void>()
  /** Packets sent, for whoever wants to look or lose one: return false to lose it. */
  filter: (packet: Packet) => boolean = () => true

  constructor(context: HostContext, address: Address, peers: Set<FakeIp>) {
    this.#context = context
    this.#address = address
    this.#peers = peers
    this.lo = new Interface(context, { name: 'lo', index: 1, kind: 'loopback' })
    this.eth = new Interface(context, { name: 'eth0', index: 2 })
    this.interfaces = [this.lo, this.eth]
    peers.add(this)
  }

  addInterface(): void {
    throw new Error('fake')
  }

  addresses(iface: NetworkInterface): readonly InterfaceAddress[] {
    return iface === this.lo
      ? [{ address: LOOPBACK4, prefixLength: 8, broadcast: null, scope: 'host' }]
      : [{ address: this.#address, prefixLength: 24, broadcast: null, scope: 'global' }]
  }

  addAddress(): number {
    return -EINVAL
  }

  removeAddress(): number {
    return -EINVAL
  }

  isLocal(address: Address): boolean {
    return address.isLoopback || address.equals(this.#address)
  }

  isBroadcast(address: Address): boolean {
    return address.family === 4 && (address.w3 === -1 || (address.w3 & 255) === 255) && !address.isLoopback
  }

  path(remote: Address, options: PathOptions = {}): Path | number {
    const isLocal = this.isLocal(remote)
    const isBroadcast = this.isBroadcast(remote)
    const near = remote.family === 4 && remote.w3 >>> 8 === this.#address.w3 >>> 8
    if (!isLocal && !isBroadcast && !near && !remote.isMulticast) return -ENETUNREACH
    const iface = options.iface ?? (isLocal ? this.lo : this.eth)
    const own = remote.family === 6 ? LOOPBACK6 : isLocal ? remote : this.#address
    const local = options.local ?? own
    return { local, remote, iface, mtu: iface.mtu, largeSegment: 0, isLocal, isBroadcast }
  }

  send(packet: Packet, path: Path): number {
    const length = packet.end - packet.start + (packet.protocol === Protocol.UDP ? 28 : 40)
    if ((packet.fragment & Fragment.DF) !== 0 && length > path.mtu) {
      packet.free()
      return -EMSGSIZE
    }
    if (!this.filter(packet)) {
      packet.free()
      return 0
    }
    if (path.isLocal) this.#post(packet, this, this.lo)
    else if (packet.dst.isMulticast || path.isBroadcast) {
      for (const peer of this.#peers) if (peer !== this) this.#post(packet.clone(), peer, peer.eth)
      packet.free()
    } else {
      for (const peer of this.#peers) {
        if (!peer.isLocal(packet.dst)) continue
        this.#post(packet, peer, peer.eth)
        return 0
      }
      packet.free()
    }
    return 0
  }

  #post(packet: Packet, to: FakeIp, iface: NetworkInterface): void {
    packet.linkCast = packet.dst.isMulticast
      ? LinkCast.MULTICAST
      : this.isBroadcast(packet.dst)
        ? LinkCast.BROADCAST
        : LinkCast.HOST
    packet.target = { receive: (p) => to.#receive(p, iface) }
    this.#context.clock.post(packet)
  }

  #receive(packet: Packet, iface: NetworkInterface): void {
    packet.iface = iface
    for (const tap of this.#taps) tap(packet)
    const handler = this.#handlers.get(packet.protocol)
    if (handler === undefined) this.#context.telemetry.drop(packet, Reason.IpUnknownProtocol)
    else handler.receive(packet)
  }

  register(protocol: number, handler: TransportHandler): void {
    this.#handlers.set(protocol, handler)
  }

  tap(listener: (packet: Packet) => void): () => void {
    this.#taps.add(listener)
    return () => this.#taps.delete(listener)
  }

  sendIcmpError(packet: Packet, type: number, code: number, rest: number): void {
    const { src, dst, protocol, srcPort, dstPort, seq } = packet
    for (const peer of this.#peers) {
      if (!peer.isLocal(src)) continue
      const error: IcmpError = {
        family: src.family,
        type,
        code,
        rest,
        from: dst,
        local: src,
        remote: dst,
        protocol,
        localPort: srcPort,
        remotePort: dstPort,
        seq,
        errno: 111,
        hard: true,
        mtu: 0,
        buf: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, ...packet.buf.subarray(packet.start, packet.end)),
        start: 0,
        end: 8 + packet.end - packet.start,
      }
      this.#context.clock.post({ next: null, run: () => peer.icmp(error) })
      if (src.isLoopback) return
    }
  }

  /** An ICMP error arrives here. */
  icmp(error: IcmpError): void {
    this.#handlers.get(error.protocol)?.icmpError(error)
  }

  joinGroup(group: Address): number {
    this.groups.push(group)
    return 0
  }

  leaveGroup(group: Address): number {
    this.groups.splice(
      this.groups.findIndex((one) => one.equals(group)),
      1,
    )
    return 0
  }

  defragment(packet: Packet): Packet {
    return packet
  }

  addHook(_point: string, _priority: number, _hook: Hook): () => void {
    throw new Error('fake')
  }

  confirm(): void {
    this.filter = this.filter.bind(this)
  }

  doubt(): void {
    this.filter = this.filter.bind(this)
  }
}
