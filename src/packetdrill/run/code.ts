/** Code blocks: assertions over TCP_INFO. */
import { type TcpInfo, TcpState } from '../../tcp/types.ts'
import { failed, refused } from '../failure.ts'
import type { CodeExpr, CodeStatement } from '../syntax/ast.ts'

export type CodeValue = number | string | boolean

/** Linux's enums and flags (linux/tcp.h), which scripts compare with. */
const CONSTANTS: Readonly<Record<string, number>> = {
  TCP_ESTABLISHED: TcpState.ESTABLISHED,
  TCP_SYN_SENT: TcpState.SYN_SENT,
  TCP_SYN_RECV: TcpState.SYN_RECEIVED,
  TCP_FIN_WAIT1: TcpState.FIN_WAIT_1,
  TCP_FIN_WAIT2: TcpState.FIN_WAIT_2,
  TCP_TIME_WAIT: TcpState.TIME_WAIT,
  TCP_CLOSE: TcpState.CLOSED,
  TCP_CLOSE_WAIT: TcpState.CLOSE_WAIT,
  TCP_LAST_ACK: TcpState.LAST_ACK,
  TCP_LISTEN: TcpState.LISTEN,
  TCP_CLOSING: TcpState.CLOSING,
  TCP_CA_Open: 0,
  TCP_CA_Disorder: 1,
  TCP_CA_CWR: 2,
  TCP_CA_Recovery: 3,
  TCP_CA_Loss: 4,
  TCPI_OPT_TIMESTAMPS: 1,
  TCPI_OPT_SACK: 2,
  TCPI_OPT_WSCALE: 4,
  TCPI_OPT_ECN: 8,
  TCPI_OPT_ECN_SEEN: 16,
  TCPI_OPT_SYN_DATA: 32,
}

/** In struct tcp_info these are milliseconds. */
const MILLISECONDS = new Set(['tcpi_last_data_sent', 'tcpi_last_data_recv', 'tcpi_last_ack_recv'])

/** `tcpi_snd_cwnd` is `sndCwnd`; undefined: the stack does not keep it. */
const field = (info: TcpInfo, name: string): CodeValue | undefined => {
  const own = name.slice('tcpi_'.length).replace(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase())
  const value = (info as unknown as Readonly<Record<string, CodeValue>>)[own]
  return typeof value === 'number' && MILLISECONDS.has(name) ? Math.floor(value / 1000) : value
}

/** Runs the code of one script: what it assigns lasts to its end. */
export class Code {
  readonly #variables = new Map<string, CodeValue>()
  readonly #print: (text: string) => void

  constructor(print: (text: string) => void) {
    this.#print = print
  }

  /** @param info - of the connection that the script is about; null: there is none */
  run(statements: readonly CodeStatement[], info: () => TcpInfo | null): void {
    let seen: TcpInfo | null | undefined
    const once = (): TcpInfo | null => (seen === undefined ? (seen = info()) : seen)
    for (const statement of statements) this.#execute(statement, new Evaluation(this.#variables, once, statement.line))
  }

  #execute(statement: CodeStatement, evaluation: Evaluation): void {
    switch (statement.kind) {
      case 'assign':
        this.#variables.set(statement.name, evaluation.of(statement.value))
        return
      case 'print':
        this.#print(statement.values.map((value) => show(evaluation.of(value))).join(' '))
        return
      case 'assert': {
        if (truth(evaluation.of(statement.test))) return
        const message = statement.message === null ? '' : ` (${show(evaluation.of(statement.message))})`
        const details = [...evaluation.named].map(([name, value]) => `  ${name} = ${show(value)}`)
        const text = statement.text.replace(/\s+/g, ' ')
        throw failed(statement.line, `the assertion does not hold: ${text}${message}`, details)
      }
    }
  }
}

const truth = (value: CodeValue): boolean => value !== 0 && value !== '' && value !== false
const show = (value: CodeValue): string => (typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value))

class Evaluation {
  /** Names that were looked up, with what they were. */
  readonly named = new Map<string, CodeValue>()
  readonly #variables: ReadonlyMap<string, CodeValue>
  readonly #info: () => TcpInfo | null
  readonly #line: number

  constructor(variables: ReadonlyMap<string, CodeValue>, info: () => TcpInfo | null, line: number) {
    this.#variables = variables
    this.#info = info
    this.#line = line
  }

