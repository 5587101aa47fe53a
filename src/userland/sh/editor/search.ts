/** ^R: look for a line of the history that holds what is typed, newest first; ^S the other way. */
import type { LineEditor } from './editor.ts'
import { type Key, readKey } from './keys.ts'

export interface Found {
  readonly kind: 'left' | 'interrupted'
  /** Index of the line that was taken. */
  readonly line: number | null
  /** The key that ended the search, still to be acted on. */
  readonly key: Key | null
}

/** Null at the end of the input. */
export const search = async (editor: LineEditor, backward: boolean): Promise<Found | null> => {
  const original = editor.buffer.text
  const originalCursor = editor.buffer.cursor
  const { lines } = editor.history
  let wanted = ''
  let at = lines.length
  let failing = false
  let back = backward
  const look = (from: number): void => {
    const step = back ? -1 : 1
    for (let i = from; i >= 0 && i < lines.length; i += step) {
      if (!(lines[i] as string).includes(wanted)) continue
      failing = false
      at = i
      editor.buffer.replace(lines[i] as string)
      editor.buffer.move(Array.from((lines[i] as string).slice(0, (lines[i] as string).indexOf(wanted))).length)
      return
    }
    failing = true
  }
  for (;;) {
    const mode = `${failing ? 'failed ' : ''}${back ? 'reverse-' : ''}i-search`
    editor.view.setPrompt(`(${mode})\`${wanted}': `)
    await editor.view.redraw(editor.buffer.characters, editor.buffer.cursor)
    const key = await readKey(() => editor.terminal.read())
    if (key === null) return null
    const name = key.kind === 'key' ? key.name : ''
    const line = at < lines.length ? at : null
    if (key.kind === 'character') {
      wanted += key.text
      look(Math.min(at, lines.length - 1))
    } else if (name === '^R' || name === '^S') {
      back = name === '^R'
      if (wanted !== '') look(at + (back ? -1 : 1))
    } else if (name === '^?' || name === '^H') {
      wanted = Array.from(wanted).slice(0, -1).join('')
      at = lines.length
      if (wanted !== '') look(back ? lines.length - 1 : 0)
    } else if (name === '^C') return { kind: 'interrupted', line: null, key: null }
    else if (name === '^G') {
      editor.buffer.replace(original)
      editor.buffer.move(originalCursor)
      return { kind: 'left', line: null, key: null }
    } else return { kind: 'left', line, key: name === 'M-escape' ? null : key }
  }
}
