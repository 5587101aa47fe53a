/**
 * The files of a host: a tree of inodes in memory, with permissions and links, because sockets, devices and terminals live in
 * it under names. Nothing is read from or written to a real disk.
 *
 * Left out: several mounts, access control lists, locks, extended attributes, memory maps.
 */
export { GeneratedContent, MemoryContent, Space } from './content.ts'
export { makeDevices, ptsRdev, TTY_RDEV } from './devices.ts'
export { DeviceHandle, DirectoryHandle, FileHandle, InodeHandle, SEEK_CUR, SEEK_END, SEEK_SET } from './handle.ts'
export {
  Dev,
  type DeviceDriver,
  DeviceInode,
  DirectoryInode,
  type DynamicEntries,
  FifoInode,
  type FileContent,
  type Identity,
  type Inode,
  RegularInode,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  S_ISVTX,
  SocketInode,
  type Stat,
  SymlinkInode,
  statOf,
} from './inode.ts'
export { O_NOFOLLOW, openFile } from './open.ts'
export { type DirectoryEntry, entriesOf, FileTree, type FileTreeOptions } from './tree.ts'
export { F_OK, pathOf, permits, R_OK, W_OK, X_OK } from './walk.ts'
