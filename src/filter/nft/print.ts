/** Rulesets as nft 1.0.6 prints them. */
import type { NetworkInterface } from '../../link/interface.ts'
import type { Base, Chain, Table } from '../chain.ts'
import type { Field } from '../field.ts'
import type { BitsMatch, Item, ValueMatch } from '../match.ts'
import type { Rule, Statement } from '../rule.ts'
import { CT_STATES, namesOf, TCP_FLAGS } from '../values.ts'
import type { RejectWith } from '../verdict.ts'
import { priorityText } from './priority.ts'

export interface PrintOptions {
  readonly interfaces: readonly NetworkInterface[]
  /** `-a`: with handles. */
  readonly handles: boolean
}

const numberText = (field: Field, value: number, interfaces: readonly NetworkInterface[]): string => {
  if (field === 'iif' || field === 'oif') {
    const name = interfaces.find(({ index }) => index === value)?.name
    return name === undefined ? String(value) : `"${name}"`
  }
  return Object.entries(namesOf(field)).find(([, number]) => number === value)?.[0] ?? String(value)
}

const itemText = (field: Field, item: Item, interfaces: readonly NetworkInterface[]): string => {
  if (item.kind === 'name') return `"${item.name}${item.wild ? '*' : ''}"`
  const isRange = item.isRange === true
  if (item.kind === 'number') {
    // The ends of ranges are numbers, names or not.
    const isOne = item.low === item.high && !isRange
    return isOne ? numberText(field, item.low, interfaces) : `${item.low}-${item.high}`
  }
  if (item.prefix !== null) return `${item.low}/${item.prefix}`
  return item.low.equals(item.high) && !isRange ? String(item.low) : `${item.low}-${item.high}`
}

const valueText = ({ field, negated, items, isSet }: ValueMatch, interfaces: readonly NetworkInterface[]): string => {
  const texts = items.map((item) => itemText(field, item, interfaces))
  return `${field} ${negated ? '!= ' : ''}${isSet ? `{ ${texts.join(', ')} }` : texts.join('')}`
}

/** Names of bits in the order of their table, which for `ct state` is that of the bits. */
const bitNames = (value: number, of: Readonly<Record<string, number>>): string => {
  const names = Object.entries(of).filter(([, bit]) => (value & bit) !== 0)
  names.sort(([, a], [, b]) => a - b)
  return value === 0 ? '0x0' : names.map(([name]) => name).join(',')
}

const bitsText = ({ field, test, value, mask }: BitsMatch): string => {
  const of = field === 'ct state' ? CT_STATES : TCP_FLAGS
  const names = bitNames(value, of)
  if (mask !== null) return `${field} ${test === '!=' ? '!= ' : ''}${names} / ${bitNames(mask, of)}`
  return `${field} ${test === 'any' ? '' : test === 'none' ? '! ' : `${test} `}${names}`
}

/** `reject` alone is what the table's family rejects with by default. */
const rejectText = (answer: RejectWith, hasFamily: boolean): string => {
  if (answer.kind === 'tcp-reset') return 'reject with tcp reset'
  const isDefault = answer.code === 'port-unreachable' && (answer.kind === 'icmpx' || hasFamily)
  return isDefault ? 'reject' : `reject with ${answer.kind} ${answer.code}`
}

const statementText = (one: Statement, family: Table['family'], interfaces: readonly NetworkInterface[]): string => {
  if (one.kind === 'match') return valueText(one, interfaces)
  if (one.kind === 'bits') return bitsText(one)
  if (one.kind === 'counter') return `counter packets ${one.packets} bytes ${one.bytes}`
  const { verdict } = one
  if (verdict.kind === 'reject') return rejectText(verdict.with, family !== 'inet')
  return 'chain' in verdict ? `${verdict.kind} ${verdict.chain}` : verdict.kind
}

/** A rule on one line, without its handle. */
export const printRule = (rule: Rule, family: Table['family'], { interfaces }: PrintOptions): string => {
  const words = rule.statements.map((one) => statementText(one, family, interfaces))
  if (rule.comment !== null) words.push(`comment "${rule.comment}"`)
  return words.join(' ')
}

const handleText = (handle: number, { handles }: PrintOptions): string => (handles ? ` # handle ${handle}` : '')

const baseText = ({ type, hook, priority }: Base, policy: string): string =>
  `\t\ttype ${type} hook ${hook} priority ${priorityText(priority)}; policy ${policy};\n`

const chainText = (chain: Chain, table: Table, options: PrintOptions, withRules = true): string => {
  const base = chain.base === null ? '' : baseText(chain.base, chain.policy)
  const rules = (withRules ? chain.rules : []).map(
    (rule) => `\t\t${printRule(rule, table.family, options)}${handleText(rule.handle, options)}\n`,
  )
  return `\tchain ${chain.name} {${handleText(chain.handle, options)}\n${base}${rules.join('')}\t}\n`
}

/** A table, or only one of its chains. */
export const printTable = (
  table: Table,
  options: PrintOptions,
  only: Chain | null = null,
  withRules = true,
): string => {
  const chains = only === null ? table.chains : [only]
  const handle = only === null ? handleText(table.handle, options) : ''
  const body = chains.map((chain) => chainText(chain, table, options, withRules)).join(withRules ? '\n' : '')
  return `table ${table.family} ${table.name} {${handle}\n${body}}\n`
}
