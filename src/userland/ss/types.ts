/** What ss reads of a host. */
import type { SocketRow } from '../../socket/row.ts'

export interface SsSource {
  readonly rows: readonly SocketRow[]
  /** Sockets with a descriptor, those in no table among them. */
  readonly used: number
  /** TCP sockets with a descriptor that are in no table: unbound, bound only. */
  readonly closedTcp: number
  /** Whose processes may be told. */
  readonly viewer: number
  /** net.ipv4.ip_local_port_range: those ports have no names. */
  readonly ephemeral: readonly [low: number, high: number]
  serviceName(port: number, protocol: 'tcp' | 'udp'): string | null
  servicePort(name: string, protocol: 'tcp' | 'udp'): number | null
  protocolName(number: number): string | null
  hostName(address: string): string | null
  addresses(name: string): readonly string[]
  /** The network notes the program's lines. */
  readonly isTraced: boolean
  /** Which lines of the program opened it and wrote to it, or ''. */
  where(row: SocketRow): string
  /** Inode and device of a socket's path. */
  inodeOf(path: string): { readonly dev: number; readonly inode: number } | null
}
