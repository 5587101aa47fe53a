/** uniq, cut, tr, tee, seq, rev, nl-like programs that pass text on. */
import { type Program, Signal } from '../../host/index.ts'
import { O_APPEND, O_CREAT, O_TRUNC, O_WRONLY } from '../../socket/file.ts'
import { strerror } from '../../wire/errno.ts'
import { format } from '../format.ts'
import { readArguments } from './gnu.ts'
import { chunks, closeInput, complain, Output, openFile, openInput, textLines, usageError, writeTo } from './output.ts'
import { plainName, quote } from './quote.ts'

export const uniqProgram: Program = {
  name: 'uniq',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'uniq',
      short: 'cdDf:is:uw:',
      long: {
        count: 'c',
        repeated: 'd',
        'skip-fields': { as: 'f', argument: 'required' },
        'ignore-case': 'i',
        'skip-chars': { as: 's', argument: 'required' },
        unique: 'u',
        'check-chars': { as: 'w', argument: 'required' },
      },
      usage: ['uniq [OPTION]... [INPUT [OUTPUT]]'],
      does: 'Filter adjacent matching lines from INPUT, writing to OUTPUT.',
    })
    if (typeof args === 'number') return args
    const [input = '-', output, extra] = args.operands
    if (extra !== undefined) return await usageError(proc, 'uniq', `extra operand ${quote(extra)}`)
    const numbers = ['f', 's', 'w'].map((letter) => args.value(letter))
    const wrong = numbers.find((value) => value !== undefined && !/^\d+$/.test(value))
    if (wrong !== undefined) {
      await complain(
        proc,
        `uniq: ${wrong}: invalid number of ${wrong === numbers[0] ? 'fields to skip' : 'bytes to compare'}`,
      )
      return 1
    }
    const [fields, chars, width] = numbers.map((value) => (value === undefined ? undefined : Number(value)))
    const keyOf = (line: string): string => {
      let key = line
      for (let i = 0; i < (fields ?? 0); i++) key = key.replace(/^[ \t]*[^ \t]+/, '')
      key = key.slice(chars ?? 0)
      if (width !== undefined) key = key.slice(0, width)
      return args.has('i') ? key.toLowerCase() : key
    }
    const fd = await openInput(proc, input)
    if (fd < 0) {
      await complain(proc, `uniq: ${plainName(input)}: ${strerror(fd)}`)
      return 1
    }
    const lines: string[] = []
    const out = new Output(proc, 'uniq')
    const put = async (line: string): Promise<void> => {
      if (output === undefined) await out.put(line)
      else lines.push(line)
    }
    const show = async (group: readonly string[]): Promise<void> => {
      const [first] = group
      if (first === undefined || (args.has('u') && group.length > 1)) return
      if ((args.has('d') || args.has('D')) && group.length < 2) return
      const count = args.has('c') ? `${String(group.length).padStart(7)} ` : ''
      for (const line of args.has('D') ? group : [first]) await put(`${count}${line}\n`)
    }
    let group: string[] = []
    for await (const line of textLines(proc, fd)) {
      if (typeof line === 'number') return 1
      if (group[0] !== undefined && keyOf(group[0]) !== keyOf(line)) {
        await show(group)
        group = []
      }
      group.push(line)
    }
    await show(group)
    closeInput(proc, fd)
    if (output === undefined) return (await out.flush()) ? 0 : 1
    const error = proc.writeFile(output, lines.join(''))
    if (error < 0) await complain(proc, `uniq: ${plainName(output)}: ${strerror(error)}`)
    return error < 0 ? 1 : 0
  },
}

