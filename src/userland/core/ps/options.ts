/** ps reads options in three styles: `-ef` (UNIX), `aux` (BSD, without a hyphen) and `--forest` (GNU). */
import { ALIASES, COLUMNS, type PsColumn } from './columns.ts'

export interface PsOptions {
  /** All processes; of the others only those that are chosen. */
  readonly everyone: boolean
  /** BSD `a`: of every user; `x`: without a terminal too. */
  readonly bsdAll: boolean
  readonly bsdDetached: boolean
  readonly isBsd: boolean
  /** `-a`, `-d`: all but session leaders. */
  readonly noLeaders: boolean
  /** Of `-a`: only those that have a terminal. */
  readonly withTerminal: boolean
  readonly pids: readonly number[]
  readonly parents: readonly number[]
  readonly users: readonly string[]
  readonly commands: readonly string[]
  readonly terminals: readonly string[]
  readonly sessions: readonly number[]
  readonly columns: readonly PsColumn[]
  readonly forest: 'none' | 'indent' | 'tree'
  readonly headers: boolean
  readonly wide: boolean
  readonly sort: readonly { readonly key: string; readonly down: boolean }[]
}

/** A mistake; the message is ps's own. */
export class PsError extends Error {
  override readonly name = 'PsError'
}

const FORMATS = {
  plain: 'pid,tty,time,ucmd',
  full: 'uid_name,pid,ppid,c,stime,tty,time,cmd',
  long: 'f,state,uid,pid,ppid,c,opri,ni,addr,sz,wchan,tty,time,ucmd',
  jobs: 'pid,pgid,sid,tty,time,ucmd',
  bsd: 'pid,tty,stat,bsdtime,args',
  user: 'user,pid,pcpu,pmem,vsz,rss,tty,stat,bsdstart,bsdtime,args',
  bsdJobs: 'ppid,pid,pgid,sid,tty,tpgid,stat,uid,bsdtime,args',
} as const

/** `-f` shows names under UID. */
const UID_NAME: PsColumn = { ...(COLUMNS['user'] as PsColumn), header: 'UID' }

const column = (name: string): PsColumn => {
  if (name === 'uid_name') return UID_NAME
  const found = COLUMNS[ALIASES[name] ?? name]
  if (found === undefined) throw new PsError(`unknown user-defined format specifier "${name}"`)
  return found
}

/** `pid,comm=NAME,...`: a header may be given, and takes the rest. */
const userColumns = (text: string): PsColumn[] => {
  const columns: PsColumn[] = []
  let rest = text
  while (rest !== '') {
    const match = /^[\s,]*([\w%]+)(=)?/.exec(rest)
    if (match === null) throw new PsError('improper list')
    const [whole, name = '', equals] = match
    rest = rest.slice(whole.length)
    const found = column(name)
    if (equals === undefined) columns.push(found)
    else {
      columns.push({ ...found, header: rest, width: Math.max(found.width, rest.length) })
      // An empty header ends at the comma; any other takes all that follows.
      if (rest.startsWith(',') || rest === '') columns[columns.length - 1] = { ...found, header: '' }
      else rest = ''
    }
    rest = rest.replace(/^[\s,]+/, '')
  }
  if (columns.length === 0) throw new PsError('improper list')
  return columns
}

const numbers = (text: string, message = 'process ID list syntax error'): number[] =>
  text.split(/[\s,]+/).map((part) => {
    if (!/^\d+$/.test(part)) throw new PsError(message)
    return Number(part)
  })

const names = (text: string): string[] => text.split(/[\s,]+/).filter((part) => part !== '')

class Reader {
  everyone = false
  bsdAll = false
  bsdDetached = false
  isBsd = false
  noLeaders = false
  withTerminal = false
  readonly pids: number[] = []
  readonly parents: number[] = []
  readonly users: string[] = []
  readonly commands: string[] = []
  readonly terminals: string[] = []
  readonly sessions: number[] = []
  readonly own: PsColumn[] = []
  readonly sort: { key: string; down: boolean }[] = []
  format: keyof typeof FORMATS | null = null
  forest: PsOptions['forest'] = 'none'
  headers = true
  wide = false
  readonly #args: string[]

  constructor(args: readonly string[]) {
    this.#args = [...args]
  }

  read(): void {
    for (let arg = this.#args.shift(); arg !== undefined; arg = this.#args.shift()) {
      if (arg.startsWith('--')) this.#long(arg.slice(2))
      else if (arg.startsWith('-') && arg.length > 1) this.#unix(arg.slice(1))
      else if (/^\d+$/.test(arg)) this.pids.push(Number(arg))
      else this.#bsd(arg)
    }
  }

