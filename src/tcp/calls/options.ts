/** SOL_TCP options (tcp(7)) by Linux's numbers, and the buffers of SOL_SOCKET. */
import { EINVAL, ENOENT, ENOPROTOOPT } from '../../wire/errno.ts'
import { Bit } from '../bits.ts'
import { algorithmNamed } from '../congestion/index.ts'
import { sendAck } from '../emit.ts'
import { defaultMss } from '../handshake-options.ts'
import { tcpInfo } from '../info.ts'
import { armKeepAlive } from '../keepalive.ts'
import { transmit } from '../output.ts'
import { inStates, SYNCHRONIZED } from '../states.ts'
import type { Tcb } from '../tcb.ts'
import { clearTimer, TimerKind } from '../timers.ts'
import { type TcpInfo, TcpState } from '../types.ts'
import { windowSpace } from '../window.ts'

export const TcpOpt = {
  NODELAY: 1,
  MAXSEG: 2,
  CORK: 3,
  KEEPIDLE: 4,
  KEEPINTVL: 5,
  KEEPCNT: 6,
  SYNCNT: 7,
  LINGER2: 8,
  DEFER_ACCEPT: 9,
  WINDOW_CLAMP: 10,
  INFO: 11,
  QUICKACK: 12,
  CONGESTION: 13,
  USER_TIMEOUT: 18,
  NOTSENT_LOWAT: 25,
} as const

const within = (value: number, low: number, high: number): boolean => value >= low && value <= high

export const setOption = (tcb: Tcb, name: number, value: number | string): number => {
  if (name === TcpOpt.CONGESTION) return typeof value === 'string' ? setCongestion(tcb, value) : -EINVAL
  if (typeof value !== 'number') return -EINVAL
  switch (name) {
    case TcpOpt.NODELAY:
      tcb.own.noDelay = value !== 0
      // NODELAY flushes what Nagle held.
      if (value !== 0) push(tcb)
      return 0
    case TcpOpt.CORK:
      tcb.own.cork = value !== 0
      if (value === 0) {
        tcb.bits &= ~Bit.MORE
        push(tcb)
      }
      return 0
    case TcpOpt.MAXSEG:
      if (value !== 0 && !within(value, 88, 32_767)) return -EINVAL
      tcb.own.maxSegment = value
      return 0
    case TcpOpt.KEEPIDLE:
      if (!within(value, 1, 32_767)) return -EINVAL
      tcb.own.keepIdle = value
      if (tcb.settings.keepAlive && inStates(tcb.state, SYNCHRONIZED)) armKeepAlive(tcb)
      return 0
    case TcpOpt.KEEPINTVL:
      if (!within(value, 1, 32_767)) return -EINVAL
      tcb.own.keepInterval = value
      return 0
    case TcpOpt.KEEPCNT:
      if (!within(value, 1, 127)) return -EINVAL
      tcb.own.keepCount = value
      return 0
    case TcpOpt.SYNCNT:
      if (!within(value, 1, 127)) return -EINVAL
      tcb.own.synCount = value
      return 0
    case TcpOpt.LINGER2:
      tcb.own.linger2 = value < 0 ? -1 : value > 120 ? 0 : value
      return 0
    case TcpOpt.DEFER_ACCEPT:
      tcb.own.deferAccept = secondsToRetransmits(value)
      return 0
    case TcpOpt.WINDOW_CLAMP:
      return setWindowClamp(tcb, value)
    case TcpOpt.QUICKACK:
      return setQuickAck(tcb, value)
    case TcpOpt.USER_TIMEOUT:
      if (value < 0) return -EINVAL
      tcb.own.userTimeout = value
      return 0
    case TcpOpt.NOTSENT_LOWAT:
      tcb.own.notSentLowat = value >>> 0
      return 0
    default:
      return -ENOPROTOOPT
  }
}

/** What is held back by Nagle or the cork goes now. */
const push = (tcb: Tcb): void => {
  if (tcb.sending === null || tcb.sending.unsent === 0) return
  tcb.bits |= Bit.PUSH_PENDING
  transmit(tcb)
}

const setCongestion = (tcb: Tcb, name: string): number => {
  const algorithm = algorithmNamed(name)
  if (algorithm === undefined) return -ENOENT
  if (tcb.congestion === algorithm) return 0
  tcb.own.congestion = algorithm
  tcb.congestionState = null
  if (inStates(tcb.state, SYNCHRONIZED)) algorithm.init(tcb)
  return 0
}

/** tcp(7): the clamp is at least half of the least SO_RCVBUF; only an unconnected socket may lift it. */
const setWindowClamp = (tcb: Tcb, value: number): number => {
  if (value === 0) {
    if (tcb.state !== TcpState.CLOSED) return -EINVAL
    tcb.own.windowClamp = 0
    return 0
  }
  tcb.own.windowClamp = Math.max(value, MIN_RCVBUF >> 1)
  if (tcb.rcvSsthresh > tcb.settings.windowClamp) tcb.rcvSsthresh = tcb.settings.windowClamp
  return 0
}

