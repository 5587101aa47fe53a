import { nameOf } from './name.ts'
import { Information, type LsofOptions, parseOptions, UsageError } from './options.ts'
import { isSelected } from './select.ts'
import type { LsofFile, LsofProcess, LsofSource, Report } from './types.ts'
import { HELP, USAGE, VERSION } from './usage.ts'

/** What `lsof ARGV` prints on a host, and its exit code: 1 when something asked for was not found. */
export const lsofReport = (argv: readonly string[], source: LsofSource): Report => {
  let options: LsofOptions
  try {
    options = parseOptions(argv, source)
  } catch (error) {
    if (error instanceof Information) return { stdout: '', stderr: error.kind === 'help' ? HELP : VERSION, code: 0 }
    if (error instanceof UsageError) return { stdout: '', stderr: `lsof: ${error.message}\n${USAGE}`, code: 1 }
    throw error
  }
  const missing = options.names.filter((name) => !source.exists(source.resolve(name)))
  if (missing.length > 0)
    return {
      stdout: '',
      stderr: `${missing.map((n) => `lsof: status error on ${n}: No such file or directory\n`).join('')}${USAGE}`,
      code: 1,
    }
  const found = source.processes.flatMap((process) => {
    const files = process.files.filter((file) => isListed(file) && isSelected(process, file, options, source))
    return files.length === 0 ? [] : [{ process, files }]
  })
  const stdout = options.terse
    ? found.map(({ process }) => `${process.pid}\n`).join('')
    : options.fields === null
      ? table(found, options, source)
      : fieldLines(found, options, options.fields, source)
  return { stdout, stderr: '', code: found.length === 0 || !allFound(found, options, source) ? 1 : 0 }
}

interface Found {
  readonly process: LsofProcess
  readonly files: readonly LsofFile[]
}

/** A TCP socket that neither listens nor is connected is `protocol: TCP` to lsof's -p, and in no -i listing. */
const isListed = (file: LsofFile): boolean => file.socket !== null || file.type !== ''

/** Each thing searched for was found once at least; else lsof fails though it may have printed. */
const allFound = (found: readonly Found[], o: LsofOptions, source: LsofSource): boolean =>
  o.pids.every((p) => p.exclude || found.some((f) => f.process.pid === p.value)) &&
  o.names.every((n) => found.some((f) => f.files.some((file) => file.name.split(' ')[0] === source.resolve(n)))) &&
  (o.inet ?? []).every((spec) =>
    found.some((f) =>
      f.files.some((file) =>
        isSelected(
          f.process,
          file,
          { ...o, inet: [spec], pids: [], users: [], commands: [], fds: [], names: [], unix: false },
          source,
        ),
      ),
    ),
  )

const TYPES: Readonly<Record<string, string>> = { unix: 'unix', packet: 'pack', raw: 'raw', icmp: 'icmp' }

const typeOf = (file: LsofFile): string => {
  const row = file.socket
  if (row === null) return file.type
  return TYPES[row.protocol] ?? (row.family === 10 ? 'IPv6' : 'IPv4')
}

const deviceOf = (file: LsofFile): string => {
  const row = file.socket
  if (row === null) return file.device
  return row.protocol === 'unix' ? `0x${row.inode.toString(16).padStart(16, '0')}` : String(row.inode)
}

const nodeOf = (file: LsofFile): string => {
  const row = file.socket
  if (row === null) return file.node
  return row.protocol === 'unix' ? String(row.inode) : row.protocol.toUpperCase()
}

const sizeOf = (file: LsofFile, o: LsofOptions): string => {
  if (file.size === null || o.sizes === 'offset') return o.sizes === 'size' ? '' : '0t0'
  return String(file.size)
}

/** lsof prints bytes that are not printable as `\xNN`, blanks too. */
const safe = (text: string): string =>
  text.replace(/[^\x21-\x7e]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)

const table = (found: readonly Found[], o: LsofOptions, source: LsofSource): string => {
  if (found.length === 0) return ''
  const head = [
    'COMMAND',
    'PID',
    ...(o.showPgid ? ['PGID'] : []),
    ...(o.showPpid ? ['PPID'] : []),
    'USER',
    'FD',
    'TYPE',
    'DEVICE',
    o.sizes === 'size' ? 'SIZE' : o.sizes === 'offset' ? 'OFFSET' : 'SIZE/OFF',
    'NODE',
    'NAME',
  ]
  const rows = found.flatMap(({ process: p, files }) =>
    files.map((file) => [
      safe(o.commandWidth === 0 ? p.command : p.command.slice(0, o.commandWidth)),
      String(p.pid),
      ...(o.showPgid ? [String(p.pgid)] : []),
      ...(o.showPpid ? [String(p.ppid)] : []),
      o.numericUsers ? String(p.uid) : p.user.slice(0, 8),
      // The descriptor is four wide; access and lock follow it.
      `${String(file.fd).padStart(4)}${file.access} `,
      typeOf(file),
      deviceOf(file),
      sizeOf(file, o),
      nodeOf(file),
      nameOf(file, o, source),
    ]),
  )
  const fd = head.indexOf('FD')
  const widths = head.map((h, i) => Math.max(i === fd ? 6 : h.length, ...rows.map((r) => (r[i] as string).length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => {
        const width = widths[i] as number
        if (i === cells.length - 1) return cell
        if (i === 0) return cell.padEnd(width)
        return i === fd && cell === 'FD' ? '  FD  ' : cell.padStart(width)
      })
      .join(' ')
  return [head, ...rows].map((cells) => `${line(cells)}\n`).join('')
}

/** -F: a line per field, for programs. A process's fields come once, then each file's. */
const fieldLines = (found: readonly Found[], o: LsofOptions, fields: string, source: LsofSource): string => {
  const has = (letter: string): boolean => fields.includes(letter)
  let out = ''
  for (const { process: p, files } of found) {
    out += `p${p.pid}\n`
    if (has('g')) out += `g${p.pgid}\n`
    if (has('R')) out += `R${p.ppid}\n`
    if (has('c')) out += `c${p.command}\n`
    if (has('u')) out += `u${p.uid}\n`
    if (has('L')) out += `L${p.user}\n`
    for (const file of files) {
      const row = file.socket
      out += `f${file.fd}\n`
      if (has('a')) out += `a${file.access}\n`
      if (has('t')) out += `t${typeOf(file)}\n`
      if (has('d') && row !== null) out += `d${deviceOf(file)}\n`
      if (has('P') && row !== null && row.protocol !== 'unix') out += `P${row.protocol.toUpperCase()}\n`
      if (has('n')) out += `n${nameOf(file, { ...o, tcpState: false, tcpQueues: false }, source)}\n`
      if (has('T') && row?.protocol === 'tcp')
        out += `TST=${nameOf(file, { ...o, tcpState: true, tcpQueues: false }, source).replace(/^.*\((.*)\)$/, '$1')}\nTQR=${row.recvQ}\nTQS=${row.sendQ}\n`
    }
  }
  return out
}
