import { resolvConfText, serviceLine, servicesText } from '../host/etc/index.ts'
import type { Host } from '../host/index.ts'
import type { Cidr } from '../host/interfaces.ts'
import { errnoName } from '../wire/errno.ts'
import { parseAddress, parseCidr, parseMac } from '../wire/parse.ts'
import type { HostSpec, InterfaceSpec, RouteSpec } from './topology/types.ts'

/** What a new host is made with: the fields of a topology's host but its programs and firewall, which roofs start. */
export type HostSetup = Omit<HostSpec, 'programs' | 'firewall' | 'files'> & {
  readonly files?: Readonly<Record<string, string | Uint8Array>>
}

const many = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value

const cidr = (host: Host, text: string): Cidr => {
  const parsed = parseCidr(text)
  if (parsed === null)
    throw new RangeError(`${host.name}: "${text}" is not an address with prefix length, such as 10.0.0.1/24`)
  return { address: parsed.address, prefixLength: parsed.length }
}

/** Give a new host its interfaces, routes, names, settings and files. Throws a RangeError that names what is wrong. */
export const configureHost = (host: Host, setup: HostSetup): void => {
  const { address, mac, mtu } = setup
  const eth0: InterfaceSpec = {
    ...(address === undefined ? {} : { address }),
    ...(mac === undefined ? {} : { mac }),
    ...(mtu === undefined ? {} : { mtu }),
  }
  const interfaces = Object.entries(setup.interfaces ?? {})
  if (!interfaces.some(([name]) => name === 'eth0')) interfaces.unshift(['eth0', eth0])
  for (const [name, spec] of interfaces) addInterface(host, name, spec)
  for (const gateway of many(setup.gateway)) addRoute(host, { to: 'default', via: gateway })
  for (const route of setup.routes ?? []) addRoute(host, route)
  const files: Record<string, string | Uint8Array> = {}
  if (setup.nameservers !== undefined || setup.search !== undefined)
    files['/etc/resolv.conf'] = resolvConfText(setup.nameservers ?? [], setup.search ?? [])
  if (setup.services !== undefined) files['/etc/services'] = services(setup.services)
  host.putFiles({ ...files, ...setup.files })
  for (const [name, value] of Object.entries(setup.sysctl ?? {})) {
    const error = host.sysctl.set(name, String(value))
    if (error < 0) throw new RangeError(`${host.name}: sysctl ${name} cannot be ${value} (${errnoName(error)})`)
  }
}

const addInterface = (host: Host, name: string, spec: InterfaceSpec): void => {
  const mac = spec.mac === undefined ? null : parseMac(spec.mac)
  if (spec.mac !== undefined && mac === null) throw new RangeError(`${host.name}: "${spec.mac}" is not a link address`)
  host.addInterface({
    name,
    addresses: many(spec.address).map((text) => cidr(host, text)),
    ...(mac === null ? {} : { mac }),
    ...(spec.mtu === undefined ? {} : { mtu: spec.mtu }),
  })
}

const addRoute = (host: Host, route: RouteSpec): void => {
  const via = route.via === undefined ? null : parseAddress(route.via)
  if (route.via !== undefined && via === null) throw new RangeError(`${host.name}: "${route.via}" is not an address`)
  const family = via?.family ?? (route.to.includes(':') ? 6 : 4)
  const { address, prefixLength } = cidr(
    host,
    route.to === 'default' ? (family === 4 ? '0.0.0.0/0' : '::/0') : route.to,
  )
  const { ip } = host
  const dev = route.dev
  const iface = dev === undefined ? null : ip.interfaces.find((one) => one.name === dev)
  if (iface === undefined) throw new RangeError(`${host.name}: there is no interface "${dev}"`)
  const error = ip.addRoute({
    destination: address,
    prefixLength,
    gateway: via,
    iface,
    ...(route.metric === undefined ? {} : { metric: route.metric }),
  })
  if (error < 0)
    throw new RangeError(
      `${host.name}: no route to ${route.to} can be made${via === null ? '' : ` via ${via}`} (${errnoName(error)})`,
    )
}

/** The topology's own lines come first: the first that fits wins. */
const services = (extra: Readonly<Record<string, string>>): string => {
  const lines = Object.entries(extra).map(([name, value]) => {
    const [port, protocol] = value.split('/')
    return serviceLine({ name, port: Number(port), protocol: protocol as 'tcp', aliases: [] })
  })
  return `${lines.join('\n')}\n${servicesText()}`
}
