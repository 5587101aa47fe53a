/**
 * SEGMENT ARRIVES (RFC 9293 3.10.7): one file per state that has its own rules, and per check of the synchronized states, in
 * the RFC's order. Each check returns true to go on; false when it took the packet (dropped and freed it).
 */
import type { Packet } from '../../wire/packet.ts'
import { post } from '../output.ts'
import type { Tcb } from '../tcb.ts'
import { TcpState } from '../types.ts'
import { checkAck, refusesText } from './ack.ts'
import { closedSegment } from './closed.ts'
import { fastSegment } from './fast.ts'
import { processFin } from './fin.ts'
import { listenSegment } from './listen.ts'
import { checkReset } from './rst.ts'
import { checkSequence } from './sequence.ts'
import { checkSyn } from './syn.ts'
import { synSentSegment } from './syn-sent.ts'
import { processText } from './text.ts'
import { processUrgent } from './urg.ts'

export const segmentArrives = (tcb: Tcb, packet: Packet): void => {
  if (tcb.state === TcpState.ESTABLISHED) {
    if (fastSegment(tcb, packet)) return
  } else if (tcb.state === TcpState.LISTEN) {
    listenSegment(tcb, packet)
    return
  } else if (tcb.state === TcpState.SYN_SENT) {
    synSentSegment(tcb, packet)
    return
  } else if (tcb.state === TcpState.CLOSED) {
    closedSegment(tcb.tcp, packet)
    return
  }
  synchronizedSegment(tcb, packet)
}

/** The checks from the first to the eighth (security has no place here: 3.10.7.4, third). */
export const synchronizedSegment = (tcb: Tcb, packet: Packet): void => {
  tcb.segsIn = (tcb.segsIn + 1) | 0
  if (!checkSequence(tcb, packet)) return
  if (!checkReset(tcb, packet)) return
  if (!checkSyn(tcb, packet)) return
  if (packet.origin !== null) tcb.peer = packet.origin
  if (!checkAck(tcb, packet)) return
  if (refusesText(tcb, packet)) return
  processUrgent(tcb, packet)
  const hasFin = processText(tcb, packet)
  if (hasFin) processFin(tcb)
  packet.free()
  if (tcb.sending !== null) post(tcb)
}
