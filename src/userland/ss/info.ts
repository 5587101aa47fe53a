/** What ss appends: timers (-o), skmem (-m) and tcp_info (-i), in iproute2's order and number formats. */
import type { TcpInfo, TcpTimerInfo } from '../../tcp/types.ts'
import { format } from '../format.ts'

const TICK = 1e6

/** `119min`, `59sec`, `1.200ms`, `200ms` (ss.c, print_ms_timer). */
const duration = (milliseconds: number): string => {
  let seconds = Math.floor(milliseconds / 1000)
  let left = milliseconds % 1000
  const minutes = Math.floor(seconds / 60)
  seconds %= 60
  let out = ''
  if (minutes > 0) {
    left = 0
    out = `${minutes}min`
    if (minutes > 9) seconds = 0
  }
  if (seconds > 0) {
    if (seconds > 9) left = 0
    out += `${seconds}${left > 0 ? '.' : 'sec'}`
  }
  if (left > 0) out += `${String(left).padStart(3, '0')}ms`
  return out
}

export const timerText = (timer: TcpTimerInfo | null): string =>
  timer === null || timer.kind === 'off'
    ? ''
    : ` timer:(${timer.kind},${duration(Math.floor(timer.left / TICK))},${timer.retransmits})`

/** The kernel's sk_meminfo of a socket. */
export interface SocketMemory {
  readonly receiveBuffer: number
  readonly sendBuffer: number
  readonly received: number
  readonly sent: number
  readonly drops: number
}

export const memoryText = (m: SocketMemory): string =>
  ` skmem:(r${m.received},rb${m.receiveBuffer},t0,tb${m.sendBuffer},f0,w${m.sent},o0,bl0,d${m.drops})`

const g = (value: number): string => format('%g', value)

/** `84.6G`, or all digits with -n. */
const rate = (bps: number, numeric: boolean): string => {
  if (numeric) return format('%.0f', bps)
  const units = ['', 'K', 'M', 'G', 'T']
  let value = bps
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${format('%.3g', value)}${units[unit]}`
}

const UNLIMITED = 0xffff
/** TCP_TIMEOUT_INIT: an RTO that says nothing. */
const RTO_NONE = 3_000_000
const LISTEN = 10

/** tcp_stats_print: fields that are zero are left out. */
export const tcpText = (i: TcpInfo, numeric: boolean): string => {
  const some = (name: string, value: number): string => (value === 0 ? '' : ` ${name}:${value}`)
  const isListening = i.state === LISTEN
  if (isListening) return `${named(i)} cwnd:10${some('unacked', i.unacked)}`
  const hasRtt = i.rtt > 0
  const bps = hasRtt && i.sndMss > 0 && i.sndCwnd > 0 ? (i.sndCwnd * i.sndMss * 8e6) / i.rtt : 0
  return [
    named(i),
    (i.options & 4) === 0 ? '' : ` wscale:${i.sndWscale},${i.rcvWscale}`,
    i.rto === 0 || i.rto === RTO_NONE ? '' : ` rto:${g(i.rto / 1000)}`,
    some('backoff', i.backoff),
    hasRtt ? ` rtt:${g(i.rtt / 1000)}/${g(i.rttvar / 1000)}` : '',
    i.ato === 0 ? '' : ` ato:${g(i.ato / 1000)}`,
    some('mss', i.sndMss),
    some('pmtu', i.pmtu),
    some('rcvmss', i.rcvMss),
    some('advmss', i.advmss),
    some('cwnd', i.sndCwnd),
    i.sndSsthresh < UNLIMITED ? some('ssthresh', i.sndSsthresh) : '',
    some('bytes_acked', i.bytesAcked),
    some('bytes_received', i.bytesReceived),
    some('segs_out', i.segsOut),
    some('segs_in', i.segsIn),
    bps === 0 ? '' : ` send ${rate(bps, numeric)}bps`,
    some('lastsnd', Math.floor(i.lastDataSent / 1000)),
    some('lastrcv', Math.floor(i.lastDataRecv / 1000)),
    some('lastack', Math.floor(i.lastAckRecv / 1000)),
    i.pacingRate === 0 ? '' : ` pacing_rate ${rate(i.pacingRate * 8, numeric)}bps`,
    some('unacked', i.unacked),
    i.retrans === 0 && i.totalRetrans === 0 ? '' : ` retrans:${i.retrans}/${i.totalRetrans}`,
    some('lost', i.lost),
    some('sacked', i.sacked),
    some('rcv_space', i.rcvSpace),
    some('rcv_ssthresh', i.rcvSsthresh),
    some('snd_wnd', i.sndWnd),
  ].join('')
}

const named = (i: TcpInfo): string =>
  `${(i.options & 1) === 0 ? '' : ' ts'}${(i.options & 2) === 0 ? '' : ' sack'}${(i.options & 8) === 0 ? '' : ' ecn'}${
    i.congestion === '' ? '' : ` ${i.congestion}`
  }`
