import { columnWidths, formatRow, padStart } from '../table.ts'
import { nameOf } from './name.ts'
import type { Found } from './report.ts'
import type { LsofOptions } from './request.ts'
import type { LsofFile, LsofSource } from './types.ts'

const TYPES: Readonly<Record<string, string>> = { unix: 'unix', packet: 'pack' }
/** NODE of a packet socket: its Ethernet protocol. */
const PACKET_PROTOCOLS: Readonly<Record<number, string>> = { 3: 'ALL', 2048: 'IP', 2054: 'ARP', 34525: 'IPV6' }

export const typeOf = (file: LsofFile): string => {
  const row = file.socket
  if (row === null) return file.type
  if (row.protocol === 'raw') return row.family === 10 ? 'raw6' : 'raw'
  return TYPES[row.protocol] ?? (row.family === 10 ? 'IPv6' : 'IPv4')
}

export const deviceOf = (file: LsofFile): string => {
  const row = file.socket
  if (row === null) return file.device
  if (row.protocol === 'raw') return ''
  // Linux shows the hash of a pointer.
  return row.protocol === 'unix' ? `0x${row.inode.toString(16).padStart(16, '0')}` : String(row.inode)
}

/** TCP, UDP, ALL: null where NODE is an inode. */
export const protocolOf = (file: LsofFile): string | null => {
  const row = file.socket
  if (row === null || row.protocol === 'unix' || row.protocol === 'raw') return null
  if (row.protocol === 'packet') return PACKET_PROTOCOLS[row.local.port] ?? String(row.local.port)
  return row.protocol.toUpperCase()
}

const nodeOf = (file: LsofFile): string => protocolOf(file) ?? (file.socket === null ? file.node : String(file.inode))

const sizeOf = (file: LsofFile, o: LsofOptions): string => {
  if (file.size !== null && o.sizes !== 'offset') return String(file.size)
  return file.offset === null || o.sizes === 'size' ? '' : `0t${file.offset}`
}

/** lsof prints bytes that are not printable as `\xNN`, blanks in a command too. */
export const safe = (text: string): string =>
  text.replace(/[^\x21-\x7e]/g, (c) => {
    const code = c.charCodeAt(0)
    return code > 126 ? c : `\\x${code.toString(16).padStart(2, '0')}`
  })

/** Four wide for a descriptor; access and lock follow it. */
const fdOf = (file: LsofFile): string => `${padStart(String(file.fd), 4)}${file.access} `

export const table = (found: readonly Found[], o: LsofOptions, source: LsofSource): string => {
  if (found.length === 0) return ''
  const sizeTitle = o.sizes === 'size' ? 'SIZE' : o.sizes === 'offset' ? 'OFFSET' : 'SIZE/OFF'
  const ids = [...(o.showPpid ? ['PPID'] : []), ...(o.showPgid ? ['PGID'] : [])]
  const titles = [
    'COMMAND',
    'PID',
    ...ids,
    'USER',
    '  FD  ',
    'TYPE',
    'DEVICE',
    sizeTitle,
    'NODE',
    'NAME',
    ...(o.where ? ['WHERE'] : []),
  ]
  const rows = found.flatMap(({ process: p, files }) =>
    files.map((file) => [
      safe(p.command.slice(0, o.commandWidth)),
      String(p.pid),
      ...(o.showPpid ? [String(p.ppid)] : []),
      ...(o.showPgid ? [String(p.pgid)] : []),
      o.numericUsers ? padStart(String(p.uid), 8) : p.user.slice(0, 8),
      fdOf(file),
      typeOf(file),
      deviceOf(file),
      sizeOf(file, o),
      nodeOf(file),
      nameOf(file, o, source),
      ...(o.where ? [file.where] : []),
    ]),
  )
  const lefts = ['COMMAND', 'NAME', 'WHERE']
  const columns = titles.map((title) => ({ align: lefts.includes(title) ? 'left' : 'right' }) as const)
  const widths = columnWidths(columns, [titles, ...rows])
  const shown = (row: readonly string[]): string => formatRow(columns, widths, row)
  return [titles, ...rows].map((row) => `${o.where ? shown(row).trimEnd() : shown(row)}\n`).join('')
}
