/** Socket options, in the forms that scripts write them. */
import { OptionError, type OptionValue, options } from '../../../socket/index.ts'
import { refused } from '../../failure.ts'
import type { Expr } from '../../syntax/ast.ts'
import type { Arguments } from './arguments.ts'
import type { Call } from './outcome.ts'

const setsockopt: Call = (world, args) => {
  args.count(5)
  const value = toValue(args, args.expr(3))
  return { result: world.process.setsockopt(args.fd(0), level(args), option(args), value) }
}

const level = (args: Arguments): number => args.int(1)

/** The number of an option that this stack has heard of; what it refuses, its sockets refuse. */
const option = (args: Arguments): number => {
  const number = args.int(2)
  if (options.some((one) => one.level === level(args) && one.name === number)) return number
  throw refused(args.line, `${args.name}: this stack does not know option ${number} of level ${level(args)}`)
}

const toValue = (args: Arguments, expr: Expr): OptionValue => {
  const wrong = () => args.wrong(3, '[value], a string or a structure')
  if (expr.kind === 'string') return expr.value
  if (expr.kind === 'struct') {
    const fields = args.fields(expr, wrong)
    if (fields.has('onoff')) {
      fields.only('onoff', 'linger')
      return { onoff: fields.int('onoff'), linger: fields.int('linger') }
    }
    fields.only('tv_sec', 'tv_usec')
    return { seconds: fields.int('tv_sec'), fraction: fields.int('tv_usec') }
  }
  if (expr.kind !== 'list') return args.number(expr, wrong)
  const [only, ...others] = expr.items
  if (only === undefined || others.length > 0) throw wrong()
  return toValue(args, only)
}

const getsockopt: Call = (world, args) => {
  args.count(5)
  const value = world.process.getsockopt(args.fd(0), level(args), option(args))
  if (value instanceof OptionError) return { result: value.errno }
  return { result: 0, verify: () => compare(args, args.expr(3), value) }
}

const compare = (args: Arguments, expr: Expr, value: OptionValue): void => {
  if (expr.kind === 'ellipsis') return
  if (expr.kind === 'list') {
    for (const item of expr.items) compare(args, item, value)
    return
  }
  if (expr.kind === 'string') {
    if (value !== expr.value) throw args.unequal('the value', JSON.stringify(expr.value), JSON.stringify(value))
  } else if (expr.kind === 'struct') compareFields(args, expr, value)
  else if (typeof value === 'number') args.same('the value', expr, value)
  else throw args.wrong(3, 'of the form that the option has')
}

const NAMES: Readonly<Record<string, string>> = { tv_sec: 'seconds', tv_usec: 'fraction' }

/** `{onoff=1, linger=2}`, `{tcpi_state=...}`: the fields that are named. */
const compareFields = (args: Arguments, expr: Expr, value: OptionValue): void => {
  for (const { name, value: wanted } of args.fields(expr, () => args.wrong(3, 'a structure')).all) {
    const own =
      NAMES[name] ?? name.replace(/^tcpi_/, '').replace(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase())
    const actual = (value as unknown as Readonly<Record<string, unknown>>)[own]
    if (typeof actual !== 'number') throw refused(args.line, `getsockopt: the value has no field ${name} here`)
    args.same(name, wanted, actual)
  }
}

export const optionCalls: Readonly<Record<string, Call>> = { setsockopt, getsockopt }
