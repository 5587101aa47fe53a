/** One name of a listing, and the cells that show it. */
import {
  type Process,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  type Stat,
} from '../../../host/index.ts'
import { dateText } from '../date-format.ts'
import { kindLetter, modeLetters } from '../mode.ts'
import { plainName } from '../quote.ts'
import type { LsOptions } from './options.ts'

export interface Entry {
  /** As it is shown. */
  readonly name: string
  readonly path: string
  readonly stat: Stat
  /** Where a symbolic link leads. */
  readonly target: string | null
  /** What the link leads to; null when that is missing. */
  readonly targetStat: Stat | null
}

export const entryOf = (proc: Process, name: string, path: string, follow: boolean): Entry | number => {
  const own = proc.lstat(path)
  if (typeof own === 'number') return own
  const isLink = (own.mode & S_IFMT) === S_IFLNK
  const there = isLink ? proc.stat(path) : own
  const stat = follow && typeof there !== 'number' ? there : own
  const link = isLink && stat === own ? proc.readlink(path) : null
  return {
    name,
    path,
    stat,
    target: typeof link === 'string' ? link : null,
    targetStat: typeof there === 'number' ? null : there,
  }
}

export const isDirectory = ({ stat }: Entry): boolean => (stat.mode & S_IFMT) === S_IFDIR

const COLORS: Readonly<Record<number, string>> = {
  [S_IFDIR]: '01;34',
  [S_IFLNK]: '01;36',
  [S_IFSOCK]: '01;35',
  [S_IFIFO]: '40;33',
  [S_IFCHR]: '40;33;01',
}

const indicatorOf = ({ mode }: Stat, how: LsOptions['indicator']): string => {
  const kind = mode & S_IFMT
  if (how === 'none') return ''
  if (kind === S_IFDIR) return '/'
  if (how === 'slash') return ''
  if (kind === S_IFLNK) return '@'
  if (kind === S_IFSOCK) return '='
  if (kind === S_IFIFO) return '|'
  return kind === S_IFREG && (mode & 0o111) !== 0 ? '*' : ''
}

const colored = (text: string, stat: Stat | null, options: LsOptions): string => {
  if (!options.color) return text
  const executable = stat !== null && (stat.mode & S_IFMT) === S_IFREG && (stat.mode & 0o111) !== 0
  const color = stat === null ? '01;31' : executable ? '01;32' : COLORS[stat.mode & S_IFMT]
  return color === undefined ? text : `\x1b[${color}m${text}\x1b[0m`
}

const quoted = (name: string, options: LsOptions): string => (options.quotes ? plainName(name) : name)

export const needsQuotes = ({ name }: Entry, options: LsOptions): boolean => quoted(name, options) !== name

/** The name with colour and indicator. `width`: its columns without the colour's bytes. */
export const nameCell = (entry: Entry, options: LsOptions): { readonly text: string; readonly width: number } => {
  const bare = quoted(entry.name, options)
  // Where some names have quotes, the others are set in by one so that letters stand under letters.
  const pad = options.pads && bare === entry.name ? ' ' : ''
  const broken = entry.target !== null && entry.targetStat === null
  const indicator = indicatorOf(entry.stat, options.indicator)
  const width = pad.length + Array.from(bare).length + indicator.length
  return { text: pad + colored(bare, broken ? null : entry.stat, options) + indicator, width }
}

export const longName = (entry: Entry, options: LsOptions): string => {
  if (entry.target === null) return nameCell(entry, options).text
  const { text } = nameCell(entry, { ...options, indicator: 'none' })
  const target = colored(quoted(entry.target, options), entry.targetStat, options)
  return `${text} -> ${target}${entry.targetStat === null ? '' : indicatorOf(entry.targetStat, options.indicator)}`
}

/** Kilobytes that it takes on a disk of 4 KiB blocks. */
export const blocksOf = ({ mode, size }: Stat): number => {
  const kind = mode & S_IFMT
  return kind === S_IFREG || kind === S_IFDIR ? Math.ceil(size / 4096) * 4 : 0
}

/** `4.0K`, `13M`: at most three digits, rounded up (GNU's human_ceiling). */
export const humanSize = (bytes: number): string => {
  if (bytes < 1024) return String(bytes)
  let value = bytes
  let unit = -1
  while (value >= 1024 && unit < 4) {
    value /= 1024
    unit++
  }
  if (value < 9.95) {
    const tenths = Math.ceil(value * 10)
    if (tenths < 100) return `${(tenths / 10).toFixed(1)}${'KMGTP'[unit]}`
  }
  const whole = Math.ceil(value)
  return whole >= 1024 && unit < 4 ? `1.0${'KMGTP'[unit + 1]}` : `${whole}${'KMGTP'[unit]}`
}

/** Half a year in seconds, on both sides: within it the time of day is shown, else the year (GNU ls). */
const RECENT_MS = (31_556_952 / 2) * 1000

const timeCell = (time: number, now: number, options: LsOptions): string => {
  const date = new Date(time)
  if (options.fullTime) return dateText(date, '%Y-%m-%d %H:%M:%S.%N %z', (time % 1000) * 1e6)
  const recent = time > now - RECENT_MS && time <= now
  return dateText(date, recent ? '%b %e %H:%M' : '%b %e  %Y')
}

/** The cells of `ls -l` before the name. */
export const longCells = (proc: Process, entry: Entry, options: LsOptions): string[] => {
  const { stat } = entry
  const { users } = proc.host
  const isDevice = (stat.mode & S_IFMT) === S_IFCHR
  const size = isDevice
    ? `${stat.rdev >> 8}, ${String(stat.rdev & 255).padStart(3)}`
    : options.human
      ? humanSize(stat.size)
      : String(stat.size)
  return [
    ...(options.inode ? [String(stat.ino)] : []),
    ...(options.blocks ? [options.human ? humanSize(blocksOf(stat) * 1024) : String(blocksOf(stat))] : []),
    kindLetter(stat.mode) + modeLetters(stat.mode),
    String(stat.nlink),
    ...(options.owner ? [options.numeric ? String(stat.uid) : users.nameOf(stat.uid)] : []),
    ...(options.group ? [options.numeric ? String(stat.gid) : users.groupNameOf(stat.gid)] : []),
    size,
    timeCell(options.accessTime ? stat.atime : stat.mtime, proc.tree.time, options),
  ]
}
