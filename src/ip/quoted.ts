/** From the packet that an ICMP error quotes to the protocol that sent it (RFC 1122 3.2.2 (c), RFC 4443 2.4). */
import type { Address } from '../wire/address.ts'
import { get16, get32 } from '../wire/bytes.ts'
import type { Packet } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import type { Ip } from './ip.ts'

export interface Quoted {
  readonly local: Address
  readonly remote: Address
  readonly protocol: number
  /** Where the quoted transport header starts in the error's `buf`. */
  readonly at: number
  readonly errno: number
  readonly hard: boolean
  /** Next hop's MTU, or 0. */
  readonly mtu: number
}

/**
 * Lower the path MTU if the error tells one, then ask the protocol: it reads the path's new MTU at once. One that says the
 * quoted packet is none of its own takes the change back (RFC 5927 7.2).
 */
export const tellTransport = (ip: Ip, packet: Packet, quoted: Quoted): void => {
  const { telemetry } = ip
  const { local, remote, protocol, at, errno, hard, mtu } = quoted
  const known = ip.exceptions.find(remote)?.mtu ?? 0
  let reduced = false
  if (mtu > 0) {
    const path = ip.way(remote)
    const present = typeof path === 'number' ? 0 : path.mtu
    reduced = ip.exceptions.reduce(remote, mtu, present)
    if (reduced) {
      telemetry.note(Reason.PathMtuReduced, packet)
      ip.changed()
    }
  }
  const handler = ip.handlerOf(protocol)
  if (handler === undefined) {
    telemetry.count(packet.src.family === 4 ? Mib.IcmpInErrors : Mib.Icmp6InErrors)
    telemetry.note(Reason.IcmpNoMatch, packet)
    return
  }
  const { buf, end } = packet
  const believed = handler.icmpError({
    family: packet.src.family,
    type: packet.icmpType,
    code: packet.icmpCode,
    rest: packet.icmpRest,
    from: packet.src,
    local,
    remote,
    protocol,
    localPort: at + 2 <= end ? get16(buf, at) : 0,
    remotePort: at + 4 <= end ? get16(buf, at + 2) : 0,
    seq: at + 8 <= end ? get32(buf, at + 4) : 0,
    errno,
    hard,
    mtu,
    buf,
    start: at,
    end,
  })
  if (believed !== false || !reduced) return
  const exception = ip.exceptions.find(remote)
  if (exception === null) return
  exception.mtu = known
  exception.locked = false
  ip.changed()
}
