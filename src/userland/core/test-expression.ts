/** test(1) and `[`: POSIX's rules by the number of arguments, then a grammar with -a, -o and parentheses. */
import {
  type Process,
  R_OK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  W_OK,
  X_OK,
} from '../../host/index.ts'

/** An expression that is wrong; the message has no program's name. */
export class TestError extends Error {
  override readonly name = 'TestError'
}

export interface TestContext {
  readonly process: Process
  /** `-v name`, `-o option`: for a shell. */
  isSet?(name: string): boolean
  hasOption?(name: string): boolean
}

const UNARY = '-a -b -c -d -e -f -g -h -k -L -n -N -O -G -o -p -r -s -S -t -u -v -w -x -z'.split(' ')
const BINARY = ['=', '==', '!=', '<', '>', '-eq', '-ne', '-lt', '-le', '-gt', '-ge', '-nt', '-ot', '-ef']

const isUnary = (text: string): boolean => UNARY.includes(text)
const isBinary = (text: string): boolean => BINARY.includes(text)

/** @throws TestError */
export const evaluateTest = (args: readonly string[], context: TestContext): boolean => {
  const [a = '', b = '', c = ''] = args
  switch (args.length) {
    case 0:
      return false
    case 1:
      return a !== ''
    case 2:
      return two(a, b, context)
    case 3:
      return three(a, b, c, context)
    case 4:
      if (a === '!') return !three(b, c, args[3] as string, context)
      if (a === '(' && args[3] === ')') return two(b, c, context)
      break
    default:
  }
  const parser = new TestParser(args, context)
  const value = parser.or()
  if (!parser.atEnd) throw new TestError('too many arguments')
  return value
}

const two = (a: string, b: string, context: TestContext): boolean => {
  if (a === '!') return b === ''
  if (!isUnary(a)) throw new TestError(`${a}: unary operator expected`)
  return unary(a, b, context)
}

const three = (a: string, b: string, c: string, context: TestContext): boolean => {
  if (isBinary(b)) return binary(a, b, c, context)
  if (b === '-a') return a !== '' && c !== ''
  if (b === '-o') return a !== '' || c !== ''
  if (a === '!') return !two(b, c, context)
  if (a === '(' && c === ')') return b !== ''
  throw new TestError(`${b}: binary operator expected`)
}

class TestParser {
  readonly #args: readonly string[]
  readonly #context: TestContext
  #at = 0

  constructor(args: readonly string[], context: TestContext) {
    this.#args = args
    this.#context = context
  }

  get atEnd(): boolean {
    return this.#at >= this.#args.length
  }

  or(): boolean {
    let value = this.#and()
    while (this.#args[this.#at] === '-o') {
      this.#at++
      const right = this.#and()
      value = value || right
    }
    return value
  }

  #and(): boolean {
    let value = this.#term()
    while (this.#args[this.#at] === '-a') {
      this.#at++
      const right = this.#term()
      value = value && right
    }
    return value
  }

  #term(): boolean {
    const args = this.#args
    const first = args[this.#at]
    if (first === undefined) throw new TestError('argument expected')
    const operator = args[this.#at + 1]
    const right = args[this.#at + 2]
    if (operator !== undefined && isBinary(operator) && right !== undefined) {
      this.#at += 3
      return binary(first, operator, right, this.#context)
    }
    this.#at++
    if (first === '!') return !this.#term()
    if (first === '(') {
      const value = this.or()
      if (args[this.#at++] !== ')') throw new TestError("`)' expected")
      return value
    }
    const operand = args[this.#at]
    if (isUnary(first) && operand !== undefined) {
      this.#at++
      return unary(first, operand, this.#context)
    }
    return first !== ''
  }
}

const integer = (text: string): bigint => {
  const trimmed = text.trim()
  if (!/^[-+]?[0-9]+$/.test(trimmed)) throw new TestError(`${text}: integer expression expected`)
  return BigInt(trimmed.replace(/^\+/, ''))
}

export const binary = (a: string, operator: string, b: string, { process }: TestContext): boolean => {
  switch (operator) {
    case '=':
    case '==':
      return a === b
    case '!=':
      return a !== b
    case '<':
      return a < b
    case '>':
      return a > b
    case '-eq':
      return integer(a) === integer(b)
    case '-ne':
      return integer(a) !== integer(b)
    case '-lt':
      return integer(a) < integer(b)
    case '-le':
      return integer(a) <= integer(b)
    case '-gt':
      return integer(a) > integer(b)
    case '-ge':
      return integer(a) >= integer(b)
    default: {
      const [x, y] = [process.stat(a), process.stat(b)]
      if (operator === '-nt') return typeof x !== 'number' && (typeof y === 'number' || x.mtime > y.mtime)
      if (operator === '-ot') return typeof y !== 'number' && (typeof x === 'number' || x.mtime < y.mtime)
      return typeof x !== 'number' && typeof y !== 'number' && x.dev === y.dev && x.ino === y.ino
    }
  }
}

const KINDS: Readonly<Record<string, number>> = {
  '-d': S_IFDIR,
  '-f': S_IFREG,
  '-c': S_IFCHR,
  '-p': S_IFIFO,
  '-S': S_IFSOCK,
}

const ACCESS: Readonly<Record<string, number>> = { '-r': R_OK, '-w': W_OK, '-x': X_OK }
const BITS: Readonly<Record<string, number>> = { '-u': 0o4000, '-g': 0o2000, '-k': 0o1000 }

export const unary = (operator: string, operand: string, context: TestContext): boolean => {
  const { process } = context
  switch (operator) {
    case '-n':
      return operand !== ''
    case '-z':
      return operand === ''
    case '-t':
      return process.terminal(Number(integer(operand))) !== null
    case '-v':
      return context.isSet?.(operand) ?? false
    case '-o':
      return context.hasOption?.(operand) ?? false
    case '-h':
    case '-L': {
      const stat = process.lstat(operand)
      return typeof stat !== 'number' && (stat.mode & S_IFMT) === S_IFLNK
    }
    default:
  }
  const stat = process.stat(operand)
  if (typeof stat === 'number') return false
  const kind = KINDS[operator]
  if (kind !== undefined) return (stat.mode & S_IFMT) === kind
  const access = ACCESS[operator]
  if (access !== undefined) return process.access(operand, access) === 0
  const bit = BITS[operator]
  if (bit !== undefined) return (stat.mode & bit) !== 0
  switch (operator) {
    case '-s':
      return stat.size > 0
    case '-O':
      return stat.uid === process.uid
    case '-G':
      return stat.gid === process.gid
    case '-N':
      return stat.mtime > stat.atime
    case '-b':
      return false
    default:
      return true
  }
}
