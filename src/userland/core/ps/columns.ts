/** What ps can show of a process (procps-ng 4.0). */
import type { Process } from '../../../host/index.ts'
import { dateText } from '../date-format.ts'

export interface PsColumn {
  readonly header: string
  readonly width: number
  readonly align: 'left' | 'right'
  readonly value: (process: Process, view: PsView) => string
  /** May be longer than its column; as the last one it is never cut. */
  readonly grows?: boolean
}

/** What a cell needs beside the process. */
export interface PsView {
  /** Nanoseconds since the network's start. */
  readonly now: number
  /** Milliseconds since the epoch. */
  readonly time: number
}

/** Seconds that the process has lived. */
const age = (process: Process, { now }: PsView): number => Math.max(0, Math.floor((now - process.startTime) / 1e9))

const started = (process: Process, view: PsView): Date => new Date(view.time - (view.now - process.startTime) / 1e6)

const two = (n: number): string => String(n).padStart(2, '0')

/** `[[dd-]hh:]mm:ss` */
const elapsed = (seconds: number): string => {
  const days = Math.floor(seconds / 86_400)
  const hours = Math.floor(seconds / 3600) % 24
  const clock = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  if (days > 0) return `${days}-${two(hours)}:${clock}`
  return hours > 0 ? `${two(hours)}:${clock}` : clock
}

/** The time of today, else the day. */
const startTime = (process: Process, view: PsView): string => {
  const date = started(process, view)
  const sameDay = new Date(view.time).toISOString().slice(0, 10) === date.toISOString().slice(0, 10)
  return dateText(date, sameDay ? '%H:%M' : '%b%d')
}

export const terminalName = (process: Process): string => {
  const terminal = process.controllingTerminal
  return terminal === null ? '?' : `pts/${terminal.number}`
}

/** init runs nothing and waits for nothing: it sleeps. */
const stateOf = (process: Process): string => (process.pid === 1 ? 'S' : process.state)

/** State, and `s` for a session's leader, `+` in the foreground group. */
const stat = (process: Process): string => {
  const terminal = process.controllingTerminal
  const leader = process.sid === process.pid ? 's' : ''
  return `${stateOf(process)}${leader}${terminal !== null && terminal.foreground === process.pgid ? '+' : ''}`
}

const args = (process: Process): string =>
  process.state === 'Z' ? `[${process.comm}] <defunct>` : process.argv.join(' ')

const comm = (process: Process): string => (process.state === 'Z' ? `${process.comm} <defunct>` : process.comm)

const left = (header: string, width: number, value: PsColumn['value'], grows = false): PsColumn => ({
  header,
  width,
  align: 'left',
  value,
  ...(grows ? { grows } : {}),
})
const right = (header: string, width: number, value: PsColumn['value']): PsColumn => ({
  header,
  width,
  align: 'right',
  value,
})

/** Longer names are shown by number, as ps does. */
const user = (process: Process, width: number): string => {
  const name = process.user
  return name.length <= width ? name : width >= 8 ? `${name.slice(0, width - 1)}+` : String(process.uid)
}

const group = (process: Process): string => process.host.users.groupNameOf(process.gid)

/** A virtual process takes no processor time and has no memory of its own: those columns are zero. */
export const COLUMNS: Readonly<Record<string, PsColumn>> = {
  pid: right('PID', 5, (p) => String(p.pid)),
  ppid: right('PPID', 5, (p) => String(p.ppid)),
  pgid: right('PGID', 5, (p) => String(p.pgid)),
  sid: right('SID', 5, (p) => String(p.sid)),
  tpgid: right('TPGID', 5, (p) => String(p.controllingTerminal?.foreground ?? -1)),
  user: left('USER', 8, (p) => user(p, 8)),
  uid: right('UID', 5, (p) => String(p.uid)),
  group: left('GROUP', 8, group),
  gid: right('GID', 5, (p) => String(p.gid)),
  tt: left('TT', 8, terminalName),
  tty: left('TTY', 8, terminalName),
  stat: left('STAT', 4, stat),
  state: left('S', 1, stateOf),
  time: right('TIME', 8, () => '00:00:00'),
  bsdtime: right('TIME', 6, () => '0:00'),
  etime: right('ELAPSED', 11, (p, view) => elapsed(age(p, view))),
  etimes: right('ELAPSED', 7, (p, view) => String(age(p, view))),
  start: right('STARTED', 8, (p, view) => dateText(started(p, view), '%H:%M:%S')),
  stime: left('STIME', 5, startTime),
  bsdstart: left('START', 5, startTime),
  lstart: right('STARTED', 24, (p, view) => dateText(started(p, view), '%a %b %e %H:%M:%S %Y')),
  pcpu: right('%CPU', 4, () => '0.0'),
  pmem: right('%MEM', 4, () => '0.0'),
  c: right('C', 2, () => '0'),
  rss: right('RSS', 5, () => '0'),
  vsz: right('VSZ', 6, () => '0'),
  sz: right('SZ', 5, () => '0'),
  ni: right('NI', 3, () => '0'),
  pri: right('PRI', 3, () => '19'),
  opri: right('PRI', 3, () => '80'),
  f: right('F', 1, (p) => (p.uid === 0 ? '4' : '0')),
  addr: left('ADDR', 4, () => '-'),
  wchan: left('WCHAN', 6, () => '-'),
  comm: left('COMMAND', 15, comm, true),
  ucmd: left('CMD', 15, comm, true),
  cmd: left('CMD', 27, args, true),
  args: left('COMMAND', 27, args, true),
}

export const ALIASES: Readonly<Record<string, string>> = {
  command: 'args',
  ucomm: 'comm',
  fname: 'comm',
  euser: 'user',
  ruser: 'user',
  uname: 'user',
  euid: 'uid',
  ruid: 'uid',
  egroup: 'group',
  rgroup: 'group',
  egid: 'gid',
  rgid: 'gid',
  pgrp: 'pgid',
  sess: 'sid',
  session: 'sid',
  tname: 'tty',
  s: 'state',
  cputime: 'time',
  nice: 'ni',
  vsize: 'vsz',
  rssize: 'rss',
  rsz: 'rss',
  start_time: 'stime',
  '%cpu': 'pcpu',
  '%mem': 'pmem',
  flag: 'f',
}
