import { get16 } from '../bytes.ts'
import { finish, pseudoHeader, sum } from '../checksum.ts'
import { Protocol } from '../packet.ts'
import { UDP_HEADER } from '../udp.ts'
import { type Around, type DescribeOptions, ends, hex, hostText } from './options.ts'

const checksumText = (b: Uint8Array, at: number, end: number, around: Around): string => {
  const found = get16(b, at + 6)
  if (found === 0) return around.src.family === 4 ? '[no cksum] ' : '[bad udp cksum 0x0000!] '
  const s = sum(b, at, end, pseudoHeader(around.src, around.dst, Protocol.UDP, end - at))
  if (s === 0xffff) return '[udp sum ok] '
  return `[bad udp cksum 0x${hex(found, 4)} -> 0x${hex(finish(s + (~found & 0xffff)), 4)}!] `
}

/** A datagram in `b[at, end)`; what its port's protocol says is not looked into. `cut`: octets announced and not there. */
export const udpText = (
  b: Uint8Array,
  at: number,
  end: number,
  around: Around,
  o: DescribeOptions,
  cut = 0,
): string => {
  if (end - at < 4) return `${hostText(o, around.src)} > ${hostText(o, around.dst)}:  [|udp]`
  const told = `${ends(o, around, b, at, Protocol.UDP)}: `
  if (end - at < UDP_HEADER) return `${told} [|udp]`
  const length = get16(b, at + 4)
  if (length < UDP_HEADER) return `${told}truncated-udplength ${length}`
  // `-v` tells the checksum of IPv6, where it is not optional; `-vv` that of IPv4 too.
  const telling = (o.verbose ?? 0) > (around.src.family === 6 ? 0 : 1) && !around.fragmented
  const here = end - at + cut
  const isHere = Math.min(length, here) <= end - at
  const sums = telling && isHere ? checksumText(b, at, at + Math.min(length, here), around) : ''
  if (length > here && !around.fragmented)
    return `${told}${sums}UDP, bad length ${length - UDP_HEADER} > ${here - UDP_HEADER}`
  return `${told}${sums}UDP, length ${length - UDP_HEADER}`
}
