import type { GnuArguments, GnuSyntax } from '../gnu.ts'

export const LS_SYNTAX: GnuSyntax = {
  name: 'ls',
  short: '1AaCdFGghiklnopQqRrSstUux',
  long: {
    all: 'a',
    'almost-all': 'A',
    color: { as: 'color', argument: 'optional' },
    directory: 'd',
    classify: 'F',
    'human-readable': 'h',
    inode: 'i',
    'numeric-uid-gid': 'n',
    'no-group': 'G',
    reverse: 'r',
    recursive: 'R',
    size: 's',
    'time-style': { as: 'time-style', argument: 'required' },
    'full-time': 'full-time',
  },
  usage: ['ls [OPTION]... [FILE]...'],
  does: 'List information about the FILEs (the current directory by default).',
  code: 2,
}

export interface LsOptions {
  readonly format: 'long' | 'columns' | 'across' | 'single'
  readonly all: 'no' | 'almost' | 'all'
  readonly directory: boolean
  readonly sort: 'name' | 'size' | 'time' | 'none'
  readonly reverse: boolean
  readonly recursive: boolean
  readonly human: boolean
  readonly inode: boolean
  readonly blocks: boolean
  readonly numeric: boolean
  readonly owner: boolean
  readonly group: boolean
  readonly accessTime: boolean
  readonly indicator: 'none' | 'slash' | 'all'
  readonly color: boolean
  /** Quote names as a shell would need it. */
  readonly quotes: boolean
  /** Names without quotes get a blank before them. */
  readonly pads: boolean
  readonly fullTime: boolean
  readonly width: number
}

/** @param width - columns of the terminal, or null when there is none */
export const lsOptions = (args: GnuArguments, width: number | null): LsOptions => {
  const last = (letters: string): string | undefined =>
    args.options.findLast(({ name }) => letters.includes(name))?.name
  const form = args.has('full-time') ? 'l' : last('1Cxlgno')
  const long = [...'lgno'].some((letter) => args.has(letter)) || args.has('full-time')
  const format =
    long && form !== 'C' && form !== 'x'
      ? 'long'
      : form === '1'
        ? 'single'
        : form === 'x'
          ? 'across'
          : form === 'C' || width !== null
            ? 'columns'
            : 'single'
  const all = last('aA')
  const sort = last('StU')
  const color = args.options.findLast(({ name }) => name === 'color')
  return {
    format,
    all: all === 'a' ? 'all' : all === 'A' ? 'almost' : 'no',
    directory: args.has('d'),
    sort:
      sort === 'S' ? 'size' : sort === 't' ? 'time' : sort === 'U' ? 'none' : args.has('u') && !long ? 'time' : 'name',
    reverse: args.has('r'),
    recursive: args.has('R'),
    human: args.has('h'),
    inode: args.has('i'),
    blocks: args.has('s'),
    numeric: args.has('n'),
    owner: !args.has('g'),
    group: !args.has('o') && !args.has('G'),
    accessTime: args.has('u'),
    indicator: args.has('F') ? 'all' : args.has('p') ? 'slash' : 'none',
    color: color !== undefined && isColored(color.value, width !== null),
    quotes: width !== null,
    pads: false,
    fullTime: args.has('full-time') || args.value('time-style') === 'full-iso',
    width: width ?? 80,
  }
}

const isColored = (when: string | undefined, onTerminal: boolean): boolean =>
  when === undefined || when === 'always' || when === 'yes' || (when === 'auto' && onTerminal)
