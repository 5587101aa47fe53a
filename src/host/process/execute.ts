/** From a command's name to what runs: PATH, permissions, scripts (execve(2), execvp(3)). */
import { EACCES, EISDIR, ELOOP, ENOENT, ENOEXEC, ENOTDIR } from '../../wire/errno.ts'
import { type FileTree, type Identity, pathOf, permits, X_OK } from '../files/index.ts'
import { walk } from '../files/walk.ts'

/** What to run. */
export interface Executable {
  /** Name in the registry of programs. */
  readonly program: string
  /** Arguments after argv[0]: a script's interpreter gets the script's path in front. */
  readonly args: readonly string[]
  /** The file that holds the program, without links: of a script its interpreter's. */
  readonly path: string
  /** What a script's first line names, which becomes argv[0]; null for a program. */
  readonly interpreter: string | null
}

const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin'
const INTERPRETERS_MAX = 4

/** Look a command up as execvp(3): with a slash it is a path, else each directory of PATH is tried. */
export const findExecutable = (
  tree: FileTree,
  who: Identity,
  command: string,
  args: readonly string[],
  path: string | undefined,
): Executable | number => {
  if (command.includes('/')) return atPath(tree, who, command, args, 0)
  if (command === '') return -ENOENT
  let denied = false
  for (const dir of (path ?? DEFAULT_PATH).split(':')) {
    const found = atPath(tree, who, `${dir === '' ? '.' : dir}/${command}`, args, 0)
    if (typeof found !== 'number') return found
    if (found === -EACCES || found === -EISDIR) denied = true
    else if (found !== -ENOENT && found !== -ENOTDIR) return found
  }
  return denied ? -EACCES : -ENOENT
}

const atPath = (
  tree: FileTree,
  who: Identity,
  path: string,
  args: readonly string[],
  depth: number,
): Executable | number => {
  const inode = tree.find(who, path)
  if (typeof inode === 'number') return inode
  if (inode.kind !== 'file' || !permits(who, inode, X_OK)) return -EACCES
  if (inode.program !== null)
    return { program: inode.program, args, path: realPath(tree, who, path), interpreter: null }
  if (depth >= INTERPRETERS_MAX) return -ELOOP
  const line = firstLine(inode.content.read.bind(inode.content))
  if (!line.startsWith('#!')) return -ENOEXEC
  // execve(2): one optional argument, with its blanks.
  const match = /^#![ \t]*([^ \t]+)[ \t]*(.*?)[ \t]*$/.exec(line)
  const interpreter = match?.[1]
  if (interpreter === undefined) return -ENOEXEC
  const option = match?.[2] ?? ''
  const found = atPath(tree, who, interpreter, option === '' ? [path, ...args] : [option, path, ...args], depth + 1)
  return typeof found === 'number' ? found : { ...found, interpreter: found.interpreter ?? interpreter }
}

/** The path of a file that is there, without links. */
const realPath = (tree: FileTree, who: Identity, path: string): string => {
  const place = walk(tree.root, who, path, true)
  const dir = typeof place === 'number' ? null : pathOf(place.dir)
  return dir === null || typeof place === 'number' ? path : `${dir === '/' ? '' : dir}/${place.name}`
}

const firstLine = (read: (position: number, buf: Uint8Array, start: number, end: number) => number): string => {
  const buf = new Uint8Array(256)
  const text = new TextDecoder().decode(buf.subarray(0, read(0, buf, 0, buf.length)))
  const end = text.indexOf('\n')
  return end < 0 ? text : text.slice(0, end)
}
