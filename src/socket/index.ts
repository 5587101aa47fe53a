/**
 * Berkeley sockets: what a program calls, on integer descriptors of its process.
 *
 * A `SocketFile` is an open file description with all calls as methods; the kinds (`InetStream`, `InetDatagram`, the Unix ones)
 * stand on the protocols. `Berkeley` binds the calls to a process. `Sockets` is the host's part: families, and the one table
 * that lsof and ss read. Nothing here waits: the blocking face is `host/`.
 *
 * Left out so far: epoll, SCM_RIGHTS, SO_PEERCRED, Fast Open, MSG_ZEROCOPY's completions.
 */
export { type AddressOut, Berkeley, type ReceiveMessage, type SendMessage } from './berkeley.ts'
export type { Caller, SocketPaths } from './caller.ts'
export * from './constants.ts'
export * from './file.ts'
export { InetDatagram } from './inet-datagram.ts'
export { InetStream } from './inet-stream.ts'
export type {
  ControlData,
  ControlMessage,
  Credentials,
  ExtendedError,
  InMessage,
  OutMessage,
  PacketInfo,
  TimeValue,
} from './message.ts'
export { type Linger, type Membership, options, type SocketOption } from './options/index.ts'
export { ETH_P_ALL, PACKET_STATISTICS, PacketSocket, type SeenFrame } from './packet.ts'
export {
  type PollEntry,
  pollNow,
  SELECT_EXCEPT,
  SELECT_READ,
  SELECT_WRITE,
  type Selected,
  selectNow,
} from './readiness.ts'
export type { RowEnd, SocketProtocol, SocketRow, SocketUse } from './row.ts'
export {
  type FamilyOnlyAddress,
  fromSockAddr,
  type InetSocketAddress,
  type PacketSocketAddress,
  SockAddr,
  type SocketAddress,
  toSockAddr,
  type UnixSocketAddress,
} from './sockaddr.ts'
export { OptionError, type OptionValue, SocketFile } from './socket-file.ts'
export { type SocketFamily, type SocketOwner, Sockets } from './sockets.ts'
export type { CallSite, SocketTrace, TraceRecord } from './trace.ts'
export type { Watch } from './watch.ts'
