/** `dns.lookup` and `dns.lookupService` (getaddrinfo and getnameinfo of libuv) by a virtual host's files and resolver. */
import dns from 'node:dns'
import { domainToASCII } from 'node:url'
import { AF_INET, AF_INET6, AF_UNSPEC, SOCK_STREAM } from '../../socket/constants.ts'
import { parseAddress } from '../../wire/parse.ts'
import { currentProgram, type Program } from '../current.ts'
import { internals } from '../internals.ts'
import { mayUseNetwork } from '../real-time.ts'
import { isName } from './name.ts'
import { askLater } from './request.ts'

/** UV_EAI_*, the same on every system (uv-errno.h). */
const UV_EAI: Readonly<Record<string, number>> = {
  EAI_AGAIN: -3001,
  EAI_BADFLAGS: -3002,
  EAI_FAIL: -3004,
  EAI_FAMILY: -3005,
  EAI_MEMORY: -3006,
  EAI_NODATA: -3007,
  EAI_NONAME: -3008,
  EAI_OVERFLOW: -3009,
  EAI_SERVICE: -3010,
  EAI_SOCKTYPE: -3011,
}

/** glibc's NI_NAMEREQD, which Node asks for. */
const NI_NAMEREQD = 8
/** Linux's AI_V4MAPPED, AI_ALL and AI_ADDRCONFIG. */
const V4MAPPED = 8
const ALL = 16
const ADDRCONFIG = 32
/** cares_wrap's DNS_ORDER_*; Node 20 gives `verbatim` as a boolean before it had them. */
const ORDER_VERBATIM = 0
const ORDER_IPV6_FIRST = 2

interface LookupRequest {
  oncomplete(error: number | null, addresses?: string[]): void
}

interface ServiceRequest {
  oncomplete(error: number | null, hostname?: string, service?: string): void
}

/** UV_EAI_* of what the resolver threw; a bug is not a name that is missing. */
const eaiOf = (error: unknown): number => {
  const code = (error as { code?: unknown }).code
  const found = typeof code === 'string' ? UV_EAI[code] : undefined
  if (found === undefined) throw error
  return found
}

const linuxFlags = (hints: number): number =>
  ((hints & dns.V4MAPPED) !== 0 ? V4MAPPED : 0) |
  ((hints & dns.ALL) !== 0 ? ALL : 0) |
  ((hints & dns.ADDRCONFIG) !== 0 ? ADDRCONFIG : 0)

/** AfterGetAddrInfo: the families in the wanted order, each in the resolver's. */
const ordered = (addresses: readonly string[], order: number): string[] => {
  if (order === ORDER_VERBATIM) return [...addresses]
  const isFirst = (address: string): boolean => address.includes(':') === (order === ORDER_IPV6_FIRST)
  return [...addresses.filter(isFirst), ...addresses.filter((address) => !isFirst(address))]
}

const lookup = async (
  program: Program,
  name: string,
  family: number,
  hints: number,
  order: number,
): Promise<number | string[]> => {
  if (!isName(name)) return UV_EAI['EAI_NONAME'] as number
  try {
    const found = await program.process.promises.getaddrinfo(domainToASCII(name) || name, null, {
      family: family === 4 ? AF_INET : family === 6 ? AF_INET6 : AF_UNSPEC,
      socktype: SOCK_STREAM,
      flags: linuxFlags(hints),
    })
    return ordered([...new Set(found.map(({ address }) => address))], order)
  } catch (error) {
    return eaiOf(error)
  }
}

type GetAddrInfo = (
  request: LookupRequest,
  name: string,
  family: number,
  hints: number,
  order: number | boolean,
) => number

type GetNameInfo = (request: ServiceRequest, address: string, port: number) => number

const service = async (program: Program, text: string, port: number): Promise<number | readonly [string, string]> => {
  try {
    const address = parseAddress(text.split('%', 1)[0] as string)
    if (address === null) return UV_EAI['EAI_NONAME'] as number
    const found = await program.process.promises.getnameinfo(address, port, NI_NAMEREQD)
    return [found.host, found.service]
  } catch (error) {
    return eaiOf(error)
  }
}

export const installLookup = (): void => {
  const cares = internals().cares as unknown as { getaddrinfo: GetAddrInfo; getnameinfo: GetNameInfo }
  const { getaddrinfo, getnameinfo } = cares
  cares.getaddrinfo = (request, name, family, hints, order) => {
    const program = currentProgram()
    if (program === undefined) return getaddrinfo(request, name, family, hints, order)
    mayUseNetwork(program)
    const wanted = typeof order === 'number' ? order : order ? ORDER_VERBATIM : 1
    askLater(
      program,
      'GETADDRINFOREQWRAP',
      () => lookup(program, name, family, hints, wanted),
      (found) => (typeof found === 'number' ? request.oncomplete(found) : request.oncomplete(null, found)),
    )
    return 0
  }
  cares.getnameinfo = (request, address, port) => {
    const program = currentProgram()
    if (program === undefined) return getnameinfo(request, address, port)
    mayUseNetwork(program)
    askLater(
      program,
      'GETNAMEINFOREQWRAP',
      () => service(program, address, port),
      (found) => (typeof found === 'number' ? request.oncomplete(found) : request.oncomplete(null, ...found)),
    )
    return 0
  }
}
