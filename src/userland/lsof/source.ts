/** A host as lsof sees it: the processes of `viewer`'s host, with what that user may know of them. */

import { parseHosts, parseServices } from '../../host/etc/index.ts'
import { FileHandle, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK } from '../../host/files/index.ts'
import {
  InodeHandle,
  linkOf,
  type Process,
  type ProcessHost,
  type Stat,
  serviceNameOf,
  TerminalFile,
} from '../../host/index.ts'
import { AF_INET6 } from '../../socket/constants.ts'
import { O_ACCMODE, O_RDONLY, O_WRONLY, type OpenFile } from '../../socket/file.ts'
import type { SocketRow } from '../../socket/row.ts'
import { SocketFile } from '../../socket/socket-file.ts'
import { strerror } from '../../wire/errno.ts'
import { whereText } from '../where.ts'
import type { LsofFile, LsofProcess, LsofSource } from './types.ts'

export const sourceOf = (viewer: Process): LsofSource => {
  const { host } = viewer
  const { names } = host
  const rows = new Map(host.sockets().map((row) => [row.inode, row]))
  const processes = host.processes
    .list()
    .filter((p) => p.isAlive)
    .sort((a, b) => a.pid - b.pid)
  return {
    isTraced: host.stack.sockets.trace !== null,
    processes: processes.map((p) => ({
      pid: p.pid,
      ppid: p.ppid,
      pgid: p.pgid,
      uid: p.uid,
      user: p.user,
      command: p.comm,
      files: viewer.uid === 0 || viewer.uid === p.uid ? filesOf(p, host, rows) : hiddenFiles(p),
    })) satisfies LsofProcess[],
    hostName: (address) => parseHosts(names.file('/etc/hosts') ?? '').reverse(address) ?? null,
    serviceName: (port, protocol) => serviceNameOf(names, port, protocol),
    servicePort: (name, protocol) =>
      parseServices(names.file('/etc/services') ?? '').byName(name, protocol)?.port ?? null,
    addresses: (name) => parseHosts(names.file('/etc/hosts') ?? '').lookup(name),
    uidOf: (user) => host.users.byName(user)?.uid ?? null,
    resolve: (path) => viewer.absolute(path),
    inodeOf: (path) => {
      const stat = viewer.stat(path)
      return typeof stat === 'number' ? strerror(stat) : { dev: stat.dev, inode: stat.ino }
    },
  }
}

const filesOf = (p: Process, host: ProcessHost, rows: ReadonlyMap<number, SocketRow>): LsofFile[] => {
  const { init } = { init: host.processes.find(1) ?? p }
  const files: LsofFile[] = []
  const named = (fd: string, path: string, stat: Stat | number): void => {
    if (typeof stat !== 'number') files.push({ ...fileOfStat(stat, path), fd })
  }
  named('cwd', p.cwd, p.stat('.'))
  named('rtd', '/', p.stat('/'))
  const { exe } = p
  named('txt', exe, init.stat(exe))
  p.descriptors.forEach((fd, file) => {
    const stat = p.fstat(fd)
    if (typeof stat === 'number') return
    const flags = file.statusFlags | (p.descriptors.isCloexec(fd) ? CLOEXEC : 0)
    const where = whereText(host, file)
    files.push({ ...openFile(file, stat, rows), fd, access: accessOf(file), flags, where })
  })
  return files
}

/** What /proc of somebody else's process tells: nothing. */
const hiddenFiles = (p: Process): LsofFile[] => {
  const hidden = (fd: string, type: string, link: string, call: string): LsofFile => ({
    ...NOTHING,
    fd,
    type,
    name: `/proc/${p.pid}/${link} (${call}: Permission denied)`,
  })
  return [
    hidden('cwd', 'unknown', 'cwd', 'readlink'),
    hidden('rtd', 'unknown', 'root', 'readlink'),
    hidden('txt', 'unknown', 'exe', 'readlink'),
    hidden('NOFD', '', 'fd', 'opendir'),
  ]
}

const CLOEXEC = 0x80000
/** Every open(2) of a 64-bit program has it. */
const LARGEFILE = 0x8000

const NOTHING: LsofFile = {
  fd: 'NOFD',
  access: ' ',
  socket: null,
  type: '',
  device: '',
  dev: null,
  inode: 0,
  size: null,
  offset: null,
  node: '',
  links: null,
  flags: null,
  name: '',
  where: '',
}

const accessOf = (file: OpenFile): 'r' | 'w' | 'u' => {
  const mode = file.statusFlags & O_ACCMODE
  return mode === O_RDONLY ? 'r' : mode === O_WRONLY ? 'w' : 'u'
}

const TYPES: ReadonlyMap<number, string> = new Map([
  [S_IFREG, 'REG'],
  [S_IFDIR, 'DIR'],
  [S_IFCHR, 'CHR'],
  [S_IFIFO, 'FIFO'],
  [S_IFLNK, 'LINK'],
  [S_IFSOCK, 'sock'],
])

const majorMinor = (device: number): string => `${device >>> 8},${device & 255}`

const fileOfStat = (stat: Stat, name: string): LsofFile => {
  const type = TYPES.get(stat.mode & S_IFMT) ?? 'unknown'
  return {
    ...NOTHING,
    type,
    device: majorMinor(type === 'CHR' ? stat.rdev : stat.dev),
    dev: stat.dev,
    inode: stat.ino,
    node: String(stat.ino),
    size: type === 'REG' || type === 'DIR' ? stat.size : null,
    offset: 0,
    links: stat.nlink,
    name,
  }
}

const openFile = (file: OpenFile, stat: Stat, rows: ReadonlyMap<number, SocketRow>): LsofFile => {
  if (file instanceof SocketFile) return socketOf(file, stat, rows.get(file.inode) ?? null)
  const base = fileOfStat(stat, linkOf(file))
  if (file instanceof InodeHandle)
    return { ...base, offset: file instanceof FileHandle ? file.position : 0, flags: LARGEFILE }
  if (file instanceof TerminalFile) return base
  if (base.type === 'FIFO') return { ...base, name: 'pipe' }
  // Output that whoever started the process keeps: no file of this host.
  return { ...base, type: 'a_inode', device: '0,15', size: 0, name: base.name.replace('anon_inode:', '') }
}

const socketOf = (file: SocketFile, stat: Stat, row: SocketRow | null): LsofFile => ({
  ...NOTHING,
  type: 'sock',
  // A ping socket is in none of the tables that lsof reads.
  socket: row?.protocol === 'icmp' ? null : row,
  device: majorMinor(stat.dev),
  dev: stat.dev,
  inode: file.inode,
  node: String(file.inode),
  offset: 0,
  name: `protocol: ${protocolName(file)}`,
})

const protocolName = ({ family, type, protocol }: SocketFile): string => {
  const name = type === 1 ? 'TCP' : type === 3 ? 'RAW' : protocol === 1 || protocol === 58 ? 'PING' : 'UDP'
  return family === AF_INET6 ? `${name}v6` : name
}
