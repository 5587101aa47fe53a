import { networkLength } from '../wire/ethernet.ts'
import { type Packet, TcpFlag } from '../wire/packet.ts'

/**
 * Cut a TCP segment that stands for many into those of `mtu` octets (Linux's tcp_gso_segment), for a link that does not
 * carry it whole: FIN and PSH go with the last, CWR with the first.
 */
export const segments = (packet: Packet, mtu: number, send: (segment: Packet) => void): void => {
  const payload = packet.end - packet.start
  const size = mtu - (networkLength(packet) - payload)
  if (size <= 0) throw new Error('invariant: an MTU has room for the headers of a segment')
  const { iface, linkCast, flags, start, end, seq, ipId } = packet
  for (let at = 0, index = 0; at < payload; at += size, index++) {
    const one = packet.clone()
    one.iface = iface
    one.linkCast = linkCast
    one.seq = (seq + at) | 0
    if (ipId !== 0) one.ipId = (ipId + index) & 0xffff
    one.start = start + at
    const last = at + size >= payload
    one.end = last ? end : one.start + size
    if (!last) one.flags = flags & ~(TcpFlag.FIN | TcpFlag.PSH)
    if (at > 0) one.flags &= ~TcpFlag.CWR
    send(one)
  }
  packet.free()
}