/** `1,3-5,7-`: from and to, from 1. A complaint when it is none. */
const parseList = (text: string, isFields: boolean): [number, number][] | string => {
  const ranges: [number, number][] = []
  for (const part of text.split(/[, ]/)) {
    const match = /^(\d*)(-?)(\d*)$/.exec(part)
    if (match === null || part === '')
      return `invalid ${isFields ? 'field value' : 'byte/character position'} ${quote(part)}`
    if (part === '-') return 'invalid range with no endpoint: -'
    const [, from = '', dash, to = ''] = match
    if (Number(from) === 0 && from !== '')
      return `${isFields ? 'fields' : 'byte/character positions'} are numbered from 1`
    const start = from === '' ? 1 : Number(from)
    const end = dash === '' ? start : to === '' ? Number.POSITIVE_INFINITY : Number(to)
    if (end < start) return 'invalid decreasing range'
    ranges.push([start, end])
  }
  return ranges
}

export const cutProgram: Program = {
  name: 'cut',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'cut',
      short: 'b:c:d:f:ns',
      long: {
        bytes: { as: 'b', argument: 'required' },
        characters: { as: 'c', argument: 'required' },
        delimiter: { as: 'd', argument: 'required' },
        fields: { as: 'f', argument: 'required' },
        complement: 'complement',
        'only-delimited': 's',
        'output-delimiter': { as: 'output-delimiter', argument: 'required' },
      },
      usage: ['cut OPTION... [FILE]...'],
      does: 'Print selected parts of lines from each FILE to standard output.',
    })
    if (typeof args === 'number') return args
    const lists = args.options.filter(({ name }) => 'bcf'.includes(name))
    const [list] = lists
    if (list === undefined)
      return await usageError(proc, 'cut', 'you must specify a list of bytes, characters, or fields')
    if (lists.length > 1) return await usageError(proc, 'cut', 'only one list may be specified')
    const isFields = list.name === 'f'
    const ranges = parseList(list.value ?? '', isFields)
    if (typeof ranges === 'string') return await usageError(proc, 'cut', ranges)
    const delimiter = args.value('d') ?? '\t'
    if (Array.from(delimiter).length > 1)
      return await usageError(proc, 'cut', 'the delimiter must be a single character')
    if (!isFields && args.has('d'))
      return await usageError(proc, 'cut', 'an input delimiter may be specified only when operating on fields')
    const chosen = (i: number): boolean => ranges.some(([from, to]) => i >= from && i <= to) !== args.has('complement')
    const joiner = args.value('output-delimiter') ?? (isFields ? delimiter : '')
    const cut = (line: string): string | null => {
      if (isFields && !line.includes(delimiter)) return args.has('s') ? null : line
      const parts = isFields ? line.split(delimiter) : Array.from(line)
      return parts.filter((_, i) => chosen(i + 1)).join(joiner)
    }
    const out = new Output(proc, 'cut')
    let code = 0
    for (const path of args.operands.length === 0 ? ['-'] : args.operands) {
      const fd = await openInput(proc, path)
      if (fd < 0) {
        await complain(proc, `cut: ${plainName(path)}: ${strerror(fd)}`)
        code = 1
        continue
      }
      for await (const line of textLines(proc, fd)) {
        const part = typeof line === 'number' ? null : cut(line)
        if (typeof line === 'number') {
          await complain(proc, `cut: ${plainName(path)}: ${strerror(line)}`)
          code = 1
        } else if (part !== null && !(await out.put(`${part}\n`))) return 1
      }
      closeInput(proc, fd)
    }
    return (await out.flush()) ? code : 1
  },
}

export const teeProgram: Program = {
  name: 'tee',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'tee',
      short: 'ai',
      long: { append: 'a', 'ignore-interrupts': 'i' },
      usage: ['tee [OPTION]... [FILE]...'],
      does: 'Copy standard input to each FILE, and also to standard output.',
    })
    if (typeof args === 'number') return args
    if (args.has('i')) proc.sigaction(Signal.SIGINT, 'ignore')
    let code = 0
    const files: { readonly path: string; readonly fd: number }[] = [{ path: 'standard output', fd: 1 }]
    for (const path of args.operands) {
      const fd = await openFile(proc, path, O_WRONLY | O_CREAT | (args.has('a') ? O_APPEND : O_TRUNC))
      if (fd >= 0) files.push({ path, fd })
      else {
        await complain(proc, `tee: ${plainName(path)}: ${strerror(fd)}`)
        code = 1
      }
    }
    for await (const chunk of chunks(proc, 0)) {
      if (typeof chunk === 'number') {
        await complain(proc, `tee: read error: ${strerror(chunk)}`)
        return 1
      }
      for (const file of [...files]) {
        const result = await writeTo(proc, file.fd, chunk)
        if (result >= 0) continue
        await complain(proc, `tee: ${file.path}: ${strerror(result)}`)
        files.splice(files.indexOf(file), 1)
        code = 1
      }
    }
    return code
  },
}

