import {
  type Answer,
  AUTHENTIC_DATA,
  type Packet as DnsMessage,
  decode,
  encode,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
} from '@dnsquery/dns-packet'
import { AF_INET, AF_INET6, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_STREAM } from '../../socket/constants.ts'
import { Poll } from '../../wire/call.ts'
import { EAGAIN } from '../../wire/errno.ts'
import type { ResolvConf } from '../etc/resolv-conf.ts'
import type { ResolverCalls, ResolverContext } from './calls.ts'

export type QueryType = 'A' | 'AAAA' | 'PTR' | 'CNAME' | 'MX' | 'TXT' | 'SRV' | 'NS' | 'SOA' | 'CAA' | 'NAPTR' | 'ANY'

/** What the servers said. `ok` with no records of the type is "no data". */
export interface DnsResult {
  readonly status: 'ok' | 'nxdomain' | 'failure' | 'timeout'
  readonly answers: readonly Answer[]
}

const PORT = 53
/** Links of a CNAME chain that are followed (RFC 1035 3.3.1 sets no bound; BIND's is 16). */
const CNAME_LIMIT = 16

/**
 * Ask the host's servers (RFC 1034 5.3.1, stub resolver): each in turn, `attempts` rounds, waiting `timeout` seconds and twice
 * as long in each further round (as glibc); over TCP when the answer was truncated (RFC 7766).
 */
export const query = async (
  calls: ResolverCalls,
  context: ResolverContext,
  conf: ResolvConf,
  name: string,
  type: QueryType,
): Promise<DnsResult> => {
  let failure: DnsResult = { status: 'timeout', answers: [] }
  const { nameservers } = conf
  const offset = conf.rotate && nameservers.length > 0 ? context.random.below(nameservers.length) : 0
  for (let round = 0; round < conf.attempts; round++) {
    for (let i = 0; i < nameservers.length; i++) {
      const server = nameservers[(i + offset) % nameservers.length] as string
      const share = round === 0 ? conf.timeout : Math.max(1, Math.floor((conf.timeout << round) / nameservers.length))
      const message = await askOne(calls, context, server, name, type, share * 1000)
      if (message === null) continue
      const result = resultOf(message, name, type)
      if (result.status === 'ok' || result.status === 'nxdomain') return result
      failure = result
    }
  }
  return failure
}

const askOne = async (
  calls: ResolverCalls,
  context: ResolverContext,
  server: string,
  name: string,
  type: QueryType,
  timeout: number,
): Promise<DnsMessage | null> => {
  // RFC 5452 9.2: an id that an outsider cannot guess; the source port is the kernel's unpredictable choice.
  const id = context.random.below(65_536)
  const request = encode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [{ type, name, class: 'IN' }] })
  const message = await overUdp(calls, context, server, request, id, name, type, timeout)
  if (message === null || ((message.flags ?? 0) & TRUNCATED_RESPONSE) === 0) return message
  return overTcp(calls, context, server, request, id, name, type, timeout)
}

