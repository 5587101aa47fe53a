/** ARP for IPv4 over Ethernet (RFC 826). `src`/`arpSource` is the sender, `dst`/`arpTarget` the target, `icmpType` the operation. */
import { get16, get32, put16, put32 } from './bytes.ts'
import { readAddress4, readMac } from './known.ts'
import { EtherType, Form, type Packet } from './packet.ts'
import { Reason } from './reason.ts'

export const ARP_LENGTH = 28
export const ArpOperation = { REQUEST: 1, REPLY: 2 } as const

const HARDWARE_ETHERNET = 1

export const encodeArp = (p: Packet, b: Uint8Array, at: number): number => {
  put16(b, at, HARDWARE_ETHERNET)
  put16(b, at + 2, EtherType.IPV4)
  put16(b, at + 4, 0x0604)
  put16(b, at + 6, p.icmpType)
  put16(b, at + 8, p.arpSource.high)
  put32(b, at + 10, p.arpSource.low)
  put32(b, at + 14, p.src.w3)
  put16(b, at + 18, p.arpTarget.high)
  put32(b, at + 20, p.arpTarget.low)
  put32(b, at + 24, p.dst.w3)
  return at + ARP_LENGTH
}

/** From `buf[start, end)`. Types and lengths are checked before anything else (RFC 826, "?Do I have the hardware type"). */
export const decodeArp = (p: Packet): Reason | -1 => {
  const b = p.buf
  const at = p.start
  if (p.end - at < ARP_LENGTH) return Reason.ArpMalformed
  if (get32(b, at) !== ((HARDWARE_ETHERNET << 16) | EtherType.IPV4)) return Reason.ArpMalformed
  if (get16(b, at + 4) !== 0x0604) return Reason.ArpMalformed
  p.icmpType = get16(b, at + 6)
  p.arpSource = readMac(b, at + 8)
  p.src = readAddress4(b, at + 14)
  p.arpTarget = readMac(b, at + 18)
  p.dst = readAddress4(b, at + 24)
  p.form = Form.FULL
  p.start = at + ARP_LENGTH
  // What follows is padding of a short frame.
  p.end = p.start
  return -1
}
