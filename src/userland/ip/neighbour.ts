/** ip neighbour: show, add, change, replace, delete, flush. */
import type { NeighbourInfo, NeighbourState } from '../../ip/index.ts'
import type { NetworkInterface } from '../../link/interface.ts'
import type { Address, MacAddress } from '../../wire/address.ts'
import { EINVAL } from '../../wire/errno.ts'
import { isInPrefix, parseMac } from '../../wire/parse.ts'
import { padEnd } from '../table.ts'
import {
  type Context,
  explained,
  Failure,
  garbage,
  invalidArgument,
  matches,
  type Prefix,
  refused,
  type Words,
} from './context.ts'
import { NEIGHBOUR_USAGE } from './usage.ts'

const STATES: readonly NeighbourState[] = [
  'INCOMPLETE',
  'REACHABLE',
  'STALE',
  'DELAY',
  'PROBE',
  'FAILED',
  'PERMANENT',
  'NOARP',
]

const stateOf = (word: string): NeighbourState => {
  const state = STATES.find((one) => one === word.toUpperCase())
  if (state === undefined) throw invalidArgument('nud state is bad', word)
  return state
}

interface Filter {
  iface: NetworkInterface | null
  to: Prefix | null
  states: NeighbourState[] | null
}

const readFilter = (context: Context, words: Words): Filter => {
  const filter: Filter = { iface: null, to: null, states: null }
  while (words.more) {
    let word = words.take()
    if (word === 'dev') {
      const name = words.take()
      filter.iface = context.find(name) ?? null
      if (filter.iface === null) throw new Failure(`Cannot find device "${name}"`, 1)
    } else if (word === 'nud') {
      const state = words.take()
      filter.states = state === 'all' ? [...STATES] : [...(filter.states ?? []), stateOf(state)]
    } else if (matches(word, 'help')) throw new Failure(NEIGHBOUR_USAGE, 255)
    else {
      if (word === 'to') word = words.take()
      if (filter.to !== null) throw garbage('to', word)
      filter.to = context.prefix(word)
    }
  }
  return filter
}

/** Unless states are named, what needs no resolving is left out. */
const selected = (context: Context, filter: Filter, hidden: readonly NeighbourState[]): NeighbourInfo[] =>
  context.ip
    .neighbours()
    .filter(
      ({ address, iface, state }) =>
        context.wants(address.family) &&
        (filter.iface === null || iface === filter.iface) &&
        (filter.to === null || isInPrefix(address, filter.to.address, filter.to.length)) &&
        (filter.states === null ? !hidden.includes(state) : filter.states.includes(state)),
    )

/** States in which a timer runs, and holds on to the entry. */
const TIMED: readonly NeighbourState[] = ['INCOMPLETE', 'REACHABLE', 'DELAY', 'PROBE']

/** `refs`: who holds on to it beside the table and its timer. */
const print = (context: Context, one: NeighbourInfo, device: string, refs: number): void => {
  const { address, iface, mac, state, used, confirmed, updated, probes } = one
  if (context.options.brief) {
    context.print(`${padEnd(`${address}`, 39)} ${padEnd(iface.name, 16)} ${mac === null ? '' : `${mac}`} \n`)
    return
  }
  const ages = [used, confirmed, updated].map(Math.floor).join('/')
  const held = refs + (TIMED.includes(state) ? 1 : 0)
  // iproute2 6.1 has its blanks like this.
  const statistics = context.options.statistics
    ? `${held === 0 ? '' : ` ref ${held}`} used ${ages}probes ${probes} `
    : ''
  context.print(`${address} ${device}${mac === null ? '' : `lladdr ${mac} `}${statistics}${state} \n`)
}

const show = (context: Context, words: Words): void => {
  const filter = readFilter(context, words)
  for (const one of selected(context, filter, ['NOARP']))
    print(context, one, filter.iface === null ? `dev ${one.iface.name} ` : '', 0)
}

/** ip neigh get ADDR dev DEV. */
const get = (context: Context, words: Words): void => {
  let target: Address | null = null
  let name: string | null = null
  while (words.more) {
    let word = words.take()
    if (word === 'dev') name = words.take()
    else if (matches(word, 'help')) throw new Failure(NEIGHBOUR_USAGE, 255)
    else {
      if (word === 'to') word = words.take()
      if (target !== null) throw garbage('to', word)
      target = context.address(word)
    }
  }
  if (name === null || target === null) throw new Failure('Device and address are required arguments.', 1)
  const iface = context.device(name)
  const to = target
  const found = context.ip.neighbours().find((one) => one.iface === iface && one.address.equals(to))
  if (found === undefined) throw explained('Neighbour entry not found.')
  print(context, found, `dev ${iface.name} `, 1)
}

interface Change {
  readonly address: Address
  readonly iface: NetworkInterface
  readonly mac: MacAddress | null
  readonly state: NeighbourState
}

const readChange = (context: Context, words: Words): Change => {
  let target: string | null = null
  let name: string | null = null
  let mac: MacAddress | null = null
  let state: NeighbourState = 'PERMANENT'
  while (words.more) {
    let word = words.take()
    if (word === 'lladdr') {
      const text = words.take()
      mac = parseMac(text)
      if (mac === null) throw new Failure(`"${text}" is invalid lladdr.`, 1)
    } else if (word === 'nud') state = stateOf(words.take())
    else if (word === 'dev') name = words.take()
    else if (matches(word, 'help')) throw new Failure(NEIGHBOUR_USAGE, 255)
    else {
      if (word === 'to') word = words.take()
      if (target !== null) throw garbage('to', word)
      target = word
      context.address(word)
    }
  }
  if (name === null || target === null) throw new Failure('Device and destination are required arguments.', 255)
  return { address: context.address(target), iface: context.device(name), mac, state }
}

const tableOf = ({ ip }: Context, address: Address) => (address.family === 4 ? ip.neighbours4 : ip.neighbours6)

const set = (context: Context, words: Words, mode: 'add' | 'replace' | 'change'): void => {
  const { address, iface, mac, state } = readChange(context, words)
  context.demandRoot()
  const error = tableOf(context, address).set(address, iface, mac, state, mode)
  if (error === -EINVAL && mac === null) throw explained('No link layer address given.')
  if (error < 0) throw refused(error)
}

const remove = (context: Context, words: Words): void => {
  const { address, iface } = readChange(context, words)
  context.demandRoot()
  const error = tableOf(context, address).delete(address, iface)
  if (error < 0) throw refused(error)
}

const flush = (context: Context, words: Words): void => {
  if (!words.more) throw new Failure('Flush requires arguments.', 1)
  const chosen = selected(context, readFilter(context, words), ['PERMANENT', 'NOARP'])
  if (chosen.length > 0) context.demandRoot()
  for (const { address, iface } of chosen) tableOf(context, address).delete(address, iface)
}

export const neighbour = (context: Context, command: string, words: Words): void => {
  if (matches(command, 'add')) set(context, words, 'add')
  else if (matches(command, 'change', 'chg')) set(context, words, 'change')
  else if (matches(command, 'replace')) set(context, words, 'replace')
  else if (matches(command, 'delete')) remove(context, words)
  else if (matches(command, 'get')) get(context, words)
  else if (matches(command, 'show', 'lst', 'list')) show(context, words)
  else if (matches(command, 'flush')) flush(context, words)
  else if (matches(command, 'help')) throw new Failure(NEIGHBOUR_USAGE, 255)
  else throw new Failure(`Command "${command}" is unknown, try "ip neigh help".`, 255)
}
