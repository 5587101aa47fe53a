/**
 * What TCP and a congestion-control algorithm know of each other.
 *
 * One algorithm object serves all connections; what it remembers of one is in `CongestionView.congestionState`. TCP does
 * loss detection and asks the algorithm three things: by how much the window grows for an ACK, what it falls to on a
 * loss, and at what rate to pace. Windows are bytes.
 */
export interface CongestionView {
  /** Congestion window and slow-start threshold, bytes. The algorithm writes them. */
  cwnd: number
  ssthresh: number
  /** Bytes of text that a full segment carries. */
  readonly mss: number
  /** Smoothed round-trip time, microseconds; 0 before the first sample. */
  readonly smoothedRtt: number
  /** The algorithm's own memory of this connection. */
  congestionState: object | null
}

/** What one ACK told. One object, filled anew for each ACK: keep nothing of it. */
export class AckSample {
  /** Microseconds, from the network's start modulo 2^32. */
  nowUs = 0
  /** Bytes newly acknowledged (cumulatively). */
  acked = 0
  /** Bytes newly delivered: acknowledged or SACKed. */
  delivered = 0
  /** Round-trip time measured by this ACK, microseconds; -1: none. */
  rttUs = -1
  /** The flight filled the window, so there is a reason to grow it. */
  isCwndLimited = false
}

export interface CongestionControl {
  /** Name in TCP_CONGESTION. */
  readonly name: string
  /** A connection got to ESTABLISHED with its first window, or switched to this algorithm. */
  init(view: CongestionView): void
  /** New data was acknowledged outside recovery. The window grows by what was delivered: what SACK told before does not count twice. */
  onAck(view: CongestionView, sample: AckSample): void
  /**
   * A loss, or ECN-Echo: the new ssthresh, bytes. Called once per congestion event. From cwnd, as in Linux, and not from FlightSize
   * (RFC 5681 3.1): growth stops where the application does not fill the window, so that the two are close when it matters.
   */
  onLoss(view: CongestionView): number
  /** The retransmission timer ran out (after `onLoss`); cwnd is set to one segment by TCP. */
  onTimeout(view: CongestionView): void
  /** Sending begins again after an idle time longer than the RTO. */
  onRestart(view: CongestionView): void
  /** Bytes a second to pace at; 0: not paced. */
  pacingRate(view: CongestionView): number
}
