/**
 * ss(8) of iproute2 6.1: the table of sockets.
 *
 * `options` and `filter` read the command line, `rows` and `info` make a socket's cells, `columns` lays them out. Left out, and refused
 * as unknown: what the virtual host has not (`-d -S -M` DCCP, SCTP, MPTCP, `-N` namespaces, `-Z` SELinux, `-b` BPF) and what changes or
 * follows sockets (`-K -E -D -T -F`).
 */
import type { Program, Reporter } from '../../host/index.ts'
import { complainText, writeOut } from '../output.ts'
import { NO_TRACE } from '../where.ts'
import { type Cells, render } from './columns.ts'
import { parseOptions, type SsOptions, type Table } from './options.ts'
import { cellsOf, tableOf } from './rows.ts'
import { sourceOf } from './source.ts'
import { summary } from './summary.ts'
import type { SsSource } from './types.ts'

export interface SsReport {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

const ORDER: readonly Table[] = ['p_dgr', 'p_raw', 'u_dgr', 'u_str', 'u_seq', 'raw', 'udp', 'tcp']

/** @param screen - width of the terminal; null when output goes elsewhere */
export const ssReport = (argv: readonly string[], source: SsSource, screen: number | null): SsReport => {
  const options = parseOptions(argv, source)
  if ('code' in options) return options
  if (options.summary) return { stdout: summary(source), stderr: '', code: 0 }
  const stdout = render(cells(options, source), {
    header: options.header,
    showNetid: options.tables.size !== 1,
    showState: (options.states & (options.states - 1)) !== 0,
    screen,
  })
  return { stdout, stderr: options.where && !source.isTraced ? `ss: ${NO_TRACE}\n` : '', code: 0 }
}

/** By table, IPv4 before IPv6, TCP's listeners before its connections: the order in which ss asks the kernel. */
const cells = (o: SsOptions, source: SsSource): Cells[] => {
  const ranked = source.rows.flatMap((row, i) => {
    const table = tableOf(row)
    if (table === null || !o.tables.has(table) || ((o.states >>> row.state) & 1) === 0) return []
    if ((o.family === 4 && row.family !== 2) || (o.family === 6 && row.family !== 10)) return []
    if (o.filter !== null && !o.filter(row)) return []
    const group = table.startsWith('u_') ? 2 : ORDER.indexOf(table)
    const rank = group * 4 + (row.family === 10 ? 2 : 0) + (table === 'tcp' && row.state !== 10 ? 1 : 0)
    return [{ row, table, rank, i }]
  })
  ranked.sort((a, b) => a.rank - b.rank || a.i - b.i)
  return ranked.map(({ row, table }, number) => cellsOf(row, table, number, o, source))
}

/** `host.ss()`: seen by root, as in a pipe. */
export const report: Reporter = (host, argv) => ssReport(argv, sourceOf(host.init), null)

export const program: Program = {
  name: 'ss',
  async main(proc) {
    const terminal = proc.terminal(1)
    const screen = terminal === null || terminal.columns === 0 ? null : terminal.columns
    const { stdout, stderr, code } = ssReport(proc.argv.slice(1), sourceOf(proc), screen)
    await complainText(proc, stderr)
    return (await writeOut(proc, stdout)) ? code : 1
  },
}
