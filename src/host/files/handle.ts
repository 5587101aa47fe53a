/** Open descriptions of what lies in the tree. */
import { O_ACCMODE, O_APPEND, O_RDONLY, O_WRONLY, OpenFile } from '../../socket/file.ts'
import { Poll } from '../../wire/call.ts'
import { EBADF, EINVAL, EISDIR, ENOSPC } from '../../wire/errno.ts'
import type { DeviceInode, DirectoryInode, FileContent, Identity, Inode, RegularInode } from './inode.ts'
import { type DirectoryEntry, entriesOf, type FileTree } from './tree.ts'

export const SEEK_SET = 0
export const SEEK_CUR = 1
export const SEEK_END = 2

/** A description with an inode behind it. `path` is the name it was opened by, for lsof and /proc. */
export abstract class InodeHandle extends OpenFile {
  abstract readonly inode: Inode
  readonly path: string

  constructor(path: string, flags: number) {
    super()
    this.path = path
    this.statusFlags = flags
  }

  get reads(): boolean {
    return (this.statusFlags & O_ACCMODE) !== O_WRONLY
  }

  get writes(): boolean {
    return (this.statusFlags & O_ACCMODE) !== O_RDONLY
  }

  /** Files on disks are always ready (poll(2)). */
  override poll(): number {
    return Poll.IN | Poll.OUT
  }

  /** Nothing to let go of, for most. */
  override release(): void {
    return
  }
}

/** A regular file with its offset. */
export class FileHandle extends InodeHandle {
  readonly inode: RegularInode
  readonly #tree: FileTree
  readonly #content: FileContent
  position = 0

  constructor(tree: FileTree, inode: RegularInode, path: string, flags: number, who: Identity) {
    super(path, flags)
    this.inode = inode
    this.#tree = tree
    this.#content = inode.generate === null ? inode.content : inode.generate(who)
    tree.hold(inode)
  }

  override read(buf: Uint8Array, start: number, end: number): number {
    const n = this.readAt(this.position, buf, start, end)
    if (n > 0) this.position += n
    return n
  }

  override write(buf: Uint8Array, start: number, end: number): number {
    if ((this.statusFlags & O_APPEND) !== 0) this.position = this.#content.size
    const n = this.writeAt(this.position, buf, start, end)
    if (n > 0) this.position += n
    return n
  }

  /** pread(2). */
  readAt(position: number, buf: Uint8Array, start: number, end: number): number {
    if (!this.reads) return -EBADF
    if (position < 0) return -EINVAL
    const n = this.#content.read(position, buf, start, end)
    this.inode.atime = this.#tree.time
    return n
  }

  /** pwrite(2). */
  writeAt(position: number, buf: Uint8Array, start: number, end: number): number {
    if (!this.writes) return -EBADF
    if (position < 0) return -EINVAL
    const n = this.#content.write(position, buf, start, end)
    if (n > 0) this.inode.mtime = this.inode.ctime = this.#tree.time
    return n
  }

  /** lseek(2): the new offset, or -EINVAL. */
  seek(offset: number, whence: number): number {
    const base =
      whence === SEEK_SET ? 0 : whence === SEEK_CUR ? this.position : whence === SEEK_END ? this.#content.size : -1
    if (base < 0 || base + offset < 0) return -EINVAL
    this.position = base + offset
    return this.position
  }

  /** ftruncate(2). */
  truncate(size: number): number {
    return this.writes ? this.#tree.truncateInode(this.inode, size) : -EINVAL
  }

  override release(): void {
    this.#tree.letGo(this.inode)
  }
}

/** A directory that is read by `readdir`. */
export class DirectoryHandle extends InodeHandle {
  readonly inode: DirectoryInode

  constructor(inode: DirectoryInode, path: string, flags: number) {
    super(path, flags)
    this.inode = inode
  }

  override read(): number {
    return -EISDIR
  }

  override write(): number {
    return -EBADF
  }

  entries(): DirectoryEntry[] {
    return entriesOf(this.inode)
  }
}

/** What a memory device does with bytes (null(4), random(4)). */
export type MemoryDevice = 'null' | 'zero' | 'full' | 'random'

export class DeviceHandle extends InodeHandle {
  readonly inode: DeviceInode
  readonly #device: MemoryDevice
  readonly #fill: (buf: Uint8Array, start: number, end: number) => void

  constructor(
    inode: DeviceInode,
    path: string,
    flags: number,
    device: MemoryDevice,
    fill: (buf: Uint8Array, start: number, end: number) => void,
  ) {
    super(path, flags)
    this.inode = inode
    this.#device = device
    this.#fill = fill
  }

  override read(buf: Uint8Array, start: number, end: number): number {
    if (!this.reads) return -EBADF
    if (this.#device === 'null') return 0
    this.#fill(buf, start, end)
    return end - start
  }

  override write(_buf: Uint8Array, start: number, end: number): number {
    if (!this.writes) return -EBADF
    return this.#device === 'full' && end > start ? -ENOSPC : end - start
  }
}
