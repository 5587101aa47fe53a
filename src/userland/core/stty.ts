import {
  defaultTermios,
  type Process,
  type Program,
  rawTermios,
  type Terminal,
  type Termios,
} from '../../host/index.ts'
import { ENOTTY, strerror } from '../../wire/errno.ts'
import { complain, usageError, writeOut } from './output.ts'
import { quote } from './quote.ts'

type Flag = { [Name in keyof Termios]: Termios[Name] extends boolean ? Name : never }[keyof Termios]
type Character =
  | 'vintr'
  | 'vquit'
  | 'verase'
  | 'vkill'
  | 'veof'
  | 'veol'
  | 'vstart'
  | 'vstop'
  | 'vsusp'
  | 'vreprint'
  | 'vwerase'
  | 'vlnext'

/** As `stty -a` lists them: those of this terminal, in its order. */
const CHARACTERS: readonly (readonly [string, Character])[] = [
  ['intr', 'vintr'],
  ['quit', 'vquit'],
  ['erase', 'verase'],
  ['kill', 'vkill'],
  ['eof', 'veof'],
  ['eol', 'veol'],
  ['start', 'vstart'],
  ['stop', 'vstop'],
  ['susp', 'vsusp'],
  ['rprnt', 'vreprint'],
  ['werase', 'vwerase'],
  ['lnext', 'vlnext'],
]

const INPUT: readonly Flag[] = ['inlcr', 'igncr', 'icrnl', 'ixon', 'ixany']
const OUTPUT: readonly Flag[] = ['opost', 'onlcr']
const LOCAL: readonly Flag[] = [
  'isig',
  'icanon',
  'iexten',
  'echo',
  'echoe',
  'echok',
  'echonl',
  'noflsh',
  'tostop',
  'echoctl',
  'echoke',
]

const isFlag = (name: string): name is Flag => [...INPUT, ...OUTPUT, ...LOCAL].some((flag) => flag === name)

const characterText = (code: number): string => {
  if (code === 0) return '<undef>'
  if (code === 127) return '^?'
  return code < 32 ? `^${String.fromCharCode(code + 64)}` : String.fromCharCode(code)
}

/** `^C`, `undef`, `x`, or a number. */
const parseCharacter = (text: string): number | null => {
  if (text === 'undef' || text === '^-') return 0
  if (text === '^?') return 127
  if (/^\^.$/.test(text)) return text.toUpperCase().charCodeAt(1) & 31
  if (text.length === 1) return text.charCodeAt(0)
  return /^\d+$/.test(text) && Number(text) < 256 ? Number(text) : null
}

const everything = (terminal: Terminal): string => {
  const { termios } = terminal
  const flags = (names: readonly Flag[]): string => names.map((name) => `${termios[name] ? '' : '-'}${name}`).join(' ')
  const characters = CHARACTERS.map(([name, key]) => `${name} = ${characterText(termios[key])};`)
  const settings = [...characters, `min = ${termios.vmin};`, `time = ${termios.vtime};`]
  return [
    `speed 38400 baud; rows ${terminal.rows}; columns ${terminal.columns}; line = 0;`,
    wrapped(settings, terminal.columns),
    flags(INPUT),
    flags(OUTPUT),
    flags(LOCAL),
    '',
  ].join('\n')
}

/** Items in lines as wide as the terminal. */
const wrapped = (items: readonly string[], columns: number): string => {
  const lines: string[] = []
  for (const item of items) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + item.length + 1 < columns) lines[lines.length - 1] = `${last} ${item}`
    else lines.push(item)
  }
  return lines.join('\n')
}

/** What differs from a new terminal's settings. */
const changes = (terminal: Terminal): string => {
  const { termios } = terminal
  const usual = defaultTermios()
  const characters = CHARACTERS.filter(([, key]) => termios[key] !== usual[key]).map(
    ([name, key]) => `${name} = ${characterText(termios[key])};`,
  )
  const lines = [INPUT, OUTPUT, LOCAL].map((names) =>
    names
      .filter((name) => termios[name] !== usual[name])
      .map((name) => `${termios[name] ? '' : '-'}${name}`)
      .join(' '),
  )
  return `${['speed 38400 baud; line = 0;', characters.join(' '), ...lines].filter((line) => line !== '').join('\n')}\n`
}

const COMBINATIONS: Readonly<Record<string, (termios: Termios) => Partial<Termios>>> = {
  raw: rawTermios,
  '-cooked': rawTermios,
  cooked: () => ({ ...defaultTermios() }),
  '-raw': () => ({ ...defaultTermios() }),
  sane: () => ({ ...defaultTermios() }),
  cbreak: () => ({ icanon: false }),
  '-cbreak': () => ({ icanon: true }),
  nl: () => ({ icrnl: false, onlcr: false }),
  '-nl': () => ({ icrnl: true, onlcr: true, inlcr: false, igncr: false }),
  ek: () => ({ verase: defaultTermios().verase, vkill: defaultTermios().vkill }),
}

export const program: Program = {
  name: 'stty',
  async main(proc) {
    const args = proc.argv.slice(1)
    const at = args.findIndex((arg) => arg === '-F' || arg.startsWith('--file'))
    if (at >= 0) {
      await complain(proc, 'stty: --file is not supported: redirect standard input instead')
      return 1
    }
    const terminal = proc.terminal(0)
    if (terminal === null) {
      await complain(proc, `stty: 'standard input': ${strerror(ENOTTY)}`)
      return 1
    }
    if (args[0] === '-a' || args[0] === '--all') return await writeOut(proc, 'stty', everything(terminal))
    if (args.length === 0) return await writeOut(proc, 'stty', changes(terminal))
    return await set(proc, terminal, args)
  },
}

const set = async (proc: Process, terminal: Terminal, args: readonly string[]): Promise<number> => {
  const change: Partial<Termios> = {}
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string
    const combination = COMBINATIONS[arg]
    const flag = arg.replace(/^-/, '')
    const character = CHARACTERS.find(([name]) => name === arg)
    if (arg === 'size') await writeOut(proc, 'stty', `${terminal.rows} ${terminal.columns}\n`)
    else if (arg === 'speed') await writeOut(proc, 'stty', '38400\n')
    else if (combination !== undefined) Object.assign(change, combination({ ...terminal.termios, ...change }))
    else if (isFlag(flag)) Object.assign(change, { [flag]: !arg.startsWith('-') })
    else if (character !== undefined || ['min', 'time', 'rows', 'cols', 'columns'].includes(arg)) {
      const value = args[++i]
      if (value === undefined) return await usageError(proc, 'stty', `missing argument to ${quote(arg)}`)
      const number = character === undefined ? Number(value) : parseCharacter(value)
      if (number === null || !Number.isInteger(number) || number < 0)
        return await usageError(proc, 'stty', `invalid integer argument: ${quote(value)}`)
      if (character !== undefined) Object.assign(change, { [character[1]]: number })
      else if (arg === 'min' || arg === 'time') Object.assign(change, { [arg === 'min' ? 'vmin' : 'vtime']: number })
      else if (arg === 'rows') terminal.resize(terminal.columns, number)
      else terminal.resize(number, terminal.rows)
    } else return await usageError(proc, 'stty', `invalid argument ${quote(arg)}`)
  }
  // From the background this stops the program (SIGTTOU), and is tried again when it goes on.
  const error = proc.setTermios(terminal, change)
  if (error >= 0) return 0
  await proc.promises.pollResult([], 0)
  return proc.setTermios(terminal, change) < 0 ? 1 : 0
}
