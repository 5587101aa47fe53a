/** What lsof reads of a host, apart from how a host keeps it. */
import type { SocketRow } from '../../socket/row.ts'

/** One open file of a process. */
export interface LsofFile {
  /** `cwd`, `rtd`, `txt`, or a descriptor. */
  readonly fd: 'cwd' | 'rtd' | 'txt' | number
  readonly access: 'r' | 'w' | 'u' | ' '
  /** The socket behind it, or null for another kind of file. */
  readonly socket: SocketRow | null
  /** DIR, REG, CHR, FIFO ...: for what is not a socket. */
  readonly type: string
  /** `0,5`, `1,3`. */
  readonly device: string
  /** Size of a regular file or directory; null: an offset of nothing, `0t0`. */
  readonly size: number | null
  readonly node: string
  readonly name: string
}

export interface LsofProcess {
  readonly pid: number
  readonly ppid: number
  readonly pgid: number
  readonly uid: number
  readonly user: string
  readonly command: string
  readonly files: readonly LsofFile[]
}

export interface LsofSource {
  /** In order of pid. */
  readonly processes: readonly LsofProcess[]
  /** A name of /etc/hosts for an address, or null. */
  hostName(address: string): string | null
  serviceName(port: number, protocol: 'tcp' | 'udp'): string | null
  servicePort(name: string, protocol: 'tcp' | 'udp'): number | null
  /** Addresses of a name in /etc/hosts. */
  addresses(name: string): readonly string[]
  uidOf(user: string): number | null
  /** Absolute path of a name argument. */
  resolve(path: string): string
  exists(path: string): boolean
}

/** What a report leaves: text for both streams and the exit code. */
export interface Report {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}
