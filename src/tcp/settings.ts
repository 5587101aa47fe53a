import type { NetworkInterface } from '../link/interface.ts'
import type { CongestionControl } from './congestion/types.ts'

/**
 * What an application may set on a TCP socket. Nearly all sockets keep the defaults, so one object is shared by all and
 * copied at the first change; an accepted socket shares its listener's.
 */
export class Settings {
  /** More than one socket refers to it: copy before writing. */
  shared = true
  reuseAddress = false
  reusePort = false
  v6only = false
  keepAlive = false
  oobInline = false
  freebind = false
  recvErr = false
  noDelay = false
  cork = false
  uid = 0
  linger = -1
  rcvLowat = 1
  tos = 0
  ttl = -1
  mark = 0
  mtuDiscover = 1
  boundDevice: NetworkInterface | null = null
  congestion: CongestionControl
  /** TCP_MAXSEG; 0: the path's. */
  maxSegment = 0
  /** Seconds; 0: the sysctl's. */
  keepIdle = 0
  keepInterval = 0
  keepCount = 0
  /** TCP_SYNCNT; 0: the sysctl's. */
  synCount = 0
  /** TCP_LINGER2 in seconds; 0: the sysctl's, -1: no FIN-WAIT-2 for orphans. */
  linger2 = 0
  /** TCP_DEFER_ACCEPT as a count of SYN,ACK retransmissions. */
  deferAccept = 0
  /** TCP_WINDOW_CLAMP, bytes; 0: none. */
  windowClamp = 0
  /** TCP_USER_TIMEOUT, ms; 0: by retransmission count. */
  userTimeout = 0
  /** TCP_NOTSENT_LOWAT, bytes; 0: the sysctl's. */
  notSentLowat = 0
  /** SO_RCVBUF, SO_SNDBUF as doubled; 0: not set. Inherited on accept. */
  rcvBuf = 0
  sndBuf = 0

  constructor(congestion: CongestionControl) {
    this.congestion = congestion
  }

  copy(): Settings {
    const other: Settings = Object.assign(new Settings(this.congestion), this)
    other.shared = false
    return other
  }
}
