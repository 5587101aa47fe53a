/** Arguments of a system call, read as the call needs them. */
import type { SocketAddress } from '../../../socket/index.ts'
import { AF_INET, AF_INET6 } from '../../../socket/index.ts'
import { failed, refused, type ScriptError } from '../../failure.ts'
import type { CallAction, Expr, Field } from '../../syntax/ast.ts'
import type { Setup } from '../setup.ts'
import { symbol } from './symbols.ts'

type Struct = Expr & { readonly kind: 'struct' }

export class Arguments {
  readonly line: number
  readonly name: string
  readonly setup: Setup
  /** Descriptors of the script to those of the process. */
  readonly descriptors: Map<number, number>
  readonly #args: readonly Expr[]

  constructor(action: CallAction, line: number, setup: Setup, descriptors: Map<number, number>) {
    this.#args = action.args
    this.name = action.name
    this.line = line
    this.setup = setup
    this.descriptors = descriptors
  }

  get length(): number {
    return this.#args.length
  }

  /** @throws ScriptError unless the call has so many arguments */
  count(least: number, most = least): void {
    const { length } = this.#args
    if (length >= least && length <= most) return
    const wanted = least === most ? `${least}` : `${least} to ${most}`
    throw refused(this.line, `${this.name} takes ${wanted} arguments, not ${length}`)
  }

  wrong(i: number, what: string): ScriptError {
    return refused(this.line, `argument ${i + 1} of ${this.name} is ${what}`)
  }

  expr(i: number): Expr {
    const found = this.#args[i]
    if (found === undefined) throw refused(this.line, `${this.name} lacks argument ${i + 1}`)
    return found
  }

  isEllipsis(i: number): boolean {
    return this.expr(i).kind === 'ellipsis'
  }

  int(i: number): number {
    return this.number(this.expr(i), () => this.wrong(i, 'a number'))
  }

  /** A descriptor of the process: the number itself when the script never got such a one, as for a bad descriptor. */
  fd(i: number): number {
    return this.descriptor(this.int(i))
  }

  descriptor(script: number): number {
    return this.descriptors.get(script) ?? (script < 0 ? script : script + UNKNOWN)
  }

  /** Room for or content of a buffer: `...` with `length` octets, or a string. */
  buffer(i: number, length: number): Uint8Array {
    const expr = this.expr(i)
    if (length < 0) throw this.wrong(i, 'a buffer of no negative length')
    if (expr.kind === 'ellipsis') return new Uint8Array(length)
    if (expr.kind !== 'string') throw this.wrong(i, '... or a string')
    const bytes = new Uint8Array(length)
    bytes.set(new TextEncoder().encode(expr.value).subarray(0, length))
    return bytes
  }

  list(i: number): readonly Expr[] {
    const expr = this.expr(i)
    if (expr.kind !== 'list') throw this.wrong(i, 'a list in brackets')
    return expr.items
  }

  struct(i: number): Fields {
    return this.fields(this.expr(i), () => this.wrong(i, 'a structure in braces'))
  }

  fields(expr: Expr, wrong: () => ScriptError): Fields {
    if (expr.kind !== 'struct') throw wrong()
    return new Fields(expr, this)
  }

  /** A whole number, of a literal, names joined by `|`, or a conversion to network order. */
  number(expr: Expr, wrong: () => ScriptError): number {
    switch (expr.kind) {
      case 'number':
        return expr.value
      case 'symbol': {
        const value = symbol(expr.name)
        if (value === undefined) throw refused(this.line, `${this.name}: this stack knows no ${expr.name}`)
        return value
      }
      case 'or':
        return expr.parts.reduce((all, part) => all | this.number(part, wrong), 0)
      case 'apply': {
        const [first] = expr.args
        // Ports and addresses are numbers in host order here.
        if (first !== undefined && /^(?:htons|htonl|ntohs|ntohl)$/.test(expr.name)) return this.number(first, wrong)
        throw wrong()
      }
      default:
        throw wrong()
    }
  }

  /** A socket address; `...` is the address and port that the script's setup has for it. */
  address(i: number, address: string, port: number): SocketAddress {
    const expr = this.expr(i)
    if (expr.kind === 'ellipsis') return { family: this.family, address: this.mapped(address), port }
    return this.addressOf(expr, () => this.wrong(i, 'a socket address'))
  }

  /** AF_INET or AF_INET6: what `socket(..., ...)` makes. */
  get family(): number {
    return this.setup.ipVersion === 'ipv4' ? AF_INET : AF_INET6
  }

  mapped(address: string): string {
    return this.setup.ipVersion === 'ipv4-mapped-ipv6' ? `::ffff:${address}` : address
  }

  addressOf(expr: Expr, wrong: () => ScriptError): SocketAddress {
    const fields = this.fields(expr, wrong)
    const family = fields.int('sa_family')
    if (!fields.has('sin_addr') && !fields.has('sin6_addr')) return { family }
    const six = fields.has('sin6_addr')
    const address = this.#addressText(fields.expr(six ? 'sin6_addr' : 'sin_addr'), wrong)
    return { family, address, port: fields.int(six ? 'sin6_port' : 'sin_port') }
  }

  /** `inet_addr("1.2.3.4")`, `inet_pton(AF_INET6, "::1")`, `htonl(INADDR_ANY)`. */
  #addressText(expr: Expr, wrong: () => ScriptError): string {
    if (expr.kind !== 'apply') throw wrong()
    const text = expr.args.find((arg) => arg.kind === 'string')
    if (text?.kind === 'string') return text.value
    const word = this.number(expr, wrong)
    return [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255].join('.')
  }

  /** A value that the call gave back is not what the script says. */
  unequal(what: string, expected: unknown, actual: unknown): ScriptError {
    return failed(this.line, `${this.name}: ${what} is ${actual}, not ${expected}`)
  }

  /** Compare, unless the script does not care. */
  same(what: string, expected: Expr, actual: number): void {
    if (expected.kind === 'ellipsis') return
    const wanted = this.number(expected, () => refused(this.line, `${this.name}: ${what} is a number`))
    if (wanted !== actual) throw this.unequal(what, wanted, actual)
  }
}

/** Added to descriptors that the script never got, so that they are nobody's. */
const UNKNOWN = 10_000

/** A structure's fields by name. */
export class Fields {
  readonly all: readonly Field[]
  readonly #args: Arguments

  constructor(struct: Struct, args: Arguments) {
    this.all = struct.fields
    this.#args = args
  }

  /** @throws ScriptError for a field of another name */
  only(...names: string[]): this {
    for (const { name } of this.all)
      if (!names.includes(name)) throw refused(this.#args.line, `${this.#args.name}: "${name}" is not known here`)
    return this
  }

  has(name: string): boolean {
    return this.all.some((field) => field.name === name)
  }

  expr(name: string): Expr {
    const found = this.all.find((field) => field.name === name)
    if (found === undefined) throw refused(this.#args.line, `${this.#args.name}: ${name} is missing`)
    return found.value
  }

  int(name: string): number {
    return this.#args.number(this.expr(name), () => refused(this.#args.line, `${this.#args.name}: ${name} is a number`))
  }
}
