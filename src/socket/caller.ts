import type { DescriptorTable, OpenFile } from './file.ts'

/** Where Unix sockets have their names: the host's inode tree implements it. All results are zero or negative errno unless said. */
export interface SocketPaths {
  /** Make a socket inode for `owner`: EADDRINUSE (exists), ENOENT, ENOTDIR, EACCES, ENAMETOOLONG. */
  bindSocket(caller: Caller, path: string, owner: object): number
  /** The socket object at a path, or ENOENT, EACCES (no write permission), ECONNREFUSED (not a socket, or nobody holds it). */
  findSocket(caller: Caller, path: string): object | number
}

/** The process that makes a call, as far as sockets need to know it. A host's `Process` is one. */
export interface Caller {
  readonly pid: number
  readonly uid: number
  readonly gid: number
  /** CAP_NET_ADMIN, CAP_NET_RAW, CAP_NET_BIND_SERVICE ... : uid 0. */
  readonly privileged: boolean
  readonly descriptors: DescriptorTable
  readonly paths: SocketPaths
  /** SIGPIPE of a failed send. */
  raisePipe(): void
  /** ENFILE: the host's limit of open files (fs.file-max) is reached. */
  readonly filesExhausted: boolean
}

/** What lsof, ss and the lab see of any description: see `SocketRow` for sockets. */
export interface Described {
  readonly file: OpenFile
}
