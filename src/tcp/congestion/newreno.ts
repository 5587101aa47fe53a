import type { AckSample, CongestionControl, CongestionView } from './types.ts'

/** Slow start: at most the acknowledged bytes, one segment for each ACK of one segment (RFC 5681 3.1). Returns what is left over. */
export const slowStart = (view: CongestionView, acked: number): number => {
  const room = view.ssthresh - view.cwnd
  const growth = acked < room ? acked : room
  view.cwnd += growth
  return acked - growth
}

/** What Reno remembers: bytes acknowledged since the window last grew (RFC 3465's bytes_acked). */
class Reno {
  counted = 0
}

/**
 * Congestion avoidance: one segment when a window has been acknowledged. `window` is the count of bytes that earns a
 * segment.
 */
export const avoidance = (view: CongestionView, acked: number, window: number): void => {
  let state = view.congestionState
  if (!(state instanceof Reno)) {
    state = new Reno()
    view.congestionState = state
  }
  const reno = state as Reno
  reno.counted += acked
  while (reno.counted >= window) {
    reno.counted -= window
    view.cwnd += view.mss
  }
}

/** RFC 5681 and RFC 6582: Linux's `reno`. */
export const newReno: CongestionControl = {
  name: 'reno',
  init(view) {
    view.congestionState = null
  },
  onAck(view: CongestionView, sample: AckSample) {
    if (!sample.isCwndLimited) return
    const rest = view.cwnd < view.ssthresh ? slowStart(view, sample.delivered) : sample.delivered
    if (rest > 0) avoidance(view, rest, view.cwnd)
  },
  /** RFC 5681 equation 4, of cwnd in whole segments (tcp_reno_ssthresh). */
  onLoss: (view) => view.mss * Math.max(Math.floor(view.cwnd / view.mss) >> 1, 2),
  onTimeout(view) {
    view.congestionState = null
  },
  onRestart(view) {
    view.congestionState = null
  },
  pacingRate: () => 0,
}
