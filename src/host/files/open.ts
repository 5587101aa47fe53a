/** open(2): from an inode to a description. */
import {
  O_ACCMODE,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  type OpenFile,
} from '../../socket/file.ts'
import { EACCES, EINVAL, EISDIR, ENOTDIR, ENXIO } from '../../wire/errno.ts'
import { Pipe } from '../pipe.ts'
import { DirectoryHandle, FileHandle } from './handle.ts'
import type { FifoInode, Identity, Inode } from './inode.ts'
import type { FileTree } from './tree.ts'
import { permits, R_OK, W_OK } from './walk.ts'

export const O_NOFOLLOW = 0o400000

/** Flags that stay with the description (fcntl(2) F_GETFL): not those that only open(2) looks at. */
const STATUS = ~(O_CREAT | O_EXCL | O_TRUNC | O_DIRECTORY | O_NOFOLLOW | 0o2000000 | 0o400)

/** A new description, or a negative errno. `absolute` is the name that lsof and /proc show. */
export const openFile = (
  tree: FileTree,
  who: Identity,
  path: string,
  absolute: string,
  flags: number,
  mode: number,
): OpenFile | number => {
  const has = (flag: number): boolean => (flags & flag) !== 0
  if (has(O_CREAT) && has(O_DIRECTORY)) return -EINVAL
  const existed = tree.find(who, path)
  const inode = tree.openInode(who, path, has(O_CREAT), has(O_EXCL), has(O_NOFOLLOW), mode)
  if (typeof inode === 'number') return inode
  // Who has just made a file may open it whatever its mode says.
  const error = checkAccess(who, inode, flags, typeof existed === 'number' && has(O_CREAT))
  if (error < 0) return error
  return openInode(tree, who, inode, absolute, flags)
}

const checkAccess = (who: Identity, inode: Inode, flags: number, created: boolean): number => {
  const access = flags & O_ACCMODE
  if ((flags & O_DIRECTORY) !== 0 && inode.kind !== 'directory') return -ENOTDIR
  if (inode.kind === 'directory' && (access !== O_RDONLY || (flags & (O_CREAT | O_TRUNC)) !== 0)) return -EISDIR
  if (created) return 0
  const wanted = access === O_RDONLY ? R_OK : access === O_WRONLY ? W_OK : R_OK | W_OK
  return permits(who, inode, (flags & O_TRUNC) !== 0 ? wanted | W_OK : wanted) ? 0 : -EACCES
}

const openInode = (tree: FileTree, who: Identity, inode: Inode, absolute: string, flags: number): OpenFile | number => {
  const status = flags & STATUS
  switch (inode.kind) {
    case 'directory':
      return new DirectoryHandle(inode, absolute, status)
    case 'file': {
      if ((flags & O_TRUNC) !== 0 && inode.generate === null) tree.truncateInode(inode, 0)
      return new FileHandle(tree, inode, absolute, status, who)
    }
    case 'device':
      return inode.driver.open(inode, status, who)
    case 'fifo':
      return openFifo(inode, status)
    case 'socket':
      return -ENXIO
    case 'symlink':
      throw new Error('a followed path ends at no symbolic link')
  }
}

/**
 * fifo(7): a writer that will not wait finds ENXIO without a reader. The blocking open of one end, which waits for the other,
 * is the promise face's (`fifoIsComplete`); until the other end comes, a description that is open already does no harm.
 */
const openFifo = (inode: FifoInode, flags: number): OpenFile | number => {
  // What nobody has open holds nothing.
  if (inode.pipe === null || inode.pipe.readers + inode.pipe.writers === 0) inode.pipe = new Pipe(inode.ino)
  const access = flags & O_ACCMODE
  if (access === O_WRONLY && (flags & O_NONBLOCK) !== 0 && inode.pipe.readers === 0) return -ENXIO
  return inode.pipe.open(access === O_RDWR ? O_RDWR | (flags & O_NONBLOCK) : flags)
}
