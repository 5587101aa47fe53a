/** The shape of a topology: every field, what it takes, and the references between its parts. */
import { parseDuration, parseProbability, parseQueue, parseRate } from '../../link/units.ts'
import { parseAddress, parseCidr, parseMac } from '../../wire/parse.ts'
import {
  bool,
  fields,
  list,
  mapOf,
  oneOf,
  oneOrMore,
  type Path,
  type Problem,
  type Shape,
  scalar,
  text,
  textOrNumber,
} from './check.ts'
import type { Topology } from './types.ts'

/** Accepts what `parse` takes without complaint; its complaint becomes the explanation. */
const parsed = (expected: string, parse: (value: string | number) => unknown): Shape =>
  scalar(expected, (value) => {
    if (typeof value !== 'string' && typeof value !== 'number') return false
    try {
      parse(value)
      return true
    } catch {
      return false
    }
  })

const duration = parsed('a duration such as 20ms', parseDuration)
const probability = parsed('a probability such as 0.01 or 1%', parseProbability)
const rate = parsed('a rate such as 10mbit', parseRate)
const queue = parsed('a size such as 64kb, or a number of packets such as 100p', parseQueue)
const cidr = scalar(
  'an address with prefix length, such as 10.0.0.1/24',
  (v) => typeof v === 'string' && parseCidr(v) !== null,
)
const address = scalar('an IPv4 or IPv6 address', (v) => typeof v === 'string' && parseAddress(v) !== null)
const mac = scalar('a link address such as 02:00:00:00:00:01', (v) => typeof v === 'string' && parseMac(v) !== null)
const mtu = scalar('an MTU (68 to 65535)', (v) => Number.isInteger(v) && (v as number) >= 68 && (v as number) <= 65_535)
const path = scalar('an absolute path', (v) => typeof v === 'string' && v.startsWith('/'))

const nameProblem = (name: string): string | null =>
  /^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/.test(name)
    ? null
    : `"${name}" is not a host name (letters, digits, hyphens and dots, at most 63)`

const ifaceProblem = (name: string): string | null =>
  /^[A-Za-z0-9_.-]{1,15}$/.test(name) && name !== 'lo'
    ? null
    : `"${name}" is not an interface name (at most 15 characters, not lo)`

const iface = fields({ address: oneOrMore(cidr), mac, mtu })

const impairment = {
  latency: duration,
  jitter: duration,
  distribution: oneOf('uniform', 'normal'),
  jitterReorders: bool,
  loss: probability,
  duplicate: probability,
  reorder: probability,
  reorderDelay: duration,
  reorderGap: scalar('a number of frames from 1', (v) => Number.isInteger(v) && (v as number) >= 1),
  corrupt: probability,
  rate,
  queue,
} as const

const route = fields({
  to: {
    shape: scalar(
      'default or a prefix such as 10.1.0.0/16',
      (v) => v === 'default' || (typeof v === 'string' && parseCidr(v) !== null),
    ),
    required: true,
  },
  via: address,
  dev: text,
  metric: scalar('a number', (v) => Number.isInteger(v) && (v as number) >= 0),
})

const program: Shape = (value, at) =>
  typeof value === 'string'
    ? []
    : fields({ run: { shape: text, required: true }, cwd: path, env: mapOf(text), at: duration, user: text })(value, at)

const host = fields({
  address: oneOrMore(cidr),
  mac,
  mtu,
  interfaces: mapOf(iface, ifaceProblem),
  gateway: oneOrMore(address),
  routes: list(route),
  nameservers: list(address),
  search: list(text),
  sysctl: mapOf(textOrNumber),
  files: mapOf(text, (name) => (name.startsWith('/') ? null : `"${name}" is not an absolute path`)),
  services: mapOf(
    scalar(
      'a port with protocol, such as 8080/tcp',
      (v) => typeof v === 'string' && /^\d{1,5}\/(tcp|udp|sctp)$/.test(v),
    ),
  ),
  firewall: text,
  programs: list(program),
})

