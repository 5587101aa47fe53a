import { type Process, type Program, S_IFDIR, S_IFMT } from '../../../host/index.ts'
import { EISDIR, strerror } from '../../../wire/errno.ts'
import { type GnuArguments, readArguments } from '../gnu.ts'
import { closeInput, complain, decodeRaw, Output, openInput, rawLines } from '../output.ts'
import { plainName } from '../quote.ts'
import { type Dialect, PatternError, translate } from './pattern.ts'

const SYNTAX = {
  name: 'grep',
  short: 'A:abB:C:cEe:Ff:GHhiLlm:noPqRrsvwxyz',
  numeric: true,
  long: {
    'after-context': { as: 'A', argument: 'required' },
    'before-context': { as: 'B', argument: 'required' },
    context: { as: 'C', argument: 'required' },
    count: 'c',
    color: { as: 'color', argument: 'optional' },
    colour: { as: 'color', argument: 'optional' },
    'extended-regexp': 'E',
    regexp: { as: 'e', argument: 'required' },
    'fixed-strings': 'F',
    file: { as: 'f', argument: 'required' },
    'basic-regexp': 'G',
    'with-filename': 'H',
    'no-filename': 'h',
    'ignore-case': 'i',
    'files-without-match': 'L',
    'files-with-matches': 'l',
    'max-count': { as: 'm', argument: 'required' },
    'line-number': 'n',
    'only-matching': 'o',
    'perl-regexp': 'P',
    quiet: 'q',
    silent: 'q',
    recursive: 'r',
    'no-messages': 's',
    'invert-match': 'v',
    'word-regexp': 'w',
    'line-regexp': 'x',
    text: 'a',
    'byte-offset': 'b',
    include: { as: 'include', argument: 'required' },
  },
  usage: ['grep [OPTION]... PATTERNS [FILE]...'],
  does: 'Search for PATTERNS in each FILE.',
  remindsOfUsage: true,
  code: 2,
} as const

interface Search {
  readonly pattern: RegExp | null
  readonly invert: boolean
  readonly before: number
  readonly after: number
  readonly limit: number
  readonly mode: 'lines' | 'count' | 'with' | 'without' | 'quiet' | 'only'
  readonly numbers: boolean
  readonly offsets: boolean
  readonly color: boolean
  readonly silent: boolean
  readonly named: boolean
}

const usage = async (proc: Process): Promise<number> => {
  await complain(proc, "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.")
  return 2
}

export const program: Program = {
  name: 'grep',
  aliases: ['egrep', 'fgrep'],
  async main(proc) {
    const args = await readArguments(proc, SYNTAX)
    if (typeof args === 'number') return args
    const operands = [...args.operands]
    const patterns: string[] = []
    for (const { name, value = '' } of args.options) {
      if (name === 'e') patterns.push(...value.split('\n'))
      if (name !== 'f') continue
      const text = proc.readText(value)
      if (typeof text === 'number') {
        await complain(proc, `grep: ${plainName(value)}: ${strerror(text)}`)
        return 2
      }
      patterns.push(...text.split('\n').slice(0, text.endsWith('\n') ? -1 : undefined))
    }
    if (!args.has('e') && !args.has('f')) {
      const first = operands.shift()
      if (first === undefined) return await usage(proc)
      patterns.push(...first.split('\n'))
    }
    const numbers = ['A', 'B', 'C', 'NUM', 'm'].map((name) => args.value(name))
    const wrong = numbers.findIndex((value) => value !== undefined && !/^\d+$/.test(value))
    if (wrong >= 0) {
      await complain(
        proc,
        wrong === 4 ? 'grep: invalid max count' : `grep: ${numbers[wrong]}: invalid context length argument`,
      )
      return 2
    }
    let pattern: RegExp | null
    try {
      pattern = compile(patterns, args, proc.argv[0] ?? 'grep')
    } catch (error) {
      if (!(error instanceof PatternError) && !(error instanceof SyntaxError)) throw error
      await complain(proc, `grep: ${error instanceof PatternError ? error.message : 'Invalid regular expression'}`)
      return 2
    }
    return await new Grep(proc, searchOf(proc, args, pattern, operands)).run(operands, args.has('r') || args.has('R'))
  },
}

