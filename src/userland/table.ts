/** Columns of text, each as wide as its widest cell: how `lsof`, `ss`, `ps` and `netstat` print their rows. */

export interface Column {
  /** Default left. */
  readonly align?: 'left' | 'right'
  /** Least width in characters. */
  readonly minimum?: number
  /** Cut longer cells to this width. */
  readonly maximum?: number
}

export interface TableLayout {
  /** Between two columns; default one space. */
  readonly separator?: string
  /** Pad the last column too when it is aligned left, as `ss` does; default false. */
  readonly padLast?: boolean
}

/** The width of every column over these rows, headers among them. */
export function columnWidths(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  return columns.map(({ minimum = 0, maximum = Number.POSITIVE_INFINITY }, i) => {
    let width = minimum
    for (const row of rows) width = Math.max(width, lengthOf(row[i] ?? ''))
    return Math.min(width, maximum)
  })
}

/** One row in columns of these widths. A cell that is missing is empty. */
export function formatRow(
  columns: readonly Column[],
  widths: readonly number[],
  row: readonly string[],
  { separator = ' ', padLast = false }: TableLayout = {},
): string {
  const last = columns.length - 1
  const cells = columns.map(({ align = 'left', maximum }, i) => {
    const cell = maximum === undefined ? (row[i] ?? '') : cut(row[i] ?? '', maximum)
    if (align === 'right') return padStart(cell, widths[i] ?? 0)
    return i === last && !padLast ? cell : padEnd(cell, widths[i] ?? 0)
  })
  return cells.join(separator)
}

/** Lines of a table without newlines; the first row may be headers. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  layout: TableLayout = {},
): string[] {
  const widths = columnWidths(columns, rows)
  return rows.map((row) => formatRow(columns, widths, row, layout))
}

/** Length in characters, not in UTF-16 units. */
function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}

function cut(text: string, width: number): string {
  return lengthOf(text) <= width ? text : Array.from(text).slice(0, width).join('')
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - lengthOf(text)))
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - lengthOf(text))) + text
}
