/** What ss(8), lsof(8) and TCP_INFO show of a connection. */
import { Bit } from './bits.ts'
import { emptyInfo } from './empty-info.ts'
import { peerSegment } from './handshake-options.ts'
import { ListenQueue } from './listen-queue.ts'
import { caStateOf } from './loss.ts'
import { outstanding } from './notify.ts'
import { backoff, currentRto, probes, retransmits } from './rto.ts'
import type { Tcb } from './tcb.ts'
import { TimerKind, timerTime } from './timers.ts'
import { type TcpInfo, TcpState, type TcpTimerInfo } from './types.ts'
import { announced, rcvShift, sndShift } from './window.ts'

const TWO_32 = 4_294_967_296

/** Bytes since the start of a sequence space that went round `wraps` times; SYN and FIN not counted. */
const bytesOf = (wraps: number, seq: number, start: number, fin: boolean): number =>
  Math.max(0, wraps * TWO_32 + ((seq - start) >>> 0) - 1 - (fin ? 1 : 0))

const optionsOf = (tcb: Tcb): number =>
  (tcb.bits & Bit.TIMESTAMPS ? 1 : 0) | (tcb.bits & Bit.SACK ? 2 : 0) | (tcb.bits & Bit.WSCALE ? 4 : 0)

export const tcpInfo = (tcb: Tcb): TcpInfo => {
  const listening = tcb.listening
  if (listening instanceof ListenQueue)
    return {
      ...emptyInfo(tcb.state),
      unacked: listening.length,
      sacked: listening.backlog,
      congestion: tcb.congestion.name,
    }
  const now = tcb.tcp.nowMs()
  const segments = (bytes: number): number => Math.ceil(bytes / tcb.mss)
  const loss = tcb.loss
  const since = (ms: number): number => (now - ms) >>> 0
  const finAcked = (tcb.bits & Bit.FIN_SENT) !== 0 && tcb.sndUna === tcb.sndNxt
  return {
    state: tcb.state,
    caState: caStateOf(tcb),
    retransmits: retransmits(tcb),
    probes: probes(tcb),
    backoff: backoff(tcb),
    options: optionsOf(tcb),
    sndWscale: sndShift(tcb),
    rcvWscale: rcvShift(tcb),
    rto: currentRto(tcb),
    ato: tcb.ato * 1000,
    sndMss: tcb.mss,
    rcvMss: tcb.rcvMss,
    unacked: segments((tcb.sndNxt - tcb.sndUna) | 0),
    sacked: loss === null ? 0 : segments(loss.sacked),
    lost: loss === null ? 0 : segments(loss.lost),
    retrans: loss === null ? 0 : segments(loss.retransmitted),
    lastDataSent: since(tcb.lastSndMs) * 1000,
    lastDataRecv: since(tcb.lastRcvMs) * 1000,
    lastAckRecv: since(tcb.lastSegmentMs) * 1000,
    pmtu: tcb.path === null ? 0 : tcb.path.mtu,
    rtt: tcb.srtt >> 3,
    rttvar: tcb.rttvar >> 2,
    sndSsthresh: tcb.ssthresh === 0x7fffffff ? 0x7fffffff : segments(tcb.ssthresh),
    sndCwnd: windowOf(tcb),
    advmss: tcb.path === null ? 0 : peerSegment(tcb, tcb.path),
    rcvSpace: tcb.autotune === null ? tcb.rcvWnd : tcb.autotune.space,
    rcvSsthresh: tcb.rcvSsthresh,
    pacingRate: pacingRate(tcb),
    totalRetrans: tcb.totalRetransmits,
    bytesAcked: tcb.iss === tcb.sndUna ? 0 : bytesOf(tcb.wraps >>> 16, tcb.sndUna, tcb.iss, finAcked),
    bytesReceived:
      tcb.irs === tcb.rcvNxt
        ? 0
        : bytesOf(tcb.wraps & 0xffff, tcb.rcvNxt, tcb.irs, (tcb.bits & Bit.FIN_RECEIVED) !== 0),
    segsOut: tcb.segsOut >>> 0,
    segsIn: tcb.segsIn >>> 0,
    sndWnd: tcb.sndWnd,
    rcvWnd: announced(tcb),
    congestion: tcb.congestion.name,
    quickAcks: tcb.quick,
    isInteractive: (tcb.bits & Bit.INTERACTIVE) !== 0,
  }
}

/** TCP_INIT_CWND: what Linux shows until the window is first reckoned. */
const INITIAL_WINDOW = 10

const windowOf = (tcb: Tcb): number => {
  if (tcb.state === TcpState.SYN_SENT && retransmits(tcb) === 0) return INITIAL_WINDOW
  return tcb.mss === 0 ? 0 : Math.floor(tcb.cwnd / tcb.mss)
}

/** tcp_update_pacing_rate: twice the window a round trip in slow start, 1.2 times later (tcp_pacing_ss_ratio, tcp_pacing_ca_ratio). */
const pacingRate = (tcb: Tcb): number => {
  const us = tcb.srtt >> 3
  if (us === 0) return 0
  const ratio = tcb.cwnd < tcb.ssthresh / 2 ? 2 : 1.2
  return Math.floor((Math.max(tcb.cwnd, (tcb.sndNxt - tcb.sndUna) | 0) * ratio * 1e6) / us)
}

const left = (tcb: Tcb, kind: number): number => timerTime(tcb, kind) - tcb.tcp.clock.now

export const timerInfo = (tcb: Tcb): TcpTimerInfo => {
  const of = (kind: TcpTimerInfo['kind'], timer: number, count: number): TcpTimerInfo => ({
    kind,
    left: Math.max(0, left(tcb, timer)),
    retransmits: count,
  })
  if (left(tcb, TimerKind.RETRANSMIT) !== Infinity) return of('on', TimerKind.RETRANSMIT, retransmits(tcb))
  if (left(tcb, TimerKind.PERSIST) !== Infinity) return of('persist', TimerKind.PERSIST, probes(tcb))
  if (left(tcb, TimerKind.KEEPALIVE) !== Infinity)
    return tcb.state === TcpState.FIN_WAIT_2 && (tcb.bits & Bit.ORPHAN) !== 0
      ? of('timewait', TimerKind.KEEPALIVE, 0)
      : of('keepalive', TimerKind.KEEPALIVE, probes(tcb))
  return { kind: 'off', left: 0, retransmits: 0 }
}

/** ss's Recv-Q: bytes unread, the FIN counts one; of a listener the accept queue. */
export const recvQueue = (tcb: Tcb): number => {
  const listening = tcb.listening
  if (listening instanceof ListenQueue) return listening.length
  const bytes = tcb.receiving === null ? 0 : tcb.receiving.bytes
  return bytes + ((tcb.bits & Bit.FIN_RECEIVED) !== 0 && tcb.state !== TcpState.CLOSED ? 1 : 0)
}

/** ss's Send-Q: bytes not acknowledged, SYN and FIN count one; of a listener the backlog. */
export const sendQueue = (tcb: Tcb): number => {
  const listening = tcb.listening
  if (listening instanceof ListenQueue) return listening.backlog
  if (tcb.state === TcpState.CLOSED) return 0
  const fin = (tcb.bits & (Bit.FIN_QUEUED | Bit.FIN_SENT)) === Bit.FIN_QUEUED ? 1 : 0
  return ((tcb.sndNxt - tcb.sndUna) | 0) + (tcb.sending === null ? 0 : tcb.sending.unsent) + fin
}

export const outq = (tcb: Tcb): number => (tcb.state === TcpState.CLOSED ? 0 : outstanding(tcb))
