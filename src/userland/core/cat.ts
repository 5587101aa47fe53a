import { type Program, S_IFDIR, S_IFMT } from '../../host/index.ts'
import { EISDIR, strerror } from '../../wire/errno.ts'
import { readArguments } from './gnu.ts'
import { chunks, closeInput, complain, openInput, rawBytes, rawLines, writeOut } from './output.ts'
import { plainName } from './quote.ts'

interface Marks {
  readonly numbers: 'no' | 'all' | 'nonblank'
  readonly ends: boolean
  readonly tabs: boolean
  readonly nonprinting: boolean
  readonly squeeze: boolean
}

/** Control characters as `^X`, high ones as `M-…`. */
const visible = (line: string, { nonprinting, tabs }: Marks): string => {
  let out = ''
  for (const c of line) {
    let code = c.charCodeAt(0)
    if (c === '\t') out += tabs ? '^I' : c
    else if (!nonprinting || c === '\n') out += c
    else {
      if (code >= 128) {
        out += 'M-'
        code -= 128
      }
      out += code < 32 ? `^${String.fromCharCode(code + 64)}` : code === 127 ? '^?' : String.fromCharCode(code)
    }
  }
  return out
}

export const program: Program = {
  name: 'cat',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'cat',
      short: 'AbeEnstTuv',
      long: {
        'show-all': 'A',
        'number-nonblank': 'b',
        'show-ends': 'E',
        number: 'n',
        'squeeze-blank': 's',
        'show-tabs': 'T',
        'show-nonprinting': 'v',
      },
      usage: ['cat [OPTION]... [FILE]...'],
      does: 'Concatenate FILE(s) to standard output.',
    })
    if (typeof args === 'number') return args
    const any = (letters: string): boolean => [...letters].some((letter) => args.has(letter))
    const marks: Marks = {
      numbers: args.has('b') ? 'nonblank' : args.has('n') ? 'all' : 'no',
      ends: any('AeE'),
      tabs: any('AtT'),
      nonprinting: any('Aetv'),
      squeeze: args.has('s'),
    }
    const isPlain = marks.numbers === 'no' && !marks.ends && !marks.tabs && !marks.nonprinting && !marks.squeeze
    let code = 0
    const state = { number: 1, blank: 0, midLine: false }
    for (const path of args.operands.length === 0 ? ['-'] : args.operands) {
      const fd = await openInput(proc, path)
      const stat = fd < 0 ? fd : proc.fstat(fd)
      const error = typeof stat === 'number' ? stat : (stat.mode & S_IFMT) === S_IFDIR ? -EISDIR : 0
      if (error < 0) {
        await complain(proc, `cat: ${plainName(path)}: ${strerror(error)}`)
        closeInput(proc, fd)
        code = 1
        continue
      }
      for await (const item of isPlain ? chunks(proc, fd) : rawLines(proc, fd)) {
        if (typeof item === 'number') {
          await complain(proc, `cat: ${plainName(path)}: ${strerror(item)}`)
          code = 1
          continue
        }
        const data = typeof item === 'string' ? rawBytes(marked(item, marks, state)) : item
        if ((await writeOut(proc, 'cat', data)) !== 0) return 1
      }
      closeInput(proc, fd)
    }
    return code
  },
}

/** A line with what was asked for; empty when it is squeezed away. */
const marked = (line: string, marks: Marks, state: { number: number; blank: number; midLine: boolean }): string => {
  const blank = line === '\n' && !state.midLine
  state.blank = blank ? state.blank + 1 : 0
  if (blank && marks.squeeze && state.blank > 1) return ''
  const counted = !state.midLine && (marks.numbers === 'all' || (marks.numbers === 'nonblank' && !blank))
  const number = counted ? `${String(state.number++).padStart(6)}\t` : ''
  state.midLine = !line.endsWith('\n')
  const text = visible(line, marks)
  return number + (marks.ends && line.endsWith('\n') ? `${text.slice(0, -1)}$\n` : text)
}
