/** hostname(1) of Debian: the host's name, its long form, its addresses. */
import { type Process, type Program, ResolverError } from '../host/index.ts'
import { parseArguments } from './args.ts'
import { complainText, writeOut } from './output.ts'

const USAGE = `Usage: hostname {hostname}                        set host name
       hostname [-d|-f|-i|-I|-s]                display formatted name
       hostname                                 display host name

Program options:
    -d, --domain           DNS domain name
    -f, --fqdn, --long     long host name (FQDN)
    -i, --ip-address       addresses for the host name
    -I, --all-ip-addresses all addresses for the host
    -s, --short            short host name
`

const SYNTAX = {
  short: 'dfiIsh',
  long: {
    domain: 'd',
    fqdn: 'f',
    long: 'f',
    'ip-address': 'i',
    'all-ip-addresses': 'I',
    short: 's',
    help: 'h',
  },
} as const

/** Every address of an interface that is up, but for loopback and link-local ones. */
const allAddresses = ({ host }: Process): string => {
  const { ip } = host.stack
  const all = ip.interfaces
    .filter((iface) => iface.up && iface.kind !== 'loopback')
    .flatMap((iface) => ip.addresses(iface).map(({ address }) => address))
    .filter((address) => !address.isLoopback && !(address.family === 6 && address.isLinkLocal))
  const sorted = [...all.filter(({ family }) => family === 4), ...all.filter(({ family }) => family === 6)]
  return sorted.map((address) => `${address} `).join('')
}

/** What the resolver says of the own name. Throws `ResolverError`. */
const resolved = async (proc: Process, letter: string): Promise<string> => {
  const found = await proc.promises.getaddrinfo(proc.host.hostname, null, { socktype: 1, flags: 2 })
  if (letter === 'i') return found.map(({ address }) => address).join(' ')
  const long = found[0]?.canonname ?? proc.host.hostname
  const dot = long.indexOf('.')
  if (letter === 'f') return long
  return dot < 0 ? '' : long.slice(dot + 1)
}

const answer = async (proc: Process, letter: string | undefined): Promise<string> => {
  const { hostname } = proc.host
  if (letter === undefined) return hostname
  if (letter === 's') return hostname.split('.', 1)[0] ?? hostname
  if (letter === 'I') return allAddresses(proc)
  return await resolved(proc, letter)
}

export const program: Program = {
  name: 'hostname',
  async main(proc) {
    const { options, operands, error } = parseArguments('hostname', proc.argv.slice(1), SYNTAX)
    if (error !== undefined) {
      await complainText(proc, `${error}\n${USAGE}`)
      return 255
    }
    const letter = options.at(-1)?.name
    if (letter === 'h') return (await writeOut(proc, USAGE)) ? 0 : 1
    const [name] = operands
    if (letter === undefined && name !== undefined) {
      const isBad = !/^[A-Za-z0-9]([A-Za-z0-9.-]{0,62}[A-Za-z0-9])?$/.test(name)
      if (proc.privileged && !isBad && proc.host.sysctl.set('kernel.hostname', name) === 0) return 0
      const text = proc.privileged ? 'the specified hostname is invalid' : 'you must be root to change the host name'
      await complainText(proc, `hostname: ${text}\n`)
      return 1
    }
    try {
      const text = await answer(proc, letter)
      if (letter !== 'd' || text !== '') await writeOut(proc, `${text}\n`)
      return 0
    } catch (failure) {
      if (!(failure instanceof ResolverError)) throw failure
      await complainText(proc, `hostname: ${failure.message}\n`)
      return 1
    }
  },
}
