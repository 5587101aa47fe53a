import type { Process, Program } from '../../host/index.ts'
import { strerror } from '../../wire/errno.ts'
import { parseCount, readArguments } from './gnu.ts'
import { chunks, closeInput, complain, openInput, rawBytes, rawLines, writeOut } from './output.ts'
import { quote, quoteName } from './quote.ts'

interface Wanted {
  readonly unit: 'lines' | 'bytes'
  readonly count: number
  /** All but the last `count` (`-n -5`). */
  readonly allBut: boolean
}

export const program: Program = {
  name: 'head',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'head',
      short: 'c:n:qvz',
      numeric: true,
      long: {
        bytes: { as: 'c', argument: 'required' },
        lines: { as: 'n', argument: 'required' },
        quiet: 'q',
        silent: 'q',
        verbose: 'v',
      },
      usage: ['head [OPTION]... [FILE]...'],
      does: 'Print the first 10 lines of each FILE to standard output.',
    })
    if (typeof args === 'number') return args
    let wanted: Wanted = { unit: 'lines', count: 10, allBut: false }
    for (const { name, value = '' } of args.options) {
      if (name !== 'c' && name !== 'n' && name !== 'NUM') continue
      const count = parseCount(value.replace(/^[-+]/, ''))
      if (count === null) {
        await complain(proc, `head: invalid number of ${name === 'c' ? 'bytes' : 'lines'}: ${quote(value)}`)
        return 1
      }
      wanted = { unit: name === 'c' ? 'bytes' : 'lines', count, allBut: value.startsWith('-') }
    }
    const paths = args.operands.length === 0 ? ['-'] : args.operands
    const headers = args.has('v') || (paths.length > 1 && !args.has('q'))
    let code = 0
    let shown = 0
    for (const path of paths) {
      const fd = await openInput(proc, path)
      if (fd < 0) {
        await complain(proc, `head: cannot open ${quoteName(path)} for reading: ${strerror(fd)}`)
        code = 1
        continue
      }
      if (headers && (await writeOut(proc, 'head', headerOf(path, shown++ === 0))) !== 0) return 1
      const result = await copy(proc, fd, path, wanted)
      if (result > 0) code = 1
      if (result > 1) return 1
      closeInput(proc, fd)
    }
    return code
  },
}

export const headerOf = (path: string, isFirst: boolean): string =>
  `${isFirst ? '' : '\n'}==> ${path === '-' ? 'standard input' : path} <==\n`

/** 0, 1 after a reading error, 2 after a writing error. */
const copy = async (proc: Process, fd: number, path: string, wanted: Wanted): Promise<number> => {
  const { unit, count, allBut } = wanted
  if (count === 0 && !allBut) return 0
  const held: Uint8Array[] = []
  let left = count
  const items = unit === 'bytes' ? chunks(proc, fd) : rawLines(proc, fd)
  for await (const item of items) {
    if (typeof item === 'number') {
      await complain(proc, `head: error reading ${quoteName(path)}: ${strerror(item)}`)
      return 1
    }
    let data = typeof item === 'string' ? rawBytes(item) : item
    if (allBut) {
      held.push(...(unit === 'bytes' ? [...data].map((byte) => Uint8Array.of(byte)) : [data]))
      while (held.length > count) if ((await writeOut(proc, 'head', held.shift() as Uint8Array)) !== 0) return 2
      continue
    }
    if (unit === 'bytes') data = data.subarray(0, left)
    left -= unit === 'bytes' ? data.length : 1
    if ((await writeOut(proc, 'head', data)) !== 0) return 2
    if (left <= 0) return 0
  }
  return 0
}
