/** The calls of a process on files: results are counts, descriptors or zero, or a negative errno; nothing waits. */
import { O_CLOEXEC, O_NONBLOCK, O_RDONLY, O_WRONLY, type OpenFile } from '../../socket/file.ts'
import { SocketFile } from '../../socket/socket-file.ts'
import { EACCES, EBADF, EINVAL, EMFILE, ENOENT, ENOTDIR, ESPIPE } from '../../wire/errno.ts'
import {
  Dev,
  type DirectoryEntry,
  DirectoryHandle,
  type DirectoryInode,
  FileHandle,
  type FileTree,
  type Identity,
  InodeHandle,
  openFile,
  pathOf,
  permits,
  ptsRdev,
  S_IFCHR,
  S_IFIFO,
  S_IFSOCK,
  type Stat,
  statOf,
  X_OK,
} from '../files/index.ts'
import { makePipe, PipeEnd } from '../pipe.ts'
import { TerminalFile } from '../tty/index.ts'
import { SocketCalls } from './socket-calls.ts'

/** One name for `pipe2`'s result. */
export type PipeDescriptors = readonly [readEnd: number, writeEnd: number]

export abstract class FileCalls extends SocketCalls implements Identity {
  abstract readonly groups: readonly number[]
  abstract readonly tree: FileTree
  umask = 0o022
  abstract cwdInode: DirectoryInode

  /** getcwd(2); `(unreachable)` once the directory is gone, as Linux's /proc shows it. */
  get cwd(): string {
    return pathOf(this.cwdInode) ?? '(unreachable)'
  }

  chdir(path: string): number {
    const dir = this.tree.findDirectory(this, path)
    if (typeof dir === 'number') return dir
    if (!permits(this, dir, X_OK)) return -EACCES
    this.cwdInode = dir
    return 0
  }

  /** The path from the root, without `.` and `..`; links stay as they are. */
  absolute(path: string): string {
    const parts: string[] = []
    for (const part of (path.startsWith('/') ? path : `${this.cwd}/${path}`).split('/')) {
      if (part === '..') parts.pop()
      else if (part !== '' && part !== '.') parts.push(part)
    }
    return `/${parts.join('/')}`
  }

  /** open(2): the lowest free descriptor. A FIFO is opened without waiting for its other end: `promises.open` waits. */
  open(path: string, flags: number = O_RDONLY, mode = 0o666): number {
    if (!this.descriptors.hasRoom) return -EMFILE
    const file = openFile(this.tree, this, path, this.absolute(path), flags, mode)
    return typeof file === 'number' ? file : this.descriptors.install(file, (flags & O_CLOEXEC) !== 0)
  }

  /** pipe2(2): the two descriptors, or -EMFILE. Flags: O_CLOEXEC, O_NONBLOCK. */
  pipe(flags = 0): PipeDescriptors | number {
    const cloexec = (flags & O_CLOEXEC) !== 0
    const [reader, writer] = makePipe(this.tree.nextIno())
    reader.statusFlags = O_RDONLY | (flags & O_NONBLOCK)
    writer.statusFlags = O_WRONLY | (flags & O_NONBLOCK)
    const first = this.descriptors.install(reader, cloexec)
    if (first < 0) return first
    const second = this.descriptors.install(writer, cloexec)
    if (second >= 0) return [first, second]
    this.descriptors.close(first)
    return second
  }

