/** Yes-or-no facts of a connection, packed into `Tcb.bits`: a field of its own would cost each connection eight bytes. */
export const Bit = {
  /** No more is handed to the reader: FIN received, shutdown(RD), or the connection ended. Linux's RCV_SHUTDOWN. */
  RCV_SHUTDOWN: 1 << 0,
  /** No more is taken from the writer. Linux's SEND_SHUTDOWN. */
  SND_SHUTDOWN: 1 << 1,
  /** A FIN is to follow the queued data. */
  FIN_QUEUED: 1 << 2,
  FIN_SENT: 1 << 3,
  /** Negotiated in both SYNs. */
  TIMESTAMPS: 1 << 4,
  SACK: 1 << 5,
  WSCALE: 1 << 6,
  /** No descriptor any more: TCP ends the connection by itself. */
  ORPHAN: 1 << 8,
  /** In the flow table. */
  HASHED: 1 << 9,
  /** `run` is queued in the clock. */
  POSTED: 1 << 10,
  /** An ACK leaves with the next flush. */
  ACK_NOW: 1 << 11,
  /** An ACK may be delayed: the timer is armed. */
  ACK_DELAYED: 1 << 12,
  /** A writer found no room and waits. */
  NO_SPACE: 1 << 13,
  /** The last send had MSG_MORE. */
  MORE: 1 << 14,
  /** Both ends talk in turn, so delaying an ACK pays (Linux's pingpong mode). */
  INTERACTIVE: 1 << 15,
  /** connect() was called and its result not yet told. Linux's SS_CONNECTING. */
  CONNECTING: 1 << 16,
  /** Linux's SS_CONNECTED. */
  CONNECTED: 1 << 17,
  /** The address, or the port, was given by bind(). */
  BOUND_ADDRESS: 1 << 19,
  BOUND_PORT: 1 << 20,
  /** The next output goes ahead of Nagle: TCP_NODELAY or uncorking flushes. */
  PUSH_PENDING: 1 << 23,
  /** SO_RCVBUF, SO_SNDBUF were set: no autotuning. */
  RCVBUF_LOCKED: 1 << 24,
  SNDBUF_LOCKED: 1 << 25,
  /** The peer's FIN was received and counted in RCV.NXT. */
  FIN_RECEIVED: 1 << 26,
  /** Sending stopped at cwnd within the last window, so cwnd may grow (RFC 9438 4.6; Linux's is_cwnd_limited). */
  CWND_LIMITED: 1 << 27,
  /** Within a send with MSG_MORE: a short segment waits. */
  CORKED_CALL: 1 << 30,
  /** This call of `transmit` stopped at cwnd. */
  CWND_REACHED: 1 << 29,
  /** The SYN was sent again: the first window is one segment (RFC 5681 3.1). */
  SYN_RETRANSMITTED: 1 << 28,
} as const
