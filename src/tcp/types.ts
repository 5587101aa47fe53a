/**
 * The face of TCP towards the socket layer. TCP knows no descriptor, no interface and no route: a `Path` is all it has of IP.
 *
 * Calls return a count or zero, or the negative errno that Linux's system call gives in that state; none ever blocks
 * (a blocking face waits for readiness and calls again).
 */
import type { NetworkInterface } from '../link/interface.ts'
import type { Address } from '../wire/address.ts'
import type { SysctlEntry } from '../wire/sysctl.ts'

export { Msg, Poll } from '../wire/call.ts'

/** The socket object above a connection. */
export interface TcpOwner {
  /**
   * Something may have become ready: `Poll` bits of *new* events (edges), never lost, possibly spurious.
   * Called from inside packet processing: it must only note and queue, never call back into TCP.
   */
  tcpReady(bits: number): void
}

/** States of RFC 9293 3.3.2, numbered as Linux's TCP_* (ss, /proc/net/tcp). */
export const TcpState = {
  ESTABLISHED: 1,
  SYN_SENT: 2,
  SYN_RECEIVED: 3,
  FIN_WAIT_1: 4,
  FIN_WAIT_2: 5,
  TIME_WAIT: 6,
  CLOSED: 7,
  CLOSE_WAIT: 8,
  LAST_ACK: 9,
  LISTEN: 10,
  CLOSING: 11,
} as const
export type TcpState = (typeof TcpState)[keyof typeof TcpState]

/** A lent range of received bytes: valid until `TcpEndpoint.consume`. */
export interface ByteRange {
  buf: Uint8Array
  start: number
  end: number
}

/** What ss, lsof, the lab and `getsockopt(TCP_INFO)` read. Times in microseconds, as Linux's struct tcp_info. */
export interface TcpInfo {
  readonly state: TcpState
  readonly caState: number
  readonly retransmits: number
  readonly probes: number
  readonly backoff: number
  /** TCPI_OPT_TIMESTAMPS 1, SACK 2, WSCALE 4, ECN 8. */
  readonly options: number
  readonly sndWscale: number
  readonly rcvWscale: number
  readonly rto: number
  readonly ato: number
  readonly sndMss: number
  readonly rcvMss: number
  readonly unacked: number
  readonly sacked: number
  readonly lost: number
  readonly retrans: number
  readonly lastDataSent: number
  readonly lastDataRecv: number
  readonly lastAckRecv: number
  readonly pmtu: number
  readonly rtt: number
  readonly rttvar: number
  readonly sndSsthresh: number
  /** Segments. */
  readonly sndCwnd: number
  readonly advmss: number
  readonly rcvSpace: number
  readonly rcvSsthresh: number
  /** Bytes a second that Linux would pace at (sk_pacing_rate): nothing is paced here. */
  readonly pacingRate: number
  readonly totalRetrans: number
  readonly bytesAcked: number
  readonly bytesReceived: number
  readonly segsOut: number
  readonly segsIn: number
  readonly sndWnd: number
  readonly rcvWnd: number
  readonly congestion: string
  // Not of struct tcp_info; /proc/net/tcp has them.
  /** ACKs left to send at once (icsk_ack.quick). */
  readonly quickAcks: number
  /** Delayed ACKs are the rule (icsk_ack.pingpong). */
  readonly isInteractive: boolean
}

/** The timer that ss(8) shows: kind as in /proc/net/tcp, and nanoseconds left. */
export interface TcpTimerInfo {
  readonly kind: 'off' | 'on' | 'keepalive' | 'timewait' | 'persist'
  readonly left: number
  readonly retransmits: number
}

/**
 * One TCP socket of the kernel, from socket(2) to the end of its connection. Implemented by `Tcb` (and, for what has no
 * socket any more, by smaller objects).
 */
export interface TcpEndpoint {
  owner: TcpOwner | null
  readonly family: 4 | 6
  readonly localAddress: Address | null
  readonly localPort: number
  readonly remoteAddress: Address | null
  readonly remotePort: number
  readonly state: TcpState