  #file(fd: number): FileHandle | number {
    const file = this.descriptors.get(fd)
    if (file === null) return -EBADF
    return file instanceof FileHandle ? file : -ESPIPE
  }

  lseek(fd: number, offset: number, whence: number): number {
    const file = this.#file(fd)
    return typeof file === 'number' ? file : file.seek(offset, whence)
  }

  pread(fd: number, buf: Uint8Array, position: number): number {
    const file = this.#file(fd)
    return typeof file === 'number' ? file : file.readAt(position, buf, 0, buf.length)
  }

  pwrite(fd: number, buf: Uint8Array, position: number): number {
    const file = this.#file(fd)
    return typeof file === 'number' ? file : file.writeAt(position, buf, 0, buf.length)
  }

  ftruncate(fd: number, size: number): number {
    const file = this.#file(fd)
    if (typeof file === 'number') return file === -ESPIPE ? -EINVAL : file
    return file.truncate(size)
  }

  /** Everything is in memory at once: there is nothing to wait for. */
  fsync(fd: number): number {
    const file = this.descriptors.get(fd)
    return file === null ? -EBADF : file instanceof InodeHandle ? 0 : -EINVAL
  }

  truncate(path: string, size: number): number {
    return this.tree.truncate(this, path, size)
  }

  stat(path: string): Stat | number {
    return this.tree.stat(this, path)
  }

  lstat(path: string): Stat | number {
    return this.tree.stat(this, path, false)
  }

  fstat(fd: number): Stat | number {
    const file = this.descriptors.get(fd)
    return file === null ? -EBADF : statOfFile(file, this.tree.time)
  }

  /** Names with `.` and `..`, unsorted as a directory gives them. Of a path, or of an open directory. */
  readdir(path: string | number): DirectoryEntry[] | number {
    if (typeof path === 'string') return this.tree.readdir(this, path)
    const file = this.descriptors.get(path)
    if (file === null) return -EBADF
    return file instanceof DirectoryHandle ? file.entries() : -ENOTDIR
  }

  mkdir(path: string, mode = 0o777): number {
    return this.tree.mkdir(this, path, mode)
  }

  rmdir(path: string): number {
    return this.tree.rmdir(this, path)
  }

  unlink(path: string): number {
    return this.tree.unlink(this, path)
  }

  rename(from: string, to: string): number {
    return this.tree.rename(this, from, to)
  }

  link(from: string, to: string): number {
    return this.tree.link(this, from, to)
  }

  symlink(target: string, path: string): number {
    return this.tree.symlink(this, target, path)
  }

  readlink(path: string): string | number {
    return this.tree.readlink(this, path)
  }

  mkfifo(path: string, mode = 0o666): number {
    return this.tree.mkfifo(this, path, mode)
  }

  chmod(path: string, mode: number): number {
    return this.tree.chmod(this, path, mode)
  }

  fchmod(fd: number, mode: number): number {
    const file = this.descriptors.get(fd)
    if (file === null) return -EBADF
    return file instanceof InodeHandle ? this.tree.chmodInode(this, file.inode, mode) : -EINVAL
  }

  /** -1 leaves an id as it is. */
  chown(path: string, uid: number, gid: number): number {
    return this.tree.chown(this, path, uid, gid)
  }

  lchown(path: string, uid: number, gid: number): number {
    return this.tree.chown(this, path, uid, gid, false)
  }

  /** Milliseconds since the epoch; null: now. */
  utimes(path: string, atime: number | null, mtime: number | null): number {
    return this.tree.utimes(this, path, atime, mtime)
  }

  /** `wanted`: F_OK, or R_OK, W_OK, X_OK together. */
  access(path: string, wanted: number): number {
    return this.tree.access(this, path, wanted)
  }

  /** The whole of a regular file (or of a /proc file), or a negative errno. For text: `readText`. */
  readFile(path: string): Uint8Array | number {
    const file = openFile(this.tree, this, path, path, O_RDONLY, 0)
    if (typeof file === 'number') return file
    if (!(file instanceof FileHandle)) {
      file.release()
      return file instanceof DirectoryHandle ? file.read() : -EINVAL
    }
    const parts: Uint8Array[] = []
    let size = 0
    for (;;) {
      const part = new Uint8Array(Math.max(file.inode.content.size - size, 4096))
      const n = file.read(part, 0, part.length)
      if (n <= 0) break
      parts.push(part.subarray(0, n))
      size += n
    }
    file.release()
    const whole = new Uint8Array(size)
    let at = 0
    for (const part of parts) {
      whole.set(part, at)
      at += part.length
    }
    return whole
  }

  readText(path: string): string | number {
    const bytes = this.readFile(path)
    return typeof bytes === 'number' ? bytes : new TextDecoder().decode(bytes)
  }

  /** Make or replace a file. Zero, or a negative errno. */
  writeFile(path: string, data: string | Uint8Array, flags = 0o1101, mode = 0o666): number {
    const file = openFile(this.tree, this, path, path, flags, mode)
    if (typeof file === 'number') return file
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
    let at = 0
    let result = 0
    while (at < bytes.length && result >= 0) {
      result = file.write(bytes, at, bytes.length)
      at += result
    }
    file.release()
    return result < 0 ? result : 0
  }

  /** Nothing by that name, or not to be reached. */
  exists(path: string): boolean {
    return this.access(path, 0) !== -ENOENT && typeof this.stat(path) !== 'number'
  }
}

/** fstat(2) of any description. */
export const statOfFile = (file: OpenFile, time: number): Stat => {
  if (file instanceof InodeHandle) return statOf(file.inode)
  const base = { nlink: 1, uid: 0, gid: 0, size: 0, rdev: 0, atime: time, mtime: time, ctime: time }
  if (file instanceof PipeEnd) return { ...base, dev: Dev.PIPES, ino: file.pipe.inode, mode: S_IFIFO | 0o600 }
  if (file instanceof SocketFile) return { ...base, dev: Dev.SOCKETS, ino: file.inode, mode: S_IFSOCK | 0o777 }
  if (file instanceof TerminalFile) {
    const { number } = file.terminal
    return { ...base, dev: Dev.PTS, ino: number + 3, mode: S_IFCHR | 0o620, rdev: ptsRdev(number), gid: 5 }
  }
  return { ...base, dev: 0, ino: 0, mode: S_IFCHR | 0o600 }
}
