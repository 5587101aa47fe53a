import { EMSGSIZE } from '../wire/errno.ts'
import { networkLength } from '../wire/ethernet.ts'
import { FRAGMENT_HEADER } from '../wire/ipv6.ts'
import { Fragment, type Packet } from '../wire/packet.ts'
import { encodeTransport } from '../wire/transport.ts'
import { copiedOptions } from './options.ts'

/**
 * Cut a datagram into fragments of at most `mtu` octets and give each to `send` (RFC 791 3.2, RFC 8200 4.5). The pieces
 * share the chunk of the whole; the datagram is freed. Zero, or EMSGSIZE when not even eight octets would fit: then the
 * datagram stays the caller's.
 *
 * A fragment may be cut again: offsets and the more-fragments flag go on from its own.
 */
export const fragment = (
  packet: Packet,
  mtu: number,
  identification: number,
  send: (piece: Packet) => void,
): number => {
  encodeTransport(packet)
  const four = packet.src.family === 4
  const length = packet.end - packet.start
  const split = (packet.fragment & (Fragment.MF | Fragment.OFFSET)) !== 0
  const headers = networkLength(packet) - length + (four || split ? 0 : FRAGMENT_HEADER)
  const room = (mtu - headers) & ~7
  if (room < 8) return -EMSGSIZE
  const more = packet.fragment & Fragment.MF
  const base = packet.fragment & Fragment.OFFSET
  const later = four && packet.ipOptions !== null ? copiedOptions(packet.ipOptions) : packet.ipOptions
  for (let at = 0; at < length; at += room) {
    const piece = packet.clone()
    piece.iface = packet.iface
    piece.linkCast = packet.linkCast
    const last = at + room >= length
    piece.start = packet.start + at
    piece.end = last ? packet.end : piece.start + room
    piece.ipId = split ? packet.ipId : identification
    piece.fragment = (base + (at >>> 3)) | (last ? more : Fragment.MF)
    if (at > 0) piece.ipOptions = later
    send(piece)
  }
  packet.free()
  return 0
}
