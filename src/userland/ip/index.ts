/**
 * ip(8) of iproute2 6.1: addresses, links, routes and neighbours, with its abbreviations, texts and exit codes. Objects and
 * options that no host here has a use for (netns, tunnels, -json ...) are refused as unknown.
 */
import type { Program } from '../../host/index.ts'
import { EOPNOTSUPP } from '../../wire/errno.ts'
import { complainText, writeOut } from '../output.ts'
import { address } from './address.ts'
import {
  Context,
  Failure,
  type IpOptions,
  incomplete,
  invalidArgument,
  ipOf,
  matches,
  refused,
  Words,
} from './context.ts'
import { link } from './link.ts'
import { neighbour } from './neighbour.ts'
import { route } from './route.ts'
import { IP_USAGE } from './usage.ts'

type ObjectCommand = (context: Context, command: string, words: Words) => void

/** In ip.c's order, in which abbreviations are looked up. */
const OBJECTS: readonly (readonly [string, ObjectCommand])[] = [
  ['address', address],
  ['route', route],
  ['neighbor', neighbour],
  ['neighbour', neighbour],
  ['link', link],
]

const VERSION = 'ip utility, iproute2-6.1.0\n'

const setFamily = (options: IpOptions, word: string): void => {
  if (word !== 'inet' && word !== 'inet6') throw invalidArgument('invalid protocol family', word)
  options.family = word === 'inet' ? 4 : 6
}

/** The options before the object; what follows them. -V: null. */
const readOptions = (args: readonly string[], options: IpOptions): string[] | null => {
  const rest = [...args]
  for (let word = rest[0]; word?.startsWith('-'); word = rest[0]) {
    rest.shift()
    if (word === '--') break
    const option = word.startsWith('--') ? word.slice(1) : word
    if (option === '-4') options.family = 4
    else if (option === '-6') options.family = 6
    else if (matches(option, '-family') && option.length > 1) {
      const family = rest.shift()
      if (family === undefined) throw incomplete()
      setFamily(options, family)
    } else if (matches(option, '-stats', '-statistics') && option.length > 1) options.statistics = true
    else if (matches(option, '-brief') && option.length > 2) options.brief = true
    else if (matches(option, '-oneline') && option.length > 1) options.oneline = true
    else if (matches(option, '-Version') && option.length > 1) return null
    else if (matches(option, '-help') && option.length > 1) throw new Failure(IP_USAGE, 255)
    else throw new Failure(`Option "${option}" is unknown, try "ip -help".`, 255)
  }
  return rest
}

const run = (context: Context, words: readonly string[]): void => {
  const [object, ...rest] = words
  if (object === undefined || matches(object, 'help')) throw new Failure(IP_USAGE, 255)
  const found = OBJECTS.find(([name]) => matches(object, name))
  if (found === undefined) throw new Failure(`Object "${object}" is unknown, try "ip help".`, 1)
  const [command = 'show', ...more] = rest
  found[1](context, command, new Words(more))
}

export const program: Program = {
  name: 'ip',
  async main(proc) {
    const options: IpOptions = { family: 0, brief: false, oneline: false, statistics: false }
    let context: Context | null = null
    let code = 0
    let complaint = ''
    try {
      const words = readOptions(proc.argv.slice(1), options)
      if (words === null) return (await writeOut(proc, VERSION)) ? 0 : 1
      const ip = ipOf(proc)
      if (ip === null) throw refused(-EOPNOTSUPP)
      context = new Context(proc, options, ip)
      run(context, words)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      code = error.code
      complaint = `${error.message}\n`
    }
    await writeOut(proc, context?.out ?? '')
    await complainText(proc, (context?.err ?? '') + complaint)
    return code
  },
}