const ends = list(text, 2)
const sides = list(oneOrMore(text), 2)

const link = fields({
  between: { shape: ends, required: true },
  mtu,
  offload: bool,
  ...impairment,
  forward: fields(impairment),
  backward: fields(impairment),
})

const fault = fields({
  at: { shape: duration, required: true },
  for: duration,
  partition: sides,
  hold: sides,
  oneWay: bool,
  link: ends,
  set: fields(impairment),
})

const topology = fields({
  seed: textOrNumber,
  time: oneOf('virtual', 'real'),
  packets: oneOf('records', 'bytes'),
  start: scalar('a date such as 2026-11-22T09:00:00Z', (v) => typeof v === 'string' && !Number.isNaN(Date.parse(v))),
  hosts: { shape: mapOf(host, nameProblem), required: true },
  switches: list(text),
  links: list(link),
  faults: list(fault),
})

/** What is wrong with `value` as a topology; empty when it may be built. */
export const problemsOf = (value: unknown): Problem[] => {
  const problems = topology(value, [])
  return problems.length > 0 ? problems : references(value as Topology)
}

/** Names that parts of the topology use for one another. */
const references = (t: Topology): Problem[] => {
  const problems: Problem[] = []
  const known = new Set([...Object.keys(t.hosts), ...(t.switches ?? [])])
  const need = (name: string, at: Path): void => {
    if (!known.has(name))
      problems.push({ path: at, message: `there is no host or switch "${name}" (known are ${[...known].join(', ')})` })
  }
  for (const [i, name] of (t.switches ?? []).entries())
    if (Object.hasOwn(t.hosts, name)) problems.push({ path: ['switches', i], message: `"${name}" is a host already` })
  const pairs = new Set<string>()
  for (const [i, { between }] of (t.links ?? []).entries()) {
    for (const [end, name] of between.entries()) needEnd(t, name, ['links', i, 'between', end], need, problems)
    pairs.add(pairKey(between))
  }
  for (const [i, f] of (t.faults ?? []).entries()) {
    const at: Path = ['faults', i]
    const kinds = [f.partition, f.hold, f.link].filter((k) => k !== undefined).length
    if (kinds !== 1) problems.push({ path: at, message: 'a fault is one of partition, hold, link with set' })
    if (f.link !== undefined && f.set === undefined)
      problems.push({ path: at, message: '"set" is missing: what is to change on the link' })
    if (f.link !== undefined && !pairs.has(pairKey(f.link)))
      problems.push({ path: [...at, 'link'], message: `there is no link between ${f.link[0]} and ${f.link[1]}` })
    for (const kind of ['partition', 'hold'] as const)
      for (const [side, names] of (f[kind] ?? []).entries())
        for (const name of typeof names === 'string' ? [names] : names) need(name, [...at, kind, side])
  }
  for (const [name, h] of Object.entries(t.hosts))
    if (
      h.interfaces !== undefined &&
      Object.hasOwn(h.interfaces, 'eth0') &&
      (h.address ?? h.mac ?? h.mtu) !== undefined
    )
      problems.push({
        path: ['hosts', name],
        message: 'address, mac and mtu are those of eth0: give them there or in interfaces.eth0, not in both',
      })
  return problems
}

export const pairKey = (ends: readonly [string, string]): string => [...ends].sort().join(' ')

const needEnd = (
  t: Topology,
  end: string,
  at: Path,
  need: (name: string, at: Path) => void,
  problems: Problem[],
): void => {
  const [name = '', dev] = end.split(':')
  need(name, at)
  const spec = t.hosts[name]
  if (dev === undefined || spec === undefined) return
  if (dev !== 'eth0' && !Object.hasOwn(spec.interfaces ?? {}, dev))
    problems.push({ path: at, message: `host "${name}" has no interface "${dev}"` })
}
