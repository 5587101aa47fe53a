import type { Packet } from '../../wire/packet.ts'
import { TcpFlag } from '../../wire/packet.ts'
import { Reason } from '../../wire/reason.ts'
import { replyReset } from '../reply.ts'
import type { Tcp } from '../tcp.ts'

/** RFC 9293 3.10.7.1, CLOSED: discard RST, answer everything else with RST. */
export const closedSegment = (tcp: Tcp, packet: Packet): void => {
  if ((packet.flags & TcpFlag.RST) !== 0) {
    tcp.telemetry.drop(packet, Reason.TcpRstToClosed)
    return
  }
  replyReset(tcp, packet, Reason.TcpResetNoSocket)
  tcp.telemetry.drop(packet, Reason.TcpNoSocket)
}