  // Settings that the socket layer writes (SOL_SOCKET, SOL_IP) and TCP reads. All are inherited on accept.
  reuseAddress: boolean
  reusePort: boolean
  v6only: boolean
  keepAlive: boolean
  oobInline: boolean
  /** SO_LINGER: -1 off, else seconds. */
  linger: number
  rcvLowat: number
  tos: number
  /** -1: the sysctl's default. */
  ttl: number
  mark: number
  boundDevice: NetworkInterface | null
  uid: number
  freebind: boolean
  /** IP_RECVERR: soft ICMP errors are reported at once. */
  recvErr: boolean
  /** IP_MTU_DISCOVER: 0 DONT, 1 WANT, 2 DO, 3 PROBE. */
  mtuDiscover: number

  /** EINVAL, EADDRINUSE, EADDRNOTAVAIL, EACCES as bind(2). `address` null: wildcard of the family. */
  bind(address: Address | null, port: number): number
  /** EINVAL, EADDRINUSE as listen(2); binds to an ephemeral port when unbound. */
  listen(backlog: number): number
  /** The oldest established child (its owner is null: set it), or EAGAIN, EINVAL. */
  accept(): TcpEndpoint | number
  /** EINPROGRESS on a started attempt, 0 once after it completed; EALREADY, EISCONN, ECONNREFUSED ... as connect(2). */
  connect(address: Address, port: number): number
  /** connect(2) with AF_UNSPEC. */
  disconnect(): number
  /** Bytes taken (copied), or EAGAIN, EPIPE, ECONNRESET, ENOTCONN ... Flags: OOB, MORE, EOR, ZEROCOPY as Linux. Raises no signal: EPIPE tells the caller. */
  send(buf: Uint8Array, start: number, end: number, flags: number): number
  /** Bytes copied into `buf[start, end)`; 0 at end of stream; EAGAIN, ECONNRESET, ENOTCONN, EINVAL (OOB). Flags: OOB, PEEK, TRUNC. */
  recv(buf: Uint8Array, start: number, end: number, flags: number): number
  /** Lend the next contiguous received bytes without copying: their count, 0 at end, or errno. `consume` gives them back. */
  recvView(range: ByteRange): number
  consume(count: number): void
  /** `how`: 0 RD, 1 WR, 2 RDWR. */
  shutdown(how: number): number
  /**
   * The last descriptor is gone: the endpoint is orphaned and TCP ends it by itself (FIN, or RST for unread data, linger 0, un-accepted children).
   * A positive linger is waited for by the socket layer, which keeps the descriptor and watches `outq`.
   */
  close(): void
  /** Level-triggered readiness, `Poll` bits. */
  poll(): number
  /** SO_ERROR: positive errno, cleared. */
  takeError(): number
  /** Positive errno without clearing. */
  readonly pendingError: number
  /** SIOCINQ: bytes readable now. */
  readonly inq: number
  /** SIOCOUTQ: bytes not acknowledged (FIN and SYN not counted); `notSent` is SIOCOUTQNSD. */
  readonly outq: number
  readonly notSent: number
  /** ss's Recv-Q and Send-Q. */
  readonly recvQueue: number
  readonly sendQueue: number
  /** SIOCATMARK. */
  readonly atMark: boolean
  /** SOL_TCP options by Linux number. Value: integer, or string for TCP_CONGESTION. ENOPROTOOPT, EINVAL, ENOENT. */
  setOption(name: number, value: number | string): number
  /** Value, or negative errno as `{ error }`. */
  getOption(name: number): number | string | TcpInfo | { readonly error: number }
  /** SO_RCVBUF, SO_SNDBUF as set by the user (not doubled here: TCP doubles, bounds, stops autotuning). */
  setReceiveBuffer(bytes: number): void
  setSendBuffer(bytes: number): void
  readonly receiveBuffer: number
  readonly sendBuffer: number
  info(): TcpInfo
  timer(): TcpTimerInfo
}

/** TCP of one host. */
export interface TcpLayer {
  readonly sysctls: readonly SysctlEntry[]
  /** socket(AF_INET or AF_INET6, SOCK_STREAM). */
  create(family: 4 | 6, uid: number): TcpEndpoint
  /** Everything that /proc/net/tcp shows, in order of creation: listeners, connections, half-open ones, TIME-WAIT, orphans. */
  forEach(visit: (endpoint: TcpEndpoint) => void): void
}
