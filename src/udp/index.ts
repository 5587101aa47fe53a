/**
 * UDP (RFC 768) as Linux's sockets show it, and its two neighbours without ports: ping sockets (an echo identifier in the
 * port's place) and raw sockets (an IP protocol in it).
 *
 * The three share `DatagramCore`: a receive queue that holds the packets themselves, charged as the kernel charges them,
 * a pending error, an error queue. What differs is who a packet is for and what header is written.
 *
 * Left out: UDP-Lite, UDP_GRO and UDP_SEGMENT, encapsulation sockets, and a charge for datagrams under way: a sent packet
 * belongs to the network at once.
 */
export { DatagramCore } from './core.ts'
export { truesize } from './packet-queue.ts'
export { PingSocket, PingSockets } from './ping.ts'
export { RawSocket, RawSockets } from './raw.ts'
export type {
  DatagramInfo,
  DatagramSettings,
  QueuedError,
  SendChoices,
  UdpEndpoint,
  UdpLayer,
  UdpOwner,
} from './types.ts'
export { Udp } from './udp.ts'
export { UdpSocket } from './udp-socket.ts'
