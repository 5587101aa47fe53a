import type { SocketRow } from '../../socket/row.ts'
import { tcpStateName, unixPath } from './name.ts'
import type { AddressSpec, LsofOptions, Selector } from './request.ts'
import type { LsofFile, LsofProcess, LsofSource, NamedInode } from './types.ts'

/** A name argument that exists. */
export interface Sought {
  readonly name: string
  readonly path: string
  readonly inode: NamedInode
}

type Verdict = boolean | null

/** Whether lsof lists the file: every kind of selection gives a verdict (null: not asked), joined by OR, or by AND with -a. */
export const isSelected = (
  process: LsofProcess,
  file: LsofFile,
  o: LsofOptions,
  sought: readonly Sought[],
): boolean => {
  if (isExcluded(process, file, o)) return false
  const verdicts = [
    verdict(o.pids, process.pid),
    verdict(o.pgids, process.pgid),
    verdict(o.users, process.uid),
    verdict(o.commands, process.command),
    verdict(o.fds, file.fd),
    o.inet === null ? null : isInternet(file.socket) && (o.inet.length === 0 || o.inet.some((s) => meets(file, s))),
    o.unix ? file.socket?.protocol === 'unix' : null,
    o.names.length === 0 ? null : sought.some((one) => isNamed(file, one)),
  ].filter((v): v is boolean => v !== null)
  if (verdicts.length === 0) return true
  return o.and ? verdicts.every((v) => v) : verdicts.some((v) => v)
}

const verdict = <T>(list: readonly Selector<T>[], value: T): Verdict => {
  const wanted = list.filter((one) => !one.exclude)
  return wanted.length === 0 ? null : wanted.some((one) => one.matches(value))
}

/** Same inode; a Unix socket is found by the path it was bound to. */
export const isNamed = (file: LsofFile, { path, inode }: Sought): boolean =>
  file.socket === null
    ? file.dev === inode.dev && file.inode === inode.inode
    : file.socket.protocol === 'unix' && unixPath(file.socket) === path

/** `^` exclusions, and -s states, hold whatever else is selected. */
const isExcluded = (process: LsofProcess, file: LsofFile, o: LsofOptions): boolean => {
  const banned = <T>(list: readonly Selector<T>[], value: T): boolean =>
    list.some((one) => one.exclude && one.matches(value))
  return (
    banned(o.pids, process.pid) ||
    banned(o.pgids, process.pgid) ||
    banned(o.users, process.uid) ||
    banned(o.commands, process.command) ||
    banned(o.fds, file.fd) ||
    isOtherState(file.socket, o)
  )
}

/** -sTCP: counts for UDP as well, whose states are CLOSE and ESTABLISHED to it. */
const isOtherState = (row: SocketRow | null, o: LsofOptions): boolean => {
  if (row === null || o.states.length === 0 || (row.protocol !== 'tcp' && row.protocol !== 'udp')) return false
  const name = tcpStateName(row.state)
  if (o.states.some((s) => s.exclude && s.state === name)) return true
  const wanted = o.states.filter((s) => !s.exclude)
  return wanted.length > 0 && !wanted.some((s) => s.state === name)
}

/** What -i lists: TCP and UDP alone. */
const isInternet = (row: SocketRow | null): boolean =>
  row !== null && (row.protocol === 'tcp' || row.protocol === 'udp')

/** Host and ports must match at one and the same end of the socket. */
export const meets = (file: LsofFile, spec: AddressSpec): boolean => {
  const row = file.socket
  if (row === null || !isInternet(row)) return false
  const isBare = spec.protocol === null && spec.addresses === null && spec.ports === null
  if (spec.family !== null && (isBare ? socketFamily(row) : wireFamily(row)) !== spec.family) return false
  if (spec.protocol !== null && spec.protocol !== row.protocol) return false
  return [row.local, row.remote].some((end, i) => {
    if (i === 1 && end.port === 0) return false
    const address = end.address?.unmapped().toString()
    if (spec.addresses !== null && (address === undefined || !spec.addresses.includes(address))) return false
    if (spec.ports === null) return true
    return spec.ports.some(
      (p) => end.port >= p.from && end.port <= p.to && (p.protocol === null || p.protocol === row.protocol),
    )
  })
}

const socketFamily = (row: SocketRow): 4 | 6 => (row.family === 2 ? 4 : 6)

/** An IPv6 socket that speaks IPv4 counts as that for `-i4:port`, though not for `-i4`. */
const wireFamily = (row: SocketRow): 4 | 6 =>
  (row.local.address ?? row.remote.address)?.unmapped().family ?? socketFamily(row)

/** What was asked for and is nowhere: the lines of -V. Anything makes lsof fail, whatever else it printed. */
export const notFound = (source: LsofSource, o: LsofOptions, sought: readonly Sought[]): readonly string[] => {
  const processes = source.processes.filter((p) => {
    if (o.pids.some((one) => one.exclude && one.matches(p.pid))) return false
    if (o.users.some((one) => one.exclude && one.matches(p.uid))) return false
    return !o.commands.some((one) => one.exclude && one.matches(p.command))
  })
  const missing: string[] = []
  const look = <T>(list: readonly Selector<T>[], what: string, of: (p: LsofProcess) => T): void => {
    for (const one of list)
      if (!one.exclude && !processes.some((p) => one.matches(of(p)))) missing.push(`${what}: ${one.text}`)
  }
  look(o.commands, 'command not located', (p) => p.command)
  for (const one of sought)
    if (!processes.some((p) => p.files.some((file) => isNamed(file, one))))
      missing.push(`no file use located: ${one.name}`)
  for (const spec of o.inet ?? [])
    if (!processes.some((p) => p.files.some((file) => meets(file, spec) && !isExcluded(p, file, o))))
      missing.push(`Internet address not located: ${spec.text}`)
  look(o.pids, 'process ID not located', (p) => p.pid)
  look(o.pgids, 'process group ID not located', (p) => p.pgid)
  return missing
}
