import type { Packet } from '../wire/packet.ts'

/**
 * Somebody who watches an interface: a capture, tcpdump. Taps see every frame that arrives, those for other hosts too (so
 * nobody has to turn promiscuous to see them), and every frame that leaves.
 *
 * Watching changes nothing: a tap does not keep the frame, change it, or call into the network.
 */
export interface FrameTap {
  /** A frame is about to be handled, or sent. `cast` is a `LinkCast`: how it was addressed, OUTGOING for one that leaves. */
  enter(frame: Packet, cast: number): void
  /** The call that the latest `enter` announced is over. Calls nest: handling a frame may send others. */
  leave(): void
}
