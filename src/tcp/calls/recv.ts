import { EAGAIN, EINVAL, ENOTCONN } from '../../wire/errno.ts'
import { tuneReceiveBuffer } from '../autotune.ts'
import { Bit } from '../bits.ts'
import { readAcknowledges } from '../delayed-ack.ts'
import { sendAck } from '../emit.ts'
import { readPoint } from '../input/urg.ts'
import { takeHardError } from '../notify.ts'
import { giveReceiveBuffer } from '../receive-buffer.ts'
import { inStates, SYNCHRONIZED } from '../states.ts'
import type { Tcb } from '../tcb.ts'
import { type ByteRange, Msg, TcpState } from '../types.ts'
import { UrgentState } from '../urgent.ts'
import { shouldUpdateWindow } from '../window.ts'

/** recv(2): copies what is there into `buf[start, end)`. */
export const recv = (tcb: Tcb, buf: Uint8Array, start: number, end: number, flags: number): number => {
  if (tcb.state === TcpState.LISTEN) return -ENOTCONN
  if ((flags & Msg.OOB) !== 0) return recvUrgent(tcb, buf, start, end, flags)
  if (tcb.urgent !== null) skipUrgent(tcb)
  const buffer = tcb.receiving
  if (buffer === null || buffer.bytes === 0) return nothingToRead(tcb)
  if (start === end) return 0
  const most = Math.min(end, start + untilUrgent(tcb))
  let count: number
  if ((flags & Msg.TRUNC) !== 0) {
    // Linux: TCP discards instead of copying.
    count = Math.min(most - start, buffer.bytes)
    if ((flags & Msg.PEEK) === 0) buffer.consume(count)
  } else count = buffer.read(buf, start, most, (flags & Msg.PEEK) !== 0)
  if ((flags & Msg.PEEK) === 0) afterRead(tcb)
  return count
}

/** Lend the next contiguous bytes. */
export const recvView = (tcb: Tcb, range: ByteRange): number => {
  if (tcb.state === TcpState.LISTEN) return -ENOTCONN
  if (tcb.urgent !== null) skipUrgent(tcb)
  const buffer = tcb.receiving
  if (buffer === null || buffer.bytes === 0) return nothingToRead(tcb)
  const count = Math.min(buffer.view(range), untilUrgent(tcb))
  range.end = range.start + count
  return count
}

export const consume = (tcb: Tcb, count: number): void => {
  const buffer = tcb.receiving
  if (buffer === null) return
  buffer.consume(count)
  afterRead(tcb)
}

/** Nothing is there: why (tcp_recvmsg_locked)? */
const nothingToRead = (tcb: Tcb): number => {
  // The end of the stream outlives a later error (Linux's SOCK_DONE).
  if ((tcb.bits & Bit.FIN_RECEIVED) !== 0) return 0
  if ((tcb.errors & 0xffff) !== 0) return takeHardError(tcb)
  if ((tcb.bits & Bit.RCV_SHUTDOWN) !== 0) return 0
  if (tcb.state === TcpState.CLOSED) return -ENOTCONN
  return -EAGAIN
}

/** Room came up: free the buffer when it is empty, tell the peer when it matters. */
const afterRead = (tcb: Tcb): void => {
  const buffer = tcb.receiving
  if (buffer !== null && buffer.bytes === 0) {
    giveReceiveBuffer(buffer)
    tcb.receiving = null
  }
  if (tcb.autotune !== null) tuneReceiveBuffer(tcb, tcb.tcp.nowUs())
  if (!inStates(tcb.state, SYNCHRONIZED) || (tcb.bits & Bit.FIN_RECEIVED) !== 0) return
  // A window update is never delayed.
  if (readAcknowledges(tcb) || shouldUpdateWindow(tcb)) sendAck(tcb)
}

// -- Urgent data -----------------------------------------------------------------------------------------------------

/** Bytes up to the urgent mark: a read stops there, so that SIOCATMARK can tell. */
const untilUrgent = (tcb: Tcb): number => {
  const urgent = tcb.urgent
  if (urgent === null || urgent.state === UrgentState.NONE) return 0x7fffffff
  const ahead = (urgent.rcvUrg - readPoint(tcb)) | 0
  return ahead > 0 ? ahead : 0x7fffffff
}

/** At the mark: the urgent byte is not in the stream, unless SO_OOBINLINE. */
const skipUrgent = (tcb: Tcb): void => {
  const urgent = tcb.urgent
  const buffer = tcb.receiving
  if (urgent === null || urgent.state === UrgentState.NONE || buffer === null) return
  const ahead = (urgent.rcvUrg - readPoint(tcb)) | 0
  if (ahead > 0) return
  if (ahead === 0 && buffer.bytes > 0) {
    if (tcb.settings.oobInline) return
    buffer.consume(1)
    if (buffer.bytes === 0) {
      giveReceiveBuffer(buffer)
      tcb.receiving = null
    }
  }
  // Past the mark.
  if (urgent.state === UrgentState.READ || ahead < 0) urgent.state = UrgentState.NONE
  if (urgent.isIdle) tcb.urgent = null
}

/** MSG_OOB (tcp_recv_urg): EINVAL when there is none, or it was read, or it is inline; EAGAIN when it is announced only. */
const recvUrgent = (tcb: Tcb, buf: Uint8Array, start: number, end: number, flags: number): number => {
  const urgent = tcb.urgent
  if (tcb.settings.oobInline || urgent === null) return -EINVAL
  if (urgent.state === UrgentState.NONE || urgent.state === UrgentState.READ) return -EINVAL
  if (tcb.state === TcpState.CLOSED && (tcb.bits & Bit.RCV_SHUTDOWN) === 0) return -ENOTCONN
  if (urgent.state === UrgentState.AWAITED) return (tcb.bits & Bit.RCV_SHUTDOWN) !== 0 ? 0 : -EAGAIN
  if ((flags & Msg.PEEK) === 0) urgent.state = UrgentState.READ
  if (start === end) return 0
  buf[start] = urgent.byte
  return 1
}

/** SIOCATMARK: the next byte read is the urgent one, or the one after it. */
export const atMark = (tcb: Tcb): boolean =>
  tcb.urgent !== null && tcb.urgent.state !== UrgentState.NONE && tcb.urgent.rcvUrg === readPoint(tcb)

/** SIOCINQ: readable bytes, up to the urgent mark (tcp_inq). */
export const inq = (tcb: Tcb): number => {
  if (tcb.state === TcpState.LISTEN || inStates(tcb.state, 1 << TcpState.SYN_SENT)) return 0
  const bytes = tcb.receiving === null ? 0 : tcb.receiving.bytes
  return Math.min(bytes, untilUrgent(tcb))
}
