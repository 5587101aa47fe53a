/** Buffers that grow with the path: dynamic right-sizing of SO_RCVBUF, and SO_SNDBUF as a multiple of cwnd (Linux). */
import { Bit } from './bits.ts'
import type { Tcb } from './tcb.ts'
import { fullSpace, windowSpace } from './window.ts'

/** How fast the application reads, in bytes a round trip. Only for connections that received a window's worth. */
export class Autotune {
  /** Round trip as the receiver sees it: the time in which one window arrives, or what timestamps say. */
  rttUs = 0
  rttSeq = 0
  rttStartUs = 0
  /** What was read in the last round trip, and since when and where the present one runs. */
  space = 0
  seq = 0
  startUs = 0
}

const measure = (tuning: Autotune, us: number): void => {
  if (us < 1) us = 1
  if (tuning.rttUs === 0 || us < tuning.rttUs) tuning.rttUs = us
  else tuning.rttUs += Math.floor((us - tuning.rttUs) / 8)
}

/** Text of `length` bytes came in order. */
export const measureReceive = (tcb: Tcb, nowUs: number): void => {
  let tuning = tcb.autotune
  if (tuning === null) {
    if ((tcb.rcvNxt - tcb.irs) >>> 0 < tcb.rcvWnd >> 1) return
    tuning = new Autotune()
    tcb.autotune = tuning
    tuning.space = tcb.rcvWnd
    tuning.seq = tcb.rcvNxt
    tuning.startUs = nowUs
    tuning.rttSeq = (tcb.rcvNxt + tcb.rcvWnd) | 0
    tuning.rttStartUs = nowUs
    return
  }
  if (((tcb.rcvNxt - tuning.rttSeq) | 0) < 0) return
  const us = (nowUs - tuning.rttStartUs) >>> 0
  if (us > 0) measure(tuning, us)
  tuning.rttSeq = (tcb.rcvNxt + tcb.rcvWnd) | 0
  tuning.rttStartUs = nowUs
}

/** The application read: once a round trip, make the buffer fit twice what it reads in one (tcp_rcv_space_adjust). */
export const tuneReceiveBuffer = (tcb: Tcb, nowUs: number): void => {
  const tuning = tcb.autotune
  if (tuning === null) return
  const elapsed = (nowUs - tuning.startUs) >>> 0
  const rtt = tuning.rttUs === 0 ? tcb.srtt >> 3 : tuning.rttUs
  if (rtt === 0 || elapsed < rtt) return
  const unread = tcb.receiving === null ? 0 : tcb.receiving.bytes
  const read = (tcb.rcvNxt - unread) | 0
  const copied = (read - tuning.seq) >>> 0
  if (copied > tuning.space) {
    const config = tcb.tcp.config
    if (config.moderateRcvbuf !== 0 && (tcb.bits & Bit.RCVBUF_LOCKED) === 0) {
      let window = 2 * copied + 16 * tcb.rcvMss
      window += 2 * Math.floor((window * (copied - tuning.space)) / tuning.space)
      const rcvBuf = Math.min(2 * window, config.rmemMax)
      if (rcvBuf > tcb.rcvBuf) tcb.rcvBuf = rcvBuf
    }
    tuning.space = copied
  }
  tuning.seq = read
  tuning.startUs = nowUs
}

const powerAbove = (n: number): number => {
  let power = 1
  while (power < n) power *= 2
  return power
}

/** Room for twice the window in flight, at least ten segments (tcp_sndbuf_expand): 87,040 at MSS 1460. */
export const tuneSendBuffer = (tcb: Tcb): void => {
  if ((tcb.bits & Bit.SNDBUF_LOCKED) !== 0) return
  const header = 640
  const segment = powerAbove(tcb.mss + header) + 256
  const segments = Math.max(10, Math.ceil(tcb.cwnd / tcb.mss))
  const wanted = Math.min(2 * segments * segment, tcb.tcp.config.wmemMax)
  if (wanted > tcb.sndBuf) tcb.sndBuf = wanted
}

/** First buffers of an established connection (tcp_init_buffer_space). */
export const openBuffers = (tcb: Tcb): void => {
  tuneSendBuffer(tcb)
  if (tcb.rcvSsthresh > fullSpace(tcb)) tcb.rcvSsthresh = windowSpace(tcb.rcvBuf)
}
