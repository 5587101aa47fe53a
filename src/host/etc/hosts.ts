/** `/etc/hosts`: names of addresses (hosts(5)). */
import type { Address } from '../../wire/address.ts'
import { parseScoped } from '../../wire/parse.ts'

export interface HostsEntry {
  /** Canonical text. */
  readonly address: string
  /** The canonical name, then aliases. */
  readonly names: readonly string[]
}

export interface Hosts {
  /** In the file's order. */
  readonly entries: readonly HostsEntry[]
  /** Every address of a name, of both families, in the file's order; empty for an unknown one. In any case. */
  lookup(name: string): readonly string[]
  /** The first name of the first line that has this one. */
  canonical(name: string): string | undefined
  /** The first name of an address. */
  reverse(address: string): string | undefined
}

/** What every host has. `localhost` has one address, so that `telnet localhost` tries one. */
const LOOPBACK: readonly HostsEntry[] = [
  { address: '127.0.0.1', names: ['localhost'] },
  { address: '::1', names: ['ip6-localhost', 'ip6-loopback'] },
]

/**
 * The text of a host's `/etc/hosts`: loopback, then these entries. A host's own name belongs to its first address here,
 * not to 127.0.1.1 as in Debian, so that a server bound to its name can be reached.
 */
export function hostsText(entries: readonly HostsEntry[] = []): string {
  return [...LOOPBACK, ...entries].map(({ address, names }) => `${address}\t${names.join(' ')}\n`).join('')
}

let lastText: string | undefined
let lastHosts: Hosts | undefined

/** Reads a hosts file; lines without an address and a name are passed over. The last text read is remembered. */
export function parseHosts(text: string): Hosts {
  if (lastHosts === undefined || lastText !== text) {
    lastHosts = index(text.split('\n').flatMap(parseLine))
    lastText = text
  }
  return lastHosts
}

function parseLine(line: string): HostsEntry[] {
  const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
  const parsed = addressOf(address)
  return parsed === undefined || names.length === 0 ? [] : [{ address: parsed.toString(), names }]
}

function addressOf(text: string): Address | undefined {
  return parseScoped(text)?.address
}

function index(entries: readonly HostsEntry[]): Hosts {
  const byName = new Map<string, { canonical: string; addresses: string[] }>()
  const byAddress = new Map<string, string>()
  for (const { address, names } of entries) {
    const canonical = names[0] as string
    if (!byAddress.has(address)) byAddress.set(address, canonical)
    for (const name of names) {
      const lower = name.toLowerCase()
      const known = byName.get(lower)
      if (known === undefined) byName.set(lower, { canonical, addresses: [address] })
      else if (!known.addresses.includes(address)) known.addresses.push(address)
    }
  }
  return {
    entries,
    lookup: (name) => byName.get(name.toLowerCase())?.addresses ?? [],
    canonical: (name) => byName.get(name.toLowerCase())?.canonical,
    reverse: (address) => byAddress.get(addressOf(address)?.toString() ?? address),
  }
}