  #value(attached: string, letter: string): string {
    const value = attached === '' ? this.#args.shift() : attached
    if (value === undefined) throw new PsError(`list of ${letter} must follow -${letter}`)
    return value
  }

  #sortBy(text: string): void {
    for (const part of names(text)) {
      const key = part.replace(/^[-+]/, '')
      column(key)
      this.sort.push({ key: ALIASES[key] ?? key, down: part.startsWith('-') })
    }
  }

  #unix(letters: string): void {
    for (let i = 0; i < letters.length; i++) {
      const letter = letters[i] as string
      const rest = letters.slice(i + 1)
      if ('ouUpCtgqs'.includes(letter)) {
        this.#list(letter, this.#value(rest, letter))
        return
      }
      switch (letter) {
        case 'e':
        case 'A':
          this.everyone = true
          break
        case 'a':
          this.withTerminal = true
          this.noLeaders = true
          break
        case 'd':
          this.noLeaders = true
          break
        case 'f':
        case 'F':
          this.format = 'full'
          break
        case 'l':
          this.format = 'long'
          break
        case 'j':
          this.format = 'jobs'
          break
        case 'H':
          this.forest = 'indent'
          break
        case 'w':
          this.wide = true
          break
        case 'x':
          this.bsdDetached = true
          this.isBsd = true
          this.format ??= 'bsd'
          break
        default:
          throw new PsError('unsupported SysV option')
      }
    }
  }

  #list(letter: string, value: string): void {
    if (letter === 'o') this.own.push(...userColumns(value))
    else if (letter === 'p' || letter === 'q') this.pids.push(...numbers(value))
    else if (letter === 'C') this.commands.push(...names(value))
    else if (letter === 't') this.terminals.push(...names(value).map((name) => name.replace(/^\/dev\//, '')))
    else if (letter === 'g' || letter === 's')
      this.sessions.push(...numbers(value, 'session or group list syntax error'))
    else this.users.push(...names(value))
  }

  #bsd(letters: string): void {
    for (let i = 0; i < letters.length; i++) {
      const letter = letters[i] as string
      const rest = letters.slice(i + 1)
      switch (letter) {
        case 'a':
          this.bsdAll = true
          break
        case 'x':
          this.bsdDetached = true
          break
        case 'u':
          this.format = 'user'
          break
        case 'j':
          this.format = 'bsdJobs'
          break
        case 'l':
          this.format = 'long'
          break
        case 'f':
          this.forest = 'tree'
          break
        case 'h':
          this.headers = false
          break
        case 'w':
          this.wide = true
          break
        case 'e':
        case 'c':
          break
        case 'o':
        case 'p':
        case 'k': {
          const value = this.#value(rest, letter)
          if (letter === 'o') this.own.push(...userColumns(value))
          else if (letter === 'p') this.pids.push(...numbers(value))
          else this.#sortBy(value)
          return
        }
        default:
          throw new PsError(letter === 'o' ? 'list of o must follow o' : 'unsupported option (BSD syntax)')
      }
      this.isBsd = true
      this.format ??= 'bsd'
    }
  }

  #long(text: string): void {
    const equals = text.indexOf('=')
    const name = equals < 0 ? text : text.slice(0, equals)
    const value = (): string => {
      const found = equals < 0 ? this.#args.shift() : text.slice(equals + 1)
      if (found === undefined) throw new PsError(`long sort specification must follow '--${name}'`)
      return found
    }
    if (name === 'pid') this.pids.push(...numbers(value()))
    else if (name === 'ppid') this.parents.push(...numbers(value()))
    else if (name === 'user' || name === 'User') this.users.push(...names(value()))
    else if (name === 'sort') this.#sortBy(value())
    else if (name === 'format') this.own.push(...userColumns(value()))
    else if (name === 'tty') this.terminals.push(...names(value()))
    else if (name === 'forest') this.forest = 'tree'
    else if (name === 'no-headers' || name === 'no-heading') this.headers = false
    else throw new PsError('unknown gnu long option')
  }
}

/** @throws PsError */
export const readOptions = (args: readonly string[]): PsOptions => {
  const reader = new Reader(args)
  reader.read()
  const format = reader.format ?? (reader.isBsd ? 'bsd' : 'plain')
  const columns = reader.own.length > 0 ? reader.own : FORMATS[format].split(',').map(column)
  return { ...reader, columns }
}
