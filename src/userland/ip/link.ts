/** ip link: show, set up, down, mtu, promisc. */
import type { NetworkInterface } from '../../link/interface.ts'
import { padEnd, padStart } from '../table.ts'
import {
  type Context,
  explained,
  Failure,
  garbage,
  invalidArgument,
  matches,
  parseNumber,
  type Words,
} from './context.ts'
import { LINK_USAGE } from './usage.ts'

/** Least and largest MTU: ETH_MIN_MTU, ETH_MAX_MTU; a loopback has no bound of its own. */
const MIN_MTU = 68
const MAX_MTU = 65_535

const flagsOf = (iface: NetworkInterface): string => {
  const loopback = iface.kind === 'loopback'
  return [
    ...(iface.up && !iface.running ? ['NO-CARRIER'] : []),
    ...(loopback ? ['LOOPBACK'] : ['BROADCAST', 'MULTICAST']),
    ...(iface.promiscuous ? ['PROMISC'] : []),
    ...(iface.up ? ['UP'] : []),
    ...(iface.running ? ['LOWER_UP'] : []),
  ].join(',')
}

/** RFC 2863's state: a loopback tells none while it is up. */
const stateOf = (iface: NetworkInterface): string =>
  iface.kind === 'loopback' && iface.up ? 'UNKNOWN' : iface.running ? 'UP' : 'DOWN'

export const briefHead = (iface: NetworkInterface): string => `${padEnd(iface.name, 16)} ${padEnd(stateOf(iface), 14)} `

/** The two lines of an interface, the first ones of `ip address` too. */
export const linkText = (context: Context, iface: NetworkInterface, mode: boolean): string => {
  const { options, nl } = context
  const head = `${iface.index}: ${iface.name}: <${flagsOf(iface)}> mtu ${iface.mtu}`
  // The addresses of IPv6 come with a description of the interface that knows less.
  if (options.family === 6 && !mode) return `${head} state ${stateOf(iface)} qlen 1000`
  const line = `${head} qdisc noqueue state ${stateOf(iface)} ${mode ? 'mode DEFAULT ' : ''}group default qlen 1000`
  if (options.family === 4 && !mode) return line
  const loopback = iface.kind === 'loopback'
  const broadcast = loopback ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff'
  return `${line}${nl}    link/${loopback ? 'loopback' : 'ether'} ${iface.mac} brd ${broadcast}`
}

const WIDTHS = [10, 7, 6, 7, 7, 7]

/** print_stats64: columns as wide as the larger of both directions' numbers. */
export const statisticsText = ({ nl }: Context, { stats }: NetworkInterface): string => {
  const rx = [stats.rxBytes, stats.rxPackets, stats.rxErrors, stats.rxDropped, 0, stats.rxMulticast]
  const tx = [stats.txBytes, stats.txPackets, stats.txErrors, stats.txDropped, 0, 0]
  const widths = WIDTHS.map((width, i) => Math.max(width, String(rx[i]).length, String(tx[i]).length))
  const heads = (names: readonly string[]): string =>
    names.map((name, i) => padStart(name, (widths[i] ?? 0) - (i === 0 ? 4 : 0))).join(' ')
  const values = (numbers: readonly number[]): string =>
    numbers.map((value, i) => padStart(String(value), widths[i] ?? 0)).join(' ')
  const tail = ' '.repeat(11)
  return [
    `    RX: ${heads(['bytes', 'packets', 'errors', 'dropped', 'missed', 'mcast'])}${tail}`,
    `    ${values(rx)} `,
    `    TX: ${heads(['bytes', 'packets', 'errors', 'dropped', 'carrier', 'collsns'])}${tail}`,
    `    ${values(tx)} `,
  ].join(nl)
}

const show = (context: Context, words: Words): void => {
  let only: NetworkInterface | null = null
  let isUp = false
  while (words.more) {
    let word = words.take()
    if (word === 'up') isUp = true
    else {
      if (word === 'dev') word = words.take()
      if (only !== null) throw garbage('dev', word)
      only = context.shownDevice(word)
    }
  }
  for (const iface of context.ip.interfaces) {
    if ((only !== null && iface !== only) || (isUp && !iface.up)) continue
    if (context.options.brief) context.print(`${briefHead(iface)}${iface.mac} <${flagsOf(iface)}> \n`)
    else {
      context.print(linkText(context, iface, true))
      if (context.options.statistics) context.print(`${context.nl}${statisticsText(context, iface)}`)
      context.print('\n')
    }
  }
}

interface LinkChange {
  up?: boolean
  mtu?: number
  promiscuous?: boolean
}

const readChange = (context: Context, words: Words): [NetworkInterface, LinkChange] => {
  let name: string | null = null
  const change: LinkChange = {}
  while (words.more) {
    const word = words.take()
    if (word === 'up') change.up = true
    else if (word === 'down') change.up = false
    else if (word === 'mtu') {
      const text = words.take()
      const mtu = parseNumber(text)
      if (mtu === null) throw invalidArgument('Invalid "mtu" value', text)
      change.mtu = mtu
    } else if (word === 'promisc') {
      const text = words.take()
      if (text !== 'on' && text !== 'off')
        throw new Failure(`Error: argument of "promisc" must be "on" or "off", not "${text}"`, 1)
      change.promiscuous = text === 'on'
    } else if (matches(word, 'help')) throw new Failure(LINK_USAGE, 255)
    else {
      const dev = word === 'dev' ? words.take() : word
      if (name !== null) throw garbage('dev', dev)
      name = dev
    }
  }
  if (name === null) throw new Failure('Not enough information: "dev" argument is required.', 255)
  return [context.device(name), change]
}

const set = (context: Context, words: Words): void => {
  const [iface, { up, mtu, promiscuous }] = readChange(context, words)
  context.demandRoot()
  const { ip } = context
  if (mtu !== undefined) {
    if (iface.kind === 'ethernet' && mtu < MIN_MTU) throw explained('mtu less than device minimum.')
    if (iface.kind === 'ethernet' && mtu > MAX_MTU) throw explained('mtu greater than device maximum.')
    iface.mtu = mtu
  }
  if (promiscuous !== undefined) iface.promiscuous = promiscuous
  if (up !== undefined) ip.setUp(iface, up)
}

export const link = (context: Context, command: string, words: Words): void => {
  if (matches(command, 'set', 'change')) set(context, words)
  else if (matches(command, 'show', 'lst', 'list')) show(context, words)
  else if (matches(command, 'help')) throw new Failure(LINK_USAGE, 255)
  else throw new Failure(`Command "${command}" is unknown, try "ip link help".`, 255)
}
