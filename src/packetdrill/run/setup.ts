/** In which world a script runs: addresses, ports, tolerances. What the command line says counts more than the script's own options. */
import type { Address } from '../../wire/address.ts'
import { parseAddress } from '../../wire/parse.ts'
import { refused } from '../failure.ts'
import type { ScriptOption } from '../syntax/ast.ts'

/** IPv4 by AF_INET sockets, by AF_INET6 sockets with mapped addresses, or IPv6. */
export type IpVersion = 'ipv4' | 'ipv4-mapped-ipv6' | 'ipv6'

export const IP_VERSIONS: readonly IpVersion[] = ['ipv4', 'ipv4-mapped-ipv6', 'ipv6']

export interface Setup {
  ipVersion: IpVersion
  local: Address
  gateway: Address
  remote: Address
  /** Where `bind(3, ..., ...)` and `connect(3, ..., ...)` go. */
  bindPort: number
  connectPort: number
  /** Of the interface. IPv6 has 20 octets more, so that both families have one MSS. */
  mtu: number
  /** How much earlier or later than said something may happen: nanoseconds, and a part of the time since the event before. */
  tolerance: number
  tolerancePart: number
  /** Length of a tick of the stack's timestamps, ns; 0: its timestamps are not judged. */
  timestampTick: number
  /** A line is met by exactly one segment. */
  strictSegments: boolean
}

const address = (text: string): Address => {
  const parsed = parseAddress(text)
  if (parsed === null) throw new Error(`invariant: ${text} is an address`)
  return parsed
}

const IPV6_MORE = 20

const defaults = (ipVersion: IpVersion): Setup => {
  const six = ipVersion === 'ipv6'
  return {
    ipVersion,
    local: address(six ? 'fd3d:a0b:17d6::1' : '192.168.0.1'),
    gateway: address(six ? 'fd3d:a0b:17d6::2' : '192.168.0.2'),
    remote: address(six ? 'fd3d:fa7b:d17d::1' : '192.0.2.1'),
    bindPort: 8080,
    connectPort: 8080,
    mtu: six ? 1500 + IPV6_MORE : 1500,
    tolerance: 4_000_000,
    tolerancePart: 0.125,
    timestampTick: 0,
    strictSegments: false,
  }
}

/** Options that choose the variant are judged by whoever starts the run. */
const versionOf = (option: ScriptOption): IpVersion => {
  const version = option.value.replaceAll('_', '-')
  const found = IP_VERSIONS.find((one) => one === version)
  if (found === undefined) throw refused(option.line, `--${option.name} is one of ${IP_VERSIONS.join(', ')}`)
  return found
}

/** The variants in which a script is to run: what it says itself, else all. */
export const versionsOf = (options: readonly ScriptOption[]): readonly IpVersion[] => {
  const own = options.findLast((option) => option.name === 'ip_version')
  return own === undefined ? IP_VERSIONS : [versionOf(own)]
}

/**
 * The world of a script.
 *
 * @throws ScriptError for an option that is not known, or a wrong value
 */
export const setupOf = (options: readonly ScriptOption[], ipVersion: IpVersion): Setup => {
  const setup = defaults(ipVersion)
  for (const option of options) apply(setup, option)
  return setup
}

const apply = (setup: Setup, option: ScriptOption): void => {
  const { name } = option
  const six = setup.ipVersion === 'ipv6'
  switch (name) {
    case 'ip_version':
      versionOf(option)
      return
    case 'mtu':
      setup.mtu = count(option, 68, 65_535) + (six ? IPV6_MORE : 0)
      return
    case 'tolerance_usecs':
      setup.tolerance = count(option, 0, 1e9) * 1000
      return
    case 'tolerance_percent':
      setup.tolerancePart = number(option, 0, 100) / 100
      return
    case 'tcp_ts_tick_usecs':
      setup.timestampTick = count(option, 0, 1e6) * 1000
      return
    case 'strict_segments':
      setup.strictSegments = true
      return
    case 'bind_port':
      setup.bindPort = count(option, 1, 65_535)
      return
    case 'connect_port':
      setup.connectPort = count(option, 1, 65_535)
      return
    default:
      applyAddress(setup, option)
  }
}

const ADDRESSES = { local_ip: 'local', gateway_ip: 'gateway', remote_ip: 'remote' } as const

/** `--local_ip`, and `--local_ipv4`, `--local_ipv6` for the variants of that family. */
const applyAddress = (setup: Setup, option: ScriptOption): void => {
  const [, base, family] = /^([a-z]+_ip)(?:v([46]))?$/.exec(option.name) ?? []
  const place = ADDRESSES[base as keyof typeof ADDRESSES]
  if (place === undefined) throw refused(option.line, `there is no option --${option.name} here`)
  const parsed = parseAddress(option.value)
  if (parsed === null) throw refused(option.line, `--${option.name}: "${option.value}" is not an address`)
  const wanted = setup.ipVersion === 'ipv6' ? 6 : 4
  if (family !== undefined ? Number(family) === wanted : parsed.family === wanted) setup[place] = parsed
}

const number = (option: ScriptOption, low: number, high: number): number => {
  const value = /^\d+(?:\.\d+)?$/.test(option.value) ? Number(option.value) : Number.NaN
  if (!(value >= low && value <= high))
    throw refused(option.line, `--${option.name} is a number from ${low} to ${high}`)
  return value
}

const count = (option: ScriptOption, low: number, high: number): number => {
  const value = number(option, low, high)
  if (!Number.isInteger(value)) throw refused(option.line, `--${option.name} is a whole number`)
  return value
}
