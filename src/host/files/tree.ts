/**
 * The inode tree of one host and the calls that change it. A call is made for an `Identity` (whose permissions count) and
 * gives zero or a result, or a negative errno.
 */
import type { Clock } from '../../time/scheduler.ts'
import {
  EACCES,
  EBUSY,
  EEXIST,
  EINVAL,
  EISDIR,
  ELOOP,
  EMLINK,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  EPERM,
  EROFS,
  EXDEV,
} from '../../wire/errno.ts'
import { MemoryContent, Space } from './content.ts'
import {
  Dev,
  type DeviceDriver,
  DeviceInode,
  DirectoryInode,
  FifoInode,
  type Identity,
  type Inode,
  RegularInode,
  S_ISVTX,
  SocketInode,
  type Stat,
  SymlinkInode,
  statOf,
} from './inode.ts'
import { type Place, permits, R_OK, W_OK, walk, X_OK } from './walk.ts'

export interface FileTreeOptions {
  /** Bytes that all files together may hold; default 256 MiB. */
  readonly capacity?: number
  /** Bytes that one file may hold; default 128 MiB. */
  readonly largestFile?: number
}

/** Name, inode number and type of a directory's entry, as getdents(2). */
export interface DirectoryEntry {
  readonly name: string
  readonly ino: number
  readonly type: Inode['kind']
}

const LINK_MAX = 65_000

export class FileTree {
  readonly root: DirectoryInode
  readonly space: Space
  readonly #clock: Clock
  readonly #epoch: number
  #nextIno = 2

  constructor(clock: Clock, epoch: number, options: FileTreeOptions = {}) {
    this.#clock = clock
    this.#epoch = epoch
    this.space = new Space(options.capacity, options.largestFile)
    this.root = this.newDirectory(0o755, 0, 0)
    this.root.parent = this.root
    this.root.nlink = 2
  }

  /** The host's wall clock, milliseconds since the epoch. */
  get time(): number {
    return this.#epoch + this.#clock.now / 1e6
  }

  // Making inodes. They are in no directory yet.

