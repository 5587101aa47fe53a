/** Fourth check: SYN in a synchronized state (RFC 5961 4.2). */
import { type Packet, TcpFlag } from '../../wire/packet.ts'
import { Reason } from '../../wire/reason.ts'
import { Mib } from '../../wire/telemetry.ts'
import { challenge } from '../challenge.ts'
import { ackSoon } from '../output.ts'
import { transmitSyn } from '../simultaneous.ts'
import type { Tcb } from '../tcb.ts'
import { TcpState } from '../types.ts'
import { reportDuplicate } from './sequence.ts'

export const checkSyn = (tcb: Tcb, packet: Packet): boolean => {
  if ((packet.flags & TcpFlag.SYN) === 0) return true
  const { telemetry } = tcb.tcp
  if (tcb.state === TcpState.SYN_RECEIVED && packet.seq === tcb.irs) {
    // Simultaneous open: the peer's SYN,ACK repeats its SYN; what it acknowledges counts, the SYN is old.
    if ((packet.flags & TcpFlag.ACK) !== 0) {
      packet.flags &= ~TcpFlag.SYN
      packet.seq = (packet.seq + 1) | 0
      // The SYN came before, and what came before is acknowledged again (tcp_data_queue).
      reportDuplicate(tcb, tcb.irs, tcb.rcvNxt, true)
      ackSoon(tcb)
      return true
    }
    transmitSyn(tcb)
    telemetry.drop(packet, Reason.TcpOldDuplicate, tcb)
    return false
  }
  telemetry.count(Mib.TcpExtTCPSYNChallenge)
  challenge(tcb, packet)
  telemetry.drop(packet, Reason.TcpSynChallenged, tcb)
  return false
}
