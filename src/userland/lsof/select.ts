import type { SocketRow } from '../../socket/row.ts'
import type { AddressSpec } from './address-spec.ts'
import { tcpStateName } from './name.ts'
import type { LsofOptions } from './options.ts'
import type { LsofFile, LsofProcess, LsofSource } from './types.ts'

type Verdict = boolean | null

/** Whether lsof lists the file: every kind of selection gives a verdict (null: not asked), joined by OR, or by AND with -a. */
export const isSelected = (process: LsofProcess, file: LsofFile, o: LsofOptions, source: LsofSource): boolean => {
  if (excluded(process, file, o)) return false
  const verdicts = [
    byList(
      o.pids.filter((p) => !p.exclude),
      (p) => p.value === process.pid,
    ),
    byList(
      o.pgids.filter((p) => !p.exclude),
      (p) => p.value === process.pgid,
    ),
    byList(
      o.users.filter((u) => !u.exclude),
      (u) => u.uid === process.uid,
    ),
    byList(
      o.commands.filter((c) => !c.exclude),
      (c) => c.test(process.command),
    ),
    byList(
      o.fds.filter((f) => !f.exclude),
      (f) => f.test(file.fd),
    ),
    byInet(file.socket, o),
    o.unix ? file.socket?.protocol === 'unix' : null,
    byList(o.names, (name) => file.name.split(' ')[0] === source.resolve(name)),
  ].filter((v): v is boolean => v !== null)
  if (verdicts.length === 0) return true
  return o.and ? verdicts.every((v) => v) : verdicts.some((v) => v)
}

const byList = <T>(list: readonly T[], test: (item: T) => boolean): Verdict =>
  list.length === 0 ? null : list.some(test)

/** `^` exclusions, and -s states, hold whatever else is selected. */
const excluded = (process: LsofProcess, file: LsofFile, o: LsofOptions): boolean => {
  if (o.pids.some((p) => p.exclude && p.value === process.pid)) return true
  if (o.pgids.some((p) => p.exclude && p.value === process.pgid)) return true
  if (o.users.some((u) => u.exclude && u.uid === process.uid)) return true
  if (o.commands.some((c) => c.exclude && c.test(process.command))) return true
  if (o.fds.some((f) => f.exclude && f.test(file.fd))) return true
  const row = file.socket
  if (row === null || (row.protocol !== 'tcp' && row.protocol !== 'udp')) return false
  const name = row.protocol === 'tcp' ? tcpStateName(row.state) : row.remote.address === null ? 'IDLE' : 'ESTABLISHED'
  const mine = o.states.filter((s) => s.protocol === row.protocol.toUpperCase())
  if (mine.some((s) => s.exclude && s.state === name)) return true
  const wanted = mine.filter((s) => !s.exclude)
  return wanted.length > 0 && !wanted.some((s) => s.state === name)
}

const byInet = (row: SocketRow | null, o: LsofOptions): Verdict => {
  if (o.inet === null) return null
  if (row === null || row.protocol === 'unix' || row.protocol === 'packet') return false
  return o.inet.length === 0 || o.inet.some((spec) => matches(row, spec))
}

/** Host and ports must match at one and the same end of the socket. */
const matches = (row: SocketRow, spec: AddressSpec): boolean => {
  if (spec.family !== null && (spec.family === 4) !== (row.family === 2)) return false
  if (spec.protocol !== null && spec.protocol !== row.protocol) return false
  if (spec.addresses === null && spec.ports === null) return true
  return [row.local, row.remote].some((end, i) => {
    if (i === 1 && end.port === 0) return false
    if (
      spec.addresses !== null &&
      !(end.address !== null && spec.addresses.includes(end.address.unmapped().toString()))
    )
      return false
    if (spec.ports === null) return true
    return spec.ports.some(
      (p) => end.port >= p.from && end.port <= p.to && (p.protocol === null || p.protocol === row.protocol),
    )
  })
}