/** Null when there is no pattern at all (`-f /dev/null`): nothing matches. */
const compile = (patterns: readonly string[], args: GnuArguments, argv0: string): RegExp | null => {
  if (patterns.length === 0) return null
  const last = args.options.findLast(({ name }) => 'EFGP'.includes(name))?.name
  const dialect: Dialect =
    last === 'E' || argv0.endsWith('egrep')
      ? 'extended'
      : last === 'F' || argv0.endsWith('fgrep')
        ? 'fixed'
        : last === 'P'
          ? 'perl'
          : 'basic'
  let source = patterns.map((text) => translate(text, dialect)).join('|')
  if (args.has('x')) source = `^(?:${source})$`
  else if (args.has('w')) source = `(?<![\\w])(?:${source})(?![\\w])`
  return new RegExp(source, args.has('i') || args.has('y') ? 'giu' : 'gu')
}

const searchOf = (proc: Process, args: GnuArguments, pattern: RegExp | null, files: readonly string[]): Search => {
  const context = args.value('C') ?? args.value('NUM')
  const color = args.options.findLast(({ name }) => name === 'color')
  const when = color?.value ?? (color === undefined ? 'never' : 'auto')
  const recursive = args.has('r') || args.has('R')
  const named = args.options.findLast(({ name }) => name === 'H' || name === 'h')?.name
  return {
    pattern,
    invert: args.has('v'),
    before: Number(args.value('B') ?? context ?? 0),
    after: Number(args.value('A') ?? context ?? 0),
    limit: Number(args.value('m') ?? Number.POSITIVE_INFINITY),
    mode: args.has('q')
      ? 'quiet'
      : args.has('l')
        ? 'with'
        : args.has('L')
          ? 'without'
          : args.has('c')
            ? 'count'
            : args.has('o')
              ? 'only'
              : 'lines',
    numbers: args.has('n'),
    offsets: args.has('b'),
    color: when === 'always' || (when === 'auto' && proc.terminal(1) !== null),
    silent: args.has('s'),
    named: named === undefined ? files.length > 1 || recursive : named === 'H',
  }
}

const COLORS = { match: '01;31', name: '35', number: '32', separator: '36' } as const

class Grep {
  readonly #proc: Process
  readonly #search: Search
  readonly #out: Output
  #selected = false
  #failed = false
  /** A group of context was printed: the next one is set off by `--`. */
  #printed = false

  constructor(proc: Process, search: Search) {
    this.#proc = proc
    this.#search = search
    this.#out = new Output(proc, 'grep')
  }

