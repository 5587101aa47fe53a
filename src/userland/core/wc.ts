import { type Process, type Program, S_IFDIR, S_IFMT, S_IFREG } from '../../host/index.ts'
import { EISDIR, strerror } from '../../wire/errno.ts'
import { readArguments } from './gnu.ts'
import { chunks, closeInput, complain, openInput, writeOut } from './output.ts'
import { plainName } from './quote.ts'

interface Counts {
  lines: number
  words: number
  chars: number
  bytes: number
  longest: number
}

const zero = (): Counts => ({ lines: 0, words: 0, chars: 0, bytes: 0, longest: 0 })

export const program: Program = {
  name: 'wc',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'wc',
      short: 'cmlLw',
      long: { bytes: 'c', chars: 'm', lines: 'l', 'max-line-length': 'L', words: 'w' },
      usage: ['wc [OPTION]... [FILE]...'],
      does: 'Print newline, word, and byte counts for each FILE, and a total line if more than one FILE is specified.',
    })
    if (typeof args === 'number') return args
    const any = args.options.length > 0
    const columns = (['l', 'w', 'm', 'c', 'L'] as const).filter((letter) =>
      any ? args.has(letter) : letter === 'l' || letter === 'w' || letter === 'c',
    )
    const total = zero()
    const rows: (readonly [Counts, string | null])[] = []
    let code = 0
    const width = widthOf(proc, args.operands)
    for (const path of args.operands.length === 0 ? [null] : args.operands) {
      const counts = await count(proc, path)
      if (typeof counts === 'number') {
        await complain(proc, `wc: ${plainName(path ?? '-')}: ${strerror(counts)}`)
        code = 1
        if (counts === -EISDIR) rows.push([zero(), path])
        continue
      }
      rows.push([counts, path])
      total.lines += counts.lines
      total.words += counts.words
      total.chars += counts.chars
      total.bytes += counts.bytes
      total.longest = Math.max(total.longest, counts.longest)
    }
    if (args.operands.length > 1) rows.push([total, 'total'])
    const columnWidth = columns.length === 1 && rows.length === 1 ? 1 : width
    const text = rows
      .map(([counts, name]) => {
        const numbers = columns.map((letter) => String(countOf(counts, letter)).padStart(columnWidth)).join(' ')
        return `${numbers}${name === null ? '' : ` ${name}`}\n`
      })
      .join('')
    const written = await writeOut(proc, 'wc', text)
    return written === 0 ? code : written
  },
}

/** GNU: as wide as the sizes of all files together; at least 7 when one of them is no regular file. */
const widthOf = (proc: Process, operands: readonly string[]): number => {
  let total = 0
  let least = 1
  for (const path of operands.length === 0 ? ['-'] : operands) {
    const stat = path === '-' ? proc.fstat(0) : proc.stat(path)
    if (typeof stat === 'number') continue
    if ((stat.mode & S_IFMT) === S_IFREG) total += stat.size
    else least = 7
  }
  return Math.max(least, String(total).length)
}

const countOf = (counts: Counts, letter: 'l' | 'w' | 'm' | 'c' | 'L'): number =>
  ({ l: counts.lines, w: counts.words, m: counts.chars, c: counts.bytes, L: counts.longest })[letter]

/** Null: standard input, unnamed. */
const count = async (proc: Process, path: string | null): Promise<Counts | number> => {
  const fd = await openInput(proc, path ?? '-')
  if (fd < 0) return fd
  const stat = proc.fstat(fd)
  if (typeof stat !== 'number' && (stat.mode & S_IFMT) === S_IFDIR) {
    closeInput(proc, fd)
    return -EISDIR
  }
  const counts = zero()
  let inWord = false
  let column = 0
  for await (const chunk of chunks(proc, fd)) {
    if (typeof chunk === 'number') return chunk
    counts.bytes += chunk.length
    for (const byte of chunk) {
      if ((byte & 0xc0) !== 0x80) counts.chars++
      const isSpace = byte === 32 || (byte >= 9 && byte <= 13)
      if (!isSpace && !inWord) counts.words++
      inWord = !isSpace
      if (byte === 10) counts.lines++
      if (byte === 10 || byte === 13) column = 0
      else if (byte === 9) column += 8 - (column % 8)
      else if (byte >= 32 && (byte & 0xc0) !== 0x80) column++
      counts.longest = Math.max(counts.longest, column)
    }
  }
  closeInput(proc, fd)
  return counts
}
