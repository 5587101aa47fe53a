/** The active open and the moment a connection is established (RFC 9293 3.5, 3.10.1). */
import { Fragment, TcpFlag, TcpOption } from '../wire/packet.ts'
import { Reason } from '../wire/reason.ts'
import { Mib } from '../wire/telemetry.ts'
import { openBuffers } from './autotune.ts'
import { Bit } from './bits.ts'
import { address, hand } from './emit.ts'
import { announcedMss, defaultMss } from './handshake-options.ts'
import { armKeepAlive } from './keepalive.ts'
import { computeMss } from './mtu.ts'
import { ready } from './notify.ts'
import { restartRto, retransmits, setRto } from './rto.ts'
import { type Sent, takeSendBuffer } from './send-buffer.ts'
import { transition } from './states.ts'
import type { Tcb } from './tcb.ts'
import { Poll, TcpState } from './types.ts'
import { chooseShift, initialWindow, MAX_WINDOW, openReceive, rcvShift } from './window.ts'

/** Size of the first window of a connection that goes by `tcb.path`. */
export const prepareReceive = (tcb: Tcb): void => {
  const { config } = tcb.tcp
  const path = tcb.path as NonNullable<Tcb['path']>
  tcb.scales = (tcb.scales & 0xf0) | chooseShift(config, tcb.settings)
  const mss = announcedMss(path, tcb.settings.maxSegment)
  openReceive(tcb, initialWindow(tcb.rcvBuf, tcb.settings, mss))
  // Linux's first guess, corrected by the first full segment (tcp_initialize_rcv_mss).
  tcb.rcvMss = Math.max(88, Math.min(mss, 536, tcb.rcvWnd >> 1))
}

/** Addresses, ports, path and ISS are set: send the SYN and go to SYN-SENT. */
export const startOpen = (tcb: Tcb): void => {
  const { tcp } = tcb
  tcp.telemetry.count(Mib.TcpActiveOpens)
  transition(tcb, TcpState.SYN_SENT, Reason.TcpUserCall)
  prepareReceive(tcb)
  tcb.sndUna = tcb.iss
  tcb.sndNxt = (tcb.iss + 1) | 0
  tcb.sndSml = tcb.iss
  tcb.sndWl2 = tcb.iss
  tcb.rcvNxt = 0
  tcb.rcvWup = 0
  tcb.rcvAdv = 0
  tcb.retries = 0
  tcb.srtt = 0
  tcb.rto = tcp.config.rtoInitialUs
  tcb.cwnd = defaultMss(tcb.path?.remote.family ?? 4)
  tcb.ssthresh = 0x7fffffff
  const buffer = takeSendBuffer()
  tcb.sending = buffer
  sendSyn(tcb, buffer.pushControl(tcb.iss, TcpFlag.SYN))
  restartRto(tcb)
}

/** SYN, or SYN,ACK of a simultaneous open; sent again by the retransmission timer. */
export const sendSyn = (tcb: Tcb, sent: Sent): void => {
  const { tcp, settings } = tcb
  const { config } = tcp
  const path = tcb.path as NonNullable<Tcb['path']>
  const isAnswer = tcb.state === TcpState.SYN_RECEIVED
  sent.sentUs = tcp.nowUs()
  const packet = tcp.memory.packet()
  address(tcb, packet)
  packet.fragment = settings.mtuDiscover === 0 ? 0 : Fragment.DF
  packet.seq = tcb.iss
  packet.flags = isAnswer ? TcpFlag.SYN | TcpFlag.ACK : TcpFlag.SYN
  if (isAnswer) {
    packet.ack = tcb.rcvNxt
    tcb.rcvWup = tcb.rcvNxt
    tcb.rcvAdv = (tcb.rcvNxt + tcb.rcvWnd) | 0
  }
  packet.window = Math.min(tcb.rcvWnd, MAX_WINDOW)
  packet.optionBits = TcpOption.MSS
  packet.mss = announcedMss(path, settings.maxSegment)
  // Offer everything; in an answer only what the SYN offered (RFC 7323 2.2, 3.2; RFC 2018 2).
  const offer = (bit: number, on: number): boolean => (isAnswer ? (tcb.bits & bit) !== 0 : on !== 0)
  if (offer(Bit.SACK, config.sack)) packet.optionBits |= TcpOption.SACK_PERMITTED
  if (offer(Bit.TIMESTAMPS, config.timestamps)) {
    packet.optionBits |= TcpOption.TIMESTAMPS
    packet.tsVal = (tcp.nowMs() + tcb.tsOffset) | 0
    // TSecr is zero where ACK is not set (RFC 7323 3.2).
    packet.tsEcr = isAnswer ? tcb.tsRecent : 0
  }
  if (offer(Bit.WSCALE, config.windowScaling)) {
    packet.optionBits |= TcpOption.WSCALE
    packet.wscale = rcvShift(tcb)
  }
  hand(tcb, packet)
}

/** Our SYN is acknowledged and the peer's is known: ESTABLISHED. */
export const establish = (tcb: Tcb): void => {
  const { tcp } = tcb
  const { config } = tcp
  transition(tcb, TcpState.ESTABLISHED)
  if ((tcb.bits & Bit.WSCALE) === 0) tcb.scales = 0
  computeMss(tcb)
  // RFC 6928; one segment after more than one lost SYN (RFC 5681 3.1, as RFC 6928 2 softens it).
  tcb.cwnd = retransmits(tcb) > 1 ? tcb.mss : config.initialWindow * tcb.mss
  if (tcb.srtt === 0) {
    // No sample, for the SYN was sent again (Karn): 3 seconds for data (RFC 6298 5.7).
    tcb.rto = (tcb.bits & Bit.SYN_RETRANSMITTED) !== 0 ? config.rtoFallbackUs : config.rtoInitialUs
  } else setRto(tcb)
  tcb.retries = 0
  tcb.sndSml = tcb.sndUna
  tcb.quick = 0
  tcb.lastSegmentMs = tcp.nowMs()
  tcb.lastRcvMs = tcb.lastSegmentMs
  tcb.lastSndMs = tcb.lastSegmentMs
  tcb.congestion.init(tcb)
  openBuffers(tcb)
  if (tcb.settings.keepAlive) armKeepAlive(tcb)
  if ((tcb.bits & Bit.FIN_QUEUED) !== 0) {
    // Closed while it opened.
    transition(tcb, TcpState.FIN_WAIT_1, Reason.TcpUserCall)
    tcb.sending ??= takeSendBuffer()
  }
  ready(tcb, Poll.OUT)
}
