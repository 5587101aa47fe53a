/** Job control: who may use a terminal, and which group is whose (POSIX XBD 11.1, setpgid(2), setsid(2)). */
import { EAGAIN, EINVAL, EIO, ENOTTY, EPERM, ESRCH } from '../../wire/errno.ts'
import type { Terminal, Termios } from '../tty/index.ts'
import type { Process } from './process.ts'
import { Signal } from './signals.ts'

/** Zero for the foreground group; else the signal is sent, and -EAGAIN (stopped: try again later) or -EIO is the answer. */
export const claimTerminal = (process: Process, terminal: Terminal, signal: number): number => {
  const { session, pgid, signals, host } = process
  if (session.terminal !== terminal || terminal.foreground === 0 || terminal.foreground === pgid) return 0
  const isDeaf = signals.get(signal) === 'ignore' || signals.isBlocked(signal)
  if (isDeaf) return signal === Signal.SIGTTOU ? 0 : -EIO
  if (host.isOrphaned(pgid)) return -EIO
  host.signalGroup(pgid, signal)
  return -EAGAIN
}

export const setForeground = (process: Process, terminal: Terminal, pgid: number): number => {
  if (process.session.terminal !== terminal) return -ENOTTY
  const error = claimTerminal(process, terminal, Signal.SIGTTOU)
  if (error < 0) return error
  if (!process.host.groupIn(pgid, process.session)) return -EPERM
  terminal.foreground = pgid
  return 0
}

export const setTermios = (process: Process, terminal: Terminal, change: Partial<Termios>, flush: boolean): number => {
  const error = claimTerminal(process, terminal, Signal.SIGTTOU)
  if (error < 0) return error
  terminal.setTermios(change, flush)
  return 0
}

export const setpgid = (process: Process, pid: number, pgid: number): number => {
  const { host, session } = process
  const target = pid === 0 ? process : host.find(pid)
  if (target === null || (target !== process && target.parent !== process)) return -ESRCH
  if (pgid < 0) return -EINVAL
  const wanted = pgid === 0 ? target.pid : pgid
  if (target.sid === target.pid || target.session !== session) return -EPERM
  if (wanted !== target.pid && !host.groupIn(wanted, session)) return -EPERM
  target.pgid = wanted
  return 0
}

export const setsid = (process: Process): number => {
  const { host, pid } = process
  if (host.groupExists(pid)) return -EPERM
  process.session = host.newSession(pid)
  process.pgid = pid
  return pid
}
