/** The expression of find: tests, actions, and what joins them. */
import {
  type Process,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  type Stat,
} from '../../../host/index.ts'
import { strerror } from '../../../wire/errno.ts'
import { compilePattern, matches } from '../../sh/grammar/index.ts'
import { complain, type Output } from '../output.ts'
import { quote } from '../quote.ts'
import { baseOf } from '../simple.ts'
import { waitFor } from '../wrappers.ts'

/** A file that was found. */
export interface Found {
  readonly path: string
  readonly stat: Stat
}

export type Test = (found: Found) => Promise<boolean> | boolean

/** An expression that is wrong; the message has no program's name. */
export class FindError extends Error {
  override readonly name = 'FindError'
}

const KINDS: Readonly<Record<string, number>> = {
  f: S_IFREG,
  d: S_IFDIR,
  l: S_IFLNK,
  s: S_IFSOCK,
  p: S_IFIFO,
  c: S_IFCHR,
}

const SIZES: Readonly<Record<string, number>> = { c: 1, w: 2, b: 512, k: 1024, M: 1 << 20, G: 1 << 30 }

/** `+n`, `-n`, `n`. */
const compareTo = (text: string, unit: (value: number) => number, predicate: string): ((value: number) => boolean) => {
  const match = /^([-+]?)(\d+)$/.exec(text)
  if (match === null) throw new FindError(`invalid argument \`${text}' to \`${predicate}'`)
  const wanted = Number(match[2])
  if (match[1] === '+') return (value) => unit(value) > wanted
  return match[1] === '-' ? (value) => unit(value) < wanted : (value) => unit(value) === wanted
}

export class Expression {
  readonly #proc: Process
  readonly #args: readonly string[]
  readonly #out: Output
  #at = 0
  acts = false
  minDepth = 0
  maxDepth = Number.POSITIVE_INFINITY
  depthFirst = false
  pruned = false
  failed = false

  constructor(proc: Process, args: readonly string[], out: Output) {
    this.#proc = proc
    this.#args = args
    this.#out = out
  }

  parse(): Test {
    if (this.#args.length === 0) return () => true
    const test = this.#or()
    const rest = this.#args[this.#at]
    if (rest === ')') throw new FindError("invalid expression; you have too many ')'")
    return test
  }

  #or(): Test {
    let left = this.#and()
    while (this.#args[this.#at] === '-o' || this.#args[this.#at] === '-or') {
      this.#at++
      const [a, b] = [left, this.#and()]
      left = async (found) => (await a(found)) || (await b(found))
    }
    return left
  }

  #and(): Test {
    let left = this.#not()
    for (;;) {
      const next = this.#args[this.#at]
      if (next === undefined || next === '-o' || next === '-or' || next === ')') return left
      if (next === '-a' || next === '-and') this.#at++
      const [a, b] = [left, this.#not()]
      left = async (found) => (await a(found)) && (await b(found))
    }
  }

  #not(): Test {
    const next = this.#args[this.#at]
    if (next === '!' || next === '-not') {
      this.#at++
      const inner = this.#not()
      return async (found) => !(await inner(found))
    }
    if (next === '(') {
      this.#at++
      const inner = this.#or()
      if (this.#args[this.#at++] !== ')')
        throw new FindError("invalid expression; I was expecting to find a ')' somewhere but did not see one.")
      return inner
    }
    return this.#primary()
  }

  #value(predicate: string): string {
    const value = this.#args[this.#at++]
    if (value === undefined) throw new FindError(`missing argument to \`${predicate}'`)
    return value
  }

