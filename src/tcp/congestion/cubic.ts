import { slowStart } from './newreno.ts'
import type { AckSample, CongestionControl, CongestionView } from './types.ts'

/**
 * CUBIC (RFC 9438) in exact arithmetic: windows in bytes, time in microseconds, the cube root by integers, because
 * engines differ in the last bit of `cbrt` and `**`.
 *
 * C = 0.4 segments a second cubed; beta = 0.7.
 */
class CubicState {
  /** Window before the last reduction, bytes; and the one before that for fast convergence. */
  maxWindow = 0
  /** Start of the congestion-avoidance stage, us modulo 2^32; valid while `inEpoch`. */
  epochUs = 0
  inEpoch = false
  /** Time from the epoch to the plateau, in milliseconds. */
  k = 0
  /** W_est of the Reno-friendly region, and cwnd_prior, bytes. */
  estimate = 0
  prior = 0
  /** Bytes acknowledged that have not grown the window yet. */
  counted = 0
  lastAckUs = 0
}

const stateOf = (view: CongestionView): CubicState => {
  const state = view.congestionState
  if (state instanceof CubicState) return state
  const made = new CubicState()
  view.congestionState = made
  return made
}

/** The integer part of the cube root of 0 <= n < 2^53, by Newton's method from above. */
export const cubeRoot = (n: number): number => {
  if (n < 1) return 0
  let x = 1
  while (x * x * x < n) x *= 2
  for (;;) {
    const y = Math.floor((2 * x + Math.floor(n / (x * x))) / 3)
    if (y >= x) return x
    x = y
  }
}

/** K = cbrt((W_max - cwnd) / C) seconds, with the windows in segments (RFC 9438 4.2), as milliseconds. */
const plateau = (bytes: number, mss: number): number => cubeRoot(Math.floor((bytes * 2_500_000_000) / mss))

/** W_cubic(t) less W_max, bytes: C * (t - K)^3 segments. */
const curve = (ms: number, mss: number): number => {
  const seconds = ms / 1000
  return 0.4 * seconds * seconds * seconds * mss
}

const beginEpoch = (view: CongestionView, state: CubicState, nowUs: number): void => {
  state.inEpoch = true
  state.epochUs = nowUs
  state.estimate = view.cwnd
  state.counted = 0
  if (state.maxWindow <= view.cwnd) {
    // RFC 9438 4.8 and the convex region: begin on the plateau.
    state.maxWindow = view.cwnd
    state.k = 0
  } else state.k = plateau(state.maxWindow - view.cwnd, view.mss)
}

/** Grow towards W_cubic one round trip ahead, or with Reno where that is more (RFC 9438 4.2 to 4.5). */
const grow = (view: CongestionView, state: CubicState, acked: number, nowUs: number): void => {
  const mss = view.mss
  const ms = ((nowUs - state.epochUs) >>> 0) / 1000
  const cwnd = view.cwnd
  let target = state.maxWindow + curve(ms + view.smoothedRtt / 1000 - state.k, mss)
  if (target < cwnd) target = cwnd
  else if (target > 1.5 * cwnd) target = 1.5 * cwnd
  // alpha = 3 * (1 - beta) / (1 + beta), and 1 once W_est reaches the window before the reduction.
  const alpha = state.estimate >= state.prior ? 1 : 9 / 17
  state.estimate += (alpha * acked * mss) / cwnd
  state.counted += ((target - cwnd) * acked) / cwnd
  if (state.maxWindow + curve(ms - state.k, mss) < state.estimate && state.estimate > cwnd + state.counted)
    state.counted = state.estimate - cwnd
  if (state.counted >= 1) {
    const whole = Math.floor(state.counted)
    state.counted -= whole
    view.cwnd += whole
  }
}

export const cubic: CongestionControl = {
  name: 'cubic',
  init(view) {
    view.congestionState = null
  },
  onAck(view: CongestionView, sample: AckSample) {
    if (!sample.isCwndLimited) {
      // Time limited by the application does not count (RFC 9438 4.2): move the epoch along.
      const state = view.congestionState
      if (state instanceof CubicState) {
        if (state.inEpoch) state.epochUs = (state.epochUs + ((sample.nowUs - state.lastAckUs) | 0)) | 0
        state.lastAckUs = sample.nowUs
      }
      return
    }
    const rest = view.cwnd < view.ssthresh ? slowStart(view, sample.delivered) : sample.delivered
    if (rest === 0) return
    const state = stateOf(view)
    if (!state.inEpoch) beginEpoch(view, state, sample.nowUs)
    state.lastAckUs = sample.nowUs
    grow(view, state, rest, sample.nowUs)
  },
  onLoss(view) {
    const state = stateOf(view)
    state.inEpoch = false
    state.prior = view.cwnd
    // Fast convergence (RFC 9438 4.7): below the last maximum, leave room for the newcomer.
    state.maxWindow = view.cwnd < state.maxWindow ? Math.floor(view.cwnd * 0.85) : view.cwnd
    // 4.6, of cwnd in whole segments, with Linux's 717/1024 for 0.7 (cubictcp_recalc_ssthresh).
    return view.mss * Math.max((Math.floor(view.cwnd / view.mss) * 717) >> 10, 2)
  },
  onTimeout(view) {
    const state = stateOf(view)
    state.inEpoch = false
    state.maxWindow = 0
  },
  onRestart(view) {
    const state = view.congestionState
    if (state instanceof CubicState) state.inEpoch = false
  },
  pacingRate: () => 0,
}
