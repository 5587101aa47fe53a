/** How connection tracking follows TCP (nf_conntrack_proto_tcp): by flags and direction, and no sequence number is judged. */
import { TcpFlag } from '../wire/packet.ts'

export const TcpTrack = {
  NONE: 0,
  SYN_SENT: 1,
  SYN_RECV: 2,
  ESTABLISHED: 3,
  FIN_WAIT: 4,
  CLOSE_WAIT: 5,
  LAST_ACK: 6,
  TIME_WAIT: 7,
  CLOSE: 8,
  /** Both sent a SYN. */
  SYN_SENT2: 9,
} as const

/** The segment is not of this connection's course. */
export const TRACK_INVALID = -1
/** It may be a mistake or an attack; the other end will say. Nothing changes. */
export const TRACK_IGNORE = -2

type Row = Readonly<Record<'syn' | 'synAck' | 'fin' | 'ack' | 'rst', string>>

/** Next state by present state, a character each in the order above; `-` invalid, `.` ignored. */
const ORIGINAL: Row = {
  syn: '11.....119',
  synAck: '--2------2',
  fin: '--4466678-',
  ack: '3-3355778-',
  rst: '-888888888',
}
const REPLY: Row = { syn: '-9-----1-9', synAck: '-2.......2', fin: '--4466678-', ack: '-.2355778.', rst: '-888888888' }

const kindOf = (flags: number): keyof Row | null => {
  if ((flags & TcpFlag.RST) !== 0) return 'rst'
  if ((flags & TcpFlag.SYN) !== 0) return (flags & TcpFlag.ACK) === 0 ? 'syn' : 'synAck'
  if ((flags & TcpFlag.FIN) !== 0) return 'fin'
  return (flags & TcpFlag.ACK) === 0 ? null : 'ack'
}

/** The state after a segment with these flags, or `TRACK_INVALID` or `TRACK_IGNORE`. */
export const nextTcpState = (state: number, isReply: boolean, flags: number): number => {
  const kind = kindOf(flags)
  if (kind === null) return TRACK_INVALID
  const code = (isReply ? REPLY : ORIGINAL)[kind].charCodeAt(state)
  // '-', '.'; the rest are digits.
  return code === 45 ? TRACK_INVALID : code === 46 ? TRACK_IGNORE : code - 48
}
