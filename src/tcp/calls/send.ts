import { EAGAIN, EPIPE } from '../../wire/errno.ts'
import { CHUNK_LARGE } from '../../wire/memory.ts'
import { Bit } from '../bits.ts'
import { outstanding, takeHardError } from '../notify.ts'
import { transmit } from '../output.ts'
import { takeSendBuffer } from '../send-buffer.ts'
import { CAN_SEND, inStates, OPENING } from '../states.ts'
import type { Tcb } from '../tcb.ts'
import { Msg } from '../types.ts'
import { Urgent } from '../urgent.ts'

/** send(2): takes a copy of what fits the send buffer. */
export const send = (tcb: Tcb, buf: Uint8Array, start: number, end: number, flags: number): number => {
  if ((tcb.errors & 0xffff) !== 0) return takeHardError(tcb)
  if ((tcb.bits & Bit.SND_SHUTDOWN) !== 0) return -EPIPE
  if (!inStates(tcb.state, CAN_SEND)) return inStates(tcb.state, OPENING) ? -EAGAIN : -EPIPE
  if (start === end) return 0
  const room = tcb.sndBuf - outstanding(tcb)
  if (room <= 0) {
    tcb.bits |= Bit.NO_SPACE
    return -EAGAIN
  }
  const length = end - start < room ? end - start : room
  if (length < end - start) tcb.bits |= Bit.NO_SPACE
  tcb.sending ??= takeSendBuffer()
  const buffer = tcb.sending
  buffer.append(tcb.tcp.memory, buf, start, start + length, fill(tcb))
  if ((flags & Msg.OOB) !== 0 && start + length === end) {
    // The last byte is the urgent one (MUST-30, MUST-31: however long what goes before it).
    tcb.urgent ??= new Urgent()
    tcb.urgent.isSending = true
    tcb.urgent.sndUp = (tcb.sndNxt + buffer.unsent) | 0
  }
  if ((flags & Msg.MORE) !== 0) {
    tcb.bits |= Bit.MORE | Bit.CORKED_CALL
    transmit(tcb, true)
    tcb.bits &= ~Bit.CORKED_CALL
    return length
  }
  tcb.bits &= ~Bit.MORE
  transmit(tcb, true)
  return length
}

/** How far to fill a chunk: to where a large segment ends. */
const fill = (tcb: Tcb): number => {
  const path = tcb.path
  const large = path === null ? 0 : path.largeSegment
  if (large > 0) return Math.min(CHUNK_LARGE, Math.max(large, tcb.mss))
  return tcb.mss > CHUNK_LARGE >> 1 ? Math.min(CHUNK_LARGE, tcb.mss) : CHUNK_LARGE
}
