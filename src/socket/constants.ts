/**
 * The numbers of Linux's socket interface (x86-64), under the names that programs know them by. MSG_* and POLL* are in
 * wire/call.ts as `Msg` and `Poll`; here they have their C names.
 */
import { Msg, Poll } from '../wire/call.ts'

export const AF_UNSPEC = 0
export const AF_UNIX = 1
export const AF_INET = 2
export const AF_INET6 = 10
export const AF_PACKET = 17

export const SOCK_STREAM = 1
export const SOCK_DGRAM = 2
export const SOCK_RAW = 3
export const SOCK_RDM = 4
export const SOCK_SEQPACKET = 5
export const SOCK_DCCP = 6
export const SOCK_PACKET = 10
export const SOCK_NONBLOCK = 0o4000
export const SOCK_CLOEXEC = 0o2000000

export const IPPROTO_IP = 0
export const IPPROTO_ICMP = 1
export const IPPROTO_IGMP = 2
export const IPPROTO_TCP = 6
export const IPPROTO_UDP = 17
export const IPPROTO_IPV6 = 41
export const IPPROTO_ICMPV6 = 58
export const IPPROTO_UDPLITE = 136
export const IPPROTO_RAW = 255

export const SOL_IP = 0
export const SOL_SOCKET = 1
export const SOL_TCP = 6
export const SOL_UDP = 17
export const SOL_IPV6 = 41
export const SOL_ICMPV6 = 58
export const SOL_RAW = 255
export const SOL_PACKET = 263

// SOL_SOCKET
export const SO_DEBUG = 1
export const SO_REUSEADDR = 2
export const SO_TYPE = 3
export const SO_ERROR = 4
export const SO_DONTROUTE = 5
export const SO_BROADCAST = 6
export const SO_SNDBUF = 7
export const SO_RCVBUF = 8
export const SO_KEEPALIVE = 9
export const SO_OOBINLINE = 10
export const SO_NO_CHECK = 11
export const SO_PRIORITY = 12
export const SO_LINGER = 13
export const SO_REUSEPORT = 15
export const SO_PASSCRED = 16
export const SO_PEERCRED = 17
export const SO_RCVLOWAT = 18
export const SO_SNDLOWAT = 19
export const SO_RCVTIMEO = 20
export const SO_SNDTIMEO = 21
export const SO_BINDTODEVICE = 25
export const SO_TIMESTAMP = 29
export const SO_ACCEPTCONN = 30
export const SO_SNDBUFFORCE = 32
export const SO_RCVBUFFORCE = 33
export const SO_TIMESTAMPNS = 35
export const SO_MARK = 36
export const SO_PROTOCOL = 38
export const SO_DOMAIN = 39
export const SO_RXQ_OVFL = 40
export const SO_INCOMING_CPU = 49
export const SO_BUSY_POLL = 46
export const SO_BINDTOIFINDEX = 62

// SOL_IP
export const IP_TOS = 1
export const IP_TTL = 2
export const IP_HDRINCL = 3
export const IP_OPTIONS = 4
export const IP_RECVOPTS = 6
export const IP_PKTINFO = 8
export const IP_MTU_DISCOVER = 10
export const IP_RECVERR = 11
export const IP_RECVTTL = 12
export const IP_RECVTOS = 13
export const IP_MTU = 14
export const IP_FREEBIND = 15
export const IP_TRANSPARENT = 19
export const IP_MINTTL = 21
export const IP_MULTICAST_IF = 32
export const IP_MULTICAST_TTL = 33
export const IP_MULTICAST_LOOP = 34
export const IP_ADD_MEMBERSHIP = 35
export const IP_DROP_MEMBERSHIP = 36
export const IP_MULTICAST_ALL = 49
export const IP_LOCAL_PORT_RANGE = 51
export const IP_PMTUDISC_DONT = 0
export const IP_PMTUDISC_WANT = 1
export const IP_PMTUDISC_DO = 2
export const IP_PMTUDISC_PROBE = 3

