/** /proc/<pid>: what a process is and what it has open. */
import type { OpenFile } from '../../socket/file.ts'
import { SocketFile } from '../../socket/socket-file.ts'
import { GeneratedContent } from '../files/content.ts'
import { Dev, type DirectoryInode, type FileTree, type Inode, InodeHandle, RegularInode } from '../files/index.ts'
import { PipeEnd } from '../pipe.ts'
import type { Process } from '../process/process.ts'
import { TerminalFile } from '../tty/index.ts'

/** What /proc/<pid>/fd/N reads as: a path, `socket:[inode]`, `pipe:[inode]`. */
export const linkOf = (file: OpenFile): string => {
  if (file instanceof InodeHandle) return file.inode.nlink === 0 ? `${file.path} (deleted)` : file.path
  if (file instanceof SocketFile) return `socket:[${file.inode}]`
  if (file instanceof PipeEnd) return `pipe:[${file.pipe.inode}]`
  if (file instanceof TerminalFile) return file.terminal.path
  return 'anon_inode:[output]'
}

export const generated = (
  tree: FileTree,
  text: () => string,
  mode = 0o444,
  store: ((text: string) => number) | null = null,
): RegularInode => {
  const inode = new RegularInode(tree.nextIno(), Dev.PROC, mode, 0, 0, tree.time, new GeneratedContent(''))
  inode.generate = () => new GeneratedContent(text(), store)
  return inode
}

const STATES = { R: 'R (running)', S: 'S (sleeping)', T: 'T (stopped)', Z: 'Z (zombie)' } as const

const mask = (n: number): string => (n >>> 0).toString(16).padStart(16, '0')

const statusOf = (p: Process): string => {
  let ignored = 0
  let caught = 0
  for (let signal = 1; signal < 32; signal++) {
    const disposition = p.signals.get(signal)
    if (disposition === 'ignore') ignored |= 1 << (signal - 1)
    else if (typeof disposition === 'object') caught |= 1 << (signal - 1)
  }
  const four = (id: number): string => `${id}\t${id}\t${id}\t${id}`
  return `Name:\t${p.comm}
Umask:\t${p.umask.toString(8).padStart(4, '0')}
State:\t${STATES[p.state]}
Tgid:\t${p.pid}
Pid:\t${p.pid}
PPid:\t${p.ppid}
TracerPid:\t0
Uid:\t${four(p.uid)}
Gid:\t${four(p.gid)}
Groups:\t${p.groups.map((group) => `${group} `).join('')}
NSpid:\t${p.pid}
NSpgid:\t${p.pgid}
NSsid:\t${p.sid}
Threads:\t1
SigPnd:\t${mask(p.signals.pending)}
SigBlk:\t${mask(p.signals.blocked)}
SigIgn:\t${mask(ignored)}
SigCgt:\t${mask(caught)}
`
}

/** proc(5): pid, comm, state, ppid, pgrp, session, tty_nr, tpgid ... starttime; what is not kept here is 0. */
const statLine = (p: Process): string => {
  const tty = p.session.terminal
  const front = [p.pid, `(${p.comm})`, p.state, p.ppid, p.pgid, p.sid, tty === null ? 0 : 136 * 256 + tty.number]
  const middle = [
    tty === null ? -1 : tty.foreground,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    20,
    0,
    1,
    0,
    Math.floor(p.startTime / 1e7),
  ]
  return `${[...front, ...middle, ...Array(30).fill(0)].join(' ')}\n`
}

/** The directory of one process. Its files are made when they are read. */
export const processDirectory = (tree: FileTree, p: Process, parent: DirectoryInode): DirectoryInode => {
  const dir = tree.newDirectory(0o555, p.uid, p.gid, Dev.PROC)
  dir.parent = parent
  const put = (name: string, inode: Inode): void => {
    inode.uid = p.uid
    inode.gid = p.gid
    dir.entries.set(name, inode)
  }
  put(
    'cmdline',
    generated(tree, () => (p.isAlive ? p.argv.map((arg) => `${arg}\0`).join('') : '')),
  )
  put(
    'comm',
    generated(tree, () => `${p.comm}\n`),
  )
  put(
    'environ',
    generated(
      tree,
      () =>
        Object.entries(p.env)
          .map(([k, v]) => `${k}=${v}\0`)
          .join(''),
      0o400,
    ),
  )
  put(
    'stat',
    generated(tree, () => statLine(p)),
  )
  put(
    'status',
    generated(tree, () => statusOf(p)),
  )
  put(
    'cwd',
    tree.newSymlink(() => p.cwd, p.uid, p.gid, Dev.PROC),
  )
  put(
    'exe',
    tree.newSymlink(() => p.exe, p.uid, p.gid, Dev.PROC),
  )
  const fds = tree.newDirectory(0o500, p.uid, p.gid, Dev.PROC)
  fds.parent = dir
  fds.dynamic = descriptorLinks(tree, p)
  dir.entries.set('fd', fds)
  return dir
}

const descriptorLinks = (tree: FileTree, p: Process) => ({
  lookup: (name: string): Inode | null => {
    const file = /^\d+$/.test(name) ? p.descriptors.get(Number(name)) : null
    if (file === null) return null
    const link = tree.newSymlink(() => linkOf(file), p.uid, p.gid, Dev.PROC)
    link.mode = 0o700
    link.jump = () => reopening(tree, file)
    return link
  },
  names: (): string[] => {
    const names: string[] = []
    p.descriptors.forEach((fd) => void names.push(String(fd)))
    return names
  },
})

/** What opening /proc/<pid>/fd/N opens: the same file, pipe or terminal anew; a socket cannot be (ENXIO). */
const reopening = (tree: FileTree, file: OpenFile): Inode | null => {
  if (file instanceof InodeHandle) return file.inode
  if (file instanceof PipeEnd) {
    const fifo = tree.newFifo(0o600, 0, 0)
    fifo.pipe = file.pipe
    return fifo
  }
  if (file instanceof TerminalFile)
    return tree.newDevice(0o620, 5, 0, { open: (_inode, flags) => file.terminal.open(flags) }, Dev.PTS)
  // Anything else (a capture of output): the description itself, once more.
  return tree.newDevice(0o600, 0, 0, { open: () => (file instanceof SocketFile ? -6 : file) })
}
