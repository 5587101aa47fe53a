/** What lsof reads of a host, apart from how a host keeps it. */
import type { SocketRow } from '../../socket/row.ts'

/** One open file of a process. */
export interface LsofFile {
  /** `cwd`, `rtd`, `txt`, `NOFD`, or a descriptor. */
  readonly fd: string | number
  readonly access: 'r' | 'w' | 'u' | ' '
  /** Its row in the table of sockets: null for another kind of file, or a socket that is in no table. */
  readonly socket: SocketRow | null
  /** DIR, REG, CHR, FIFO, sock ... */
  readonly type: string
  /** `0,5`, `1,3`. */
  readonly device: string
  /** Number of the device that the inode is on; null: none to tell. */
  readonly dev: number | null
  readonly inode: number
  /** Size of a regular file or directory; null: SIZE/OFF shows the offset. */
  readonly size: number | null
  /** null: none to tell. */
  readonly offset: number | null
  readonly node: string
  readonly links: number | null
  /** File status flags in the kernel's numbers, FD_CLOEXEC as O_CLOEXEC; null: not a descriptor. */
  readonly flags: number | null
  readonly name: string
  /** Lines of the program that opened and wrote to a socket, or ''. */
  readonly where: string
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

/** What a name argument leads to. */
export interface NamedInode {
  readonly dev: number
  readonly inode: number
}

export interface LsofSource {
  /** The network notes the program's lines. */
  readonly isTraced: boolean
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
  /** The inode that a path leads to, or what is wrong with it (`No such file or directory`). */
  inodeOf(path: string): NamedInode | string
}

/** What a report leaves: text for both streams and the exit code. */
export interface Report {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}
