import type { Process, Program } from '../../../host/index.ts'
import { strerror } from '../../../wire/errno.ts'
import { type Column, columnWidths, formatRow } from '../../table.ts'
import { readArguments } from '../gnu.ts'
import { complain, Output } from '../output.ts'
import { plainName, quoteName } from '../quote.ts'
import {
  blocksOf,
  type Entry,
  entryOf,
  humanSize,
  isDirectory,
  longCells,
  longName,
  nameCell,
  needsQuotes,
} from './entry.ts'
import { LS_SYNTAX, type LsOptions, lsOptions } from './options.ts'

export const program: Program = {
  name: 'ls',
  async main(proc) {
    const args = await readArguments(proc, LS_SYNTAX)
    if (typeof args === 'number') return args
    const terminal = proc.terminal(1)
    const options = lsOptions(args, terminal === null ? null : terminal.columns)
    return await new Lister(proc, options).list(args.operands)
  },
}

class Lister {
  readonly #proc: Process
  readonly #options: LsOptions
  readonly #out: Output
  #code = 0
  /** Something was printed already: a directory's heading is set off by an empty line. */
  #printed = false

  constructor(proc: Process, options: LsOptions) {
    this.#proc = proc
    this.#options = options
    this.#out = new Output(proc, 'ls')
  }

