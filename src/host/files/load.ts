/** Putting files into a tree from an object: a topology's `files:`, or a test's. */
import { EISDIR } from '../../wire/errno.ts'
import { SystemError } from '../system-error.ts'
import type { Identity } from './inode.ts'
import type { FileTree } from './tree.ts'

/** Make or replace each file, with the directories on its way, as root. A path that ends in a slash makes a directory. */
export const putFiles = (tree: FileTree, files: Readonly<Record<string, string | Uint8Array>>): void => {
  const root: Identity = { pid: 0, uid: 0, gid: 0, groups: [], umask: 0o022, cwdInode: tree.root }
  for (const [path, data] of Object.entries(files)) {
    makeParents(tree, root, path)
    if (path.endsWith('/')) continue
    const inode = tree.openInode(root, path, true, false, false, 0o644)
    if (typeof inode === 'number') throw new SystemError('open', inode, { path })
    if (inode.kind !== 'file') throw new SystemError('open', -EISDIR, { path })
    // A script runs without a chmod that a topology has no way to say.
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
    if (bytes[0] === 0x23 && bytes[1] === 0x21) inode.mode = 0o755
    inode.content.truncate(0)
    const written = inode.content.write(0, bytes, 0, bytes.length)
    if (written < bytes.length) throw new SystemError('write', written < 0 ? written : -28, { path })
  }
}

const makeParents = (tree: FileTree, root: Identity, path: string): void => {
  let at = path.indexOf('/', 1)
  while (at > 0) {
    const dir = path.slice(0, at)
    const error = tree.mkdir(root, dir)
    if (error < 0 && error !== -17) throw new SystemError('mkdir', error, { path: dir })
    at = path.indexOf('/', at + 1)
  }
}
