import type { Candidate } from './completion.ts'
import type { EditorTerminal } from './editor.ts'
import { textWidth } from './width.ts'

/** More candidates than this are shown only when the user wants them (completion-query-items). */
const ASK_ABOVE = 100

/** Candidates in columns, downwards, as readline lists them. Empty when the user does not want that many. */
export const listCandidates = async (candidates: readonly Candidate[], terminal: EditorTerminal): Promise<string> => {
  if (candidates.length > ASK_ABOVE) {
    await terminal.write(`\r\nDisplay all ${candidates.length} possibilities? (y or n)`)
    const answer = await terminal.read()
    if (answer !== 0x79 && answer !== 0x59 && answer !== 0x20) return ''
  }
  return inColumns(
    candidates.map(({ shown }) => shown),
    terminal.columns,
  )
}

const inColumns = (items: readonly string[], width: number): string => {
  const cell = Math.max(...items.map(textWidth)) + 2
  const perRow = Math.max(1, Math.floor(width / cell))
  const rows = Math.ceil(items.length / perRow)
  let text = ''
  for (let row = 0; row < rows; row++) {
    for (let i = row; i < items.length; i += rows) {
      const item = items[i] as string
      text += i + rows < items.length ? item + ' '.repeat(cell - textWidth(item)) : item
    }
    text += '\n'
  }
  return text
}