  async list(operands: readonly string[]): Promise<number> {
    const options = this.#options
    const files: Entry[] = []
    const directories: Entry[] = []
    for (const path of operands.length === 0 ? ['.'] : operands) {
      // A link on the command line is followed, unless -l, -d or -F shows the link.
      const follow = options.format !== 'long' && !options.directory && options.indicator !== 'all'
      const entry = entryOf(this.#proc, path, path, follow)
      if (typeof entry === 'number') await this.#failed(`cannot access ${quoteName(path)}: ${strerror(entry)}`, 2)
      else if (isDirectory(entry) && !options.directory) directories.push(entry)
      else files.push(entry)
    }
    if (files.length > 0) await this.#print(this.#sorted(files))
    const headed = operands.length > 1 || options.recursive
    for (const directory of this.#sorted(directories)) await this.#directory(directory.path, headed)
    return (await this.#out.flush()) ? this.#code : 2
  }

  async #failed(message: string, code: number): Promise<void> {
    // What is on standard output comes first, as with a terminal.
    await this.#out.flush()
    await complain(this.#proc, `ls: ${message}`)
    this.#code = Math.max(this.#code, code)
  }

  #sorted(entries: readonly Entry[]): Entry[] {
    const { sort, reverse, accessTime } = this.#options
    const time = ({ stat }: Entry): number => (accessTime ? stat.atime : stat.mtime)
    const byName = (a: Entry, b: Entry): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
    const sorted = [...entries]
    if (sort === 'size') sorted.sort((a, b) => b.stat.size - a.stat.size || byName(a, b))
    else if (sort === 'time') sorted.sort((a, b) => time(b) - time(a) || byName(a, b))
    else if (sort === 'name') sorted.sort(byName)
    return reverse ? sorted.reverse() : sorted
  }

  async #directory(path: string, headed: boolean): Promise<void> {
    const options = this.#options
    const names = this.#proc.readdir(path)
    if (typeof names === 'number') {
      await this.#failed(`cannot open directory ${quoteName(path)}: ${strerror(names)}`, 2)
      return
    }
    if (headed) await this.#out.put(`${this.#printed ? '\n' : ''}${options.quotes ? plainName(path) : path}:\n`)
    this.#printed = true
    const entries: Entry[] = []
    for (const { name } of names) {
      if (name.startsWith('.') && options.all === 'no') continue
      if ((name === '.' || name === '..') && options.all !== 'all') continue
      const entry = entryOf(this.#proc, name, `${path.replace(/\/$/, '')}/${name}`, false)
      if (typeof entry === 'number')
        await this.#failed(`cannot access ${quoteName(`${path}/${name}`)}: ${strerror(entry)}`, 1)
      else entries.push(entry)
    }
    const sorted = this.#sorted(entries)
    if (options.format === 'long' || options.blocks) {
      const total = sorted.reduce((sum, { stat }) => sum + blocksOf(stat), 0)
      await this.#out.put(`total ${options.human ? humanSize(total * 1024) : total}\n`)
    }
    await this.#print(sorted)
    if (!options.recursive) return
    for (const entry of sorted)
      if (isDirectory(entry) && entry.name !== '.' && entry.name !== '..') await this.#directory(entry.path, true)
  }

  async #print(entries: readonly Entry[]): Promise<void> {
    if (entries.length > 0) this.#printed = true
    const some = this.#options.format !== 'single' && entries.some((entry) => needsQuotes(entry, this.#options))
    const options = { ...this.#options, pads: some }
    if (options.format === 'long') {
      const rows = entries.map((entry) => longCells(this.#proc, entry, options))
      const columns = longColumns(options)
      const widths = columnWidths(columns, rows)
      for (const [i, row] of rows.entries())
        await this.#out.put(
          `${formatRow(columns, widths, row, { padLast: true })} ${longName(entries[i] as Entry, options)}\n`,
        )
      return
    }
    const cells = this.#shortCells(entries, options)
    if (options.format === 'single') for (const { text } of cells) await this.#out.put(`${text}\n`)
    else await this.#out.put(inColumns(cells, options.width, options.format === 'across'))
  }

  #shortCells(entries: readonly Entry[], options: LsOptions): Cell[] {
    const inode = options.inode ? Math.max(0, ...entries.map(({ stat }) => String(stat.ino).length)) : 0
    const block = (entry: Entry): string =>
      options.human ? humanSize(blocksOf(entry.stat) * 1024) : String(blocksOf(entry.stat))
    const blocks = options.blocks ? Math.max(0, ...entries.map((entry) => block(entry).length)) : 0
    return entries.map((entry) => {
      const cell = nameCell(entry, options)
      const before =
        (options.inode ? `${String(entry.stat.ino).padStart(inode)} ` : '') +
        (options.blocks ? `${block(entry).padStart(blocks)} ` : '')
      return { text: before + cell.text, width: before.length + cell.width }
    })
  }
}

const longColumns = (options: LsOptions): Column[] => [
  ...(options.inode ? [{ align: 'right' as const }] : []),
  ...(options.blocks ? [{ align: 'right' as const }] : []),
  {},
  { align: 'right' },
  ...(options.owner ? [{}] : []),
  ...(options.group ? [{}] : []),
  { align: 'right' },
  {},
]

interface Cell {
  readonly text: string
  readonly width: number
}

/** As many columns as fit, each as wide as its widest cell, two spaces between. */
const inColumns = (cells: readonly Cell[], width: number, across: boolean): string => {
  if (cells.length === 0) return ''
  for (let columns = Math.min(cells.length, Math.max(1, Math.floor(width / 3))); columns >= 1; columns--) {
    const rows = Math.ceil(cells.length / columns)
    const columnOf = (i: number): number => (across ? i % columns : Math.floor(i / rows))
    const widths: number[] = []
    for (const [i, cell] of cells.entries()) {
      const column = columnOf(i)
      widths[column] = Math.max(widths[column] ?? 0, cell.width + 2)
    }
    if (widths.length < columns && !across) continue
    const total = widths.reduce((sum, each) => sum + each, 0) - 2
    if (total >= width && columns > 1) continue
    return layOut(cells, rows, widths, (row, column) => (across ? row * columns + column : column * rows + row))
  }
  return ''
}

const layOut = (
  cells: readonly Cell[],
  rows: number,
  widths: readonly number[],
  at: (row: number, column: number) => number,
): string => {
  let text = ''
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < widths.length; column++) {
      const cell = cells[at(row, column)]
      if (cell === undefined) break
      const isLast = column + 1 >= widths.length || cells[at(row, column + 1)] === undefined
      text += isLast ? cell.text : cell.text + ' '.repeat((widths[column] as number) - cell.width)
    }
    text += '\n'
  }
  return text
}
