/** Extension headers of IPv6 that this host knows nothing about, and what their bits ask for then (RFC 8200 4.2, 4.4). */
import { Icmp6Type } from '../wire/icmp.ts'
import { IPV6_HEADER } from '../wire/ipv6.ts'
import { type Packet, Protocol } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import { sendIcmpError } from './icmp-errors.ts'
import type { Ip } from './ip.ts'

const PAD1 = 0
const PADN = 1
const ROUTER_ALERT = 5

/** Codes of Parameter Problem (RFC 4443 3.4). */
const HEADER_FIELD = 0
const UNKNOWN_OPTION = 2

const refuse = (ip: Ip, packet: Packet, code: number, pointer: number): boolean => {
  sendIcmpError(ip, packet, Icmp6Type.PARAMETER_PROBLEM, code, pointer)
  ip.telemetry.drop(packet, Reason.IpOptionError)
  return false
}

/** RFC 8200 4.2: the two highest bits of an unknown option's type say what to do. False: the packet is gone. */
const judgeOption = (ip: Ip, packet: Packet, type: number, pointer: number): boolean => {
  const action = type >>> 6
  if (action === 0) return true
  if (action === 2 || (action === 3 && !packet.dst.isMulticast)) return refuse(ip, packet, UNKNOWN_OPTION, pointer)
  ip.telemetry.drop(packet, Reason.IpOptionError)
  return false
}

/** Hop-by-Hop headers, and with `destination` the others too. False: the packet was dropped. */
export const judgeExtensions = (ip: Ip, packet: Packet, destination: boolean): boolean => {
  const headers = packet.ipOptions as Uint8Array
  for (let at = 0; at < headers.length; ) {
    const type = headers[at] as number
    const end = at + (((headers[at + 1] as number) + 1) << 3)
    if (type === Protocol.IPV6_ROUTE) {
      // RFC 8200 4.4, RFC 5095 3: no routing type is known; done with, it is skipped.
      if (destination && headers[at + 3] !== 0) return refuse(ip, packet, HEADER_FIELD, IPV6_HEADER + at + 2)
    } else if (type === Protocol.HOPOPT || destination) {
      for (let i = at + 2; i < end; ) {
        const option = headers[i] as number
        if (option === PAD1) {
          i++
          continue
        }
        const known = option === PADN || (option === ROUTER_ALERT && type === Protocol.HOPOPT)
        if (!known && !judgeOption(ip, packet, option, IPV6_HEADER + i)) return false
        i += 2 + (headers[i + 1] ?? 0)
      }
    }
    at = end
  }
  return true
}
