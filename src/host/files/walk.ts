/** From a path to an inode: path_resolution(7). */
import { EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR } from '../../wire/errno.ts'
import type { DirectoryInode, Identity, Inode } from './inode.ts'

/** NAME_MAX, PATH_MAX (less its NUL) and how many links one walk may follow, as on Linux. */
export const NAME_MAX = 255
export const PATH_MAX = 4095
const LINKS_MAX = 40

/** Wanted access: access(2)'s bits. */
export const F_OK = 0
export const X_OK = 1
export const W_OK = 2
export const R_OK = 4

/** Where a walk ended: the last component's directory and name, and what it refers to (null: nothing yet). */
export interface Place {
  readonly dir: DirectoryInode
  readonly name: string
  readonly inode: Inode | null
  /** The path ended in a slash: only a directory will do. */
  readonly slash: boolean
}

/** May `who` do what `wanted` (R_OK, W_OK, X_OK) asks? Root may, but for running a file nobody may run. */
export const permits = (who: Identity, inode: Inode, wanted: number): boolean => {
  if (who.uid === 0) return (wanted & X_OK) === 0 || inode.kind === 'directory' || (inode.mode & 0o111) !== 0
  const bits =
    who.uid === inode.uid
      ? inode.mode >> 6
      : who.gid === inode.gid || who.groups.includes(inode.gid)
        ? inode.mode >> 3
        : inode.mode
  return (bits & wanted) === wanted
}

const utf8 = new TextEncoder()
const tooLong = (name: string): boolean =>
  name.length > NAME_MAX || (name.length > 85 && utf8.encode(name).length > NAME_MAX)

/** The place a path leads to, or ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG. `follow`: also a link in last place. */
export const walk = (root: DirectoryInode, who: Identity, path: string, follow: boolean): Place | number => {
  if (path === '') return -ENOENT
  if (path.length > PATH_MAX) return -ENAMETOOLONG
  let dir = path.startsWith('/') ? root : who.cwdInode
  let rest = path.split('/')
  let links = 0
  let at = 0
  while (at < rest.length) {
    const name = rest[at++] as string
    if (name === '' || name === '.') continue
    if (!permits(who, dir, X_OK)) return -EACCES
    if (name === '..') {
      dir = dir.parent ?? dir
      continue
    }
    if (tooLong(name)) return -ENAMETOOLONG
    const isLast = nothingLeft(rest, at)
    const slash = isLast && at < rest.length
    let inode = dir.lookup(name)
    if (inode === null) return isLast ? { dir, name, inode, slash } : -ENOENT
    if (inode.kind === 'symlink' && (!isLast || follow || slash)) {
      if (++links > LINKS_MAX) return -ELOOP
      const jumped: Inode | null = inode.jump === null ? null : inode.jump()
      if (jumped !== null) inode = jumped
      else {
        const target = inode.target(who)
        if (target === '') return -ENOENT
        rest = [...target.split('/'), ...rest.slice(at)]
        at = 0
        if (target.startsWith('/')) dir = root
        continue
      }
    }
    if (isLast) return slash && inode.kind !== 'directory' ? -ENOTDIR : { dir, name, inode, slash }
    if (inode.kind !== 'directory') return -ENOTDIR
    dir = inode
  }
  const lastName = rest.findLast((name) => name !== '') ?? '/'
  return { dir: dir.parent ?? dir, name: lastName, inode: dir, slash: false }
}

/** Only empty components (slashes at the end) follow. */
const nothingLeft = (rest: readonly string[], at: number): boolean => {
  for (let i = at; i < rest.length; i++) if (rest[i] !== '') return false
  return true
}

/** The absolute path of a directory, or null when it was removed (getcwd(2): ENOENT). */
export const pathOf = (dir: DirectoryInode): string | null => {
  const names: string[] = []
  let at = dir
  while (at.parent !== at) {
    const parent = at.parent
    if (parent === null) return null
    let own: string | undefined
    for (const [name, inode] of parent.entries) if (inode === at) own = name
    if (own === undefined && parent.dynamic !== null)
      own = parent.dynamic.names().find((name) => parent.lookup(name) === at)
    if (own === undefined) return null
    names.push(own)
    at = parent
  }
  return `/${names.reverse().join('/')}`
}
