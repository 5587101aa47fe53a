/** Seventh check: the segment text (RFC 9293 3.10.7.4). */
import { type Packet, TcpFlag } from '../../wire/packet.ts'
import { Reason } from '../../wire/reason.ts'
import { Mib } from '../../wire/telemetry.ts'
import { measureReceive } from '../autotune.ts'
import { textArrived } from '../delayed-ack.ts'
import { ready } from '../notify.ts'
import { ackSoon } from '../output.ts'
import { Reassembly } from '../reassembly.ts'
import { giveReceiveBuffer, takeReceiveBuffer } from '../receive-buffer.ts'
import { inStates, TAKES_TEXT } from '../states.ts'
import type { Tcb } from '../tcb.ts'
import { Poll } from '../types.ts'
import { announced, growWindow } from '../window.ts'
import { reportDuplicate } from './sequence.ts'

/** Take the text. True when the FIN is next in line. The packet stays the caller's. */
export const processText = (tcb: Tcb, packet: Packet): boolean => {
  let fin = (packet.flags & TcpFlag.FIN) !== 0
  let length = packet.end - packet.start
  if (length === 0 && !fin) return false
  if (!inStates(tcb.state, TAKES_TEXT)) {
    // After the peer's FIN there is none; a FIN again is acknowledged again.
    tcb.tcp.telemetry.note(Reason.TcpReceiveClosed, packet, tcb)
    ackSoon(tcb)
    return false
  }
  let { seq, start } = packet
  const old = (tcb.rcvNxt - seq) | 0
  if (old > 0) {
    // Came before, wholly or in part: process the new part (9293-3.10.7.4-d).
    reportDuplicate(tcb, seq, (seq + Math.min(old, length)) | 0, true)
    if (old >= length + (fin ? 1 : 0)) {
      ackSoon(tcb)
      return false
    }
    const skip = Math.min(old, length)
    start += skip
    length -= skip
    seq = tcb.rcvNxt
    ackSoon(tcb)
  }
  const ahead = (seq - tcb.rcvNxt) | 0
  const room = announced(tcb) - ahead
  if (length > room) {
    // Beyond the window: a probe of a closed one, or more than was announced.
    length = room > 0 ? room : 0
    fin = false
    ackSoon(tcb)
    if (length === 0) {
      tcb.tcp.telemetry.count(Mib.TcpExtTCPZeroWindowDrop)
      return false
    }
  }
  if (ahead > 0) {
    outOfOrder(tcb, packet, seq, start, length, fin)
    return false
  }
  if (length > 0) inOrder(tcb, packet, start, length)
  if (tcb.reassembly === null || !tcb.reassembly.hasData) return fin
  return fin || fillGap(tcb)
}

export const inOrder = (tcb: Tcb, packet: Packet, start: number, length: number): void => {
  tcb.receiving ??= takeReceiveBuffer()
  const buffer = tcb.receiving
  buffer.append(packet, start, start + length)
  advanceReceived(tcb, length)
  takeText(tcb, length)
  if (buffer.charge > tcb.rcvBuf << 1) buffer.collapse(tcb.tcp.memory, tcb.rcvBuf << 1)
  if (buffer.bytes >= tcb.settings.rcvLowat) ready(tcb, Poll.IN)
}

/** What goes with every piece of new text: windows, round trips, the ACK. */
export const takeText = (tcb: Tcb, length: number): void => {
  growWindow(tcb, length)
  measureReceive(tcb, tcb.tcp.nowUs())
  textArrived(tcb, length)
}

export const advanceReceived = (tcb: Tcb, length: number): void => {
  const next = (tcb.rcvNxt + length) | 0
  if ((next - tcb.irs) >>> 0 < (tcb.rcvNxt - tcb.irs) >>> 0)
    tcb.wraps = (tcb.wraps & ~0xffff) | ((tcb.wraps + 1) & 0xffff)
  tcb.rcvNxt = next
}

/** Hold it, and say so at once (SHLD-31, 9293-3.8.6.3-a, RFC 5681 4.2). */
const outOfOrder = (tcb: Tcb, packet: Packet, seq: number, start: number, length: number, fin: boolean): void => {
  const { telemetry } = tcb.tcp
  tcb.reassembly ??= new Reassembly()
  const reassembly = tcb.reassembly
  telemetry.count(Mib.TcpExtTCPOFOQueue)
  if (!reassembly.insert(packet, seq, (seq + length + (fin ? 1 : 0)) | 0, start, fin))
    telemetry.count(Mib.TcpExtTCPOFOMerge)
  if (tcb.tcp.config.dsack === 0) reassembly.hasDuplicate = false
  reassembly.owedAcks++
  tcb.quick = Math.max(tcb.quick, 1)
  ackSoon(tcb)
}

/** The gap closed: what waited behind it is in order now. True when the FIN is reached. */
const fillGap = (tcb: Tcb): boolean => {
  const reassembly = tcb.reassembly
  if (reassembly === null) return false
  tcb.receiving ??= takeReceiveBuffer()
  const moved = reassembly.advance(tcb.rcvNxt, tcb.receiving)
  if (moved > 0) {
    const fin = reassembly.finReached
    advanceReceived(tcb, fin ? moved - 1 : moved)
    ready(tcb, Poll.IN)
    if (tcb.receiving.bytes === 0) {
      giveReceiveBuffer(tcb.receiving)
      tcb.receiving = null
    }
  }
  // A segment that fills a gap is acknowledged at once.
  ackSoon(tcb)
  const fin = reassembly.finReached
  reassembly.finReached = false
  if (reassembly.isIdle) tcb.reassembly = null
  return fin
}
