import type { Process, Program } from '../../host/index.ts'
import { ENOENT, strerror } from '../../wire/errno.ts'
import { readArguments } from './gnu.ts'
import { chunks, closeInput, complain, decodeRaw, openInput, usageError } from './output.ts'
import { quote } from './quote.ts'
import { waitFor } from './wrappers.ts'

interface XargsOptions {
  readonly replace: string | undefined
  readonly perCommand: number
  readonly perLines: number
  readonly trace: boolean
  readonly runsEmpty: boolean
}

/** Words of the input: separated by blanks, with quotes and backslashes; or by newlines, or by NUL. */
const splitInput = (text: string, mode: 'words' | 'lines' | 'nul' | { delimiter: string }): string[] | string => {
  if (mode === 'nul') return text.split('\0').filter((word, i, all) => word !== '' || i < all.length - 1)
  if (typeof mode === 'object') {
    const parts = text.split(mode.delimiter)
    return parts.at(-1) === '' ? parts.slice(0, -1) : parts
  }
  const words: string[] = []
  let word: string | null = null
  let quoted = ''
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string
    if (quoted !== '') {
      if (c === '\n')
        return `unmatched ${quoted === '"' ? 'double' : 'single'} quote; by default quotes are special to xargs unless you use the -0 option`
      if (c === quoted) quoted = ''
      else word += c
    } else if (c === '"' || c === "'") {
      quoted = c
      word ??= ''
    } else if (c === '\\' && i + 1 < text.length) word = (word ?? '') + text[++i]
    else if (c === '\n' || (mode === 'words' && /\s/.test(c))) {
      if (word !== null) words.push(mode === 'lines' ? word.trimStart() : word)
      word = null
    } else word = (word ?? '') + c
  }
  if (word !== null) words.push(mode === 'lines' ? word.trimStart() : word)
  return words.filter((each) => mode !== 'lines' || each !== '')
}

export const xargsProgram: Program = {
  name: 'xargs',
  async main(proc) {
    const args = await readArguments(proc, {
      name: 'xargs',
      short: '0a:d:I:L:n:rt',
      permute: false,
      long: {
        null: '0',
        'arg-file': { as: 'a', argument: 'required' },
        delimiter: { as: 'd', argument: 'required' },
        'max-args': { as: 'n', argument: 'required' },
        'no-run-if-empty': 'r',
        verbose: 't',
      },
      usage: ['xargs [OPTION]... COMMAND [INITIAL-ARGS]...'],
      does: 'Run COMMAND with arguments INITIAL-ARGS and more arguments read from input.',
    })
    if (typeof args === 'number') return args
    for (const letter of ['n', 'L'] as const) {
      const value = args.value(letter)
      if (value === undefined || (/^\d+$/.test(value) && Number(value) > 0)) continue
      const what = /^\d+$/.test(value)
        ? `value ${value} for -${letter} option should be >= 1`
        : `invalid number "${value}" for -${letter} option`
      return await usageError(proc, 'xargs', what)
    }
    const file = args.value('a') ?? '-'
    const fd = await openInput(proc, file)
    if (fd < 0) {
      await complain(proc, `xargs: Cannot open input file ${quote(file)}: ${strerror(fd)}`)
      return 1
    }
    let raw = ''
    for await (const chunk of chunks(proc, fd)) if (typeof chunk !== 'number') raw += String.fromCharCode(...chunk)
    closeInput(proc, fd)
    const delimiter = args.value('d')
    const mode = args.has('0')
      ? 'nul'
      : delimiter !== undefined
        ? { delimiter: delimiter.replace('\\n', '\n').replace('\\t', '\t').replace('\\0', '\0') }
        : args.has('I') || args.has('L')
          ? 'lines'
          : 'words'
    const words = splitInput(decodeRaw(raw), mode)
    if (typeof words === 'string') {
      await complain(proc, `xargs: ${words}`)
      return 1
    }
    const command = args.operands.length === 0 ? ['echo'] : args.operands
    return await runAll(proc, command, words, {
      replace: args.value('I'),
      perCommand: Number(args.value('n') ?? Number.POSITIVE_INFINITY),
      perLines: Number(args.value('L') ?? 0),
      trace: args.has('t'),
      runsEmpty: !args.has('r'),
    })
  },
}

/** ARG_MAX's share for one command line, as GNU xargs uses by default. */
const LINE_BYTES = 131_072

const batches = (command: readonly string[], words: readonly string[], options: XargsOptions): string[][] => {
  const { replace, perCommand, perLines } = options
  if (replace !== undefined) return words.map((word) => command.map((part) => part.replaceAll(replace, word)))
  const limit = perLines > 0 ? perLines : perCommand
  const lines: string[][] = []
  let batch: string[] = []
  let size = 0
  for (const word of words) {
    if (batch.length >= limit || size + word.length + 1 > LINE_BYTES) {
      lines.push(batch)
      batch = []
      size = 0
    }
    batch.push(...(perLines > 0 ? word.split(/\s+/).filter((part) => part !== '') : [word]))
    size += word.length + 1
  }
  if (batch.length > 0 || (words.length === 0 && options.runsEmpty)) lines.push(batch)
  return lines.map((each) => [...command, ...each])
}

const runAll = async (
  proc: Process,
  command: readonly string[],
  words: readonly string[],
  options: XargsOptions,
): Promise<number> => {
  let code = 0
  for (const line of batches(command, words, options)) {
    if (options.trace) await complain(proc, line.join(' '))
    const [name = '', ...rest] = line
    const input = proc.open('/dev/null')
    const child = proc.spawn(name, rest, { stdio: [input] })
    proc.close(input)
    if (typeof child === 'number') {
      await complain(proc, `xargs: ${name}: ${strerror(child)}`)
      return child === -ENOENT ? 127 : 126
    }
    const status = await waitFor(proc, child.pid)
    if (status.kind === 'signaled') {
      await complain(proc, `xargs: ${name}: terminated by signal ${status.signal}`)
      return 125
    }
    const result = status.kind === 'exited' ? status.code : 0
    if (result === 255) {
      await complain(proc, `xargs: ${name}: exited with status 255; aborting`)
      return 124
    }
    if (result !== 0) code = 123
  }
  return code
}