  #number(predicate: string): number {
    const text = this.#value(predicate)
    if (!/^\d+$/.test(text))
      throw new FindError(`Expected a positive decimal integer argument to ${predicate}, but got ${quote(text)}`)
    return Number(text)
  }

  #primary(): Test {
    const name = this.#args[this.#at++]
    if (name === undefined) throw new FindError('expected an expression')
    const proc = this.#proc
    switch (name) {
      case '-name':
      case '-iname': {
        const text = this.#value(name)
        const pattern = compilePattern(name === '-iname' ? text.toLowerCase() : text)
        return ({ path }) => matches(pattern, name === '-iname' ? baseOf(path).toLowerCase() : baseOf(path))
      }
      case '-path':
      case '-wholename': {
        const pattern = compilePattern(this.#value(name))
        return ({ path }) => matches(pattern, path)
      }
      case '-type': {
        const text = this.#value(name)
        const kinds = text.split(',').map((letter) => KINDS[letter])
        if (kinds.includes(undefined)) throw new FindError(`Unknown argument to -type: ${text}`)
        return ({ stat }) => kinds.includes(stat.mode & S_IFMT)
      }
      case '-size': {
        const text = this.#value(name)
        const unit = SIZES[text.at(-1) ?? ''] ?? 512
        return this.#sized(compareTo(text.replace(/[cwbkMG]$/, ''), (size) => Math.ceil(size / unit), name))
      }
      case '-empty':
        return ({ path, stat }) => {
          if ((stat.mode & S_IFMT) === S_IFREG) return stat.size === 0
          const entries = (stat.mode & S_IFMT) === S_IFDIR ? proc.readdir(path) : 0
          return typeof entries !== 'number' && entries.length <= 2
        }
      case '-mtime':
      case '-mmin': {
        const unit = name === '-mmin' ? 60_000 : 86_400_000
        const test = compareTo(this.#value(name), (age) => Math.floor(age / unit), name)
        return ({ stat }) => test(proc.tree.time - stat.mtime)
      }
      case '-newer': {
        const path = this.#value(name)
        const other = proc.stat(path)
        if (typeof other === 'number') throw new FindError(`${quote(path)}: ${strerror(other)}`)
        return ({ stat }) => stat.mtime > other.mtime
      }
      case '-user': {
        const text = this.#value(name)
        const uid = proc.host.users.byName(text)?.uid ?? (/^\d+$/.test(text) ? Number(text) : undefined)
        if (uid === undefined) throw new FindError(`invalid user name or UID argument to -user: ${quote(text)}`)
        return ({ stat }) => stat.uid === uid
      }
      case '-perm': {
        const text = this.#value(name)
        const match = /^([-/]?)([0-7]+)$/.exec(text)
        if (match === null) throw new FindError(`invalid mode ${quote(text)}`)
        const bits = Number.parseInt(match[2] as string, 8)
        if (match[1] === '-') return ({ stat }) => (stat.mode & bits) === bits
        return match[1] === '/'
          ? ({ stat }) => bits === 0 || (stat.mode & bits) !== 0
          : ({ stat }) => (stat.mode & 0o7777) === bits
      }
      case '-true':
        return () => true
      case '-false':
        return () => false
      default:
        return this.#global(name) ?? this.#action(name)
    }
  }

  #sized(test: (size: number) => boolean): Test {
    return ({ stat }) => test(stat.size)
  }

  /** Options that hold for the whole search. */
  #global(name: string): Test | null {
    if (name === '-maxdepth') this.maxDepth = this.#number(name)
    else if (name === '-mindepth') this.minDepth = this.#number(name)
    else if (name === '-depth') this.depthFirst = true
    else return null
    return () => true
  }

  #action(name: string): Test {
    if (name === '-prune') {
      return () => {
        this.pruned = true
        return true
      }
    }
    const proc = this.#proc
    this.acts = true
    switch (name) {
      case '-print':
      case '-print0': {
        const end = name === '-print' ? '\n' : '\0'
        return ({ path }) => this.#out.put(path + end)
      }
      case '-delete':
        this.depthFirst = true
        return async ({ path, stat }) => {
          if (path === '.') return true
          const error = (stat.mode & S_IFMT) === S_IFDIR ? proc.rmdir(path) : proc.unlink(path)
          if (error < 0) {
            this.failed = true
            await complain(proc, `find: cannot delete ${quote(path)}: ${strerror(error)}`)
          }
          return error >= 0
        }
      case '-exec':
        return this.#exec()
      default:
        throw new FindError(`unknown predicate \`${name}'`)
    }
  }

  /** What `-exec … {} +` has gathered: run at the end. */
  readonly gathered: { readonly words: readonly string[]; readonly paths: string[] }[] = []

  #exec(): Test {
    const words: string[] = []
    for (;;) {
      const word = this.#args[this.#at++]
      if (word === undefined) throw new FindError("missing argument to `-exec'")
      if (word === ';') break
      if (word === '+' && words.at(-1) === '{}') {
        const entry = { words: words.slice(0, -1), paths: [] as string[] }
        this.gathered.push(entry)
        return ({ path }) => entry.paths.push(path) > 0
      }
      words.push(word)
    }
    return async ({ path }) => (await this.run(words.map((word) => word.replaceAll('{}', path)))) === 0
  }

  async run(words: readonly string[]): Promise<number> {
    const proc = this.#proc
    await this.#out.flush()
    const [command = '', ...args] = words
    const child = proc.spawn(command, args)
    if (typeof child === 'number') {
      await complain(proc, `find: ${quote(command)}: ${strerror(child)}`)
      return 1
    }
    const status = await waitFor(proc, child.pid)
    return status.kind === 'exited' ? status.code : 1
  }
}
