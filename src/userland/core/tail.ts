import { type Process, type Program, S_IFMT, S_IFREG } from '../../host/index.ts'
import { strerror } from '../../wire/errno.ts'
import { parseCount, readArguments } from './gnu.ts'
import { headerOf } from './head.ts'
import { chunks, closeInput, complain, openInput, rawBytes, rawLines, writeOut } from './output.ts'
import { quote, quoteName } from './quote.ts'

interface Wanted {
  readonly unit: 'lines' | 'bytes'
  readonly count: number
  /** `+N`: from the Nth on. */
  readonly fromStart: boolean
}

interface Followed {
  readonly path: string
  readonly fd: number
}

export const program: Program = {
  name: 'tail',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'tail',
      short: 'c:fFn:qs:v',
      numeric: true,
      long: {
        bytes: { as: 'c', argument: 'required' },
        follow: 'f',
        lines: { as: 'n', argument: 'required' },
        quiet: 'q',
        silent: 'q',
        'sleep-interval': { as: 's', argument: 'required' },
        verbose: 'v',
      },
      usage: ['tail [OPTION]... [FILE]...'],
      does: 'Print the last 10 lines of each FILE to standard output.',
    })
    if (typeof args === 'number') return args
    let wanted: Wanted = { unit: 'lines', count: 10, fromStart: false }
    for (const { name, value = '' } of args.options) {
      if (name !== 'c' && name !== 'n' && name !== 'NUM') continue
      const count = parseCount(value.replace(/^[-+]/, ''))
      if (count === null) {
        await complain(proc, `tail: invalid number of ${name === 'c' ? 'bytes' : 'lines'}: ${quote(value)}`)
        return 1
      }
      wanted = { unit: name === 'c' ? 'bytes' : 'lines', count, fromStart: value.startsWith('+') }
    }
    const interval = Number(args.value('s') ?? '1')
    if (!(interval >= 0)) {
      await complain(proc, `tail: invalid number of seconds: ${quote(args.value('s') ?? '')}`)
      return 1
    }
    return await tail(proc, args.operands, wanted, {
      headers: args.has('v') ? 'always' : args.has('q') ? 'never' : 'many',
      follows: args.has('f') || args.has('F'),
      interval,
    })
  },
}

interface TailOptions {
  readonly headers: 'always' | 'never' | 'many'
  readonly follows: boolean
  readonly interval: number
}

const tail = async (
  proc: Process,
  operands: readonly string[],
  wanted: Wanted,
  options: TailOptions,
): Promise<number> => {
  const paths = operands.length === 0 ? ['-'] : operands
  const headers = options.headers === 'always' || (options.headers === 'many' && paths.length > 1)
  const followed: Followed[] = []
  let code = 0
  let shown = 0
  for (const path of paths) {
    const fd = await openInput(proc, path)
    if (fd < 0) {
      await complain(proc, `tail: cannot open ${quoteName(path)} for reading: ${strerror(fd)}`)
      code = 1
      continue
    }
    if (headers && (await writeOut(proc, 'tail', headerOf(path, shown++ === 0))) !== 0) return 1
    const last = await lastOf(proc, fd, wanted)
    if (typeof last === 'number') {
      await complain(proc, `tail: error reading ${quoteName(path)}: ${strerror(last)}`)
      code = 1
    } else for (const piece of last) if ((await writeOut(proc, 'tail', piece)) !== 0) return 1
    const stat = proc.fstat(fd)
    const isRegular = typeof stat !== 'number' && (stat.mode & S_IFMT) === S_IFREG
    if (options.follows && isRegular) followed.push({ path, fd })
    else closeInput(proc, fd)
  }
  if (followed.length === 0) return code
  return await follow(proc, followed, headers, options.interval)
}

/** The end of what `fd` gives, in pieces; a negative errno. */
const lastOf = async (proc: Process, fd: number, wanted: Wanted): Promise<Uint8Array[] | number> => {
  const { unit, count, fromStart } = wanted
  const pieces: Uint8Array[] = []
  let size = 0
  let skip = Math.max(0, count - 1)
  for await (const item of unit === 'bytes' ? chunks(proc, fd) : rawLines(proc, fd)) {
    if (typeof item === 'number') return item
    let data = typeof item === 'string' ? rawBytes(item) : item
    if (fromStart) {
      const skipped = unit === 'bytes' ? Math.min(skip, data.length) : Math.min(skip, 1)
      skip -= skipped
      if (unit === 'bytes') data = data.subarray(skipped)
      else if (skipped > 0) continue
      pieces.push(data)
      continue
    }
    pieces.push(data)
    size += unit === 'bytes' ? data.length : 1
    const unitOf = (piece: Uint8Array): number => (unit === 'bytes' ? piece.length : 1)
    while (pieces.length > 0 && size - unitOf(pieces[0] as Uint8Array) >= count)
      size -= unitOf(pieces.shift() as Uint8Array)
  }
  const [first] = pieces
  if (!fromStart && unit === 'bytes' && first !== undefined && size > count) pieces[0] = first.subarray(size - count)
  return pieces
}

/** `-f`: what is added, looked for every so often; a file that became shorter starts over. */
const follow = async (
  proc: Process,
  files: readonly Followed[],
  headers: boolean,
  interval: number,
): Promise<number> => {
  let shown = files.at(-1)
  for (;;) {
    await proc.promises.sleep(interval * 1000)
    for (const file of files) {
      const stat = proc.fstat(file.fd)
      const at = proc.lseek(file.fd, 0, 1)
      if (typeof stat !== 'number' && stat.size < at) {
        await complain(proc, `tail: ${file.path}: file truncated`)
        proc.lseek(file.fd, 0, 0)
      }
      for await (const item of chunks(proc, file.fd)) {
        if (typeof item === 'number') return 1
        if (headers && shown !== file && (await writeOut(proc, 'tail', headerOf(file.path, false))) !== 0) return 1
        shown = file
        if ((await writeOut(proc, 'tail', item)) !== 0) return 1
      }
    }
  }
}
