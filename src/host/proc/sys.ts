/** /proc/sys: every sysctl as a file that can be read and written. */
import { Dev, type DirectoryInode, type FileTree, type Inode } from '../files/index.ts'
import type { Sysctl } from '../sysctl.ts'
import { generated } from './pid.ts'

/** A directory below /proc/sys: `prefix` is its path with dots, '' for the top. */
export const sysDirectory = (
  tree: FileTree,
  sysctl: Sysctl,
  prefix: string,
  parent: DirectoryInode,
): DirectoryInode => {
  const dir = tree.newDirectory(0o555, 0, 0, Dev.PROC)
  dir.parent = parent
  const made = new Map<string, Inode>()
  const under = prefix === '' ? '' : `${prefix}.`
  const names = (): string[] => {
    const found = new Set<string>()
    for (const name of sysctl.list())
      if (name.startsWith(under)) found.add(name.slice(under.length).split('.')[0] as string)
    return [...found]
  }
  dir.dynamic = {
    names,
    lookup: (name) => {
      const known = made.get(name)
      if (known !== undefined) return known
      const full = under + name
      let inode: Inode | null = null
      if (sysctl.has(full))
        inode = generated(
          tree,
          () => `${sysctl.get(full)}\n`,
          0o644,
          (text) => sysctl.set(full, text),
        )
      else if (names().includes(name)) inode = sysDirectory(tree, sysctl, full, dir)
      if (inode !== null) made.set(name, inode)
      return inode
    },
  }
  return dir
}
