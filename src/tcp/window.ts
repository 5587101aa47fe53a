/**
 * The receive window (RFC 9293 3.8.6, RFC 7323 2): how much room is announced, and that its right edge moves neither back
 * nor by silly amounts.
 */
import { Bit } from './bits.ts'
import type { TcpConfig } from './config.ts'
import type { Settings } from './settings.ts'
import type { Tcb } from './tcb.ts'

/** A window field is 16 bits. */
export const MAX_WINDOW = 65_535
/** RFC 7323 2.3. */
export const MAX_SHIFT = 14

export const sndShift = (tcb: Tcb): number => tcb.scales >> 4
export const rcvShift = (tcb: Tcb): number => tcb.scales & 15

/** Half of SO_RCVBUF is window, the rest pays for packets' overhead (Linux's default scaling_ratio). */
export const windowSpace = (rcvBuf: number): number => rcvBuf >> 1

const log2 = (n: number): number => 31 - Math.clz32(n)

/** The shift that lets the largest window this socket may ever have be said (tcp_select_initial_window): 7 by default. */
export const chooseShift = (config: TcpConfig, settings: Settings): number => {
  if (config.windowScaling === 0) return 0
  let space = Math.max(config.rmemMax, config.coreRmemMax)
  if (settings.rcvBuf > 0) space = Math.min(space, windowSpace(settings.rcvBuf))
  return Math.min(MAX_SHIFT, Math.max(0, log2(space) - 15))
}

/** The first window: whole segments of the buffer's half. */
export const initialWindow = (rcvBuf: number, settings: Settings, mss: number): number => {
  let space = windowSpace(rcvBuf)
  if (settings.windowClamp > 0) space = Math.min(space, settings.windowClamp)
  space = Math.min(space, MAX_WINDOW)
  return space > mss ? space - (space % mss) : space
}

/** Set the receive variables for a connection whose SYN says `irs`. */
export const openReceive = (tcb: Tcb, window: number): void => {
  tcb.rcvWnd = window
  tcb.rcvSsthresh = window
}

/** Largest window the buffer allows, bytes. */
export const fullSpace = (tcb: Tcb): number => {
  const space = windowSpace(tcb.rcvBuf)
  const clamp = tcb.settings.windowClamp
  return clamp > 0 && clamp < space ? clamp : space
}

/** Room that the peer knows of: it may have been announced, so it is accepted (RFC 7323 2.4). */
export const announced = (tcb: Tcb): number => {
  const room = (tcb.rcvAdv - tcb.rcvNxt) | 0
  return room > 0 ? room : 0
}

/** What could be announced now, without regard to what was. */
export const freeWindow = (tcb: Tcb): number => {
  const space = fullSpace(tcb)
  const queued = tcb.receiving === null ? 0 : tcb.receiving.bytes
  let free = space - queued
  const segment = Math.min(tcb.rcvMss, space)
  // Silly window avoidance: less than a segment, or a sixteenth of the buffer, is no room at all (__tcp_select_window).
  if (free < space >> 1 && (free < space >> 4 || free < segment)) return 0
  if (free > tcb.rcvSsthresh) free = tcb.rcvSsthresh
  return free < 0 ? 0 : free
}

/**
 * Choose the window of a segment about to leave; returns the 16 bits that go on the wire.
 *
 * The right edge never moves left (SHLD-14) but for what the shift rounds away, and moves right only by a segment or half the buffer
 * (RFC 9293 3.8.6.2.2, MUST-39).
 */
export const selectWindow = (tcb: Tcb): number => {
  const shift = rcvShift(tcb)
  const current = announced(tcb)
  let window = freeWindow(tcb)
  if (window > current) {
    const step = Math.min(tcb.rcvMss, fullSpace(tcb) >> 1)
    if (window - current < step) window = current
  } else window = current
  if (shift > 0) {
    const up = (window + (1 << shift) - 1) >> shift
    const limit = fullSpace(tcb) - (tcb.receiving === null ? 0 : tcb.receiving.bytes)
    window = (up << shift > limit ? window >> shift : up) << shift
  }
  const most = (tcb.bits & Bit.WSCALE) !== 0 ? MAX_WINDOW << shift : MAX_WINDOW
  if (window > most) window = most
  tcb.rcvWnd = window
  tcb.rcvWup = tcb.rcvNxt
  const edge = (tcb.rcvNxt + window) | 0
  if (((edge - tcb.rcvAdv) | 0) > 0) tcb.rcvAdv = edge
  return window >> shift
}

/** The application read: is it time to tell the peer of the new room (__tcp_cleanup_rbuf)? */
export const shouldUpdateWindow = (tcb: Tcb): boolean => {
  const now = announced(tcb)
  if (2 * now > fullSpace(tcb)) return false
  const free = freeWindow(tcb)
  return free > 0 && free >= 2 * now
}

/** Text came: let the announced window grow towards the buffer (tcp_grow_window). */
export const growWindow = (tcb: Tcb, length: number): void => {
  const room = fullSpace(tcb) - tcb.rcvSsthresh
  if (room <= 0 || length < 128) return
  const step = Math.max(2 * tcb.rcvMss, 2 * length)
  tcb.rcvSsthresh += step < room ? step : room
}
