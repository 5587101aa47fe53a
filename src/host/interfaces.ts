/** The interfaces of a host: names, link addresses, and what they start with. */

import type { IpLayer } from '../ip/types.ts'
import { Interface, Loopback, type PacketMode } from '../link/index.ts'
import type { NetworkInterface } from '../link/interface.ts'
import type { HostContext } from '../time/context.ts'
import { type Address, LOOPBACK4, LOOPBACK6, MacAddress } from '../wire/address.ts'
import { broadcastOf } from '../wire/parse.ts'

/** An address with the length of its prefix. */
export interface Cidr {
  readonly address: Address
  readonly prefixLength: number
}

export interface InterfaceInit {
  /** Default: eth0, eth1 ... */
  readonly name?: string
  /** Default: a locally administered one that follows from the host's name and the interface's number. */
  readonly mac?: MacAddress
  readonly mtu?: number
  readonly addresses?: readonly Cidr[]
}

export const makeLoopback = (ctx: HostContext, ip: IpLayer, mode: PacketMode): NetworkInterface => {
  const lo = new Interface(ctx, { name: 'lo', index: 1, kind: 'loopback' })
  lo.attach(new Loopback(ctx.clock, { telemetry: ctx.telemetry, mode }))
  ip.addInterface(lo)
  ip.addAddress(lo, LOOPBACK4, 8)
  ip.addAddress(lo, LOOPBACK6, 128)
  return lo
}

/** An Ethernet interface with its addresses; throws a RangeError for a name taken or an address that cannot be. */
export const makeEthernet = (ctx: HostContext, ip: IpLayer, init: InterfaceInit): NetworkInterface => {
  const { interfaces } = ip
  const index = interfaces.reduce((most, one) => Math.max(most, one.index), 0) + 1
  const count = interfaces.filter((one) => one.kind === 'ethernet').length
  const name = init.name ?? `eth${count}`
  if (interfaces.some((one) => one.name === name)) throw new RangeError(`${ctx.name} already has an interface ${name}`)
  const iface = new Interface(ctx, {
    name,
    index,
    mac: init.mac ?? macOf(ctx.name, index),
    ...(init.mtu === undefined ? {} : { mtu: init.mtu }),
  })
  ip.addInterface(iface)
  for (const { address, prefixLength } of init.addresses ?? []) {
    // As ifup does it: `broadcast +`.
    const error = ip.addAddress(iface, address, prefixLength, broadcastOf(address, prefixLength))
    if (error < 0) throw new RangeError(`${ctx.name}: ${name} cannot have ${address}/${prefixLength}`)
  }
  return iface
}

/** 02:xx:xx:xx:xx:nn: locally administered, from the host's name and the interface's index (FNV-1a). */
const macOf = (host: string, index: number): MacAddress => {
  let hash = 0x811c9dc5
  for (let i = 0; i < host.length; i++) hash = Math.imul(hash ^ host.charCodeAt(i), 0x01000193)
  return new MacAddress(0x0200 | (hash >>> 24), (hash << 8) | (index & 255))
}
