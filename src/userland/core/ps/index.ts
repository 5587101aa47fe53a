import type { Process, Program } from '../../../host/index.ts'
import { complain, writeOut } from '../output.ts'
import { COLUMNS, type PsColumn, type PsView, terminalName } from './columns.ts'
import { PsError, type PsOptions, readOptions } from './options.ts'

const USAGE = `
Usage:
 ps [options]

 Try 'ps --help <simple|list|output|threads|misc|all>'
  or 'ps --help <s|l|o|t|m|a>'
 for additional help text.

For more details see ps(1).`

export const program: Program = {
  name: 'ps',
  async main(proc) {
    const args = proc.argv.slice(1)
    if (args[0] === '--help') return await writeOut(proc, 'ps', `${USAGE}\n`)
    if (args[0] === '--version' || args[0] === '-V')
      return await writeOut(proc, 'ps', 'ps from procps-ng 4.0.2 (soquete)\n')
    let options: PsOptions
    try {
      options = readOptions(args)
    } catch (error) {
      if (!(error instanceof PsError)) throw error
      await complain(proc, `error: ${error.message}\n${USAGE}`)
      return 1
    }
    const chosen = sorted(
      proc.host.processes.list().filter((process) => isChosen(proc, process, options)),
      options,
    )
    const rows =
      options.forest === 'none' ? chosen.map((process) => ({ process, before: '' })) : forest(chosen, options)
    const width = proc.terminal(1)?.columns ?? null
    const view: PsView = { now: proc.host.clock.now, time: proc.tree.time }
    const lines = rows.map(({ process, before }) =>
      line(options.columns, (column) => cell(column, process, view, before)),
    )
    const hasHeader = options.headers && options.columns.some(({ header }) => header !== '')
    const header = hasHeader ? [line(options.columns, ({ header }) => header)] : []
    const cut = (text: string): string => (width === null || options.wide ? text : text.slice(0, width))
    await writeOut(proc, 'ps', [...header, ...lines].map((text) => `${cut(text)}\n`).join(''))
    return rows.length === 0 ? 1 : 0
  },
}

const cell = (column: PsColumn, process: Process, view: PsView, before: string): string =>
  (column.grows === true ? before : '') + column.value(process, view)

const line = (columns: readonly PsColumn[], text: (column: PsColumn) => string): string =>
  columns
    .map((column, i) => {
      const value = text(column)
      const width = Math.max(column.width, column.header.length)
      if (column.align === 'right') return value.padStart(width)
      if (i === columns.length - 1) return value
      return column.grows === true ? value.slice(0, width).padEnd(width) : value.padEnd(width)
    })
    .join(' ')

const isChosen = (self: Process, process: Process, options: PsOptions): boolean => {
  const { pids, parents, users, commands, terminals, sessions } = options
  const lists = [pids, parents, users, commands, terminals, sessions]
  if (lists.some((list) => list.length > 0)) {
    if (options.everyone) return true
    return (
      pids.includes(process.pid) ||
      parents.includes(process.ppid) ||
      users.includes(process.user) ||
      users.includes(String(process.uid)) ||
      commands.includes(process.comm) ||
      terminals.includes(terminalName(process)) ||
      sessions.includes(process.sid)
    )
  }
  if (options.everyone) return true
  const hasTerminal = process.controllingTerminal !== null
  if (options.noLeaders) return process.sid !== process.pid && (!options.withTerminal || hasTerminal)
  if (options.isBsd && (options.bsdAll || options.bsdDetached))
    return (options.bsdAll || process.uid === self.uid) && (options.bsdDetached || hasTerminal)
  // By default: of this user and this terminal.
  return process.uid === self.uid && process.controllingTerminal === self.controllingTerminal
}

const sorted = (processes: Process[], options: PsOptions): Process[] => {
  if (options.sort.length === 0) return processes.sort((a, b) => a.pid - b.pid)
  const view: PsView = { now: 0, time: 0 }
  const compare = (a: Process, b: Process, key: string): number => {
    const column = COLUMNS[key] as PsColumn
    const [x, y] = [column.value(a, view), column.value(b, view)]
    if (/time|start/.test(key)) return a.startTime - b.startTime
    const numeric = column.align === 'right' ? Number(x) - Number(y) : Number.NaN
    return Number.isNaN(numeric) ? (x < y ? -1 : x > y ? 1 : 0) : numeric
  }
  return processes.sort((a, b) => {
    for (const { key, down } of options.sort) {
      const order = compare(a, b, key)
      if (order !== 0) return down ? -order : order
    }
    return a.pid - b.pid
  })
}

interface Row {
  readonly process: Process
  /** Before the command: the lines of the tree. */
  readonly before: string
}

/** Children under their parents: `-H` indents by two, BSD's `f` draws ` \_ `. */
const forest = (processes: readonly Process[], { forest: how }: PsOptions): Row[] => {
  const rows: Row[] = []
  const shown = new Set(processes)
  const children = (parent: Process): Process[] => processes.filter((process) => process.parent === parent)
  const visit = (process: Process, lines: string, own: string): void => {
    rows.push({ process, before: own })
    const below = children(process)
    below.forEach((child, i) => {
      if (how === 'indent') visit(child, '', `${own}  `)
      else visit(child, `${lines}${i === below.length - 1 ? '    ' : ' |  '}`, `${lines} \\_ `)
    })
  }
  for (const process of processes) if (process.parent === null || !shown.has(process.parent)) visit(process, '', '')
  return rows
}
