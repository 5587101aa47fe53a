import { Bit } from './bits.ts'
import type { Tcb } from './tcb.ts'
import { Poll } from './types.ts'

/** Tell the socket above of new events. It notes and queues, and never calls back from here. */
export const ready = (tcb: Tcb, bits: number): void => {
  if (tcb.owner !== null) tcb.owner.tcpReady(bits)
}

/** SO_ERROR becomes `errno` (positive). */
export const setError = (tcb: Tcb, errno: number): void => {
  tcb.errors = (tcb.errors & ~0xffff) | errno
}

export const setSoftError = (tcb: Tcb, errno: number): void => {
  tcb.errors = (tcb.errors & 0xffff) | (errno << 16)
}

/** Take the error that a call is to report: negative errno or 0. */
export const takeHardError = (tcb: Tcb): number => {
  const errno = tcb.errors & 0xffff
  tcb.errors &= ~0xffff
  return -errno
}

/** Bytes written and not acknowledged or not sent, SYN and FIN left out. */
export const outstanding = (tcb: Tcb): number => {
  const buffer = tcb.sending
  if (buffer === null) return 0
  let flight = (tcb.sndNxt - tcb.sndUna) | 0
  if (flight > 0) {
    const last = buffer.last
    // The FIN, or the SYN, takes one number without being a byte.
    if (last !== null && last.end - last.start !== ((last.endSeq - last.seq) | 0)) flight--
  }
  return flight + buffer.unsent
}

/** Linux's sk_stream_is_writeable: a third of the buffer is free, and not too much unsent (TCP_NOTSENT_LOWAT). */
export const isWritable = (tcb: Tcb): boolean => {
  const used = outstanding(tcb)
  if (tcb.sndBuf - used < used >> 1) return false
  const buffer = tcb.sending
  if (buffer === null) return true
  const lowat = tcb.settings.notSentLowat === 0 ? tcb.tcp.config.notSentLowat : tcb.settings.notSentLowat
  return buffer.unsent < lowat
}

/** Room came up: wake a writer that found none. */
export const wakeWriter = (tcb: Tcb): void => {
  if ((tcb.bits & Bit.NO_SPACE) !== 0 && isWritable(tcb)) {
    tcb.bits &= ~Bit.NO_SPACE
    ready(tcb, Poll.OUT)
  }
}
