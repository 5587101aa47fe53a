/** The one table of sockets: what lsof, ss, netstat and the lab read of each. */
import type { TcpTimerInfo } from '../tcp/types.ts'
import type { Address } from '../wire/address.ts'

export type SocketProtocol = 'tcp' | 'udp' | 'icmp' | 'raw' | 'unix' | 'packet'

/** An end as the table shows it. */
export interface RowEnd {
  /** null: wildcard, or none. */
  readonly address: Address | null
  /** Port, echo identifier or protocol number; 0: any. */
  readonly port: number
  /** Unix: path; abstract ones start with NUL. null: none. */
  readonly path: string | null
}

/** A descriptor that refers to the socket. */
export interface SocketUse {
  readonly pid: number
  readonly command: string
  readonly uid: number
  readonly fd: number
}

export interface SocketRow {
  readonly protocol: SocketProtocol
  /** AF_*. */
  readonly family: number
  /** SOCK_*. */
  readonly type: number
  /** TcpState number for TCP; as /proc/net for the others: 7 unconnected, 1 connected, 10 listening. */
  readonly state: number
  readonly local: RowEnd
  readonly remote: RowEnd
  /** ss's Recv-Q and Send-Q. */
  readonly recvQ: number
  readonly sendQ: number
  /** 0: no socket any more, or none yet (half-open, TIME-WAIT, orphan). */
  readonly inode: number
  readonly uid: number
  readonly owners: readonly SocketUse[]
  readonly timer: TcpTimerInfo | null
  /** Datagrams dropped for want of room. */
  readonly drops: number
  readonly v6only: boolean
  /** Name of the interface it is bound to, or null. */
  readonly device: string | null
  /** Inode of the other end of a Unix connection, or 0. */
  readonly peerInode: number
  /** The object behind it (TcpEndpoint, UdpEndpoint, SocketFile) for whoever wants more (`ss -i`). */
  readonly subject: object
}

/** What a kind of socket says about itself; `Sockets` adds the owners. */
export type SocketDescription = Omit<SocketRow, 'owners'>

export const NO_END: RowEnd = { address: null, port: 0, path: null }
