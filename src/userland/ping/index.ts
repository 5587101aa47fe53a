/**
 * ping(8) of iputils 20221126, through a SOCK_DGRAM ICMP socket with IP_RECVERR, as it does without privilege.
 *
 * `options` reads the command line, `socket` opens, `session` sends and receives, `statistics` sums up, `errors` has the words for ICMP.
 * Left out, and refused as unknown: record route and timestamps (`-R -T`), node information (`-N`), and `-B -C -d -e -F -L -r -U -v`.
 */
import { type Process, type Program, ResolverError } from '../../host/index.ts'
import { AF_INET, AF_INET6, AF_UNSPEC, SOCK_DGRAM } from '../../socket/constants.ts'
import { type Address, LOOPBACK4 } from '../../wire/address.ts'
import { parseAddress } from '../../wire/parse.ts'
import { complainText, writeOut } from '../output.ts'
import { type PingOptions, parseOptions } from './options.ts'
import { Session } from './session.ts'
import { openSocket, PingFailure, type PingSocket } from './socket.ts'

const AI_CANONNAME = 2
const NI_NAMEREQD = 8
/** Least interval of who is not root, microseconds. */
const USER_INTERVAL = 2000

export const program: Program = {
  name: 'ping',
  aliases: ['ping4', 'ping6'],
  async main(proc) {
    const options = parseOptions(proc.argv.slice(1))
    if ('code' in options) {
      await writeOut(proc, options.stdout)
      await complainText(proc, options.stderr)
      return options.code
    }
    if (proc.comm === 'ping4') options.family ??= 4
    if (proc.comm === 'ping6') options.family ??= 6
    try {
      return await ping(proc, options)
    } catch (error) {
      if (!(error instanceof PingFailure)) throw error
      await complainText(proc, `ping: ${error.message}\n`)
      return 2
    }
  },
}

const ping = async (proc: Process, o: PingOptions): Promise<number> => {
  const target = await resolve(proc, o)
  const socket = openSocket(proc, target.address, o)
  const numeric = o.numeric || target.isNumeric
  if (o.broadcast && proc.host.stack.ip.isBroadcast(target.address))
    await complainText(proc, 'WARNING: pinging broadcast address\n')
  if (o.pattern !== null)
    await writeOut(proc, `PATTERN: 0x${o.pattern.map((b) => b.toString(16).padStart(2, '0')).join('')}\n`)
  const names = new Map<string, string>()
  const name = async (address: Address): Promise<string> => {
    const text = address.toString()
    const known = names.get(text)
    if (known !== undefined) return known
    const shown = numeric ? text : await named(proc, address)
    names.set(text, shown)
    return shown
  }
  await writeOut(proc, await banner(o, target, socket, name))
  if (proc.uid !== 0 && o.interval < USER_INTERVAL)
    throw new PingFailure('cannot flood; minimal interval allowed for user is 2ms')
  const session = new Session(proc, socket, target.address, o, name)
  await session.run()
  const paced = o.flood || o.adaptive || o.interval === 0
  await writeOut(proc, session.stats.summary(target.name, paced))
  const { received } = session.stats
  return received === 0 || (o.deadline > 0 && received < o.count) ? 1 : 0
}

const banner = async (
  o: PingOptions,
  target: Target,
  socket: PingSocket,
  name: (address: Address) => Promise<string>,
): Promise<string> => {
  const from = o.source === null ? '' : `from ${socket.source} ${socket.device ?? ''}: `
  return target.address.family === 4
    ? `PING ${target.name} (${target.address}) ${from}${o.size}(${o.size + 28}) bytes of data.\n`
    : `PING ${target.name}(${await name(target.address)}) ${from}${o.size} data bytes\n`
}

interface Target {
  readonly address: Address
  readonly name: string
  /** It was given as an address: nothing is resolved back. */
  readonly isNumeric: boolean
}

const resolve = async (proc: Process, { target, family }: PingOptions): Promise<Target> => {
  const literal = parseAddress(target) ?? classic(target)
  if (literal !== null) {
    if (family !== null && family !== literal.family)
      throw new PingFailure(`${target}: Address family for hostname not supported`)
    // 0.0.0.0 is this host.
    return {
      address: literal.isUnspecified && literal.family === 4 ? LOOPBACK4 : literal,
      name: target,
      isNumeric: true,
    }
  }
  const wanted = family === null ? AF_UNSPEC : family === 4 ? AF_INET : AF_INET6
  try {
    const [found] = await proc.promises.getaddrinfo(target === '' ? ' ' : target, null, {
      family: wanted,
      socktype: SOCK_DGRAM,
      flags: AI_CANONNAME,
    })
    const address = found === undefined ? null : parseAddress(found.address)
    if (address === null) throw new PingFailure(`${target}: Name or service not known`)
    return { address, name: found?.canonname ?? target, isNumeric: false }
  } catch (error) {
    if (error instanceof ResolverError) throw new PingFailure(`${target}: ${error.message}`)
    throw error
  }
}

/** inet_aton(3)'s short forms: `10.1` is 10.0.0.1, `0` is 0.0.0.0. */
const classic = (text: string): Address | null => {
  const parts = text.split('.')
  if (parts.length > 4 || !parts.every((part) => /^\d{1,10}$/.test(part))) return null
  const last = Number(parts.at(-1))
  const front = parts.slice(0, -1).map(Number)
  const room = 4 - front.length
  if (
    front.some((byte) => byte > 255) ||
    last >= 256 * (room === 1 ? 1 : room === 2 ? 256 : room === 3 ? 65_536 : 16_777_216)
  )
    return null
  const tail = Array.from({ length: room }, (_, i) => (last >>> (8 * (room - 1 - i))) & 255)
  return parseAddress([...front, ...tail].join('.'))
}

const named = async (proc: Process, address: Address): Promise<string> => {
  try {
    const { host } = await proc.promises.getnameinfo(address, 0, NI_NAMEREQD)
    return `${host} (${address})`
  } catch (error) {
    if (error instanceof ResolverError) return address.toString()
    throw error
  }
}
