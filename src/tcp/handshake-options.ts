/** What SYN and SYN,ACK carry: MSS, SACK-permitted, timestamps, window scale, in Linux's choice. */
import type { Path } from '../ip/types.ts'
import { type Packet, TcpOption } from '../wire/packet.ts'
import { Bit } from './bits.ts'
import type { TcpConfig } from './config.ts'
import type { Tcb } from './tcb.ts'
import { TcpState } from './types.ts'

/** IP and TCP header without options. */
export const headerBytes = (family: 4 | 6): number => (family === 4 ? 40 : 60)

/** RFC 9293 3.7.1: the MSS of a peer that names none. */
export const defaultMss = (family: 4 | 6): number => (family === 4 ? 536 : 1220)

/** Timestamps take 12 bytes of every segment. */
export const TIMESTAMP_BYTES = 12

/** MSS to announce: what the path carries less fixed headers (MUST-67, RFC 6691); the user may ask for less. */
export const announcedMss = (path: Path, maxSegment: number): number => {
  const mss = Math.min(path.mtu, 65_535) - headerBytes(path.remote.family)
  return maxSegment > 0 && maxSegment < mss ? maxSegment : mss
}

/** Text that a full segment of the peer carries: what we announced, less the options that every segment has (Linux's tp->advmss). */
export const peerSegment = (tcb: Tcb, path: Path): number => {
  const mss = announcedMss(path, tcb.settings.maxSegment)
  const hasTimestamps = (tcb.bits & Bit.TIMESTAMPS) !== 0 && tcb.state !== TcpState.SYN_RECEIVED
  return hasTimestamps ? mss - TIMESTAMP_BYTES : mss
}

/** The peer's MSS option, or what stands for a missing one, within what Linux takes seriously. */
export const peerMss = (config: TcpConfig, packet: Packet, maxSegment: number): number => {
  let mss = (packet.optionBits & TcpOption.MSS) !== 0 ? packet.mss : defaultMss(packet.src.family)
  if (maxSegment > 0 && maxSegment < mss) mss = maxSegment
  return mss < config.minSndMss ? config.minSndMss : mss
}