const decimals = (text: string): number => /\.(\d+)/.exec(text)?.[1]?.length ?? 0

export const seqProgram: Program = {
  name: 'seq',
  async main(proc) {
    // A negative number is no option: options end at the first number.
    const argv = proc.argv.slice(1)
    const first = argv.findIndex((arg, i) => /^-?\.?\d/.test(arg) && !/^-[fs]$/.test(argv[i - 1] ?? ''))
    if (first >= 0) proc.argv = [proc.argv[0] ?? 'seq', ...argv.slice(0, first), '--', ...argv.slice(first)]
    const args = await readArguments(proc, {
      name: 'seq',
      short: 'f:s:w',
      permute: false,
      long: {
        format: { as: 'f', argument: 'required' },
        separator: { as: 's', argument: 'required' },
        'equal-width': 'w',
      },
      usage: ['seq [OPTION]... LAST', 'seq [OPTION]... FIRST LAST', 'seq [OPTION]... FIRST INCREMENT LAST'],
      does: 'Print numbers from FIRST to LAST, in steps of INCREMENT.',
    })
    if (typeof args === 'number') return args
    const { operands } = args
    if (operands.length === 0) return await usageError(proc, 'seq', 'missing operand')
    if (operands.length > 3) return await usageError(proc, 'seq', `extra operand ${quote(operands[3] as string)}`)
    const wrong = operands.find((text) => !/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text))
    if (wrong !== undefined) return await usageError(proc, 'seq', `invalid floating point argument: ${quote(wrong)}`)
    const [from, step, to] = (
      operands.length === 1
        ? ['1', '1', operands[0]]
        : operands.length === 2
          ? [operands[0], '1', operands[1]]
          : operands
    ) as [string, string, string]
    if (Number(step) === 0) return await usageError(proc, 'seq', `invalid Zero increment value: ${quote(step)}`)
    const digits = Math.max(decimals(from), decimals(step))
    const width = args.has('w') ? Math.max(...[from, to].map((text) => Number(text).toFixed(digits).length)) : 0
    const pattern = args.value('f') ?? `%0${width}.${digits}f`
    const separator = args.value('s') ?? '\n'
    const out = new Output(proc, 'seq')
    let any = false
    for (let i = 0; ; i++) {
      const value = Number(from) + i * Number(step)
      // Rounding of the last step must not lose it.
      if (Number(step) > 0 ? value > Number(to) + 1e-9 : value < Number(to) - 1e-9) break
      if (!(await out.put(`${any ? separator : ''}${format(pattern, Object.is(value, -0) ? 0 : value)}`))) return 1
      any = true
    }
    if (any) await out.put('\n')
    return (await out.flush()) ? 0 : 1
  },
}

export const revProgram: Program = {
  name: 'rev',
  async main(proc) {
    const out = new Output(proc, 'rev')
    let code = 0
    for (const path of proc.argv.length > 1 ? proc.argv.slice(1) : ['-']) {
      const fd = await openInput(proc, path)
      if (fd < 0) {
        await complain(proc, `rev: cannot open ${path}: ${strerror(fd)}`)
        code = 1
        continue
      }
      for await (const line of textLines(proc, fd))
        if (typeof line === 'string' && !(await out.put(`${Array.from(line).reverse().join('')}\n`))) return 1
      closeInput(proc, fd)
    }
    return (await out.flush()) ? code : 1
  },
}