  of(expr: CodeExpr): CodeValue {
    switch (expr.kind) {
      case 'number':
      case 'string':
      case 'boolean':
        return expr.value
      case 'name':
        return this.#name(expr.name)
      case 'logic': {
        const left = this.of(expr.left)
        return truth(left) === (expr.operator === 'or') ? left : this.of(expr.right)
      }
      case 'unary':
        return this.#unary(expr.operator, expr.operand)
      case 'tuple':
        throw refused(this.#line, 'several values stand here only to fill a text: "%d, %d" % (a, b)')
      case 'binary':
        if (expr.operator === '%' && expr.left.kind === 'string') return this.#fill(expr.left.value, expr.right)
        return this.#binary(expr.operator, this.#number(expr.left), this.#number(expr.right))
      case 'compare':
        return this.#compare(expr.first, expr.rest)
      case 'call':
        return this.#call(expr.name, expr.args)
    }
  }

  #name(name: string): CodeValue {
    const value =
      this.#variables.get(name) ?? CONSTANTS[name] ?? (name.startsWith('tcpi_') ? this.#tcpInfo(name) : undefined)
    if (value === undefined) throw refused(this.#line, `nothing is called "${name}" here`)
    if (CONSTANTS[name] === undefined) this.named.set(name, value)
    return value
  }

  #tcpInfo(name: string): CodeValue {
    const info = this.#info()
    if (info === null) throw refused(this.#line, `${name}: there is no connection to ask`)
    const value = field(info, name)
    if (value === undefined) throw refused(this.#line, `TCP_INFO of this stack has no ${name}`)
    return value
  }

  #number(expr: CodeExpr): number {
    const value = this.of(expr)
    if (typeof value === 'string') throw refused(this.#line, `"${value}" is no number`)
    return Number(value)
  }

  #unary(operator: string, operand: CodeExpr): CodeValue {
    if (operator === 'not') return !truth(this.of(operand))
    const value = this.#number(operand)
    return operator === '-' ? -value : operator === '~' ? -value - 1 : value
  }

  #binary(operator: string, a: number, b: number): number {
    const byZero = (operator === '/' || operator === '//' || operator === '%') && b === 0
    if (byZero) throw refused(this.#line, 'division by zero')
    switch (operator) {
      case '+':
        return a + b
      case '-':
        return a - b
      case '*':
        return a * b
      case '/':
        return a / b
      case '//':
        return Math.floor(a / b)
      case '%':
        return a - Math.floor(a / b) * b
      default:
        return Number(bitwise(operator, BigInt(a), BigInt(b)))
    }
  }

  /** `"%d of %s" % (a, b)`. */
  #fill(text: string, right: CodeExpr): string {
    const values = (right.kind === 'tuple' ? right.items : [right]).map((item) => this.of(item))
    return text.replace(/%(?:%|(?:\.(\d+))?([dsuf]))/g, (all, digits: string | undefined, form: string | undefined) => {
      if (form === undefined) return '%'
      const value = values.shift()
      if (value === undefined) throw refused(this.#line, `nothing is left to fill ${all} with`)
      if (form === 'f') return Number(value).toFixed(digits === undefined ? 6 : Number(digits))
      return form === 's' ? show(value) : String(Math.trunc(Number(value)))
    })
  }

  #compare(first: CodeExpr, rest: readonly (readonly [string, CodeExpr])[]): boolean {
    let left = this.of(first)
    for (const [operator, expr] of rest) {
      const right = this.of(expr)
      if (!holds(operator, left, right)) return false
      left = right
    }
    return true
  }

  #call(name: string, args: readonly CodeExpr[]): CodeValue {
    const values = args.map((arg) => this.#number(arg))
    const [only] = values
    if (only !== undefined && name === 'min') return Math.min(...values)
    if (only !== undefined && name === 'max') return Math.max(...values)
    if (only !== undefined && values.length === 1) {
      if (name === 'abs') return Math.abs(only)
      if (name === 'int') return Math.trunc(only)
      if (name === 'round') return Math.round(only)
    }
    throw refused(
      this.#line,
      `${name}() with ${values.length} arguments is not known here: abs, int, max, min, round are`,
    )
  }
}

const bitwise = (operator: string, a: bigint, b: bigint): bigint => {
  if (operator === '&') return a & b
  if (operator === '|') return a | b
  if (operator === '^') return a ^ b
  return operator === '<<' ? a << b : a >> b
}

const holds = (operator: string, a: CodeValue, b: CodeValue): boolean => {
  if (typeof a !== 'string' && typeof b !== 'string') {
    a = Number(a)
    b = Number(b)
  }
  switch (operator) {
    case '==':
      return a === b
    case '!=':
      return a !== b
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '>':
      return a > b
    default:
      return a >= b
  }
}
