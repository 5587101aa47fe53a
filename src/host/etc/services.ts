/** `/etc/services`: names of ports (RFC 6335, services(5)). */
import { SERVICES } from './services-data.ts'

export interface ServiceEntry {
  /** The official name: the first of its line. */
  readonly name: string
  readonly port: number
  /** `tcp`, `udp`, … in lower case. */
  readonly protocol: string
  readonly aliases: readonly string[]
}

export interface Services {
  /** In the file's order. */
  readonly entries: readonly ServiceEntry[]
  /** The name of a port, for this transport alone (RFC 6335 7.2). The first line that has it decides. */
  byPort(port: number, protocol: string): string | undefined
  /** By name or alias, in any case (RFC 6335 5.1). Without a protocol the first line that has the name. */
  byName(name: string, protocol?: string): { name: string; port: number; proto: string } | undefined
}

/** RFC 6335 5.1: 1 to 15 letters, digits and hyphens, a letter among them, no hyphen at an end or beside another. */
export function isServiceName(name: string): boolean {
  return name.length <= 15 && /^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/.test(name) && /[A-Za-z]/.test(name)
}

/** The range a port is in (RFC 6335 6): system ports are assigned by IANA for services of note, dynamic ones never. */
export function portRange(port: number): 'system' | 'user' | 'dynamic' {
  if (port <= 1023) return 'system'
  return port <= 49151 ? 'user' : 'dynamic'
}

/**
 * A line of `/etc/services` without its newline, in the file's columns. Names that RFC 6335 does not allow (Debian has
 * some from before it) are written as they are: whoever takes names from someone asks {@link isServiceName} first.
 */
export function serviceLine({ name, port, protocol, aliases }: ServiceEntry): string {
  const number = `${port}/${protocol}`
  const line = name + (name.length < 16 ? '\t'.repeat(name.length < 8 ? 2 : 1) : ' ') + number
  return aliases.length === 0 ? line : `${line}${number.length < 8 ? '\t\t' : '\t'}${aliases.join(' ')}`
}

/** The text of a host's `/etc/services`. */
export function servicesText(): string {
  const lines = SERVICES.trim()
    .split(/;\s+/)
    .flatMap((packed) => {
      const [name = '', number = '', ...aliases] = packed.split(' ')
      const [port, protocols = ''] = number.split('/')
      return protocols.split('+').map((protocol) => serviceLine({ name, port: Number(port), protocol, aliases }))
    })
  return `# Network services, Internet style\n\n${lines.join('\n')}\n`
}

let lastText: string | undefined
let lastServices: Services | undefined

/**
 * Reads a services file. A line that is none (no port, a port above 65535, no protocol) is passed over, as the C
 * library does. The last text read is remembered: lsof asks once for each row.
 */
export function parseServices(text: string): Services {
  if (lastServices === undefined || lastText !== text) {
    lastServices = index(text.split('\n').flatMap(parseLine))
    lastText = text
  }
  return lastServices
}

function parseLine(line: string): ServiceEntry[] {
  const [name, number, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/)
  const match = /^([0-9]{1,5})[/,]([^/,]+)$/.exec(number ?? '')
  const port = Number(match?.[1])
  if (name === undefined || match === null || port > 65535) return []
  return [{ name, port, protocol: (match[2] as string).toLowerCase(), aliases }]
}

function index(entries: readonly ServiceEntry[]): Services {
  const byPort = new Map<string, string>()
  const byName = new Map<string, ServiceEntry>()
  const remember = (key: string, entry: ServiceEntry): void => {
    if (!byName.has(key)) byName.set(key, entry)
  }
  for (const entry of entries) {
    const key = `${entry.port}/${entry.protocol}`
    if (!byPort.has(key)) byPort.set(key, entry.name)
    for (const name of [entry.name, ...entry.aliases]) {
      const lower = name.toLowerCase()
      remember(lower, entry)
      remember(`${lower}/${entry.protocol}`, entry)
    }
  }
  return {
    entries,
    byPort: (port, protocol) => byPort.get(`${port}/${protocol.toLowerCase()}`),
    byName(name, protocol) {
      const lower = name.toLowerCase()
      // A slash is in no name: it would reach the keys made of two.
      if (lower.includes('/')) return undefined
      const entry = byName.get(protocol === undefined ? lower : `${lower}/${protocol.toLowerCase()}`)
      return entry && { name: entry.name, port: entry.port, proto: entry.protocol }
    },
  }
}