// SOL_IPV6
export const IPV6_UNICAST_HOPS = 16
export const IPV6_MULTICAST_IF = 17
export const IPV6_MULTICAST_HOPS = 18
export const IPV6_MULTICAST_LOOP = 19
export const IPV6_ADD_MEMBERSHIP = 20
export const IPV6_DROP_MEMBERSHIP = 21
export const IPV6_MTU_DISCOVER = 23
export const IPV6_MTU = 24
export const IPV6_RECVERR = 25
export const IPV6_V6ONLY = 26
export const IPV6_RECVPKTINFO = 49
export const IPV6_PKTINFO = 50
export const IPV6_RECVHOPLIMIT = 51
export const IPV6_HOPLIMIT = 52
export const IPV6_RECVTCLASS = 66
export const IPV6_TCLASS = 67
export const IPV6_FREEBIND = 78

// SOL_TCP
export const TCP_NODELAY = 1
export const TCP_MAXSEG = 2
export const TCP_CORK = 3
export const TCP_KEEPIDLE = 4
export const TCP_KEEPINTVL = 5
export const TCP_KEEPCNT = 6
export const TCP_SYNCNT = 7
export const TCP_LINGER2 = 8
export const TCP_DEFER_ACCEPT = 9
export const TCP_WINDOW_CLAMP = 10
export const TCP_INFO = 11
export const TCP_QUICKACK = 12
export const TCP_CONGESTION = 13
export const TCP_USER_TIMEOUT = 18
export const TCP_FASTOPEN = 23
export const TCP_NOTSENT_LOWAT = 25

// SOL_UDP, SOL_RAW
export const UDP_CORK = 1
export const ICMP_FILTER = 1

export const MSG_OOB: number = Msg.OOB
export const MSG_PEEK: number = Msg.PEEK
export const MSG_DONTROUTE: number = Msg.DONTROUTE
export const MSG_CTRUNC: number = Msg.CTRUNC
export const MSG_TRUNC: number = Msg.TRUNC
export const MSG_DONTWAIT: number = Msg.DONTWAIT
export const MSG_EOR: number = Msg.EOR
export const MSG_WAITALL: number = Msg.WAITALL
export const MSG_ERRQUEUE: number = Msg.ERRQUEUE
export const MSG_NOSIGNAL: number = Msg.NOSIGNAL
export const MSG_MORE: number = Msg.MORE
export const MSG_WAITFORONE: number = Msg.WAITFORONE
export const MSG_ZEROCOPY: number = Msg.ZEROCOPY
export const MSG_CMSG_CLOEXEC: number = Msg.CMSG_CLOEXEC

export const POLLIN: number = Poll.IN
export const POLLPRI: number = Poll.PRI
export const POLLOUT: number = Poll.OUT
export const POLLERR: number = Poll.ERR
export const POLLHUP: number = Poll.HUP
export const POLLNVAL: number = Poll.NVAL
export const POLLRDHUP: number = Poll.RDHUP

export const SHUT_RD = 0
export const SHUT_WR = 1
export const SHUT_RDWR = 2

export const SCM_RIGHTS = 1
export const SCM_CREDENTIALS = 2

// fcntl(2)
export const F_DUPFD = 0
export const F_GETFD = 1
export const F_SETFD = 2
export const F_GETFL = 3
export const F_SETFL = 4
export const F_DUPFD_CLOEXEC = 1030
export const FD_CLOEXEC = 1

// ioctl(2)
export const FIONREAD = 0x541b
export const FIONBIO = 0x5421
export const SIOCINQ = 0x541b
export const TIOCOUTQ = 0x5411
export const SIOCOUTQ = 0x5411
export const SIOCATMARK = 0x8905
export const SIOCOUTQNSD = 0x894b

// ICMP_FILTER and error queue (struct sock_extended_err)
export const SO_EE_ORIGIN_NONE = 0
export const SO_EE_ORIGIN_LOCAL = 1
export const SO_EE_ORIGIN_ICMP = 2
export const SO_EE_ORIGIN_ICMP6 = 3

/** UIO_MAXIOV: vectors of one sendmsg or recvmsg. */
export const UIO_MAXIOV = 1024
/** net.core.somaxconn. */
export const SOMAXCONN = 4096