  newFile(mode: number, uid: number, gid: number, dev: number = Dev.ROOT): RegularInode {
    return new RegularInode(this.#nextIno++, dev, mode, uid, gid, this.time, new MemoryContent(this.space))
  }

  newDirectory(mode: number, uid: number, gid: number, dev: number = Dev.ROOT): DirectoryInode {
    const dir = new DirectoryInode(this.#nextIno++, dev, mode, uid, gid, this.time)
    dir.nlink = 2
    return dir
  }

  newSymlink(
    target: string | ((who: Identity) => string),
    uid: number,
    gid: number,
    dev: number = Dev.ROOT,
  ): SymlinkInode {
    return new SymlinkInode(this.#nextIno++, dev, uid, gid, this.time, target)
  }

  newDevice(
    mode: number,
    gid: number,
    rdev: number,
    driver: DeviceDriver,
    dev: number = Dev.DEVTMPFS,
    uid = 0,
  ): DeviceInode {
    return new DeviceInode(this.#nextIno++, dev, mode, uid, gid, this.time, rdev, driver)
  }

  newFifo(mode: number, uid: number, gid: number): FifoInode {
    return new FifoInode(this.#nextIno++, Dev.ROOT, mode, uid, gid, this.time)
  }

  /** Numbers for what has no name in the tree but shows up in lsof: pipes, anonymous inodes. */
  nextIno(): number {
    return this.#nextIno++
  }

  /** Put an inode into a directory under a free name. */
  attach(dir: DirectoryInode, name: string, inode: Inode): void {
    dir.entries.set(name, inode)
    if (inode.kind === 'directory') {
      inode.parent = dir
      dir.nlink++
    }
    dir.mtime = dir.ctime = this.time
  }

  #detach(dir: DirectoryInode, name: string, inode: Inode): void {
    dir.entries.delete(name)
    dir.mtime = dir.ctime = inode.ctime = this.time
    if (inode.kind === 'directory') {
      dir.nlink--
      inode.parent = null
      inode.nlink = 0
    } else this.drop(inode)
  }

  /** One name less. A regular file gives its room back when no descriptor holds it either: see `FileHandle.release`. */
  drop(inode: Inode): void {
    inode.nlink--
    if (inode.nlink === 0 && inode.kind === 'file' && !this.#held.has(inode)) inode.content.truncate(0)
  }

  /** Open descriptions by inode: an unlinked file lives on until the last is closed. */
  readonly #held = new Map<RegularInode, number>()

  hold(inode: RegularInode): void {
    this.#held.set(inode, (this.#held.get(inode) ?? 0) + 1)
  }

  letGo(inode: RegularInode): void {
    const left = (this.#held.get(inode) ?? 1) - 1
    if (left > 0) this.#held.set(inode, left)
    else {
      this.#held.delete(inode)
      if (inode.nlink === 0) inode.content.truncate(0)
    }
  }

  // Finding

  place(who: Identity, path: string, follow: boolean): Place | number {
    return walk(this.root, who, path, follow)
  }

  /** The inode at a path, or a negative errno. */
  find(who: Identity, path: string, follow = true): Inode | number {
    const place = walk(this.root, who, path, follow)
    return typeof place === 'number' ? place : (place.inode ?? -ENOENT)
  }

  findDirectory(who: Identity, path: string): DirectoryInode | number {
    const inode = this.find(who, path)
    if (typeof inode === 'number') return inode
    return inode.kind === 'directory' ? inode : -ENOTDIR
  }

  /** The free place for a new name: EEXIST when taken, EACCES when the directory may not be written. */
  placeForNew(who: Identity, path: string, directory = false): Place | number {
    const place = walk(this.root, who, path, false)
    if (typeof place === 'number') return place
    if (place.inode !== null) return -EEXIST
    if (place.slash && !directory) return -ENOENT
    return this.#mayChange(who, place.dir) || place
  }

  #mayChange(who: Identity, dir: DirectoryInode): number {
    if (dir.parent === null) return -ENOENT
    if (!permits(who, dir, W_OK | X_OK)) return -EACCES
    return dir.dev === Dev.PROC ? -EROFS : 0
  }

  /** May `who` take this name away? The sticky bit leaves that to the owners (unlink(2) EPERM). */
  #mayRemove(who: Identity, dir: DirectoryInode, inode: Inode): number {
    const error = this.#mayChange(who, dir)
    if (error < 0) return error
    if ((dir.mode & S_ISVTX) !== 0 && who.uid !== 0 && who.uid !== inode.uid && who.uid !== dir.uid) return -EPERM
    return 0
  }

  // Calls

  stat(who: Identity, path: string, follow = true): Stat | number {
    const inode = this.find(who, path, follow)
    return typeof inode === 'number' ? inode : statOf(inode)
  }

  access(who: Identity, path: string, wanted: number): number {
    const inode = this.find(who, path)
    if (typeof inode === 'number') return inode
    return permits(who, inode, wanted) ? 0 : -EACCES
  }

  readdir(who: Identity, path: string): DirectoryEntry[] | number {
    const dir = this.findDirectory(who, path)
    if (typeof dir === 'number') return dir
    if (!permits(who, dir, R_OK)) return -EACCES
    return entriesOf(dir)
  }

  mkdir(who: Identity, path: string, mode = 0o777): number {
    const place = this.placeForNew(who, path, true)
    if (typeof place === 'number') return place
    this.attach(place.dir, place.name, this.newDirectory(mode & ~who.umask & 0o1777, who.uid, who.gid))
    return 0
  }

  rmdir(who: Identity, path: string): number {
    const place = walk(this.root, who, path, false)
    if (typeof place === 'number') return place
    const { dir, name, inode } = place
    if (inode === null) return -ENOENT
    if (inode.kind !== 'directory') return -ENOTDIR
    if (name === '.') return -EINVAL
    if (name === '..') return -ENOTEMPTY
    if (inode === this.root) return -EBUSY
    const error = this.#mayRemove(who, dir, inode)
    if (error < 0) return error
    if (inode.names().length > 0) return -ENOTEMPTY
    this.#detach(dir, name, inode)
    return 0
  }

  unlink(who: Identity, path: string): number {
    const place = walk(this.root, who, path, false)
    if (typeof place === 'number') return place
    const { dir, name, inode } = place
    if (inode === null) return -ENOENT
    if (inode.kind === 'directory') return -EISDIR
    const error = this.#mayRemove(who, dir, inode)
    if (error < 0) return error
    this.#detach(dir, name, inode)
    return 0
  }

  rename(who: Identity, from: string, to: string): number {
    const source = walk(this.root, who, from, false)
    if (typeof source === 'number') return source
    const target = walk(this.root, who, to, false)
    if (typeof target === 'number') return target
    const moved = source.inode
    if (moved === null) return -ENOENT
    if (isDot(source.name) || isDot(target.name) || moved === this.root || target.inode === this.root) return -EBUSY
    if (moved.kind !== 'directory' && target.slash) return -ENOTDIR
    const error = this.#mayRemove(who, source.dir, moved) || this.#mayChange(who, target.dir)
    if (error < 0) return error
    if (source.dir.dev !== target.dir.dev) return -EXDEV
    if (moved === target.inode) return 0
    if (moved.kind === 'directory' && isWithin(target.dir, moved)) return -EINVAL
    const replaced = target.inode === null ? 0 : this.#replace(who, target, target.inode, moved)
    if (replaced < 0) return replaced
    source.dir.entries.delete(source.name)
    if (moved.kind === 'directory') source.dir.nlink--
    this.attach(target.dir, target.name, moved)
    source.dir.mtime = source.dir.ctime = moved.ctime = this.time
    return 0
  }

  #replace(who: Identity, target: Place, old: Inode, moved: Inode): number {
    if (moved.kind === 'directory' && old.kind !== 'directory') return -ENOTDIR
    if (moved.kind !== 'directory' && old.kind === 'directory') return -EISDIR
    if (old.kind === 'directory' && old.names().length > 0) return -ENOTEMPTY
    const error = this.#mayRemove(who, target.dir, old)
    if (error < 0) return error
    this.#detach(target.dir, target.name, old)
    return 0
  }

  link(who: Identity, from: string, to: string): number {
    const inode = this.find(who, from, false)
    if (typeof inode === 'number') return inode
    if (inode.kind === 'directory') return -EPERM
    if (inode.nlink >= LINK_MAX) return -EMLINK
    const place = this.placeForNew(who, to)
    if (typeof place === 'number') return place
    if (place.dir.dev !== inode.dev) return -EXDEV
    this.attach(place.dir, place.name, inode)
    inode.nlink++
    inode.ctime = this.time
    return 0
  }

  symlink(who: Identity, target: string, path: string): number {
    if (target === '') return -ENOENT
    const place = this.placeForNew(who, path)
    if (typeof place === 'number') return place
    this.attach(place.dir, place.name, this.newSymlink(target, who.uid, who.gid))
    return 0
  }

  readlink(who: Identity, path: string): string | number {
    const inode = this.find(who, path, false)
    if (typeof inode === 'number') return inode
    return inode.kind === 'symlink' ? inode.target(who) : -EINVAL
  }

  mkfifo(who: Identity, path: string, mode = 0o666): number {
    const place = this.placeForNew(who, path)
    if (typeof place === 'number') return place
    this.attach(place.dir, place.name, this.newFifo(mode & ~who.umask & 0o777, who.uid, who.gid))
    return 0
  }

  /** bind(2) of a Unix socket: mode 0777 less the umask, as Linux makes it. */
  mksocket(who: Identity, path: string, owner: object): number {
    const place = this.placeForNew(who, path)
    if (typeof place === 'number') return place
    const inode = new SocketInode(this.#nextIno++, Dev.ROOT, 0o777 & ~who.umask, who.uid, who.gid, this.time)
    inode.owner = owner
    this.attach(place.dir, place.name, inode)
    return 0
  }

  chmod(who: Identity, path: string, mode: number): number {
    const inode = this.find(who, path)
    return typeof inode === 'number' ? inode : this.chmodInode(who, inode, mode)
  }

  chmodInode(who: Identity, inode: Inode, mode: number): number {
    if (who.uid !== 0 && who.uid !== inode.uid) return -EPERM
    inode.mode = mode & 0o7777
    inode.ctime = this.time
    return 0
  }

  /** -1 leaves an id as it is. Only root gives files away; an owner may choose among its groups. */
  chown(who: Identity, path: string, uid: number, gid: number, follow = true): number {
    const inode = this.find(who, path, follow)
    return typeof inode === 'number' ? inode : this.chownInode(who, inode, uid, gid)
  }

  chownInode(who: Identity, inode: Inode, uid: number, gid: number): number {
    if (who.uid !== 0) {
      if (who.uid !== inode.uid || (uid !== -1 && uid !== inode.uid)) return -EPERM
      if (gid !== -1 && gid !== who.gid && !who.groups.includes(gid)) return -EPERM
    }
    if (uid !== -1) inode.uid = uid
    if (gid !== -1) inode.gid = gid
    inode.ctime = this.time
    return 0
  }

  /** Milliseconds since the epoch; null: now. */
  utimes(who: Identity, path: string, atime: number | null, mtime: number | null, follow = true): number {
    const inode = this.find(who, path, follow)
    if (typeof inode === 'number') return inode
    if (who.uid !== 0 && who.uid !== inode.uid) {
      if (atime !== null || mtime !== null) return -EPERM
      if (!permits(who, inode, W_OK)) return -EACCES
    }
    inode.atime = atime ?? this.time
    inode.mtime = mtime ?? this.time
    inode.ctime = this.time
    return 0
  }

  truncate(who: Identity, path: string, size: number): number {
    const inode = this.find(who, path)
    if (typeof inode === 'number') return inode
    if (inode.kind === 'directory') return -EISDIR
    if (inode.kind !== 'file') return -EINVAL
    if (!permits(who, inode, W_OK)) return -EACCES
    return this.truncateInode(inode, size)
  }

  truncateInode(inode: RegularInode, size: number): number {
    const error = inode.content.truncate(size)
    if (error === 0) inode.mtime = inode.ctime = this.time
    return error
  }

  /** What open(2) finds, made with O_CREAT when asked: the inode, or a negative errno. */
  openInode(
    who: Identity,
    path: string,
    create: boolean,
    exclusive: boolean,
    nofollow: boolean,
    mode: number,
  ): Inode | number {
    const place = walk(this.root, who, path, !nofollow && !(create && exclusive))
    if (typeof place === 'number') return place
    if (place.inode !== null) {
      if (create && exclusive) return -EEXIST
      return nofollow && place.inode.kind === 'symlink' ? -ELOOP : place.inode
    }
    if (!create) return -ENOENT
    if (place.slash) return -EISDIR
    const error = this.#mayChange(who, place.dir)
    if (error < 0) return error
    const inode = this.newFile(mode & ~who.umask & 0o7777, who.uid, who.gid)
    this.attach(place.dir, place.name, inode)
    return inode
  }
}

const isDot = (name: string): boolean => name === '.' || name === '..'

/** Is `dir` the directory `top` or somewhere below it? */
const isWithin = (dir: DirectoryInode, top: DirectoryInode): boolean => {
  for (let at: DirectoryInode | null = dir; at !== null; at = at.parent) {
    if (at === top) return true
    if (at.parent === at) return false
  }
  return false
}

/** `.` and `..`, then the names in the order they were made. */
export const entriesOf = (dir: DirectoryInode): DirectoryEntry[] => {
  const entries: DirectoryEntry[] = [
    { name: '.', ino: dir.ino, type: 'directory' },
    { name: '..', ino: (dir.parent ?? dir).ino, type: 'directory' },
  ]
  for (const name of dir.names()) {
    const inode = dir.lookup(name)
    if (inode !== null) entries.push({ name, ino: inode.ino, type: inode.kind })
  }
  return entries
}
