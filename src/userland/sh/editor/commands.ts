import type { LineBuffer } from './buffer.ts'

/** Keys that change the line or move in it. True when there is something new to show. */
export const EDITING: Readonly<Record<string, (buffer: LineBuffer) => boolean>> = {
  '^A': (buffer) => buffer.move(0),
  home: (buffer) => buffer.move(0),
  '^E': (buffer) => buffer.move(buffer.characters.length),
  end: (buffer) => buffer.move(buffer.characters.length),
  '^B': (buffer) => buffer.move(buffer.cursor - 1),
  left: (buffer) => buffer.move(buffer.cursor - 1),
  '^F': (buffer) => buffer.move(buffer.cursor + 1),
  right: (buffer) => buffer.move(buffer.cursor + 1),
  'M-b': (buffer) => buffer.move(buffer.wordLeft()),
  'word-left': (buffer) => buffer.move(buffer.wordLeft()),
  'M-f': (buffer) => buffer.move(buffer.wordRight()),
  'word-right': (buffer) => buffer.move(buffer.wordRight()),
  '^H': (buffer) => buffer.deleteBackward(),
  '^?': (buffer) => buffer.deleteBackward(),
  delete: (buffer) => buffer.deleteForward(),
  '^K': (buffer) => buffer.kill(buffer.cursor, buffer.characters.length),
  '^U': (buffer) => buffer.kill(0, buffer.cursor),
  '^W': (buffer) => buffer.kill(buffer.blankLeft(), buffer.cursor),
  'M-^?': (buffer) => buffer.kill(buffer.wordLeft(), buffer.cursor),
  'M-^H': (buffer) => buffer.kill(buffer.wordLeft(), buffer.cursor),
  'M-d': (buffer) => buffer.kill(buffer.cursor, buffer.wordRight()),
  '^Y': (buffer) => buffer.yank(),
  'M-y': (buffer) => buffer.rotate(),
  '^T': (buffer) => buffer.transpose(),
  'M-u': (buffer) => buffer.changeCase((word) => word.toUpperCase()),
  'M-l': (buffer) => buffer.changeCase((word) => word.toLowerCase()),
  'M-c': (buffer) =>
    buffer.changeCase((word) => word.toLowerCase().replace(/[\p{L}\p{N}]/u, (first) => first.toUpperCase())),
  '^_': (buffer) => buffer.undo(),
  'M-r': (buffer) => {
    let any = false
    while (buffer.undo()) any = true
    return any
  },
}