/** Where a server is: an address, or one with a port, `10.0.0.1:53` and `[::1]:53` (resolv.conf has none; programs may). */
const endpointOf = (server: string): { readonly family: number; readonly address: string; readonly port: number } => {
  const match = /^(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(server)
  const address = match?.[1] ?? match?.[2] ?? server
  return { family: address.includes(':') ? AF_INET6 : AF_INET, address, port: Number(match?.[3] ?? PORT) }
}

/** A connected socket hears the asked server alone (RFC 5452 9.1). Null: no usable answer in time. */
const overUdp = async (
  calls: ResolverCalls,
  context: ResolverContext,
  server: string,
  request: Uint8Array,
  id: number,
  name: string,
  type: QueryType,
  timeout: number,
): Promise<DnsMessage | null> => {
  const endpoint = endpointOf(server)
  const fd = calls.socket(endpoint.family, SOCK_DGRAM | SOCK_NONBLOCK, 0)
  if (fd < 0) return null
  try {
    if (calls.connect(fd, endpoint) < 0) return null
    if (calls.send(fd, request) < 0) return null
    const buf = new Uint8Array(4096)
    const end = context.now() + timeout * 1e6
    for (;;) {
      const left = Math.ceil((end - context.now()) / 1e6)
      if (left <= 0 || (await calls.promises.poll([{ fd, events: Poll.IN }], left)) <= 0) return null
      const count = calls.recv(fd, buf)
      if (count === -EAGAIN) continue
      // Refused or unreachable: the next server.
      if (count < 0) return null
      const message = accept(buf.slice(0, count), id, name, type)
      if (message !== null) return message
    }
  } finally {
    calls.close(fd)
  }
}

const overTcp = async (
  calls: ResolverCalls,
  context: ResolverContext,
  server: string,
  request: Uint8Array,
  id: number,
  name: string,
  type: QueryType,
  timeout: number,
): Promise<DnsMessage | null> => {
  const endpoint = endpointOf(server)
  const fd = calls.socket(endpoint.family, SOCK_STREAM, 0)
  if (fd < 0) return null
  try {
    await calls.promises.connect(fd, endpoint)
    // RFC 7766 8: length and message in one write.
    const framed = new Uint8Array(request.length + 2)
    framed[0] = request.length >>> 8
    framed[1] = request.length & 255
    framed.set(request, 2)
    if (calls.send(fd, framed) < framed.length) return null
    const all = await readFramed(calls, context, fd, context.now() + timeout * 1e6)
    return all === null ? null : accept(all, id, name, type)
  } catch {
    return null
  } finally {
    calls.close(fd)
  }
}

/** One message after its two-octet length (RFC 1035 4.2.2), however the bytes come. */
const readFramed = async (
  calls: ResolverCalls,
  context: ResolverContext,
  fd: number,
  end: number,
): Promise<Uint8Array | null> => {
  let got = new Uint8Array(0)
  const buf = new Uint8Array(16_384)
  for (;;) {
    const wanted = got.length < 2 ? -1 : (((got[0] as number) << 8) | (got[1] as number)) + 2
    if (wanted > 0 && got.length >= wanted) return got.slice(2, wanted)
    const left = Math.ceil((end - context.now()) / 1e6)
    if (left <= 0 || (await calls.promises.poll([{ fd, events: Poll.IN }], left)) <= 0) return null
    const count = calls.recv(fd, buf)
    if (count === -EAGAIN) continue
    if (count <= 0) return null
    const joined = new Uint8Array(got.length + count)
    joined.set(got)
    joined.set(buf.subarray(0, count), got.length)
    got = joined
  }
}

/** The message, if it answers our question (RFC 1035 7.3, RFC 5452 9.1); else null and the wait goes on. */
const accept = (bytes: Uint8Array, id: number, name: string, type: QueryType): DnsMessage | null => {
  let message: DnsMessage
  try {
    message = decode(bytes)
  } catch {
    return null
  }
  const question = message.questions?.[0]
  if (message.type !== 'response' || message.id !== id || question === undefined) return null
  if (question.type !== type || bare(question.name) !== bare(name)) return null
  return message
}

/** Names compare without case and without the final dot (RFC 1035 2.3.3). */
const bare = (name: string): string => name.toLowerCase().replace(/\.$/, '')

const resultOf = (message: DnsMessage, name: string, type: QueryType): DnsResult => {
  const rcode = (message.flags ?? 0) & 15 & ~AUTHENTIC_DATA
  const none: readonly Answer[] = []
  if (rcode === 3) return { status: 'nxdomain', answers: none }
  if (rcode !== 0) return { status: 'failure', answers: none }
  const answers = message.answers ?? []
  let owner = bare(name)
  for (let link = 0; link <= CNAME_LIMIT; link++) {
    const here = owner
    const wanted = answers.filter((a) => (a.type === type || type === 'ANY') && bare(a.name) === here)
    if (wanted.length > 0) return { status: 'ok', answers: wanted }
    const alias = answers.find((a) => a.type === 'CNAME' && bare(a.name) === here)
    if (alias === undefined || typeof alias.data !== 'string') return { status: 'ok', answers: none }
    owner = bare(alias.data)
  }
  return { status: 'failure', answers: none }
}
