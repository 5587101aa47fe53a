/**
 * ss's filter language: `( sport = :http or dport = :http ) and dst 10.0.0.0/8`. Operators have no precedence: they are taken
 * from left to right, and nothing between two conditions means `and` (iproute2 misc/ssfilter.y).
 */
import type { SocketRow } from '../../socket/row.ts'
import type { Address } from '../../wire/address.ts'
import { isInPrefix, parseAddress } from '../../wire/parse.ts'
import type { SsSource } from './types.ts'

export type Expression = (row: SocketRow) => boolean

export class FilterError extends Error {
  /** ss prints its usage after this one. */
  readonly isSyntax: boolean

  constructor(message: string, isSyntax = false) {
    super(message)
    this.isSyntax = isSyntax
  }
}

type Operator = '=' | '!=' | '<' | '>' | '<=' | '>='

const OPERATORS: Readonly<Record<string, Operator>> = {
  '=': '=',
  '==': '=',
  eq: '=',
  '!=': '!=',
  ne: '!=',
  neq: '!=',
  '<': '<',
  lt: '<',
  '>': '>',
  gt: '>',
  '<=': '<=',
  le: '<=',
  leq: '<=',
  '>=': '>=',
  ge: '>=',
  geq: '>=',
}

const AND = ['and', '&', '&&']
const OR = ['or', '|', '||']
const NOT = ['not', '!', 'neg']
const syntaxError = (): FilterError => new FilterError('syntax error', true)

const tokens = (text: string): string[] => text.match(/[()]|[<>=!]=|&&|\|\||[<>=!&|]|[^\s()<>=!&|]+/g) ?? []

/** @throws FilterError */
export const parseFilter = (text: string, source: SsSource): Expression | null => {
  const words = tokens(text)
  if (words.length === 0) return null
  const parser = new FilterParser(words, source)
  const expression = parser.list()
  if (!parser.atEnd) throw syntaxError()
  return expression
}

class FilterParser {
  readonly #words: readonly string[]
  readonly #source: SsSource
  #next = 0

  constructor(words: readonly string[], source: SsSource) {
    this.#words = words
    this.#source = source
  }

  get atEnd(): boolean {
    return this.#next >= this.#words.length
  }

  #peek(): string | undefined {
    return this.#words[this.#next]
  }

  #take(): string {
    const word = this.#words[this.#next++]
    if (word === undefined) throw syntaxError()
    return word
  }

  list(): Expression {
    let left = this.#condition()
    for (let word = this.#peek(); word !== undefined && word !== ')'; word = this.#peek()) {
      const isOr = OR.includes(word)
      if (isOr || AND.includes(word)) this.#next++
      const [a, b] = [left, this.#condition()]
      left = isOr ? (row) => a(row) || b(row) : (row) => a(row) && b(row)
    }
    return left
  }

  #condition(): Expression {
    const word = this.#take()
    if (NOT.includes(word)) {
      const inner = this.#condition()
      return (row) => !inner(row)
    }
    if (word === '(') {
      const inner = this.list()
      if (this.#take() !== ')') throw syntaxError()
      return inner
    }
    if (word === 'sport' || word === 'dport') return this.#port(word === 'sport' ? 'local' : 'remote')
    if (word === 'src' || word === 'dst') {
      if (OPERATORS[this.#peek() ?? ''] === '=') this.#next++
      return this.#host(word === 'src' ? 'local' : 'remote', this.#operand())
    }
    if (word === 'dev') {
      if (OPERATORS[this.#peek() ?? ''] === '=') this.#next++
      const name = this.#operand()
      return (row) => row.device === name
    }
    if (word === 'autobound') return (row) => this.#isEphemeral(row.local.port)
    if (OPERATORS[word] !== undefined || AND.includes(word) || OR.includes(word) || word === ')') throw syntaxError()
    // A condition by itself is a destination.
    return this.#host('remote', word)
  }

  #operand(): string {
    const word = this.#take()
    if (OPERATORS[word] !== undefined || word === '(' || word === ')') throw syntaxError()
    return word
  }

  #isEphemeral(port: number): boolean {
    const [low, high] = this.#source.ephemeral
    return port >= low && port <= high
  }

  #port(side: 'local' | 'remote'): Expression {
    const operator = OPERATORS[this.#peek() ?? '']
    if (operator !== undefined) this.#next++
    const text = this.#operand()
    const ports = this.#ports(text.startsWith(':') ? text.slice(1) : text)
    return (row) => {
      const wanted = ports(row)
      return wanted !== null && isInet(row) && compare(row[side].port, operator ?? '=', wanted)
    }
  }

  /** A port by number or by its service's name, which depends on the protocol. */
  #ports(text: string): (row: SocketRow) => number | null {
    if (/^\d+$/.test(text) && Number(text) <= 65_535) return () => Number(text)
    const tcp = this.#source.servicePort(text, 'tcp')
    const udp = this.#source.servicePort(text, 'udp')
    if (tcp === null && udp === null) throw new FilterError(`Error: "${text}" does not look like a port.`)
    return (row) => (row.protocol === 'udp' ? udp : tcp)
  }

  #host(side: 'local' | 'remote', text: string): Expression {
    if (text.startsWith('unix:') || text.startsWith('/') || text.startsWith('@'))
      return byPath(side, text.replace(/^unix:/, ''))
    const [, bracketed, plain = '', port] =
      /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(text.replace(/^inet6?:/, '')) ?? []
    const host = bracketed ?? (parseAddress(text) === null ? plain : text)
    const isAddressAlone = parseAddress(text) !== null
    const ports = port === undefined || port === '*' || isAddressAlone ? null : this.#ports(port)
    const matches = host === '' || host === '*' ? null : this.#prefix(host)
    return (row) => {
      if (!isInet(row)) return false
      const end = row[side]
      if (ports !== null && end.port !== ports(row)) return false
      return matches === null || (end.address !== null && matches(end.address.unmapped()))
    }
  }

  #prefix(text: string): (address: Address) => boolean {
    const slash = text.indexOf('/')
    const base = slash < 0 ? text : text.slice(0, slash)
    const address = parseAddress(base)
    if (address === null) {
      const named = this.#source.addresses(base)
      if (named.length === 0) throw new FilterError(`Error: an inet prefix is expected rather than "${text}".`)
      return (one) => named.includes(one.toString())
    }
    const bits = address.family === 4 ? 32 : 128
    const length = slash < 0 ? bits : Number(text.slice(slash + 1))
    if (!/^\d*$/.test(slash < 0 ? '' : text.slice(slash + 1)) || length > bits)
      throw new FilterError(`Error: an inet prefix is expected rather than "${text}".`)
    return (one) => one.family === address.family && isInPrefix(one, address, length)
  }
}

const isInet = (row: SocketRow): boolean => row.family === 2 || row.family === 10

const byPath =
  (side: 'local' | 'remote', pattern: string): Expression =>
  (row) => {
    const path = row[side].path
    if (row.protocol !== 'unix' || path === null) return false
    const shown = path.startsWith('\0') ? `@${path.slice(1)}` : path
    const expression = pattern
      .replace(/[.+^${}()|\\[\]]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')
    return new RegExp(`^${expression}$`).test(shown)
  }

const compare = (port: number, operator: Operator, wanted: number): boolean => {
  switch (operator) {
    case '=':
      return port === wanted
    case '!=':
      return port !== wanted
    case '<':
      return port < wanted
    case '>':
      return port > wanted
    case '<=':
      return port <= wanted
    case '>=':
      return port >= wanted
  }
}