/** TCP_QUICKACK: on leaves the interactive mode and sends what is owed; off enters it. Not permanent. */
const setQuickAck = (tcb: Tcb, value: number): number => {
  if (value === 0) {
    tcb.bits |= Bit.INTERACTIVE
    tcb.quick = 0
    return 0
  }
  tcb.bits &= ~Bit.INTERACTIVE
  if ((tcb.bits & Bit.ACK_DELAYED) !== 0 && inStates(tcb.state, SYNCHRONIZED)) {
    sendAck(tcb)
    if ((value & 1) === 0) tcb.bits |= Bit.INTERACTIVE
  }
  tcb.quick = Math.max(tcb.quick, 16)
  return 0
}

/** TCP_DEFER_ACCEPT is kept as a number of SYN,ACK retransmissions (secs_to_retrans). */
const secondsToRetransmits = (seconds: number): number => {
  let count = 0
  if (seconds <= 0) return 0
  let period = 1
  let timeout = 1
  count = 1
  while (seconds > period && count < 255) {
    count++
    timeout = Math.min(timeout * 2, 120)
    period += timeout
  }
  return count
}

const retransmitsToSeconds = (count: number): number => {
  let period = 0
  let timeout = 1
  for (let i = 0; i < count; i++) {
    period += timeout
    timeout = Math.min(timeout * 2, 120)
  }
  return period
}

export const getOption = (tcb: Tcb, name: number): number | string | TcpInfo | { readonly error: number } => {
  const { settings } = tcb
  const { config } = tcb.tcp
  switch (name) {
    case TcpOpt.NODELAY:
      return settings.noDelay ? 1 : 0
    case TcpOpt.CORK:
      return settings.cork ? 1 : 0
    case TcpOpt.MAXSEG:
      if (tcb.state === TcpState.CLOSED || tcb.state === TcpState.LISTEN) return settings.maxSegment || defaultMss(4)
      return tcb.mss
    case TcpOpt.KEEPIDLE:
      return settings.keepIdle || config.keepaliveTime
    case TcpOpt.KEEPINTVL:
      return settings.keepInterval || config.keepaliveIntvl
    case TcpOpt.KEEPCNT:
      return settings.keepCount || config.keepaliveProbes
    case TcpOpt.SYNCNT:
      return settings.synCount || config.synRetries
    case TcpOpt.LINGER2:
      return settings.linger2 === 0 ? config.finTimeout : settings.linger2
    case TcpOpt.DEFER_ACCEPT:
      return retransmitsToSeconds(settings.deferAccept)
    case TcpOpt.WINDOW_CLAMP:
      return settings.windowClamp || windowSpace(tcb.rcvBuf)
    case TcpOpt.INFO:
      return tcpInfo(tcb)
    case TcpOpt.QUICKACK:
      return (tcb.bits & Bit.INTERACTIVE) !== 0 ? 0 : 1
    case TcpOpt.CONGESTION:
      return tcb.congestion.name
    case TcpOpt.USER_TIMEOUT:
      return settings.userTimeout
    case TcpOpt.NOTSENT_LOWAT:
      return settings.notSentLowat
    default:
      return { error: -ENOPROTOOPT }
  }
}

/** SO_KEEPALIVE. */
export const setKeepAlive = (tcb: Tcb, on: boolean): void => {
  if (on === tcb.settings.keepAlive) return
  tcb.own.keepAlive = on
  if (!inStates(tcb.state, SYNCHRONIZED)) return
  if (on) armKeepAlive(tcb)
  else clearTimer(tcb, TimerKind.KEEPALIVE)
}

/** Least that Linux grants (SOCK_MIN_RCVBUF, SOCK_MIN_SNDBUF). */
const MIN_RCVBUF = 2304
const MIN_SNDBUF = 4608

/** SO_RCVBUF: bounded by rmem_max, doubled for overhead; the buffer no longer tunes itself. */
export const setReceiveBuffer = (tcb: Tcb, bytes: number): void => {
  const size = Math.max(2 * Math.min(bytes, tcb.tcp.config.coreRmemMax), MIN_RCVBUF)
  tcb.rcvBuf = size
  tcb.own.rcvBuf = size
  tcb.bits |= Bit.RCVBUF_LOCKED
}

export const setSendBuffer = (tcb: Tcb, bytes: number): void => {
  const size = Math.max(2 * Math.min(bytes, tcb.tcp.config.coreWmemMax), MIN_SNDBUF)
  tcb.sndBuf = size
  tcb.own.sndBuf = size
  tcb.bits |= Bit.SNDBUF_LOCKED
}
