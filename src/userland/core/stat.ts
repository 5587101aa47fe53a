import {
  type Process,
  type Program,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFSOCK,
  type Stat,
} from '../../host/index.ts'
import { strerror } from '../../wire/errno.ts'
import { dateText } from './date-format.ts'
import { readArguments } from './gnu.ts'
import { kindLetter, modeLetters } from './mode.ts'
import { complain, usageError, writeOut } from './output.ts'
import { quoteName } from './quote.ts'

const kindName = ({ mode, size }: Stat): string => {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return 'directory'
    case S_IFLNK:
      return 'symbolic link'
    case S_IFSOCK:
      return 'socket'
    case S_IFIFO:
      return 'fifo'
    case S_IFCHR:
      return 'character special file'
    default:
      return size === 0 ? 'regular empty file' : 'regular file'
  }
}

const timeText = (time: number): string => {
  const nanoseconds = Math.round((time - Math.floor(time / 1000) * 1000) * 1e6)
  return dateText(new Date(time), '%Y-%m-%d %H:%M:%S.%N %z', nanoseconds)
}

const blocks = ({ mode, size }: Stat): number =>
  (mode & S_IFMT) === S_IFLNK || (mode & S_IFMT) === S_IFSOCK ? 0 : Math.ceil(size / 4096) * 8

const octal = (mode: number): string => (mode & 0o7777).toString(8)

const nameAndTarget = (proc: Process, path: string, stat: Stat): string => {
  const target = (stat.mode & S_IFMT) === S_IFLNK ? proc.readlink(path) : null
  return typeof target === 'string' ? `${path} -> ${target}` : path
}

const report = (proc: Process, path: string, stat: Stat): string => {
  const { users } = proc.host
  const id = (number: number, name: string): string => `(${String(number).padStart(5)}/${name.padStart(8)})`
  const isDevice = (stat.mode & S_IFMT) === S_IFCHR
  const device = isDevice ? `     Device type: ${stat.rdev >> 8},${stat.rdev & 255}` : ''
  return [
    `  File: ${nameAndTarget(proc, path, stat)}`,
    `  Size: ${String(stat.size).padEnd(10)}\tBlocks: ${String(blocks(stat)).padEnd(10)} IO Block: 4096   ${kindName(stat)}`,
    `Device: ${stat.dev >> 8},${stat.dev & 255}\tInode: ${String(stat.ino).padEnd(10)}  Links: ${isDevice ? String(stat.nlink).padEnd(5) : stat.nlink}${device}`,
    `Access: (${octal(stat.mode).padStart(4, '0')}/${kindLetter(stat.mode)}${modeLetters(stat.mode)})  Uid: ${id(stat.uid, users.nameOf(stat.uid))}   Gid: ${id(stat.gid, users.groupNameOf(stat.gid))}`,
    `Access: ${timeText(stat.atime)}`,
    `Modify: ${timeText(stat.mtime)}`,
    `Change: ${timeText(stat.ctime)}`,
    ' Birth: -',
    '',
  ].join('\n')
}

const field = (proc: Process, path: string, stat: Stat, letter: string): string | null => {
  const { users } = proc.host
  const seconds = (time: number): string => String(Math.floor(time / 1000))
  const fields: Readonly<Record<string, () => string>> = {
    a: () => octal(stat.mode),
    A: () => kindLetter(stat.mode) + modeLetters(stat.mode),
    b: () => String(blocks(stat)),
    B: () => '512',
    d: () => String(stat.dev),
    f: () => stat.mode.toString(16),
    F: () => kindName(stat),
    g: () => String(stat.gid),
    G: () => users.groupNameOf(stat.gid),
    h: () => String(stat.nlink),
    i: () => String(stat.ino),
    n: () => path,
    N: () => nameAndTarget(proc, path, stat).split(' -> ').map(quoteName).join(' -> '),
    o: () => '4096',
    s: () => String(stat.size),
    u: () => String(stat.uid),
    U: () => users.nameOf(stat.uid),
    x: () => timeText(stat.atime),
    X: () => seconds(stat.atime),
    y: () => timeText(stat.mtime),
    Y: () => seconds(stat.mtime),
    z: () => timeText(stat.ctime),
    Z: () => seconds(stat.ctime),
    '%': () => '%',
  }
  return fields[letter]?.() ?? null
}

export const program: Program = {
  name: 'stat',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'stat',
      short: 'c:L',
      long: {
        format: { as: 'c', argument: 'required' },
        printf: { as: 'printf', argument: 'required' },
        dereference: 'L',
      },
      usage: ['stat [OPTION]... FILE...'],
      does: 'Display file status.',
    })
    if (typeof args === 'number') return args
    if (args.operands.length === 0) return await usageError(proc, 'stat', 'missing operand')
    const printf = args.value('printf')?.replaceAll('\\n', '\n').replaceAll('\\t', '\t')
    const format = printf ?? args.value('c')
    let code = 0
    for (const path of args.operands) {
      const stat = args.has('L') ? proc.stat(path) : proc.lstat(path)
      if (typeof stat === 'number') {
        await complain(proc, `stat: cannot statx ${quoteName(path)}: ${strerror(stat)}`)
        code = 1
        continue
      }
      const text =
        format === undefined
          ? report(proc, path, stat)
          : format.replace(/%(-?\d*)([a-zA-Z%])/g, (whole, width: string, letter: string) => {
              const value = field(proc, path, stat, letter)
              if (value === null) return whole
              const columns = Number(width === '' ? 0 : width)
              return columns < 0 ? value.padEnd(-columns) : value.padStart(columns)
            }) + (printf === undefined ? '\n' : '')
      if ((await writeOut(proc, 'stat', text)) !== 0) return 1
    }
    return code
  },
}
