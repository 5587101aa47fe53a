/**
 * Inodes: what a name in the tree refers to. Everything here is kept in memory; nothing reaches a real disk.
 */
import type { OpenFile } from '../../socket/file.ts'
import type { Pipe } from '../pipe.ts'

/** File type bits of `Stat.mode` (stat(2) S_IFMT). */
export const S_IFMT = 0o170000
export const S_IFSOCK = 0o140000
export const S_IFLNK = 0o120000
export const S_IFREG = 0o100000
export const S_IFDIR = 0o040000
export const S_IFCHR = 0o020000
export const S_IFIFO = 0o010000
export const S_ISVTX = 0o1000

/** Device numbers of the file systems a small Debian has mounted, `major * 256 + minor`; lsof's DEVICE column prints them. */
export const Dev = {
  ROOT: 8 * 256 + 1,
  DEVTMPFS: 5,
  SOCKETS: 8,
  PIPES: 14,
  PROC: 22,
  PTS: 24,
} as const

/** What stat(2) tells. Times in milliseconds since the epoch, with fractions down to the nanosecond where they fit. */
export interface Stat {
  readonly dev: number
  readonly ino: number
  /** Type and permission bits. */
  readonly mode: number
  readonly nlink: number
  readonly uid: number
  readonly gid: number
  /** Device number of a character device, else 0. */
  readonly rdev: number
  readonly size: number
  readonly atime: number
  readonly mtime: number
  readonly ctime: number
}

/** Bytes of a regular file. */
export interface FileContent {
  readonly size: number
  read(position: number, buf: Uint8Array, start: number, end: number): number
  /** Bytes written, or a negative errno (EFBIG, ENOSPC, EINVAL ...). */
  write(position: number, buf: Uint8Array, start: number, end: number): number
  truncate(size: number): number
}

/** Whose permissions count in a call. A host's `Process` is one. */
export interface Identity {
  readonly pid: number
  readonly uid: number
  readonly gid: number
  readonly groups: readonly number[]
  readonly umask: number
  readonly cwdInode: DirectoryInode
}

abstract class InodeBase {
  readonly ino: number
  readonly dev: number
  /** Permission bits alone (07777). */
  mode: number
  uid: number
  gid: number
  nlink = 1
  atime: number
  mtime: number
  ctime: number

  constructor(ino: number, dev: number, mode: number, uid: number, gid: number, time: number) {
    this.ino = ino
    this.dev = dev
    this.mode = mode
    this.uid = uid
    this.gid = gid
    this.atime = time
    this.mtime = time
    this.ctime = time
  }
}

export class RegularInode extends InodeBase {
  readonly kind = 'file'
  readonly type = S_IFREG
  content: FileContent
  /** Name in the host's registry of what exec runs, for the entries of /usr/bin. */
  program: string | null = null
  /** Makes fresh content for each open (/proc); null: `content` is the file. */
  generate: ((who: Identity) => FileContent) | null = null

  constructor(ino: number, dev: number, mode: number, uid: number, gid: number, time: number, content: FileContent) {
    super(ino, dev, mode, uid, gid, time)
    this.content = content
  }
}

/** Entries that are made when asked for (/proc/<pid>). */
export interface DynamicEntries {
  lookup(name: string): Inode | null
  names(): string[]
}

export class DirectoryInode extends InodeBase {
  readonly kind = 'directory'
  readonly type = S_IFDIR
  readonly entries: Map<string, Inode> = new Map()
  /** The root is its own parent; null once removed. */
  parent: DirectoryInode | null = null
  dynamic: DynamicEntries | null = null

  lookup(name: string): Inode | null {
    return this.entries.get(name) ?? this.dynamic?.lookup(name) ?? null
  }

  /** Names without `.` and `..`, in the order they were made. */
  names(): string[] {
    const own = [...this.entries.keys()]
    return this.dynamic === null ? own : [...own, ...this.dynamic.names()]
  }
}

export class SymlinkInode extends InodeBase {
  readonly kind = 'symlink'
  readonly type = S_IFLNK
  readonly #target: string | ((who: Identity) => string)
  /** /proc/<pid>/fd/N: the link leads straight to what is open there, whatever its text says. */
  jump: (() => Inode | null) | null = null

  constructor(
    ino: number,
    dev: number,
    uid: number,
    gid: number,
    time: number,
    target: string | ((who: Identity) => string),
  ) {
    super(ino, dev, 0o777, uid, gid, time)
    this.#target = target
  }

  target(who: Identity): string {
    return typeof this.#target === 'string' ? this.#target : this.#target(who)
  }

  /** Length of a fixed text; 0 for one that depends on who asks. */
  get size(): number {
    return typeof this.#target === 'string' ? this.#target.length : 0
  }
}

export class DeviceInode extends InodeBase {
  readonly kind = 'device'
  readonly type = S_IFCHR
  readonly rdev: number
  readonly driver: DeviceDriver

  constructor(
    ino: number,
    dev: number,
    mode: number,
    uid: number,
    gid: number,
    time: number,
    rdev: number,
    driver: DeviceDriver,
  ) {
    super(ino, dev, mode, uid, gid, time)
    this.rdev = rdev
    this.driver = driver
  }
}

/** Opens a character device: the description, or a negative errno (ENXIO). */
export interface DeviceDriver {
  open(inode: DeviceInode, flags: number, who: Identity): OpenFile | number
}

export class FifoInode extends InodeBase {
  readonly kind = 'fifo'
  readonly type = S_IFIFO
  /** The pipe behind it, once somebody has opened it. */
  pipe: Pipe | null = null
}

export class SocketInode extends InodeBase {
  readonly kind = 'socket'
  readonly type = S_IFSOCK
  /** The socket bound to it. It stays after that socket closed: a stale path (unix(7)). */
  owner: object | null = null
}

export type Inode = RegularInode | DirectoryInode | SymlinkInode | DeviceInode | FifoInode | SocketInode

/** Size as stat(2) reports it for each kind. */
const sizeOf = (inode: Inode): number => {
  switch (inode.kind) {
    case 'file':
      return inode.content.size
    case 'directory':
      return inode.dev === Dev.ROOT ? 4096 : 0
    case 'symlink':
      return inode.size
    default:
      return 0
  }
}

export const statOf = (inode: Inode): Stat => ({
  dev: inode.dev,
  ino: inode.ino,
  mode: inode.type | inode.mode,
  nlink: inode.nlink,
  uid: inode.uid,
  gid: inode.gid,
  rdev: inode.kind === 'device' ? inode.rdev : 0,
  size: sizeOf(inode),
  atime: inode.atime,
  mtime: inode.mtime,
  ctime: inode.ctime,
})
