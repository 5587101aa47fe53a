/** How ss lays out its columns (iproute2 misc/ss.c, render_calc_width). */

interface Layout {
  readonly title: string
  readonly align: 'left' | 'right'
  /** Before the column, unless it is the first of its line. */
  readonly delimiter: string
}

const COLUMNS: readonly Layout[] = [
  { title: 'Netid', align: 'left', delimiter: '' },
  { title: 'State', align: 'left', delimiter: ' ' },
  { title: 'Recv-Q', align: 'left', delimiter: ' ' },
  { title: 'Send-Q', align: 'left', delimiter: ' ' },
  { title: 'Local Address:', align: 'right', delimiter: ' ' },
  { title: 'Port', align: 'left', delimiter: '' },
  { title: 'Peer Address:', align: 'right', delimiter: ' ' },
  { title: 'Port', align: 'left', delimiter: '' },
  { title: 'Process', align: 'left', delimiter: '' },
]

/** Cells of one socket, one for each of ss's columns. */
export type Cells = readonly [
  netid: string,
  state: string,
  recvQ: string,
  sendQ: string,
  localAddress: string,
  localPort: string,
  peerAddress: string,
  peerPort: string,
  process: string,
]

export interface RenderOptions {
  readonly header: boolean
  readonly showNetid: boolean
  readonly showState: boolean
  /** Columns of the terminal; null when standard output is none. */
  readonly screen: number | null
}

export const render = (rows: readonly Cells[], o: RenderOptions): string => {
  const shown = COLUMNS.map((_, i) => !((i === 0 && !o.showNetid) || (i === 1 && !o.showState)))
  const pick = <T>(cells: readonly T[]): T[] => cells.filter((_, i) => shown[i])
  const columns = pick(COLUMNS)
  const table = [...(o.header ? [COLUMNS.map((c) => c.title)] : []), ...rows].map(pick)
  if (table.length === 0) return ''
  const widths = columnWidths(columns, table)
  if (o.screen !== null) spread(widths, o.screen)
  return table.map((cells) => `${line(columns, widths, cells)}\n`).join('')
}

/** The very last cell is not flushed when ss measures, so it does not count. */
const columnWidths = (columns: readonly Layout[], table: readonly string[][]): number[] =>
  columns.map((column, i) => {
    const counted = i === columns.length - 1 ? table.slice(0, -1) : table
    const longest = counted.reduce((most, cells) => Math.max(most, lengthOf(cells[i] as string)), 0)
    return longest === 0 ? 0 : longest + (i === 0 ? 0 : column.delimiter.length)
  })

const lengthOf = (text: string): number => new TextEncoder().encode(text).length

/** Share the screen's spare columns among those that fit on one line; what does not fit goes on with the next line. */
const spread = (widths: number[], screen: number): void => {
  for (const [i, width] of widths.entries()) widths[i] = Math.min(width, screen)
  let end = -1
  let length = 0
  let used = 0
  for (let c = 0; c < widths.length; c++) {
    const width = widths[c] as number
    if (width === 0) continue
    used++
    length += width
    const isLast = widths.slice(c + 1).every((w) => w === 0)
    if (!isLast && length < screen) continue
    if (length !== screen) {
      if (length > screen) {
        length -= width
        used--
        c--
      }
      let rest = used === 0 ? 0 : (screen - length) % used
      const each = used === 0 ? 0 : Math.floor((screen - length) / used)
      for (let k = c; k > end; k--) {
        if (widths[k] === 0) continue
        widths[k] = (widths[k] as number) + each + (rest > 0 ? 1 : 0)
        if (rest > 0) rest--
      }
    }
    end = c
    length = 0
    used = 0
  }
}

const line = (columns: readonly Layout[], widths: readonly number[], cells: readonly string[]): string => {
  let out = ''
  for (const [i, cell] of cells.entries()) {
    const { align, delimiter } = columns[i] as Layout
    const width = widths[i] as number
    const before = i === 0 ? '' : delimiter
    const spare = Math.max(0, width === 0 ? 0 : width - before.length - lengthOf(cell))
    out += align === 'right' ? `${before}${' '.repeat(spare)}${cell}` : `${before}${cell}${' '.repeat(spare)}`
  }
  return out
}