  async run(operands: readonly string[], recursive: boolean): Promise<number> {
    const paths = operands.length > 0 ? operands : recursive ? [''] : ['-']
    for (const path of paths) {
      await this.#path(path, recursive, true)
      if (this.#selected && this.#search.mode === 'quiet') return 0
    }
    if (!(await this.#out.flush())) return 2
    return this.#failed ? 2 : this.#selected ? 0 : 1
  }

  async #path(path: string, recursive: boolean, given: boolean): Promise<void> {
    const stat = path === '-' ? null : given ? this.#proc.stat(path === '' ? '.' : path) : this.#proc.lstat(path)
    if (typeof stat === 'number') {
      await this.#complain(path, stat)
      return
    }
    if (stat !== null && (stat.mode & S_IFMT) === S_IFDIR) {
      if (!recursive) await this.#complain(path, -EISDIR)
      else await this.#directory(path)
      return
    }
    // Links found on the way are not followed.
    if (!given && stat !== null && (stat.mode & S_IFMT) !== 0o100000) return
    const fd = await openInput(this.#proc, path)
    if (fd < 0) {
      await this.#complain(path, fd)
      return
    }
    await this.#file(fd, path === '-' ? '(standard input)' : path)
    closeInput(this.#proc, fd)
  }

  async #directory(path: string): Promise<void> {
    const entries = this.#proc.readdir(path === '' ? '.' : path)
    if (typeof entries === 'number') {
      await this.#complain(path, entries)
      return
    }
    for (const { name } of entries)
      if (name !== '.' && name !== '..')
        await this.#path(path === '' ? name : `${path.replace(/\/$/, '')}/${name}`, true, false)
  }

  async #complain(path: string, errno: number): Promise<void> {
    this.#failed = true
    if (this.#search.silent) return
    await this.#out.flush()
    await complain(this.#proc, `grep: ${path}: ${strerror(errno)}`)
  }

  async #file(fd: number, name: string): Promise<void> {
    const search = this.#search
    const onTerminal = this.#proc.terminal(1) !== null
    const held: { readonly line: string; readonly number: number; readonly offset: number }[] = []
    let [number, count, trailing, lastShown, offset] = [0, 0, 0, 0, 0]
    let binary = false
    for await (const raw of rawLines(this.#proc, fd)) {
      if (typeof raw === 'number') {
        await this.#complain(name, raw)
        return
      }
      number++
      const line = decodeRaw(raw.endsWith('\n') ? raw.slice(0, -1) : raw)
      binary ||= raw.includes('\0')
      const here = { line, number, offset }
      offset += raw.length
      const isMatch = count < search.limit && this.#matches(line) !== search.invert
      if (isMatch) {
        count++
        this.#selected = true
        if (search.mode === 'quiet' || search.mode === 'with' || search.mode === 'without') break
        if (search.mode === 'lines' || search.mode === 'only') {
          if (binary) {
            await this.#out.put(`grep: ${name}: binary file matches\n`)
            return
          }
          const from = held[0]?.number ?? number
          const context = search.before > 0 || search.after > 0
          if (context && this.#printed && from > lastShown + 1)
            await this.#out.put(`${this.#paint('--', COLORS.separator)}\n`)
          for (const each of held.splice(0)) await this.#show(name, each, false)
          await this.#show(name, here, true)
          lastShown = number
          this.#printed = true
          trailing = search.after
        }
        if (count >= search.limit && search.after === 0) break
      } else if (trailing > 0 && search.mode === 'lines') {
        trailing--
        lastShown = number
        await this.#show(name, here, false)
      } else if (count >= search.limit) break
      else if (search.before > 0) {
        held.push(here)
        if (held.length > search.before) held.shift()
      }
      // Somebody watches: a line shows as soon as it is there.
      if (onTerminal && isMatch) await this.#out.flush()
    }
    await this.#summary(name, count)
  }

  #matches(line: string): boolean {
    const { pattern } = this.#search
    if (pattern === null) return false
    pattern.lastIndex = 0
    return pattern.test(line)
  }

  async #summary(name: string, count: number): Promise<void> {
    const { mode, named } = this.#search
    const label = named ? `${this.#paint(name, COLORS.name)}${this.#paint(':', COLORS.separator)}` : ''
    if (mode === 'count') await this.#out.put(`${label}${count}\n`)
    else if ((mode === 'with' && count > 0) || (mode === 'without' && count === 0)) {
      await this.#out.put(`${this.#paint(name, COLORS.name)}\n`)
    }
  }

  #paint(text: string, color: string): string {
    return this.#search.color ? `\x1b[${color}m\x1b[K${text}\x1b[m\x1b[K` : text
  }

  async #show(
    name: string,
    { line, number, offset }: { readonly line: string; readonly number: number; readonly offset: number },
    isMatch: boolean,
  ): Promise<void> {
    const { named, numbers, mode, invert, offsets, color } = this.#search
    const separator = this.#paint(isMatch ? ':' : '-', COLORS.separator)
    const prefix = (at: number): string =>
      (named ? this.#paint(name, COLORS.name) + separator : '') +
      (numbers ? this.#paint(String(number), COLORS.number) + separator : '') +
      (offsets ? this.#paint(String(at), COLORS.number) + separator : '')
    if (mode === 'only') {
      if (invert || !isMatch) return
      for (const match of this.#all(line))
        await this.#out.put(`${prefix(offset + match.index)}${this.#paint(match[0], COLORS.match)}\n`)
      return
    }
    const shown = color && isMatch && !invert ? this.#highlighted(line) : line
    await this.#out.put(`${prefix(offset)}${shown}\n`)
  }

  #all(line: string): RegExpExecArray[] {
    const { pattern } = this.#search
    if (pattern === null) return []
    // matchAll goes on from where `test` has left it.
    pattern.lastIndex = 0
    return [...line.matchAll(pattern)].filter((match) => match[0] !== '')
  }

  #highlighted(line: string): string {
    let out = ''
    let at = 0
    for (const match of this.#all(line)) {
      out += line.slice(at, match.index) + this.#paint(match[0], COLORS.match)
      at = match.index + match[0].length
    }
    return out + line.slice(at)
  }
}
