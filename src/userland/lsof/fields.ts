import { bareName, sendQueueOf, tcpStateName, unixState } from './name.ts'
import type { Found } from './report.ts'
import type { LsofOptions } from './request.ts'
import { deviceOf, protocolOf, typeOf } from './table.ts'
import type { LsofFile, LsofSource } from './types.ts'

/** -F, output for programs: a process's fields come once, then each file's, in lsof's order. `p` is always there. */
export const fieldLines = (found: readonly Found[], o: LsofOptions, letters: string, source: LsofSource): string => {
  const set = (fields: readonly string[]): string =>
    o.nul ? `${fields.map((field) => `${field}\0`).join('')}\n` : fields.map((field) => `${field}\n`).join('')
  const shown = o.where ? `${letters}W` : letters
  const wanted = (fields: readonly string[]): string[] => fields.filter((field) => shown.includes(field[0] as string))
  let out = ''
  for (const { process: p, files } of found) {
    const about = [`g${p.pgid}`, `R${p.ppid}`, `c${p.command}`, `u${p.uid}`, `L${p.user}`]
    out += set([`p${p.pid}`, ...wanted(about)])
    for (const file of files) {
      const fields = wanted(fileFields(file, o, source))
      if (fields.length > 0) out += set(fields)
    }
  }
  return out
}

const fileFields = (file: LsofFile, o: LsofOptions, source: LsofSource): string[] => {
  const row = file.socket
  const device = deviceOf(file)
  const protocol = protocolOf(file)
  return [
    `f${file.fd}`,
    ...(file.fd === 'NOFD' ? [] : [`a${file.access}`, 'l ', `t${typeOf(file)}`]),
    ...(file.flags === null ? [] : [`G0x${file.flags.toString(16)};0x0`]),
    ...(row !== null && device !== '' ? [`d${device}`] : []),
    ...(row === null && file.dev !== null ? [`D0x${file.dev.toString(16)}`] : []),
    ...(file.size !== null ? [`s${file.size}`] : file.offset !== null ? [`o0t${file.offset}`] : []),
    ...(protocol === null && file.node !== '' && row?.protocol !== 'raw' ? [`i${file.inode}`] : []),
    ...(file.links === null ? [] : [`k${file.links}`]),
    ...(protocol === null ? [] : [`P${protocol}`]),
    `n${bareName(file, o, source)}`,
    ...transport(file, o),
    // Not Linux's, as the option is.
    ...(o.where && file.where !== '' ? [`W${file.where}`] : []),
  ]
}

const transport = (file: LsofFile, o: LsofOptions): string[] => {
  const row = file.socket
  if (row === null || o.tcp === null) return []
  if (row.protocol === 'unix') return [`TST=${unixState(row)}`]
  if (row.protocol !== 'tcp' && row.protocol !== 'udp') return []
  const state = row.protocol === 'tcp' ? [`TST=${tcpStateName(row.state)}`] : []
  return [...state, `TQR=${row.recvQ}`, `TQS=${sendQueueOf(row)}`]
}
